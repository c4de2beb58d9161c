"""What machines and mail programs write, in many languages, as data.

Phrases confirm what headers say and stand in where headers are absent. They are compared
in folded form: no case, no accents, one space between words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from syncd.core.mail.phrase_data import Dates, Language, Topic, fold, language
from syncd.core.mail.saying_data import Wording, wording
from syncd.core.mail.saying_wordings import Wordings

__all__ = ["Bare", "Dates", "Hit", "Phrases", "Topic", "fold", "phrases"]

_SHORT = 8
_LONGEST_SUBJECT = 1000
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LEADING = " \t[(<*!\"'#\u3010\u300c\u300a-\u2013\u2014:~"
_COLONS = (":", "\uff1a")  # the second is the full-width one


@dataclass(frozen=True, slots=True)
class Hit:
    phrase: str
    language: str
    start: int = 0

    def __str__(self) -> str:
        return f"{self.phrase} ({self.language})"


@dataclass(frozen=True)
class Bare:
    """A subject without its prefixes, folded."""

    subject: str
    reply: bool
    forward: bool


@dataclass(frozen=True)
class Phrases:
    """Every language's phrases, and the tables compiled from them on first use."""

    languages: tuple[Language, ...]
    sayings: tuple[Wording, ...] = ()

    @cached_property
    def wordings(self) -> Wordings:
        """What people say, in every language that has it."""
        return Wordings(self.sayings)

    def at_start(self, topic: Topic, subject: str) -> Hit | None:
        """The phrase with which a folded subject starts, brackets and the like left aside."""
        subject = subject.lstrip(_LEADING)
        starts, sources = self._subjects[topic]
        if not subject.startswith(starts):
            return None
        for phrase in starts:
            if subject.startswith(phrase) and _ends_there(subject, phrase, 0):
                return Hit(phrase, sources[phrase])
        return None

    def in_subject(self, topic: Topic, subject: str) -> Hit | None:
        """A phrase anywhere in a folded subject."""
        return _first(self._subjects[topic], subject)

    def in_text(self, topic: Topic, text: str) -> Hit | None:
        """A phrase anywhere in a folded text."""
        starred, tables = self._openings[topic]
        hit = _first(tables, text)
        if hit is None and starred is not None:
            found = starred.search(text)
            if found is not None:
                return Hit(found.group()[:60], "", found.start())
        return hit

    def languages_in(self, topic: Topic, text: str) -> frozenset[str]:
        """The languages that have a phrase of that topic in a folded text."""
        return frozenset(
            language.code
            for language in self.languages
            if any(_find(text, phrase) >= 0 for phrase in language.openings.get(topic, ()))
        )

    def bare(self, subject: str) -> Bare:
        """`subject` without reply and forward prefixes and list tags before them."""
        rest = fold(subject[:_LONGEST_SUBJECT])
        reply = forward = False
        while found := self._prefix.match(rest):
            forward = forward or found["forward"] is not None
            reply = reply or found["reply"] is not None
            rest = rest[found.end() :]
        return Bare(rest.strip(), reply, forward)

    def unquoted(self, text: str) -> str:
        """The lines of `text` that its author wrote: down to the first quoted message.

        Lines marked with ">" are left out; what stands below an attribution line, an
        "Original Message" line or a block of pasted headers is cut off.
        """
        kept: list[str] = []
        lines = text.split("\n")
        headed = ""
        for number, line in enumerate(lines):
            bare = line.strip()
            if bare.startswith((">", "|")):
                continue
            if self._cuts(bare, lines[number + 1] if number + 1 < len(lines) else ""):
                break
            language = self._header_of(bare)
            if language and language == headed:
                kept.pop()
                break
            headed = language or ("" if bare else headed)
            kept.append(line)
        return "\n".join(kept)

    def _cuts(self, line: str, following: str) -> bool:
        if not line or len(line) > 300:
            return False
        if line[-1] in _COLONS or following.rstrip()[-1:] in _COLONS:
            folded = fold(line)
            if line[-1] in _COLONS and self._wrote.fullmatch(folded):
                return True
            # Attribution lines are wrapped like any other.
            return (
                line[-1] not in _COLONS
                and self._wrote_long.fullmatch(f"{folded} {fold(following[:300])}") is not None
            )
        if line[0] in "-_*=>B" or line[:5].lower() == "begin":
            return self._separator.search(fold(line)) is not None
        return False

    def _header_of(self, line: str) -> str:
        name, colon, _ = line[:40].strip("*_ ").partition(":")
        if not colon:
            name, colon, _ = line[:40].partition(_COLONS[1])
        return self._headers.get(fold(name).strip("* "), "") if colon else ""

    @cached_property
    def _subjects(self) -> dict[Topic, _Table]:
        return {
            topic: _table(
                (phrase, language.code)
                for language in self.languages
                for phrase in language.subjects.get(topic, ())
            )
            for topic in Topic
        }

    @cached_property
    def _openings(self) -> dict[Topic, tuple[re.Pattern[str] | None, _Table]]:
        found: dict[Topic, tuple[re.Pattern[str] | None, _Table]] = {}
        for topic in Topic:
            pairs = [
                (phrase, language.code)
                for language in self.languages
                for phrase in language.openings.get(topic, ())
            ]
            starred = [_starred(phrase) for phrase, _ in pairs if "*" in phrase]
            found[topic] = (
                re.compile("|".join(starred)) if starred else None,
                _table(pair for pair in pairs if "*" not in pair[0]),
            )
        return found

    @cached_property
    def _prefix(self) -> re.Pattern[str]:
        reply = _either(p for language in self.languages for p in language.reply_prefixes)
        forward = _either(p for language in self.languages for p in language.forward_prefixes)
        return re.compile(
            rf"\s*(?:\[[^\]]{{1,60}}\]\s*)?(?:(?P<reply>{reply})|(?P<forward>{forward}))"
            r"\s?(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3})?\s?:"
        )

    @cached_property
    def _wrote(self) -> re.Pattern[str]:
        return re.compile(
            "(?:"
            + "|".join(_starred(p, 200) for lang in self.languages for p in lang.wrote)
            + r")\s?:"
        )

    @cached_property
    def _wrote_long(self) -> re.Pattern[str]:
        # Over two lines only those with a first word of their own, or any sentence would do.
        anchored = [p for lang in self.languages for p in lang.wrote if not p.startswith("*")]
        return re.compile("(?:" + "|".join(_starred(p, 200) for p in anchored) + r")\s?:")

    @cached_property
    def _separator(self) -> re.Pattern[str]:
        words = _either(p for language in self.languages for p in language.separators)
        return re.compile(rf"^[-_*=>\s]*(?:{words})\s?:?[-_*=\s]*$")

    @cached_property
    def _headers(self) -> dict[str, str]:
        # Shared words ("de") belong to the family that has them first; two lines of one
        # family make a block, so Romance languages are taken for one another.
        families = {"es": "romance", "fr": "romance", "it": "romance", "pt": "romance"}
        return {
            word: families.get(language.code, language.code)
            for language in reversed(self.languages)
            for word in language.headers
        }


_Table = tuple[tuple[str, ...], dict[str, str]]


def _table(pairs: Iterable[tuple[str, str]]) -> _Table:
    sources: dict[str, str] = {}
    for phrase, code in pairs:
        sources.setdefault(phrase, code)
    return tuple(sorted(sources, key=len, reverse=True)), sources


def _first(table: _Table, text: str) -> Hit | None:
    phrases, sources = table
    for phrase in phrases:
        if phrase in text:
            start = _find(text, phrase)
            if start >= 0:
                return Hit(phrase, sources[phrase], start)
    return None


def _find(text: str, phrase: str) -> int:
    """Where `phrase` stands in `text` as words of its own, -1 where it does not."""
    start = text.find(phrase)
    joined = _CJK.match(phrase) is not None
    while start >= 0:
        if joined or (
            (start == 0 or not (text[start - 1].isalnum() and phrase[0].isalnum()))
            and _ends_there(text, phrase, start)
        ):
            return start
        start = text.find(phrase, start + 1)
    return -1


def _ends_there(text: str, phrase: str, start: int) -> bool:
    # Long phrases may take an ending ("nieobecny/nieobecnym"); short ones would hit other words.
    end = start + len(phrase)
    return (
        len(phrase) >= _SHORT
        or end >= len(text)
        or not (text[end].isalnum() and phrase[-1].isalnum())
        or _CJK.match(phrase[-1]) is not None
    )


def _starred(phrase: str, reach: int = 60) -> str:
    return f".{{0,{reach}}}?".join(re.escape(piece.strip()) for piece in phrase.split("*"))


def _either(phrases: Iterable[str]) -> str:
    return "|".join(re.escape(p) for p in sorted(set(phrases), key=len, reverse=True)) or r"(?!)"


def phrases(documents: Iterable[Mapping[str, Any]]) -> Phrases:
    """Build from the documents of `config/phrases`. Raises `ValueError` naming what is wrong."""
    given = list(documents)
    return Phrases(
        tuple(language(document) for document in given),
        tuple(filter(None, (wording(document) for document in given))),
    )
