"""What link building holds of a person: drafts to them, whom they introduced, their links."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, select, update

from syncd.core.actions import ChangeContact
from syncd.core.identity import names_address
from syncd.core.introductions import State
from syncd.core.promises.introduce import INTRODUCED_BY
from syncd.store.link_looks import bundle_of
from syncd.store.schema import contacts, effects, introductions, links
from syncd.store.writing import chunks


@dataclass(frozen=True, slots=True)
class Laid:
    """A draft to them that waits in a mailbox. `version`: as we wrote it, "" where a person may
    have edited it since: then it is theirs.
    """

    mark: str
    mailbox: str
    id: str
    version: str


@dataclass(frozen=True, slots=True)
class Credit:
    """What we wrote on a contact who stays: that it was they who introduced them to us."""

    contact: str
    words: str


def drafts(tx: Connection, addresses: Collection[str]) -> tuple[Laid, ...]:
    """Those that were not sent nor deleted, as far as we have seen."""
    query = (
        select(introductions)
        .where(
            introductions.c.introducer.in_(addresses),
            introductions.c.state == State.DRAFTED.value,
            introductions.c.draft != "",
            introductions.c.gone_at.is_(None),
        )
        .order_by(introductions.c.id)
    )
    return tuple(
        Laid(row["mark"], row["asked_by"], row["draft"], "" if row["edited"] else row["version"])
        for row in tx.execute(query).mappings()
    )


def unsent_drafts(tx: Connection, addresses: Collection[str]) -> tuple[str, ...]:
    """The keys of drafts to them that no mailbox was told of yet."""
    return _writing(tx, addresses, effects.c.state.in_(("planned", "held", "observed", "parked")))


def doubted_drafts(tx: Connection, addresses: Collection[str]) -> tuple[str, ...]:
    """The keys of those of which it is not known whether they stand."""
    return _writing(tx, addresses, effects.c.state == "sending")


def _writing(
    tx: Connection, addresses: Collection[str], condition: ColumnElement[bool]
) -> tuple[str, ...]:
    marks = select(introductions.c.mark).where(introductions.c.introducer.in_(addresses))
    query = select(effects.c.key).where(effects.c.key.in_(marks), condition)
    return tuple(tx.execute(query).scalars())


def credits_to(
    tx: Connection, addresses: Collection[str], besides: Mapping[str, object]
) -> tuple[Credit, ...]:
    """The contacts who carry their name for an introduction; `besides` are theirs."""
    met = select(introductions.c.introduced).where(introductions.c.introducer.in_(addresses))
    ids = select(contacts.c.crm_id).where(
        contacts.c.address.in_(met), contacts.c.crm_id.is_not(None)
    )
    found: dict[str, str] = {}
    wanted = [f"contact:{one}" for one in tx.execute(ids).scalars() if one not in besides]
    for some in chunks(wanted):
        query = select(effects.c.body).where(
            effects.c.object.in_(some),
            effects.c.kind == ChangeContact.kind,
            effects.c.state == "done",
        )
        for body in tx.execute(query).scalars():
            words = str(body.get("put", {}).get(INTRODUCED_BY, ""))
            if any(names_address(words, one) for one in addresses):
                found[str(body["contact"])] = words
    return tuple(Credit(*one) for one in sorted(found.items()))


def leave_links(tx: Connection, addresses: Collection[str]) -> list[str]:
    """A page keeps its link, and is nobody's now. Returns what their losses were gathered under."""
    theirs = links.c.person.in_(addresses)
    rows = tx.execute(select(links.c.id, links.c.host, links.c.bundle).where(theirs)).all()
    for row in rows:
        values = {"person": "", "bundle": bundle_of("", row.host)}
        tx.execute(update(links).where(links.c.id == row.id).values(**values))
    return sorted({row.bundle for row in rows})
