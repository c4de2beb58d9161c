"""What was said outside a conversation and counts in it all the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, bindparam, or_, select

from syncd.core.facts import Direction, MailClass
from syncd.core.mail.addresses import domain_of, is_free_mail, registrable
from syncd.core.mail.autoreplies import OUT_OF_OFFICE
from syncd.core.promises.waiting import Utterance
from syncd.store import sites
from syncd.store.exchanges import Conversation
from syncd.store.schema import Instant, conversations, messages, participants
from syncd.store.utterances import OPENED_BY, people_of, utterance
from syncd.store.writing import chunks

# An absence is taken to hold in other conversations when it was sent this long before them:
# machines answer each sender once in a while, not every message.
_ABSENT_BEFORE = timedelta(days=30)


_AWAITED = participants.c.address.in_(bindparam("awaited", expanding=True))
_SPOKE = and_(
    messages.c.at >= bindparam("began", type_=Instant),
    messages.c.mail_class == MailClass.HUMAN.value,
    messages.c.is_list.is_(False),
    OPENED_BY.in_([Direction.RECEIVED.value]),
)
_AWAY = and_(
    _AWAITED,
    messages.c.at >= bindparam("away_since", type_=Instant),
    messages.c.mail_class == MailClass.AUTO_REPLY.value,
    messages.c.subclass == OUT_OF_OFFICE,
)
_SAID = (
    select(messages)
    .join(participants, participants.c.message_id == messages.c.id)
    .where(
        participants.c.address.in_(bindparam("people", expanding=True)),
        participants.c.role == "from",
        messages.c.conversation_id != bindparam("conversation"),
        or_(_SPOKE, _AWAY),
    )
)


def said(
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
    asked = {
        "awaited": awaited,
        "conversation": conversation.id,
        "began": ours[0].at,
        "away_since": ours[0].at - _ABSENT_BEFORE,
    }
    # By id: one message can have two senders.
    rows: dict[int, Any] = {}
    for some in chunks(sorted({*awaited, *sites.at(tx, companies)})):
        for row in tx.execute(_SAID, asked | {"people": some}).mappings():
            rows[row["id"]] = row
    people = people_of(tx, rows)
    ordered = sorted(rows.values(), key=lambda row: (row["at"], row["key"]))
    return tuple(utterance(row, people.get(row["id"], ())) for row in ordered)


@dataclass(frozen=True, slots=True)
class Pitch:
    """A message of ours in another conversation. `campaign` None: that is not decided yet."""

    conversation: int
    at: datetime
    mailbox: str
    person: str
    campaign: str | None


_PITCHES = (
    select(
        messages.c.id,
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
        participants.c.address.in_(bindparam("people", expanding=True)),
        messages.c.direction == Direction.SENT.value,
        messages.c.mail_class == MailClass.HUMAN.value,
        messages.c.at >= bindparam("since", type_=Instant),
        messages.c.conversation_id != bindparam("besides"),
    )
)


def written_to_site(
    tx: Connection, domain: str, since: datetime, *, besides: int
) -> tuple[Pitch, ...]:
    """The newest message of ours to a site in each other conversation, newest first.

    Nothing for a free-mail provider's domain: its people have nothing to do with each other.
    """
    if not domain or is_free_mail(domain):
        return ()
    asked = {"since": since, "besides": besides}
    rows: list[Any] = []
    for some in chunks(sites.at(tx, [registrable(domain)])):
        rows += tx.execute(_PITCHES, asked | {"people": some})
    newest: dict[int, Pitch] = {}
    for _, at, mailbox, person, conversation, campaign, status in sorted(
        rows, key=lambda row: (row.at, row.id), reverse=True
    ):
        known = None if status == "new" else campaign
        newest.setdefault(conversation, Pitch(conversation, at, mailbox, person, known))
    return tuple(newest.values())
