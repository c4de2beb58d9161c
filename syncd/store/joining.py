"""Which conversation a message belongs to: by thread and references, else by what it is about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from syncd.core.facts import Direction, MailClass
from syncd.core.mail.reading import Reading
from syncd.store import dirty
from syncd.store.schema import (
    conversation_keys,
    conversations,
    introductions,
    messages,
    participants,
    tasks,
)
from syncd.store.writing import chunks, upsert

# A reply or a bounce that found nothing to belong to, until what it is about is read: a first
# reading goes backwards in time.
_LOST = "lost:"
_FAILED = "failed:"

# Put together once: asked for every batch that is read.
_POINTS = select(conversation_keys.c.key, conversation_keys.c.conversation_id).where(
    conversation_keys.c.key.in_(bindparam("keys", expanding=True))
)
_SPAN = select(func.min(messages.c.at), func.max(messages.c.at)).where(
    messages.c.conversation_id == bindparam("conversation")
)
_MAKE = insert(conversations)


class Conversations:
    """The conversations of a batch of messages, joined as the messages connect them."""

    def __init__(self, tx: Connection, readings: Sequence[Reading]) -> None:
        self._tx = tx
        self._by_key: dict[str, int] = {}
        self._new: dict[str, None] = {}
        self._spans: dict[int, tuple[datetime, datetime]] = {}  # of this batch alone
        keys: dict[str, None] = {}
        for reading in readings:
            keys |= dict.fromkeys(reading.conversation_keys)
            keys |= dict.fromkeys(reading.subject_keys)
            keys |= dict.fromkeys(_LOST + key for key in reading.subject_keys)
            keys |= dict.fromkeys(_FAILED + party.address for _, party in reading.outside)
        for some in chunks(keys):
            rows = tx.execute(_POINTS, {"keys": some})
            self._by_key |= {key: conversation for key, conversation in rows}

    def of(self, reading: Reading) -> int:
        """The conversation of a message, made where there is none yet."""
        keys = (reading.key, *reading.conversation_keys)
        ids = sorted({self._by_key[key] for key in keys if key in self._by_key})
        home = ids[0] if ids else self._by_subject(reading)
        if home is None:
            home = self._make()
            if reading.is_reply:
                self._point([_LOST + key for key in reading.subject_keys], home)
            if reading.mail_class is MailClass.BOUNCE_HARD:
                self._point([_FAILED + address for address in reading.failed], home)
        for other in ids[1:]:
            self._merge(other, home)
        self._point([key for key in keys if key not in self._by_key], home)
        self._speaks_of(reading, home)
        self._stretch(home, reading.at, reading.at)
        return home

    def save(self) -> None:
        rows = [{"key": key, "conversation_id": self._by_key[key]} for key in self._new]
        upsert(self._tx, conversation_keys, rows, ["key"])

    def _point(self, keys: Iterable[str], home: int) -> None:
        for key in keys:
            self._by_key[key] = home
            self._new[key] = None

    def _make(self) -> int:
        row = self._tx.execute(_MAKE, {"campaign": "", "status": "new", "person": "", "story": {}})
        assert row.inserted_primary_key is not None
        return int(row.inserted_primary_key[0])

    def _by_subject(self, reading: Reading) -> int | None:
        """Where a message belongs whose references lead nowhere, as some gateways leave them.

        A reply goes by its people and subject; a bounce by whom it could not reach.
        """
        if reading.mail_class is MailClass.BOUNCE_HARD:
            return _last_written_to(self._tx, reading)
        if not reading.is_reply:
            return None
        for key in reading.subject_keys:
            found = self._by_key.get(key)
            if found is not None and (began := self._span(found)) and began[0] <= reading.at:
                return found
        return None

    def _speaks_of(self, reading: Reading, home: int) -> None:
        """Remember what is spoken of with whom, and take home replies that waited for it."""
        if reading.mail_class is not MailClass.HUMAN:
            return
        if reading.direction is Direction.SENT:
            for _, party in reading.outside:
                self._take_home(_FAILED + party.address, reading, home)
        for key in reading.subject_keys:
            if not reading.is_reply:
                self._take_home(_LOST + key, reading, home)
            there = self._by_key.get(key)
            if there == home:
                continue
            span = None if there is None else self._span(there)
            if span is None or reading.at > span[1]:
                # The same words to the same person again: the newest counts.
                self._point([key], home)

    def _take_home(self, key: str, reading: Reading, home: int) -> None:
        """What waited under a key for the message it is about, which is this one, earlier."""
        lost = self._by_key.get(key)
        if lost is None or lost == home:
            return
        span = self._span(lost)
        if span is not None and reading.at <= span[0]:
            self._merge(lost, home)

    def _span(self, conversation: int) -> tuple[datetime, datetime] | None:
        """When a conversation's first and last messages are from; None: it has none yet."""
        first, last = self._tx.execute(_SPAN, {"conversation": conversation}).one()
        if first is not None:
            self._stretch(conversation, first, last)
        return self._spans.get(conversation)

    def _stretch(self, conversation: int, first: datetime, last: datetime) -> None:
        was = self._spans.get(conversation, (first, last))
        self._spans[conversation] = (min(first, was[0]), max(last, was[1]))

    def _merge(self, other: int, home: int) -> None:
        for table in (messages, conversation_keys, tasks, introductions):
            self._tx.execute(
                update(table).where(table.c.conversation_id == other).values(conversation_id=home)
            )
        self._tx.execute(delete(conversations).where(conversations.c.id == other))
        # What was planned for it alone is withdrawn when it is found gone.
        dirty.mark(self._tx, "conversation", [other])
        if other in self._spans:
            self._stretch(home, *self._spans.pop(other))
        for key, conversation in self._by_key.items():
            if conversation == other:
                self._by_key[key] = home


def _last_written_to(tx: Connection, reading: Reading) -> int | None:
    """The conversation of what was last written, before it came back, to those who failed."""
    if not reading.failed:
        return None
    query = (
        select(messages.c.conversation_id)
        .join(participants, participants.c.message_id == messages.c.id)
        .where(
            participants.c.address.in_(reading.failed),
            messages.c.direction == Direction.SENT.value,
            messages.c.at <= reading.at,
        )
        .order_by(messages.c.at.desc(), messages.c.id.desc())
        .limit(1)
    )
    return tx.execute(query).scalar_one_or_none()
