"""No flood: what was due long before we saw it comes up in daily portions, oldest first."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta

from syncd.core.actions import OpenTask, Planned
from syncd.core.promises.follow_up import Outlook
from syncd.core.rules import Cadence
from syncd.engine.context import Context
from syncd.engine.gather import Case
from syncd.store import chores, exchanges
from syncd.store.database import Tx

# What fell due since the last look, a weekend ago at most, is no backlog.
FRESH = timedelta(days=3)
BACKLOG = "backlog"


class Portions:
    """What one pass over conversations may still open.

    A conversation that waits for its portion is passed over until `admit` names it: only
    when every one has been seen is it known which are the oldest.
    """

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._admitted: set[int] = set()
        self._opened_today: int | None = None
        self._standing = 0
        self._asked: dict[str, list[datetime]] = defaultdict(list)

    def bring_up(self, tx: Tx) -> list[int]:
        """The next conversations whose turn it is, as far as today's portion goes.

        Those of campaigns first, then by when they fell due, the oldest first.
        """
        rules = [one.backlog for one in self._ctx.rules.cadences() if one.backlog is not None]
        a_day = max((one.a_day for one in rules), default=0)
        chosen = exchanges.backlog(tx, a_day)
        if not chosen:
            # The usual case, in every turn: what came up today is not counted for nothing.
            return []
        chosen = chosen[: max(0, a_day - self._today(tx))]
        self._admitted |= set(chosen)
        return chosen

    def mindful_of_others(self, case: Case) -> Case:
        """With the tasks about the same person that this pass has planned before it."""
        exchange = case.exchange
        person = exchange.awaited
        if not self._asked[person]:
            return case
        lately = (*exchange.asked_lately, *self._asked[person])
        return replace(case, exchange=replace(exchange, asked_lately=lately))

    def opens(self, tx: Tx, number: int, outlook: Outlook, cadence: Cadence | None) -> bool:
        """Whether the outlook opens a task and there is room for it."""
        if cadence is None or outlook.overdue_since is None:
            return False
        return self._refusal(tx, number, outlook.overdue_since, cadence) is None

    def share(
        self, tx: Tx, number: int, outlook: Outlook, cadence: Cadence | None
    ) -> tuple[Outlook, datetime | None]:
        """The outlook as far as there is room for it, and since when it waits for room."""
        due = outlook.overdue_since
        if due is None or cadence is None:
            return outlook, None
        refusal = self._refusal(tx, number, due, cadence)
        if refusal is not None:
            words, waits = refusal
            return outlook.put_off(None, words), due if waits else None
        self._asked[outlook.person].append(self._ctx.now())
        if not self._is_old(due, cadence):
            return outlook, None
        self._opened_today = self._today(tx) + 1
        self._standing += 1
        return replace(outlook, plan=tuple(map(_of_backlog, outlook.plan))), None

    def _is_old(self, due: datetime, cadence: Cadence) -> bool:
        return cadence.backlog is not None and self._ctx.now() - due > FRESH

    def _refusal(
        self, tx: Tx, number: int, due: datetime, cadence: Cadence
    ) -> tuple[str, bool] | None:
        """Why it may not open now, and whether its turn will come."""
        rule = cadence.backlog
        if rule is None or not self._is_old(due, cadence):
            return None
        calendar = self._ctx.rules.team.calendar
        if rule.max_age is not None and calendar.after(due, rule.max_age) < self._ctx.now():
            return f"it fell due more than {rule.max_age} ago", False
        today = self._today(tx)
        if number in self._admitted and today < rule.a_day and self._standing < rule.at_most:
            return None
        return f"old conversations come up {rule.a_day} a day, {rule.at_most} at once", True

    def _today(self, tx: Tx) -> int:
        if self._opened_today is None:
            calendar = self._ctx.rules.team.calendar
            now = self._ctx.now()
            midnight = calendar.start_of(calendar.local_date(now), like=now)
            self._opened_today = chores.opened_by_rule(tx, BACKLOG, midnight)
            self._standing = chores.standing_by_rule(tx, BACKLOG)
        return self._opened_today


def _of_backlog(planned: Planned) -> Planned:
    if not isinstance(planned.action, OpenTask):
        return planned
    return replace(planned, rule=f"{BACKLOG}: {planned.rule}")
