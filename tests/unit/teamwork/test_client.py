"""What the client makes of limits, errors and half answers (facts/teamwork.md 5 and 6)."""

from __future__ import annotations

import pytest

from connectors.teamwork.client import TeamworkClient
from syncd.ports.manifest import Toolbox
from syncd.ports.verdicts import InDoubt, Locked, Refused, TryLater, Verdict
from tests.support.transport import SimulatorTransport
from tests.unit.teamwork.conftest import V3


@pytest.fixture
def client_of(settings, clock, simulator):
    def client_of(**changes):
        tools = Toolbox(clock, transport=SimulatorTransport({"teamwork": simulator}))
        return TeamworkClient(settings.model_copy(update=changes), tools)

    return client_of


@pytest.fixture
def client(client_of):
    return client_of()


def verdict_of(call, *args, **more) -> Verdict:
    with pytest.raises(Verdict) as caught:
        call(*args, **more)
    return caught.value


# limits


def test_calls_keep_under_the_configured_rate(client_of, clock):
    client = client_of(calls_per_minute=60)
    asked = []
    for _ in range(200):
        client.get(f"{V3}/me")
        asked.append(clock.now())
    for moment in asked:
        minute = [each for each in asked if 0 <= (each - moment).total_seconds() < 60]
        assert len(minute) <= 61
    assert clock.slept < 220


def test_a_lower_limit_stated_by_the_site_wins(client_of, clock, simulator):
    simulator.control("limits", {"per_minute": 30, "enforce": True})
    client = client_of(calls_per_minute=110)
    for _ in range(90):
        client.get(f"{V3}/me")
    assert clock.slept >= 120
    assert simulator.control("stats", {})["total"] == 90


def test_a_higher_limit_stated_by_the_site_does_not(client_of, clock, simulator):
    simulator.control("limits", {"per_minute": 3000})
    client = client_of(calls_per_minute=60)
    for _ in range(120):
        client.get(f"{V3}/me")
    assert clock.slept >= 50


@pytest.mark.parametrize("style", [429, 400])
@pytest.mark.parametrize("reset", ["seconds", "epoch"])
@pytest.mark.parametrize("family", ["x-ratelimit", "x-rate-limit"])
def test_over_the_limit_waits_as_long_as_the_site_says(
    client, clock, simulator, style, reset, family
):
    limits = {"style": style, "reset": reset, "family": family, "block_seconds": 40}
    simulator.control("limits", {"per_minute": 0, "enforce": True, **limits})
    verdict = verdict_of(client.send, "POST", "/projects", {"project": {"name": "x"}})
    assert isinstance(verdict, TryLater)
    assert verdict.after == pytest.approx(40, abs=1)
    # The next caller waits instead of asking again.
    simulator.control("limits", {"per_minute": 150})
    client.get(f"{V3}/me")
    assert clock.slept == pytest.approx(40, abs=2)


def test_with_no_call_left_the_next_one_waits_for_the_reset(client, clock, simulator):
    simulator.control("limits", {"per_minute": 1, "enforce": True})
    client.get(f"{V3}/me")
    client.get(f"{V3}/me")
    assert clock.slept == pytest.approx(60, abs=1)


def test_a_limit_without_a_time_is_waited_out_for_a_block(client, simulator):
    simulator.control("fault", {"status": 400, "body": {"MESSAGE": "Rate Limit Reached"}})
    simulator.control("limits", {"family": "x-other"})
    verdict = verdict_of(client.get, f"{V3}/me")
    assert isinstance(verdict, TryLater)
    assert verdict.after == 60


def test_a_limit_told_as_a_400_is_never_taken_for_a_missing_feature(client, simulator):
    simulator.control("fault", {"status": 400, "body": {"MESSAGE": "Rate Limit Reached"}})
    assert isinstance(verdict_of(client.get, f"{V3}/customfields", accept={400}), TryLater)


# words


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"errors": [{"title": "Bad Request", "detail": "no name"}]}, "Bad Request: no name"),
        ({"errors": [{"detail": "one"}, {"code": "TWO"}]}, "one; TWO"),
        ({"errors": ["plain"]}, "plain"),
        ({"MESSAGE": "Project name taken", "STATUS": "Error"}, "Project name taken"),
        ({"content": {"message": "inner"}}, "inner"),
        ({"content": {"errors": ["a", "b"]}}, "a; b"),
        ({"message": "lower"}, "lower"),
        ({"error": "short"}, "short"),
        ({"error": "key twp_Secret is off"}, "key twp_*** is off"),
    ],
)
def test_the_services_words_are_kept_without_secrets(client, simulator, body, words):
    simulator.control("fault", {"status": 422, "body": body})
    verdict = verdict_of(client.get, f"{V3}/me")
    assert str(verdict) == f"teamwork 422: {words}"


def test_a_page_of_html_is_not_quoted(client, simulator):
    simulator.control("fault", {"status": 502, "body": "<html><body>nginx</body></html>"})
    assert str(verdict_of(client.get, f"{V3}/me")) == "teamwork 502"


# verdicts of its own


def test_a_bad_key_is_locked_with_the_way_out(client, simulator):
    simulator.control("fault", {"status": 401})
    verdict = verdict_of(client.get, f"{V3}/me")
    assert isinstance(verdict, Locked)
    assert "API key" in verdict.remedy


def test_a_site_that_is_not_teamwork_is_locked_and_not_a_moved_task(client, simulator):
    simulator.control("fault", {"status": 404, "count": 2})
    verdict = verdict_of(client.get, f"{V3}/tasks")
    assert isinstance(verdict, Locked)
    assert "url" in verdict.remedy
    assert not isinstance(verdict_of(client.get, f"{V3}/tasks/12"), Locked)


def test_what_the_user_may_not_do_refuses_one_item_and_not_the_whole_board(client, simulator):
    simulator.control("fault", {"status": 403, "count": 2})
    assert isinstance(verdict_of(client.send, "PUT", "/tasks/12/complete", None), Refused)
    assert isinstance(verdict_of(client.get, f"{V3}/tasks"), Locked)


def test_a_redirect_is_refused_with_where_it_points(client, simulator):
    headers = {"location": "https://login.example/"}
    simulator.control("fault", {"status": 302, "headers": headers})
    verdict = verdict_of(client.send, "POST", "/projects", {"project": {"name": "x"}})
    assert isinstance(verdict, Refused)
    assert "https://login.example/" in str(verdict)


# half answers


@pytest.mark.parametrize("body", ["", "{", "null", "[]", '"x"'])
def test_an_answer_that_is_no_object_is_half_of_one(client, simulator, body):
    simulator.control("fault", {"status": 200, "body": body, "count": 2})
    assert isinstance(verdict_of(client.get, f"{V3}/me"), TryLater)
    assert isinstance(verdict_of(client.send, "PUT", "/tasks/1/complete", None), InDoubt)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"people": "x"},
        {"people": [{"name": "no id"}]},
        {"people": ["x"]},
        {"people": [], "meta": {"page": {"hasMore": True}}},
    ],
)
def test_a_listing_that_cannot_be_whole_is_asked_for_again(client, simulator, body):
    simulator.control("fault", {"status": 200, "body": body, "count": 9})
    assert isinstance(verdict_of(list, client.rows(f"{V3}/people", "people")), TryLater)


def test_null_rows_and_a_missing_meta_end_a_listing(client, simulator):
    simulator.control("fault", {"status": 200, "body": {"people": None}})
    assert list(client.rows(f"{V3}/people", "people")) == []


def test_no_content_is_a_whole_answer(client, simulator):
    simulator.control("fault", {"status": 204})
    assert client.send("DELETE", f"{V3}/tags/1", None).body == {}


def test_an_accepted_status_is_a_reply(client, simulator):
    simulator.control("custom_fields", {"value": 402})
    reply = client.get(f"{V3}/customfields", accept={402})
    assert (reply.status, reply.body["errors"][0]["title"]) == (402, "Not Allowed")
    simulator.control("fault", {"status": 402, "body": "<html>"})
    assert client.get(f"{V3}/customfields", accept={402}).body == {}


def test_the_services_clock_is_read_from_its_answers(client, clock, simulator):
    assert client.get(f"{V3}/me").at == clock.now()
    for header in ("", "soon"):
        fault = {"status": 200, "kind": "answer", "body": {}, "headers": {"date": header}}
        simulator.control("fault", fault)
        assert client.get(f"{V3}/me").at is None
