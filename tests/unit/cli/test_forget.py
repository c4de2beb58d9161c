"""`syncd forget`: a person in every part of link building is gone, and stays gone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from syncd.store import traces
from syncd.store.database import Store
from syncd.store.link_looks import Claim, Origin, add
from tests.support.prepared import Moment, go_to, moment
from tests.unit.cli.wired import Command, wire
from tests.unit.engine.introducing import BEN, MAYA, SITE, WANTED, Salon
from tests.unit.engine.office import BOB, Office
from tests.unit.engine.test_plans import PLAN
from tests.unit.store.test_forgotten_everywhere import everything, raw

WHO, NAME = f"quokka.zorblax@{SITE}", "Quokka Zorblax"
NAMED = f"{NAME} <{WHO}>"
LABEL = "Campaigns/Homes"
# Words that only they, or only what is between them and us, ever say.
CANARIES = ("zorblax", "quokka", "quollsubject", "quollfavour", "quollnote")
PROFILE = f"https://{SITE}/authors?mail=quokka.zorblax%40{SITE}"
SEGMENT = '\nsegments:\n  - {name: "Answered", answered: true}\n'
# By the kind of state: a life takes seconds, and nearly every test here begins with it.
_LIVES: dict[type, Moment] = {}
PROSPECTS = f"""name,email,website,campaign,note
{NAME},{WHO},https://{SITE},acme,quollnote
Nora New,nora@newsite.example,https://newsite.example,acme,"a friend of {WHO}"
"""


@pytest.fixture(params=["file", "server"])
def salon(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: Any) -> Salon:
    monkeypatch.setenv("SYNCD_TEST_STORE", request.param)
    salon = Salon(
        tmp_path / "salon", dialogue=False, more=PLAN + SEGMENT, follow_up=["crm_task: true"]
    )
    salon.talked(WHO, name=NAME)
    salon.wrote(NAMED, 12, "h1@brightlink.example", labels=(LABEL,), subject="A quollsubject")
    salon.wrote(f"{NAMED}, Bob <{BOB}>", 11, "h2@brightlink.example", labels=(LABEL,))
    salon.got(f"Bob <{BOB}>", 10, "r2@other.example", answers="h2@brightlink.example", cc=NAMED)
    salon.wrote(f"Bob <{BOB}>", 9, "h3@brightlink.example", subject=f"Of {NAME}", labels=(LABEL,))
    return salon


@pytest.fixture
def syncd(salon: Salon, monkeypatch: Any, capsys: Any) -> Command:
    return wire(salon, monkeypatch, capsys)


def lived(salon: Salon, syncd: Command) -> None:
    """They come into every part there is."""
    if (life := _LIVES.get(type(salon.where))) is not None:
        go_to(salon, life)
        return
    salon.turn()
    salon.crawled((SITE, WANTED), source_url=PROFILE, anchor=f"by {NAME}")
    prospects(salon, syncd)
    assert syncd("favours", "add", WHO, "a quollfavour").code == 0
    link = ("links", "add", PROFILE, "--person", WHO, "--client", "acme.example")
    assert syncd(*link).code == 0
    salon.ask((WHO, WANTED))
    salon.clock.advance(days=4)
    salon.turn()
    salon.clock.advance(4000)
    salon.turn()
    assert NAME in page(salon)
    assert [one for one in salon.drafts(MAYA) if WHO in one["to"]]
    _LIVES[type(salon.where)] = moment(salon)


def prospects(salon: Salon, syncd: Command) -> Any:
    file = salon.folder / "prospects.csv"
    file.write_text(PROSPECTS)
    return syncd("import", "prospects", str(file), "--yes", "--json").json


def page(salon: Salon) -> str:
    asked = {"includeContents": "true"}
    [found] = salon.get("teamwork", "/projects/api/v3/notebooks.json", **asked)["notebooks"]
    return str(found["contents"])


def nothing_left(salon: Salon, *besides: str) -> None:
    store = Store(salon.settings.store)
    try:
        text = everything(store)
        for one in CANARIES:
            found = [line for line in text.splitlines() if one in line]
            assert not [line for line in found if not line.startswith(besides)], one
            assert besides or one not in raw(store)
    finally:
        store.close()


def services(salon: Salon) -> str:
    """What is of us there; what others and we wrote about them to each other is not meant."""
    tasks = [one for one in salon.tasks() if one["status"] != "deleted"]
    parts = [tasks, page(salon), salon.drafts(MAYA), salon.objects("contacts")]
    return json.dumps(parts, default=str).lower()


def test_nothing_of_them_is_left_anywhere_and_they_do_not_return(salon: Salon, syncd: Command):
    lived(salon, syncd)
    with salon.state() as tx:
        held = {one.partition(".")[0] for one in traces.traces(tx, [WHO])}
    assert held >= {
        *("campaign_members", "contacts", "contact_facts", "favours", "introductions", "links"),
        *("effects", "messages", "outbound", "participants", "conversation_keys"),
    }
    ended = syncd("forget", WHO, "--crm", "--board", "--drafts", "--yes", "--json")
    assert ended.code == 0, ended
    assert ended.json["left"] == {"here": {}, "outside": {}, "unasked": {}}
    nothing_left(salon)
    text = services(salon)
    for one in ("zorblax", "quokka"):
        assert one not in text

    # Nothing brings them back: mail, a file, a crawl, the board, the CRM, a hand.
    salon.got(NAMED, 0.01, f"n1.{WHO}", answers=f"they1.{WHO}", subject="Re: Huts")
    salon.wrote(NAMED, 0.01, "n2@brightlink.example", subject="Hello")
    salon.got(f"Bob <{BOB}>", 0.01, "n3@other.example", subject="News", cc=NAMED, text=f"Ask {WHO}")
    salon.crawled((SITE, WANTED), source_url=PROFILE, anchor=f"mail {WHO}")
    found = {one["address"]: one for one in prospects(salon, syncd)["lines"]}
    assert found[WHO]["why"] == "to be forgotten: nothing of them is kept"
    assert found["nora@newsite.example"]["becomes"] == "nothing new"
    assert syncd("favours", "add", WHO, "again").code == 1
    link = ("links", "add", PROFILE, "--person", WHO, "--client", "acme.example")
    assert syncd(*link).code == 1
    with salon.works() as engine, engine.ctx.store.begin() as tx:
        add(
            tx, [Claim(PROFILE, "acme.example", person=WHO)], Origin("import", engine.ctx.now()), {}
        )
    [task, *_] = [one for one in salon.tasks() if one["status"] == "new"]
    salon.tell("teamwork", "person_renames", task=task["id"], by=MAYA, name=f"Call {WHO}")
    salon.tell("hubspot", "add_contact", email=WHO)
    salon.clock.advance(1300)
    salon.turn()
    salon.nightly()
    salon.clock.advance(4000)
    salon.turn()
    with salon.state() as tx:
        assert not traces.traces(tx, [WHO])
    nothing_left(salon)
    assert not {"Hello", "Re: Huts"} & set(salon.emails())
    assert salon.emails().count("News") == 1


def test_what_was_not_asked_for_stays_outside_and_is_told(salon: Salon, syncd: Command):
    lived(salon, syncd)
    shown = syncd("forget", WHO, "--json").json["outlook"]
    assert (shown["drafts"], shown["besides"] > 3) == (1, True)
    assert "1 drafts to them (--drafts deletes them)" in shown["stays"]
    assert syncd("forget", WHO, "--yes").code == 0
    nothing_left(salon)
    assert [one for one in salon.drafts(MAYA) if WHO in one["to"]]
    assert NAME in page(salon)
    # The notebook is kept up to date as ever: what is not known any more is not in it, and our
    # own lines are not taken for somebody's notes.
    salon.clock.advance(4000)
    salon.turn()
    assert NAME not in page(salon)
    assert "## Notes" not in page(salon)
    nothing_left(salon)


def test_where_the_settings_name_them_is_told(tmp_path: Path, monkeypatch: Any, capsys: Any):
    never = f'never: [{{address: "{WHO}"}}, {{subject: "*of not{WHO}*"}}]'
    office = Office(tmp_path / "office", log=never)
    syncd = wire(office, monkeypatch, capsys)
    there = "in the settings, log.never[0].address"
    assert syncd("forget", WHO.upper(), "--json").json["outlook"]["stays"] == [there]
    ended = syncd("forget", WHO, "--yes")
    assert (ended.code, ended.out.splitlines()[-1]) == (0, f"Stays: {there}.")
    assert syncd("forget", WHO, "--prove", "--json").json["stays"] == [there]


def test_a_draft_that_somebody_has_edited_is_theirs(salon: Salon, syncd: Command):
    lived(salon, syncd)
    salon.edits()
    ended = syncd("forget", WHO, "--gdpr", "--board", "--drafts", "--yes", "--json")
    assert ended.json["left"]["outside"] == {"drafts that somebody has edited": 1}
    assert len(salon.drafts(MAYA)) == 1
    nothing_left(salon)


def test_who_was_introduced_goes_and_whoever_introduced_them_is_not_asked_again(
    salon: Salon, syncd: Command
):
    lived(salon, syncd)
    salon.sends()
    salon.turn()
    salon.got(
        NAMED,
        0,
        "intro@alpine",
        subject="Re: Huts",
        answers=f"they1.{WHO}",
        cc=f"Ben Ray <{BEN}>",
        text="Happy to! Ben, meet Maya. Maya, Ben runs the blog.\n",
    )
    salon.turn()
    salon.turn()
    assert salon.asking().introduced == BEN
    assert WHO in salon.contact(BEN)["syncd_introduced_by"]
    assert syncd("forget", BEN, "--gdpr", "--board", "--yes").code == 0
    one = salon.asking()
    assert (one.state, "ben" in f"{one.introduced}{one.introduced_name}".lower()) == (
        "introduced",
        False,
    )
    assert salon.open_offers() == []
    with salon.state() as tx:
        assert not traces.traces(tx, [BEN])


def test_a_contact_who_stays_no_longer_says_who_introduced_them(salon: Salon, syncd: Command):
    lived(salon, syncd)
    salon.sends()
    salon.turn()
    salon.got(
        NAMED,
        0,
        "intro@alpine",
        subject="Re: Huts",
        answers=f"they1.{WHO}",
        cc=f"Ben Ray <{BEN}>",
        text="Happy to! Ben, meet Maya. Maya, Ben runs the blog.\n",
    )
    salon.turn()
    salon.turn()
    assert WHO in salon.contact(BEN)["syncd_introduced_by"]
    assert syncd("forget", WHO, "--gdpr", "--board", "--drafts", "--yes").code == 0
    assert not salon.contact(BEN)["syncd_introduced_by"]
    nothing_left(salon)
