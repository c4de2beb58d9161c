"""What the mail says about introductions: which thread an ask fits in, and what became of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select

from syncd.core.facts import Direction, MailClass, Party
from syncd.core.introductions import LIVE, State
from syncd.core.mail.addresses import domain_of, registrable
from syncd.core.mail.saying_kinds import Says
from syncd.core.promises.introduce_matter import Heard, bare
from syncd.store import dirty, sites
from syncd.store.schema import (
    contacts,
    conversations,
    copies,
    introductions,
    messages,
    participants,
)
from syncd.store.writing import chunks

# How long after an asking has ended a late introduction, or a thank-you, is still noticed.
WATCHED = timedelta(days=180)
_LATE = (State.INTRODUCED.value, State.LAPSED.value, State.DECLINED.value)
_REFUSALS = (Says.DECLINE.value, Says.UNSUBSCRIBE.value)
# Conversations looked through for one that an ask fits in, and references it then carries.
_TRIED = 10
_REFERENCES = 20

_HUMAN = and_(messages.c.mail_class == MailClass.HUMAN.value, messages.c.is_list.is_(False))


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread that an ask fits in, as one mailbox has it. `references` are oldest first."""

    id: str
    subject: str
    in_reply_to: str
    references: tuple[str, ...]


def wake(tx: Connection, people: Collection[str], now: datetime) -> None:
    """Mail came in or went out with these people: have the askings decided again it may be about.

    `now`: when the newest of it came.
    """
    if not people:
        return
    query = select(
        introductions.c.id,
        introductions.c.introducer,
        introductions.c.site,
        introductions.c.domain,
    ).where(
        or_(
            introductions.c.state.in_([state.value for state in LIVE]),
            and_(introductions.c.state.in_(_LATE), introductions.c.ended_at >= now - WATCHED),
        )
    )
    rows = tx.execute(query).all()
    if not rows:
        return
    sites = {registrable(domain_of(one)) for one in people}
    dirty.mark(
        tx,
        "introduction",
        [
            number
            for number, introducer, site, domain in rows
            if introducer in people or {site, domain} & sites
        ],
    )


def wake_drafts(tx: Connection, mailbox: str, removed: Iterable[str]) -> None:
    """Messages are gone from a mailbox: a draft of ours that was one of them was touched."""
    for some in chunks(removed):
        query = select(introductions.c.id).where(
            introductions.c.state == State.DRAFTED.value,
            introductions.c.asked_by == mailbox,
            introductions.c.standing.in_(some),
        )
        dirty.mark(tx, "introduction", tx.execute(query).scalars().all())


def wake_conversations(tx: Connection, changed: Iterable[int]) -> None:
    """How these conversations stand has changed: the askings they are for are decided again."""
    for some in chunks(changed):
        query = select(introductions.c.id).where(introductions.c.conversation_id.in_(some))
        dirty.mark(tx, "introduction", tx.execute(query).scalars().all())


def wake_live(tx: Connection) -> None:
    """Have every asking under way decided again."""
    query = select(introductions.c.id).where(
        introductions.c.state.in_([state.value for state in LIVE])
    )
    dirty.mark(tx, "introduction", tx.execute(query).scalars().all())


def wake_people(tx: Connection, crm_ids: Iterable[str]) -> None:
    """What the CRM says of these contacts has changed, or they have become contacts."""
    for some in chunks(crm_ids):
        theirs = select(contacts.c.address).where(contacts.c.crm_id.in_(some))
        query = select(introductions.c.id).where(
            or_(introductions.c.introducer.in_(theirs), introductions.c.introduced.in_(theirs))
        )
        dirty.mark(tx, "introduction", tx.execute(query).scalars().all())


def campaigns_of(tx: Connection, wanted: Iterable[int]) -> dict[int, tuple[str, str]]:
    """The campaign for which an introduction was asked in a conversation, and to which site."""
    found: dict[int, tuple[str, str]] = {}
    for some in chunks(wanted):
        query = (
            select(
                introductions.c.conversation_id,
                introductions.c.campaign,
                introductions.c.domain,
            )
            .where(introductions.c.conversation_id.in_(some), introductions.c.campaign != "")
            .order_by(introductions.c.id)
        )
        found |= {number: (campaign, domain) for number, campaign, domain in tx.execute(query)}
    return found


def introduced_in(tx: Connection, keys: Sequence[str]) -> frozenset[str]:
    """Those of these messages with which somebody made an introduction they were asked for."""
    found: set[str] = set()
    for some in chunks(keys):
        query = select(introductions.c.introduced_in).where(introductions.c.introduced_in.in_(some))
        found |= set(tx.execute(query).scalars())
    return frozenset(found)


def wake_introduced(tx: Connection, key: str) -> None:
    """What this message calls for is done: its conversation is decided again."""
    query = select(messages.c.conversation_id).where(messages.c.key == key)
    dirty.mark(tx, "conversation", tx.execute(query).scalars().all())


def sender_name(tx: Connection, mailbox: str) -> str:
    """What a teammate calls themselves in their own mail; "" where they never say."""
    query = (
        select(messages.c.sender_name)
        .where(
            messages.c.direction == Direction.SENT.value,
            messages.c.mailbox == mailbox,
            messages.c.sender == mailbox,
            messages.c.sender_name != "",
        )
        .order_by(messages.c.at.desc())
        .limit(1)
    )
    return str(tx.execute(query).scalar_one_or_none() or "")


def was_sent(
    tx: Connection, mailbox: str, to: str, since: datetime, *, message_id: str, subject: str
) -> bool:
    """Whether a draft was sent: its Message-ID came back, or such a mail went out since then."""
    query = (
        select(messages.c.message_id, messages.c.subject, messages.c.at)
        .join(participants, participants.c.message_id == messages.c.id)
        .where(
            participants.c.address == to,
            messages.c.direction == Direction.SENT.value,
            messages.c.mailbox == mailbox,
        )
    )
    # Its Message-ID is its own, however long ago: an earlier state may have had it sent.
    return any(
        known == message_id or (at >= since and bare(said) == bare(subject))
        for known, said, at in tx.execute(query)
    )


def thread_of(
    tx: Connection, mailbox: str, addresses: Collection[str], since: datetime
) -> Thread | None:
    """The newest thread of a mailbox that an ask of this person fits in, None where none does.

    One that went on since then, with nobody else outside in it, in which they have answered
    and not said no.
    """
    query = (
        select(messages.c.conversation_id, func.max(messages.c.at).label("newest"))
        .join(participants, participants.c.message_id == messages.c.id)
        .where(participants.c.address.in_(sorted(addresses)), messages.c.at >= since, _HUMAN)
        .group_by(messages.c.conversation_id)
        .order_by(func.max(messages.c.at).desc())
        .limit(_TRIED)
    )
    for conversation, _ in tx.execute(query).all():
        if (found := _fitting(tx, mailbox, addresses, conversation)) is not None:
            return found
    return None


def _fitting(
    tx: Connection, mailbox: str, addresses: Collection[str], conversation: int
) -> Thread | None:
    people = (
        select(participants.c.address)
        .join(messages, messages.c.id == participants.c.message_id)
        .where(messages.c.conversation_id == conversation)
        .distinct()
    )
    if not set(tx.execute(people).scalars()) <= set(addresses):
        return None
    rows = (
        tx.execute(
            select(messages)
            .where(messages.c.conversation_id == conversation, _HUMAN)
            .order_by(messages.c.at, messages.c.id)
        )
        .mappings()
        .all()
    )
    theirs = [row for row in rows if row["direction"] == Direction.RECEIVED.value]
    if not theirs or any(row["says"] in _REFUSALS for row in theirs):
        return None
    mine = (
        select(copies.c.thread_id)
        .join(messages, messages.c.id == copies.c.message_id)
        .where(
            messages.c.conversation_id == conversation,
            copies.c.mailbox == mailbox,
            copies.c.state == "stored",
        )
        .order_by(messages.c.at.desc(), copies.c.id.desc())
        .limit(1)
    )
    thread = tx.execute(mine).scalar_one_or_none()
    if thread is None:
        return None
    held = (
        tx.execute(
            select(messages.c.message_id, messages.c.subject)
            .join(copies, copies.c.message_id == messages.c.id)
            .where(copies.c.mailbox == mailbox, copies.c.thread_id == thread)
            .where(messages.c.conversation_id == conversation, messages.c.message_id != "")
            .order_by(messages.c.at, messages.c.id)
        )
        .mappings()
        .all()
    )
    if not held:
        return None
    ids = [row["message_id"] for row in held]
    return Thread(thread, held[-1]["subject"], ids[-1], tuple(ids[-_REFERENCES:]))


def heard(
    tx: Connection,
    addresses: Collection[str],
    domain: str,
    since: datetime,
    *,
    mailbox: str,
    thread: str,
) -> tuple[Heard, ...]:
    """What people have written since then in conversations with the introducer, or from the site.

    `mailbox`, `thread`: where the draft lies.
    """
    with_them = (
        select(messages.c.conversation_id)
        .join(participants, participants.c.message_id == messages.c.id)
        .where(participants.c.address.in_(sorted(addresses)), messages.c.at >= since)
    )
    from_there = (
        select(messages.c.conversation_id)
        .join(participants, participants.c.message_id == messages.c.id)
        .where(messages.c.at >= since, participants.c.role == "from")
    )
    numbers = set(tx.execute(with_them).scalars())
    for some in chunks(sites.at(tx, [domain])):
        query = from_there.where(participants.c.address.in_(some))
        numbers.update(tx.execute(query).scalars())
    rows: list[Mapping[str, Any]] = []
    for some in chunks(sorted(numbers)):
        query = select(messages).where(
            messages.c.conversation_id.in_(some), messages.c.at >= since, _HUMAN
        )
        rows += [dict(row) for row in tx.execute(query).mappings()]
    ids = [row["id"] for row in rows]
    people = _people(tx, ids)
    first = _first_met(tx, {party.address for each in people.values() for _, party in each})
    opened = _opened(tx, numbers)
    there = _in_thread(tx, ids, mailbox, thread)
    return tuple(
        _heard(
            row,
            people.get(row["id"], []),
            first,
            opens=opened.get(row["conversation_id"]) == row["id"],
            in_thread=row["id"] in there,
        )
        for row in sorted(rows, key=lambda row: (row["at"], row["id"]))
    )


def _heard(
    row: Mapping[str, Any],
    people: Sequence[tuple[str, Party]],
    first: Mapping[str, datetime],
    *,
    opens: bool,
    in_thread: bool,
) -> Heard:
    details = row["details"]
    sender = Party(row["sender"], row["sender_name"])
    everyone = [party.address for _, party in people]
    return Heard(
        key=row["key"],
        at=row["at"],
        ours=row["direction"] == Direction.SENT.value,
        mailbox=row["mailbox"],
        sender=sender,
        others=tuple(party for role, party in people if role != "from"),
        strangers=frozenset(one for one in everyone if first.get(one) == row["at"]),
        says=row["says"],
        says_also=tuple(details.get("says_also", ())),
        referred=tuple(Party(address, name) for address, name in details.get("referred", ())),
        message_id=row["message_id"],
        subject=row["subject"],
        in_thread=in_thread,
        opens=opens,
        conversation=row["conversation_id"],
    )


def _people(tx: Connection, ids: Iterable[int]) -> dict[int, list[tuple[str, Party]]]:
    found: dict[int, list[tuple[str, Party]]] = {}
    for some in chunks(ids):
        query = (
            select(participants)
            .where(participants.c.message_id.in_(some))
            .order_by(participants.c.role.desc(), participants.c.address)
        )
        for row in tx.execute(query).mappings():
            party = Party(row["address"], row["name"])
            found.setdefault(row["message_id"], []).append((row["role"], party))
    return found


def _first_met(tx: Connection, addresses: Iterable[str]) -> dict[str, datetime]:
    """When each of these people first had mail with us."""
    found: dict[str, datetime] = {}
    for some in chunks(sorted(addresses)):
        query = (
            select(participants.c.address, func.min(messages.c.at))
            .join(messages, messages.c.id == participants.c.message_id)
            .where(participants.c.address.in_(some))
            .group_by(participants.c.address)
        )
        found |= {address: at for address, at in tx.execute(query)}
    return found


def _opened(tx: Connection, numbers: Iterable[int]) -> dict[int, int]:
    """The first message of each conversation."""
    found: dict[int, int] = {}
    for some in chunks(sorted(numbers)):
        query = (
            select(messages.c.conversation_id, messages.c.id)
            .where(messages.c.conversation_id.in_(some))
            .order_by(messages.c.at.desc(), messages.c.id.desc())
        )
        found |= {number: message for number, message in tx.execute(query)}
    return found


def _in_thread(tx: Connection, ids: Iterable[int], mailbox: str, thread: str) -> set[int]:
    found: set[int] = set()
    if not thread:
        return found
    for some in chunks(ids):
        query = select(copies.c.message_id).where(
            copies.c.message_id.in_(some),
            copies.c.mailbox == mailbox,
            copies.c.thread_id == thread,
        )
        found |= set(tx.execute(query).scalars())
    return found


def status_of(tx: Connection, conversation: int | None) -> str:
    """How a conversation stands; "" for none."""
    if conversation is None:
        return ""
    query = select(conversations.c.status).where(conversations.c.id == conversation)
    return str(tx.execute(query).scalar_one_or_none() or "")
