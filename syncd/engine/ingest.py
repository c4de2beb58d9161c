"""From a mailbox to facts: which messages there are, then what they say.

Ids and cursor are committed together before any message is fetched, so that one message
that cannot be fetched never holds the cursor back, and a crash loses neither.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial

from syncd.core.facts import MailItem
from syncd.core.mail.reading import Never, Own, Reading, kept_out, read
from syncd.core.promises.matching import Matter
from syncd.engine.context import Context, Progress, log
from syncd.ports.mail import Fetched, Gone, MailSource
from syncd.ports.verdicts import CursorLost, Locked, Refused, TryLater, Verdict
from syncd.store import copies, dirty, intake, introduction_mail, letters, mailboxes

# A profile changes when somebody adds an alias: once a day is soon enough.
PROFILE_AGE = timedelta(days=1)
# After a lost cursor, how far before the last look the listing begins.
RESYNC_OVERLAP = timedelta(days=7)


def introduce(ctx: Context) -> None:
    """Learn the aliases of every mailbox before any mail is read.

    Otherwise mail sent under a colleague's alias would look like a stranger's.
    """
    with ctx.store.begin() as tx:
        mailboxes.ensure(tx, ctx.ports.mail)
        unknown = [box.address for box in mailboxes.every(tx) if box.profiled_at is None]
    for address in unknown:
        if address in ctx.ports.mail:
            guarded(ctx, address, partial(_profile, ctx, address))


def look(ctx: Context, address: str) -> int:
    """Read what is new in a mailbox. Returns how many messages were taken in.

    A mailbox that refuses us is marked and left; the others go on.
    """
    taken = guarded(ctx, address, partial(_look, ctx, address))
    return taken or 0


def relist(ctx: Context, source: MailSource, address: str, since: datetime) -> int:
    """List again what a window of time holds, and take in what no history told of.

    What could not be read is tried once more.
    """
    page: str | None = None
    with ctx.store.begin() as tx:
        copies.try_again(tx, address)
    while True:
        found = source.listing(address, since, page)
        with ctx.store.begin() as tx:
            copies.note(tx, address, found.ids)
        page = found.next_page
        if page is None:
            return _fetch(ctx, source, address)


def guarded(ctx: Context, address: str, work: Callable[[], int]) -> int | None:
    """Do a mailbox's work; turn its verdicts into the mailbox's state."""
    role = f"mailbox:{address}"
    if ctx.is_paused(role):
        return None
    try:
        result = work()
    except Locked as verdict:
        with ctx.store.begin() as tx:
            mailboxes.lock(tx, address, str(verdict))
        ctx.pause(role, str(verdict), verdict.remedy)
        return None
    except TryLater as verdict:
        log.warning("mailbox_later", mailbox=address, words=str(verdict), after=verdict.after)
        ctx.failing[role] = str(verdict)
        return None
    except Verdict as verdict:
        log.error("mailbox_failed", mailbox=address, words=str(verdict))
        ctx.failing[role] = str(verdict)
        return None
    except Exception as error:
        # A mistake of ours, told as one; the other mailboxes must not wait for this one.
        ctx.failing[role] = f"unexpected {type(error).__name__}"
        raise
    ctx.resume(role)
    return result


def _profile(ctx: Context, address: str) -> int:
    profile = ctx.ports.mail[address].profile(address)
    with ctx.store.begin() as tx:
        mailboxes.profiled(tx, address, (profile.address, *profile.aliases), ctx.now())
    return 0


def _look(ctx: Context, address: str) -> int:
    source = ctx.ports.mail[address]
    began = ctx.now()
    with ctx.store.begin() as tx:
        mailboxes.ensure(tx, [address])
        box = mailboxes.get(tx, address)
    if box.cursor is None:
        _restart(ctx, source, address, ctx.rules.log.since)
    elif not box.listing:
        try:
            _changes(ctx, source, address, box.cursor)
        except CursorLost as verdict:
            log.warning("cursor_lost", mailbox=address, words=str(verdict))
            since = ctx.rules.log.since
            if box.seen_at is not None:
                since = max(since, box.seen_at - RESYNC_OVERLAP)
            _restart(ctx, source, address, since, again=True)
    taken = _list_and_fetch(ctx, source, address)
    if ctx.stop.is_set():
        return taken
    with ctx.store.begin() as tx:
        mailboxes.let_in(tx, address)
        if not copies.todo_count(tx, address):
            # The look began before the last call: what arrived since is not covered.
            mailboxes.seen(tx, address, began)
    return taken


def _restart(
    ctx: Context, source: MailSource, address: str, since: datetime, *, again: bool = False
) -> None:
    cursor = source.cursor(address)
    with ctx.store.begin() as tx:
        mailboxes.start_listing(tx, address, cursor, since)
        if again:
            # A lost history takes with it the labels that people put on meanwhile.
            copies.read_again(tx, address, since)


def _changes(ctx: Context, source: MailSource, address: str, cursor: str) -> None:
    found = source.changes(address, cursor)
    if found.cursor == cursor and not (found.added or found.relabelled):
        return
    with ctx.store.begin() as tx:
        copies.note(tx, address, found.added)
        # Reading a message changes nothing here; people do little else all day.
        changed = [
            (one.remote_id, one.added, one.removed)
            for one in found.relabelled
            if (one.added | one.removed) - {"UNREAD"}
        ]
        touched = copies.relabel(tx, address, changed)
        letters.unlearn(tx, address, _hidden(ctx, changed))
        dirty.mark(tx, "conversation", touched)
        introduction_mail.wake_drafts(tx, address, found.removed)
        mailboxes.advance(tx, address, found.cursor)


def _hidden(ctx: Context, changed: Iterable[tuple[str, frozenset[str], object]]) -> dict[str, str]:
    """The rule, by message, of those that were put under a label that is never logged."""
    found: dict[str, str] = {}
    for remote_id, added, _ in changed:
        matter = Matter(frozenset(), (), added, frozenset())
        if (never := kept_out(ctx.rules.log, matter)) is not None:
            found[remote_id] = never.reason
    return found


def _list_and_fetch(ctx: Context, source: MailSource, address: str) -> int:
    """List every page first: ids are small, and then it is known how much there is to fetch."""
    with ctx.store.begin() as tx:
        box = mailboxes.get(tx, address)
    since = box.listed_since or ctx.rules.log.since
    listing, page = box.listing, box.page
    while listing and not ctx.stop.is_set():
        try:
            found = source.listing(address, since, page)
        except Refused:
            if page is None or page != box.page:
                raise
            # The name of a page is not good for ever. From the first one on, then: what is
            # known by now is not fetched again.
            page = None
            continue
        with ctx.store.begin() as tx:
            copies.note(tx, address, found.ids)
            mailboxes.listed(tx, address, found.next_page)
        listing, page = found.next_page is not None, found.next_page
    return _fetch(ctx, source, address)


def _fetch(ctx: Context, source: MailSource, address: str) -> int:
    taken, seen, after, total = 0, 0, 0, 0
    while not ctx.stop.is_set():
        with ctx.store.begin() as tx:
            todo = copies.todo(tx, address, source.traits.fetch_size, after=after)
            if after == 0 and len(todo) == source.traits.fetch_size:
                total = copies.todo_count(tx, address)
        if not todo:
            break
        after = todo[-1].id
        own = _own(ctx, address)
        items = source.fetch(address, [one.remote_id for one in todo])
        taken += _store(ctx, own, todo, items)
        seen += len(todo)
        if total:
            ctx.progress(Progress(f"reading {address}", seen, total))
    return taken


def _own(ctx: Context, address: str) -> Own:
    with ctx.store.begin() as tx:
        box = mailboxes.get(tx, address)
    if box.profiled_at is None or ctx.now() - box.profiled_at > PROFILE_AGE:
        _profile(ctx, address)
    with ctx.store.begin() as tx:
        return ctx.own(tx)


def reading_of(ctx: Context, own: Own, item: MailItem) -> Reading | Never | Refused:
    """What a message says. Where even we trip over it, it is counted and the rest goes on."""
    try:
        return read(
            item,
            own,
            ctx.rules.log,
            ctx.phrases,
            body_limit=ctx.ports.crm.traits.body_limit,
            targets=ctx.targets,
        )
    except Exception as error:  # noqa: BLE001 - one message must not stop a mailbox
        log.exception("message_unreadable", mailbox=item.mailbox, id=item.remote_id)
        return Refused(f"syncd cannot read it: {type(error).__name__}")


def _store(ctx: Context, own: Own, todo: Sequence[copies.Todo], items: Sequence[Fetched]) -> int:
    arrivals: list[intake.Arrival] = []
    gone: list[int] = []
    never: list[tuple[int, str, datetime]] = []
    failed: list[tuple[int, str]] = []
    refused: list[tuple[int, str]] = []
    for one, item in zip(todo, items, strict=True):
        match item:
            case MailItem():
                reading = reading_of(ctx, own, item)
                if isinstance(reading, Never):
                    never.append((one.id, reading.reason, item.received_at))
                elif isinstance(reading, Refused):
                    refused.append((one.id, str(reading)))
                else:
                    arrivals.append(
                        intake.Arrival(
                            one.id, item.thread_id, item.labels, item.received_at, reading
                        )
                    )
            case Gone():
                gone.append(one.id)
            case Refused():
                refused.append((one.id, str(item)))
            case Locked():
                raise item
            case _:
                failed.append((one.id, str(item)))
    with ctx.store.begin() as tx:
        intake.absorb(tx, arrivals)
        copies.settle(tx, gone, "gone")
        copies.never(tx, never)
        copies.unreadable(tx, refused)
        copies.tried(tx, failed)
    counted = Counter(stored=len(arrivals), gone=len(gone), never=len(never))
    log.debug("fetched", **counted, failed=len(failed) + len(refused))
    return len(arrivals) + len(never)
