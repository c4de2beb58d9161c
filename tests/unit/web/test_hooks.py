"""Where services tell us things: who is heard, who is turned away, and what comes of it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from syncd.ports.hints import Hint, Notification, Reason, Refusal
from syncd.web import hooks
from syncd.web.hooks import LARGEST, Desk, Hooks, Memory, Receiver
from tests.support.asgi import Reply, Visitor


async def _elsewhere(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 418, "headers": []})
    await send({"type": "http.response.body", "body": b"elsewhere"})


@dataclass
class Site:
    """One receiver, `crm`, which gives whatever `answer` is."""

    answer: Hint | Refusal = field(default_factory=lambda: Hint(crm=True))
    per_minute: int = 60
    public_url: str = ""
    now: float = 1000.0
    seen: list[Notification] = field(default_factory=list)
    told: list[Hint] = field(default_factory=list)
    counted: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        def judge(told: Notification) -> Hint | Refusal:
            self.seen.append(told)
            return self.answer

        desk = Desk(
            receivers=lambda: {"crm": Receiver("hubspot", judge)},
            told=self.told.append,
            counted=lambda *it: self.counted.append(it),
            per_minute=self.per_minute,
            public_url=self.public_url,
            is_proxy=lambda peer: peer == "127.0.0.1",
            clock=lambda: self.now,
        )
        self.visitor = Visitor(Hooks(_elsewhere, desk))

    def post(self, body: bytes = b"[]", path: str = "/hooks/crm", **headers: str) -> Reply:
        return self.visitor.ask("POST", path, body, headers)


def test_a_hint_is_handed_on_and_answered_with_the_one_status_all_take():
    site = Site()
    reply = site.post()
    assert (reply.status, site.told) == (200, [Hint(crm=True)])
    assert site.counted == [("hubspot", "taken")]


def test_a_hint_at_nothing_of_ours_is_taken_and_goes_nowhere():
    site = Site(Hint())
    assert site.post().status == 200
    assert site.told == []
    assert site.counted == [("hubspot", "nothing")]


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        (Reason.UNSIGNED, 401),
        (Reason.FORGED, 403),
        (Reason.STALE, 403),
        (Reason.REPLAY, 403),
        (Reason.UNREADABLE, 400),
        (Reason.UNREADY, 503),
    ],
)
def test_who_is_turned_away_hears_no_reason(reason: Reason, status: int):
    site = Site(Refusal(reason))
    reply = site.post()
    assert (reply.status, reply.text) == (status, "refused\n")
    assert site.told == []
    assert site.counted == [("hubspot", str(reason))]


def test_only_known_addresses_answer_and_only_to_a_post():
    site = Site()
    assert site.post(path="/hooks/other").status == 404
    assert site.post(path="/hooks/").status == 404
    assert site.post(path="/hooks/crm/more").status == 404
    assert site.visitor.get("/hooks/crm").status == 405
    assert site.visitor.get("/elsewhere").status == 418
    assert (site.seen, site.counted) == ([], [])


def test_a_body_too_large_is_refused_by_its_length_and_by_what_comes():
    site = Site()
    assert site.visitor.ask("POST", "/hooks/crm", b"", {"content-length": "9" * 9}).status == 413
    assert site.visitor.ask("POST", "/hooks/crm", b"", {"content-length": "-1"}).status == 413
    site.visitor.headers["transfer-encoding"] = "chunked"
    assert site.post(b"x" * (LARGEST + 1)).status == 413
    assert site.post(b"x" * LARGEST).status == 200
    assert [result for _, result in site.counted] == ["large", "large", "large", "taken"]


def test_a_body_that_never_ends_is_not_waited_for(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hooks, "_BODY_SECONDS", 0.01)
    site, sent = Site(), list[Any]()
    scope = {
        "type": "http", "method": "POST", "path": "/hooks/crm", "query_string": b"",
        "headers": [], "client": ("127.0.0.1", 1),
    }  # fmt: skip

    async def receive() -> Any:
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(site.visitor.app(scope, receive, send))
    assert sent[0]["status"] == 408
    assert site.counted == [("hubspot", "slow")]


def test_more_than_the_limit_is_turned_away_until_time_has_passed():
    site = Site(per_minute=3)
    assert [site.post().status for _ in range(5)] == [200, 200, 200, 429, 429]
    site.now += 20
    assert [site.post().status for _ in range(2)] == [200, 429]
    assert site.counted.count(("hubspot", "limited")) == 3


def test_the_same_signature_again_is_a_replay_where_each_sending_is_signed_anew():
    site = Site(Hint(crm=True, seal="s", sealed_once=True))
    assert [site.post().status, site.post().status] == [200, 403]
    assert [result for _, result in site.counted] == ["taken", "replay"]
    assert len(site.told) == 1


def test_the_same_signature_again_is_taken_in_vain_where_it_may_be_a_retry():
    site = Site(Hint(board=True, seal="s"))
    assert [site.post().status, site.post().status] == [200, 200]
    assert [result for _, result in site.counted] == ["taken", "repeated"]
    site.now += 901
    assert site.post().status == 200
    assert len(site.told) == 2


def test_events_told_before_tell_nothing_and_one_new_one_does():
    site = Site(Hint(crm=True, seal="1", sealed_once=True, events=("a", "b")))
    site.post()
    site.answer = Hint(crm=True, seal="2", sealed_once=True, events=("a", "b"))
    site.post()
    site.answer = Hint(crm=True, seal="3", sealed_once=True, events=("b", "c"))
    site.post()
    assert [result for _, result in site.counted] == ["taken", "repeated", "taken"]


def test_a_notification_that_was_turned_away_is_not_remembered():
    site = Site(Refusal(Reason.FORGED))
    site.post()
    site.answer = Hint(crm=True, seal="s", sealed_once=True)
    assert site.post().status == 200


def test_the_address_is_the_public_one_where_it_is_known():
    site = Site(public_url="https://syncd.example.com/team/")
    site.post(path="/hooks/crm?a=%3A1")
    assert site.seen[0].url == "https://syncd.example.com/team/hooks/crm?a=%3A1"


def test_the_address_is_else_as_the_proxy_says_and_strangers_do_not():
    site = Site()
    site.post(host="syncd.example.com", x_forwarded_proto="https")
    site.visitor.peer = "10.0.0.9"
    site.post(host="syncd.example.com", x_forwarded_proto="https")
    assert [told.url for told in site.seen] == [
        "https://syncd.example.com/hooks/crm",
        "http://syncd.example.com/hooks/crm",
    ]


def test_headers_and_the_raw_body_arrive_as_they_were_sent():
    site = Site()
    site.post(b'[ 1 ,\n "\xff"]', X_Signature="AbC")
    assert site.seen[0].body == b'[ 1 ,\n "\xff"]'
    assert site.seen[0].headers["x-signature"] == "AbC"


def test_the_memory_is_bounded_and_forgets_the_oldest_first(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hooks, "_MOST_REMEMBERED", 3)
    memory = Memory(60, lambda: 0.0)
    for name in "abcd":
        assert not memory.knows([name])
    assert memory.knows(["d"])
    assert not memory.knows(["a"])
