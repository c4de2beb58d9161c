"""A campaign's notebook: one page that says where the campaign stands.

Our part stands between two lines that name its mark. What people write around it stays where
it is; what they write into it is kept below, under "Notes".
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from syncd.core.figures import Funnel
from syncd.core.identity import effect_key
from syncd.core.markdown import escaped, one_line

PROMISE = "plan"
NOTES = "## Notes"
_BEGIN = "*syncd keeps this page up to date. Write above this line, or below the last one. ({})*"
_END = "*Here ends what syncd keeps. ({})*"
_URL = re.compile(r"https?://[^\s<>()\[\]\\`\"'|]+")
_WORDS = re.compile(r"\W+")
_DISGUISE = "#line:"


@dataclass(frozen=True, slots=True)
class MonthDone:
    """How far a month's tasks are. `month` is for people."""

    month: str
    tasks: int
    done: int


@dataclass(frozen=True, slots=True)
class OpenItem:
    """A task to be done. `late`: its day has passed."""

    name: str
    due: date | None
    owner: str
    late: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """A message: its head alone, never its text. `files`: names of what was attached."""

    on: date
    ours: bool
    teammate: str
    person: str
    subject: str
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Word:
    """What one of us said or did on the board."""

    on: str
    who: str
    what: str


@dataclass(frozen=True, slots=True)
class Earned:
    """A link: won on `on`, and whether it stands."""

    url: str
    target: str
    on: date | None
    stands: bool
    state: str


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the page shows. Lists are in the order and of the length in which they stand."""

    name: str
    client: str
    niche: str = ""
    goal: str = ""
    span: str = ""
    months: tuple[MonthDone, ...] = ()
    next_up: tuple[OpenItem, ...] = ()
    follow_ups: tuple[OpenItem, ...] = ()
    funnel: Funnel | None = None
    letters: tuple[Letter, ...] = ()
    internal: tuple[Word, ...] = ()
    links: tuple[Earned, ...] = ()
    links_standing: int = 0
    links_lost: int = 0
    drift: tuple[str, ...] = ()


def mark_of(campaign: str) -> str:
    return effect_key(PROMISE, "dossier", campaign)


def write_key(campaign: str, version: int, text: str) -> str:
    """The key of writing `text` as the notebook's next version."""
    return effect_key(PROMISE, "dossier", campaign, str(version), text)


def render(facts: Facts, mark: str) -> str:
    """Our part of the page, in Markdown; nothing in it is clocked but what happened."""
    parts = [
        _BEGIN.format(mark),
        f"# {escaped(facts.name)}",
        _head(facts),
        *_section("Goal", [_prose(facts.goal)] if facts.goal else []),
        *_section("Progress", _progress(facts)),
        *_section("Funnel", _funnel(facts.funnel)),
        *_section("Links won", _links(facts)),
        *_section("Next", [_open(one) for one in facts.next_up]),
        *_section("Open follow-ups", [_open(one) for one in facts.follow_ups]),
        *_section("Latest mail", [_letter(one) for one in facts.letters]),
        *_section("Among us", [_word(one) for one in facts.internal]),
        *_section("Files", list(_files(facts.letters))),
        *_section("Otherwise than in the file", [f"- {escaped(one)}" for one in facts.drift]),
        _END.format(mark),
    ]
    return "\n\n".join(part for part in parts if part)


def merged(page: str, last: str, wanted: str, mark: str) -> str:
    """The page with `wanted` in the place of our part, which was `last` when we wrote it.

    Lines that people wrote into our part are kept below it. Where the lines around it are
    gone, the page is theirs: what is still ours of it is taken out, and our part put below.
    """
    lines = page.splitlines()
    ours = {
        known
        for text in (last, wanted)
        for line in text.splitlines()
        for known in ((line,) if line.startswith(_DISGUISE) else (_bare(line), _digest(line)))
    }

    def is_ours(line: str) -> bool:
        return _bare(line) in ours or _digest(line) in ours

    begin = _place(lines, _BEGIN.format(mark))
    end = _place(lines, _END.format(mark))
    if begin is None or end is None or end < begin:
        above = [line for line in lines if not _bare(line) or not is_ours(line)]
        return _joined(above, wanted, [])
    above, inside, below = lines[:begin], lines[begin + 1 : end], lines[end + 1 :]
    theirs = [line for line in inside if _bare(line) and not is_ours(line)]
    if theirs:
        headed = any(line.strip() == NOTES for line in below)
        below = [*below, "", *([] if headed else [NOTES, ""]), *theirs]
    return _joined(above, wanted, below)


def disguised(text: str) -> str:
    """A page by which its lines are known again, and nothing that they say."""
    return "\n".join(
        line if line.startswith(_DISGUISE) else _digest(line) for line in text.splitlines()
    )


def _digest(line: str) -> str:
    return _DISGUISE + hashlib.blake2b(_bare(line).encode(), digest_size=16).hexdigest()


def _place(lines: Sequence[str], wanted: str) -> int | None:
    bare = _bare(wanted)
    return next((at for at, line in enumerate(lines) if _bare(line) == bare), None)


def _bare(line: str) -> str:
    """What a line says, whatever an editor makes of its signs and spaces."""
    return _WORDS.sub("", line).casefold()


def _joined(above: Sequence[str], ours: str, below: Sequence[str]) -> str:
    parts = ("\n".join(above).strip("\n"), ours, "\n".join(below).strip("\n"))
    return "\n\n".join(part for part in parts if part.strip())


def _section(title: str, lines: Sequence[str]) -> tuple[str, ...]:
    return (f"## {title}", "\n".join(lines)) if lines else ()


def _head(facts: Facts) -> str:
    said = [("Client", facts.client), ("Niche", facts.niche), ("Plan", facts.span)]
    return "  \n".join(f"**{name}:** {escaped(words)}" for name, words in said if words)


def _prose(words: str) -> str:
    """What ops wrote in their own file, paragraphs kept."""
    return "\n\n".join(escaped(part) for part in words.split("\n\n") if part.strip())


def _progress(facts: Facts) -> list[str]:
    tasks, done = sum(one.tasks for one in facts.months), sum(one.done for one in facts.months)
    if not tasks:
        return []
    rows = [f"| {escaped(one.month)} | {one.done} | {one.tasks} |" for one in facts.months]
    return [
        f"{done} of {tasks} tasks are done.",
        "",
        "| Month | Done | Tasks |",
        "|---|---|---|",
        *rows,
    ]


def _funnel(funnel: Funnel | None) -> list[str]:
    if funnel is None or not funnel.contacted:
        return []
    named = (
        ("Contacted", funnel.contacted),
        ("Answered", funnel.answered),
        ("Agreed", funnel.agreed),
        ("Linked", funnel.linked),
        ("Lost", funnel.lost),
        ("Declined", funnel.declined),
    )
    rows = [f"| {name} | {number} | {number / funnel.contacted:.0%} |" for name, number in named]
    return ["| | Pitches | Share |", "|---|---|---|", *rows]


def _links(facts: Facts) -> list[str]:
    if not facts.links:
        return []
    told = f"{facts.links_standing} stand, {facts.links_lost} lost."
    return [told, "", *(_link(one) for one in facts.links)]


def _link(one: Earned) -> str:
    since = f" since {one.on}" if one.on is not None and one.stands else ""
    state = f"stands{since}" if one.stands else escaped(one.state)
    return f"- {_address(one.url)}: {state}"


def _open(one: OpenItem) -> str:
    due = f", {'was due' if one.late else 'due'} {one.due}" if one.due is not None else ""
    return f"- {escaped(one.name)}{due}{f', {escaped(one.owner)}' if one.owner else ''}"


def _letter(one: Letter) -> str:
    who = f"{one.teammate} to {one.person}" if one.ours else f"{one.person} to {one.teammate}"
    return f"- {one.on}: {escaped(who)}: {escaped(one.subject or '(no subject)')}"


def _word(one: Word) -> str:
    who = f"{escaped(one.who)}: " if one.who else ""
    return f"- {one.on}: {who}{escaped(one.what)}"


def _files(letters: Sequence[Letter]) -> Iterator[str]:
    for one in letters:
        for name in one.files:
            who = "us" if one.ours else one.person
            yield f"- {escaped(name)} ({escaped(who)}, {one.on})"


def _address(url: str) -> str:
    """A page's address, to follow where it is one and nothing else."""
    return f"<{url}>" if _URL.fullmatch(url) else escaped(one_line(url))
