"""Where people and syncd work: the services with their faults, time, and the daemon."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from syncd.engine.turn import Engine
from tests.stateful.truth import Talk
from tests.support.prepared import set_up
from tests.support.world import Budget, Crash, World

NEVER = "Salary talk"
PORTIONS = "backlog: {a_day: 1, at_most: 100}"
OTHER_CAMPAIGN = """
  - id: zeta
    name: Zeta
    client: zeta.example
    tags: [gardens]
    match: {any: [{label: Campaigns/Zeta}]}
"""


class Setting:
    """A world at work, and the daemon of the moment in it."""

    def __init__(self, folder: Path, *, crm_logger: str, portions: bool = False) -> None:
        never = f'never: [{{subject: "{NEVER.lower()}*"}}]'
        self.world = World(folder, crm_logger=crm_logger, log=never)
        self.world.text += OTHER_CAMPAIGN.lstrip("\n")
        if portions:
            old, new = "follow_up:\n", f"follow_up:\n  {PORTIONS}\n"
            self.world.text = self.world.text.replace(old, new)
        set_up(self.world)
        self.second_copies: list[tuple[str, dict[str, Any]]] = []
        self.relabelled: list[Talk] = []  # since the daemon last came to rest
        self.expired = False  # likewise
        self.locked_out = ""  # the mailbox whose access is revoked
        self.crm_down = False
        self.portions = portions
        self.lag = 0  # seconds before Teamwork's lists show the daemon what was written
        self._daemon: tuple[ExitStack, Engine, Budget] | None = None
        # Whether the daemon has come to rest since a person last did something.
        self.rested = True
        self.rests: list[datetime] = []  # when it came to rest, with everything seen

    @property
    def now(self) -> datetime:
        return self.world.clock.now()

    def _pass_a_minute(self) -> None:
        """No two people act in the same instant."""
        self.world.clock.advance(60)
        self.rested = False

    def lock_out(self, mailbox: str) -> None:
        self.let_in()
        self.world.tell("gmail", "revoke", mailbox=mailbox)
        self.locked_out = mailbox

    def let_in(self) -> None:
        if self.locked_out:
            self.world.tell("gmail", "restore_access", mailbox=self.locked_out)
        self.locked_out = ""

    def crm_goes(self) -> None:
        self.crm_down = True

    def crm_returns(self) -> None:
        self.crm_down = False
        self.world.tell("hubspot", "clear_faults")

    def expire_history(self, mailbox: str) -> None:
        if any(self.now - talk.letters[0].at > timedelta(days=6) for talk in self.relabelled):
            return  # see `relabel`
        self.world.tell("gmail", "expire_history", mailbox=mailbox)
        self.expired = True

    def pass_time(self, **span: float) -> None:
        self.world.clock.advance(timedelta(**span).total_seconds())

    def daemon_works(
        self,
        turns: int = 1,
        faults: Iterable[tuple[str, dict[str, Any]]] = (),
        crash_at: int | None = None,
    ) -> None:
        """Some turns, while these faults befall the services; killed at a durable step."""
        for service, body in faults:
            self.world.tell(service, "fault", **body)
        if self.crm_down:
            self.world.tell("hubspot", "fault", status=401, n=10**9)
        self.world.tell("teamwork", "lag", value=self.lag)
        try:
            self._turns(turns, crash_at)
        except Crash:
            self.daemon_stops()
        for service in ("gmail", "hubspot", "teamwork"):
            self.world.tell(service, "clear_faults")
        self.world.tell("teamwork", "lag", value=0)

    def daemon_stops(self) -> None:
        if self._daemon is not None:
            self._daemon[0].close()
        self._daemon = None

    def come_to_rest(self) -> None:
        """Everything works again, and syncd has all the time it needs."""
        self.let_in()
        self.crm_returns()
        while self.second_copies:
            self.second_copy_arrives()
        self.daemon_stops()
        # Longer than any pause after a refusal, and than the grace for HubSpot's logger.
        self.pass_time(hours=2)
        self.world.run()
        self.rests.append(self.now)
        self._mark_rested(rested=True)

    def _mark_rested(self, *, rested: bool) -> None:
        self.rested = rested
        if rested:
            self.relabelled, self.expired = [], False

    def _turns(self, turns: int, crash_at: int | None) -> None:
        if self._daemon is None:
            stack, budget = ExitStack(), Budget(crash_at)
            # A process killed while it starts has left nothing to close.
            engine = stack.enter_context(self.world.process(budget))
            self._daemon = (stack, engine, budget)
        else:
            _, engine, budget = self._daemon
            budget.crash_at = None if crash_at is None else budget.steps + crash_at
        for _ in range(turns):
            rest = engine.turn()
            self._mark_rested(rested=rest.quiet and not engine.ctx.failing)
            self.world.clock.advance(10)
        budget.crash_at = None

    def second_copy_arrives(self) -> None:
        """The copy that a teammate was sent comes in, late."""
        mailbox, body = self.second_copies.pop(0)
        self._pass_a_minute()
        self.world.tell("gmail", "deliver", **{**body, "mailbox": mailbox})
