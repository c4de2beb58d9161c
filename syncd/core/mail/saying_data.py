"""How people of one language put what they say, as `config/phrases` writes it under `sayings`.

A phrase is words in folded form. "(a|b|)" stands for any of its alternatives, "*" for up to
three words, "interess*" for any word that starts so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice, product
from typing import Any

from syncd.core.mail.phrase_data import fold

_CHOICE = re.compile(r"\(([^()]*)\)")
_TOKEN = re.compile(r"[^\W\d_]+\*?|\d+|\*")
_SYNTAX = re.compile(rf"[(|)]|{_TOKEN.pattern}")
_MOST_READINGS = 200


class Topic(StrEnum):
    """What a wording speaks of: the kinds of `Says` that words can show, and what bends them."""

    UNSUBSCRIBE = "unsubscribe"
    DECLINE = "decline"
    LIVE = "live"
    REFERRAL = "referral"
    COPIED = "copied"
    WRONG_PERSON = "wrong_person"
    NOT_NOW = "not_now"
    FOR_NOW = "for_now"
    PRICE = "price"
    INTEREST = "interest"
    QUESTION = "question"
    COURTESY = "courtesy"
    IGNORED = "ignored"


# What a "not" turns into its opposite.
AFFIRMING = frozenset({Topic.PRICE, Topic.INTEREST, Topic.LIVE})

_NUMBERS = frozenset(str(n) for n in (*range(1, 13), 15, 18, 20, 24, 30))
_UNITS = frozenset({"day", "week", "month", "quarter", "year"})
_SEASONS = ("spring", "summer", "autumn", "winter")
_FEASTS = frozenset({"christmas", "new_year", "easter"})
_WHOLE = frozenset({Topic.UNSUBSCRIBE, Topic.DECLINE, Topic.NOT_NOW, Topic.INTEREST, Topic.PRICE})
_WORD_LISTS = (
    "common", "negations", "hedges", "future", "but", "money", "titles", "roles",
)  # fmt: skip
_FLAGS = ("nouns_capitalised", "negation_follows")
_PHRASE_LISTS = ("signoffs", "footers", "greetings")
_TIME_LISTS = ("in", "in_after", "next", "after", "before", "lead", "early", "mid", "late", "half")
_TIME_MAPS = {
    "numbers": _NUMBERS, "units": _UNITS, "seasons": frozenset(_SEASONS), "feasts": _FEASTS,
}  # fmt: skip

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of these: an empty one may be left out."""

    phrases: tuple[Phrase, ...]


Phrase = tuple[str | Choice, ...]


@dataclass(frozen=True, slots=True)
class Times:
    """How a language names a time to come, in folded words.

    `in_` leads a span ("in two weeks"), `in_after` follows it. `lead` are words before a
    month that make it a time ("in", "until"). The maps go from a word to what it means.
    """

    in_: frozenset[str] = frozenset()
    in_after: frozenset[str] = frozenset()
    next_: frozenset[str] = frozenset()
    after: frozenset[str] = frozenset()
    before: frozenset[str] = frozenset()
    lead: frozenset[str] = frozenset()
    early: frozenset[str] = frozenset()
    mid: frozenset[str] = frozenset()
    late: frozenset[str] = frozenset()
    half: frozenset[str] = frozenset()
    numbers: Mapping[str, int] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    seasons: Mapping[str, str] = field(default_factory=dict)
    feasts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wording:
    """One language's wordings. `common` are words that give the language away, `hedges`
    ("if"), `negations` and `future` ("will") take a wording back that follows shortly, `but`
    starts a clause, `whole` are answers that say nothing else. `nouns_capitalised`: a
    capital letter makes no name. `negation_follows`: "not" comes after the verb.
    """

    code: str
    topics: Mapping[Topic, tuple[Phrase, ...]]
    whole: Mapping[Topic, frozenset[Words]]
    signoffs: tuple[str, ...]
    footers: tuple[str, ...]
    greetings: frozenset[str]
    common: frozenset[str]
    negations: frozenset[str]
    hedges: frozenset[str]
    future: frozenset[str]
    but: frozenset[str]
    money: frozenset[str]
    titles: frozenset[str]
    roles: frozenset[str]
    nouns_capitalised: bool
    negation_follows: bool
    times: Times


def wording(document: Mapping[str, Any]) -> Wording | None:
    """The `sayings` of one document, None where it has none. Raises `ValueError`."""
    section = document.get("sayings")
    if not section:
        return None
    code = str(document.get("language", ""))
    known = {*_WORD_LISTS, *_PHRASE_LISTS, *Topic, "whole", "times", *_FLAGS}
    _check(code, "sayings", section, known)
    whole = section.get("whole") or {}
    _check(code, "sayings.whole", whole, _WHOLE)
    lists = {name: frozenset(_words(section.get(name))) for name in _WORD_LISTS}
    return Wording(
        code=code,
        topics={topic: _phrases(code, section.get(topic)) for topic in Topic},
        whole={
            Topic(name): frozenset(tokens(one) for one in _readings(code, found))
            for name, found in whole.items()
        },
        signoffs=_readings(code, section.get("signoffs")),
        footers=_readings(code, section.get("footers")),
        greetings=frozenset(_words(section.get("greetings"))),
        nouns_capitalised=bool(section.get("nouns_capitalised")),
        negation_follows=bool(section.get("negation_follows")),
        times=_times(code, section.get("times") or {}),
        **lists,
    )


def tokens(text: str) -> Words:
    """The words of a folded phrase, "*" kept where it stands for something."""
    return tuple(_TOKEN.findall(text))


def _times(code: str, found: Mapping[str, Any]) -> Times:
    _check(code, "sayings.times", found, {*_TIME_LISTS, *_TIME_MAPS})
    lists = {name: frozenset(_words(found.get(name))) for name in _TIME_LISTS}
    maps = {}
    for name, meanings in _TIME_MAPS.items():
        given = {str(key): words for key, words in (found.get(name) or {}).items()}
        _check(code, f"sayings.times.{name}", given, meanings)
        maps[name] = {word: key for key, words in given.items() for word in _words(words)}
    return Times(
        in_=lists.pop("in"),
        next_=lists.pop("next"),
        **lists,
        numbers={word: int(key) for word, key in maps["numbers"].items()},
        units=maps["units"],
        seasons=maps["seasons"],
        feasts=maps["feasts"],
    )


def _check(code: str, name: str, found: Any, known: Iterable[str]) -> None:
    if not isinstance(found, Mapping):
        msg = f"phrases {code}: {name} must be a mapping"
        raise ValueError(msg)  # noqa: TRY004 - the file is wrong, not the program
    unknown = sorted(str(key) for key in set(found) - set(known))
    if unknown:
        msg = f"phrases {code}: unknown {', '.join(unknown)} in {name}"
        raise ValueError(msg)


def _words(found: Iterable[object] | None) -> Iterable[str]:
    return (fold(str(word)) for word in found or () if str(word).strip())


def _phrases(code: str, found: Iterable[object] | None) -> tuple[Phrase, ...]:
    return tuple(_phrase(code, str(one)) for one in found or ())


def _phrase(code: str, given: str) -> Phrase:
    """Raises `ValueError` where brackets do not match or no word need be said."""
    folded = fold(given)
    rows: list[list[list[str | Choice]]] = [[[]]]
    for piece in _SYNTAX.findall(folded):
        if piece == "(":
            rows.append([[]])
        elif piece == "|" and len(rows) > 1:
            rows[-1].append([])
        elif piece == ")" and len(rows) > 1:
            row = rows.pop()
            rows[-1][-1].append(Choice(tuple(tuple(one) for one in row)))
        elif piece in "(|)":
            break
        else:
            rows[-1][-1].append(piece)
    found = tuple(rows[0][0])
    if len(rows) != 1 or folded.count("(") != folded.count(")") or not _says_something(found):
        msg = f'phrases {code}: "{given}" has brackets that do not match, or no word of its own'
        raise ValueError(msg)
    return found


def _says_something(phrase: Phrase) -> bool:
    return any(
        all(_says_something(one) for one in item.phrases)
        if isinstance(item, Choice)
        else item != "*"
        for item in phrase
    )


def _readings(code: str, found: Iterable[object] | None) -> tuple[str, ...]:
    """Every reading of phrases with alternatives, each chosen once, folded."""
    readings: dict[str, None] = {}
    for given in map(str, found or ()):
        choices = [
            piece.split("|") if number % 2 else [piece]
            for number, piece in enumerate(_CHOICE.split(given))
        ]
        for chosen in islice(product(*choices), _MOST_READINGS + 1):
            readings[fold("".join(chosen))] = None
    readings.pop("", None)
    if len(readings) > _MOST_READINGS:
        msg = f"phrases {code}: more than {_MOST_READINGS} readings in one list"
        raise ValueError(msg)
    return tuple(readings)
