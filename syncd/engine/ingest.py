"""From a mailbox to facts: which messages there are, then what they say.

Ids and cursor are committed together before any message is fetched, so that one message
that cannot be fetched never holds the cursor back, and a crash loses neither.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from syncd.core.facts import MailItem
from syncd.core.mail.reading import Never, Own, Reading, kept_out, read
from syncd.core.promises.matching import Matter
from syncd.engine.ahead import Ahead, fetching_ahead
from syncd.engine.context import Context, Progress, log
from syncd.ports.budgets import unhurried
from syncd.ports.mail import Fetched, Gone, MailSource
from syncd.ports.verdicts import CursorLost, Locked, Refused, TryLater, Verdict
from syncd.store import copies, dirty, intake, introduction_mail, letters, mailboxes

T = TypeVar("T")

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


@dataclass(frozen=True, slots=True)
class Portion:
    """What one look brought: messages taken in; whether a backlog is left, and from where on.

    `asked`: how many were asked for; `left`: how many are still to be fetched.
    """

    taken: int = 0
    more: bool = False
    after: int = 0
    asked: int = 0
    left: int = 0


NOTHING = Portion()


def look(ctx: Context, address: str) -> int:
    """Read a mailbox to its end. Returns how many messages were taken in.

    A mailbox that refuses us is marked and left; the others go on.
    """
    began = ctx.now()
    portion = glance(ctx, address)
    taken, asked = portion.taken, 0
    with _ahead(ctx, address) if portion.more else nullcontext() as ahead:
        while portion.more and not ctx.stop.is_set():
            portion = read_on(ctx, address, portion, ahead)
            taken, asked = taken + portion.taken, asked + portion.asked
            tell(ctx, address, asked, portion)
            if not portion.more and not ctx.is_failing(address):
                _seen(ctx, address, began)
    return taken


def _ahead(ctx: Context, address: str) -> AbstractContextManager[Ahead | None]:
    """Where other mailboxes are read meanwhile, nothing is gained; and with one thread every
    turn asks the same in the same order.
    """
    if ctx.readers <= len(ctx.ports.mail):
        return nullcontext()
    return fetching_ahead(partial(ctx.ports.mail[address].fetch, address))


def tell(ctx: Context, address: str, asked: int, portion: Portion) -> None:
    """How far a mailbox's backlog is, where one call is not all of it."""
    if portion.left or asked > portion.asked:
        ctx.progress(Progress(f"reading {address}", asked, asked + portion.left))


def glance(ctx: Context, address: str) -> Portion:
    """Take in what has come into a mailbox since the last time, and leave a backlog alone."""
    return guarded(ctx, address, partial(_glance, ctx, address)) or NOTHING


def read_on(
    ctx: Context, address: str, last: Portion = NOTHING, ahead: Ahead | None = None
) -> Portion:
    """Go on with a mailbox's backlog where `last` ended: list a page of it, or fetch a batch."""
    with unhurried():
        work = partial(_read_on, ctx, address, last, ahead)
        return guarded(ctx, address, work) or NOTHING


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
            return _fetch_new(ctx, source, address)


def guarded(ctx: Context, address: str, work: Callable[[], T]) -> T | None:
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


def _glance(ctx: Context, address: str) -> Portion:
    source = ctx.ports.mail[address]
    began = ctx.now()
    box = _box(ctx, address)
    if box.cursor is None:
        _restart(ctx, source, address, ctx.rules.log.since)
    else:
        try:
            if not _changes(ctx, source, address, box.cursor) and _seen_all(ctx, address, began):
                return NOTHING
        except CursorLost as verdict:
            log.warning("cursor_lost", mailbox=address, words=str(verdict))
            since = ctx.rules.log.since
            if box.seen_at is not None:
                since = max(since, box.seen_at - RESYNC_OVERLAP)
            _restart(ctx, source, address, since, again=True)
    taken = _fetch_new(ctx, source, address)
    if ctx.stop.is_set():
        return Portion(taken)
    # The look began before the last call: what arrived since is not covered.
    return Portion(taken, more=not _seen(ctx, address, began))


def _box(ctx: Context, address: str) -> mailboxes.Mailbox:
    with ctx.store.beside() as tx:
        mailboxes.ensure(tx, [address])
        return mailboxes.get(tx, address)


def _seen_all(ctx: Context, address: str, began: datetime) -> bool:
    """Note that a mailbox was read to its end as of then, where it was: whether it was."""
    with ctx.store.beside() as tx:
        return mailboxes.seen(tx, address, began)


def _seen(ctx: Context, address: str, began: datetime) -> bool:
    """Note how far a mailbox, which has let us in, was read as of then: whether to its end.

    A message that could not be fetched is no backlog, and the end is not reached without it.
    """
    if _seen_all(ctx, address, began):
        return True
    with ctx.store.beside() as tx:
        mailboxes.let_in(tx, address)
        return not (mailboxes.get(tx, address).listing or copies.has_backlog(tx, address))


def _restart(
    ctx: Context, source: MailSource, address: str, since: datetime, *, again: bool = False
) -> None:
    cursor = source.cursor(address)
    with ctx.store.begin() as tx:
        mailboxes.start_listing(tx, address, cursor, since)
        if again:
            # A lost history takes with it the labels that people put on meanwhile.
            copies.read_again(tx, address, since)


def _changes(ctx: Context, source: MailSource, address: str, cursor: str) -> bool:
    """Take down what has happened in a mailbox: whether anything has."""
    found = source.changes(address, cursor)
    if found.cursor == cursor and not (found.added or found.relabelled):
        return False
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
    return True


def _hidden(ctx: Context, changed: Iterable[tuple[str, frozenset[str], object]]) -> dict[str, str]:
    """The rule, by message, of those that were put under a label that is never logged."""
    found: dict[str, str] = {}
    for remote_id, added, _ in changed:
        matter = Matter(frozenset(), (), added, frozenset())
        if (never := kept_out(ctx.rules.log, matter)) is not None:
            found[remote_id] = never.reason
    return found


def _read_on(ctx: Context, address: str, last: Portion, ahead: Ahead | None) -> Portion:
    """List every page first: ids are small, and then it is known how much there is to fetch."""
    source = ctx.ports.mail[address]
    size = source.traits.fetch_size
    with ctx.store.beside() as tx:
        mailboxes.ensure(tx, [address])
        box = mailboxes.get(tx, address)
        todo = copies.todo(tx, address, size, backlog=True, after=last.after)
        left = 0
        if len(todo) == size:
            # Counted once: for each batch it would be a walk through all that is left.
            left = max(0, (last.left or copies.todo_count(tx, address)) - len(todo))
    if box.listing:
        _list(ctx, source, box)
        return Portion(more=True)
    if not todo:
        return NOTHING
    after = todo[-1].id
    fetch = partial(source.fetch, address) if ahead is None else ahead.take
    items = fetch(_ids(todo))
    own = _own(ctx, address)  # before the next call is under way: it may be one of its own
    if ahead is not None:
        with ctx.store.beside() as tx:
            ahead.begin(_ids(copies.todo(tx, address, size, backlog=True, after=after)))
    taken = _store(ctx, own, todo, items, backlog=True)
    return Portion(taken, more=True, after=after, asked=len(todo), left=left)


def _ids(todo: Iterable[copies.Todo]) -> list[str]:
    return [one.remote_id for one in todo]


def _list(ctx: Context, source: MailSource, box: mailboxes.Mailbox) -> None:
    since, page = box.listed_since or ctx.rules.log.since, box.page
    try:
        found = source.listing(box.address, since, page)
    except Refused:
        if page is None:
            raise
        # The name of a page is not good for ever. From the first one on, then: what is known
        # by now is not fetched again.
        found = source.listing(box.address, since, None)
        if found.next_page == page:  # it leads to the very page that is refused, for ever
            raise
    with ctx.store.begin() as tx:
        copies.note(tx, box.address, found.ids, backlog=True)
        mailboxes.listed(tx, box.address, found.next_page)


def _fetch_new(ctx: Context, source: MailSource, address: str) -> int:
    taken, after = 0, 0
    while not ctx.stop.is_set():
        with ctx.store.beside() as tx:
            size = source.traits.fetch_size
            todo = copies.todo(tx, address, size, backlog=False, after=after)
        if not todo:
            break
        after = todo[-1].id
        own = _own(ctx, address)
        items = source.fetch(address, _ids(todo))
        taken += _store(ctx, own, todo, items, backlog=False)
    return taken


def _own(ctx: Context, address: str) -> Own:
    with ctx.store.beside() as tx:
        box = mailboxes.get(tx, address)
        if box.profiled_at is not None and ctx.now() - box.profiled_at <= PROFILE_AGE:
            return ctx.own(tx)
    _profile(ctx, address)
    with ctx.store.beside() as tx:
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


def _store(
    ctx: Context,
    own: Own,
    todo: Sequence[copies.Todo],
    items: Sequence[Fetched],
    *,
    backlog: bool,
) -> int:
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
                            one.id,
                            item.thread_id,
                            item.labels,
                            item.received_at,
                            reading,
                            backlog,
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
    if arrivals and not backlog:
        ctx.came.set()
    return len(arrivals) + len(never)
