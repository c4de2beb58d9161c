"""The pitches of a span of time, read in one pass, a batch of conversations after another.

What each came to is decided in `syncd.core.figures`, from its messages, as everything else is
decided: in SQL it would be said a second time, and differently. Memory holds one batch, and for
the whole span the links, the stages that people set, and conversations' numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    Connection,
    bindparam,
    case,
    func,
    not_,
    null,
    or_,
    select,
)

from syncd.core.facts import Direction, MailClass
from syncd.core.figures import (
    Funnel,
    Known,
    Pitch,
    Source,
    Talk,
    Tally,
    Won,
    first_of_ours,
    is_ours,
    pitch_of,
)
from syncd.core.promises.waiting import Utterance
from syncd.core.relationships import Standing
from syncd.store import introductions, links
from syncd.store.credit import Event, contacts_of, credited
from syncd.store.letters import IS_UNDONE
from syncd.store.links import EarnedLink
from syncd.store.schema import (
    contact_facts,
    contacts,
    conversations,
    messages,
    participants,
)
from syncd.store.utterances import OPENED_BY
from syncd.store.writing import chunks

_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_PEOPLE: BindParameter[str] = bindparam("people", expanding=True)
# What people wrote and the rules keep out of the CRM is not counted; what machines say of our
# own mail always is.
_COUNTS = or_(
    messages.c.mail_class != MailClass.HUMAN.value, messages.c.verdict != "skip", IS_UNDONE
)
_IS_BOUNCE = messages.c.mail_class == MailClass.BOUNCE_HARD.value
_HEADS = select(conversations.c.id, conversations.c.campaign).where(conversations.c.id.in_(_IDS))
_MESSAGES = select(
    messages.c.id,
    messages.c.conversation_id,
    messages.c.key,
    messages.c.at,
    messages.c.direction,
    messages.c.mail_class,
    messages.c.subclass,
    messages.c.is_list,
    messages.c.says,
    messages.c.opening,
    messages.c.subject,
    messages.c.mailbox,
    case((_IS_BOUNCE, messages.c.details), else_=null()).label("details"),
).where(messages.c.conversation_id.in_(_IDS), _COUNTS)
_PARTIES = (
    select(
        messages.c.conversation_id,
        participants.c.message_id,
        participants.c.role,
        participants.c.address,
        participants.c.name,
    )
    .join(messages, messages.c.id == participants.c.message_id)
    .where(messages.c.conversation_id.in_(_IDS))
)
_SPOKEN = (
    select(
        participants.c.address,
        messages.c.key,
        messages.c.at,
        messages.c.says,
        messages.c.mailbox,
        messages.c.conversation_id,
        OPENED_BY.in_([Direction.RECEIVED.value]).label("theirs"),
    )
    .join(messages, messages.c.id == participants.c.message_id)
    .where(
        participants.c.address.in_(_PEOPLE),
        participants.c.role == "from",
        messages.c.direction == Direction.RECEIVED.value,
        messages.c.mail_class == MailClass.HUMAN.value,
        not_(messages.c.is_list),
        _COUNTS,
    )
    .order_by(messages.c.at, messages.c.key)
)
_STAGES = (
    select(func.min(contacts.c.address), contact_facts.c.stage, contact_facts.c.stage_since)
    .join(contacts, contacts.c.crm_id == contact_facts.c.crm_id)
    .where(contact_facts.c.stage.in_([Standing.AGREED.value, Standing.DECLINED.value]))
    .group_by(contact_facts.c.crm_id, contact_facts.c.stage, contact_facts.c.stage_since)
)
_ROLES = {"from": 0, "to": 1, "cc": 2, "bcc": 3}


def funnel(
    tx: Connection, *, campaign: str | None, since: datetime | None, until: datetime
) -> Funnel:
    """How far the pitches begun from `since` on and before `until` have come by now.

    `campaign` None: of every campaign, and of none. `since` None: from the first one on.
    """
    tally = Tally()
    for pitch in pitches(tx, campaign=campaign, since=since, until=until):
        if pitch.source is not Source.THEIRS:
            tally.add(pitch)
    return tally.funnel


def pitches(
    tx: Connection, *, campaign: str | None, since: datetime | None, until: datetime
) -> Iterator[Pitch]:
    """Every conversation in which our first message was sent in that span, by number.

    Those that they began are among them (`Source.THEIRS`), for their messages and links.
    """
    came = _Outcomes(_won(tx), _words(tx))
    for some in chunks(_candidates(tx, campaign, since, until)):
        begun = [
            (talk, first)
            for talk in _talks(tx, some)
            if (first := first_of_ours(talk.messages)) is not None
            and first.at < until
            and (since is None or since <= first.at)
        ]
        yield from _batch(tx, begun, came)


def _candidates(
    tx: Connection, campaign: str | None, since: datetime | None, until: datetime
) -> list[int]:
    """The conversations in which we wrote in that span, whether or not for the first time."""
    if since is None and campaign is not None:
        query = select(conversations.c.id).where(conversations.c.campaign == campaign)
        return list(tx.execute(query.order_by(conversations.c.id)).scalars())
    query = (
        select(messages.c.conversation_id)
        .where(messages.c.direction == Direction.SENT.value, messages.c.at < until)
        .distinct()
    )
    if since is not None:
        query = query.where(messages.c.at >= since)
    if campaign is not None:
        query = query.join(conversations, conversations.c.id == messages.c.conversation_id).where(
            conversations.c.campaign == campaign
        )
    return sorted(tx.execute(query).scalars())


@dataclass(frozen=True, slots=True)
class _Spoken:
    """What someone said, and whether in a thread that they began."""

    conversation: int
    theirs: bool
    said: Utterance


@dataclass(frozen=True, slots=True)
class _Outcomes:
    """What else came of conversations, by their numbers: links, and what people said of them."""

    won: Mapping[int, Won]
    words: Mapping[int, Standing]


def _batch(
    tx: Connection, talks: Sequence[tuple[Talk, Utterance]], came: _Outcomes
) -> Iterator[Pitch]:
    asked = {
        person for talk, _ in talks for one in talk.messages if one.ours for person in one.people
    }
    persons = contacts_of(tx, asked)
    everyone = {address for group in persons.values() for address in group}
    spoken = _spoken(tx, everyone)
    introduced = introductions.introduced_by(tx, everyone)
    introducers = contacts_of(tx, {by for by, _ in introduced.values()})
    for talk, first in talks:
        theirs = [address for person in first.people for address in persons[person]]
        awaited = {
            address
            for one in talk.messages
            if is_ours(one)
            for person in one.people
            for address in persons[person]
        }
        through = [introduced[one] for one in theirs if one in introduced]
        known = Known(
            heard_at=min((s.said.at for one in theirs for s in spoken.get(one, ())), default=None),
            introduced_at=min((at for _, at in through), default=None),
            introducers=frozenset(a for by, _ in through for a in introducers[by]),
            elsewhere=tuple(
                s.said
                for one in sorted(awaited)
                for s in spoken.get(one, ())
                if s.theirs and s.conversation != talk.id
            ),
            word=came.words.get(talk.id),
        )
        pitch = pitch_of(talk, known, came.won.get(talk.id, Won()))
        if pitch is not None:
            yield pitch


def _talks(tx: Connection, ids: Sequence[int]) -> list[Talk]:
    people: dict[int, list[tuple[int, str]]] = {}
    names: dict[int, dict[str, str]] = {}
    for conversation, message, role, address, name in tx.execute(_PARTIES, {"ids": ids}):
        people.setdefault(message, []).append((_ROLES[role], address))
        if name:
            names.setdefault(conversation, {})[address] = name
    said: dict[int, list[Utterance]] = {}
    openings: dict[int, dict[str, str]] = {}
    for row in tx.execute(_MESSAGES, {"ids": ids}):
        one = _utterance(row, sorted(people.get(row.id, ())))
        said.setdefault(row.conversation_id, []).append(one)
        if row.opening:
            openings.setdefault(row.conversation_id, {})[row.key] = row.opening
    heads = sorted((number, name) for number, name in tx.execute(_HEADS, {"ids": ids}))
    return [
        Talk(
            number,
            campaign,
            tuple(said.get(number, ())),
            openings.get(number, {}),
            names.get(number, {}),
        )
        for number, campaign in heads
    ]


def _utterance(row: Any, people: Iterable[tuple[int, str]]) -> Utterance:
    ours = row.direction == Direction.SENT.value
    mail_class = MailClass(row.mail_class)
    if ours and row.is_list and mail_class is MailClass.HUMAN:
        # A post to a mailing list awaits no answer of anybody's.
        mail_class = MailClass.BULK
    return Utterance(
        key=row.key,
        at=row.at,
        ours=ours,
        mail_class=mail_class,
        people=tuple(address for role, address in people if ours or not role),
        mailbox=row.mailbox,
        subject=row.subject,
        failed=tuple((row.details or {}).get("failed_recipients", ())),
        subclass=row.subclass,
        says=row.says,
    )


def _spoken(tx: Connection, people: Iterable[str]) -> dict[str, list[_Spoken]]:
    """What these people wrote to us, oldest first, by address."""
    found: dict[str, list[_Spoken]] = {}
    for some in chunks(sorted(people)):
        for address, key, at, says, mailbox, conversation, theirs in tx.execute(
            _SPOKEN, {"people": some}
        ):
            said = Utterance(
                key,
                at,
                ours=False,
                mail_class=MailClass.HUMAN,
                people=(address,),
                mailbox=mailbox,
                says=says,
            )
            found.setdefault(address, []).append(_Spoken(conversation, bool(theirs), said))
    return found


def _won(tx: Connection) -> dict[int, Won]:
    """The links that were seen to stand, by the conversation that brought them."""
    found: dict[int, Won] = {}
    for link, number, _ in link_credits(tx):
        if number is not None:
            before = found.get(number, Won())
            found[number] = Won(before.links + 1, before.lost + (link.lost_at is not None))
    return found


def link_credits(tx: Connection) -> list[tuple[EarnedLink, int | None, str]]:
    """Each link that was seen to stand, the conversation that brought it, where one did, and
    the campaign of that, or else the link's own.

    A link that no message told us of (an import, a crawl) is the doing of our newest
    conversation with its person before it was seen.
    """
    every = [one for one in links.every(tx) if one.won_at is not None]
    events = {
        one.id: Event(one.person, one.won_at, one.campaign)
        for one in every
        if one.conversation is None and one.person and one.won_at is not None
    }
    newest = credited(tx, events.values())
    brought = {
        one.id: newest.get(events[one.id]) if one.id in events else one.conversation
        for one in every
    }
    campaigns: dict[int, str] = {}
    for some in chunks(sorted({number for number in brought.values() if number is not None})):
        campaigns |= {number: name for number, name in tx.execute(_HEADS, {"ids": some})}
    return [
        (one, brought[one.id], campaigns.get(brought[one.id] or 0, one.campaign)) for one in every
    ]


def _words(tx: Connection) -> dict[int, Standing]:
    """Agreed or declined as people set it, by our newest conversation with them before that."""
    events = {
        Event(address, since): Standing(stage) for address, stage, since in tx.execute(_STAGES)
    }
    return {number: events[event] for event, number in credited(tx, events).items()}
