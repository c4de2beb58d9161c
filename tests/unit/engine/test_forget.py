"""A person who is forgotten is gone everywhere, does not return, and nobody else is touched."""

from __future__ import annotations

import json
import stat
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from syncd.engine import forget as forgetting
from syncd.engine.forget import CannotForget, Proof, Wishes
from syncd.store import tombstones, traces
from syncd.store.database import Store
from tests.support.letters import bounce
from tests.unit.engine.office import ACME, ADA, BOB, MAYA, TOM, Office
from tests.unit.engine.test_rebuild import anew, lose
from tests.unit.store.test_forgotten_everywhere import everything as everything_in
from tests.unit.store.test_forgotten_everywhere import raw

HOME = "ada.lovelace@home.example"
NAMED = f"Ada Lovelace <{ADA}>"
HERE, EVERYTHING = Wishes(), Wishes(crm=True, for_good=True, board=True)


def forget(office: Office, *addresses: str, wishes: Wishes = HERE) -> Proof:
    with office.works() as engine:
        left = forgetting.forget(engine, addresses or (ADA,), wishes)
        assert not left
        return forgetting.prove(engine.ctx, addresses or (ADA,))


@pytest.fixture(params=["file", "server"])
def office(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: Any) -> Office:
    """Ada in every part there is: written to, writing, beside others, bouncing, unsettled."""
    monkeypatch.setenv("SYNCD_TEST_STORE", request.param)
    office = Office(tmp_path, mailboxes=(MAYA, TOM), follow_up=["crm_task: true"])
    office.wrote(NAMED, 12, "p1@brightlink.example", text=f"Hello {ADA}")
    office.wrote(f"{NAMED}, Bob Best <{BOB}>", 11, "p2@brightlink.example", subject="Two of you")
    office.got(NAMED, 10, f"{ADA}.r2@site.example", answers="p2@brightlink.example")
    office.wrote(f"Bob Best <{BOB}>", 9, "p3@brightlink.example", mailbox=TOM)
    office.got(
        f"Bob Best <{BOB}>",
        8,
        "r3@other.example",
        mailbox=TOM,
        answers="p3@brightlink.example",
        cc=f"Ada Lovelace <{ADA.upper()}>",
        text=f"I have put Ada Lovelace ({ADA}) in copy",
    )
    notice = bounce(MAYA, ADA, office.clock.now(), about="p1@brightlink.example")
    office.deliver(MAYA, notice, 7, "INBOX")
    office.run()
    return office


def everything(office: Office) -> str:
    return json.dumps(office.end(), default=str).lower()


def test_nothing_is_left_of_them_in_any_table_or_file(office: Office):
    with office.state() as tx:
        assert {"messages.recipients", "participants.address", "contacts.address"} <= set(
            traces.traces(tx, [ADA])
        )
    assert not forget(office).here
    with closing(Store(office.where)) as store:
        left = everything_in(store) + raw(store)
    assert ADA not in left
    assert "ada lovelace" not in left
    assert BOB in left


def test_without_being_asked_to_the_services_keep_what_they_have(office: Office):
    before = office.end()
    proof = forget(office)
    assert office.end() == before
    assert proof.outside["contacts in the CRM"] == 1
    office.run()
    assert office.end() == before


def test_as_asked_our_records_go_and_those_of_others_stay(office: Office):
    proof = forget(office, wishes=EVERYTHING)
    assert proof.clean
    assert not proof.outside
    assert office.people() == [BOB]
    assert sorted(office.emails()) == ["Builder guide", "Builder guide", "Two of you"]
    left = json.dumps(office.objects("emails"), default=str).lower()
    assert ADA not in left
    assert not [name for name in office.open_tasks() if "Ada" in name]


def test_they_do_not_return_whatever_comes(office: Office):
    forget(office, wishes=EVERYTHING)
    end = everything(office)
    office.got(NAMED, 0.1, "n1@site.example", answers="p1@brightlink.example")
    office.wrote(NAMED, 0.1, "n2@brightlink.example")
    office.got("Ada <Ada@Site.Example>", 0.1, "n3@site.example", mailbox=TOM)
    office.text += "# another rule\n"
    office.text = office.text.replace("log: {", "log: {never: [{subject: nothing}], ")
    office.run()
    office.nightly()
    assert everything(office) == end
    with office.state() as tx:
        assert not traces.traces(tx, [ADA])
    assert office.coverage()["never", "forgotten"] >= 3


def test_mail_with_others_comes_in_without_them(office: Office):
    forget(office, wishes=EVERYTHING)
    office.got(
        f"Bob Best <{BOB}>",
        0.1,
        "n4@other.example",
        cc=NAMED,
        subject=f"About {ADA}",
        text=f"Why does {ADA} not answer?",
    )
    office.run()
    assert "About [removed]" in office.emails()
    with office.state() as tx:
        assert not traces.traces(tx, [ADA])
    assert ADA not in json.dumps(office.objects("emails"), default=str).lower()


def test_the_others_in_a_conversation_are_not_asked_again_for_it(office: Office):
    """Ada had answered what went to both: for Bob that answer stands."""
    before = office.board()
    forget(office)
    office.clock.advance(days=30)
    office.run()
    assert not [name for name, _ in office.board() if (name, "new") not in before]


def test_whoever_has_another_address_is_shown_it_and_keeps_it_unless_asked(office: Office):
    office.tell("hubspot", "add_contact", email="eve@third.example", additional=[HOME])
    office.wrote("Eve <eve@third.example>", 2, "p7@brightlink.example", labels=())
    office.wrote(f"Eve <{HOME}>", 2, "p8@brightlink.example", labels=())
    office.run()
    with office.works() as engine:
        outlook = forgetting.foresee(engine.ctx, [HOME], EVERYTHING)
    assert outlook.aliases == ("eve@third.example",)
    forget(office, HOME, wishes=EVERYTHING)
    assert "eve@third.example" in office.people()


def test_while_a_service_is_away_nothing_is_removed_here(office: Office):
    office.transport.down.add("hubspot")
    with office.works() as engine:
        assert forgetting.forget(engine, [ADA], EVERYTHING) > 0
    with office.state() as tx:
        assert traces.traces(tx, [ADA])
    office.got(NAMED, 0.1, "n9@site.example")
    office.transport.down.clear()
    office.clock.advance(3600)
    assert forget(office, wishes=EVERYTHING).clean
    assert office.people() == [BOB]


def test_forgetting_twice_is_forgetting_once(office: Office):
    forget(office, wishes=EVERYTHING)
    office.since()
    end = office.end()
    forget(office, wishes=EVERYTHING)
    assert not office.writes()
    assert office.end() == end


@pytest.mark.parametrize("who", [MAYA, "someone@brightlink.example", "nobody"])
def test_nobody_of_ours_and_nothing_that_is_no_address_is_forgotten(office: Office, who: str):
    with office.works() as engine, pytest.raises(CannotForget):
        forgetting.foresee(engine.ctx, [who], EVERYTHING)


def test_a_contact_that_was_there_before_us_loses_our_values_and_stays(office: Office):
    office.tell("hubspot", "add_contact", email="zoe@old.example")
    office.wrote("Zoe <zoe@old.example>", 5, "p9@brightlink.example", labels=(ACME,))
    office.run()
    assert office.contact("zoe@old.example")["syncd_campaigns"] == "acme"
    forget(office, "zoe@old.example", wishes=Wishes(crm=True, board=True))
    zoe: dict[str, Any] = office.contact("zoe@old.example")
    assert not zoe["syncd_campaigns"]
    assert not zoe["syncd_stage"]
    office.clock.advance(7200)
    office.run()
    with office.state() as tx:
        assert not traces.traces(tx, ["zoe@old.example"])


@pytest.mark.parametrize("office", ["file"], indirect=True)
def test_a_state_made_anew_still_knows_who_was_to_be_forgotten(office: Office):
    forget(office, wishes=EVERYTHING)
    lose(office)
    anew(office)
    office.got(NAMED, 0.1, "n1@site.example")
    office.turn()
    assert office.people() == [BOB]
    assert ADA not in json.dumps(office.objects("emails"), default=str).lower()
    with office.state() as tx:
        assert not traces.traces(tx, [ADA])
        assert not tombstones.unfinished(tx)
    beside = office.folder / "syncd.db.forgotten"
    assert stat.S_IMODE(beside.stat().st_mode) == 0o600
    assert ADA not in beside.read_text()


@pytest.mark.parametrize("office", ["file"], indirect=True)
def test_an_older_backup_that_is_put_in_place_keeps_them_out_and_says_that_they_are_in_it(
    office: Office,
):
    backup = (office.folder / "syncd.db").read_bytes()
    forget(office, wishes=EVERYTHING)
    for path in office.folder.glob("syncd.db-*"):
        path.unlink()
    (office.folder / "syncd.db").write_bytes(backup)
    office.got(NAMED, 0.1, "n1@site.example", subject="Kept out")
    office.turn()
    with office.state() as tx:
        assert tombstones.unfinished(tx) == 1
    assert "Kept out" not in office.emails()
    forget(office, wishes=EVERYTHING)
    with office.state() as tx:
        assert not traces.traces(tx, [ADA])
