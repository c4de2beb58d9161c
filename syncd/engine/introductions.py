"""Keeping track of asked introductions: only of those about which something changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, cast

from syncd.core.actions import AddContact
from syncd.core.favours import Favour, Source, Way
from syncd.core.introductions import State
from syncd.core.promises import introduce
from syncd.core.promises.introduce_matter import (
    Draft,
    Matter,
    Outcome,
    Task,
    task_mark,
    thanks_mark,
)
from syncd.core.promises.log import Standing
from syncd.engine.context import Context, log
from syncd.engine.decide import record
from syncd.engine.gather import leavers, thread_url
from syncd.ports.mail import Draft as Drafted
from syncd.ports.mail import DraftBox
from syncd.ports.verdicts import Locked, Verdict
from syncd.store import (
    chores,
    dirty,
    favours,
    introduction_mail,
    introductions,
    ledger,
    mailboxes,
    people,
    relationships,
    tally,
)
from syncd.store.database import Tx
from syncd.store.introductions import Introduction
from syncd.store.relationships import Person

# A draft that is gone was sent, or deleted. Sent mail may show a little later than the draft
# disappears: only a look that began so long after says that nothing was sent.
SETTLED = timedelta(minutes=2)
_QUIET = frozenset({"quiet", "bounced"})


def follow(ctx: Context) -> int:
    """Decide the askings that changed or fell due. Returns how many now stand otherwise."""
    with ctx.store.begin() as tx:
        numbers = {int(one) for one in dirty.every(tx, "introduction")}
        numbers |= set(introductions.due(tx, ctx.now()))
        rows = introductions.get(tx, numbers)
    if not numbers:
        return 0
    drafts = _look(ctx, rows)
    moved = 0
    with ctx.store.begin() as tx:
        dirty.forget(tx, "introduction", numbers)
        for row in rows:
            matter = gather(ctx, tx, row, drafts.get(row.id, Draft.UNKNOWN))
            outcome = introduce.decide(matter, ctx.rules.asks, ctx.now())
            moved += _apply(ctx, tx, row, outcome)
            if _is_unsure(row, matter, outcome):
                dirty.mark(tx, "introduction", [row.id])
    return moved


def next_due(tx: Tx) -> datetime | None:
    """When the next asking is decided although nothing happened."""
    return introductions.next_due(tx)


def _is_unsure(row: Introduction, matter: Matter, outcome: Outcome) -> bool:
    """Whether it must be looked at again: its mailbox has not shown everything yet."""
    if row.state is not State.DRAFTED or "state" in outcome.changes:
        return False
    return matter.draft in {Draft.UNKNOWN, Draft.GONE}


def box_of(ctx: Context, mailbox: str) -> DraftBox | None:
    """Where drafts of this mailbox are written; None where they are not."""
    source = ctx.ports.mail.get(mailbox)
    if source is None or not source.traits.drafts:
        return None
    return cast("DraftBox", source)


def pause(ctx: Context, mailbox: str, verdict: Locked) -> None:
    """This mailbox takes no drafts of ours for now; reading it, and the others, go on."""
    ctx.pause(f"drafts:{mailbox}", str(verdict), verdict.remedy)


def is_paused(ctx: Context, mailbox: str) -> bool:
    return ctx.is_paused(f"drafts:{mailbox}")


def _look(ctx: Context, rows: Iterable[Introduction]) -> dict[int, Draft]:
    """How the drafts stand, by asking. What is known to be gone is not asked for again."""
    found: dict[int, Draft] = {}
    by_mailbox: dict[str, list[Introduction]] = {}
    for row in rows:
        if row.state is not State.DRAFTED or not row.draft:
            continue
        if row.gone_at is not None:
            found[row.id] = Draft.GONE
        else:
            by_mailbox.setdefault(row.asked_by, []).append(row)
    for mailbox, some in by_mailbox.items():
        standing = _standing(ctx, mailbox, [row.draft for row in some])
        if standing is not None:
            with ctx.store.begin() as tx:
                found |= {row.id: _seen(ctx, tx, row, standing.get(row.draft)) for row in some}
    return found


def _standing(ctx: Context, mailbox: str, ids: list[str]) -> dict[str, Drafted] | None:
    """The drafts that stand, by id; None where the mailbox cannot be asked now."""
    box = box_of(ctx, mailbox)
    if box is None or is_paused(ctx, mailbox) or ctx.is_paused(f"mailbox:{mailbox}"):
        return None
    try:
        standing = box.drafts(mailbox, ids)
    except Locked as verdict:
        pause(ctx, mailbox, verdict)
        return None
    except Verdict as verdict:
        log.warning("drafts_later", mailbox=mailbox, words=str(verdict))
        ctx.failing[f"drafts:{mailbox}"] = str(verdict)
        return None
    ctx.resume(f"drafts:{mailbox}")
    return standing


def _seen(ctx: Context, tx: Tx, row: Introduction, draft: Drafted | None) -> Draft:
    if draft is None:
        introductions.becomes(tx, row.id, gone_at=ctx.now())
        return Draft.GONE
    if draft.version != row.standing:
        introductions.becomes(tx, row.id, standing=draft.version)
    untouched = row.version and draft.version == row.version and not row.edited
    return Draft.STANDS if untouched else Draft.EDITED


def gather(ctx: Context, tx: Tx, row: Introduction, draft: Draft) -> Matter:
    """One asking with all that is known of it."""
    person = relationships.by_asked(tx, [row.introducer]).get(row.introducer)
    addresses = frozenset({row.introducer} | (person.addresses if person is not None else set()))
    since = row.drafted_at or row.offered_at or ctx.now()
    heard = introduction_mail.heard(
        tx, addresses, row.domain, since, mailbox=row.asked_by, thread=row.thread_id
    )
    marks = (task_mark(row.mark), thanks_mark(row.mark))
    tasks = {
        mark: Task(
            mark,
            ours=not (seen["done"] or seen["deleted"] or seen["kept_by_person"]),
            assignee=seen["assignee"],
            assignee_written=seen["assignee_written"],
        )
        for mark, seen in chores.known_among(tx, marks).items()
    }
    planned = ledger.states_of(tx, marks)
    for mark in marks:
        # Asked for and not there yet: neither made again nor closed.
        if planned.get(mark) not in {None, "withdrawn"}:
            tasks.setdefault(mark, Task(mark, ours=False))
    everyone = {party.address for one in heard for party in (*one.others, one.sender)}
    return Matter(
        id=row.id,
        introducer=row.introducer,
        name=person.name if person is not None else "",
        addresses=addresses,
        site=row.site,
        domain=row.domain,
        state=row.state,
        asked_by=row.asked_by,
        mark=row.mark,
        words=row.words,
        subject=row.subject,
        message_id=row.message_id,
        draft_id=row.draft,
        version=row.version,
        link=thread_url(row.asked_by, row.thread_id) if row.thread_id else "",
        drafted_at=row.drafted_at,
        asked_at=row.asked_at,
        conversation=row.conversation,
        introduced=row.introduced,
        introduced_name=row.introduced_name,
        introduced_at=row.introduced_at,
        draft=draft,
        settled=_settled(tx, row),
        effect=tally.state_of(tx, row.mark) or "",
        heard=heard,
        quiet=introduction_mail.status_of(tx, row.conversation) in _QUIET,
        silent=why_silent(tx, [person] if person is not None else []).get(row.introducer, ""),
        tasks=tasks,
        known=_known(tx, everyone),
        contact=people.contact_ids(tx, [row.introduced]).get(row.introduced, ""),
        due=_due(ctx),
        leavers=leavers(ctx, tx),
    )


def why_silent(tx: Tx, persons: Sequence[Person]) -> dict[str, str]:
    """Why these people are not to be written to, by the address that stands for them."""
    everyone = {each for one in persons for each in one.addresses}
    asked = people.asked_to_be_left_alone(tx, everyone)
    found: dict[str, str] = {}
    for one in persons:
        if one.word.do_not_contact:
            found[one.address] = f"{one.name or one.address} is not to be contacted"
        elif asked & one.addresses:
            found[one.address] = f"{one.name or one.address} asked not to be written to"
        elif one.word.stage == "declined":
            found[one.address] = f"{one.name or one.address} stands at declined in the CRM"
    return found


def _settled(tx: Tx, row: Introduction) -> bool:
    if row.gone_at is None:
        return False
    box = mailboxes.get(tx, row.asked_by)
    return box.seen_at is not None and box.seen_at > row.gone_at + SETTLED


def _known(tx: Tx, addresses: Iterable[str]) -> frozenset[str]:
    """Those who are in the CRM, are being added, or were refused by it."""
    states = people.standings(tx, addresses, acquaintances=False).states
    added = {Standing.FOUND, Standing.CREATING, Standing.REFUSED}
    return frozenset(one for one, state in states.items() if state in added)


def _due(ctx: Context) -> date:
    """The next day on which we work."""
    calendar = ctx.rules.team.calendar
    return calendar.next_working_day(calendar.local_date(ctx.now() + timedelta(days=1)))


def _apply(ctx: Context, tx: Tx, row: Introduction, outcome: Outcome) -> int:
    if outcome.withdraw:
        ledger.withdraw(tx, row.mark, outcome.withdraw, ctx.now())
    if outcome.changes:
        introductions.becomes(tx, row.id, **outcome.changes)
    record(ctx, tx, outcome.plan)
    for planned in outcome.plan:
        if isinstance(planned.action, AddContact):
            people.to_be_made(tx, planned.action.address, ctx.now())
    if outcome.changes.get("state") == State.INTRODUCED.value:
        _credit(ctx, tx, row, outcome.changes)
        introduction_mail.wake_introduced(tx, outcome.changes["introduced_in"])
    if "state" in outcome.changes:
        log.info("introduction", number=row.id, state=outcome.changes["state"])
    # The ask counts for its campaign, and so does whoever came of it.
    if (conversation := outcome.changes.get("conversation_id")) is not None:
        dirty.mark(tx, "conversation", [conversation])
    return int(bool(outcome.changes) or bool(outcome.plan))


def _credit(ctx: Context, tx: Tx, row: Introduction, changes: Mapping[str, Any]) -> None:
    """What else follows when somebody was introduced: their contacts say so, and it is a favour.

    One whose contact is still to be made is marked when that is done.
    """
    ids = people.contact_ids(tx, [changes["introduced"], row.introducer]).values()
    dirty.mark(tx, "contact", ids)
    dirty.mark(tx, "relation", ids)
    favours.add(
        tx,
        Favour(
            person=row.introducer,
            way=Way.RECEIVED,
            about=f"introduced {changes['introduced']}",
            teammate=row.asked_by,
            day=ctx.rules.team.calendar.local_date(changes["introduced_at"]),
            source=Source.TOLD,
            mark=f"introduction:{row.mark}",
        ),
    )
    # Who came of it is somebody to be thanked for, and says so in the CRM: decided once more.
    dirty.mark(tx, "introduction", [row.id])
