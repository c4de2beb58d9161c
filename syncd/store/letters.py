"""Messages on their way to a verdict, and from there into the CRM."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Integer,
    and_,
    bindparam,
    case,
    delete,
    func,
    not_,
    or_,
    select,
    update,
)

from syncd.core.facts import Direction, MailClass, Party
from syncd.core.promises.log import FORGOTTEN, STRANGERS, UNDONE, Candidate, Standing
from syncd.store.schema import (
    PENDING,
    bodies,
    contacts,
    conversation_keys,
    conversations,
    copies,
    messages,
    participants,
)
from syncd.store.writing import chunks

# A message whose engagement a person had us take back. It stays out of the CRM whatever
# comes; for all else it counts as the logged message it was, so that nothing that other runs
# wrote for its sake moves.
IS_UNDONE = and_(messages.c.verdict == "skip", messages.c.reason.startswith(UNDONE))
WAS_LOGGED = or_(messages.c.verdict == "log", IS_UNDONE)

# Put together once: what every round asks, also when there is nothing new, and what is asked
# for every message.
# Whether an address is known from a backlog alone: what comes in is asked for first.
_BEHIND = func.min(case((messages.c.backlog, 1), else_=0))
_UNASKED = (
    select(participants.c.address, _BEHIND)
    .join(messages, messages.c.id == participants.c.message_id)
    .outerjoin(contacts, contacts.c.address == participants.c.address)
    .where(
        # Asked so, because the grouping would otherwise lead through everybody ever seen.
        participants.c.message_id.in_(select(messages.c.id).where(PENDING).correlate(None)),
        or_(contacts.c.address.is_(None), contacts.c.state == Standing.UNASKED.value),
    )
    .group_by(participants.c.address)
    .order_by(_BEHIND, func.min(messages.c.id), participants.c.address)
    .limit(bindparam("most", type_=Integer))
)
_UNDECIDED = (
    select(messages)
    .where(
        PENDING,
        messages.c.id > bindparam("after"),
        or_(messages.c.not_before.is_(None), messages.c.not_before <= bindparam("now")),
    )
    .order_by(messages.c.id)
    .limit(bindparam("most", type_=Integer))
)
_OUTSIDE = select(participants).where(
    participants.c.message_id.in_(bindparam("ids", expanding=True))
)
_WRITTEN_TO = (
    select(participants.c.address)
    .join(messages, messages.c.id == participants.c.message_id)
    .where(
        participants.c.address.in_(bindparam("addresses", expanding=True)),
        messages.c.direction == Direction.SENT.value,
    )
    .distinct()
)
_BY_ID = update(messages).where(messages.c.id == bindparam("row"))
_BY_KEY = update(messages).where(messages.c.key == bindparam("row"))
_KEYS = messages.c.key.in_(bindparam("keys", expanding=True))
_BODIES_OF = delete(bodies).where(bodies.c.message_id.in_(select(messages.c.id).where(_KEYS)))
_CONTENTS = (
    select(messages, bodies.c.text, bodies.c.html, bodies.c.message_id.label("body"))
    .outerjoin(bodies, bodies.c.message_id == messages.c.id)
    .where(_KEYS)
)
_OVERLOOKED = (
    select(participants.c.message_id)
    .join(messages, messages.c.id == participants.c.message_id)
    .where(
        participants.c.address.in_(bindparam("addresses", expanding=True)),
        or_(
            messages.c.verdict == "review",
            and_(messages.c.verdict == "skip", messages.c.reason.in_(STRANGERS)),
        ),
    )
)
_RECONSIDER = (
    update(messages).where(messages.c.id.in_(_OVERLOOKED)).values(verdict="pending", reason="")
)


@dataclass(frozen=True, slots=True)
class Letter:
    """A message waiting for its verdict."""

    id: int
    conversation: int
    message_id: str
    candidate: Candidate
    backlog: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """Everything the CRM is told of a message. `body_kept` False: it was let go of before."""

    id: int
    key: str
    message_id: str
    conversation: int
    direction: Direction
    at: datetime
    subject: str
    sender: Party | None
    to: tuple[Party, ...]
    cc: tuple[Party, ...]
    bcc: tuple[Party, ...]
    text: str
    html: str
    body_kept: bool


def was_logged(verdict: str, reason: str) -> bool:
    """As `WAS_LOGGED`, of a message at hand."""
    return verdict == "log" or (verdict == "skip" and reason.startswith(UNDONE))


def unasked(tx: Connection, limit: int) -> tuple[list[str], bool]:
    """Outside addresses of undecided messages that were never looked up in the CRM.

    With it whether some of them have just come in, and wait for nobody else to fill a call.
    """
    rows = tx.execute(_UNASKED, {"most": limit}).all()
    return [address for address, _ in rows], any(not behind for _, behind in rows)


def undecided(tx: Connection, now: datetime, *, after: int, limit: int) -> list[Letter]:
    """Undecided messages that may be decided at `now`, by id from beyond `after`."""
    asked = {"now": now, "after": after, "most": limit}
    rows = tx.execute(_UNDECIDED, asked).mappings().all()
    people = outside(tx, [row["id"] for row in rows])
    return [
        Letter(
            id=row["id"],
            conversation=row["conversation_id"],
            message_id=row["message_id"],
            candidate=Candidate(
                key=row["key"],
                at=row["at"],
                direction=Direction(row["direction"]),
                mail_class=MailClass(row["mail_class"]),
                is_list=row["is_list"],
                subject=row["subject"],
                mailbox=row["mailbox"],
                outside=tuple(people.get(row["id"], ())),
            ),
            backlog=row["backlog"],
        )
        for row in rows
    ]


def outside(tx: Connection, ids: Sequence[int]) -> dict[int, list[tuple[str, Party]]]:
    """Outside people of messages, as (role, party), by message id."""
    found: dict[int, list[tuple[str, Party]]] = {}
    order = {"from": 0, "to": 1, "cc": 2, "bcc": 3}
    for some in chunks(ids):
        for message, address, role, name in tx.execute(_OUTSIDE, {"ids": some}):
            found.setdefault(message, []).append((role, Party(address, name)))
    for pairs in found.values():
        pairs.sort(key=lambda pair: (order[pair[0]], pair[1]))
    return found


def written_to(tx: Connection, addresses: Iterable[str]) -> frozenset[str]:
    """Those of `addresses` that a message of ours ever went to."""
    found: set[str] = set()
    for some in chunks(addresses):
        found |= set(tx.execute(_WRITTEN_TO, {"addresses": some}).scalars())
    return frozenset(found)


def decided(tx: Connection, verdicts: Sequence[tuple[int, str, str]]) -> None:
    """Record verdicts (id, verdict, reason); bodies of what is not logged are let go of."""
    if not verdicts:
        return
    tx.execute(
        _BY_ID,
        [{"row": one, "verdict": verdict, "reason": why} for one, verdict, why in verdicts],
    )
    _drop_bodies(tx, [one for one, verdict, _ in verdicts if verdict != "log"])


def postpone(tx: Connection, ids: Iterable[int], until: datetime) -> None:
    for some in chunks(ids):
        tx.execute(update(messages).where(messages.c.id.in_(some)).values(not_before=until))


def delivered(tx: Connection, pairs: Sequence[tuple[str, str, str]]) -> None:
    """Tie messages to their engagements (key, CRM id, reason); the bodies are let go of."""
    if not pairs:
        return
    tx.execute(
        _BY_KEY,
        [
            {"row": key, "crm_id": crm_id, "verdict": "log", "reason": reason}
            for key, crm_id, reason in pairs
        ],
    )
    for some in chunks(key for key, _, _ in pairs):
        tx.execute(_BODIES_OF, {"keys": some})


def contents(tx: Connection, keys: Sequence[str]) -> dict[str, Content]:
    found: dict[str, Content] = {}
    for some in chunks(keys):
        for row in tx.execute(_CONTENTS, {"keys": some}).mappings():
            found[row["key"]] = _content(row)
    return found


def restore_bodies(tx: Connection, rows: Sequence[tuple[int, str, str]]) -> None:
    """Put back bodies (message id, text, html) that were fetched once more."""
    for message, text, html in rows:
        tx.execute(delete(bodies).where(bodies.c.message_id == message))
        tx.execute(bodies.insert().values(message_id=message, text=text, html=html))


def copies_of(tx: Connection, ids: Iterable[int]) -> dict[int, list[tuple[str, str]]]:
    """The (mailbox, remote id) from which each of these messages can be fetched once more."""
    found: dict[int, list[tuple[str, str]]] = {}
    for some in chunks(ids):
        query = (
            select(copies.c.message_id, copies.c.mailbox, copies.c.remote_id)
            .where(copies.c.message_id.in_(some), copies.c.state == "stored")
            .order_by(copies.c.id)
        )
        for message, mailbox, remote_id in tx.execute(query):
            found.setdefault(message, []).append((mailbox, remote_id))
    return found


def hide(tx: Connection, key: str, reason: str) -> None:
    """A message that was to be logged is kept out by a rule after all."""
    tx.execute(update(messages).where(messages.c.key == key).values(verdict="skip", reason=reason))


@dataclass(frozen=True, slots=True)
class LoggedAs:
    crm_id: str
    subject: str
    at: datetime


def logged_as(tx: Connection, key: str) -> LoggedAs | None:
    """The engagement of a message, and what we told the CRM of it; None where it has none."""
    query = select(messages.c.crm_id, messages.c.subject, messages.c.at).where(
        messages.c.key == key, messages.c.crm_id.is_not(None)
    )
    row = tx.execute(query).first()
    return None if row is None else LoggedAs(*row)


def took_back(tx: Connection, key: str, reason: str) -> None:
    """The engagement of a message is no more, and it gets no other."""
    tx.execute(_BY_KEY, {"row": key, "verdict": "skip", "reason": reason, "crm_id": None})


def explain(tx: Connection, key: str, reason: str) -> None:
    """Why a message that is to be logged is not logged yet."""
    tx.execute(update(messages).where(messages.c.key == key).values(reason=reason))


def unlearn(tx: Connection, mailbox: str, reasons: Mapping[str, str]) -> None:
    """Forget messages that were not decided yet, but for that there were some, and why.

    `reasons` by the message's id in the mailbox.
    """
    for some in chunks(reasons):
        query = (
            select(copies.c.remote_id, messages.c.id, messages.c.conversation_id)
            .join(messages, messages.c.id == copies.c.message_id)
            .where(
                copies.c.mailbox == mailbox,
                copies.c.remote_id.in_(some),
                PENDING,
            )
        )
        for remote_id, message, conversation in tx.execute(query).all():
            tx.execute(
                update(copies)
                .where(copies.c.message_id == message)
                .values(state="never", reason=reasons[remote_id], message_id=None, labels=[])
            )
            tx.execute(delete(messages).where(messages.c.id == message))
            _drop_if_empty(tx, conversation)


def _drop_if_empty(tx: Connection, conversation: int) -> None:
    left = select(messages.c.id).where(messages.c.conversation_id == conversation)
    if tx.execute(left.limit(1)).first() is None:
        keys = conversation_keys.c.conversation_id == conversation
        tx.execute(delete(conversation_keys).where(keys))
        tx.execute(delete(conversations).where(conversations.c.id == conversation))


def undecide(tx: Connection, key: str) -> None:
    """Decide a message again whose contacts turned out to be gone."""
    tx.execute(update(messages).where(messages.c.key == key).values(verdict="pending", reason=""))


def reconsider(tx: Connection, addresses: Iterable[str]) -> None:
    """Decide again what was skipped or set aside only because its people were unknown."""
    for some in chunks(addresses):
        tx.execute(_RECONSIDER, {"addresses": some})


def reconsider_all(tx: Connection) -> None:
    """Decide again everything that was skipped or set aside: the rules have changed."""
    tx.execute(
        update(messages)
        .where(
            messages.c.verdict.in_(("skip", "review")),
            not_(IS_UNDONE),
            messages.c.reason != FORGOTTEN,
        )
        .values(verdict="pending", reason="")
    )


def _drop_bodies(tx: Connection, ids: Iterable[int]) -> None:
    for some in chunks(ids):
        tx.execute(delete(bodies).where(bodies.c.message_id.in_(some)))


def _content(row: Any) -> Content:
    everyone = row["recipients"]
    return Content(
        id=row["id"],
        key=row["key"],
        message_id=row["message_id"],
        conversation=row["conversation_id"],
        direction=Direction(row["direction"]),
        at=row["at"],
        subject=row["subject"],
        sender=Party(row["sender"], row["sender_name"]) if row["sender"] else None,
        to=_parties(everyone["to"]),
        cc=_parties(everyone["cc"]),
        bcc=_parties(everyone["bcc"]),
        text=row["text"] or "",
        html=row["html"] or "",
        body_kept=row["body"] is not None,
    )


def _parties(pairs: Iterable[Sequence[str]]) -> tuple[Party, ...]:
    return tuple(Party(address, name) for address, name in pairs)
