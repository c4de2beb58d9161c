"""The mail port over the simulator: what the contract suite does not reach."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import requests

from syncd.core.facts import MailItem
from syncd.ports.mail import Fetched, Gone
from syncd.ports.manifest import Call, Toolbox
from syncd.ports.simulator import Answer, Request
from syncd.ports.verdicts import Locked, Refused, TryLater
from tests.unit.gmail.scene import BATCH, HISTORY, MAYA, TOM, Scene, mail, part_count, scene

MISSING = "0123456789abcdef"


@pytest.fixture
def stage(tmp_path: Path) -> Scene:
    return scene(tmp_path)


def kinds(fetched: list[Fetched]) -> list[type]:
    return [type(each) for each in fetched]


class Batches:
    """Listens on the line: how many calls each batch held."""

    def __init__(self, stage: Scene) -> None:
        self.sizes: list[int] = []
        stage.transport.before = self._listen

    def _listen(self, request: Request) -> Answer | None:
        if request.path == BATCH:
            self.sizes.append(part_count(request))
        return None


def test_a_hundred_messages_cost_two_calls(stage: Scene) -> None:
    made = [stage.deliver() for _ in range(100)]
    stage.source.cursor(MAYA)  # so that the token is there
    before = len(stage.transport.calls)
    fetched = stage.source.fetch(MAYA, made[:50]) + stage.source.fetch(MAYA, made[50:])
    assert kinds(fetched) == [MailItem] * 100
    assert stage.transport.calls[before:] == [("gmail", "POST", BATCH)] * 2


def test_only_the_parts_that_failed_are_asked_for_again(stage: Scene) -> None:
    made = [stage.deliver() for _ in range(100)]
    batches = Batches(stage)
    stage.control("fault", parts=True, count=60, status=429, reason="rateLimitExceeded")
    fetched = stage.source.fetch(MAYA, made)
    assert [each.remote_id for each in fetched if isinstance(each, MailItem)] == made
    # 50 of the first batch fail, then 10 of its repetition; the second batch meets none.
    assert batches.sizes == [50, 50, 10, 50]
    assert stage.control("stats")["units"][MAYA] == 100 * 20


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (429, "rateLimitExceeded"),
        (403, "rateLimitExceeded"),
        (403, "userRateLimitExceeded"),
        (500, "backendError"),
        (503, "backendError"),
    ],
)
def test_parts_that_fail_for_a_moment_come_after_a_growing_wait(
    stage: Scene, status: int, reason: str
) -> None:
    made = [stage.deliver() for _ in range(3)]
    stage.control("fault", parts=True, count=4, status=status, reason=reason)
    assert kinds(stage.source.fetch(MAYA, made)) == [MailItem] * 3
    assert stage.clock.slept >= 2 + 8


def test_parts_that_stay_throttled_come_back_as_try_later_and_the_rest_as_mail(
    stage: Scene,
) -> None:
    kept, lost = stage.deliver(), stage.deliver()
    stage.control("fault", parts=True, count=99, path=lost, status=429, reason="rateLimitExceeded")
    batches = Batches(stage)
    assert kinds(stage.source.fetch(MAYA, [kept, lost])) == [MailItem, TryLater]
    assert batches.sizes == [2, 1, 1, 1]


def test_a_wait_of_hours_is_left_to_the_engine(stage: Scene) -> None:
    message = stage.deliver()
    words = "User-rate limit exceeded.  Retry after 2026-11-23T11:00:00Z"
    stage.control("fault", parts=True, count=1, status=429, reason="x", message=words)
    (outcome,) = stage.source.fetch(MAYA, [message])
    assert isinstance(outcome, TryLater)
    assert outcome.after == 7200
    assert stage.clock.slept == 0


def test_a_message_gmail_will_not_serve_is_refused_alone(stage: Scene) -> None:
    kept = stage.deliver()
    fetched = stage.source.fetch(MAYA, ["not-an-id", kept, MISSING])
    assert kinds(fetched) == [Refused, MailItem, Gone]
    assert "Invalid id value" in str(fetched[0])


def test_the_same_id_twice_is_fetched_once_and_given_twice(stage: Scene) -> None:
    message = stage.deliver()
    fetched = stage.source.fetch(MAYA, [message, message])
    assert fetched[0] == fetched[1]
    assert stage.control("stats")["parts"] == {"GET /gmail/v1/users/{userId}/messages/{id}": 1}


def test_a_part_that_cannot_be_read_does_not_spoil_the_others(stage: Scene) -> None:
    kept, broken = stage.deliver(), stage.deliver()
    stage.control("fault", parts=True, count=9, path=broken, status=200, body='{"id": ')
    assert kinds(stage.source.fetch(MAYA, [broken, kept])) == [TryLater, MailItem]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda answer: Answer(200, answer.body[: len(answer.body) // 2], answer.headers),
        lambda answer: Answer(200, b"", answer.headers),
        lambda answer: Answer(200, b"<html>", {"content-type": "text/html"}),
        lambda answer: Answer(200, answer.body, {}),
        lambda answer: Answer(200, answer.body.replace(b"Content-ID", b"X-ID"), answer.headers),
        lambda answer: Answer(200, answer.body.replace(b"HTTP/1.1", b"HTTP"), answer.headers),
        lambda answer: Answer(200, b"\xff" + answer.body, answer.headers),
        lambda answer: Answer(302, b"", {"location": "http://elsewhere.test/"}),
    ],
)
def test_half_a_batch_answer_loses_nothing(stage: Scene, spoil: object) -> None:
    made = [stage.deliver() for _ in range(3)]
    assert callable(spoil)
    stage.transport.after = lambda asked, answer: spoil(answer) if asked.path == BATCH else answer
    with pytest.raises((TryLater, Refused)):
        stage.source.fetch(MAYA, made)
    stage.transport.after = lambda _asked, answer: answer
    assert kinds(stage.source.fetch(MAYA, made)) == [MailItem] * 3


def test_what_came_before_the_line_went_dead_is_kept(stage: Scene) -> None:
    kept, slow = stage.deliver(), stage.deliver()
    stage.control("fault", parts=True, count=1, path=slow, status=503)
    seen = []

    def dies(request: Request) -> Answer | None:
        seen.append(request.path)
        if seen.count(BATCH) > 1:
            raise requests.ConnectionError("reset by peer")
        return None

    stage.transport.before = dies
    assert kinds(stage.source.fetch(MAYA, [kept, slow])) == [MailItem, TryLater]


def test_a_mailbox_revoked_inside_a_batch_is_locked_as_a_whole(stage: Scene) -> None:
    made = [stage.deliver() for _ in range(3)]
    stage.control("fault", parts=True, count=99, status=401, reason="authError")
    with pytest.raises(Locked):
        stage.source.fetch(MAYA, made)


def test_a_failing_bug_of_ours_is_not_taken_for_a_broken_answer(stage: Scene) -> None:
    def bug(_request: Request) -> Answer | None:
        raise TypeError("ours")

    stage.transport.before = bug
    with pytest.raises(TypeError, match="ours"):
        stage.source.cursor(MAYA)


def test_changes_go_on_over_empty_pages(stage: Scene) -> None:
    cursor = stage.source.cursor(MAYA)
    first = stage.deliver()
    stage.control("noise", mailbox=MAYA, records=1200)
    last = stage.deliver()
    changes = stage.source.changes(MAYA, cursor)
    assert changes.added == (first, last)
    assert stage.calls(HISTORY) == 3
    assert stage.source.changes(MAYA, changes.cursor).added == ()


def test_what_comes_in_between_two_pages_is_told_once(stage: Scene) -> None:
    cursor = stage.source.cursor(MAYA)
    first = stage.deliver()
    stage.control("noise", mailbox=MAYA, records=600)
    between: list[str] = []

    def arrives(request: Request) -> Answer | None:
        if request.param("pageToken"):
            between.append(stage.deliver())
        return None

    stage.transport.before = arrives
    changes = stage.source.changes(MAYA, cursor)
    assert changes.added == (first, *between)
    assert stage.source.changes(MAYA, changes.cursor).added == ()


def test_history_is_asked_for_without_a_label(stage: Scene) -> None:
    asked: list[str] = []
    stage.transport.before = lambda request: asked.append(repr(request.query))
    stage.source.changes(MAYA, stage.source.cursor(MAYA))
    assert "startHistoryId" in asked[-1]
    assert "labelId" not in asked[-1]


def test_push_that_comes_before_the_history_loses_nothing(stage: Scene) -> None:
    stage.control("lag", seconds=20)
    cursor = stage.source.cursor(MAYA)
    message = stage.deliver()
    early = stage.source.changes(MAYA, cursor)
    assert early.added == ()
    stage.clock.advance(21)
    assert stage.source.changes(MAYA, early.cursor).added == (message,)


def test_a_burst_within_one_second_and_out_of_order_is_listed_whole(stage: Scene) -> None:
    now = stage.clock.now()
    made = {stage.deliver(at=now - timedelta(milliseconds=(n * 7) % 13)) for n in range(14)}
    listing = stage.source.listing(MAYA, now - timedelta(seconds=1), None)
    assert set(listing.ids) == made


def test_the_same_mail_has_different_ids_in_two_mailboxes(stage: Scene) -> None:
    raw = mail(message_id="one@acme.example")
    maya, tom = stage.deliver(raw, to=MAYA), stage.deliver(raw, to=TOM)
    assert maya != tom
    assert isinstance(stage.source.fetch(TOM, [maya])[0], Gone)


def test_a_mailbox_is_paced_in_quota_units(tmp_path: Path) -> None:
    stage = scene(tmp_path, units=6000)
    stage.control("limits", table="new", enforce=True)
    made = [stage.deliver() for _ in range(500)]
    for start in range(0, 500, 50):
        assert kinds(stage.source.fetch(MAYA, made[start : start + 50])) == [MailItem] * 50
    # 10,000 units at 6,000 a minute: Gmail never had to refuse.
    assert 90 <= stage.clock.slept <= 120
    assert stage.control("stats")["units"][MAYA] == 10_000


def test_an_older_project_reads_four_times_as_much_for_the_same_units(tmp_path: Path) -> None:
    stage = scene(tmp_path, units=6000, quota_table="older")
    stage.control("limits", table="old", enforce=True)
    made = [stage.deliver() for _ in range(500)]
    for start in range(0, 500, 50):
        assert kinds(stage.source.fetch(MAYA, made[start : start + 50])) == [MailItem] * 50
    assert stage.control("stats")["units"][MAYA] == 2_500
    assert stage.clock.slept < 30


def test_all_mailboxes_together_stay_under_the_projects_limit(tmp_path: Path) -> None:
    stage = scene(tmp_path, project_units_per_minute=6000)
    for address in (MAYA, TOM):
        made = [stage.deliver(to=address) for _ in range(250)]
        for start in range(0, 250, 50):
            stage.source.fetch(address, made[start : start + 50])
    assert 90 <= stage.clock.slept <= 120


def test_one_mailbox_waiting_leaves_the_other_its_own_budget(tmp_path: Path) -> None:
    stage = scene(tmp_path, units=1200)
    stage.source.fetch(MAYA, [stage.deliver() for _ in range(50)])
    waited = stage.clock.slept
    assert waited > 30
    stage.source.cursor(TOM)
    assert stage.clock.slept == waited


def test_a_quota_refusal_holds_for_every_later_call_into_the_mailbox(stage: Scene) -> None:
    words = "User-rate limit exceeded.  Retry after 2026-11-23T11:00:00Z"
    stage.control("fault", path="profile", status=429, reason="", message=words)
    with pytest.raises(TryLater):
        stage.source.cursor(MAYA)
    before = stage.calls()
    with pytest.raises(TryLater) as later:
        stage.source.changes(MAYA, "1000")
    assert later.value.after == 7200
    assert stage.calls() == before
    assert stage.source.cursor(TOM)


def test_aliases_that_are_not_verified_are_not_ours(stage: Scene) -> None:
    stage.control(
        "add_mailbox",
        address=MAYA,
        aliases=[
            "Press@BrightLink.example",
            {"sendAsEmail": "ceo@else.example", "verificationStatus": "pending"},
        ],
    )
    assert stage.source.profile(MAYA).aliases == ("press@brightlink.example",)


def test_a_mailbox_named_by_its_alias_is_told_its_real_name(stage: Scene) -> None:
    body = '{"sendAs":[{"sendAsEmail":"Boss@b.example","isPrimary":true}]}'
    stage.control("fault", path="sendAs", status=200, body=body, content_type="application/json")
    profile = stage.source.profile(MAYA)
    assert (profile.address, profile.aliases) == ("boss@b.example", (MAYA,))


def test_no_path_names_a_mailbox_and_every_call_names_a_quota_user(tmp_path: Path) -> None:
    stage = scene(tmp_path)
    calls: list[Call] = []
    asked: list[Request] = []
    stage.transport.before = asked.append
    tools = Toolbox(stage.clock, calls.append, stage.transport)
    source = type(stage.source)(stage.settings, tools)
    for box in (MAYA, TOM):
        source.cursor(box)
    assert not any("brightlink" in call.path for call in calls)
    users = {each.param("quotaUser") for each in asked if each.path != "/token"}
    assert len(users) == 2
    assert all(0 < len(user) <= 40 for user in users)
