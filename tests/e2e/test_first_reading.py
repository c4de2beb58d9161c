"""The example mailboxes, read for the first time: planned, done, done again, and cut short."""

from __future__ import annotations

import random
import time
from collections import Counter
from fnmatch import fnmatchcase

import pytest

from tests.e2e.conftest import Course
from tests.e2e.processes import INES, MAYA, TOM, Home, Services, wait_for


def test_a_plan_is_what_once_then_does_and_leaves_no_trace(services: Services, home: Home):
    files = set(home.folder.iterdir())
    before = services.snapshot()["simulators"]
    planned = home.syncd("plan", "--json")
    assert planned.code == 2
    assert planned.json["ok"]
    assert set(home.folder.iterdir()) == files
    assert services.snapshot()["simulators"] == before
    done = home.syncd("once", "--json")
    assert done.code == 0

    def told(answer) -> list[tuple[str, str]]:
        return sorted((one["kind"], one["summary"]) for one in answer["actions"])

    assert len(told(planned.json)) > 150
    assert told(planned.json) == told(done.json)
    assert Counter(kind for kind, _ in told(done.json)) == done.json["done"]
    assert home.here("plan", "--json").code == 0


def test_a_second_run_does_nothing_and_costs_one_call_a_mailbox_and_the_task_poll(
    services: Services, settled: Home
):
    before = services.asked()
    again = settled.syncd("once", "--json")
    assert (again.code, again.json["done"], again.json["actions"]) == (0, {}, [])
    history = ("gmail", "GET", "/gmail/v1/users/me/history")
    poll = ("teamwork", "GET", "/projects/api/v3/tasks.json")
    assert Counter(services.calls(before)) == {history: 3, poll: 1}


def test_every_logged_message_is_in_hubspot_exactly_once(services: Services, settled: Home):
    ids = [message_id for message_id, _, _ in services.logged()]
    assert "" not in ids
    assert len(set(ids)) == len(ids)
    story = settled.here("status", "--json").json["totals"]
    assert len(ids) == story["messages.log"] > 80
    covered = settled.here("coverage", "--json").json
    assert covered["doubles"] == []
    for mailbox in (MAYA, TOM, INES):
        counted = covered["mailboxes"][mailbox]
        assert counted["seen"] == sum(n for name, n in counted.items() if name != "seen")


TASKS = "/projects/api/v3/tasklists/*/tasks.json"


@pytest.mark.parametrize(
    ("command", "path", "before"),
    [
        ("once", "/crm/objects/*/contacts/batch/create", 0),
        ("run", "/crm/objects/*/emails/batch/create", 0),
        # Ten tasks go together. In the midst of them the rest would not be there, and sent
        # again only after the board's settle time: the crash tests do that without waiting.
        ("run", TASKS, 9),
        ("once", "*", None),
    ],
    ids=["contacts", "emails", "tasks", "any call"],
)
def test_killed_at_any_moment_and_started_again_it_ends_in_the_same_place(
    course: Course, services: Services, home: Home, command: str, path: str, before: int | None
):
    dice = random.Random(4)  # noqa: S311 - no secret, but the same in every run
    if before is None:
        calm = [n for n, call in enumerate(course.calls) if not fnmatchcase(call[2], TASKS)]
        before = dice.choice(calm)
    # It is done, and its answer is on the way for longer than the process lives.
    services.fault({"kind": "slow", "path": path, "skip": before, "seconds": 30})
    process = home.start(command)
    wait_for(services.faulted, f"call {before + 1} to {path}")
    time.sleep(dice.uniform(0, 0.1))
    process.kill()
    process.communicate()
    assert process.returncode == -9, "it ended before it was killed"
    services.fault()
    home.until_quiet()
    assert services.logged() == course.logged
    assert services.end() == course.end
