"""Bodies that were let go of when their message was skipped, fetched once more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from syncd.core.facts import MailItem
from syncd.core.mail.reading import Never
from syncd.engine.context import Context
from syncd.engine.ingest import reading_of
from syncd.ports.mail import Fetched, Gone
from syncd.ports.verdicts import Done, Outcome, Refused, TryLater, Verdict
from syncd.store import forgotten, letters

Wanted = Sequence[tuple[letters.Content, str]]  # with the copy's id in its mailbox


def refetch(ctx: Context, keys: Sequence[str]) -> dict[str, Outcome]:
    """Put back the bodies of these messages, where they are not kept.

    Returns what keeps a message from being logged, by its key: `TryLater` while its
    mailbox cannot be read, and `Done` without an id when a rule written since hides it.
    A message that is gone by now is logged without its body.
    """
    with ctx.store.begin() as tx:
        missing = [one for one in letters.contents(tx, keys).values() if not one.body_kept]
        copies = letters.copies_of(tx, [one.id for one in missing])
    by_mailbox: dict[str, list[tuple[letters.Content, str]]] = defaultdict(list)
    for one in missing:
        here = [copy for copy in copies.get(one.id, ()) if copy[0] in ctx.ports.mail]
        mailbox, remote_id = here[0] if here else ("", "")
        by_mailbox[mailbox].append((one, remote_id))
    kept_out: dict[str, Outcome] = {}
    for mailbox, wanted in by_mailbox.items():
        size = ctx.ports.mail[mailbox].traits.fetch_size if mailbox else len(wanted)
        for start in range(0, len(wanted), size):
            some = wanted[start : start + size]
            kept_out |= _put_back(ctx, some, _fetched(ctx, mailbox, some))
    return kept_out


def _fetched(ctx: Context, mailbox: str, some: Wanted) -> Sequence[Fetched]:
    if not mailbox:
        return [Gone()] * len(some)
    if ctx.is_paused(f"mailbox:{mailbox}"):
        return [TryLater(f"{mailbox} cannot be read now")] * len(some)
    try:
        return ctx.ports.mail[mailbox].fetch(mailbox, [remote_id for _, remote_id in some])
    except Verdict as verdict:
        # The mailbox's own look will say so; the CRM has no part in it.
        return [TryLater(str(verdict))] * len(some)


def _put_back(ctx: Context, some: Wanted, items: Sequence[Fetched]) -> dict[str, Outcome]:
    kept_out: dict[str, Outcome] = {}
    rows: list[tuple[int, str, str]] = []
    with ctx.store.begin() as tx:
        own = ctx.own(tx)
        for (one, _), item in zip(some, items, strict=True):
            match item:
                case MailItem():
                    reading = reading_of(ctx, own, item)
                    if isinstance(reading, Never):
                        kept_out[one.key] = Done(note=reading.reason)
                    elif isinstance(reading, Refused):
                        kept_out[one.key] = reading
                    else:
                        text, html = forgotten.cleared(tx, reading.text, reading.html)
                        rows.append((one.id, text, html))
                case Gone() | Refused():
                    rows.append((one.id, "", ""))
                case _:
                    kept_out[one.key] = TryLater(str(item))
        letters.restore_bodies(tx, rows)
    return kept_out
