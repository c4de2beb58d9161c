"""A first reading under the services' documented limits, on a driven clock."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from syncd.ports.simulator import Answer, Request
from tests.bench import letters
from tests.support.world import World

# What the world's settings lift for tests that are about something else.
_LIFTED = re.compile(
    r", units_per_minute: \d+|,\s+calls_per_10_seconds: \d+|,\s+calls_per_minute: \d+"
)
# A message in full, by Gmail's newer table, and what a mailbox may spend in a minute.
_GET, _A_MINUTE = 20, 6000


class Limited(World):
    """`refused` counts the calls, and parts of batches, that were told to wait."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        [box] = letters.mailboxes(1)
        super().__init__(folder, mailboxes=(box,))
        self.text = _LIFTED.sub("", self.text).replace("brightlink.example", letters.DOMAIN)
        for service in ("gmail", "hubspot", "teamwork"):
            self.tell(service, "limits", enforce=True)
        self.calls = self.refused = 0
        self.transport.after = self._count

    def _count(self, request: Request, answer: Answer) -> Answer:
        parts = request.body.count(b"HTTP/1.1") if request.path.startswith("/batch") else 1
        self.calls += parts
        self.refused += answer.status == 429
        self.refused += answer.body.count(b"rateLimitExceeded")
        return answer


def under_limits(folder: Path, messages: int) -> dict[str, Any]:
    """How much of Gmail's quota a minute was used, by the services' clocks."""
    world = Limited(folder)
    items = [*letters.items(messages, world.mailboxes, 100, world.clock.now())]
    world.tell("gmail", "deliver_many", items=items)
    with world.process() as engine:
        world.transport.after = world._count
        engine.set_up()
        world.clock.advance(60)
        began = world.clock.now()
        world.calls = world.refused = 0
        engine.until_quiet()
        engine.finish()
    seconds = (world.clock.now() - began).total_seconds()
    return {
        "messages": messages,
        "seconds": round(seconds),
        "share_of_limit": round(60 * messages * _GET / seconds / _A_MINUTE, 3),
        "calls": world.calls,
        "refused": world.refused,
        "refused_share": round(world.refused / world.calls, 4),
    }
