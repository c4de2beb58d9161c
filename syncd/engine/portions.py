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
        room = max((one.a_day for one in rules), default=0) - self._today(tx)
        chosen = exchanges.backlog(tx, max(0, room))
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

    def share(
        self, tx: Tx, number: int, outlook: Outlook, cadence: Cadence | None
    ) -> tuple[Outlook, datetime | None]:
        """The outlook as far as there is room for it, and since when it waits for room."""
        now, due = self._ctx.now(), outlook.overdue_since
        if due is None or cadence is None:
            return outlook, None
        rule = cadence.backlog
        if rule is None or now - due <= FRESH:
            self._asked[outlook.person].append(now)
            return outlook, None
        if (
            rule.max_age is not None
            and self._ctx.rules.team.calendar.after(due, rule.max_age) < now
        ):
            return outlook.put_off(None, f"it fell due more than {rule.max_age} ago"), None
        today = self._today(tx)
        if number not in self._admitted or today >= rule.a_day or self._standing >= rule.at_most:
            words = f"old conversations come up {rule.a_day} a day, {rule.at_most} at once"
            return outlook.put_off(None, words), due
        self._opened_today = today + 1
        self._standing += 1
        self._asked[outlook.person].append(now)
        return replace(outlook, plan=tuple(map(_of_backlog, outlook.plan))), None

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
