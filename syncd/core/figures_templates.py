"""Which first messages were written alike, where people write by hand.

A **template** is what two first messages share whose subjects are the same but for names, sites
and addresses, and whose texts begin alike (`syncd.core.mail.opening`); a subject that is rare is
put with another that has the same text. It is a likeness, not a record: a template rewritten half
way becomes two, and two that say nearly the same are one. Texts read before syncd kept likenesses
go by their subject alone.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

from syncd.core.figures import Pitch
from syncd.core.figures_sums import Group
from syncd.core.mail.addresses import domain_of, registrable
from syncd.core.mail.opening import ALIKE

# Below this, what looks like a template may as well be chance.
FEWEST = 3
BY_HAND = "written one by one"
GAP = "…"
# Comparing is quadratic in the number of texts; nobody keeps more templates than this.
_MOST_TEXTS, _MOST_LOOSE = 20, 100
_LONGEST = 120
_PREFIX = re.compile(r"^\s*(?:(?:re|fwd?|aw|wg|sv|tr|rv)\s*:\s*)+", re.IGNORECASE)
_WORD = re.compile(r"\S+")
_EDGES = "\"'“”‘’«»()[]<>,;:!?.-–—|"  # noqa: RUF001 - what people write around words
_SITE = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+|[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
_MOST_SITE_WORDS = 4


def without_names(subject: str, people: tuple[str, ...], names: tuple[str, ...]) -> str:
    """A subject with names, sites and addresses replaced by "…"."""
    words = _WORD.findall(_PREFIX.sub("", subject)[:_LONGEST])
    bare = [word.strip(_EDGES).removesuffix("'s").removesuffix("’s").casefold() for word in words]  # noqa: RUF001 - both apostrophes are written
    named = {part.casefold() for name in names for part in re.findall(r"\w{2,}", name)}
    named |= {part for one in people for part in re.findall(r"[a-z]{3,}", one.partition("@")[0])}
    sites = {registrable(domain_of(one)).partition(".")[0] for one in people} - {""}
    sites = {re.sub(r"\W", "", site) for site in sites}
    kept: list[str] = []
    at = 0
    while at < len(words):
        width = _site_at(bare, at, sites)
        if width == 0 and (bare[at] in named or _SITE.fullmatch(bare[at])):
            width = 1
        if width == 0:
            kept.append(words[at])
        elif not kept or kept[-1] != GAP:
            kept.append(GAP)
        at += width or 1
    return " ".join(kept)


def _site_at(words: list[str], at: int, sites: set[str]) -> int:
    """How many words from here on are the name of a site, as its domain has it."""
    joined = ""
    for width, word in enumerate(words[at : at + _MOST_SITE_WORDS], 1):
        joined += re.sub(r"\W", "", word)
        if joined in sites:
            return width
    return 0


@dataclass(slots=True)
class _Text:
    """Pitches of one subject and one text. `opening` "": of texts that resemble nothing."""

    subject: str
    opening: str
    bits: int = field(init=False)
    group: Group = field(default_factory=Group)
    subjects: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.bits = int(self.opening or "0", 16)


class Templates:
    """Sorts pitches by template as they come; what is rare is settled at the end."""

    def __init__(self) -> None:
        self._texts: dict[str, list[_Text]] = {}

    def add(self, pitch: Pitch, hours: float | None) -> None:
        subject = without_names(pitch.subject, pitch.people, pitch.names) or "(no subject)"
        texts = self._texts.setdefault(subject.casefold(), [])
        opening = pitch.opening if len(texts) < _MOST_TEXTS else ""
        found = _alike(texts, pitch.opening) or next(
            (one for one in texts if one.opening == opening == ""), None
        )
        if found is None:
            found = _Text(subject, opening)
            texts.append(found)
        found.group.add(pitch, hours)

    def groups(self) -> dict[str, Group]:
        """The pitches of each template, the largest first; those of none come last."""
        every = [one for texts in self._texts.values() for one in texts]
        named = [one for one in every if one.group.tally.pitches >= FEWEST]
        loose: list[_Text] = []
        rest = Group()
        for one in every:
            if one.group.tally.pitches >= FEWEST:
                continue
            like = _alike(named, one.opening) or _alike(loose, one.opening)
            if like is None and one.opening and len(loose) < _MOST_LOOSE:
                like = _Text(one.subject, one.opening)
                loose.append(like)
            (like.group if like is not None else rest).join(one.group)
            if like is not None:
                like.subjects[one.subject] += one.group.tally.pitches
        for one in loose:
            if one.group.tally.pitches >= FEWEST:
                named.append(one)
            else:
                rest.join(one.group)
        named.sort(key=lambda one: (-one.group.tally.pitches, one.subject, one.opening))
        found = dict(zip(_labels(named), (one.group for one in named), strict=True))
        if rest.tally.pitches:
            found[BY_HAND] = rest
        return found


def _alike(texts: list[_Text], opening: str) -> _Text | None:
    if not opening:
        return None
    # Written out: this is asked some hundred times for each pitch.
    bits = int(opening, 16)
    for one in texts:
        if one.opening and (one.bits ^ bits).bit_count() <= ALIKE:
            return one
    return None


def _labels(texts: list[_Text]) -> list[str]:
    """The subject of each; numbered where one subject has several texts."""
    many = Counter(one.subject for one in texts)
    told: Counter[str] = Counter()
    labels = []
    for one in texts:
        told[one.subject] += 1
        label = one.subject
        if many[one.subject] > 1:
            label += f" (text {told[one.subject]})"
        if others := len(one.subjects.keys() - {one.subject}):
            label += f" and {others} rarer subject{'' if others == 1 else 's'}"
        labels.append(label)
    return labels
