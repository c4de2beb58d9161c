"""The wordings that stand in a text.

A walk over its words, of a bounded number of steps from each: no text takes long.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from syncd.core.mail.saying_data import AFFIRMING, Choice, Phrase, Topic, Wording
from syncd.core.mail.saying_words import Text

_FEW_WORDS = 6
_LONGEST_GAP = 4
_LONGEST_WORDING = 24
_COMMA = ","
_MOST_STEPS_KEPT = 200_000


@dataclass(frozen=True, slots=True)
class Hit:
    """A wording found: the words from `start` to `end` of a text, in one sentence."""

    topic: Topic
    start: int
    end: int
    sentence: int
    language: str

    def shown(self, text: Text) -> str:
        """Its words, folded."""
        return " ".join(text.words[self.start : self.end])


class Wordings:
    """Every language's wordings."""

    def __init__(self, languages: Iterable[Wording]) -> None:
        self.languages = tuple(languages)
        self.signoffs = tuple({phrase for one in self.languages for phrase in one.signoffs})
        self.footers = tuple({phrase for one in self.languages for phrase in one.footers})
        self.greetings = frozenset().union(*(one.greetings for one in self.languages))
        self.but = frozenset().union(*(one.but for one in self.languages))
        # In which languages it is all of an answer, and to what.
        self.whole: dict[tuple[str, ...], list[tuple[Topic, str]]] = {}
        for one in self.languages:
            for topic, answers in one.whole.items():
                for words in answers:
                    self.whole.setdefault(words, []).append((topic, one.code))
        self._automata = {one.code: Automaton(one) for one in self.languages}

    def knows(self, word: str, languages: Iterable[Wording]) -> bool:
        """Whether a wording of these languages has that word, so that it is hardly a name."""
        return any(self._automata[one.code].knows(word) for one in languages)

    def spoken(self, text: Text) -> tuple[Wording, ...]:
        """The languages a text may be in: by their commonest words, all where it has few."""
        words = text.words
        if len(words) >= _FEW_WORDS:
            counts = [sum(map(one.common.__contains__, words)) for one in self.languages]
            most = max(counts, default=0)
            if most > 1:
                return tuple(
                    one
                    for one, count in zip(self.languages, counts, strict=True)
                    if 2 * count >= most
                )
        return self.languages

    def hits(self, text: Text, languages: Iterable[Wording]) -> list[Hit]:
        """The wordings in a text in order, those inside a longer one left out."""
        found = [
            Hit(topic, start, end, text.of_sentence[start], one.code)
            for one in languages
            for start, end, topic in self._automata[one.code].walk(text)
        ]
        found.sort(key=lambda hit: (hit.start - hit.end, hit.start))
        taken = bytearray(len(text.words))
        kept = []
        for hit in found:
            # Longest first: what is taken from end to end by one longer says nothing new.
            if not all(taken[hit.start : hit.end]):
                kept.append(hit)
                taken[hit.start : hit.end] = b"\1" * (hit.end - hit.start)
        return sorted(kept, key=lambda hit: hit.start)


@dataclass(slots=True)
class _Place:
    """A place within phrases: which words lead on from it, and what has been said there.

    Tuples, because there are tens of thousands, and most ways lead nowhere.
    """

    words: tuple[tuple[str, int], ...] = ()
    anything: tuple[int, ...] = ()
    anything_but_not: tuple[int, ...] = ()
    nothing: tuple[int, ...] = ()
    topic: Topic | None = None
    skipping: bool = False

    @property
    def solid(self) -> bool:
        """Whether a comma may stand here: "thanks, but no", not "no, we * publish"."""
        return not (self.skipping or self.anything or self.anything_but_not)


class _State:
    """All the places where a reader may be at once, and where each word takes them."""

    __slots__ = ("places", "steps", "topics")

    def __init__(self, places: frozenset[int], topics: tuple[Topic, ...]) -> None:
        self.places = places
        self.topics = topics
        self.steps: dict[str, _State | None] = {}


class Automaton:
    """The phrases of one language, read all at once.

    Written out, the alternatives of a phrase go into the millions, so states are made
    when a text first comes to them, and kept.
    """

    def __init__(self, language: Wording) -> None:
        self._places = [_Place()]
        self._negations = language.negations
        for topic, phrases in language.topics.items():
            for phrase in phrases:
                self._places[self._add(phrase, 0, topic)].topic = topic
        words = {word for place in self._places for word, _ in place.words}
        self._known = {word for word in words if not word.endswith("*")} | self._negations
        self._stems = {word[:-1] for word in words if word.endswith("*")}
        self._lengths = sorted({len(stem) for stem in self._stems})
        self._forget()

    def _forget(self) -> None:
        self._states: dict[frozenset[int], _State] = {}
        self._start = self._state([0])
        self._kept = 0

    def _add(self, phrase: Phrase, start: int, topic: Topic) -> int:
        """Lay a phrase from a place on; where it ends."""
        place = start
        for item in phrase:
            if isinstance(item, Choice):
                end = self._new()
                for one in item.phrases:
                    self._places[self._add(one, place, topic)].nothing += (end,)
                place = end
            else:
                place = self._follow(place, item, topic)
        return place

    def _follow(self, place: int, word: str, topic: Topic) -> int:
        if word == "*":
            end = self._new(skipping=True)
            for _ in range(_LONGEST_GAP):
                following = self._new(skipping=True)
                here = self._places[place]
                here.nothing += (end,)
                # "Happy to * add" is not "happy to not add".
                if topic in AFFIRMING:
                    here.anything_but_not += (following,)
                else:
                    here.anything += (following,)
                place = following
            self._places[place].nothing += (end,)
            return end
        # A comma may take an unsubscription apart: "now not, write again".
        end = self._new(skipping=topic is Topic.UNSUBSCRIBE)
        self._places[place].words += ((word, end),)
        return end

    def _new(self, *, skipping: bool = False) -> int:
        self._places.append(_Place(skipping=skipping))
        return len(self._places) - 1

    def _state(self, places: Iterable[int], *, whole: bool = False) -> _State:
        """The state of being at these places, and where nothing more is to be said.

        `whole`: they are all of them.
        """
        reached = set(places)
        waiting = [] if whole else list(reached)
        while waiting:
            for place in self._places[waiting.pop()].nothing:
                if place not in reached:
                    reached.add(place)
                    waiting.append(place)
        key = frozenset(reached)
        if key not in self._states:
            topics = {self._places[place].topic for place in key}
            self._states[key] = _State(key, tuple(one for one in Topic if one in topics))
        return self._states[key]

    def walk(self, text: Text) -> Iterator[tuple[int, int, Topic]]:
        """The longest wording of each topic from each word on: its start, end and topic."""
        if self._kept > _MOST_STEPS_KEPT:
            self._forget()
        symbols = [self._symbol(word) for word in text.words]
        of_sentence, of_clause = text.of_sentence, text.of_clause
        for start, symbol in enumerate(symbols):
            if symbol in self._start.steps and self._start.steps[symbol] is None:
                continue
            state: _State | None = self._start
            longest: dict[Topic, int] = {}
            sentence = of_sentence[start]
            for place in range(start, min(start + _LONGEST_WORDING, len(symbols))):
                if of_sentence[place] != sentence:
                    break
                if state and place > start and of_clause[place] != of_clause[place - 1]:
                    state = self._step(state, _COMMA)
                state = state and self._step(state, symbols[place])
                if state is None:
                    break
                for topic in state.topics:
                    longest[topic] = place + 1
            for topic, end in longest.items():
                yield start, end, topic

    def knows(self, word: str) -> bool:
        return word in self._known

    def _symbol(self, word: str) -> str:
        """What a word is to the phrases; words that none of them has are all the same."""
        if word in self._known:
            return word
        for length in self._lengths:
            if word[:length] in self._stems:
                return word
        return ""

    def _step(self, state: _State, symbol: str) -> _State | None:
        if symbol in state.steps:
            return state.steps[symbol]
        reached: list[int] = []
        for number in state.places:
            place = self._places[number]
            if symbol == _COMMA:
                reached += [number] if place.solid else []
                continue
            reached += place.anything
            if symbol not in self._negations:
                reached += place.anything_but_not
            for word, end in place.words:
                if word == symbol or (word[-1] == "*" and symbol.startswith(word[:-1])):
                    reached.append(end)
        found = self._state(reached, whole=symbol == _COMMA) if reached else None
        state.steps[symbol] = found
        self._kept += 1
        return found
