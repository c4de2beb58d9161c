"""syncd store copy, syncd prune, and which daemon goes with which runtime."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from syncd.cli.main import main
from syncd.store import notes
from syncd.store.database import Store
from syncd.store.server import Server
from tests.support.postgres import postgres
from tests.unit.engine.office import ADA, Office


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office(tmp_path)
    office.wrote(f"Ada <{ADA}>", 6, "p1@brightlink.example")
    office.turn()
    return office


def settings(office: Office, *more: str) -> str:
    path = office.folder / "syncd.yaml"
    path.write_text(office.text + "".join(f"{line}\n" for line in more))
    return str(path)


def lines(server: Server) -> str:
    return f'store: {{url: "{server.url}", schema: {server.schema}}}'


def test_a_state_is_copied_to_the_server_that_the_settings_name(office: Office, capsys):
    server = postgres().fresh()
    config = settings(office, lines(server))
    source = str(office.folder / "syncd.db")
    assert main(["store", "copy", source, "-", "--config", config, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["ok"], said["rows"]["messages"]) == (True, 1)
    # And from then on it is the state: nothing is done a second time.
    office.where = server
    writes = office.writes()
    office.turn()
    assert office.writes() == writes


def test_a_state_that_somebody_works_on_is_not_copied(office: Office, capsys):
    config = settings(office, lines(postgres().fresh()))
    with office.works():
        source = str(office.folder / "syncd.db")
        assert main(["store", "copy", source, "-", "--config", config]) == 1
    assert "is in use by" in capsys.readouterr().err


def test_nothing_is_copied_over_what_is_there(office: Office, capsys):
    server = postgres().fresh()
    store = Store(server)
    with store.begin() as tx:
        notes.begin_run(tx, "once", office.clock.now())
    store.close()
    config = settings(office, lines(server))
    source = str(office.folder / "syncd.db")
    assert main(["store", "copy", source, "-", "--config", config]) == 1
    assert "something in the state" in capsys.readouterr().err


def test_pruning_without_a_word_in_the_settings_keeps_everything_and_says_so(
    office: Office, capsys
):
    assert main(["prune", "--config", settings(office)]) == 0
    assert "kept for ever" in capsys.readouterr().out


def test_pruning_says_what_it_did(office: Office, capsys):
    config = settings(office, "keep: {facts: 90 days, journal: 90 days}")
    assert main(["prune", "--config", config, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    # By this machine's clock; nothing there is that old, or all of it is.
    assert said["kept_for_ever"] is False
    assert {"conversations", "effects", "runs"} <= said.keys()


def test_a_worker_is_refused_where_one_daemon_does_all_the_work(office: Office, capsys):
    assert main(["worker", "--config", settings(office)]) == 1
    assert "`syncd run` does all the work" in capsys.readouterr().err


def test_the_daemon_is_refused_in_a_cluster(office: Office, capsys):
    config = settings(office, lines(postgres().fresh()), "runtime: cluster")
    assert main(["run", "--config", config]) == 1
    assert "`syncd worker` does the work" in capsys.readouterr().err


def test_a_server_that_does_not_answer_is_told_with_a_remedy(office: Office, capsys):
    config = settings(office, "store: postgresql://nobody@127.0.0.1:1/none")
    assert main(["status", "--config", config]) == 1
    said = capsys.readouterr().err
    assert "cannot use the state postgresql://nobody@127.0.0.1:1/none (schema syncd)" in said
    assert "check the address" in said
