"""Conversations: their messages as the follow-up promise sees them, and how they stand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    func,
    or_,
    select,
    update,
)

from syncd.core.facts import Direction, MailClass, Party
from syncd.core.mail.addresses import domain_of, is_free_mail, registrable
from syncd.core.mail.autoreplies import OUT_OF_OFFICE
from syncd.core.promises.follow_up import Outlook
from syncd.core.promises.matching import Matter
from syncd.core.promises.waiting import Utterance
from syncd.store.letters import was_logged
from syncd.store.prospects import Membership, memberships
from syncd.store.schema import Instant, contacts, conversations, copies, messages, participants
from syncd.store.writing import chunks

_PUT_AWAY = select(conversations.c.id).where(
    conversations.c.id.in_(bindparam("ids", expanding=True)), conversations.c.put_away.is_(True)
)


@dataclass(frozen=True, slots=True)
class Conversation:
    """`threads`: Gmail thread by mailbox. `logged`: how many of its messages are in the CRM.

    `people`: everyone outside who takes part in those. `told`: what its contacts were last
    told to carry, see `stands`.
    """

    id: int
    campaign: str
    status: str
    told: str
    matter: Matter
    messages: tuple[Utterance, ...]
    logged: int
    people: frozenset[str]
    threads: tuple[tuple[str, str], ...]
    names: Mapping[str, str]


# Put together once: they are asked in every turn.
_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_HEADS = select(conversations).where(conversations.c.id.in_(_IDS))
_MESSAGES = (
    select(messages)
    .where(messages.c.conversation_id.in_(_IDS))
    .order_by(messages.c.at, messages.c.key)
)
_COPIES = (
    select(copies.c.mailbox, copies.c.thread_id, copies.c.labels, messages.c.conversation_id)
    .join(messages, messages.c.id == copies.c.message_id)
    .where(messages.c.conversation_id.in_(_IDS))
    .order_by(copies.c.id)
)
_PEOPLE = select(participants).where(participants.c.message_id.in_(_IDS))


def load(tx: Connection, wanted: Sequence[int]) -> dict[int, Conversation]:
    """Conversations with all their messages, by number; those joined to others are absent."""
    found: dict[int, Conversation] = {}
    for some in chunks(wanted):
        heads = tx.execute(_HEADS, {"ids": some}).mappings().all()
        rows: dict[int, list[Any]] = {}
        for row in tx.execute(_MESSAGES, {"ids": some}).mappings():
            rows.setdefault(row["conversation_id"], []).append(row)
        people = _people(tx, [row["id"] for each in rows.values() for row in each])
        brought = memberships(
            tx, {address for several in people.values() for address, _, _ in several}
        )
        labels: dict[int, set[str]] = {}
        threads: dict[int, dict[str, str]] = {}
        for mailbox, thread, named, conversation in tx.execute(_COPIES, {"ids": some}):
            labels.setdefault(conversation, set()).update(named)
            threads.setdefault(conversation, {})[mailbox] = thread
        for head in heads:
            number = head["id"]
            mine = rows.get(number, [])
            where = (frozenset(labels.get(number, ())), threads.get(number, {}))
            found[number] = _conversation(
                head, mine, people, where, _brought(mine, people, brought)
            )
    return found


def _brought(
    rows: Sequence[Any],
    people: Mapping[int, list[tuple[str, str, str]]],
    brought: Mapping[str, Sequence[Membership]],
) -> frozenset[str]:
    """The campaigns into which somebody here was brought; who only reads along says nothing."""
    return frozenset(
        one.campaign
        for row in rows
        for address, role, _ in people.get(row["id"], ())
        if role in {"from", "to"}
        for one in brought.get(address, ())
    )


def _conversation(
    head: Any,
    rows: Sequence[Any],
    people: Mapping[int, list[tuple[str, str, str]]],
    where: tuple[frozenset[str], Mapping[str, str]],
    members: frozenset[str],
) -> Conversation:
    labels, threads = where
    everyone = [person for row in rows for person in people.get(row["id"], ())]
    logged = [row["id"] for row in rows if was_logged(row["verdict"], row["reason"])]
    return Conversation(
        id=head["id"],
        campaign=head["campaign"],
        status=head["status"],
        told=head["story"].get("told", ""),
        matter=Matter(
            addresses=frozenset(address for address, _, _ in everyone),
            subjects=tuple(row["subject"] for row in rows),
            labels=labels,
            mailboxes=frozenset(threads),
            members=members,
        ),
        messages=tuple(_utterance(row, people.get(row["id"], ())) for row in rows),
        logged=len(logged),
        people=frozenset(address for one in logged for address, _, _ in people.get(one, ())),
        threads=tuple(sorted(threads.items())),
        names={address: name for address, _, name in everyone if name},
    )


# An absence is taken to hold in other conversations when it was sent this long before them:
# machines answer each sender once in a while, not every message.
_ABSENT_BEFORE = timedelta(days=30)


_OPENER = messages.alias("opener")
OPENED_BY = (
    select(_OPENER.c.direction)
    .where(_OPENER.c.conversation_id == messages.c.conversation_id)
    .order_by(_OPENER.c.at, _OPENER.c.id)
    .limit(1)
    .scalar_subquery()
)
_AWAITED = participants.c.address.in_(bindparam("awaited", expanding=True))


def _elsewhere(*colleagues: ColumnElement[bool]) -> Select[Any]:
    spoke = and_(
        or_(_AWAITED, *colleagues),
        messages.c.at >= bindparam("began", type_=Instant),
        messages.c.mail_class == MailClass.HUMAN.value,
        messages.c.is_list.is_(False),
        OPENED_BY.in_([Direction.RECEIVED.value]),
    )
    away = and_(
        _AWAITED,
        messages.c.at >= bindparam("away_since", type_=Instant),
        messages.c.mail_class == MailClass.AUTO_REPLY.value,
        messages.c.subclass == OUT_OF_OFFICE,
    )
    return (
        select(messages)
        .join(participants, participants.c.message_id == messages.c.id)
        .where(
            participants.c.role == "from",
            messages.c.conversation_id != bindparam("conversation"),
            or_(spoke, away),
        )
        .order_by(messages.c.at, messages.c.key)
    )


_ELSEWHERE = _elsewhere()


def elsewhere(
    tx: Connection, conversation: Conversation, *, same_company: bool
) -> tuple[Utterance, ...]:
    """What those we wrote to say in other threads, as far as it counts here.

    Human messages in threads that they began themselves; with `same_company` also from
    anyone else at the domain that their company registered, unless it is a free-mail
    provider's. A thread that one of us began is another matter: what is answered there is
    not answered here. Absences hold wherever they were told.
    """
    ours = [message for message in conversation.messages if message.ours]
    if not ours:
        return ()
    awaited = sorted({person for message in ours for person in message.people})
    domains = {domain_of(person) for person in awaited} - {""} if same_company else set()
    companies = {registrable(domain) for domain in domains if not is_free_mail(domain)}
    colleagues = [
        participants.c.address.endswith(f"{before}{company}", autoescape=True)
        for company in sorted(companies)
        for before in "@."
    ]
    query = _elsewhere(*colleagues) if colleagues else _ELSEWHERE
    asked = {
        "awaited": awaited,
        "conversation": conversation.id,
        "began": ours[0].at,
        "away_since": ours[0].at - _ABSENT_BEFORE,
    }
    rows = list(tx.execute(query, asked).mappings())
    people = _people(tx, [row["id"] for row in rows])
    return tuple(_utterance(row, people.get(row["id"], ())) for row in rows)


@dataclass(frozen=True, slots=True)
class Pitch:
    """A message of ours in another conversation. `campaign` None: that is not decided yet."""

    conversation: int
    at: datetime
    mailbox: str
    person: str
    campaign: str | None


def written_to_site(
    tx: Connection, domain: str, since: datetime, *, besides: int
) -> tuple[Pitch, ...]:
    """The newest message of ours to a site in each other conversation, newest first.

    Nothing for a free-mail provider's domain: its people have nothing to do with each other.
    """
    if not domain or is_free_mail(domain):
        return ()
    site = registrable(domain)
    query = (
        select(
            messages.c.at,
            messages.c.mailbox,
            participants.c.address,
            messages.c.conversation_id,
            conversations.c.campaign,
            conversations.c.status,
        )
        .join(participants, participants.c.message_id == messages.c.id)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .where(
            or_(
                participants.c.address.endswith(f"@{site}", autoescape=True),
                participants.c.address.endswith(f".{site}", autoescape=True),
            ),
            messages.c.direction == Direction.SENT.value,
            messages.c.mail_class == MailClass.HUMAN.value,
            messages.c.at >= since,
            messages.c.conversation_id != besides,
        )
        .order_by(messages.c.at.desc(), messages.c.id.desc())
    )
    newest: dict[int, Pitch] = {}
    for at, mailbox, person, conversation, campaign, status in tx.execute(query):
        known = None if status == "new" else campaign
        newest.setdefault(conversation, Pitch(conversation, at, mailbox, person, known))
    return tuple(newest.values())


def stands(
    tx: Connection,
    conversation: int,
    *,
    campaign: str,
    outlook: Outlook,
    now: datetime,
    story: Mapping[str, str],
    backlog_due: datetime | None = None,
) -> None:
    """Write down how a conversation stands, and in `story` what else led there.

    `backlog_due`: since when it waits for its portion, None where it does not.
    """
    tx.execute(
        update(conversations)
        .where(conversations.c.id == conversation)
        .values(
            campaign=campaign,
            status=outlook.status,
            person=outlook.person,
            due_at=outlook.look_again,
            backlog_due=backlog_due,
            story={**outlook.story, **story, "decided_at": now.isoformat()},
        )
    )


def due(tx: Connection, now: datetime) -> list[int]:
    """Conversations whose time has come."""
    query = (
        select(conversations.c.id)
        .where(conversations.c.due_at <= now)
        .order_by(conversations.c.due_at, conversations.c.id)
    )
    return list(tx.execute(query).scalars())


def backlog(tx: Connection, limit: int) -> list[int]:
    """Conversations that wait for their portion: campaigns' first, the oldest first."""
    query = (
        select(conversations.c.id)
        .where(conversations.c.backlog_due.is_not(None))
        .order_by(conversations.c.campaign == "", conversations.c.backlog_due, conversations.c.id)
        .limit(limit)
    )
    return list(tx.execute(query).scalars()) if limit else []


def in_backlog(tx: Connection) -> list[tuple[str, datetime]]:
    """All that wait for their portion, in the order in which they come up."""
    query = (
        select(conversations.c.person, conversations.c.backlog_due)
        .where(conversations.c.backlog_due.is_not(None))
        .order_by(conversations.c.campaign == "", conversations.c.backlog_due, conversations.c.id)
    )
    return [(person, due) for person, due in tx.execute(query)]


def every(tx: Connection) -> list[int]:
    """All that may be decided again."""
    query = select(conversations.c.id).where(conversations.c.put_away.is_(False))
    return list(tx.execute(query).scalars())


def anchors(tx: Connection) -> dict[str, int]:
    """Every message's conversation, by the message's key: what a wait can begin with."""
    return {key: one for key, one in tx.execute(select(messages.c.key, messages.c.conversation_id))}


def among_put_away(tx: Connection, ids: Iterable[int]) -> frozenset[int]:
    """Those of these that ended long ago, and of which too little is kept to decide again."""
    found: set[int] = set()
    for some in chunks(ids):
        found |= set(tx.execute(_PUT_AWAY, {"ids": some}).scalars())
    return frozenset(found)


def take_out(tx: Connection, ids: Iterable[int]) -> None:
    """Somebody has written again: what comes now outweighs what is forgotten."""
    if away := among_put_away(tx, ids):
        tx.execute(update(conversations).where(conversations.c.id.in_(away)).values(put_away=False))


def next_due(tx: Connection) -> datetime | None:
    soonest: datetime | None = tx.execute(select(func.min(conversations.c.due_at))).scalar_one()
    return soonest


def of_messages(tx: Connection, keys: Sequence[str]) -> list[int]:
    query = select(messages.c.conversation_id).where(messages.c.key.in_(list(keys))).distinct()
    return list(tx.execute(query).scalars())


def with_contact(tx: Connection, crm_ids: Iterable[str]) -> list[int]:
    """The conversations in which these contacts take part, under any of their addresses."""
    found: set[int] = set()
    for some in chunks(crm_ids):
        query = (
            select(messages.c.conversation_id)
            .join(participants, participants.c.message_id == messages.c.id)
            .join(contacts, contacts.c.address == participants.c.address)
            .where(contacts.c.crm_id.in_(some))
            .distinct()
        )
        found |= set(tx.execute(query).scalars())
    return sorted(found)


def _people(tx: Connection, ids: Iterable[int]) -> dict[int, list[tuple[str, str, str]]]:
    """(address, role, name) by message."""
    found: dict[int, list[tuple[str, str, str]]] = {}
    order = {"from": 0, "to": 1, "cc": 2, "bcc": 3}
    for some in chunks(ids):
        for message, address, role, name in tx.execute(_PEOPLE, {"ids": some}):
            found.setdefault(message, []).append((address, role, name))
    for people in found.values():
        people.sort(key=lambda one: (order[one[1]], one[0]))
    return found


def _utterance(row: Any, people: Iterable[tuple[str, str, str]]) -> Utterance:
    ours = row["direction"] == Direction.SENT.value
    mail_class = MailClass(row["mail_class"])
    if ours and row["is_list"] and mail_class is MailClass.HUMAN:
        # A post to a mailing list awaits no answer of anybody's.
        mail_class = MailClass.BULK
    details = row["details"]
    involved = tuple(one for one, role, _ in people if ours or role == "from")
    return Utterance(
        key=row["key"],
        at=row["at"],
        ours=ours,
        mail_class=mail_class,
        people=involved,
        mailbox=row["mailbox"],
        subject=row["subject"],
        failed=tuple(details.get("failed_recipients", ())),
        subclass=row["subclass"],
        says=row["says"],
        until=date.fromisoformat(details["until"]) if "until" in details else None,
        referred=tuple(Party(*pair) for pair in details.get("referred", ())),
        urls=tuple(details.get("urls", ())),
    )
