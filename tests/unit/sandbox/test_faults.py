from __future__ import annotations

import pytest

from syncd.ports.simulator import Request
from syncd.sandbox.faults import BadRule, FaultRule, Faults, Kind


def _fates(faults: Faults, requests: list[Request]) -> list[bool]:
    return [faults.pick("hubspot", request) is not None for request in requests]


def _half(seed: int) -> Faults:
    faults = Faults()
    faults.set([FaultRule(Kind.RESET_AFTER, rate=0.5)], seed=seed)
    return faults


def test_the_same_seed_gives_the_same_fates_and_another_seed_others():
    requests = [Request("GET", f"/crm/{number % 7}") for number in range(200)]
    first = _fates(_half(7), requests)
    assert first == _fates(_half(7), requests)
    assert first != _fates(_half(8), requests)
    assert 60 < sum(first) < 140


def test_requests_that_come_between_do_not_change_a_fate():
    mine = [Request("POST", "/batch") for _ in range(50)]
    alone = _fates(_half(3), mine)
    faults = _half(3)
    among = []
    for request in mine:
        faults.pick("hubspot", Request("GET", "/other"))
        among.append(faults.pick("hubspot", request) is not None)
    assert among == alone


def test_a_rule_lets_the_first_pass_and_ends_after_so_many():
    faults = Faults()
    faults.set([FaultRule(Kind.STATUS, skip=2, times=3)])
    request = Request("GET", "/x")
    fates = [faults.pick("gmail", request) is not None for _ in range(8)]
    assert fates == [False, False, True, True, True, False, False, False]
    told = faults.describe()["rules"][0]
    assert (told["chosen"], told["hit"]) == (8, 3)


def test_a_rule_chooses_by_service_method_and_path():
    rule = FaultRule(Kind.SLOW, service="hubspot", method="post", path="/crm/*/batch/*")
    chosen = Request("POST", "/crm/objects/batch/create")
    assert rule.chooses("hubspot", chosen)
    assert not rule.chooses("gmail", chosen)
    assert not rule.chooses("hubspot", Request("GET", chosen.path))
    assert not rule.chooses("hubspot", Request("POST", "/crm/objects"))


def test_the_first_rule_that_picks_a_request_decides():
    faults = Faults()
    faults.set([FaultRule(Kind.SLOW, path="/a"), FaultRule(Kind.BLACK_HOLE)])
    picked = [faults.pick("gmail", Request("GET", path)) for path in ("/a", "/b")]
    assert [rule.kind for rule in picked if rule] == [Kind.SLOW, Kind.BLACK_HOLE]


def test_new_rules_count_from_zero():
    faults = Faults()
    once = [FaultRule(Kind.STATUS, times=1)]
    faults.set(once)
    request = Request("GET", "/x")
    assert faults.pick("gmail", request) is not None
    assert faults.pick("gmail", request) is None
    faults.set(once)
    assert faults.pick("gmail", request) is not None
    faults.clear()
    assert faults.pick("gmail", request) is None


def test_a_status_answers_html_or_json_with_the_wait_it_was_given():
    page = FaultRule(Kind.STATUS, status=502, format="html", retry_after=3).answer()
    assert (page.status, page.headers["retry-after"]) == (502, "3")
    assert page.headers["content-type"].startswith("text/html")
    assert b"502 Bad Gateway" in page.body
    own = FaultRule(Kind.STATUS, status=429, body={"category": "RATE_LIMITS"}).answer()
    assert own.body == b'{"category": "RATE_LIMITS"}'


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"kind": "slow", "rat": 1}, "unknown field 'rat'"),
        ({}, "kind is missing"),
        ({"kind": "explode"}, "kind should be one of status"),
        ({"kind": "slow", "rate": 2}, "rate should be a share"),
        ({"kind": "status", "status": 200}, "status should be an HTTP error"),
        ({"kind": "status", "status": True}, "status should be an HTTP error"),
        ({"kind": "slow", "seconds": "long"}, "seconds should be a number"),
        ({"kind": "slow", "times": -1}, "times should be a whole number"),
        ({"kind": "slow", "path": 3}, "path should be a glob"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_with_what_would(given, said):
    with pytest.raises(BadRule, match=said):
        FaultRule.read(given)


def test_a_rule_is_read_from_json_values():
    rule = FaultRule.read({"kind": "status", "status": 503, "rate": 0.25, "times": None})
    assert rule == FaultRule(Kind.STATUS, status=503, rate=0.25)
