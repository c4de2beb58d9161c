"""The phrases of one language, as `config/phrases` writes them and as rules use them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from unicodedata import category, normalize

# Letters and marks that decompose into nothing plainer by themselves.
_PLAIN = str.maketrans(
    {
        "\u0131": "i",
        "\u2019": "'",
        "\u2018": "'",
        "\u00a0": " ",
        "\uff1a": ":",
        "\u201c": '"',
        "\u201d": '"',
    }
)


class Topic(StrEnum):
    """What a phrase speaks of."""

    AUTOMATIC = "automatic"
    ABSENCE = "absence"
    LEFT = "left"
    TICKET = "ticket"
    CHALLENGE = "challenge"
    BOUNCE = "bounce"
    UNKNOWN_ADDRESS = "unknown_address"
    TRANSIENT = "transient"
    DELAYED = "delayed"
    DELIVERED = "delivered"
    RECEIPT = "receipt"


@dataclass(frozen=True, slots=True)
class Dates:
    """How one language names days: months and weekdays in order (each with its spellings,
    the full one first), and the words around the last day of an absence. `not_until` before
    an "until" make the day the one of return. All folded.
    """

    months: tuple[tuple[str, ...], ...] = ()
    weekdays: tuple[tuple[str, ...], ...] = ()
    back: tuple[str, ...] = ()
    until: tuple[str, ...] = ()
    until_after: tuple[str, ...] = ()
    not_until: tuple[str, ...] = ()
    through: tuple[str, ...] = ()
    from_: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    tomorrow: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Language:
    """One file of `config/phrases`, folded."""

    code: str
    subjects: Mapping[Topic, tuple[str, ...]]
    openings: Mapping[Topic, tuple[str, ...]]
    reply_prefixes: tuple[str, ...]
    forward_prefixes: tuple[str, ...]
    wrote: tuple[str, ...]
    separators: tuple[str, ...]
    headers: tuple[str, ...]
    dates: Dates


def fold(text: str) -> str:
    """`text` for comparing: no case, no accents, one space between words."""
    if text.isascii():
        return " ".join(text.lower().split())
    text = normalize("NFKD", text.translate(_PLAIN).casefold())
    return " ".join("".join(c for c in text if category(c) != "Mn").translate(_PLAIN).split())


_BOUNCE_LISTS = (Topic.UNKNOWN_ADDRESS, Topic.TRANSIENT, Topic.DELAYED, Topic.DELIVERED)
_SECTIONS = (
    Topic.AUTOMATIC, Topic.ABSENCE, Topic.LEFT, Topic.TICKET, Topic.CHALLENGE, Topic.BOUNCE,
    Topic.RECEIPT,
)  # fmt: skip
_KNOWN = {
    "": {"language", "prefixes", "dates", "quotes", "sayings", *_SECTIONS},
    "prefixes": {"reply", "forward"},
    "quotes": {"wrote", "separators", "headers"},
    "dates": {
        "months", "weekdays", "back", "until", "until_after", "not_until", "through", "from", "to",
        "tomorrow",
    },
    Topic.BOUNCE: {"subjects", "openings", *_BOUNCE_LISTS},
}  # fmt: skip


def language(document: Mapping[str, Any]) -> Language:
    """One document, folded. Raises `ValueError` naming what is wrong in it."""
    code = str(document.get("language", ""))
    if not code:
        raise ValueError('a phrase file needs "language"')
    _check(code, "", document)
    section = {
        name: _section(code, document, name) for name in _KNOWN[""] - {"language", "sayings"}
    }
    bounce = section[Topic.BOUNCE]
    dates = section["dates"]
    return Language(
        code=code,
        subjects={topic: _folded(section[topic].get("subjects")) for topic in _SECTIONS},
        openings={topic: _folded(section[topic].get("openings")) for topic in _SECTIONS}
        | {topic: _folded(bounce.get(topic)) for topic in _BOUNCE_LISTS},
        reply_prefixes=_folded(section["prefixes"].get("reply")),
        forward_prefixes=_folded(section["prefixes"].get("forward")),
        wrote=_folded(section["quotes"].get("wrote")),
        separators=_folded(section["quotes"].get("separators")),
        headers=_folded(section["quotes"].get("headers")),
        dates=Dates(
            months=_named(code, "months", dates.get("months"), 12),
            weekdays=_named(code, "weekdays", dates.get("weekdays"), 7),
            back=_folded(dates.get("back")),
            until=_folded(dates.get("until")),
            until_after=_folded(dates.get("until_after")),
            not_until=_folded(dates.get("not_until")),
            through=_folded(dates.get("through")),
            from_=_folded(dates.get("from")),
            to=_folded(dates.get("to")),
            tomorrow=_folded(dates.get("tomorrow")),
        ),
    )


def _section(code: str, document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = document.get(name) or {}
    if not isinstance(found, Mapping):
        msg = f"phrases {code}: {name} must be a mapping"
        raise ValueError(msg)  # noqa: TRY004 - the file is wrong, not the program
    _check(code, name, found)
    return found


def _check(code: str, name: str, found: Mapping[str, Any]) -> None:
    unknown = sorted(set(found) - _KNOWN.get(name, {"subjects", "openings"}))
    if unknown:
        msg = f"phrases {code}: unknown {', '.join(unknown)} in {name or 'the file'}"
        raise ValueError(msg)


def _folded(found: Iterable[object] | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(fold(str(phrase)) for phrase in found or () if str(phrase).strip()))


def _named(code: str, name: str, found: Any, count: int) -> tuple[tuple[str, ...], ...]:
    if not found:
        return ()
    if len(found) != count:
        msg = f"phrases {code}: {name} must be {count} lists of spellings"
        raise ValueError(msg)
    return tuple(_folded(names) for names in found)
