"""Every limit of facts/gmail.md A4 and every row of A5, where nothing else shows it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from syncd.ports.simulator import Request
from syncd.sandbox.faults import FaultRule, Kind
from tests.unit.gmail.scene import MAYA, TOM, Scene, mail, reason, scene
from tests.unit.gmail.schema import departures_of
from tests.unit.gmail.test_simulator_refusals import by_key


@pytest.fixture
def stage(tmp_path: Path) -> Scene:
    return scene(tmp_path)


def words(said: Any) -> str:
    return str(said["error"]["message"])


def batch(stage: Scene, *ids: str, bearer: str = f"sandbox:{MAYA}") -> list[int]:
    """The statuses of a batch of gets."""
    parts = "".join(
        f"--b\r\nContent-Type: application/http\r\nContent-ID: <x + {n}>\r\n\r\n"
        f"GET /gmail/v1/users/me/messages/{each}?format=minimal HTTP/1.1\r\n\r\n\r\n"
        for n, each in enumerate(ids)
    )
    headers = {
        "authorization": f"Bearer {bearer}",
        "content-type": "multipart/mixed; boundary=b",
    }
    asked = Request("POST", "/batch/gmail/v1", (), headers, f"{parts}--b--\r\n".encode())
    answer = stage.simulator.handle(asked)
    assert answer.status == 200
    return [int(each) for each in re.findall(rb"^HTTP/1.1 (\d+)", answer.body, re.MULTILINE)]


class TestLimits:
    def test_the_project_has_a_minute_of_its_own(self, stage: Scene) -> None:
        stage.control("limits", enforce=True, per_project=3)
        statuses = [
            stage.call("GET", "profile", as_=f"sandbox:{each}")[0]
            for each in (MAYA, TOM, MAYA, TOM)
        ]
        assert statuses == [200, 200, 200, 403]
        _, said = stage.call("GET", "profile")
        assert reason(said) == "rateLimitExceeded"
        assert "'Queries per minute'" in words(said)
        stage.clock.advance(60)
        assert stage.call("GET", "profile")[0] == 200

    def test_the_projects_limit_is_the_published_one_unless_told(self, stage: Scene) -> None:
        assert stage.control("limits")["per_project"] == 1_200_000

    def test_a_day_ends_at_midnight_in_california(self, stage: Scene) -> None:
        stage.clock.advance((datetime(2026, 11, 24, 7, 59, tzinfo=UTC) - stage.clock.now()).seconds)
        stage.control("limits", enforce=True, per_day=2)
        assert [stage.call("GET", "profile")[0] for _ in range(2)] == [200, 200]
        _, said = stage.call("GET", "profile", as_=f"sandbox:{TOM}")
        assert (reason(said), words(said)) == ("dailyLimitExceeded", "Daily Limit Exceeded")
        stage.clock.advance(60)
        assert stage.call("GET", "profile")[0] == 200

    def test_parts_of_a_batch_beyond_what_is_served_at_once_are_refused_alone(
        self, stage: Scene
    ) -> None:
        ids = [stage.deliver() for _ in range(10)]
        stage.control("limits", enforce=True, concurrent=6)
        assert batch(stage, *ids) == [200] * 6 + [429] * 4
        assert batch(stage, *ids[6:]) == [200] * 4
        # Calls one after another are never too many at once.
        assert {stage.call("GET", f"messages/{each}")[0] for each in ids} == {200}

    def test_calls_that_take_their_time_are_too_many_at_once(self, stage: Scene) -> None:
        stage.control("limits", enforce=True, concurrent=2, busy_seconds=1)
        statuses = [stage.call("GET", "profile")[0] for _ in range(3)]
        assert statuses == [200, 200, 429]
        _, said = stage.call("GET", "profile")
        assert (reason(said), words(said)) == (
            "rateLimitExceeded",
            "Too many concurrent requests for user",
        )
        assert stage.call("GET", "profile", as_=f"sandbox:{TOM}")[0] == 200
        stage.clock.advance(1)
        assert stage.call("GET", "profile")[0] == 200

    def test_bandwidth_names_the_time_in_its_words(self, stage: Scene) -> None:
        message = stage.deliver(mail(text="x" * 3000, message_id="big@a.example"))
        stage.control("limits", enforce=True, bandwidth=4000)
        assert stage.call("GET", f"messages/{message}")[0] == 200
        stage.clock.advance(30)
        status, said = stage.call("GET", "profile")
        until = (stage.clock.now() + timedelta(seconds=30)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        assert (status, words(said)) == (429, f"User-rate limit exceeded.  Retry after {until}")
        stage.clock.advance(30)
        assert stage.call("GET", "profile")[0] == 200

    @pytest.mark.parametrize(
        ("count_by", "query", "last"),
        [
            ("mailbox", {}, 200),
            ("service_account", {}, 403),
            ("service_account", {"quotaUser": "b"}, 403),
            ("quota_user", {}, 403),
            ("quota_user", {"quotaUser": "b"}, 200),
        ],
    )
    def test_a_service_account_may_count_as_one_user(
        self, stage: Scene, count_by: str, query: dict[str, str], last: int
    ) -> None:
        maya, tom = (by_key(stage, sub=each)[1]["access_token"] for each in (MAYA, TOM))
        stage.control("limits", enforce=True, per_user=1, count_by=count_by)
        assert stage.call("GET", "profile", as_=maya)[0] == 200
        assert stage.call("GET", "profile", as_=tom, **query)[0] == last
        # A person's own consent is no part of it.
        assert stage.call("GET", "profile", as_=f"sandbox:{TOM}")[0] == (
            403 if count_by == "mailbox" else 200
        )

    @pytest.mark.parametrize(("wrong", "told"), [({"tables": 1}, "tables"), ({"count_by": 3}, "m")])
    def test_limits_there_are_none_of(self, stage: Scene, wrong: Any, told: str) -> None:
        with pytest.raises(ValueError, match=told):
            stage.control("limits", **wrong)

    def test_limits_are_kept(self, stage: Scene) -> None:
        stage.control("limits", concurrent=4, count_by="quota_user", enforce=True)
        before = stage.control("limits")
        stage.simulator.restore(stage.simulator.snapshot())
        assert stage.control("limits") == before


class TestErrorBodies:
    """Each row of A5: by its cause where it has one here, else by switch; always in its words."""

    @pytest.mark.parametrize(
        ("lock", "status", "why", "told"),
        [
            ("mail_disabled", 400, "failedPrecondition", "Mail service not enabled"),
            ("suspended", 400, "failedPrecondition", "Precondition check failed."),
            ("domain_policy", 403, "domainPolicy", "domain administrators"),
        ],
    )
    def test_a_mailbox_that_is_closed_though_its_token_is_good(
        self, stage: Scene, lock: str, status: int, why: str, told: str
    ) -> None:
        stage.control("revoke", mailbox=MAYA, reason=lock)
        bearer = by_key(stage)[1]["access_token"]
        for each in (bearer, f"sandbox:{MAYA}"):
            got, said = stage.call("GET", "profile", as_=each)
            assert (got, reason(said)) == (status, why)
            assert told in words(said)
        assert stage.call("GET", "profile", as_=f"sandbox:{TOM}")[0] == 200
        stage.control("restore_access", mailbox=MAYA)
        assert stage.call("GET", "profile")[0] == 200

    def test_a_lock_there_is_no_key_to(self, stage: Scene) -> None:
        with pytest.raises(ValueError, match="invalid_rapt"):
            stage.control("revoke", mailbox=MAYA, reason="moody")

    @pytest.mark.parametrize(
        ("status", "variant", "domain", "why", "told"),
        [
            (403, "rateLimitExceeded", "usageLimits", "rateLimitExceeded", ""),
            (403, "userRateLimitExceeded", "usageLimits", "userRateLimitExceeded", "User Rate"),
            (403, "dailyLimitExceeded", "usageLimits", "dailyLimitExceeded", "Daily Limit"),
            (403, "domainPolicy", "global", "domainPolicy", "administrators"),
            (403, "insufficientPermissions", "global", "insufficientPermissions", "scopes"),
            (401, "", "global", "authError", "Invalid Credentials"),
            (404, "", "global", "notFound", "Requested entity was not found."),
            (429, "", "global", "rateLimitExceeded", "Too many concurrent requests for user"),
            (429, "exhausted", "global", "rateLimitExceeded", "(e.g. check quota)."),
            (429, "retryAfter", "global", "rateLimitExceeded", "Retry after 2026-"),
            (500, "", "global", "backendError", "Backend Error"),
            (503, "", "global", "backendError", "Backend Error"),
        ],
    )
    def test_a_rule_of_the_sandbox_speaks_as_google_does(
        self, stage: Scene, status: int, variant: str, domain: str, why: str, told: str
    ) -> None:
        asked = Request("GET", "/gmail/v1/users/me/profile")
        rule = FaultRule(Kind.STATUS, status=status, variant=variant)
        answer = rule.answer(stage.simulator.worded(asked, status, variant))
        said = json.loads(answer.body)
        assert departures_of("GET", asked.path, answer.status, said) == []
        [error] = said["error"]["errors"]
        assert (error["domain"], error["reason"]) == (domain, why)
        assert told in error["message"]

    def test_a_part_of_a_batch_is_refused_by_itself(self, stage: Scene) -> None:
        ids = [stage.deliver() for _ in range(4)]
        fault = {"status": 429, "reason": "rateLimitExceeded", "count": 2}
        stage.control("fault", parts=True, **fault)
        assert batch(stage, *ids) == [429, 429, 200, 200]
