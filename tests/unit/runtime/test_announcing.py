"""How a notice reaches a webhook, and what becomes of one that does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import requests
import responses

from syncd.engine.alarms import Notice, NotTold
from syncd.ports.manifest import Toolbox
from syncd.runtime.announcing import slack
from syncd.wiring import poster
from tests.support.clock import DrivenClock

URL = "https://hooks.example/services/T000/SECRET"
NOTICE = Notice(
    "locked/maya@brightlink.example",
    "gmail 401: <revoked> & gone",
    datetime(2026, 11, 23, 9, tzinfo=UTC),
    over=False,
)


@pytest.fixture
def post() -> Any:
    return poster(Toolbox(DrivenClock()))


def test_a_notice_says_what_since_when_and_where_to_look():
    said = slack(NOTICE, "http://127.0.0.1:8385")
    [attachment] = said["attachments"]
    assert said["text"].startswith("syncd: locked maya@brightlink.example: gmail 401")
    assert attachment["title_link"] == "http://127.0.0.1:8385"
    assert attachment["footer"] == "since 2026-11-23 09:00 UTC"


def test_an_all_clear_says_that_it_is_over():
    said = slack(replace(NOTICE, over=True), "")
    assert said["text"] == "syncd: locked maya@brightlink.example is over"
    assert "title_link" not in said["attachments"][0]
    assert said["attachments"][0]["color"] != slack(NOTICE, "")["attachments"][0]["color"]


def test_a_services_words_can_give_slack_no_orders():
    said = slack(replace(NOTICE, words="<!channel> & <https://x|y>"), "")
    words = said["text"] + said["attachments"][0]["text"]
    assert "<" not in words
    assert "&lt;!channel&gt; &amp; " in words


@responses.activate
def test_it_is_sent_as_json(post):
    responses.post(URL, body="ok")
    post(URL, {"text": "x"})
    [call] = responses.calls
    assert call.request.headers["content-type"] == "application/json"
    assert call.request.body == b'{"text": "x"}'


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 404},
        {"status": 500},
        {"status": 302, "headers": {"location": "https://x"}},
        {"body": requests.ConnectionError(URL)},
        {"body": requests.Timeout(URL)},
    ],
)
@responses.activate
def test_what_does_not_get_through_is_told_without_the_secret_address(post, answer):
    responses.post(URL, **answer)
    with pytest.raises(NotTold) as untold:
        post(URL, {})
    assert "SECRET" not in str(untold.value)
    assert untold.value.__cause__ is None


def test_an_address_that_is_none_is_not_told_either(post):
    with pytest.raises(NotTold):
        post("not an address", {})
