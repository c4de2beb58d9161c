"""What the CRM says of the people we write to: where they live, and whether we may write."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from syncd.core.facts import Contact
from syncd.ports.crm import Field
from syncd.store import dirty, favours, tombstones
from syncd.store.schema import contact_facts, contacts
from syncd.store.writing import chunks, insert_new, upsert

# Put together once: asked for every conversation that is decided.
_OF = select(contact_facts).where(contact_facts.c.crm_id.in_(bindparam("ids", expanding=True)))


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """A contact as last seen. `stage_since`: since when its stage is this one, at the earliest.

    `timezone`, `country` and `owner` (the CRM's id) are "" where the CRM does not say. The rest
    moves no task: `address` is the primary one, `campaigns` and `tags` are whoever's.
    """

    crm_id: str
    timezone: str
    country: str
    stage: str
    stage_since: datetime
    do_not_contact: bool
    owner: str
    address: str = field(default="", compare=False)
    campaigns: tuple[str, ...] = field(default=(), compare=False)
    tags: tuple[str, ...] = field(default=(), compare=False)


def saw(
    tx: Connection, seen: Iterable[Contact], now: datetime, *, since: datetime | None = None
) -> set[str]:
    """Take in contacts as the CRM shows them. Returns the ids of those that differ for tasks.

    What differs changed after `since`, when we last looked. A stage counts from then: a
    message written after it, before we saw it, must not be silenced by it.
    """
    several = list(seen)
    theirs = tombstones.among(tx, {one for contact in several for one in contact.addresses})
    by_id = {contact.id: contact for contact in several if not theirs & set(contact.addresses)}
    known = of(tx, by_id)
    changed: list[ContactFacts] = []
    moving: set[str] = set()
    for contact in by_id.values():
        was = known.get(contact.id)
        fresh = ContactFacts(
            contact.id,
            contact.timezone,
            contact.country,
            contact.stage,
            was.stage_since if was is not None and was.stage == contact.stage else since or now,
            contact.do_not_contact,
            contact.owner,
            contact.addresses[0] if contact.addresses else "",
            _several(contact, Field.CAMPAIGNS),
            _several(contact, Field.TAGS),
        )
        if fresh != was:
            moving.add(contact.id)
        if was is None or asdict(fresh) != asdict(was):
            changed.append(fresh)
    upsert(tx, contact_facts, [_row(one, now) for one in changed], ["crm_id"])
    favours.saw(tx, by_id.values(), now)
    # Segments and lists look at all of it.
    dirty.mark(tx, "relation", [one.crm_id for one in changed])
    return moving


def _several(contact: Contact, name: Field) -> tuple[str, ...]:
    return tuple(one for one in contact.values.get(name.value, "").split(";") if one)


def _row(one: ContactFacts, now: datetime) -> dict[str, object]:
    lists = {"campaigns": list(one.campaigns), "tags": list(one.tags)}
    return asdict(one) | lists | {"seen_at": now}


def of(tx: Connection, crm_ids: Iterable[str]) -> dict[str, ContactFacts]:
    found: dict[str, ContactFacts] = {}
    for some in chunks(crm_ids):
        for row in tx.execute(_OF, {"ids": some}).mappings():
            found[row["crm_id"]] = ContactFacts(
                row["crm_id"],
                row["timezone"],
                row["country"],
                row["stage"],
                row["stage_since"],
                row["do_not_contact"],
                row["owner"],
                row["address"],
                tuple(row["campaigns"]),
                tuple(row["tags"]),
            )
    return found


def addresses_of(tx: Connection, crm_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Every address we know of contacts, sorted."""
    found: dict[str, list[str]] = {}
    for some in chunks(crm_ids):
        query = select(contacts.c.crm_id, contacts.c.address).where(contacts.c.crm_id.in_(some))
        for crm_id, address in tx.execute(query.order_by(contacts.c.address)):
            found.setdefault(crm_id, []).append(address)
    return {crm_id: tuple(several) for crm_id, several in found.items()}


def everyone(tx: Connection) -> list[str]:
    """Every address that is a contact's. It grows with the CRM: for commands, not for turns."""
    query = select(contacts.c.address).where(contacts.c.crm_id.is_not(None))
    return list(tx.execute(query.order_by(contacts.c.address)).scalars())


def wrote(
    tx: Connection,
    crm_id: str,
    now: datetime,
    *,
    stage: str | None = None,
    do_not_contact: bool | None = None,
) -> None:
    """What we wrote there ourselves needs no reading back."""
    # One that we made ourselves was never read.
    blank = ContactFacts(crm_id, "", "", "", now, do_not_contact=False, owner="")
    insert_new(tx, contact_facts, [_row(blank, now)])
    mine = contact_facts.c.crm_id == crm_id
    if stage is not None:
        changed = contact_facts.c.stage != stage
        tx.execute(update(contact_facts).where(mine, changed).values(stage=stage, stage_since=now))
    if do_not_contact is not None:
        tx.execute(update(contact_facts).where(mine).values(do_not_contact=do_not_contact))


def merged(tx: Connection, crm_id: str, survivor: str) -> None:
    """A contact lives on as another one. What is known of the survivor stands."""
    kept = select(contact_facts.c.crm_id).where(contact_facts.c.crm_id == survivor)
    if tx.execute(kept).first() is None:
        mine = contact_facts.c.crm_id == crm_id
        tx.execute(update(contact_facts).where(mine).values(crm_id=survivor))
