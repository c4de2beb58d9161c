"""What syncd asks of a crawler: the links on a site's pages, one by one, as they come.

Links are handed to a function instead of returned, so that a crawl of any size passes
through little memory. A crawl counts only once the method has returned: whatever is raised
before that, nothing of what was handed over may be kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Protocol

from syncd.core.facts import PageLink

Take = Callable[[PageLink], None]


@dataclass(frozen=True, slots=True)
class Order:
    """A crawl that is wanted.

    `start`: the address to begin at; all of that registrable domain may be looked at.
    `pages`: look at no more; None for the crawler's own limit. `contact`: where site owners
    turn to, when its settings name nobody. `stop` is asked now and then: True ends the
    crawl with `TryLater`. `complete`: what looks like a limit of the program's is the
    site's true size.
    """

    start: str
    pages: int | None = None
    contact: str = ""
    allow_private: bool = False
    complete: bool = False
    stop: Callable[[], bool] = lambda: False


@dataclass(frozen=True, slots=True)
class Harvest:
    """What a crawl or an export was, once every link of it has been handed over.

    `rows`: what there was to read. `whole` False: it ended at a limit of pages. `words`: what
    a person should know of it, "" for nothing.
    """

    rows: int
    whole: bool = True
    words: str = ""


@dataclass(frozen=True, slots=True)
class Export:
    """A file in the watched folder that nobody writes to any more.

    `name` is its path below the folder; `at`: when it was written; `site`: the domain its
    name or folder speaks of, "" for none. `digest` is of its content.
    """

    path: Path
    name: str
    at: datetime
    digest: str
    site: str = ""


class LinkSource(Protocol):
    """A crawler, its exports, or both."""

    title: str

    def crawl(self, order: Order, take: Take) -> Harvest:
        """Crawl a site, politely. Repeatable.

        Raises `Refused`: this crawl brings nothing, and the words say what to do; `Locked`:
        no crawl can be made here, for want of a program or a licence; `TryLater`: it was
        ended before it was done.
        """
        ...

    def read(
        self,
        stream: IO[bytes],
        name: str,
        take: Take,
        *,
        part: str = "",
        site: str = "",
        complete: bool = False,
    ) -> Harvest:
        """Read an export. `part` picks one of several files in a zip.

        `site`: whose links they are, for exports that do not say. Raises `Refused` with what
        is wrong and what to do.
        """
        ...

    def exports(self) -> list[Export]:
        """The files in the watched folder that have stopped growing, the oldest first.

        A look of the folder, no more; every file is told at each look. Empty without a
        folder. Raises `Locked` where the folder cannot be read.
        """
        ...
