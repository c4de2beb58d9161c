from __future__ import annotations

import json
import logging

import pytest
import requests

from connectors.hubspot.answers import Reply
from connectors.hubspot.client import HubSpotClient
from syncd.ports.budgets import unhurried
from syncd.ports.simulator import Answer, Request
from syncd.ports.verdicts import InDoubt, Locked, TryLater
from tests.unit.hubspot.service import Service, V

PATH = f"{V}/contacts/batch/read"


def answering(service: Service, status: int = 200, body: bytes = b"{}", **headers: str) -> None:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    service.transport.before = lambda _request: Answer(status, body, named)


def test_calls_go_to_dated_paths_of_the_version_in_the_settings(service):
    client = service.client(api_version="2026-03")
    client.call("GET", client.path("objects", "contacts"), writes=False)
    client.call("GET", client.path("owners"), writes=False)
    client.call("GET", client.path("account-info", "details"), writes=False)
    assert [path for _, _, path in service.transport.calls] == [
        "/crm/objects/2026-03/contacts",
        "/crm/owners/2026-03",
        "/account-info/2026-03/details",
    ]


def test_every_call_is_observed_once(service):
    service.client().call("GET", f"{V}/contacts", writes=False)
    [call] = service.calls
    assert (call.service, call.method, call.path, call.status) == (
        "hubspot",
        "GET",
        f"{V}/contacts",
        200,
    )


def test_ids_in_paths_are_escaped(service):
    assert service.client().path("objects", "contacts", "a/b?c").endswith("/contacts/a%2Fb%3Fc")


def test_an_answer_of_any_status_comes_back_from_send(service):
    answering(service, 409, b'{"message": "no"}', x_a="1")
    reply = service.client().send("POST", PATH, {}, writes=True)
    assert reply == Reply(409, {"message": "no"}, {"x-a": "1"})


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"results": [', b"[1]", b"\xff\xfe"])
def test_an_unreadable_success_is_in_doubt_only_for_a_write(service, body):
    answering(service, 200, body)
    with pytest.raises(InDoubt):
        service.client().send("POST", PATH, {}, writes=True)
    with pytest.raises(TryLater):
        service.client().send("POST", PATH, {}, writes=False)


def test_204_needs_no_body(service):
    answering(service, 204, b"")
    assert service.client().call("DELETE", PATH, writes=True).data == {}


def test_html_from_a_gateway_is_no_reason_to_stumble(service):
    answering(service, 502, b"<html>\xff</html>")
    with pytest.raises(TryLater, match="502"):
        service.client().call("GET", PATH, writes=False)


def test_a_redirect_is_not_followed_with_the_key(service):
    answering(service, 302, b"", location="http://elsewhere.test/")
    with pytest.raises(Locked) as raised:
        service.client().call("GET", PATH, writes=False)
    assert "api_url" in raised.value.remedy
    assert len(service.transport.calls) == 1


def test_a_missing_key_locks_and_names_where_it_should_be(service, monkeypatch):
    client = service.client()
    monkeypatch.delenv("HUBSPOT_TOKEN")
    with pytest.raises(Locked, match="HUBSPOT_TOKEN"):
        client.call("GET", PATH, writes=False)
    assert service.transport.calls == []


def test_a_key_rotated_in_its_file_is_taken_up_at_once(service, tmp_path):
    key = tmp_path / "token"
    key.write_text("pat-old\n")
    client = service.client(token={"file": str(key)})
    with pytest.raises(Locked):
        client.call("GET", f"{V}/contacts", writes=False)
    key.write_text("pat-sandbox\n")
    assert client.call("GET", f"{V}/contacts", writes=False).status == 200


def test_nothing_of_a_body_is_logged_or_printed(service, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    answering(service, 400, json.dumps({"message": "secret words"}).encode())
    service.client().send("POST", PATH, {"inputs": [{"id": "a@b.example"}]}, writes=True)
    printed = caplog.text + "".join(capsys.readouterr())
    assert "secret words" not in printed
    assert "a@b.example" not in printed
    assert "pat-sandbox" not in printed


def test_a_lost_connection_keeps_the_body_out_of_the_verdict(service):
    def reset(_request: Request) -> None:
        raise requests.ConnectionError("reset")

    service.transport.before = reset
    with pytest.raises(InDoubt) as raised:
        service.client().send("POST", PATH, {"inputs": ["a@b.example"]}, writes=True)
    assert "a@b.example" not in str(raised.value)


# pacing


def per_window(service: Service, client: HubSpotClient, path: str, calls: int) -> tuple[int, float]:
    """How many calls left in the first 10 seconds, and how long all took."""
    began, times = service.clock.now(), []
    for _ in range(calls):
        client.send("POST", path, {}, writes=False)
        times.append((service.clock.now() - began).total_seconds())
    return sum(at < 10 for at in times), times[-1]


def test_calls_stay_under_the_burst_limit(service):
    answering(service)
    in_first, took = per_window(service, service.client(calls_per_10_seconds=50), PATH, 101)
    assert 45 <= in_first <= 50
    assert 20 < took < 25


def test_calls_slow_down_to_a_lower_limit_stated_in_headers(service):
    answering(service, x_hubspot_ratelimit_max="20", x_hubspot_ratelimit_remaining="15")
    client = service.client(calls_per_10_seconds=90)
    client.send("POST", PATH, {}, writes=False)
    in_window, _ = per_window(service, client, PATH, 40)
    assert in_window <= 18


def test_a_higher_limit_in_headers_does_not_override_the_settings(service):
    answering(service, x_hubspot_ratelimit_max="190", x_hubspot_ratelimit_remaining="180")
    in_first, _ = per_window(service, service.client(calls_per_10_seconds=50), PATH, 100)
    assert in_first <= 51


def test_a_budget_others_have_used_up_makes_us_wait(service):
    answering(service, x_hubspot_ratelimit_max="100", x_hubspot_ratelimit_remaining="2")
    client = service.client()
    client.send("POST", PATH, {}, writes=False)
    client.send("POST", PATH, {}, writes=False)
    assert service.clock.slept >= 1


def test_search_has_a_pace_of_its_own(service):
    answering(service)
    client = service.client()
    _, took = per_window(service, client, f"{V}/contacts/search", 10)
    assert 2 <= took < 3


def test_a_rate_refusal_holds_the_next_call_back(service):
    service.tell("fault", path="contacts", status=429, policy="TEN_SECONDLY_ROLLING")
    client = service.client()
    with pytest.raises(TryLater) as raised:
        client.call("GET", f"{V}/contacts", writes=False)
    assert raised.value.after == 10
    client.call("GET", f"{V}/contacts", writes=False)
    assert service.clock.slept >= 10


def test_near_the_end_of_the_days_calls_a_backlog_waits_and_what_comes_in_does_not(service):
    day = "250000"
    left = {"x_hubspot_ratelimit_daily": day, "x_hubspot_ratelimit_daily_remaining": "24000"}
    answering(service, 200, b"{}", **left)
    client = service.client()
    client.send("POST", PATH, {}, writes=False)
    client.send("POST", PATH, {}, writes=False)
    with unhurried(), pytest.raises(TryLater) as later:
        client.send("POST", PATH, {}, writes=False)
    assert later.value.after == pytest.approx(900, abs=10)
    answering(service, 200, b"{}", **left | {"x_hubspot_ratelimit_daily_remaining": day})
    client.send("POST", PATH, {}, writes=False)
    with unhurried():
        client.send("POST", PATH, {}, writes=False)


def test_after_the_daily_limit_no_call_leaves_until_midnight(service):
    crm = service.ready()
    service.tell("fault", status=429, policy="DAILY")
    with pytest.raises(TryLater) as raised:
        crm.owners()
    assert raised.value.after == 15 * 3600  # from nine in the morning in London
    service.transport.calls.clear()
    with pytest.raises(TryLater) as again:
        crm.owners()
    assert again.value.after == 15 * 3600
    assert service.transport.calls == []
    service.clock.advance(15 * 3600)
    assert crm.owners() == []
