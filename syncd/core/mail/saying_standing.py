"""Which wordings stand, and which a "not", an "if" or a "will" beside them takes back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from syncd.core.mail.saying_data import AFFIRMING, Topic, Wording
from syncd.core.mail.saying_wordings import Hit
from syncd.core.mail.saying_words import Text

_REACH_OF_NOT = 4  # words
_REACH_OF_IF = 3

# A "not" before these takes them back. Not before an unsubscription ("why have you not
# removed me"), which it is safer to believe.
_DENIABLE = AFFIRMING | {Topic.DECLINE}
_CONDITIONAL = frozenset({Topic.INTEREST, Topic.LIVE, Topic.DECLINE})


@dataclass(frozen=True, slots=True)
class Standing:
    """The wordings that stand, by topic; those of publication that speak of the future
    (`promised`); whether others of publication were taken back (`unpublished`).
    """

    hits: Mapping[Topic, list[Hit]]
    promised: tuple[Hit, ...]
    unpublished: bool


def standing(text: Text, hits: Iterable[Hit], languages: Iterable[Wording]) -> Standing:
    """Sort the wordings of a text into those that are meant and those that are not."""
    every = list(hits)
    by_code = {one.code: one for one in languages}
    # "No problem" denies nothing.
    unmeant = frozenset(
        place for hit in every if hit.topic is Topic.IGNORED for place in range(hit.start, hit.end)
    )
    found: dict[Topic, list[Hit]] = defaultdict(list)
    promised = []
    unpublished = False
    for hit in every:
        language = by_code[hit.language]
        live = hit.topic is Topic.LIVE
        if _denied(text, hit, language, unmeant) or (live and _asked(text, hit)):
            unpublished = unpublished or live
        elif live and _to_come(text, hit, language):
            promised.append(hit)
        else:
            found[hit.topic].append(hit)
    return Standing(found, tuple(promised), unpublished)


def _denied(text: Text, hit: Hit, language: Wording, unmeant: Collection[int]) -> bool:
    words, clauses = text.words, text.of_clause
    for place in range(max(0, hit.start - _REACH_OF_NOT), hit.start):
        if clauses[place] != clauses[hit.start] or place in unmeant:
            continue
        if hit.topic in _DENIABLE and words[place] in language.negations:
            return True
        if (
            hit.topic in _CONDITIONAL
            and hit.start - place <= _REACH_OF_IF
            and words[place] in language.hedges
        ):
            return True
    return (
        hit.topic in AFFIRMING
        and language.negation_follows
        and any(
            words[place] in language.negations
            for place in range(hit.end, min(hit.end + _REACH_OF_IF, len(words)))
            if clauses[place] == clauses[hit.end - 1]
        )
    )


def _asked(text: Text, hit: Hit) -> bool:
    return text.sentences[hit.sentence].question


def _to_come(text: Text, hit: Hit, language: Wording) -> bool:
    return any(
        text.words[place] in language.future
        for place in range(max(0, hit.start - _REACH_OF_NOT), hit.end)
        if text.of_sentence[place] == hit.sentence
    )
