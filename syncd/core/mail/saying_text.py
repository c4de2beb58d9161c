"""The words of an answer: no greeting, signature, or legal notice."""

from __future__ import annotations

from collections.abc import Sequence

from syncd.core.mail.phrase_data import fold
from syncd.core.mail.saying_wordings import Wordings

_LONGEST = 5000
_LONGEST_SIGNOFF = 45
_LONGEST_NAME_LINE = 45
_MOST_NAME_WORDS = 5
_POSTSCRIPTS = ("ps:", "ps ", "p.s", "p s", "pd:", "p.d", "nb:", "n.b")


def said(text: str, wordings: Wordings) -> str:
    """`text` from below the greeting down to the signature; what stands below "PS" is kept."""
    lines = text[:_LONGEST].split("\n")
    folded = [fold(line) for line in lines]
    kept: list[str] = []
    signed = False
    for number, line in enumerate(lines[: _footer(folded, wordings.footers)]):
        if signed:
            signed = not folded[number].startswith(_POSTSCRIPTS)
        elif folded[number] and _signs_off(lines, number, folded[number], wordings.signoffs):
            signed = True
        if not signed:
            kept.append(line)
    return "\n".join(_ungreeted(kept, wordings.greetings)).strip()


def _footer(lines: Sequence[str], footers: tuple[str, ...]) -> int:
    """The first line of a legal notice and the like, or else how many lines there are."""
    whole = "\n".join(lines)
    places = map(whole.find, footers)
    first = min((place for place in places if place >= 0), default=None)
    return len(lines) if first is None else whole.count("\n", 0, first)


def _signs_off(lines: Sequence[str], number: int, line: str, signoffs: tuple[str, ...]) -> bool:
    """Whether a line is "Best regards," or "Thanks," with a name or nothing below it."""
    if len(line) > _LONGEST_SIGNOFF:
        return False
    bare = line.strip("-*_ ")
    if not bare.startswith(signoffs):
        return False
    found = max((phrase for phrase in signoffs if bare.startswith(phrase)), key=len)
    if bare[len(found) : len(found) + 1].isalnum():
        return False
    rest = bare[len(found) :].strip(" ,.!:-")
    # "Thanks, but no" signs nothing; "Thanks, Jane" and "Best regards from Rome" do.
    if len(rest.split()) > 3:
        return False
    below = next((one.strip() for one in lines[number + 1 :] if one.strip()), "")
    return below == "" or _is_name(below)


def _is_name(line: str) -> bool:
    """Whether a line may be a name or what stands in a signature: a title, a site, a number."""
    words = line.split()
    if len(line) > _LONGEST_NAME_LINE or len(words) > _MOST_NAME_WORDS:
        return False
    return (not line.endswith((".", "?", "!")) or len(words) == 1) and all(
        not word[0].islower() or len(word) <= 3 or "." in word for word in words[:2]
    )


def _ungreeted(lines: list[str], greetings: frozenset[str]) -> list[str]:
    """The lines without a first line like "Hi Maya,"."""
    first = next((n for n, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return []
    folded = fold(lines[first])
    words = folded.split()
    alone = not any(line.strip() for line in lines[first + 1 :])
    if (
        not alone
        and words
        and len(words) <= _MOST_NAME_WORDS
        and words[0].strip(",.!:") in greetings
        and (folded[-1] in ",:!-" or not lines[first + 1].strip())
    ):
        return lines[first + 1 :]
    return lines
