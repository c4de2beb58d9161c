"""What several processes on one server share: a writer's turn, holding, words, budgets."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, event

from connectors._kit.pacing import Pacer
from syncd.core.actions import AddContact, Planned
from syncd.runtime.hold import HeldElsewhere, hold
from syncd.store import dirty, ledger, notes
from syncd.store.budgets import SharedPurse
from syncd.store.database import Store, Where
from syncd.store.server import Server
from syncd.store.shared import Shared
from tests.support.clock import DrivenClock
from tests.support.postgres import postgres

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Owner:
    pass


@pytest.fixture
def server():
    owner = Owner()
    yield postgres().state(owner)
    del owner


@pytest.fixture
def stores(server: Server):
    """Two processes' views of one state."""
    two = Store(server), Store(server)
    yield two
    for one in two:
        one.close()


def test_writers_on_two_machines_take_turns(stores: tuple[Store, Store]):
    def add(store: Store) -> None:
        for _ in range(25):
            with store.begin() as tx:
                notes.write(tx, "count", (notes.read(tx, "count") or 0) + 1, NOW)

    threads = [threading.Thread(target=add, args=(store,)) for store in stores for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    with stores[0].beside() as tx:
        assert notes.read(tx, "count") == 100


def test_a_mark_set_while_somebody_decides_is_not_taken_away_with_theirs(
    stores: tuple[Store, Store],
):
    """The very order in which READ COMMITTED alone would lose it."""
    deciding, reading = stores
    with deciding.begin() as tx:
        dirty.mark(tx, "conversation", [7])
    marked = threading.Event()

    def mail_comes() -> None:
        with reading.begin() as tx:
            dirty.mark(tx, "conversation", [7])
        marked.set()

    with deciding.begin() as tx:
        assert dirty.every(tx, "conversation") == ["7"]
        other = threading.Thread(target=mail_comes)
        other.start()
        assert not marked.wait(0.2)
        dirty.forget(tx, "conversation", [7])
    other.join()
    with deciding.begin() as tx:
        assert dirty.every(tx, "conversation") == ["7"]


def test_looks_wait_for_no_writer(stores: tuple[Store, Store]):
    with stores[0].begin() as tx:
        notes.write(tx, "a", 1, NOW)
        with stores[1].beside() as other:
            assert notes.read(other, "a") is None


def test_an_effect_is_claimed_once_on_either_database(where: Where):
    one, other = Store(where), Store(where)
    planned = [Planned(AddContact("k", "a@x.example", "", ""), "log", "address:a", "add a")]
    with one.begin() as tx:
        ledger.plan(tx, planned, run=1, now=NOW, held={})
    with one.begin() as tx:
        seen = ledger.ready(tx, "add_contact", NOW, 10)
    with other.begin() as tx:
        ledger.claim(tx, ledger.ready(tx, "add_contact", NOW, 10), NOW)
    with pytest.raises(AssertionError, match="claimed"), one.begin() as tx:
        ledger.claim(tx, seen, NOW)
    with one.begin() as tx:
        [effect] = ledger.in_doubt(tx)
        assert effect.attempts == 1
    one.close()
    other.close()


def test_one_holds_a_state_alone_and_is_named_to_the_next(server: Server):
    with hold(server, "run"):
        with (
            pytest.raises(HeldElsewhere, match=r"syncd run, process \d+ on .* since 20"),
            hold(server, "once"),
        ):
            pass
        with pytest.raises(HeldElsewhere), hold(server, "worker", together=True):
            pass
    with hold(server, "once"):
        pass


def test_workers_hold_it_together_and_nobody_alone_beside_them(server: Server):
    with (
        hold(server, "worker", together=True),
        hold(server, "worker", together=True),
        pytest.raises(HeldElsewhere, match="syncd worker"),
        hold(server, "once"),
    ):
        pass


def test_another_state_in_the_same_database_is_nobodys_business(server: Server):
    with hold(server, "run"), hold(postgres().fresh(), "run"):
        pass


def test_whoever_loses_the_connection_it_holds_by_is_told(
    server: Server, monkeypatch: pytest.MonkeyPatch
):
    from sqlalchemy import text

    lost = threading.Event()
    monkeypatch.setattr("syncd.store.holding.BEAT", 0.05)
    monkeypatch.setattr("syncd.runtime.hold._lost", lambda _words: lost.set())
    with hold(server, "run"):
        with postgres().admin.begin() as admin:
            admin.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name LIKE 'syncd run%'"
                )
            )
        assert lost.wait(10)


def shared(store: Store) -> Shared[datetime]:
    return Shared(store, "paused", datetime.isoformat, datetime.fromisoformat, lambda: NOW)


def test_what_one_machine_was_refused_the_others_know(
    stores: tuple[Store, Store], monkeypatch: pytest.MonkeyPatch
):
    one, other = map(shared, stores)
    one["crm"] = NOW
    one["mailbox:a@x.example"] = NOW + timedelta(minutes=5)
    assert dict(other) == dict(one)
    monkeypatch.setattr("syncd.store.shared.FRESH", 0.0)
    assert one.pop("crm") == NOW
    assert one.pop("crm", None) is None
    assert dict(other) == {"mailbox:a@x.example": NOW + timedelta(minutes=5)}
    other.clear()
    assert not one


def test_asking_for_what_nobody_was_refused_asks_the_database_now_and_then(
    stores: tuple[Store, Store], monkeypatch: pytest.MonkeyPatch
):
    one = shared(stores[0])
    asked: list[object] = []
    event.listen(stores[0]._engine, "before_cursor_execute", lambda *said: asked.append(said))
    monkeypatch.setattr("syncd.store.shared.FRESH", 60.0)
    for _ in range(50):
        assert one.get("crm") is None
        one.pop("crm", None)
    once = len(asked)
    assert 0 < once < 50
    monkeypatch.setattr("syncd.store.shared.FRESH", 0.0)
    assert one.get("crm") is None
    assert len(asked) > once


def test_two_machines_keep_to_one_budget_by_the_servers_clock(stores: tuple[Store, Store]):
    clock = DrivenClock()
    pacers = [
        Pacer(
            clock,
            per_second=2,
            burst=10,
            purse=SharedPurse(store, "hubspot calls", lambda _tx: clock.now()),
        )
        for store in stores
    ]
    for _ in range(7):
        for one in pacers:
            one.take()
    assert clock.slept == pytest.approx(2.0)
    pacers[0].pause(30)
    pacers[1].take()
    assert clock.slept >= 30
    with stores[0].beside() as tx:
        now = SharedPurse(stores[0], "x")._now(tx)
    assert abs((now - datetime.now(UTC)).total_seconds()) < 60


def test_a_hold_that_ends_is_let_go_before_its_connection_is(monkeypatch: pytest.MonkeyPatch):
    """The server notices late that a connection is gone: the next command comes sooner."""
    server = postgres().fresh()
    still: list[Connection] = []

    def unnoticed(connection: Connection) -> None:
        still.append(connection)

    # As if the server had not noticed yet.
    monkeypatch.setattr(Connection, "close", unnoticed)
    with hold(server, "once"):
        pass
    monkeypatch.undo()
    assert still
    with hold(server, "once"):
        pass
    for one in still:
        one.close()
