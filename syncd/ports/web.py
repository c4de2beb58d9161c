"""What syncd asks of the open web: whether a page carries a link to one of our clients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from syncd.core.facts import Page


class LinkChecker(Protocol):
    def check(self, url: str, targets: Sequence[str]) -> Page:
        """Look at one page, politely, and at nothing else.

        `targets` are domains ("acme.example"): links to them and to hosts below them are
        told, every one, in the page's order. What goes wrong with a page, a host or the way
        there is told as `Page.trouble`, never raised and never a lost link. Raises only
        `TryLater`, when our own pacing would have to wait too long for that host: nothing
        was asked of it. Repeatable.
        """
        ...
