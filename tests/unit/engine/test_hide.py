"""Rules for what is never logged: applied before anything is stored, and offered afterwards."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from syncd.engine import hide as hiding
from syncd.store import traces
from syncd.store.database import Store
from tests.unit.engine.office import ADA, BOB, MAYA, TOM, Office
from tests.unit.store.test_forgotten_everywhere import everything, raw

NEVER = "never: [{domain: lawyer.example}, {subject: 'salary*'}, {label: Private}]"
SECRET = "kqzxjvw"


def _said_in(office: Office) -> str:
    with closing(Store(office.where)) as store:
        return everything(store) + raw(store)


def test_what_a_rule_hides_is_not_stored_at_all(tmp_path: Path):
    office = Office(tmp_path, mailboxes=(MAYA,), log=NEVER)
    office.got(
        f"Lea <lea.{SECRET}@lawyer.example>",
        3,
        f"{SECRET}.1@lawyer.example",
        subject=f"A case of {SECRET}",
        text=f"Dear Maya, {SECRET}",
    )
    office.got("Eve <eve@third.example>", 3, "s@third.example", subject=f"Salary {SECRET}")
    office.wrote(f"Kim <kim@{SECRET}.example>", 3, f"{SECRET}.2@x.example", labels=("Private",))
    office.run()
    assert SECRET not in _said_in(office)
    assert sorted(office.coverage().items()) == [
        (("never", "never log: domain lawyer.example"), 1),
        (("never", "never log: label Private"), 1),
        (("never", "never log: subject salary*"), 1),
    ]


@pytest.fixture(params=["file", "server"])
def office(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: Any) -> Office:
    """A lawyer's mail, stored and logged before anybody thought of a rule."""
    monkeypatch.setenv("SYNCD_TEST_STORE", request.param)
    office = Office(tmp_path, mailboxes=(MAYA, TOM))
    office.wrote("Lea <lea@lawyer.example>", 9, "p1@brightlink.example")
    office.wrote(f"Ada <{ADA}>", 9, "p2@brightlink.example")
    office.wrote(f"Bob <{BOB}>", 3, "p3@brightlink.example", subject="Salary of builders")
    office.run()
    assert len(office.emails()) == 3
    office.text = office.text.replace("log: {", f"log: {{{NEVER}, ")
    return office


def test_a_later_rule_says_what_it_would_have_hidden_and_touches_nothing(
    office: Office, capsys: pytest.CaptureFixture[str]
):
    before = office.end()
    office.run()
    assert "hidden_by_new_rules" in capsys.readouterr().out
    assert office.end() == before
    with office.works() as engine, engine.ctx.store.begin() as tx:
        found = hiding.look(tx, engine.ctx.rules.log)
    assert found.by_rule == {
        "never log: domain lawyer.example": 1,
        "never log: subject salary*": 1,
    }
    assert len(found.logged) == 2


@pytest.mark.parametrize("asked", [False, True])
def test_what_is_hidden_goes_here_and_as_asked_outside(office: Office, asked: bool):  # noqa: FBT001
    before = office.end()
    with office.works() as engine:
        assert not hiding.hide(engine, crm=asked, board=asked)
    with office.state() as tx:
        assert not traces.traces(tx, ["lea@lawyer.example"]).keys() & {"participants.address"}
        assert tx.exec_driver_sql("SELECT count(*) FROM messages").scalar() == 1
    if not asked:
        assert office.end() == before
        return
    assert office.emails() == ["Builder guide"]
    assert [name for name in office.open_tasks() if "Lea" in name or "lawyer" in name] == []
    office.since()
    office.clock.advance(days=1)
    office.run()
    assert office.emails() == ["Builder guide"]


def test_a_copy_that_no_rule_hides_keeps_the_message(office: Office):
    office.wrote("Una <una@fifth.example>", 1, "both@brightlink.example")
    office.got(
        f"Us <{MAYA}>", 1, "both@brightlink.example", mailbox=TOM, labels=("INBOX", "Private")
    )
    office.run()
    with office.works() as engine, engine.ctx.store.begin() as tx:
        assert len(hiding.look(tx, engine.ctx.rules.log).reasons) == 2
