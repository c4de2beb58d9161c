"""Read-only: everything is read and decided, and nothing that could write is ever called."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from syncd import wiring
from syncd.cli import main as command
from syncd.ports.mail import Relabel
from syncd.ports.manifest import Toolbox
from syncd.ports.reading import READS, WRITES
from syncd.ports.simulator import Request
from syncd.ports.verdicts import Outcome, Refused
from syncd.store import tally
from tests.support.world import READS as ASKING
from tests.support.world import World
from tests.unit.engine.office import ADA, MAYA, Office


def read_only(office: Office) -> None:
    office.text += "read_only: true\n"


def writing(office: Office) -> None:
    office.text = office.text.replace("read_only: true\n", "")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """Ada owes an answer, and everything that is to stand in the services does."""
    office = Office(tmp_path, mailboxes=(MAYA,), follow_up=["crm_task: true"])
    office.wrote(f"Ada <{ADA}>", 9, "p1@brightlink.example")
    return office


def forbid_writes(world: World) -> None:
    def fail(request: Request) -> None:
        assert request.method == "GET" or ASKING.search(request.path), request.path

    world.transport.before = fail


def test_a_read_only_turn_reads_decides_and_sends_nothing(office: Office):
    read_only(office)
    forbid_writes(office)
    rest = office.run()
    assert rest.waiting == 0
    with office.process() as engine, engine.ctx.store.begin() as tx:
        states = tally.states(tx)
    assert states["add_contact", "observed"] == 1
    assert {state for _, state in states} <= {"observed", "done"}
    assert not office.end()["emails"]


def test_what_was_only_looked_at_is_done_once_writing_is_allowed(office: Office):
    read_only(office)
    office.run()
    writing(office)
    office.run()
    assert [subject for _, subject, _ in office.end()["emails"]] == ["Builder guide"]


def test_a_service_that_lacks_something_is_not_given_it(tmp_path: Path):
    office = Office(tmp_path, mailboxes=(MAYA,), ready=False)
    read_only(office)
    forbid_writes(office)
    with office.process() as engine:
        assert not engine.set_up()


def test_the_real_ports_have_no_method_that_writes(office: Office):
    read_only(office)
    with office.process() as engine:
        ports = engine.ctx.ports
        held = [*ports.mail.values(), ports.crm, ports.board, ports.web]
    for writes in WRITES.values():
        for name in writes:
            assert not any(hasattr(port, name) for port in held if port is not None), name
    assert all(hasattr(ports.crm, name) for name in READS[type_of("Crm")])


def type_of(name: str) -> type:
    return next(port for port in READS if port.__name__ == name)


@pytest.mark.parametrize("role", ["mail", "crm", "board"])
def test_the_transport_refuses_what_a_connector_would_write_by_itself(office: Office, role: str):
    """Beneath the ports: made with their writes, over a transport that takes none."""
    forbid_writes(office)
    settings = office._settings()
    tools = Toolbox(office.clock, transport=office.transport, read_only=True)
    ports = wiring.connect(settings, tools)
    assert ports.board is not None
    write: Callable[[], list[Outcome]] = {
        "mail": lambda: ports.mail[MAYA].relabel([Relabel("k", MAYA, "t", add=("New",))]),
        "crm": lambda: ports.crm.complete_tasks(["1"]),
        "board": lambda: ports.board.complete_tasks(["1"]),
    }[role]
    try:
        [outcome] = write()
    except Refused as refused:
        outcome = refused
    assert isinstance(outcome, Refused)
    assert "read-only" in str(outcome)


def test_the_option_goes_before_a_command_and_after_it(monkeypatch: pytest.MonkeyPatch):
    for given in (["--read-only", "once"], ["once", "--read-only"]):
        monkeypatch.delenv(command.READ_ONLY_VARIABLE, raising=False)
        assert command._read_only(given) == ["once"]
        assert os.environ.pop(command.READ_ONLY_VARIABLE) == "true"
    monkeypatch.delenv(command.READ_ONLY_VARIABLE, raising=False)
    assert command._read_only(["classify", "--", "--read-only"])[-1] == "--read-only"
    assert command.READ_ONLY_VARIABLE not in os.environ
