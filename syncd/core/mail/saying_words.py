"""Sentences and their words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from syncd.core.mail.phrase_data import fold

URL_MARK = "\ue000"
ADDRESS_MARK = "\ue001"

_MARKS = re.compile("[\ue000-\ue00f]")
_URL = re.compile(
    r"(?P<url>(?:https?://|www\.)[^\s<>\"'()\[\]{}|\\^`]{1,2000}"
    r"|(?<![\w@.-])(?:[a-z0-9-]{1,63}\.){1,4}[a-z]{2,24}/[^\s<>\"'()\[\]{}|\\^`]{0,1000})"
    r"|(?P<address>(?:mailto:)?(?<![\w.+@-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,4}[a-z]{2,24}\b)",
    re.IGNORECASE,
)
_TRAILING = ".,;:!?*_"
# A point after a figure is an ordinal's as likely ("15. September").
_SENTENCE = re.compile(r"(?<!\d)\.(?=[\s\"')]|$)|[!?;\u2026\u00a1\u00bf]+|\n")
_ABBREVIATED = frozenset(
    {"dr", "mr", "mrs", "ms", "hr", "fr", "sr", "sra", "prof", "nr", "bzw", "inkl", "zzgl", "ca",
     "approx", "incl", "excl", "dott", "sig", "dhr", "mevr", "kl", "z.b", "e.g", "i.e", "p.ej"}
)  # fmt: skip
_SHORT_LINE = 48
WORD = re.compile(
    r"\d+(?:[.,]\d+)*|[^\W\d_]+|[,:()\u2013\u2014\u2022]|[$\u20ac\u00a3\u00a5\u20b9]"
    r"|[\ue000\ue001]"
)
CLAUSE_MARKS = frozenset(",:()\u2013\u2014\u2022")


@dataclass(frozen=True, slots=True)
class Sentence:
    """`text` as written, URLs and addresses replaced by marks, in order those lists."""

    text: str
    question: bool
    urls: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Text:
    """The words of a text in order, each with its sentence and clause."""

    sentences: tuple[Sentence, ...]
    words: tuple[str, ...]
    of_sentence: tuple[int, ...]
    of_clause: tuple[int, ...]


def sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences of a text; a line break ends one only where a line was not merely full."""
    urls: list[str] = []
    addresses: list[str] = []

    def mark(found: re.Match[str]) -> str:
        if found["address"]:
            addresses.append(found["address"].removeprefix("mailto:"))
            return ADDRESS_MARK
        url = found["url"].rstrip(_TRAILING)
        urls.append(url)
        return URL_MARK + found["url"][len(url) :]

    marked = _URL.sub(mark, _MARKS.sub(" ", text))
    result: list[Sentence] = []
    for cut, question in _pieces(marked):
        if piece := " ".join(cut.split()):
            of_urls, of_addresses = piece.count(URL_MARK), piece.count(ADDRESS_MARK)
            result.append(
                Sentence(piece, question, tuple(urls[:of_urls]),
                         tuple(addresses[:of_addresses]))
            )  # fmt: skip
            del urls[:of_urls], addresses[:of_addresses]
    return tuple(result)


def _pieces(text: str) -> Iterator[tuple[str, bool]]:
    start = line = 0
    for found in _SENTENCE.finditer(text):
        if found.group() == "\n":
            full = found.start() - line > _SHORT_LINE
            line = found.end()
            following = text[line : line + 40].lstrip(" \t")
            goes_on = following[:1].islower() or (full and following[:1].isalpha())
            if goes_on:
                continue
        elif found.group() == "." and _word_before(text, found.start()) in _ABBREVIATED:
            continue
        yield text[start : found.start()], "?" in found.group()
        start = found.end()
    yield text[start:], False


def _word_before(text: str, place: int) -> str:
    before = text[max(0, place - 8) : place].split()
    return before[-1].lower() if before else ""


def split(lines: Iterable[Sentence], but: frozenset[str]) -> Text:
    """The words of sentences. A clause ends at a comma and the like, and before a "but"."""
    kept = tuple(lines)
    words: list[str] = []
    of_sentence: list[int] = []
    of_clause: list[int] = []
    clause = 0
    for number, sentence in enumerate(kept):
        clause += 1
        for word in WORD.findall(fold(sentence.text)):
            if word in CLAUSE_MARKS:
                clause += 1
                continue
            clause += word in but
            words.append(word)
            of_sentence.append(number)
            of_clause.append(clause)
    return Text(kept, tuple(words), tuple(of_sentence), tuple(of_clause))
