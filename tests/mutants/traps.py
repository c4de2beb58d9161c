"""The rules that keep syncd out of other tools' traps, each taken out.

In the order of the list of traps; `nets` are the tests that name the trap.
"""

from __future__ import annotations

from tests.mutants.bug import Bug


def _trap(number: int) -> tuple[str, ...]:
    """The tests of one trap, in whichever of the files they are."""
    files = {8: "_sources", 9: "_sources", 12: "_sources", 13: "_sources"}
    files |= {11: "_people", 19: "_people"}
    name = f"tests/unit/engine/test_traps{files.get(number, '')}.py"
    return (name, "-k", f"trap_{number:02}")


_ADAPTER = "connectors/gmail/adapter.py"
_AUTOREPLIES = "syncd/core/mail/autoreplies.py"
_CALENDAR = "syncd/core/calendar.py"
_CHORES = "syncd/store/chores.py"
_ELSEWHERE = "syncd/store/elsewhere.py"
_GATHER = "syncd/engine/gather.py"
_IDENTITY = "syncd/core/mail/identity.py"
_INGEST = "syncd/engine/ingest.py"
_JOINING = "syncd/store/joining.py"
_MAPPING = "connectors/gmail/mapping.py"
_OBSERVE = "syncd/engine/observe.py"
_READING = "syncd/core/mail/reading.py"
_TASK_PLAN = "syncd/core/promises/task_plan.py"
_WAITING = "syncd/core/promises/waiting.py"
_FOLLOW_UP_TEST = "tests/unit/core/test_follow_up.py"

TRAPS = (
    Bug(
        "1: our own follow-up is an answer",
        _WAITING,
        "        if message.ours:\n            ours_since",
        "        if message.ours and not ours_since:\n            ours_since",
        _trap(1),
    ),
    Bug(
        "1: what lies in Sent under a strange address is a stranger's",
        _READING,
        'if "SENT" in item.labels or sender_is_ours else',
        "if sender_is_ours else",
        _trap(1),
    ),
    Bug(
        "2: the envelope alone makes a bounce",
        "syncd/core/mail/bounces.py",
        '    evidence = []\n    if "report-type',
        '    evidence = ["Return-Path"] if signs.null_sender else []\n    if "report-type',
        _trap(2),
    ),
    Bug(
        "2: an empty Return-Path alone makes an automatic answer",
        _AUTOREPLIES,
        "    subject = _in_subject(signs)\n    if not (weak or subject):",
        "    subject = _in_subject(signs)\n    if weak:\n        return weak, 0.9\n"
        "    if not (weak or subject):",
        _trap(2),
    ),
    Bug(
        "3: Auto-Submitted proves nothing",
        _AUTOREPLIES,
        'if signs.submitted == "replied":',
        'if signs.submitted == "never":',
        _trap(3),
    ),
    Bug(
        "3: X-Autoreply proves nothing",
        _AUTOREPLIES,
        '    "x-autoreply", "x-auto-reply",',
        '    "x-auto-reply",',
        _trap(3),
    ),
    Bug(
        "3: Precedence: auto_reply proves nothing",
        _AUTOREPLIES,
        '    ("precedence", re',
        '    ("x-precedence", re',
        _trap(3),
    ),
    Bug(
        "3: quoted text is looked at",
        "syncd/core/mail/signs.py",
        "fold(self.phrases.unquoted(self.body[: 3 * _OPENING_CHARS])[:_OPENING_CHARS])",
        "fold(self.body[:_OPENING_CHARS])",
        _trap(3),
    ),
    Bug(
        "4: a bounce that refers to nothing of ours is about nothing",
        _JOINING,
        "            return _last_written_to(self._tx, reading)\n",
        "            return None\n",
        _trap(4),
    ),
    Bug(
        "4: a bounce read before our message does not wait for it",
        _JOINING,
        "self._point([_FAILED + address for address in reading.failed], home)",
        "self._point([], home)",
        _trap(4),
    ),
    Bug(
        "5: one message in three mailboxes is three",
        _READING,
        "keys = [message_key(head), *reference",
        "keys = [message_key(head) + item.mailbox, *reference",
        _trap(5),
    ),
    Bug(
        "5: two replies of one subject are one",
        _IDENTITY,
        "        return _by_id(envelope.message_id)\n",
        "        return _by_id(envelope.subject)\n",
        _trap(5),
    ),
    Bug(
        "5: messages without a Message-ID are told apart by their headers alone",
        _IDENTITY,
        "        envelope.content,\n",
        "",
        _trap(5),
    ),
    Bug(
        "5: an answer to a changed Message-ID belongs nowhere",
        _JOINING,
        "        if not reading.is_reply:\n            return None\n",
        "        if reading.is_reply:\n            return None\n",
        _trap(5),
    ),
    Bug(
        "6: references are not followed",
        _READING,
        "keys = [message_key(head), *reference_keys(head), ",
        "keys = [message_key(head), ",
        _trap(6),
    ),
    Bug(
        "6: an answer in a new thread is passed over",
        _GATHER,
        "elsewhere=elsewhere.said(tx, found, same_company=cadence.same_company)",
        "elsewhere=()",
        _trap(6),
    ),
    Bug(
        "6: only those we wrote to answer in the thread",
        _WAITING,
        "        elif ours_since:\n            ours_since, answers",
        "        elif ours_since and message.person in ours_since[-1].people:\n"
        "            ours_since, answers",
        _trap(6),
    ),
    Bug(
        "6: who only had a copy does not answer",
        _ELSEWHERE,
        "awaited = sorted({person for message in ours for person in message.people})",
        "awaited = sorted({message.person for message in ours})",
        _trap(6),
    ),
    Bug(
        "6: who was introduced later does not answer",
        _ELSEWHERE,
        "awaited = sorted({person for message in ours for person in message.people})",
        "awaited = sorted(ours[0].people)",
        _trap(6),
    ),
    Bug(
        "7: everyone at a free-mail provider is a colleague",
        _ELSEWHERE,
        "{registrable(domain) for domain in domains if not is_free_mail(domain)}",
        "{registrable(domain) for domain in domains}",
        _trap(7),
    ),
    Bug(
        "7: each host of a company is another company",
        _ELSEWHERE,
        "{registrable(domain) for domain in domains if not is_free_mail(domain)}",
        "{domain for domain in domains if not is_free_mail(domain)}",
        _trap(7),
    ),
    Bug(
        "8: after a lost history only what comes from now on is read",
        _INGEST,
        "since = max(since, box.seen_at - RESYNC_OVERLAP)",
        "since = ctx.now()",
        _trap(8),
    ),
    Bug(
        "8: the lost cursor is kept",
        _INGEST,
        "        mailboxes.start_listing(tx, address, cursor, since)\n        if again:\n",
        "        cursor = mailboxes.get(tx, address).cursor or cursor\n"
        "        mailboxes.start_listing(tx, address, cursor, since)\n        if again:\n",
        _trap(8),
    ),
    Bug(
        "8: a message that is gone is waited for",
        _INGEST,
        "                gone.append(one.id)\n",
        '                failed.append((one.id, "gone"))\n',
        _trap(8),
    ),
    Bug(
        "8: the first page of the history is taken for all of it",
        _ADAPTER,
        "            if not page:\n                break\n",
        "            break\n",
        _trap(8),
    ),
    Bug(
        "8: the first page of a listing is taken for all of it",
        _INGEST,
        "        mailboxes.listed(tx, box.address, found.next_page)\n",
        "        mailboxes.listed(tx, box.address, None)\n",
        _trap(8),
    ),
    Bug(
        "8: after weeks only the last days are listed",
        _INGEST,
        "since = max(since, box.seen_at - RESYNC_OVERLAP)",
        "since = max(since, ctx.now() - RESYNC_OVERLAP)",
        _trap(8),
    ),
    Bug(
        "8: tasks open for what cannot be seen",
        "syncd/engine/decide.py",
        "present = min([now, *gather.seen(ctx, found, known)])",
        "present = now",
        _trap(8),
    ),
    Bug(
        "9: drafts are mail",
        _MAPPING,
        'NOT_MAIL = frozenset({"DRAFT", ',
        "NOT_MAIL = frozenset({",
        _trap(9),
    ),
    Bug(
        "9: scheduled mail was sent",
        _MAPPING,
        '"CHAT", "SCHEDULED"})',
        '"CHAT"})',
        _trap(9),
    ),
    Bug(
        "9: scheduled mail never comes in",
        "connectors/gmail/history.py",
        "        # was not a message when it was.\n        if is_mail(label_ids(message)):\n",
        "        # was not a message when it was.\n        if not label_ids(message):\n",
        _trap(9),
    ),
    Bug(
        "9: what came in the second of the last look was seen",
        _INGEST,
        "            case MailItem():\n                reading",
        """            case MailItem():
                with ctx.store.begin() as tx:
                    last = mailboxes.get(tx, item.mailbox).seen_at
                if last is not None and item.received_at <= last:
                    gone.append(one.id)
                    continue
                reading""",
        _trap(9),
    ),
    Bug(
        "11: an owner HubSpot does not know stops a contact",
        "connectors/hubspot/batches.py",
        "    spare: frozenset[str] = frozenset({OWNER})",
        "    spare: frozenset[str] = frozenset()",
        _trap(11),
    ),
    Bug(
        "11: what a teammate who left had open stays with them",
        "syncd/core/promises/follow_up.py",
        "plan=outlook.plan + tasks.hand_over())",
        "plan=outlook.plan)",
        _trap(11),
    ),
    Bug(
        "11: new tasks go to a teammate who left",
        _TASK_PLAN,
        "        heir = self.exchange.heirs.get(owner)\n",
        "        heir = None\n",
        _trap(11),
    ),
    Bug(
        "11: a task that a person gave away is handed over",
        "syncd/core/promises/hand_over.py",
        "if not heir or assignee != written:",
        "if not heir:",
        (*_trap(11)[:1], _FOLLOW_UP_TEST, "-k", "trap_11 or gave"),
    ),
    Bug(
        "11: a task that a person moved is moved",
        _TASK_PLAN,
        "task.due_written is not None and task.due == task.due_written < day:",
        "task.due_written is not None and task.due_written < day:",
        (*_trap(11)[:1], _FOLLOW_UP_TEST, "-k", "trap_11 or moved"),
    ),
    Bug(
        "11: what a person completed does not count",
        _CHORES,
        'closed_by_person_at=row["closed_at"] if row',
        'closed_by_person_at=row["closed_at"] if not row',
        _trap(11),
    ),
    Bug(
        "11: what a person opened again is closed",
        _CHORES,
        'values |= {"closed_by": "", "closed_at": None, "kept_by_person": True}',
        'values |= {"closed_by": "", "closed_at": None}',
        _trap(11),
    ),
    Bug(
        "11: what a person deleted is made again",
        _CHORES,
        "closed = task.done or task.deleted",
        "closed = task.done",
        _trap(11),
    ),
    Bug(
        "12: a plan is made on the state itself",
        "syncd/app.py",
        "store = Store.rehearsing(settings.store, copy) if there else Store(copy)\n",
        "store = Store(settings.store)\n",
        _trap(12),
    ),
    Bug(
        "12: a plan is carried out",
        "syncd/app.py",
        "ports=rehearse(ports) if dry else ports,",
        "ports=ports,",
        _trap(12),
    ),
    Bug(
        "13: mail that an empty mailbox does not show is gone",
        _INGEST,
        "            copies.note(tx, address, found.ids)\n        page = found.next_page\n",
        """            copies.note(tx, address, found.ids)
            if not found.ids:
                tx.exec_driver_sql("update messages set mail_class = 'bulk'")
                rows = tx.exec_driver_sql("select id from conversations")
                dirty.mark(tx, "conversation", [row[0] for row in rows])
        page = found.next_page
""",
        _trap(13),
    ),
    Bug(
        "13: a task that a listing leaves out is deleted",
        _OBSERVE,
        '        dirty.mark(tx, "conversation", touched - {chores.NO_CONVERSATION})\n',
        """        shown = {task.mark for task in found.tasks}
        for mark in chores.open_marks(tx) if everything else ():
            if mark not in shown:
                chores.vanished(tx, mark, ctx.now())
                chores.wake(tx, [mark])
        dirty.mark(tx, "conversation", touched - {chores.NO_CONVERSATION})
""",
        _trap(13),
    ),
    Bug(
        "19: holidays of the contact's country are not kept",
        _GATHER,
        "calendar = ctx.rules.calendars.of(first.timezone, first.country, cadence.clock)",
        "calendar = ctx.rules.team.calendar",
        _trap(19),
    ),
    Bug(
        "19: what people fill in on a contact is not noticed",
        _OBSERVE,
        "        changed = contact_facts.saw(tx, found.contacts, ctx.now(), since=at)\n",
        "        changed: set[str] = set()\n",
        _trap(19),
    ),
    Bug(
        "19: days are counted by Greenwich's clock",
        _CALENDAR,
        "datetime.combine(day, clock.replace(tzinfo=None), tzinfo=self.zone)",
        "datetime.combine(day, clock.replace(tzinfo=None), tzinfo=like.tzinfo)",
        _trap(19),
    ),
    Bug(
        "19: a half day is a whole one",
        _CALENDAR,
        "for h in self.half_days if h.is_on(day)",
        "for h in ()",
        _trap(19),
    ),
)
