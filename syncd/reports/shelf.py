"""Reports for the pages: made once for a state, however often they are looked at."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup

from syncd.core.rules import Rules
from syncd.reports.compose import compose
from syncd.reports.document import Report
from syncd.reports.gather import Ask, Asked, gather
from syncd.reports.html import body
from syncd.store.database import Tx
from syncd.store.figures_version import version

# What the state's version does not tell of is shown after this at the latest.
KEPT_FOR = timedelta(minutes=5)
# Different questions at once: each campaign, and a few spans of time.
_MOST = 32


@dataclass(frozen=True, slots=True)
class _Kept:
    report: Report
    body: Markup
    state: tuple[int, ...]
    rules: Rules


class Shelf:
    """`look` gives a reading of the state, `rules` those in use, `now` the time."""

    def __init__(
        self,
        look: Callable[[], AbstractContextManager[Tx]],
        rules: Callable[[], Rules],
        now: Callable[[], datetime],
    ) -> None:
        self._look, self._rules, self._now = look, rules, now
        self._kept: OrderedDict[Ask, _Kept] = OrderedDict()
        # One report at a time: two would take twice as long, and the daemon waits for both.
        self._lock = threading.Lock()

    def shown(self, ask: Ask) -> tuple[Report, Markup]:
        """The report and its part of a page. Raises `NoPeriod` and `NoCampaign`, and what
        looking at the state raises.
        """
        with self._lock:
            rules, now = self._rules(), self._now()
            asked = Asked.of(rules, ask, now)
            kept = self._kept.get(ask)
            with self._look() as tx:
                state = version(tx)
                if kept is not None and self._holds(kept, state, rules, now):
                    self._kept.move_to_end(ask)
                    return kept.report, kept.body
                report = compose(gather(tx, asked), asked)
            made = body(report)
            self._kept[ask] = _Kept(report, made, state, rules)
            self._kept.move_to_end(ask)
            while len(self._kept) > _MOST:
                self._kept.popitem(last=False)
            return report, made

    def _holds(self, kept: _Kept, state: tuple[int, ...], rules: Rules, now: datetime) -> bool:
        fresh = kept.report.made_at <= now < kept.report.made_at + KEPT_FOR
        return fresh and kept.state == state and kept.rules is rules
