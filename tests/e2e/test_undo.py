"""A whole first reading taken back over HTTP, on the example: a mistake costs a minute."""

from __future__ import annotations

from typing import Any

import pytest

from tests.e2e.conftest import Course
from tests.e2e.processes import Home, Services
from tests.support.world import READS


@pytest.fixture
def running(_services: tuple[Services, Any]) -> Services:
    """The services as they are, not put back to where they began."""
    return _services[0]


def test_a_first_reading_is_taken_back_and_stays_so(
    course: Course, settled: Home, running: Services
):
    found = settled.here("runs", "--json").json["runs"]
    number = next(one["number"] for one in found if one["counts"].get("log_email"))
    foreseen = settled.here("undo", str(number), "--dry-run", "--json")
    assert foreseen.code == 2, foreseen.err
    [planned] = foreseen.json["runs"]
    assert running.logged() == course.logged
    first = settled.syncd("undo", str(number), "--yes")
    assert first.code == 2, first.err
    assert "`syncd approve` lets go what is held." in first.out
    assert settled.here("approve").code == 0
    ended = settled.here("undo", str(number), "--yes", "--json")
    assert ended.code == 0, ended.out
    [done] = ended.json["runs"]
    assert done["counts"]["reversed"] == planned["counts"]["to reverse"]
    assert done["counts"]["left"] == planned["counts"]["left"]
    end = running.end()
    assert end["emails"] == []
    assert {tuple(values) for _, *values in end["contacts"]} == {("", "", "")}
    assert {status for _, status, _ in end["tasks"]} == {"completed"}
    asked = running.asked()
    assert settled.syncd("once", "--quiet").code == 0
    calls = running.calls(asked)
    assert [call for call in calls if call[1] != "GET" and not READS.search(call[2])] == []
    [by] = settled.here("runs", "--json", "--limit", "1").json["runs"]
    assert by["undoes"] == number
