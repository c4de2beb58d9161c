"""The files that the example's team keeps beside its settings: a campaign, prospects, crawls."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from importlib.resources.abc import Traversable

from syncd.core.campaign_plan import Month

# A campaign lies ahead whenever it is tried: MONTH+1 is the month after this one.
_MONTH = re.compile(rb"\bMONTH\+(\d+)\b")


def example_files(folder: Traversable, today: date) -> dict[str, bytes]:
    """What lies in `folder`, by path beside the settings, with its months as of `today`."""
    this = Month.of(today)

    def month(found: re.Match[bytes]) -> bytes:
        return str(this.plus(int(found[1]))).encode()

    return {name: _MONTH.sub(month, content) for name, content in _files(folder)}


def _files(folder: Traversable, above: str = "") -> Iterator[tuple[str, bytes]]:
    for each in sorted(folder.iterdir(), key=lambda one: one.name):
        if each.is_dir():
            yield from _files(each, f"{above}{each.name}/")
        else:
            yield f"{above}{each.name}", each.read_bytes()
