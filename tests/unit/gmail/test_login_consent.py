"""A person lets syncd into their mailbox, and takes it back."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.fernet import Fernet

from connectors.gmail import MANIFEST
from connectors.gmail.settings import InstalledApp
from connectors.gmail.signin import GmailSignIn
from syncd.ports.secrets import SecretRef
from syncd.ports.signin import SignIn
from syncd.ports.simulator import Request
from syncd.ports.verdicts import Locked, Refused, TryLater
from tests.support.person import Person
from tests.unit.gmail.scene import API, MAYA, TOM, Scene, scene

CLIENT = {
    "installed": {
        "client_id": "syncd.apps",
        "client_secret": "s",
        "auth_uri": f"{API}/auth",
        "token_uri": f"{API}/token",
    }
}


@dataclasses.dataclass
class Desk:
    """A scene in which people sign in."""

    stage: Scene
    way: SignIn
    folder: Path

    def person(self, **says: str) -> Person:
        return Person(self.stage.simulator, says)

    def kept(self, mailbox: str = MAYA) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / f"{mailbox}.json").read_text())
        return found


def desk(
    folder: Path, *, read_only: bool = False, drafts: bool = False, key: Path | None = None
) -> Desk:
    (folder / "client.json").write_text(json.dumps(CLIENT))
    app = InstalledApp(
        client=SecretRef(file=folder / "client.json"),
        tokens=folder / "tokens",
        encrypt_with=None if key is None else SecretRef(file=key),
    )
    stage = scene(folder, installed_app=app, read_only=read_only, drafts=drafts)
    assert MANIFEST.sign_in is not None
    way = MANIFEST.sign_in(stage.settings, stage.tools)
    assert isinstance(way, GmailSignIn)
    return Desk(stage, way, folder / "tokens")


@pytest.fixture
def office(tmp_path: Path) -> Desk:
    return desk(tmp_path)


def test_consent_opens_the_mailbox_and_no_other(office: Desk) -> None:
    person = office.person()
    grant = office.way.sign_in(MAYA, person)
    assert grant.subject == MAYA
    assert grant.scopes == ("https://www.googleapis.com/auth/gmail.modify",)
    assert grant.given_at == office.stage.clock.now()
    assert office.stage.source.cursor(MAYA)
    assert office.way.grant(TOM) is None
    with pytest.raises(Locked):
        office.stage.source.cursor(TOM)
    # Without these Google gives no refresh token at a second sign-in, or for somebody else.
    assert person.asked["access_type"] == "offline"
    assert person.asked["prompt"] == "consent"
    assert person.asked["login_hint"] == MAYA
    assert person.asked["code_challenge_method"] == "S256"


def test_consent_to_drafts_is_asked_for_with_reading_alone(tmp_path: Path) -> None:
    office = desk(tmp_path, read_only=True, drafts=True)
    grant = office.way.sign_in(MAYA, office.person())
    assert [scope.rpartition("/")[2] for scope in grant.scopes] == [
        "gmail.readonly",
        "gmail.compose",
    ]
    assert office.stage.source.cursor(MAYA)
    assert office.stage.source.composer(MAYA).token()


def test_what_is_kept_is_private(office: Desk) -> None:
    office.way.sign_in(MAYA, office.person())
    path = office.folder / f"{MAYA}.json"
    assert path.stat().st_mode & 0o777 == 0o600
    assert office.kept()["type"] == "authorized_user"


def test_the_plain_http_of_a_sandbox_is_let_through_for_this_alone(office: Desk) -> None:
    office.way.sign_in(MAYA, office.person())
    assert "OAUTHLIB_INSECURE_TRANSPORT" not in os.environ


def test_plain_http_to_anywhere_else_is_refused(tmp_path: Path) -> None:
    office = desk(tmp_path)
    insecure = CLIENT["installed"] | {"auth_uri": "http://accounts.example/auth"}
    (tmp_path / "client.json").write_text(json.dumps({"installed": insecure}))
    with pytest.raises(Refused, match=r"auth_uri.*https"):
        office.way.sign_in(MAYA, office.person())


def test_reading_only_asks_for_no_more(tmp_path: Path) -> None:
    office = desk(tmp_path, read_only=True)
    grant = office.way.sign_in(MAYA, office.person())
    assert grant.scopes == ("https://www.googleapis.com/auth/gmail.readonly",)
    assert office.stage.source.cursor(MAYA)


def test_encrypted_where_it_is_kept_when_a_key_is_given(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(Fernet.generate_key())
    office = desk(tmp_path, key=key)
    office.way.sign_in(MAYA, office.person())
    assert list(office.kept()) == ["encrypted"]
    assert office.stage.source.cursor(MAYA)


def test_one_signed_in_as_somebody_else_is_refused_and_that_consent_taken_back(
    office: Desk,
) -> None:
    class Wrong(Person):
        def __call__(self, url: str) -> Any:
            return super().__call__(url.replace("maya%40", "tom%40"))

    with pytest.raises(Refused, match=f"signed in as {TOM}, not as {MAYA}; nothing was kept"):
        office.way.sign_in(MAYA, Wrong(office.stage.simulator))
    assert office.way.grant(MAYA) is None
    assert office.stage.calls("/revoke") == 1


@pytest.mark.parametrize(
    ("says", "words"),
    [({"state": "another"}, "not to this question"), ({"code": "4/other"}, "Malformed auth code")],
)
def test_an_answer_that_is_not_ours_is_refused(
    office: Desk, says: dict[str, str], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        office.way.sign_in(MAYA, office.person(**says))
    assert office.way.grant(MAYA) is None


def test_one_who_declines_is_told_apart_from_a_failure(office: Desk) -> None:
    class Declines(Person):
        def __call__(self, url: str) -> Any:
            said = super().__call__(url)
            return {"state": said["state"], "error": "access_denied"}

    with pytest.raises(Refused, match="no consent: access_denied"):
        office.way.sign_in(MAYA, Declines(office.stage.simulator))


def test_a_client_in_testing_tells_when_its_consents_die(office: Desk) -> None:
    office.stage.control("consents", days=7)
    grant = office.way.sign_in(MAYA, office.person())
    assert grant.ends_at is not None
    assert (grant.ends_at - office.stage.clock.now()).days == 7


def test_a_token_endpoint_away_is_tried_later(office: Desk) -> None:
    office.stage.control("fault", path="/token", status=503)
    with pytest.raises(TryLater):
        office.way.sign_in(MAYA, office.person())


class TestRevoking:
    def test_google_forgets_it_and_so_do_we(self, office: Desk) -> None:
        office.way.sign_in(MAYA, office.person())
        refresh = office.kept()["refresh_token"]
        assert office.stage.source.cursor(MAYA)
        office.way.revoke(MAYA)
        assert office.way.grant(MAYA) is None
        with pytest.raises(Locked):
            office.stage.source.cursor(MAYA)
        form = f"grant_type=refresh_token&client_id=x&refresh_token={refresh}"
        answer = office.stage.simulator.handle(Request("POST", "/token", body=form.encode()))
        assert b"revoked" in answer.body

    def test_what_google_has_forgotten_already_is_removed_here(self, office: Desk) -> None:
        office.way.sign_in(MAYA, office.person())
        token = office.kept()["refresh_token"]
        office.stage.simulator.handle(Request("POST", "/revoke", body=f"token={token}".encode()))
        office.way.revoke(MAYA)
        office.way.revoke(MAYA)
        assert office.way.grant(MAYA) is None

    @pytest.mark.parametrize("status", [500, 0])
    def test_what_could_not_be_revoked_is_kept_to_try_again(
        self, office: Desk, status: int
    ) -> None:
        office.way.sign_in(MAYA, office.person())
        if status:
            office.stage.control("fault", path="/revoke", status=status)
        else:

            def dead(_request: Request) -> None:
                raise requests.ConnectTimeout

            office.stage.transport.before = dead
        with pytest.raises(TryLater):
            office.way.revoke(MAYA)
        assert office.way.grant(MAYA) is not None

    def test_signing_in_again_opens_it_without_a_restart(self, office: Desk) -> None:
        office.way.sign_in(MAYA, office.person())
        source = office.stage.source
        cursor = source.cursor(MAYA)
        office.way.revoke(MAYA)
        with pytest.raises(Locked):
            source.cursor(MAYA)
        missed = office.stage.deliver()
        office.way.sign_in(MAYA, office.person())
        assert source.changes(MAYA, cursor).added == (missed,)

    def test_one_given_anew_while_the_old_one_dies_is_taken_up_at_once(self, office: Desk) -> None:
        office.way.sign_in(MAYA, office.person())
        source = office.stage.source
        assert source.cursor(MAYA)
        old = office.kept()["refresh_token"]
        office.way.sign_in(MAYA, office.person())
        office.stage.simulator.handle(Request("POST", "/revoke", body=f"token={old}".encode()))
        assert source.cursor(MAYA)


def test_a_service_account_is_nothing_to_sign_in_to(tmp_path: Path) -> None:
    stage = scene(tmp_path)
    assert MANIFEST.sign_in is not None
    assert MANIFEST.sign_in(stage.settings, stage.tools) is None
