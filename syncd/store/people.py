"""What addresses are in the CRM, and what we last wrote on each contact."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, select, update

from syncd.core.facts import Contact
from syncd.core.mail.saying import Says
from syncd.core.promises.log import Standing, Standings
from syncd.core.promises.tag import Dialogue, Written, is_let_go
from syncd.core.rules import Campaign
from syncd.store import contact_facts, dirty, links, prospects, segments, tombstones
from syncd.store.letters import WAS_LOGGED, written_to
from syncd.store.schema import (
    contact_values,
    contacts,
    conversations,
    engagements,
    introductions,
    messages,
    participants,
)
from syncd.store.writing import chunks, insert_new, upsert

# Put together once: these are asked for every contact and every conversation that is decided.
_ADDRESSES = contacts.c.address.in_(bindparam("addresses", expanding=True))
_STANDINGS = select(
    contacts.c.address, contacts.c.state, contacts.c.crm_id, contacts.c.version
).where(_ADDRESSES)
_IDS = select(contacts.c.address, contacts.c.crm_id).where(
    _ADDRESSES, contacts.c.crm_id.is_not(None)
)
_ADDRESS = select(func.min(contacts.c.address)).where(contacts.c.crm_id == bindparam("crm_id"))
_DIALOGUE = (
    select(
        messages.c.key,
        messages.c.direction,
        messages.c.mail_class,
        messages.c.says,
        messages.c.verdict,
        messages.c.conversation_id,
        conversations.c.campaign,
        conversations.c.status,
        participants.c.role,
    )
    .join(participants, participants.c.message_id == messages.c.id)
    .join(conversations, conversations.c.id == messages.c.conversation_id)
    .where(
        participants.c.address.in_(
            select(contacts.c.address).where(contacts.c.crm_id == bindparam("crm_id"))
        ),
        WAS_LOGGED,
    )
    .order_by(messages.c.at, messages.c.id)
)
_LOGGED_IN = (
    select(
        messages.c.conversation_id,
        messages.c.direction,
        messages.c.mail_class,
        participants.c.address,
        participants.c.role,
    )
    .join(participants, participants.c.message_id == messages.c.id)
    .where(
        messages.c.conversation_id.in_(bindparam("conversations", expanding=True)),
        WAS_LOGGED,
    )
    .order_by(messages.c.at, messages.c.id)
)
_INTRODUCED_FOR = select(introductions.c.campaign).where(
    introductions.c.introduced.in_(
        select(contacts.c.address).where(contacts.c.crm_id == bindparam("crm_id"))
    )
)
_MADE = select(contacts.c.address, contacts.c.crm_id).where(
    contacts.c.address.in_(bindparam("addresses", expanding=True)), contacts.c.made_by_us.is_(True)
)
_WRITTEN = select(contact_values).where(contact_values.c.crm_id == bindparam("crm_id"))


def looked_up(
    tx: Connection, asked: Iterable[str], found: Mapping[str, Contact], now: datetime
) -> None:
    """Record an answer of the CRM: these are contacts, the others are not."""
    asked = list(asked)
    theirs = tombstones.among(tx, asked)
    # Asked for again, a contact is still by whom it was made.
    ours = {one for some in chunks(found) for one in tx.execute(_MADE, {"addresses": some}).all()}
    rows = []
    for address in asked:
        if address in theirs:
            continue
        contact = found.get(address)
        rows.append(
            {
                "address": address,
                "state": Standing.FOUND if contact else Standing.ABSENT,
                "crm_id": contact.id if contact else None,
                "name": contact.name if contact else "",
                "made_by_us": contact is not None and (address, contact.id) in ours,
                "version": 0,
                "checked_at": now,
            }
        )
    upsert(tx, contacts, rows, ["address"], keep=["version"])
    contact_facts.saw(tx, found.values(), now)


def creating(tx: Connection, addresses: Iterable[str]) -> None:
    for some in chunks(addresses):
        tx.execute(
            update(contacts)
            .where(contacts.c.address.in_(some))
            .values(state=Standing.CREATING.value)
        )


def to_be_made(tx: Connection, address: str, now: datetime) -> None:
    """Somebody becomes a contact who has no mail with us yet, perhaps: they were only named."""
    row = {
        "address": address,
        "state": Standing.CREATING.value,
        "crm_id": None,
        "name": "",
        "made_by_us": False,
        "version": 0,
        "checked_at": now,
    }
    insert_new(tx, contacts, [row])
    creating(tx, [address])


def created(tx: Connection, address: str, crm_id: str, *, found: bool, name: str) -> None:
    tx.execute(
        update(contacts)
        .where(contacts.c.address == address)
        .values(state=Standing.FOUND.value, crm_id=crm_id, made_by_us=not found, name=name)
    )


def refused(tx: Connection, address: str) -> None:
    tx.execute(
        update(contacts).where(contacts.c.address == address).values(state=Standing.REFUSED.value)
    )


def gone(tx: Connection, crm_id: str) -> list[str]:
    """Forget a contact the CRM no longer has; its addresses are looked up afresh."""
    query = select(contacts.c.address).where(contacts.c.crm_id == crm_id)
    addresses = list(tx.execute(query).scalars())
    tx.execute(
        update(contacts)
        .where(contacts.c.crm_id == crm_id)
        .values(state=Standing.UNASKED.value, crm_id=None, version=contacts.c.version + 1)
    )
    return addresses


def merged(tx: Connection, crm_id: str, survivor: str) -> None:
    """A contact lives on as another one, and with it what we last wrote."""
    tx.execute(update(contacts).where(contacts.c.crm_id == crm_id).values(crm_id=survivor))
    contact_facts.merged(tx, crm_id, survivor)
    segments.merged(tx, crm_id, survivor)
    # What was lost with each of the two is told of in one task.
    dirty.mark(tx, "losses", links.bundles_of(tx, survivor))
    kept = select(contact_values.c.crm_id).where(contact_values.c.crm_id == survivor)
    if tx.execute(kept).first() is None:
        tx.execute(
            update(contact_values).where(contact_values.c.crm_id == crm_id).values(crm_id=survivor)
        )


def standings(tx: Connection, addresses: Iterable[str], *, acquaintances: bool) -> Standings:
    """What these addresses are; `acquaintances`: also whom of them we ever wrote to."""
    wanted = list(dict.fromkeys(addresses))
    states: dict[str, Standing] = {}
    ids: dict[str, str] = {}
    versions: dict[str, int] = {}
    for some in chunks(wanted):
        for address, state, crm_id, version in tx.execute(_STANDINGS, {"addresses": some}):
            states[address] = Standing(state)
            versions[address] = version
            if crm_id is not None:
                ids[address] = crm_id
    met = written_to(tx, wanted) if acquaintances else frozenset()
    return Standings(states, ids, versions, met)


def contact_ids(tx: Connection, addresses: Iterable[str]) -> dict[str, str]:
    """CRM ids by address, of those that have one."""
    found: dict[str, str] = {}
    for some in chunks(addresses):
        found |= {address: crm_id for address, crm_id in tx.execute(_IDS, {"addresses": some})}
    return found


def introduced_for(tx: Connection, crm_id: str) -> set[str]:
    """The campaigns for which somebody introduced this contact to us: it counts for them."""
    return set(tx.execute(_INTRODUCED_FOR, {"crm_id": crm_id}).scalars())


def dialogue(tx: Connection, crm_id: str, campaigns: Mapping[str, Campaign]) -> Dialogue:
    """What the logged mail with a contact, under all its addresses, says.

    Whoever was brought into a campaign by a file belongs to it, without any mail.
    """
    brought = [one for one in prospects.of_contact(tx, crm_id) if one.campaign in campaigns]
    joined = {one.campaign for one in brought}
    joined |= introduced_for(tx, crm_id) & campaigns.keys()
    written_in: set[int] = set()
    answered = bounced = unsubscribed = False
    newest, logged = "", False
    for row in tx.execute(_DIALOGUE, {"crm_id": crm_id}).mappings():
        newest, logged = row["key"], logged or row["verdict"] == "log"
        if row["campaign"] in campaigns:
            joined.add(row["campaign"])
        if row["direction"] == "sent":
            written_in.add(row["conversation_id"])
            bounced = bounced or row["status"] == "bounced"
        elif row["mail_class"] == "human" and row["role"] == "from":
            answered = answered or bool(written_in)
            unsubscribed = unsubscribed or row["says"] == Says.UNSUBSCRIBE
    return Dialogue(
        campaigns=frozenset(joined),
        tags=frozenset(tag for one in joined for tag in campaigns[one].tags).union(
            *(one.tags for one in brought)
        ),
        written_to=bool(written_in),
        answered=answered or _answered_for(tx, written_in),
        bounced=bounced,
        unsubscribed=unsubscribed,
        newest=newest,
        linked=links.stand_with(tx, crm_id),
        lost=links.lost_with(tx, crm_id),
        logged=logged,
    )


_SAID = (
    select(participants.c.address)
    .join(messages, messages.c.id == participants.c.message_id)
    .where(
        participants.c.address.in_(bindparam("addresses", expanding=True)),
        participants.c.role == "from",
        messages.c.says == bindparam("says"),
    )
    .distinct()
)


def asked_to_be_left_alone(tx: Connection, addresses: Iterable[str]) -> frozenset[str]:
    """Those who asked for it, and of whom the CRM does not say so yet.

    Once it has been written there, what the CRM says counts: a person may take it back.
    """
    asked: set[str] = set()
    for some in chunks(addresses):
        wanted = {"addresses": some, "says": Says.UNSUBSCRIBE.value}
        asked |= set(tx.execute(_SAID, wanted).scalars())
    ids = contact_ids(tx, asked)
    return frozenset(
        one for one in asked if one not in ids or not written(tx, ids[one]).do_not_contact
    )


def _answered_for(tx: Connection, written_in: Iterable[int]) -> bool:
    """Whether someone answered from an address we had not written to there.

    Where one person was written to, it is theirs: editors answer from private addresses,
    and through colleagues.
    """
    for some in chunks(written_in):
        asked: dict[int, set[str]] = {}
        rows = tx.execute(_LOGGED_IN, {"conversations": some})
        for conversation, direction, mail_class, address, role in rows:
            whom = asked.setdefault(conversation, set())
            if direction == "sent":
                whom.add(address)
                continue
            stranger = len(whom) == 1 and address not in whom
            if stranger and mail_class == "human" and role == "from":
                return True
    return False


def written(tx: Connection, crm_id: str) -> Written:
    row = tx.execute(_WRITTEN, {"crm_id": crm_id}).mappings().first()
    if row is None:
        return Written()
    return Written(
        frozenset(row["campaigns"]),
        frozenset(row["tags"]),
        row["stage"],
        row["stage_is_theirs"],
        frozenset(row["theirs"]),
        row["version"],
        row["do_not_contact"],
        frozenset(row["undone"]),
    )


def let_go(tx: Connection, crm_ids: Iterable[str]) -> frozenset[str]:
    """Those with whom a person took back how we stand, and nothing was logged since."""
    found: set[str] = set()
    for some in chunks(crm_ids):
        query = select(contact_values.c.crm_id, contact_values.c.undone)
        for crm_id, undone in tx.execute(query.where(contact_values.c.crm_id.in_(some))).all():
            if is_let_go(undone, logged=False):
                rows = tx.execute(_DIALOGUE, {"crm_id": crm_id}).mappings()
                found |= set() if any(row["verdict"] == "log" for row in rows) else {crm_id}
    return frozenset(found)


def wrote(tx: Connection, crm_id: str, values: Written) -> None:
    row = {
        "crm_id": crm_id,
        "campaigns": sorted(values.campaigns),
        "tags": sorted(values.tags),
        "stage": values.stage,
        "stage_is_theirs": values.stage_is_theirs,
        "theirs": sorted(values.theirs),
        "version": values.version,
        "do_not_contact": values.do_not_contact,
        "undone": sorted(values.undone),
    }
    upsert(tx, contact_values, [row], ["crm_id"])


def forget_undone(tx: Connection) -> None:
    """What was taken back may be written again: the rules have changed."""
    tx.execute(update(contact_values).values(undone=[]))


def forgive(tx: Connection, crm_ids: Iterable[str], values: Collection[str]) -> None:
    """What was taken back may be written again: a person has asked for it since."""
    for crm_id in crm_ids:
        was = written(tx, crm_id)
        if not was.undone.isdisjoint(values):
            wrote(tx, crm_id, replace(was, undone=was.undone - frozenset(values)))


def took_back(tx: Connection, engagement: str) -> None:
    """An engagement of ours is no more."""
    tx.execute(delete(engagements).where(engagements.c.id == engagement))


def seen_engagements(tx: Connection, rows: Iterable[tuple[str, Iterable[str], str, bool]]) -> None:
    """Remember engagements (id, contact ids, message id, ours), so each is read once."""
    upsert(
        tx,
        engagements,
        [
            {"id": one, "contact_id": contact, "message_id": message_id, "ours": ours}
            for one, contact_ids, message_id, ours in rows
            for contact in contact_ids
        ],
        ["id", "contact_id"],
    )


def known_engagements(tx: Connection, crm_ids: Iterable[str]) -> frozenset[str]:
    found: set[str] = set()
    for some in chunks(crm_ids):
        query = select(engagements.c.id).where(engagements.c.contact_id.in_(some))
        found |= set(tx.execute(query).scalars())
    return frozenset(found)


def engagements_with(tx: Connection, message_ids: Iterable[str]) -> dict[str, str]:
    """Engagements others made, by the Message-ID they carry."""
    found: dict[str, str] = {}
    for some in chunks(one for one in message_ids if one):
        query = select(engagements.c.message_id, engagements.c.id).where(
            engagements.c.message_id.in_(some), engagements.c.ours.is_(False)
        )
        found |= {message_id: one for message_id, one in tx.execute(query)}
    return found


def address_of(tx: Connection, crm_id: str) -> str:
    """An address of the contact, the same one every time; "" when it has none here."""
    return tx.execute(_ADDRESS, {"crm_id": crm_id}).scalar_one() or ""


def known_addresses(tx: Connection) -> list[str]:
    """Every address of every contact we know."""
    query = select(contacts.c.address).where(contacts.c.crm_id.is_not(None))
    return list(tx.execute(query.order_by(contacts.c.address)).scalars())


def every(tx: Connection) -> list[str]:
    """The CRM's ids of all contacts we know."""
    query = select(contacts.c.crm_id).where(contacts.c.crm_id.is_not(None)).distinct()
    return list(tx.execute(query).scalars())


def absent(tx: Connection) -> list[str]:
    """Addresses the CRM did not know, or refused, when it was asked."""
    query = (
        select(contacts.c.address)
        .where(contacts.c.state.in_((Standing.ABSENT.value, Standing.REFUSED.value)))
        .order_by(contacts.c.address)
    )
    return list(tx.execute(query).scalars())
