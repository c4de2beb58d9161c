"""What the pages are given of the daemon: things to look at, and the few things to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from syncd.core.introductions import Offer
from syncd.core.rules import Campaign, Rules
from syncd.ports.manifest import Budget
from syncd.store.database import Tx
from syncd.store.view import View
from syncd.web.access import Access
from syncd.web.hooks import Desk


@dataclass(frozen=True, slots=True)
class Checked:
    """The answer to a health check, as JSON values in `told`."""

    well: bool
    told: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reloaded:
    """How the settings stand: when they were last taken, and, where the file is wrong now,
    what is wrong with it; `restart`: what only a restart would bring into effect.
    """

    at: datetime
    problems: tuple[str, ...] = ()
    restart: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Understood:
    """The settings as syncd understands them. Each section's rows are (key, value)."""

    file: str
    sections: Sequence[tuple[str, Sequence[tuple[str, str]]]]
    campaigns: Mapping[str, str]  # names by id
    waits: Callable[[str], Sequence[str]]  # a campaign's cadence, in words
    modes: Mapping[str, str]  # by promise
    about: Sequence[Campaign] = ()  # the campaigns as the promises know them


@dataclass(frozen=True, slots=True)
class Deeds:
    """What an operator may do. Each returns what to tell them; raises `NotDone`.

    `undo` None: this syncd cannot undo runs from a page.
    """

    approve: Callable[[Sequence[str]], str]
    retry: Callable[[int], str]
    drop: Callable[[int], str]
    reload: Callable[[], Reloaded]
    undo: Callable[[int], str] | None = None
    introduce: Callable[[str, str], str] | None = None  # whom, to which site


@dataclass(frozen=True, slots=True)
class Shown:
    """A report as a page shows it. `body` is HTML, with everything escaped."""

    title: str
    period: str
    zone: str
    client: str
    made_at: datetime
    body: Markup


@dataclass(frozen=True, slots=True)
class Reports:
    """Both are asked with a campaign (its id, "" for all) and the words for since and until,
    and raise `NotDone` for words that make no sense. `page` gives None for a campaign that is
    not there; `file` also takes the format: html, csv or json.
    """

    page: Callable[[str, str, str], Shown | None]
    file: Callable[[str, str, str, str], bytes | None]


class NotDone(Exception):
    """Something that was asked for was not done. The message says why."""


@dataclass(frozen=True, slots=True)
class House:
    """`metrics` is Prometheus' text. `rules` are those in use. `desk` None: no service tells us
    anything.
    """

    view: View
    access: Access
    deeds: Deeds
    now: Callable[[], datetime]
    understood: Callable[[], Understood]
    reloaded: Callable[[], Reloaded]
    metrics: Callable[[], bytes]
    budgets: Callable[[], Mapping[tuple[str, str], Budget]]
    calls: Callable[[], Counter[str]]
    alive: Callable[[], Checked]
    ready: Callable[[], Checked]
    rules: Callable[[], Rules]
    version: str
    reports: Reports
    desk: Desk | None = None
    offers: Callable[[Tx], Sequence[Offer]] | None = None  # of introductions
