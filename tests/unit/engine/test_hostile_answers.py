"""Whatever the services answer, in shape, size or depth: a turn ends, and the next goes on."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from syncd.ports.simulator import Answer, Request
from tests.unit.engine.office import ADA, BOB, MAYA, Office

VALUES: list[Any] = [
    *(None, 0, -1, 10**30, True, False, float("inf"), float("nan"), 1e308),
    *("", "x", "9" * 5_000, "2026-99-99", "\ud83d", "0001-01-01T00:00:00+14:00"),
    *([], {}, [[]], [None], {"a": 1}, {"id": None}, [{"id": "x"}]),
]
HEADERS = [
    *("Retry-After", "Date", "X-RateLimit-Reset", "x-ratelimit-limit", "x-ratelimit-remaining"),
    *("x-hubspot-ratelimit-max", "x-hubspot-ratelimit-interval-milliseconds"),
]
WORDS = ["9" * 400, "nan", "inf", "-1", "0", "x", "Mon, 01 Jan 2020 00:00:00 +99999999999999"]
DEEP = b'{"results":' + b"[" * 100_000


class Liar:
    """Changes answers at random, so many of a hundred."""

    def __init__(self, seed: int, share: int) -> None:
        self._dice = random.Random(seed)  # noqa: S311 - of no secret
        self._share = share

    def __call__(self, _request: Request, answer: Answer) -> Answer:
        dice = self._dice
        if dice.randrange(100) >= self._share:
            return answer
        if dice.randrange(20) == 0:
            return replace(answer, body=DEEP)
        if dice.randrange(5) == 0:
            headers = {**answer.headers, dice.choice(HEADERS): dice.choice(WORDS)}
            status = dice.choice([answer.status, 403, 429, 503])
            return replace(answer, status=status, headers=headers)
        try:
            told = json.loads(answer.body)
        except ValueError:
            return answer
        for _ in range(dice.choice([1, 1, 3])):
            path = dice.choice(list(_paths(told)))
            told = _put(told, path, dice.choice(VALUES))
        return replace(answer, body=json.dumps(told).encode())


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    inside = value.items() if isinstance(value, dict) else ()
    for key, one in [*inside, *(enumerate(value[:3]) if isinstance(value, list) else ())]:
        yield from _paths(one, (*path, key))


def _put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    value[path[0]] = _put(value[path[0]], path[1:], new)
    return value


@pytest.mark.parametrize("seed", range(6))
def test_no_answer_ends_the_daemon(tmp_path: Path, seed: int):
    office = Office(tmp_path, mailboxes=(MAYA,), follow_up=["crm_task: true"])
    office.wrote(f"Ada <{ADA}>", 9, "p1@brightlink.example")
    office.got(f"Bob <{BOB}>", 3, "r1@site.example")
    liar = Liar(seed, share=(5, 20, 50)[seed % 3])
    for _ in range(4):
        with office.process() as engine, capture_logs():
            office.transport.after = liar
            engine.turn()
            engine.finish()
        office.clock.advance(3_600)
    for _ in range(3):
        with office.process() as engine:
            engine.turn()
            engine.finish()
        office.clock.advance(days=1)


def test_an_answer_that_cannot_be_read_is_told_once_and_asked_for_again(tmp_path: Path):
    office = Office(tmp_path, mailboxes=(MAYA,))
    office.wrote(f"Ada <{ADA}>", 9, "p1@brightlink.example")

    def odd(request: Request, answer: Answer) -> Answer:
        if "/contacts/batch/read" not in request.path:
            return answer
        return replace(answer, body=b'{"results": [7]}')

    with office.process() as engine, capture_logs() as logs:
        office.transport.after = odd
        engine.turn()
    told = [one for one in logs if one["event"] == "answer_unreadable"]
    assert told
    assert told[0]["service"] == "hubspot"
    assert told[0]["method"] == "find_contacts"
    assert not office.emails()
    office.clock.advance(3_600)
    office.turn()
    assert office.emails() == ["Builder guide"]


@pytest.mark.parametrize(
    ("path", "more", "when"),
    [
        ("/messages", {"nextPageToken": "again"}, "first"),
        ("/history", {"nextPageToken": "again"}, "later"),
        ("/contacts/search", {"paging": {"next": {"after": "1"}}}, "later"),
        ("/owners/2026-09", {"paging": {"next": {"after": "1"}}}, "first"),
        ("/tasks.json", {"meta": {"page": {"hasMore": True}}}, "later"),
        ("/people.json", {"meta": {"page": {"hasMore": True}}}, "first"),
    ],
)
def test_a_listing_without_an_end_is_left(
    tmp_path: Path, path: str, more: Any, when: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("connectors.teamwork.client.MOST_PAGES", 20)
    office = Office(tmp_path, mailboxes=(MAYA,))
    office.wrote(f"Ada <{ADA}>", 9, "p1@brightlink.example")
    if when == "later":
        office.turn()
        office.got(f"Ada <{ADA}>", 0, "r1@site.example")
        office.person("completes")
        office.clock.advance(3_600)
    asked = 0

    def endless(request: Request, answer: Answer) -> Answer:
        nonlocal asked
        if not request.path.endswith(path) or answer.status != 200:
            return answer
        asked += 1
        assert asked < 200, "it never ends"
        return replace(answer, body=json.dumps(json.loads(answer.body) | more).encode())

    with office.process() as engine:
        office.transport.after = endless
        engine.turn()
        engine.finish()
    assert asked
