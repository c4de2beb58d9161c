"""What watching contacts costs, and the corners the contract does not know of."""

from __future__ import annotations

import json
from dataclasses import replace
from email.utils import format_datetime

import pytest

from connectors.hubspot import simulator_search, watching
from syncd.ports.simulator import Answer
from syncd.ports.verdicts import TryLater
from tests.support.clock import START
from tests.unit.hubspot.service import NEEDS, Service

FROM = "2026-11-23T08:00:00.000Z"


def changed(service: Service, count: int) -> set[str]:
    return {
        service.contact(f"p{number}@crowd.example", syncd_stage="contacted")
        for number in range(count)
    }


def test_more_changes_than_search_ever_shows_of_one_query_are_found(service, monkeypatch):
    monkeypatch.setattr(watching, "_PAGE", 3)
    monkeypatch.setattr(simulator_search, "CAP", 6)
    crm = service.ready()
    wanted = changed(service, 20)
    found = [one.id for one in crm.changes(FROM, service.clock.now()).contacts]
    assert sorted(found) == sorted(wanted)


def test_a_poll_searches_once_a_page_and_reads_a_hundred_a_call(service):
    crm = service.ready()
    changed(service, 250)
    service.transport.calls.clear()
    crm.changes(FROM, service.clock.now())
    paths = [path.rpartition("/")[2] for _, _, path in service.transport.calls]
    assert paths == ["search", "search", "read", "read", "read"]


def test_searches_wait_for_their_own_budget(service, monkeypatch):
    monkeypatch.setattr(watching, "_PAGE", 1)
    crm = service.ready()
    changed(service, 10)
    before = service.clock.slept
    crm.changes(FROM, service.clock.now())
    assert service.clock.slept - before >= 9 / 5


def test_properties_that_do_not_stand_yet_are_not_asked_for(service):
    crm = service.crm()
    nothing = crm.changes(FROM, service.clock.now())
    assert nothing.contacts == ()
    assert nothing.cursor > FROM
    assert not service.transport.calls
    for need in crm.readiness(NEEDS).missing:
        if need.handle in {"group:syncd", "property:syncd_stage"}:
            crm.provide(need)
    wanted = changed(service, 1)
    assert {one.id for one in crm.changes(FROM, service.clock.now()).contacts} == wanted


def test_the_cursor_follows_the_clock_that_is_behind(service):
    crm = service.ready()
    behind = START.replace(hour=8, minute=50)
    service.transport.after = lambda _request, answer: replace(
        answer, headers={**answer.headers, "Date": format_datetime(behind)}
    )
    assert crm.changes(FROM, START).cursor == "2026-11-23T08:40:00.000Z"
    service.transport.after = lambda _request, answer: replace(
        answer, headers={**answer.headers, "Date": "soon"}
    )
    assert crm.changes(FROM, START).cursor == "2026-11-23T08:50:00.000Z"


@pytest.mark.parametrize("body", [{}, {"results": None}, {"total": 3}])
def test_half_an_answer_is_no_empty_answer(service, body):
    crm = service.ready()
    service.transport.before = lambda _request: Answer(200, json.dumps(body).encode())
    with pytest.raises(TryLater):
        crm.changes(FROM, START)
