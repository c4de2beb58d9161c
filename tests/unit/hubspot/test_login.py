"""Into HubSpot as an app: by consent, renewed alone and kept before it is used."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import threading
from pathlib import Path
from typing import Any

import pytest
import requests

from connectors.hubspot import MANIFEST
from connectors.hubspot.adapter import HubSpotCrm
from connectors.hubspot.oauth import OAuth
from syncd.ports.simulator import Request
from syncd.ports.verdicts import Locked, Refused, TryLater
from tests.support.person import Person
from tests.unit.hubspot.service import Service

NAME = "hubspot-sandbox-app.json"


@dataclasses.dataclass
class Desk:
    service: Service
    folder: Path

    @property
    def settings(self) -> Any:
        (self.folder / "secret").write_text("sandbox-secret")
        app = {
            "client_id": "sandbox-app",
            "client_secret": {"file": str(self.folder / "secret")},
            "tokens": str(self.folder / "tokens"),
        }
        return self.service.settings(token=None, oauth=app, app_url="http://hubspot.test")

    def way(self) -> OAuth:
        assert MANIFEST.sign_in is not None
        found = MANIFEST.sign_in(self.settings, self.service.tools())
        assert isinstance(found, OAuth)
        return found

    def crm(self) -> HubSpotCrm:
        return HubSpotCrm(self.settings, self.service.tools())

    def sign_in(self) -> Person:
        person = Person(self.service.simulator)
        self.way().sign_in("hubspot", person)
        return person

    def kept(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "tokens" / NAME).read_text())
        return found

    def renewals(self) -> int:
        return sum("/token" in path for _, _, path in self.service.transport.calls)


@pytest.fixture
def office(service: Service, tmp_path: Path) -> Desk:
    return Desk(service, tmp_path)


def test_consent_opens_the_account(office: Desk) -> None:
    person = office.sign_in()
    assert "crm.objects.contacts.write" in person.asked["scope"].split()
    assert "connected-email-data-access" in person.asked["optional_scope"].split()
    assert office.crm().owners() == []
    [path] = {path for _, _, path in office.service.transport.calls if "token" in path}
    assert path == "/oauth/2026-09/token"
    file = office.folder / "tokens" / NAME
    assert file.stat().st_mode & 0o777 == 0o600


def test_without_consent_it_waits_and_names_the_way(office: Desk) -> None:
    crm = office.crm()
    with pytest.raises(Locked) as locked:
        crm.owners()
    assert "syncd auth hubspot" in locked.value.remedy
    office.sign_in()
    assert crm.owners() == []


def test_one_token_serves_until_it_is_due_also_for_other_processes(office: Desk) -> None:
    office.sign_in()
    office.crm().owners()
    office.service.clock.advance(1600)
    office.crm().owners()
    assert office.renewals() == 1
    office.service.clock.advance(200)
    first, second = office.crm(), office.crm()
    first.owners()
    second.owners()
    assert office.renewals() == 2


def test_a_refresh_token_that_is_replaced_is_on_the_disk_before_anything_else(
    office: Desk,
) -> None:
    office.sign_in()
    office.service.tell("oauth", rotate=True)
    before = office.kept()["refresh_token"]
    running, beside = office.crm(), office.crm()
    for crm in (running, beside, running, beside):
        office.service.clock.advance(1800)
        crm.owners()
    assert office.kept()["refresh_token"] != before
    assert office.kept()["renewed_at"] == office.service.clock.now().isoformat()


def test_two_processes_that_renew_at_once_do_not_use_one_refresh_token_twice(
    office: Desk,
) -> None:
    office.sign_in()
    office.service.tell("oauth", rotate=True)
    office.service.clock.advance(1800)
    both = threading.Barrier(2)

    def meet(request: Request) -> None:
        # Where both have read the token before either has used it, both come here.
        if request.path.endswith("/token"):
            with contextlib.suppress(threading.BrokenBarrierError):
                both.wait(0.3)

    office.service.transport.before = meet
    ways, failed = (office.way(), office.way()), list[str]()

    def ask(way: OAuth) -> None:
        try:
            way.token()
        except Locked as locked:
            failed.append(str(locked))

    workers = [threading.Thread(target=ask, args=(way,)) for way in ways]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failed == []
    assert ways[0].token() == ways[1].token()


def test_a_token_that_dies_early_is_renewed_and_the_call_made_again(office: Desk) -> None:
    office.sign_in()
    crm = office.crm()
    crm.owners()
    office.service.tell("expire_tokens")
    assert crm.owners() == []
    assert office.renewals() == 2


def test_a_write_with_a_dead_token_is_made_once(office: Desk) -> None:
    office.sign_in()
    crm = office.crm()
    crm.owners()
    office.service.tell("expire_tokens")
    path = "/crm/objects/2026-09/contacts"
    client = crm._client
    made = client.call("POST", path, {"properties": {"email": "a@b.example"}}, writes=True)
    assert made.status == 201
    assert office.service.ask("GET", path).data["results"][1:] == []


@pytest.mark.parametrize(
    ("trouble", "remedy"),
    [
        ({"hub_gone": True}, "removed the app"),
        ({"rotate": True}, "run `syncd auth hubspot`"),
    ],
)
def test_a_consent_that_died_locks_until_it_is_given_again(
    office: Desk, trouble: dict[str, Any], remedy: str
) -> None:
    office.sign_in()
    crm = office.crm()
    crm.owners()
    if "rotate" in trouble:
        # Somebody else used the refresh token: ours is worthless.
        office.service.tell("oauth", rotate=True)
        form = (
            "grant_type=refresh_token&client_id=sandbox-app&client_secret=sandbox-secret"
            f"&refresh_token={office.kept()['refresh_token']}"
        )
        headers = {"content-type": "application/x-www-form-urlencoded"}
        path = "/oauth/2026-09/token"
        office.service.simulator.handle(Request("POST", path, (), headers, form.encode()))
    else:
        office.service.tell("oauth", **trouble)
    office.service.clock.advance(1800)
    with pytest.raises(Locked) as locked:
        crm.owners()
    assert remedy in locked.value.remedy
    office.service.tell("oauth", hub_gone=False, rotate=False)
    office.sign_in()
    assert crm.owners() == []


def test_a_wrong_secret_is_our_mistake_and_said_so(office: Desk) -> None:
    office.sign_in()
    crm = office.crm()
    office.service.clock.advance(1800)
    (office.folder / "secret").write_text("wrong")
    with pytest.raises(Locked) as locked:
        crm.owners()
    assert "client_secret" in locked.value.remedy


@pytest.mark.parametrize("status", [429, 503])
def test_a_token_endpoint_in_trouble_is_tried_later(office: Desk, status: int) -> None:
    office.sign_in()
    office.service.clock.advance(1800)
    office.service.tell("fault", path="/oauth/.*/token", status=status)
    crm = office.crm()
    with pytest.raises(TryLater):
        crm.owners()
    assert crm.owners() == []


def test_a_lost_answer_to_a_renewal_is_tried_later(office: Desk) -> None:
    office.sign_in()
    office.service.clock.advance(1800)

    def dead(_request: Request) -> None:
        raise requests.ConnectTimeout

    office.service.transport.before = dead
    with pytest.raises(TryLater):
        office.crm().owners()


def test_an_answer_that_is_not_ours_is_refused(office: Desk) -> None:
    with pytest.raises(Refused, match="not to this question"):
        office.way().sign_in("hubspot", Person(office.service.simulator, {"state": "other"}))
    assert office.way().grant("hubspot") is None


class TestRevoking:
    def test_hubspot_forgets_it_and_so_do_we(self, office: Desk) -> None:
        office.sign_in()
        running = office.crm()
        running.owners()
        refresh = office.kept()["refresh_token"]
        office.way().revoke("hubspot")
        assert office.way().grant("hubspot") is None
        with pytest.raises(Locked) as locked:
            running.owners()
        assert "syncd auth hubspot" in locked.value.remedy
        known = office.service.ask("GET", f"/oauth/v1/refresh-tokens/{refresh}")
        assert known.status == 404

    def test_what_hubspot_forgot_already_is_removed_here(self, office: Desk) -> None:
        office.sign_in()
        refresh = office.kept()["refresh_token"]
        office.service.ask("DELETE", f"/oauth/v1/refresh-tokens/{refresh}")
        office.way().revoke("hubspot")
        office.way().revoke("hubspot")
        assert office.way().grant("hubspot") is None

    def test_what_could_not_be_revoked_is_kept_to_try_again(self, office: Desk) -> None:
        office.sign_in()
        office.service.tell("fault", path="revoke", status=503)
        with pytest.raises(TryLater):
            office.way().revoke("hubspot")
        assert office.way().grant("hubspot") is not None

    def test_a_wrong_secret_revokes_nothing_and_keeps_it(self, office: Desk) -> None:
        office.sign_in()
        way = office.way()
        (office.folder / "secret").write_text("wrong")
        with pytest.raises(Locked):
            way.revoke("hubspot")
        assert way.grant("hubspot") is not None


def test_a_key_is_nothing_to_sign_in_to(service: Service) -> None:
    assert MANIFEST.sign_in is not None
    assert MANIFEST.sign_in(service.settings(), service.tools()) is None


def test_one_way_in_is_given_not_both_and_not_none(service: Service) -> None:
    with pytest.raises(ValueError, match="exactly one of token and oauth"):
        service.settings(token=None)
