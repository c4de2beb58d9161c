"""A state that was lost is made anew from the services, and then nothing is done twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from syncd import app
from syncd.engine.rebuild import CannotRebuild, Rebuilt, rebuild
from syncd.ports.verdicts import Verdict
from syncd.store.database import Server, UnusableState
from tests.support.postgres import postgres
from tests.unit.engine.office import ADA, BOB, MAYA, TOM, Office

EVE, KIM, UNA, ZOE = (f"{one}@{one}s.example" for one in ("eve", "kim", "una", "zoe"))


def lose(office: Office) -> None:
    if isinstance(office.where, Server):
        postgres().drop(office.where)
        return
    for path in office.folder.glob("syncd.db"):
        path.unlink()
    for path in office.folder.glob("syncd.db-*"):
        path.unlink()


def anew(office: Office, *, anyway: bool = False) -> Rebuilt:
    with app.rebuilding(office.settings, office.wish("rebuild"), anyway=anyway) as (works, _):
        return rebuild(works)


# What concerns files alone.
in_a_file = pytest.mark.parametrize("office", ["file"], indirect=True)


@pytest.fixture(params=["file", "server"])
def office(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: Any) -> Office:
    """Waits of every kind: open, completed, deleted and closed tasks, a stage of a person's."""
    monkeypatch.setenv("SYNCD_TEST_STORE", request.param)
    office = Office(tmp_path, mailboxes=(MAYA, TOM), follow_up=["crm_task: true"])
    for number, (who, box) in enumerate(
        ((ADA, MAYA), (BOB, MAYA), (EVE, TOM), (KIM, MAYA), (UNA, TOM))
    ):
        office.wrote(f"X <{who}>", 9, f"p{number}@brightlink.example", mailbox=box)
    office.turn()
    assert len(office.open_tasks()) == 5
    tasks = {row["name"]: row["id"] for row in office.tasks()}

    def does(what: str, who: str) -> None:
        [task] = [task for name, task in tasks.items() if who in name or who.split("@")[1] in name]
        office.tell("teamwork", f"person_{what}", task=task, by=MAYA)

    does("completes", BOB)
    does("deletes", EVE)
    office.got(f"X <{KIM}>", 0.1, "r3@kims.example", answers="p3@brightlink.example")
    contact = office.contact(ADA)
    office.tell(
        "hubspot", "person_sets", contact=contact["id"], properties={"syncd_stage": "agreed"}
    )
    office.tell("hubspot", "add_contact", email=ZOE)
    office.wrote(f"Zoe <{ZOE}>", 0.2, "p9@brightlink.example", labels=())
    office.clock.advance(120)
    office.turn()
    office.turn()
    return office


def test_after_a_rebuild_nothing_is_written_a_second_time(office: Office):
    before = office.end()
    lose(office)
    office.since()
    found = anew(office)
    assert not office.writes()
    assert office.end() == before
    assert (found.messages, found.engagements, found.unlogged) == (7, 7, 0)
    assert (found.tasks, found.unknown) == (5, 0)
    office.turn()
    office.nightly()
    assert not office.writes()
    assert office.end() == before


def test_what_was_found_goes_on_as_before(office: Office):
    """Una answers: her task, which an earlier state opened, is closed."""
    lose(office)
    anew(office)
    office.clock.advance(days=1)
    office.got(f"X <{UNA}>", 0.01, "r4@unas.example", mailbox=TOM, answers="p4@brightlink.example")
    before = set(office.open_tasks())
    office.turn()
    [closed] = before - set(office.open_tasks())
    assert UNA.split("@", maxsplit=1)[0] in closed.lower() or "unas.example" in closed
    assert office.contact(ADA)["syncd_stage"] == "agreed"


def test_the_next_step_comes_once(office: Office):
    lose(office)
    anew(office)
    office.clock.advance(days=20)
    office.turn()
    first = office.board()
    lose(office)
    (office.folder / "syncd.db.stands").unlink(missing_ok=True)
    anew(office)
    office.turn()
    assert office.board() == first


def test_mail_that_came_in_meanwhile_is_logged_once(office: Office):
    lose(office)
    office.got(f"X <{ADA}>", 0.01, "n1@site.example", subject="News")
    assert anew(office).unlogged == 1
    assert "News" not in office.emails()
    office.turn()
    assert office.emails().count("News") == 1


@in_a_file
def test_a_lost_state_is_told_of_and_nothing_is_written(office: Office):
    lose(office)
    for opened in (
        app.engine(office.settings, office.wish("once")),
        app.dry_engine(office.settings, office.wish("plan")),
        app.beside(office.settings, office.wish("undo")),
    ):
        with pytest.raises(UnusableState, match=r"is gone.*syncd rebuild"), opened:
            pass
    assert not (office.folder / "syncd.db").exists()


@in_a_file
@pytest.mark.parametrize("damage", ["truncated", "emptied", "overwritten", "in the middle"])
def test_a_damaged_state_is_told_of_at_the_start(office: Office, damage: str):
    path = office.folder / "syncd.db"
    raw = bytearray(path.read_bytes())
    match damage:
        case "truncated":
            raw = raw[: len(raw) // 2]
        case "emptied":
            raw = bytearray()
        case "overwritten":
            raw[:16] = b"x" * 16
        case _:
            raw[len(raw) // 3 : len(raw) // 2] = bytes(len(raw) // 2 - len(raw) // 3)
    path.write_bytes(raw)
    before = path.read_bytes()
    office.since()
    with pytest.raises(UnusableState, match="syncd rebuild"), office.works():
        pass
    assert path.read_bytes() == before
    assert not office.transport.calls
    end = office.end()
    anew(office)
    office.turn()
    assert not office.writes()
    assert office.end() == end
    kept = [one.name for one in office.folder.glob("syncd.db.broken-*")]
    assert len([one for one in kept if not one.endswith(("-wal", "-shm"))]) == 1


def test_a_sound_state_is_not_put_aside_by_mistake(office: Office):
    on_server = isinstance(office.where, Server)
    with pytest.raises(UnusableState, match="drop its schema" if on_server else "--anyway"):
        anew(office)
    before = office.end()
    if on_server:
        lose(office)
    anew(office, anyway=True)
    office.turn()
    assert office.end() == before


def test_a_rebuild_that_could_not_read_everything_is_gone_on_with(office: Office):
    before = office.end()
    lose(office)
    office.transport.down.add("teamwork")
    with pytest.raises((CannotRebuild, Verdict)):
        anew(office)
    with pytest.raises(UnusableState, match="syncd rebuild"), office.works():
        pass
    office.transport.down.clear()
    office.clock.advance(600)
    anew(office)
    office.turn()
    assert office.end() == before
