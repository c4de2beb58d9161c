"""The bugs, all of them."""

from __future__ import annotations

from tests.mutants.bug import Bug
from tests.mutants.cluster_bugs import CLUSTER_BUGS
from tests.mutants.crawl_bugs import CRAWL_BUGS
from tests.mutants.fault_bugs import FAULT_BUGS
from tests.mutants.hostile_bugs import HOSTILE_BUGS
from tests.mutants.introduction_bugs import INTRODUCTION_BUGS
from tests.mutants.link_bugs import LINK_BUGS
from tests.mutants.people import PEOPLE_BUGS
from tests.mutants.plan_bugs import PLAN_BUGS
from tests.mutants.report_bugs import REPORT_BUGS
from tests.mutants.safety_bugs import SAFETY_BUGS
from tests.mutants.traps import TRAPS

TAG = ("tests/unit/core/test_tag.py",)
WAITING = ("tests/unit/core/test_waiting.py", "tests/unit/core/test_follow_up.py")
TASKS = ("tests/unit/engine/test_follow_ups.py",)
LOGGER = ("tests/unit/engine/test_crm_logger.py",)
MAILBOXES = ("tests/unit/engine/test_mailboxes.py",)
FOUND = ("tests/stateful/test_found.py",)
CRASH = "tests/crash"
LOST = (CRASH, "-k", "ends and lost")
TWO = (CRASH, "-k", "ends and two and mailboxes")
LATER = (CRASH, "-k", "comes and after")


_DELIVER = "syncd/engine/deliver.py"
_INGEST = "syncd/engine/ingest.py"
_DECIDE = "syncd/engine/decide.py"
_FOLLOW_UP = "syncd/core/promises/follow_up.py"
_WAITING = "syncd/core/promises/waiting.py"
_TASK_PLAN = "syncd/core/promises/task_plan.py"
_TAG = "syncd/core/promises/tag.py"
_CHORES = "syncd/store/chores.py"
_READING = "syncd/core/mail/reading.py"

BUGS = (
    Bug(
        "a stage moves backwards",
        _TAG,
        "return _rank(stage) > _rank(was)",
        "return _rank(stage) != _rank(was)",
        TAG,
    ),
    Bug(
        "a stage that a person set is overwritten",
        _TAG,
        "stays = written.stage_is_theirs or",
        "stays =",
        TAG,
    ),
    Bug(
        "a value that a person ticked is taken for ours, and removed",
        _TAG,
        'if f"{field}={v}" not in left}',
        "}",
        (*TAG, "tests/unit/engine/test_tags.py"),
    ),
    Bug(
        "a key without the version seen",
        _TAG,
        "effect_key(PROMISE, contact, str(written.version), wants)",
        "effect_key(PROMISE, contact, wants)",
        (*TAG, "tests/unit/engine/test_tags.py"),
    ),
    Bug(
        "an absence counts as an answer",
        _WAITING,
        "if message.mail_class is not MailClass.HUMAN or",
        "if message.mail_class is MailClass.BOUNCE_HARD or",
        WAITING,
    ),
    Bug(
        "a bounce is not seen",
        _WAITING,
        "if (bounce := _undeliverable(messages, ours_since)) is not None:",
        "if (bounce := _undeliverable((), ours_since)) is not None:",
        WAITING,
    ),
    Bug(
        "the clock does not restart when we write before the due time",
        _WAITING,
        "clock.begin(at, clock.step + (at >= runs_out[0]))",
        "at >= runs_out[0] and clock.begin(at, clock.step + 1)",
        WAITING,
    ),
    Bug(
        "a team mate counts as an answer",
        _READING,
        'if "SENT" in item.labels or sender_is_ours else',
        'if "SENT" in item.labels else',
        FOUND,
    ),
    Bug(
        "weekends are working days",
        "syncd/core/calendar.py",
        "day.weekday() not in self.weekend and day not in",
        "day not in",
        ("tests/unit/core/test_calendar.py",),
    ),
    Bug(
        "a holiday in the contact's country is a working day",
        "syncd/core/calendars.py",
        "holidays=self.team.holidays | (there.holidays if there else frozenset()),",
        "",
        ("tests/unit/core/test_calendars.py",),
    ),
    Bug(
        "a half day is a whole one",
        "syncd/core/calendar.py",
        "for h in self.half_days if h.is_on(day)",
        "for h in ()",
        ("tests/unit/core/test_office_hours.py",),
    ),
    Bug(
        "days are counted from outside office hours",
        "syncd/core/calendar.py",
        "local = self.next_opening(start).astimezone(self.zone)",
        "local = start.astimezone(self.zone)",
        ("tests/unit/core/test_office_hours.py",),
    ),
    Bug(
        "office hours are compared by the clock on the wall",
        "syncd/core/calendar.py",
        "now = at.astimezone(UTC)",
        "now = at.astimezone(self.zone)",
        ("tests/unit/core/test_office_hours.py",),
    ),
    Bug(
        "a stranger's subject begins a list",
        "syncd/core/template_language.py",
        "return words[:at] + _MAYBE + words[at:]",
        "return words",
        ("tests/unit/core/test_templates.py",),
    ),
    Bug(
        "an answer does not close the task",
        _FOLLOW_UP,
        'Outlook(tasks.close(words), "answered", "", None',
        'Outlook((), "answered", "", None',
        WAITING,
    ),
    Bug(
        "a task that a person took back is closed all the same",
        "syncd/core/promises/exchange.py",
        "return self.open and not self.kept_by_person",
        "return self.open",
        (*WAITING, *TASKS),
    ),
    Bug(
        "a step that falls due once more gets no task",
        _TASK_PLAN,
        'key=task_key(wish.anchor, wish.step, "board", closed.count("board")),',
        'key=task_key(wish.anchor, wish.step, "board"),',
        FOUND,
    ),
    Bug(
        "a second bounce in one wait is passed over",
        _FOLLOW_UP,
        "last, by = stands.last, stands.by\n",
        "last, by = stands.anchor, stands.by\n",
        FOUND,
    ),
    Bug(
        "a task that a person deleted is made again",
        _CHORES,
        "closed = task.done or task.deleted",
        "closed = task.done",
        (*TASKS, *FOUND),
    ),
    Bug(
        "a task that a person opened again stays ours",
        _CHORES,
        'values |= {"closed_by": "", "closed_at": None, "kept_by_person": True}',
        'values |= {"closed_by": "", "closed_at": None}',
        (*TASKS, *FOUND),
    ),
    Bug(
        "what people did to a task in doubt is lost",
        "syncd/engine/handlers/tasks.py",
        "chores.observed(tx, [task], frozenset(), self.ctx.now())",
        "pass",
        FOUND,
    ),
    Bug(
        "an answer in a new thread is passed over",
        "syncd/engine/gather.py",
        "elsewhere=elsewhere.said(tx, found, same_company=cadence.same_company)",
        "elsewhere=()",
        FOUND,
    ),
    Bug(
        "time goes on while a mailbox cannot be read",
        _DECIDE,
        "present = min([now, *gather.seen(ctx, found, known)])",
        "present = now",
        (*MAILBOXES, *TASKS),
    ),
    Bug(
        "the grace for the CRM's own logger is ignored",
        _DECIDE,
        "if grace_ends is not None and grace_ends > now:",
        "if grace_ends is not None and grace_ends > now and not rules:",
        LOGGER,
    ),
    Bug(
        "what the CRM's own logger logged is logged again",
        "syncd/engine/handlers/emails.py",
        "if self.ctx.rules.log.grace is None:",
        "if self.ctx.rules:",
        LOGGER,
    ),
    Bug(
        "the guard is off",
        "syncd/core/guard.py",
        "if counts[kind] > limit:",
        "if counts[kind] > limit * 1000:",
        ("tests/unit/core/test_guard.py",),
    ),
    Bug(
        "stale decisions are still sent",
        "syncd/store/ledger.py",
        "    _withdraw(tx, objects, keys, now)\n    known",
        "    known",
        FOUND,
    ),
    Bug(
        "what is queued is sent before it is decided again",
        "syncd/engine/turn.py",
        "whole_batches=whole_batches, kinds=FROM_MESSAGES)",
        "whole_batches=whole_batches)",
        FOUND,
    ),
    Bug(
        "the claim is written down after the call",
        _DELIVER,
        """                ledger.claim(tx, batch, now)
            if not batch:
                continue
""",
        """            if not batch:
                continue
            early = self._send(handler, batch)
            with self._ctx.store.begin() as tx:
                ledger.claim(tx, batch, now)
            ended += self._settle(handler, batch, early)
            continue
""",
        (CRASH, "-k", "Teamwork"),
    ),
    Bug(
        "nothing is recovered",
        _DELIVER,
        "            if kind.kind not in doubtful:\n",
        "            if kind.kind in doubtful:\n",
        LOST,
    ),
    Bug(
        "a write without an answer is taken for not made",
        _DELIVER,
        "case InDoubt() if handler.repeatable:",
        "case InDoubt() if handler:",
        LOST,
    ),
    Bug(
        "sent again at once when it is not found",
        _DELIVER,
        "if (now - sent).total_seconds() <= handler.settle_seconds:",
        "if (now - sent).total_seconds() < 0:",
        FOUND,
    ),
    Bug(
        "a throttled effect is dropped",
        _DELIVER,
        """                    later = now + timedelta(seconds=after)
                ledger.retry(tx, effect.key, later, _again(effect, outcome))
""",
        """                    later = now + timedelta(seconds=after)
                ledger.withdraw(tx, effect.key, str(outcome), now)
""",
        ("tests/unit/engine/test_services.py", *FOUND),
    ),
    Bug(
        "the cursor is stored before the ids",
        _INGEST,
        """    with ctx.store.begin() as tx:
        copies.note(tx, address, found.added)
        # Reading""",
        """    with ctx.store.begin() as tx:
        mailboxes.advance(tx, address, found.cursor)
    with ctx.store.begin() as tx:
        copies.note(tx, address, found.added)
        # Reading""",
        LATER,
    ),
    Bug(
        "the cursor is taken after the listing",
        _INGEST,
        "        mailboxes.listed(tx, box.address, found.next_page)\n",
        "        mailboxes.listed(tx, box.address, found.next_page)\n"
        "        mailboxes.advance(tx, box.address, source.cursor(box.address))\n",
        (*MAILBOXES, *FOUND),
    ),
    Bug(
        "labels put on while the history was lost are not looked for",
        _INGEST,
        "            copies.read_again(tx, address, since)\n",
        "            pass\n",
        FOUND,
    ),
    Bug(
        "what must never be logged is stored",
        _READING,
        "hit = first_match(rules.never, matter)",
        "hit = first_match((), matter)",
        ("tests/unit/mail", "tests/unit/engine/test_log_rules.py"),
    ),
    Bug(
        "one message in two mailboxes is two",
        _READING,
        "keys = [message_key(head), *reference",
        "keys = [message_key(head) + item.mailbox, *reference",
        TWO,
    ),
    Bug(
        "the body is kept once it was delivered",
        "syncd/store/letters.py",
        "bodies.c.message_id.in_(select(messages.c.id).where(_KEYS)))",
        "bodies.c.message_id.in_(select(messages.c.id).where(_KEYS, messages.c.id < 0)))",
        FOUND,
    ),
    Bug(
        "what a first try added is taken for a person's",
        "syncd/engine/handlers/contacts.py",
        "        if effect.doubted:\n",
        "        if effect.doubted and not left:\n",
        FOUND,
    ),
    Bug(
        "what we write on a contact that we made is not remembered",
        "syncd/store/contact_facts.py",
        "    insert_new(tx, contact_facts, [_row(blank, now)])\n",
        "",
        ("tests/unit/engine/test_stops.py",),
    ),
    *INTRODUCTION_BUGS,
    *PEOPLE_BUGS,
    *PLAN_BUGS,
    *LINK_BUGS,
    *CLUSTER_BUGS,
    *CRAWL_BUGS,
    *REPORT_BUGS,
    *SAFETY_BUGS,
    *FAULT_BUGS,
    *HOSTILE_BUGS,
    *TRAPS,
)
