"""What is wrong with a settings file, and where."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

Loc = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake. `file` is the file's name, or the environment variable's.

    `line` and `column` count from 1; None where there is no such place. `path` names the
    setting ("campaigns[0].match"), "" for the file as a whole. `message` says what is
    wrong and what to do, and never contains a secret.
    """

    file: str
    line: int | None
    column: int | None
    path: str
    message: str

    def __str__(self) -> str:
        place = [self.file]
        if self.line is not None:
            place.append(f"{self.line}:{self.column}")
        if self.path:
            place.append(f" {self.path}")
        return f"{':'.join(place)}: {self.message}"


class InvalidSettings(Exception):
    """Everything that is wrong, in the order of the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        # The same value can be wrong in two ways that read the same (members of a union).
        once = dict.fromkeys(problems)
        self.problems = tuple(
            sorted(once, key=lambda it: (it.file, it.line or 0, it.column or 0, it.path))
        )
        super().__init__("\n".join(map(str, self.problems)))


def dotted(loc: Iterable[str | int]) -> str:
    """A path as people write it: ("campaigns", 0, "match") gives "campaigns[0].match"."""
    words = ""
    for piece in loc:
        if isinstance(piece, int):
            words += f"[{piece}]"
        else:
            words += f".{piece}" if words else piece
    return words
