"""The small values of the settings: spans, zones, holidays, dates, names, patterns.

Each reads what a person would write and says, when it cannot, what would fit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BeforeValidator,
    PlainSerializer,
    PlainValidator,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
)

from syncd.core.actions import KINDS
from syncd.core.calendar import Span, Unit
from syncd.core.mail.addresses import is_free_mail, normalise, valid

# Gmail is younger; an earlier date is a slip, and would count holidays back to the Romans.
_EARLIEST = date(2000, 1, 1)
_LATEST = date(2100, 1, 1)
_LONGEST = timedelta(days=731)
_WAIT = re.compile(r"\s*wait\s+(.+)", re.IGNORECASE)
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
SPAN_WORDS = r"\d{1,5}\s+(seconds?|minutes?|hours?|(business\s+)?days?|weeks?)"
SPAN_PATTERN = rf"^\s*{SPAN_WORDS}\s*$"


class Unfit(ValueError):
    """A value that does not fit. The message says what would."""


def shown(value: object) -> str:
    """`value` in quotes, short enough for a message."""
    words = " ".join(str(value).split())
    return f'"{words[:40]}…"' if len(words) > 40 else f'"{words}"'


def did_you_mean(word: object, choices: Iterable[object]) -> str:
    """'; did you mean "x"?' for the nearest of `choices`, "" when none is near."""
    names = {str(choice).lower(): str(choice) for choice in choices}
    near = get_close_matches(str(word).lower(), names, n=1, cutoff=0.6)
    return f'; did you mean "{names[near[0]]}"?' if near else ""


def span_of(given: Any) -> Span:
    """A span that a person would wait."""
    if isinstance(given, Span):
        return given
    if not isinstance(given, str):
        raise Unfit('write a number and its unit, e.g. "3 business days"')
    span = Span.parse(given)
    if not span.amount:
        raise Unfit("a wait of nothing; write at least 1")
    if _about(span) > _LONGEST:
        raise Unfit(f"{shown(given)} is longer than two years; write a shorter span")
    return span


def _about(span: Span) -> timedelta:
    return timedelta(days=span.amount) if span.unit is Unit.BUSINESS_DAY else span.delta


def _interval(span: Span) -> Span:
    if span.unit is Unit.BUSINESS_DAY or not span.delta <= timedelta(days=1):
        raise Unfit("should be at most a day: seconds, minutes or hours")
    return span


def _inbox_label(given: Any) -> str | None:
    if not isinstance(given, str) or not given.strip():
        raise Unfit('should be the name of a label, or "none"')
    return None if given.strip().lower() == "none" else given.strip()


def _crm_logger(given: Any) -> Span | None:
    if isinstance(given, Span):
        return given
    # YAML 1.1 tools, and a %YAML 1.1 line, turn a bare off into false.
    if given is False or (isinstance(given, str) and given.strip().lower() == "off"):
        return None
    found = _WAIT.fullmatch(given) if isinstance(given, str) else None
    if found is None:
        raise Unfit('should be "off" or e.g. "wait 10 minutes"')
    return _interval(span_of(found.group(1)))


def _quiet_after(given: Any) -> Span | None:
    if given is False or (isinstance(given, str) and given.strip().lower() == "off"):
        return None
    return _interval(span_of(given))


def _zone(given: Any) -> ZoneInfo:
    if isinstance(given, ZoneInfo):
        return given
    if not isinstance(given, str):
        raise Unfit("should be the name of a time zone, e.g. Europe/London")
    try:
        return ZoneInfo(given)
    except (ValueError, OSError, KeyError):
        near = did_you_mean(given, available_timezones()) or "; write e.g. Europe/London"
        raise Unfit(f"{shown(given)} is not a known time zone{near}") from None


def _holidays_of(given: Any) -> str:
    if not isinstance(given, str):
        raise Unfit("should be the code of a country or part of one, e.g. GB or GB-SCT")
    import holidays  # late: costs tens of milliseconds and many settings name none

    country, _, part = given.strip().upper().partition("-")
    try:
        holidays.country_holidays(country, subdiv=part or None)
    except NotImplementedError:
        known = holidays.list_supported_countries()
        if country not in known:
            raise Unfit(
                f"no holidays are known for {shown(given)}; write a code, e.g. GB"
            ) from None
        parts = f"; it has {', '.join(known[country])}" if known[country] else ""
        raise Unfit(f"{country} has no part {shown(part)}{parts}") from None
    return f"{country}-{part}" if part else country


def _day(given: Any) -> Any:
    if isinstance(given, str):
        try:
            given = date.fromisoformat(given.strip())
        except ValueError:
            given = None
    if isinstance(given, datetime) or not isinstance(given, date):
        raise Unfit("should be a date, e.g. 2026-09-01")
    if not _EARLIEST <= given < _LATEST:
        raise Unfit(f"should be a date from {_EARLIEST} on and before {_LATEST}")
    return given


def _clock(given: Any) -> time:
    if isinstance(given, time):
        return given
    found = _CLOCK.fullmatch(given.strip()) if isinstance(given, str) else None
    if found is None:
        raise Unfit('should be a time of day, e.g. "03:00"')
    return time(int(found.group(1)), int(found.group(2)))


def _domain(given: str) -> str:
    """A domain; its lower-case ASCII form."""
    bare = normalise(f"x@{given.removeprefix('@')}").removeprefix("x@")
    if not valid(f"x@{bare}"):
        host = (urlsplit(given).hostname or "") if "://" in given else given.rpartition("@")[2]
        hint = f"; did you mean {shown(host)}?" if valid(f"x@{host}") else ", e.g. acme.example"
        raise Unfit(f"{shown(given)} is not a domain{hint}")
    return bare


def _own_domain(given: str) -> str:
    domain = _domain(given)
    if is_free_mail(domain):
        raise Unfit(f"anyone can have an address at {domain}; leave it out, the mailboxes suffice")
    return domain


def _domain_glob(given: str) -> str:
    return given.lower() if re.search(r"[*?\[]", given) and "@" not in given else _domain(given)


def _address_glob(given: str) -> str:
    if "@" not in given and "*" not in given:
        domain = f"; for everyone at a domain write {{domain: {given}}}" if "." in given else ""
        raise Unfit(f"{shown(given)} is not an address{domain}")
    return normalise(given)


def _action_kind(given: str) -> str:
    kinds = [kind.kind for kind in KINDS]
    if given not in kinds:
        near = did_you_mean(given, kinds) or f"; there are {', '.join(kinds)}"
        raise Unfit(f"no action is called {shown(given)}{near}")
    return given


def _slug(given: str) -> str:
    if not _SLUG.fullmatch(given):
        fitting = re.sub(r"[^a-z0-9_]+", "-", given.lower()).strip("-_")[:63]
        near = f", e.g. {fitting}" if fitting else ""
        raise Unfit(f"should be lower-case letters, digits, '-' and '_'{near}")
    return given


def _tag(given: str) -> str:
    if ";" in given:
        raise Unfit('a tag cannot hold ";"; write two tags')
    return given


def base_of(info: ValidationInfo) -> Path:
    """The folder relative paths start at: the settings file's own."""
    return Path((info.context or {}).get("base", "."))


def _text(pattern: str | None = None, **more: Any) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", **({"pattern": pattern} if pattern else {}), **more})


_words = PlainSerializer(lambda value: None if value is None else str(value))

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
SpanField = Annotated[
    Span,
    PlainValidator(span_of),
    _words,
    _text(SPAN_PATTERN, examples=["3 business days", "1 week", "36 hours"]),
]
Interval = Annotated[
    Span,
    PlainValidator(lambda given: _interval(span_of(given))),
    _words,
    _text(r"^\s*\d{1,5}\s+(seconds?|minutes?|hours?|days?)\s*$", examples=["1 minute"]),
]
InboxLabel = Annotated[str | None, PlainValidator(_inbox_label), _text(minLength=1)]
CrmLogger = Annotated[
    Span | None,
    PlainValidator(_crm_logger),
    _words,
    _text(r"^(off|wait \d{1,5} .+)$", examples=["wait 10 minutes", "off"]),
]
QuietAfter = Annotated[
    Span | None,
    PlainValidator(_quiet_after),
    _words,
    _text(r"^\s*(off|\d{1,5} .+)$", examples=["1 day", "12 hours", "off"]),
]
Zone = Annotated[ZoneInfo, PlainValidator(_zone), _words, _text(examples=["Europe/London"])]
HolidayCode = Annotated[
    str, PlainValidator(_holidays_of), _text(r"^[A-Za-z]{2,3}(-\w+)?$", examples=["GB", "US-CA"])
]
Day = Annotated[date, BeforeValidator(_day)]
TimeOfDay = Annotated[
    time, PlainValidator(_clock), _words, _text(r"^([01]?\d|2[0-3]):[0-5]\d$", examples=["03:00"])
]
OwnDomain = Annotated[Words, AfterValidator(_own_domain)]
DomainGlob = Annotated[Words, AfterValidator(_domain_glob)]
AddressGlob = Annotated[Words, AfterValidator(_address_glob)]
Slug = Annotated[
    str,
    StringConstraints(strip_whitespace=True),
    AfterValidator(_slug),
    _text(r"^[a-z0-9][a-z0-9_-]{0,62}$"),
]
Tag = Annotated[Words, AfterValidator(_tag)]
ActionKind = Annotated[str, AfterValidator(_action_kind)]
