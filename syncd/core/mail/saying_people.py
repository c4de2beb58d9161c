"""Whom someone says to write to instead."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from syncd.core.facts import Party
from syncd.core.mail.addresses import domain_of, is_robot, normalise, registrable
from syncd.core.mail.phrase_data import fold
from syncd.core.mail.saying_data import Topic, Wording
from syncd.core.mail.saying_wordings import Hit, Wordings
from syncd.core.mail.saying_words import ADDRESS_MARK, CLAUSE_MARKS, WORD, Sentence, Text

_CAPITAL = r"[A-Z\u00c0-\u00d6\u00d8-\u00de\u0100-\u017f]"
_NAME = re.compile(
    rf"{_CAPITAL}[\w'\u2019-]{{1,30}}\.?"
    rf"(?:[ \t]+(?:(?:de|da|do|dos|del|della|di|la|le|van|von|der|den|ter|zu|el|al|bin)[ \t]+)"
    rf"{{0,2}}{_CAPITAL}[\w'\u2019-]{{0,30}}\.?){{0,3}}"
)
_BESIDE = re.compile(
    r"[\s<(\[:,\"'\u201c\u201d\u2013-]{0,6}(?:(?:at|via|unter|mail|email)[\s:]{1,2})?$"
)
_AHEAD = 60  # characters from a wording to the name it leads to
_MOST_NAMES = 40
_FIRST_AND_LAST = 2
_MOST_BETWEEN = 5
_CONTRACTED = re.compile(r"['\u2019](?:d|m|s|t|ve|ll|re)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Names:
    """What tells names from other words with a capital letter."""

    wordings: Wordings
    languages: tuple[Wording, ...]

    def person(self, name: str, *, alone: bool = False, first: bool = False) -> str:
        """`name` without titles and roles; "" where nothing of a person is left.

        `alone`: nothing but the capital letters speaks for a name. `first`: nor do they,
        because a sentence starts there.
        """
        words = name.split()
        titled = False
        while words:
            word = fold(words[0]).rstrip(".")
            titled = titled or any(word in one.titles for one in self.languages)
            if not (
                any(word in one.titles for one in self.languages)
                or self._is_role(word)
                or (first and self.wordings.knows(word, self.languages))
            ):
                break
            words.pop(0)
            first = False
        while words and self._is_role(fold(words[-1]).rstrip(".")):
            words.pop()
        nouns = any(one.nouns_capitalised for one in self.languages)
        if alone and not titled and nouns and len(words) < _FIRST_AND_LAST:
            return ""
        if alone and len(words) == 1 and (words[0].isupper() or _CONTRACTED.search(words[0])):
            return ""
        return " ".join(words).rstrip(".,")

    def lead(self, between: str) -> bool:
        """Whether these words may stand between a name and what points to it."""
        words = fold(between).replace(",", " ").split()
        return len(words) <= _MOST_BETWEEN and all(self._is_role(word) for word in words)

    def _is_role(self, word: str) -> bool:
        return any(
            word in one.roles or word in one.common or word in one.greetings
            for one in self.languages
        )


def referred(
    text: Text, hits: Sequence[Hit], names: Names, *, known: Iterable[str]
) -> tuple[Party, ...]:
    """The people that these wordings lead to, those of the addresses in `known` left out.

    By their addresses, in the sentence of a wording or else anywhere; by name alone
    where no address is given.
    """
    led = sorted({hit.sentence for hit in hits})
    left_out = {normalise(address) for address in known}
    everyone = {
        number: _addressed(sentence, text, names, left_out)
        for number, sentence in enumerate(text.sentences)
        if sentence.addresses
    }
    near = [party for number in led for party in everyone.get(number, ())]
    given = near or [party for parties in everyone.values() for party in parties]
    if given:
        return tuple({party.address: party for party in reversed(given)}.values())[::-1]
    leading = (hit for hit in hits if hit.topic in (Topic.REFERRAL, Topic.COPIED))
    # Each reads its whole sentence: a text made of wordings alone would take the square of it.
    found = (_named(text, hit, names) for hit in islice(leading, _MOST_NAMES))
    return tuple(dict.fromkeys(Party("", name) for name in found if name))


def introduced(parties: Iterable[Party], copied: Iterable[Party], sender: str) -> tuple[Party, ...]:
    """`parties` with the addresses of those of them who were put in copy.

    Where nobody was named, the colleagues in copy: whoever shares the sender's domain.
    """
    others = [party for party in copied if party.address != sender]
    named = tuple(_completed(party, others) for party in parties)
    if named:
        return named
    home = registrable(domain_of(sender))
    return tuple(party for party in others if registrable(domain_of(party.address)) == home)


def _completed(party: Party, copied: Sequence[Party]) -> Party:
    if party.address:
        return party
    wanted = set(fold(party.name).split())
    for other in copied:
        if wanted & set(re.split(r"[\s._@-]+", fold(f"{other.name} {other.address}"))):
            return Party(other.address, other.name or party.name)
    return party


def _addressed(sentence: Sentence, text: Text, names: Names, left_out: set[str]) -> list[Party]:
    found = []
    end = -1
    for address in map(normalise, sentence.addresses[:_MOST_NAMES]):
        end = sentence.text.index(ADDRESS_MARK, end + 1)
        if address in left_out or is_robot(address):
            continue
        name = _beside(sentence.text[:end], names) or _by_address(address, text, names)
        found.append(Party(address, name))
    return found


def _beside(before: str, names: Names) -> str:
    """The name directly before an address."""
    bare = _BESIDE.sub("", before[-_AHEAD:])
    for name in _NAME.finditer(bare):
        if name.end() == len(bare):
            return names.person(name.group(), first=not name.start())
    return ""


def _by_address(address: str, text: Text, names: Names) -> str:
    """A name in the text of which the address is made."""
    parts = {part for part in re.split(r"[._+-]", address.partition("@")[0]) if len(part) > 1}
    for sentence in text.sentences:
        for found in islice(_NAME.finditer(sentence.text), _MOST_NAMES):
            name = names.person(found.group(), first=not found.start())
            if name and parts & set(fold(name).split()):
                return name
    return ""


def _named(text: Text, hit: Hit, names: Names) -> str:
    """The name a wording leads to: right after it in its sentence, or else right before it."""
    sentence = text.sentences[hit.sentence].text
    start, end = _span(sentence, text, hit)
    for found in _NAME.finditer(sentence[end : end + _AHEAD]):
        if name := names.person(found.group(), alone=True):
            return name if names.lead(sentence[end : end + found.start()]) else ""
    before = sentence[:start]
    for found in reversed(list(islice(_NAME.finditer(before), _MOST_NAMES))):
        if name := names.person(found.group(), alone=True, first=not found.start()):
            return name if names.lead(before[found.end() :]) else ""
    return ""


def _span(sentence: str, text: Text, hit: Hit) -> tuple[int, int]:
    """Where a hit stands in its sentence as written; at its start where that cannot be told."""
    first = text.of_sentence.index(hit.sentence)
    words = [found for found in WORD.finditer(sentence) if found.group() not in CLAUSE_MARKS]
    if len(words) <= hit.end - 1 - first:
        return 0, 0
    return words[hit.start - first].start(), words[hit.end - 1 - first].end()
