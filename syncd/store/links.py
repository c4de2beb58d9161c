"""Links to our clients, told of, imported, found by crawls or added by hand, as last seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, bindparam, func, or_, select

from syncd.core.links import LinkCheck, LinkSeen, LinkState
from syncd.store.schema import contacts, link_checks, link_tellings, links, messages
from syncd.store.writing import chunks

TOLD, IMPORT, CRAWL, HAND = "told", "import", "crawl", "hand"


@dataclass(frozen=True, slots=True)
class EarnedLink:
    """One page with its link to a client. `url`: the page; `target`: where the link leads.

    `source`: told | import | crawl | hand. `target` and `anchor` are as first seen, or as
    claimed before that; `seen_target` and `seen_anchor` at the last look at which it stood.
    `won_at`: first seen by ourselves, None while that is only claimed. It is lost since
    `lost_at`. `task`: mark of the task for its loss, `no_task` why there is none.
    `conversation` None: no mail told of it.
    """

    id: int
    url: str
    target: str
    anchor: str
    person: str
    client: str
    campaign: str
    source: str
    state: LinkState
    words: str
    won_at: datetime | None
    lost_at: datetime | None
    checked_at: datetime | None
    message: str
    conversation: int | None
    known_at: datetime
    next_check_at: datetime | None = None
    failing_at: datetime | None = None
    checks: int = 0
    losses: int = 0
    host: str = ""
    seen_target: str = ""
    seen_anchor: str = ""
    task: str = ""
    no_task: str = ""
    dropped_at: datetime | None = None

    @property
    def stands(self) -> bool:
        """Won and not lost: an error says nothing of it."""
        return self.won_at is not None and self.lost_at is None


_ALL = select(links, messages.c.conversation_id.label("conversation")).join(
    messages, messages.c.key == links.c.message, isouter=True
)


def every(
    tx: Connection,
    *,
    client: str | None = None,
    campaign: str | None = None,
    people: Iterable[str] | None = None,
    dropped: bool = False,
) -> list[EarnedLink]:
    """The links of a client, a campaign, of people (addresses); with the dropped ones, if asked."""
    query = _ALL.order_by(links.c.id)
    if client is not None:
        query = query.where(links.c.client == client)
    if campaign is not None:
        query = query.where(links.c.campaign == campaign)
    if not dropped:
        query = query.where(links.c.dropped_at.is_(None))
    if people is None:
        return _read(tx, query)
    found = [
        one
        for part in chunks(sorted(set(people)))
        for one in _read(tx, query.where(links.c.person.in_(part)))
    ]
    return sorted(found, key=lambda one: one.id)


def some(
    tx: Connection, *, words: str, state: str, client: str, start: int, size: int
) -> tuple[list[EarnedLink], bool]:
    """A page of links, the newest known first, and whether there are more.

    `words` are looked for in the page's address and the person's.
    """
    query = _ALL.order_by(links.c.id.desc()).where(links.c.dropped_at.is_(None))
    if words:
        there = (links.c.page, links.c.person)
        query = query.where(or_(*(one.contains(words.lower(), autoescape=True) for one in there)))
    if state:
        query = query.where(links.c.state == state)
    if client:
        query = query.where(links.c.client == client)
    found = _read(tx, query.offset(start).limit(size + 1))
    return found[:size], len(found) > size


def counts(tx: Connection) -> dict[tuple[str, str], int]:
    """How many there are by (client, state)."""
    query = (
        select(links.c.client, links.c.state, func.count())
        .where(links.c.dropped_at.is_(None))
        .group_by(links.c.client, links.c.state)
    )
    return {(client, state): number for client, state, number in tx.execute(query)}


def unverifiable(tx: Connection) -> int:
    """How many could not be judged for long."""
    query = select(func.count()).where(
        links.c.state == LinkState.UNVERIFIABLE.value, links.c.dropped_at.is_(None)
    )
    return int(tx.execute(query).scalar_one())


def of_ids(tx: Connection, ids: Iterable[int]) -> list[EarnedLink]:
    query = _ALL.order_by(links.c.id)
    return [one for part in chunks(ids) for one in _read(tx, query.where(links.c.id.in_(part)))]


def of_pages(tx: Connection, pages: Iterable[str]) -> list[EarnedLink]:
    """The links on these pages (`syncd.core.links_address.page_key`), dropped ones included."""
    query = _ALL.order_by(links.c.id)
    return [one for part in chunks(pages) for one in _read(tx, query.where(links.c.page.in_(part)))]


def of_bundles(tx: Connection, bundles: Iterable[str]) -> dict[str, list[EarnedLink]]:
    """The links whose losses make one task, by its name."""
    found: dict[str, list[EarnedLink]] = {}
    query = _ALL.add_columns(links.c.bundle.label("_bundle")).order_by(links.c.id)
    for part in chunks(bundles):
        for row in tx.execute(query.where(links.c.bundle.in_(part))).mappings():
            found.setdefault(row["_bundle"], []).append(_link(row))
    return found


def history(tx: Connection, ids: Iterable[int]) -> dict[int, tuple[LinkCheck, ...]]:
    """How these links stood over time, the oldest first: one entry for each change."""
    found: dict[int, tuple[LinkCheck, ...]] = {}
    for part in chunks(ids):
        query = (
            select(link_checks).where(link_checks.c.link_id.in_(part)).order_by(link_checks.c.id)
        )
        for row in tx.execute(query).mappings():
            one = LinkCheck(row["at"], LinkState(row["state"]), row["words"])
            found[row["link_id"]] = (*found.get(row["link_id"], ()), one)
    return found


_OF_CONVERSATIONS = (
    select(link_tellings, messages.c.conversation_id)
    .join(messages, messages.c.key == link_tellings.c.message)
    .where(
        messages.c.conversation_id.in_(bindparam("ids", expanding=True)),
        link_tellings.c.looked_at.is_not(None),
    )
)


def of_conversations(tx: Connection, wanted: Iterable[int]) -> dict[int, dict[str, LinkSeen]]:
    """What was seen of the pages that were told of, by conversation and the page's address."""
    found: dict[int, dict[str, LinkSeen]] = {}
    for part in chunks(wanted):
        for row in tx.execute(_OF_CONVERSATIONS, {"ids": part}).mappings():
            seen = LinkSeen(LinkState(row["state"]), row["looked_at"], row["tries"])
            found.setdefault(row["conversation_id"], {})[row["url"]] = seen
    return found


def stand_with(tx: Connection, crm_id: str) -> bool:
    """Whether a link of this contact, under any address, stands."""
    return tx.execute(_STANDING, {"crm_id": crm_id}).first() is not None


def lost_with(tx: Connection, crm_id: str) -> bool:
    """Whether a link of this contact, under any address, was lost and is so still."""
    return tx.execute(_LOST, {"crm_id": crm_id}).first() is not None


def bundles_of(tx: Connection, crm_id: str) -> list[str]:
    """What the losses of this contact's links are gathered under."""
    query = (
        select(links.c.bundle)
        .join(contacts, contacts.c.address == links.c.person)
        .where(contacts.c.crm_id == crm_id)
        .distinct()
    )
    return sorted(tx.execute(query).scalars())


def _of_contact(*conditions: Any) -> Select[Any]:
    return (
        select(links.c.id)
        .join(contacts, contacts.c.address == links.c.person)
        .where(contacts.c.crm_id == bindparam("crm_id"), links.c.dropped_at.is_(None), *conditions)
        .limit(1)
    )


_STANDING = _of_contact(links.c.won_at.is_not(None), links.c.lost_at.is_(None))
_LOST = _of_contact(links.c.lost_at.is_not(None))


def _read(tx: Connection, query: Select[Any]) -> list[EarnedLink]:
    return [_link(row) for row in tx.execute(query).mappings()]


_PLAIN: Sequence[str] = (
    *("id", "url", "target", "anchor", "person", "client", "campaign", "source", "words"),
    *("won_at", "lost_at", "checked_at", "message", "known_at", "next_check_at", "failing_at"),
    *("checks", "losses", "host", "seen_target", "seen_anchor", "task", "no_task", "dropped_at"),
)


def _link(row: RowMapping) -> EarnedLink:
    plain = {name: row[name] for name in _PLAIN}
    return EarnedLink(state=LinkState(row["state"]), conversation=row["conversation"], **plain)
