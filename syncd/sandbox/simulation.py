"""Driving a scenario: people act, time jumps to what happens next, the daemon takes its turn.

The daemon is handed in; it must live by the same clock and be at rest when `turn` returns.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol

from syncd.sandbox.people.agenda import Agenda
from syncd.sandbox.people.contacts import Contacts
from syncd.sandbox.people.pages import OpenWeb
from syncd.sandbox.people.scenario import Scenario
from syncd.sandbox.people.stage import Control, Seen, Stage
from syncd.sandbox.people.teammates import LATER, Teammates
from syncd.sandbox.simulation_oracle import Oracle
from syncd.sandbox.trouble import Troubles

# Coarser than the daemon's minute: a turn costs the same however long ago the last one was,
# and what a quarter shows is the order of things. What falls due in between waits so long.
_POLLS_AT_WORK = (time(9), time(12), time(15), time(20))
_POLLS_AT_REST = (time(20),)
_NIGHTLY = time(3)
# Longer than the daemon leaves a service alone that refused it.
_RECOVERY = timedelta(hours=1)
WEEK = 7


class Daemon(Protocol):
    """The daemon's engine, as far as time is concerned."""

    def turn(self) -> str:
        """Read, decide and deliver until nothing more follows.

        Returns what kept it from coming to rest, in words; "" when it did.
        """
        ...

    def nightly(self) -> None: ...

    @property
    def done(self) -> Mapping[str, int]:
        """How many effects of each kind were carried out so far."""
        ...


@dataclass(slots=True)
class Week:
    """What happened in a week of the simulation: the daemon's deeds by kind, and people's."""

    begins: date
    done: Counter[str] = field(default_factory=Counter)
    closed_by_people: int = 0
    pitched: int = 0
    answered: int = 0


@dataclass(slots=True)
class Simulation:
    """`shown`: the board as it stood at the end of the chosen day.

    `unrest`: the evenings on which faults kept the daemon from coming to rest.
    """

    scenario: Scenario
    stage: Stage
    agenda: Agenda
    teammates: Teammates
    oracle: Oracle
    days: int
    troubles: Troubles
    show_day: date | None = None
    shown: list[Seen] = field(default_factory=list)
    weeks: list[Week] = field(default_factory=list)
    turns: int = 0
    unrest: int = 0

    def run(self, daemon: Daemon, progress: Callable[[int, int], None]) -> None:
        """Live through the days. The board is checked at the end of each."""
        daemon.turn()
        for number in range(self.days):
            day = self.scenario.starts + timedelta(days=number)
            if number % WEEK == 0:
                self.weeks.append(Week(day))
            self.teammates.plan(day)
            before = Counter(daemon.done)
            self._be_at(self.agenda.moment(day, time()))
            troubled = self.troubles.day(number + 1)
            restless = self._live(day, daemon)
            if troubled and number + 1 == self.days:
                restless = self._recover(daemon)
                troubled = False
            self.weeks[-1].done += Counter(daemon.done) - before
            self._look(day, restless, troubled=troubled)
            progress(number + 1, self.days)
        self._sum_up()

    def _live(self, day: date, daemon: Daemon) -> str:
        working = self.agenda.calendar.works_on(day)
        polls = _POLLS_AT_WORK if working else _POLLS_AT_REST
        self._until(self.agenda.moment(day, _NIGHTLY))
        daemon.nightly()
        restless = ""
        for clock in polls:
            at = self.agenda.moment(day, clock)
            self._until(at)
            restless = self._turn(daemon)
        return restless

    def _turn(self, daemon: Daemon) -> str:
        self.turns += 1
        return daemon.turn()

    def _recover(self, daemon: Daemon) -> str:
        """The last day is over, and the trouble with it: what was left undone is done now."""
        self.troubles.end()
        self._be_at(self.stage.clock.now() + _RECOVERY)
        return self._turn(daemon)

    def _until(self, moment: datetime) -> None:
        """Let people do what they do up to then."""
        while self.agenda.next is not None and self.agenda.next <= moment:
            self._be_at(self.agenda.next)
            self.agenda.take()()
        self._be_at(moment)

    def _be_at(self, moment: datetime) -> None:
        # The daemon's own waiting may have moved the clock already; it never goes back.
        if moment > self.stage.clock.now():
            self.stage.clock.set(moment.astimezone(UTC))

    def _look(self, day: date, restless: str, *, troubled: bool) -> None:
        tasks = self.stage.board()
        if not restless:
            self.oracle.check(tasks, self.stage.clock.now())
        elif troubled:
            # A service that is down keeps no promise; the next calm evening shows them all.
            self.unrest += 1
        else:
            self.oracle.broken.append(f"{day}: not at rest: {restless}")
        if day == self.show_day:
            self.shown = tasks

    def _sum_up(self) -> None:
        for talk in self.stage.journal.talks.values():
            if talk.begun_by_them:
                continue
            week = self._week(talk.said[0].at)
            week.pitched += 1
            answered = talk.answered or f"{talk.key}/anew" in self.stage.journal.talks
            week.answered += answered
        for handled in self.stage.journal.handled:
            closing = handled.touch in {"completes", "deletes"}
            self._week(handled.at).closed_by_people += closing

    def _week(self, at: datetime) -> Week:
        return self.weeks[(self.agenda.day(at) - self.scenario.starts).days // WEEK]


def prepared(
    scenario: Scenario,
    control: Control,
    stage: Stage,
    agenda: Agenda,
    seed: int,
) -> Teammates:
    """The people of a scenario, in mailboxes and services that are new to them."""
    for mate in scenario.teammates:
        address = {"email": mate.address, "name": mate.name}
        control("gmail", "add_mailbox", {"address": mate.address, "name": mate.name})
        control("hubspot", "add_owner", address)
        control("teamwork", "add_person", address)
    project, tasklist = LATER
    control("teamwork", "add_project", {"name": project, "lists": [tasklist]})
    clients = {campaign.id: campaign.client for campaign in scenario.campaigns}
    web = OpenWeb(stage, agenda, clients, seed=seed)
    web.schedule(scenario.pages, scenario.starts)
    outside = Contacts(
        stage, agenda, scenario.characters, web=web, chatty=scenario.chatty, seed=seed
    )
    inside = Teammates(stage, agenda, scenario, seed)
    stage.on_sent, stage.on_received = outside.heard, inside.heard
    return inside
