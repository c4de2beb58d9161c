"""A turn with nothing new asks each mailbox once, the board once, and nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.engine.office import ADA, BOB, MAYA, TOM, Office

POLL = "GET /projects/api/v3/tasks.json"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    office = Office(Path(tmp_path_factory.mktemp("idle")), mailboxes=(MAYA, TOM), ready=False)
    office.wrote(f"Ada <{ADA}>", 6, "p1@brightlink.example")
    office.wrote(f"Bob <{BOB}>", 1, "p2@brightlink.example", mailbox=TOM)
    office.turn()
    return office


def assert_only_asked(office: Office) -> None:
    history = [one for one in office.calls("gmail") if not one.endswith("/token")]
    assert history == ["GET /gmail/v1/users/me/history"] * 2
    assert office.calls("hubspot") == []
    assert office.calls("teamwork") == [POLL]


def test_the_turn_after_the_first_only_asks(office: Office):
    office.since()
    office.turn()
    assert_only_asked(office)


def test_so_does_another_turn_of_the_same_process(office: Office):
    with office.works() as engine:
        engine.turn()
        office.since()
        engine.turn()
        engine.finish()
    assert_only_asked(office)


def test_a_run_that_does_nothing_is_not_written_down(office: Office):
    from syncd.store.schema import runs

    with office.state() as tx:
        before = tx.execute(runs.select()).all()
    office.turn()
    with office.state() as tx:
        assert tx.execute(runs.select()).all() == before


def test_a_settled_world_is_at_rest(office: Office):
    rest = office.turn()
    assert rest.quiet
    assert rest.again_at is None
