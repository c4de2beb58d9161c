"""When someone who is away says they are back. None rather than wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import date, timedelta
from email.utils import parsedate_tz
from functools import cache

from syncd.core.mail.dates import ORDINAL, Day, days
from syncd.core.mail.envelope import Envelope, Headers
from syncd.core.mail.phrases import Dates, Phrases, Topic
from syncd.core.mail.signs import Signs

_AMERICAN_DOMAINS = (".us", ".edu", ".gov", ".mil")
_DAY_FIRST_DOMAINS = re.compile(
    r"\.(?:uk|ie|au|nz|in|za|eu|sg|hk|mt|de|fr|es|it|nl|pt|pl|se|dk|fi|no|be|at|ch)$"
)
_DAY_FIRST_ENGLISH = re.compile(r"\ben-(?:gb|ie|au|nz|in|za|sg|hk)\b", re.IGNORECASE)
# Hours east of Greenwich. English speakers elsewhere (Manila, Tokyo) write either way.
_AMERICAN_HOURS = range(-10, -3)
_DAY_FIRST_HOURS = (1, 2, 3, 5, 10, 11, 12, 13)
_EARLIEST, _LATEST = 1970, 2200  # years; days are counted on from them
_REACH_BEFORE = 70
_REACH_AFTER = 30
_REACH_UNTIL = 28
_MOST_DAYS = 12  # who names more is not telling when they are back
_SENTENCE_END = re.compile(r"(?<!\d)[.!?;](?=\s|$)|[\u3002\uff01\uff1f]")
_CLAUSE_END = re.compile(r"(?<!\d)[.!?;,](?=\s|$)|[\u3002\uff01\uff1f\uff0c]")
_DASHES = frozenset("-\u2013\u2014\u301c\uff5e")


def returns_on(signs: Signs) -> date | None:
    """The first day on which they say they are back: None where they do not say it.

    "Back on 5 August" is the 5th; "until 5 August", "through 5 August" and "3 to 5 August"
    are the 6th, because the last day named is one of absence; "not back until 5 August" is
    the 5th. Where somebody means the day of their return by "until", we are a day late
    rather than early. Both said, the day of return counts.

    Days without a year are read from the message's own date; without one there is no
    answer. None also where two days contradict each other or one may mean two.
    """
    today = written_on(signs.headers, signs.envelope)
    if today is None:
        return None
    spoken = _spoken(signs.phrases, f"{signs.subject} {signs.opening}")
    sender = signs.envelope.sender
    first = month_first(signs.headers, sender.address if sender else "", spoken)
    names = tuple(spoken.values())
    for text in (signs.opening, signs.subject):
        found = days(text, names, today, month_first=first)[:_MOST_DAYS]
        if answer := _end_of_absence(text, found, names, today):
            return answer if answer >= today else None
    return None


def written_on(headers: Headers, envelope: Envelope) -> date | None:
    """The writer's day: the Date header as it stands, in the writer's zone."""
    parsed = parsedate_tz(headers.first("date"))
    if parsed is None or envelope.date is None or not _EARLIEST <= parsed[0] <= _LATEST:
        return None
    return date(*parsed[:3])


def _spoken(phrases: Phrases, text: str) -> dict[str, Dates]:
    """The languages whose phrases the text uses; all, where it uses none we know."""
    every = {language.code: language.dates for language in phrases.languages}
    return {code: every[code] for code in phrases.languages_in(Topic.ABSENCE, text)} or every


def month_first(headers: Headers, sender: str, spoken: Collection[str]) -> bool | None:
    """Whether 3/4 is March (True) or April (False) to this writer; None: no telling.

    `spoken` are the codes of the languages they use. Only English is written both ways:
    the sender's domain tells, else what the mail program says of its English, else the
    zone of the Date header, else another language beside it.
    """
    if "en" not in spoken:
        return False
    domain = sender.rpartition("@")[2]
    if domain.endswith(_AMERICAN_DOMAINS):
        return True
    if _DAY_FIRST_DOMAINS.search(domain):
        return False
    stated = ",".join(
        headers.first(name) for name in ("content-language", "accept-language", "x-accept-language")
    )
    # "en-US" is what programs are installed with everywhere; the others were chosen.
    if _DAY_FIRST_ENGLISH.search(stated):
        return False
    parsed = parsedate_tz(headers.first("date"))
    hours = (parsed[9] or 0) // 3600 if parsed else 0
    # Canada shares America's zones and writes both ways.
    if hours in _AMERICAN_HOURS and not domain.endswith(".ca"):
        return True
    if hours in _DAY_FIRST_HOURS or len(spoken) > 1:
        return False
    return None


def _end_of_absence(
    text: str, found: list[Day], names: tuple[Dates, ...], today: date
) -> date | None:
    roles: dict[str, list[Day]] = {"back": [], "until": [], "range": []}
    for place, day in enumerate(found):
        role = _role(text, found, place, names)
        if role:
            name, extra = role
            roles[name].append(day.later(extra))
    # Back before the absence ends: one of the two speaks of somebody else. "Until" and "back
    # on" the same day is no contradiction, only another use of the word.
    ends = max((one for day in roles["until"] if day.exact for one in day.dates), default=None)
    if ends and any(
        one < ends - timedelta(days=1) for day in roles["back"] if day.exact for one in day.dates
    ):
        return None
    for exact in (True, False):  # "back on Monday" only where no date is given
        for said in roles.values():
            mentioned = [day for day in said if day.exact is exact]
            if mentioned:
                meant = {one for day in mentioned for one in day.dates}
                # A day that is past, or may be two, is no answer; nor do we look further.
                clear = all(len(day.dates) == 1 for day in mentioned)
                return meant.pop() if clear and len(meant) == 1 else None
    if any(_stands(text, words) for language in names for words in language.tomorrow):
        return date.fromordinal(today.toordinal() + 1)
    return None


def _role(
    text: str, found: list[Day], place: int, names: tuple[Dates, ...]
) -> tuple[str, int] | None:
    """What a day is to the absence, and how many days after it the person is back."""
    day = found[place]
    start = max(found[place - 1].end if place else 0, day.start - _REACH_BEFORE)
    stop = min(
        found[place + 1].start if place + 1 < len(found) else len(text), day.end + _REACH_AFTER
    )
    before = _SENTENCE_END.split(text[start : day.start])[-1]
    after = _CLAUSE_END.split(text[day.end : stop], maxsplit=1)[0].strip(" '()")
    if day.ranged or _ends_range(text, found, place, names):
        return "range", 1
    if _any(names, "through", lambda word: _leads(before, word)):
        return "until", 1
    if _any(names, "until", lambda word: _leads(before, word)) or _any(
        # An ending may come first: "12 Haziran'a kadar".
        names,
        "until_after",
        lambda word: re.match(rf"\w{{0,4}}\s?{re.escape(word)}", after),
    ):
        # "Will not be back until the 5th" names the day of return, "away until" one before it.
        named = _any(names, "not_until", lambda word: _stands(before, word))
        return ("back", 0) if named else ("until", 1)
    if _any(names, "back", lambda word: _stands(before, word)):
        return "back", 0
    if _any(names, "from_", lambda word: _leads(before, word)):
        return None
    return ("back", 0) if _any(names, "back", lambda word: _stands(after, word)) else None


def _ends_range(text: str, found: list[Day], place: int, names: tuple[Dates, ...]) -> bool:
    """Whether the day is the second of "from 3 June to 14 June", "3-14 June" and the like."""
    day = found[place]
    to = "|".join(("-", *(_word(word) for one in names for word in one.to)))
    from_ = "|".join(_word(word) for one in names for word in one.from_)
    between = rf"\s*(?P<to>{to})[^\d]{{0,16}}$"
    before = text[max(0, day.start - _REACH_BEFORE) : day.start]
    if place and day.start - (first := found[place - 1]).end < _REACH_BEFORE:
        linked = re.match(between, text[first.end : day.start])
        led = text[max(0, first.start - _REACH_UNTIL) : first.start]
    else:
        linked = re.search(rf"(?P<day>\d{{1,2}}){ORDINAL}{between}", before)
        led = before[: linked.start()] if linked else ""
    if linked is None:
        return False
    return linked["to"] in _DASHES or (
        bool(from_) and re.search(rf"(?:{from_})[^\d]{{0,16}}$", led) is not None
    )


def _any(names: tuple[Dates, ...], kind: str, test: Callable[[str], object]) -> bool:
    return any(test(word) for one in names for word in getattr(one, kind))


def _leads(before: str, word: str) -> bool:
    """Whether `word` stands shortly before the end, with no other number in between."""
    return _leading(word).search(before) is not None


def _stands(text: str, word: str) -> bool:
    return _standing(word).search(text) is not None


@cache
def _leading(word: str) -> re.Pattern[str]:
    return re.compile(rf"{_word(word)}[^\d]{{0,{_REACH_UNTIL}}}$")


@cache
def _standing(word: str) -> re.Pattern[str]:
    return re.compile(_word(word))


def _word(word: str) -> str:
    """A pattern for `word` by itself; scripts without spaces have no word ends."""
    if not word[0].isalnum() or "\u3040" <= word[0] <= "\u9fff":
        return re.escape(word)
    end = r"(?!\w)" if word[-1].isalnum() else ""
    return rf"(?<!\w){re.escape(word)}{end}"
