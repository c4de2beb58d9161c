"""What a service refused is kept until a person decides, and never lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from syncd.cli.main import main
from syncd.engine import parked
from syncd.ports.simulator import Answer, Request
from syncd.store import ledger
from tests.unit.engine.office import ADA, Office


class Refusing:
    """A service that refuses calls to a path while `on`."""

    def __init__(self, path: str) -> None:
        self.path, self.on = path, True

    def __call__(self, request: Request) -> Answer | None:
        if self.on and request.method == "POST" and request.path.endswith(self.path):
            return Answer(400, b'{"message": "not in this portal"}', {})
        return None


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def refused(office: Office, path: str = "/emails/batch/create") -> Refusing:
    office.wrote(f"Ada <{ADA}>", 5, "p1@brightlink.example", subject="Builder guide")
    refusing = Refusing(path)
    office.transport.before = refusing
    office.turn()
    (office.folder / "syncd.yaml").write_text(office.text)
    return refusing


def number(office: Office) -> int:
    with office.state() as tx:
        [found] = ledger.in_state(tx, "parked")
    return found.seq


def syncd(office: Office, capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, Any]:
    capsys.readouterr()  # what the turns before logged
    code = main([*args, "--json", "--config", str(office.folder / "syncd.yaml")])
    return code, json.loads(capsys.readouterr().out)


def test_it_is_listed_with_the_services_words(office: Office, capsys):
    refused(office)
    code, found = syncd(office, capsys, "parked", "list")
    assert code == 0
    [one] = found["parked"]
    assert one["number"] == number(office)
    assert "not in this portal" in one["why"]
    assert one["kind"] == "log_email"
    assert found["more"] is False


def test_it_is_shown_with_what_was_sent_but_for_texts(office: Office, capsys):
    refused(office, "/tasks.json")
    code, found = syncd(office, capsys, "parked", "show", str(number(office)))
    assert code == 0
    body = found["parked"]["body"]
    assert body["title"].startswith("Follow up with")
    assert body["body"].endswith("characters)")
    assert (
        main(["parked", "show", str(number(office)), "--config", str(office.folder / "syncd.yaml")])
        == 0
    )
    assert "not in this portal" in capsys.readouterr().out


def test_retried_it_is_sent_again(office: Office, capsys):
    refusing = refused(office)
    refusing.on = False
    code, found = syncd(office, capsys, "parked", "retry", str(number(office)))
    assert (code, found["ok"]) == (0, True)
    office.turn()
    assert office.emails() == ["Builder guide"]
    assert office.states("log_email") == {"done": 1}


def test_retried_and_refused_again_it_is_parked_again(office: Office, capsys):
    refused(office)
    syncd(office, capsys, "parked", "retry", str(number(office)))
    office.turn()
    assert office.states("log_email") == {"parked": 1}


def test_a_person_who_was_refused_is_made_after_all(office: Office, capsys):
    refusing = refused(office, "/contacts/batch/create")
    refusing.on = False
    syncd(office, capsys, "parked", "retry", str(number(office)))
    office.turn()
    assert office.people() == [ADA]
    assert office.emails() == ["Builder guide"]


def test_dropped_it_never_comes_back_and_its_message_says_why(office: Office, capsys):
    refusing = refused(office)
    code, _ = syncd(office, capsys, "parked", "drop", str(number(office)))
    refusing.on = False
    assert code == 0
    office.turn()
    office.nightly()
    assert office.emails() == []
    assert office.states("log_email") == {"dropped": 1}
    assert office.coverage() == {("skipped", parked.DROPPED): 1}


def test_a_dropped_task_is_not_made_again(office: Office, capsys):
    refusing = refused(office, "/tasks.json")
    syncd(office, capsys, "parked", "drop", str(number(office)))
    refusing.on = False
    for _ in range(2):
        office.turn()
        office.nightly()
    assert office.tasks() == []


@pytest.mark.parametrize("what", ["retry", "drop", "show"])
def test_what_is_not_parked_is_told(office: Office, capsys, what: str):
    refused(office)
    code, found = syncd(office, capsys, "parked", what, "4711")
    assert code == 1
    assert found["ok"] is False


def test_what_everything_waits_for_cannot_be_dropped(tmp_path: Path, capsys):
    office = Office(tmp_path / "fresh", ready=False)
    refused(office, "/properties/2026-09/contacts")
    with office.state() as tx:
        first = ledger.in_state(tx, "parked")[0].seq
    code, found = syncd(office, capsys, "parked", "drop", str(first))
    assert code == 1
    assert "everything else waits for this" in found["refused"][str(first)]
    with office.state() as tx:
        assert ledger.in_state(tx, "parked")


def test_several_are_settled_at_once_and_those_that_are_gone_are_named(office: Office, capsys):
    refused(office)
    one = number(office)
    code, found = syncd(office, capsys, "parked", "drop", str(one), "4711")
    assert code == 1
    assert (found["done"], found["absent"]) == ([one], [4711])
    capsys.readouterr()
    assert main(["parked", "list", "--config", str(office.folder / "syncd.yaml")]) == 0
    assert capsys.readouterr().out == "Nothing is parked.\n"
