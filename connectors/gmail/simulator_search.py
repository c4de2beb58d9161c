"""Gmail's search syntax, as far as programs use it (facts/gmail.md A6, "q")."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from connectors.gmail import simulator_mime as mime
from connectors.gmail.simulator_mailbox import Mailbox, Stored

# Dates without a time are midnight here, wherever the mailbox is.
_ZONE = ZoneInfo("America/Los_Angeles")

_TERM = re.compile(r'(-?)(?:([A-Za-z0-9_]+):)?(?:"([^"]*)"|\(([^)]*)\)|(\S+))')
_DATE = re.compile(r"(\d{4})[/-](\d{1,2})[/-](\d{1,2})")
_AGE = re.compile(r"(\d+)([dmy])")
_DAYS = {"d": 1, "m": 30, "y": 365}
_PLACES = {
    "inbox": "INBOX",
    "sent": "SENT",
    "draft": "DRAFT",
    "drafts": "DRAFT",
    "spam": "SPAM",
    "trash": "TRASH",
    "chat": "CHAT",
    "chats": "CHAT",
    "scheduled": "SCHEDULED",
    "starred": "STARRED",
    "important": "IMPORTANT",
    "unread": "UNREAD",
}
_FIELDS = {"from": "from", "to": "to", "cc": "cc", "bcc": "bcc", "subject": "subject"} | {
    "deliveredto": "delivered-to",
    "list": "list-id",
}
_HIDDEN = frozenset({"SPAM", "TRASH"})

Test = Callable[[Mailbox, Stored], bool]


@dataclass(slots=True)
class Search:
    """A compiled query. Times are epoch milliseconds; `until` is exclusive."""

    since: int = 0
    until: int | None = None
    message_id: str = ""
    everywhere: bool = False
    tests: list[Test] = field(default_factory=list)

    def found(self, box: Mailbox, before: tuple[int, int] | None, horizon: int) -> Iterator[Stored]:
        """Matching messages, newest first. `horizon`: the history id that is visible so far."""
        for stored in self._candidates(box, before):
            if stored.born <= horizon and self.matches(box, stored):
                yield stored

    def matches(self, box: Mailbox, stored: Stored) -> bool:
        if not self.everywhere and stored.labels & _HIDDEN:
            return False
        return all(test(box, stored) for test in self.tests)

    def _candidates(self, box: Mailbox, before: tuple[int, int] | None) -> Iterable[Stored]:
        if not self.message_id:
            return box.newest(before, self.since, self.until)
        known = (box.messages[each] for each in box.by_message_id.get(self.message_id, ()))
        within = (each for each in known if each.at >= self.since)
        within = (each for each in within if self.until is None or each.at < self.until)
        ordered = sorted(within, key=lambda each: each.place, reverse=True)
        return [each for each in ordered if before is None or each.place[:2] < before]


def search(query: str, label_ids: Iterable[str], now: datetime, *, include_hidden: bool) -> Search:
    """Compile `q`, the `labelIds` parameters and `includeSpamTrash`."""
    made = Search(everywhere=include_hidden)
    for label_id in label_ids:
        made.tests.append(_labelled(label_id))
        made.everywhere = made.everywhere or label_id in _HIDDEN
    for minus, key, quoted, grouped, plain in _TERM.findall(query):
        value = quoted or grouped or plain
        _add(made, key.lower(), value, now, negative=bool(minus))
    return made


def _add(made: Search, key: str, value: str, now: datetime, *, negative: bool) -> None:
    lower = value.lower()
    if key in {"after", "newer", "before", "older", "newer_than", "older_than"}:
        at = _instant(key, lower, now)
        if at is not None and key in {"after", "newer", "newer_than"}:
            made.since = max(made.since, at)
        elif at is not None:
            made.until = at if made.until is None else min(made.until, at)
        return
    if key == "rfc822msgid" and not negative:
        made.message_id = value.strip("<>")
        return
    if key == "in" and not negative and (lower == "anywhere" or _PLACES.get(lower) in _HIDDEN):
        made.everywhere = True
    test = _test(key, value)
    made.tests.append(_not(test) if negative else test)


def _test(key: str, value: str) -> Test:
    lower = value.casefold()
    if key in {"in", "is"}:
        if lower == "anywhere":
            return lambda _box, _stored: True
        if lower == "read":
            return _not(_labelled("UNREAD"))
        if lower in _PLACES:
            return _labelled(_PLACES[lower])
    if key in {"in", "is", "label"}:
        return _named(value)
    if key == "has" and lower == "attachment":
        return lambda _box, stored: mime.has_attachment(mime.parsed(stored.raw))
    if key == "rfc822msgid":
        return lambda _box, stored: stored.message_id == value.strip("<>")
    if key in _FIELDS:
        return _field(_FIELDS[key], lower)
    words = f"{key}:{lower}" if key else lower
    return lambda _box, stored: words in mime.text(mime.parsed(stored.raw))


def _labelled(label_id: str) -> Test:
    return lambda _box, stored: label_id in stored.labels


def _named(name: str) -> Test:
    # Searches write spaces and slashes of a label's name as hyphens.
    wanted = re.sub(r"[ /]", "-", name.casefold())

    def test(box: Mailbox, stored: Stored) -> bool:
        names = (box.labels[each]["name"] if each in box.labels else each for each in stored.labels)
        return any(re.sub(r"[ /]", "-", each.casefold()) == wanted for each in names)

    return test


def _field(header: str, value: str) -> Test:
    def test(box: Mailbox, stored: Stored) -> bool:
        wanted = box.address if value == "me" else value
        return wanted in mime.headers(mime.parsed(stored.raw), header)

    return test


def _not(test: Test) -> Test:
    return lambda box, stored: not test(box, stored)


def _instant(key: str, value: str, now: datetime) -> int | None:
    age = _AGE.fullmatch(value)
    if key.endswith("_than"):
        if age is None:
            return None
        at = now - timedelta(days=int(age[1]) * _DAYS[age[2]])
        return round(at.timestamp() * 1000)
    date = _DATE.fullmatch(value)
    if date is not None:
        try:
            day = datetime(int(date[1]), int(date[2]), int(date[3]), tzinfo=_ZONE)
        except ValueError:
            return None
        return round(day.timestamp() * 1000)
    return int(value) * 1000 if value.isdigit() else None
