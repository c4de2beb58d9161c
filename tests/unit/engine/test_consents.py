"""Consent that dies: what hangs on it waits, the rest goes on, and nothing is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from connectors.gmail.signin import GmailSignIn
from connectors.hubspot.oauth import OAuth
from syncd import wiring
from syncd.app import Wish
from syncd.settings.loading import read
from syncd.store import mailboxes
from syncd.wiring import sign_ins
from tests.support.person import Person
from tests.unit.engine.office import ADA, BOB, MAYA, TOM, Office

CLIENT = {
    "client_id": "syncd.apps",
    "client_secret": "s",
    "auth_uri": "http://gmail.test/auth",
    "token_uri": "http://gmail.test/token",
}


class Signed(Office):
    """An office whose people signed in, to Gmail and to HubSpot."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, mailboxes=(MAYA, TOM))
        (folder / "client.json").write_text(json.dumps({"installed": CLIENT}))
        (folder / "app-secret").write_text("sandbox-secret")
        app_ = "installed_app: {client: {file: client.json}, tokens: tokens}"
        oauth = (
            "oauth: {client_id: sandbox-app, client_secret: {file: app-secret}, tokens: tokens},"
            ' app_url: "http://hubspot.test"'
        )
        self.text = self.text.replace("service_account: {file: key.json}", app_)
        self.text = self.text.replace("token: {file: token}", oauth)
        for subject in (MAYA, TOM):
            self.sign_in("mail", subject)
        self.sign_in("crm", "hubspot")

    def way(self, name: str) -> Any:
        settings = read(self.text, self.folder / "syncd.yaml", wiring.kinds(), {})
        wish = Wish("auth", self.clock, transport=self.transport)
        return sign_ins(settings, wish.tools(self.clock))[name][1]

    def sign_in(self, name: str, subject: str) -> None:
        service = {"mail": "gmail", "crm": "hubspot"}[name]
        self.way(name).sign_in(subject, Person(self.simulators[service]))


@pytest.fixture
def office(tmp_path: Path) -> Signed:
    return Signed(tmp_path)


def test_both_ways_are_found_by_their_connectors(office: Signed):
    assert isinstance(office.way("mail"), GmailSignIn)
    assert isinstance(office.way("crm"), OAuth)


def test_a_mailbox_whose_consent_was_taken_back_waits_and_catches_up(office: Signed):
    office.wrote(f"Ada <{ADA}>", 2, "p1@brightlink.example")
    assert office.turn().quiet
    with office.works() as engine:
        engine.turn()
        office.way("mail").revoke(MAYA)
        office.got(f"Ada <{ADA}>", 0, "r1@x", answers="p1@brightlink.example", subject="Yes")
        office.got(f"Bob <{BOB}>", 0, "r2@x", mailbox=TOM, subject="Hello")
        engine.turn()
        assert office.emails() == ["Builder guide", "Hello"]
        with office.state() as tx:
            assert mailboxes.get(tx, MAYA).locked
        # The same process goes on once the person has signed in again.
        office.sign_in("mail", MAYA)
        office.clock.advance(600)
        engine.turn()
        assert office.emails() == ["Builder guide", "Hello", "Yes"]
        with office.state() as tx:
            assert mailboxes.get(tx, MAYA).locked is None


def test_while_hubspot_does_not_let_us_in_mail_is_read_and_logged_later(office: Signed):
    with office.works() as engine:
        engine.turn()
        office.way("crm").revoke("hubspot")
        office.got(f"Ada <{ADA}>", 0, "r1@x", subject="Hello")
        engine.turn()
        assert office.emails() == []
        assert "syncd auth hubspot" in engine.ctx.failing["crm"]
        office.sign_in("crm", "hubspot")
        office.clock.advance(600)
        engine.until_quiet()
        assert office.emails() == ["Hello"]
        assert "crm" not in engine.ctx.failing


def test_tokens_renewed_in_days_of_work_lose_nothing(office: Signed):
    office.tell("hubspot", "oauth", rotate=True)
    with office.works() as engine:
        for day in range(4):
            office.got(f"Ada <{ADA}>", 0, f"d{day}@x", subject=f"Day {day}")
            engine.until_quiet()
            office.clock.advance(days=1)
        assert office.emails() == [f"Day {day}" for day in range(4)]
