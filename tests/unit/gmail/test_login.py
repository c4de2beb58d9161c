"""Getting into a mailbox, both ways, and every way of not getting in."""

from __future__ import annotations

import base64
import json
import threading
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests

from connectors.gmail import MANIFEST
from connectors.gmail.client_login import MODIFY, READ_ONLY
from connectors.gmail.settings import GmailSettings, InstalledApp
from syncd.core.facts import MailItem
from syncd.ports.mail import Relabel
from syncd.ports.manifest import Finding, State, Wants
from syncd.ports.secrets import SecretRef
from syncd.ports.simulator import Answer, Request
from syncd.ports.verdicts import Done, Locked, TryLater
from tests.unit.gmail.scene import API, MAYA, TOM, Scene, scene, service_account

CLIENT = {"installed": {"client_id": "syncd.apps", "client_secret": "s", "token_uri": API}}


@pytest.fixture
def stage(tmp_path: Path) -> Scene:
    return scene(tmp_path)


def installed(folder: Path, *, token: dict[str, Any] | None, mode: int = 0o600) -> Scene:
    """A scene with an OAuth client and, for Maya, a token file."""
    (folder / "client.json").write_text(json.dumps(CLIENT))
    app = InstalledApp(client=SecretRef(file=folder / "client.json"), tokens=folder)
    if token is not None:
        path = folder / f"{MAYA}.json"
        path.write_text(json.dumps(token))
        path.chmod(mode)
    return scene(folder, installed_app=app)


AUTHORIZED = {
    "type": "authorized_user",
    "refresh_token": f"sandbox:{MAYA}",
    "client_id": "syncd.apps",
    "client_secret": "s",
    "token_uri": f"{API}/token",
}


def tokens(stage: Scene) -> int:
    return stage.calls("/token")


def test_one_token_serves_until_it_is_due(stage: Scene) -> None:
    stage.source.cursor(MAYA)
    stage.clock.advance(3300)
    stage.source.cursor(MAYA)
    assert tokens(stage) == 1
    stage.clock.advance(100)
    stage.source.cursor(MAYA)
    assert tokens(stage) == 2


def test_every_mailbox_has_a_token_of_its_own(stage: Scene) -> None:
    stage.source.cursor(MAYA)
    stage.source.cursor(TOM)
    assert tokens(stage) == 2


def test_the_key_asks_for_the_mailbox_and_one_scope(stage: Scene) -> None:
    asked: list[Request] = []
    stage.transport.before = asked.append
    stage.source.cursor(MAYA)
    claims = parse_qs(asked[0].body.decode())["assertion"][0].split(".")[1]
    said = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    assert said["sub"] == MAYA
    assert said["scope"] == "https://www.googleapis.com/auth/gmail.modify"


def test_a_token_that_dies_early_is_renewed_once_and_the_call_made_again(stage: Scene) -> None:
    stage.source.cursor(MAYA)
    stage.control("expire_tokens", mailbox=MAYA)
    assert stage.source.cursor(MAYA)
    assert (tokens(stage), stage.calls("/profile")) == (2, 3)


def test_a_write_with_a_dead_token_is_made_once(stage: Scene) -> None:
    thread = stage.deliver()
    stage.source.cursor(MAYA)
    stage.control("expire_tokens", mailbox=MAYA)
    (outcome,) = stage.source.relabel([Relabel("k", MAYA, thread, ("STARRED",))])
    assert isinstance(outcome, Done)
    assert tokens(stage) == 2


def test_a_token_that_stays_refused_locks_the_mailbox(stage: Scene) -> None:
    stage.control("fault", path="profile", count=99, status=401, reason="authError")
    with pytest.raises(Locked) as locked:
        stage.source.cursor(MAYA)
    assert locked.value.remedy
    assert stage.calls("/profile") == 2


def test_batch_parts_with_a_dead_token_are_asked_for_again_with_a_new_one(stage: Scene) -> None:
    message = stage.deliver()
    stage.control("fault", parts=True, count=1, status=401, reason="authError")
    assert isinstance(stage.source.fetch(MAYA, [message])[0], MailItem)
    assert tokens(stage) == 2


@pytest.mark.parametrize(
    ("why", "remedy"), [("invalid_grant", "auth gmail"), ("invalid_rapt", "session control")]
)
def test_a_revoked_mailbox_is_locked_until_access_is_restored(
    stage: Scene, why: str, remedy: str
) -> None:
    cursor = stage.source.cursor(MAYA)
    stage.control("revoke", mailbox=MAYA, reason=why)
    with pytest.raises(Locked) as locked:
        stage.source.changes(MAYA, cursor)
    assert remedy in locked.value.remedy
    missed = stage.deliver()
    stage.control("restore_access", mailbox=MAYA)
    assert stage.source.changes(MAYA, cursor).added == (missed,)


def test_rapt_is_told_apart_for_a_persons_token_too(tmp_path: Path) -> None:
    stage = installed(tmp_path, token=AUTHORIZED)
    stage.control("revoke", mailbox=MAYA, reason="invalid_rapt")
    with pytest.raises(Locked) as locked:
        stage.source.cursor(MAYA)
    assert "session control" in locked.value.remedy
    assert "gcloud" not in locked.value.remedy


def test_a_mailbox_the_domain_does_not_have(tmp_path: Path) -> None:
    stage = scene(tmp_path)
    source = stage.again(mailboxes=("nobody@brightlink.example",))
    with pytest.raises(Locked) as locked:
        source.cursor("nobody@brightlink.example")
    assert "no such user" in locked.value.remedy


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_a_token_endpoint_in_trouble_is_tried_later_without_waiting(
    stage: Scene, status: int
) -> None:
    stage.control("fault", path="/token", count=99, status=status)
    with pytest.raises(TryLater):
        stage.source.cursor(MAYA)
    # google-auth alone would have asked three times, sleeping on the real clock.
    assert tokens(stage) == 1


def test_a_passing_error_in_words_is_tried_later_too(stage: Scene) -> None:
    body = '{"error": "temporarily_unavailable"}'
    stage.control("fault", path="/token", count=99, status=400, body=body)
    with pytest.raises(TryLater):
        stage.source.cursor(MAYA)
    assert tokens(stage) == 1


def test_an_error_in_the_shape_of_gmails_own_is_no_stumbling_block(stage: Scene) -> None:
    body = '{"error": {"code": 400, "message": "Bad Request", "errors": []}}'
    stage.control("fault", path="/token", count=99, status=400, body=body)
    with pytest.raises(Locked):
        stage.source.cursor(MAYA)


def test_a_token_request_without_an_answer_is_tried_later(stage: Scene) -> None:
    def dead(_request: Request) -> Answer | None:
        raise requests.ConnectTimeout

    stage.transport.before = dead
    with pytest.raises(TryLater):
        stage.source.cursor(MAYA)


@pytest.mark.parametrize(
    "body", ["<html>", "[]", "{}", '{"access_token": "x", "expires_in": "soon"}']
)
def test_a_token_answer_that_makes_no_sense_is_tried_later(stage: Scene, body: str) -> None:
    stage.control("fault", path="/token", count=1, status=200, body=body)
    with pytest.raises(TryLater):
        stage.source.cursor(MAYA)
    assert stage.source.cursor(MAYA)


def test_threads_share_one_token(stage: Scene) -> None:
    found: list[str] = []
    gate = threading.Barrier(4)

    def ask() -> None:
        gate.wait()
        found.append(stage.source.cursor(MAYA))

    workers = [threading.Thread(target=ask) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert (len(found), tokens(stage)) == (4, 1)


def test_the_service_accounts_token_uri_is_honoured(tmp_path: Path) -> None:
    stage = scene(tmp_path)
    service_account(tmp_path, token_uri="http://elsewhere.test/token")
    asked: list[str] = []

    def listen(request: Request) -> Answer | None:
        asked.append(request.path)
        return Answer(503)

    stage.transport.before = listen
    with pytest.raises(TryLater):
        stage.source.cursor(MAYA)
    assert stage.transport.calls[0][0] == "elsewhere"


@pytest.mark.parametrize("content", ["", "not json", "[]", '{"type": "service_account"}'])
def test_a_key_that_is_none_locks_until_it_is_put_right(tmp_path: Path, content: str) -> None:
    stage = scene(tmp_path)
    (tmp_path / "google.json").write_text(content)
    with pytest.raises(Locked) as locked:
        stage.source.cursor(MAYA)
    assert "google.json" in str(locked.value)
    assert locked.value.remedy
    service_account(tmp_path)
    assert stage.source.cursor(MAYA)


def test_a_missing_key_is_named_with_its_remedy(tmp_path: Path) -> None:
    stage = scene(tmp_path)
    (tmp_path / "google.json").unlink()
    with pytest.raises(Locked, match="cannot read"):
        stage.source.cursor(MAYA)


class TestInstalledApp:
    def test_a_persons_token_opens_that_mailbox_alone(self, tmp_path: Path) -> None:
        stage = installed(tmp_path, token=AUTHORIZED)
        assert stage.source.cursor(MAYA)
        with pytest.raises(Locked, match=r"tom@brightlink\.example\.json"):
            stage.source.cursor(TOM)

    def test_the_client_fills_in_what_the_token_file_leaves_out(self, tmp_path: Path) -> None:
        token = {name: AUTHORIZED[name] for name in ("refresh_token", "token_uri")}
        assert installed(tmp_path, token=token).source.cursor(MAYA)

    def test_a_token_file_others_can_read_is_refused(self, tmp_path: Path) -> None:
        stage = installed(tmp_path, token=AUTHORIZED, mode=0o640)
        with pytest.raises(Locked) as locked:
            stage.source.cursor(MAYA)
        assert "chmod 600" in locked.value.remedy

    @pytest.mark.parametrize("token", [{"client_id": "x"}, {}])
    def test_a_token_file_without_a_token_names_the_way_to_get_one(
        self, tmp_path: Path, token: dict[str, Any]
    ) -> None:
        stage = installed(tmp_path, token=token)
        with pytest.raises(Locked) as locked:
            stage.source.cursor(MAYA)
        assert "auth gmail" in locked.value.remedy

    def test_a_refresh_token_that_died_is_replaced_without_a_restart(self, tmp_path: Path) -> None:
        stage = installed(tmp_path, token=AUTHORIZED | {"refresh_token": "1//old"})
        with pytest.raises(Locked, match="expired or revoked"):
            stage.source.cursor(MAYA)
        (tmp_path / f"{MAYA}.json").write_text(json.dumps(AUTHORIZED))
        assert stage.source.cursor(MAYA)

    def test_a_refresh_token_that_google_replaces_is_kept(self, tmp_path: Path) -> None:
        stage = installed(tmp_path, token=AUTHORIZED)
        said = {"access_token": f"sandbox:{MAYA}", "expires_in": 300, "refresh_token": "1//new"}
        stage.control("fault", path="/token", status=200, body=json.dumps(said))
        assert stage.source.cursor(MAYA)
        path = tmp_path / f"{MAYA}.json"
        assert json.loads(path.read_text()) == {**AUTHORIZED, "refresh_token": "1//new"}
        assert path.stat().st_mode & 0o777 == 0o600


class TestProbe:
    def probe(self, stage: Scene, **changed: Any) -> dict[tuple[str, str], Finding]:
        assert MANIFEST.probe is not None
        settings: GmailSettings = stage.settings.model_copy(update=changed)
        found = MANIFEST.probe(settings, stage.tools, Wants())
        assert all(one.remedy for one in found if one.state in {State.WARN, State.FAIL})
        return {(one.name.removeprefix("gmail."), one.subject): one for one in found}

    def test_mailboxes_that_work(self, stage: Scene) -> None:
        found = self.probe(stage)
        assert {one.state for one in found.values()} == {State.OK}
        assert found["scopes", MAYA].words == "granted: gmail.modify"
        assert {name for name, _ in found} == {"delegation", "scopes", "access"}
        assert stage.calls("/token") == 2

    def test_one_that_does_not_has_its_remedy_and_the_other_is_still_looked_at(
        self, stage: Scene
    ) -> None:
        stage.control("revoke", mailbox=MAYA)
        found = self.probe(stage)
        assert found["delegation", MAYA].state is State.FAIL
        assert ("access", MAYA) not in found
        assert found["access", TOM].state is State.OK

    def test_a_persons_token_that_was_revoked(self, tmp_path: Path) -> None:
        stage = installed(tmp_path, token=AUTHORIZED | {"refresh_token": "1//old"})
        found = self.probe(stage, mailboxes=(MAYA,))
        assert list(found) == [("token", MAYA)]
        assert "syncd auth gmail" in found["token", MAYA].remedy

    def test_a_delegation_that_lacks_the_scope(self, stage: Scene) -> None:
        said = {"access_token": f"sandbox:{MAYA}", "expires_in": 3600, "scope": f"{READ_ONLY}"}
        stage.control("fault", path="/token", status=200, body=json.dumps(said))
        found = self.probe(stage, mailboxes=(MAYA,))
        assert found["scopes", MAYA].state is State.FAIL
        assert MODIFY in found["scopes", MAYA].remedy
        assert found["access", MAYA].state is State.OK

    def test_reading_only_needs_no_more(self, stage: Scene) -> None:
        found = self.probe(stage, read_only=True, mailboxes=(MAYA,))
        assert found["scopes", MAYA].words == "granted: gmail.readonly"
        assert found["scopes", MAYA].state is State.OK

    def test_a_consent_to_more_than_is_needed_is_told(self, stage: Scene) -> None:
        full = "https://mail.google.com/"
        for read_only, scope, more in (
            (True, f"{READ_ONLY} {MODIFY}", "gmail.modify"),
            (False, f"{MODIFY} {full}", full),
        ):
            said = {"access_token": f"sandbox:{MAYA}", "expires_in": 3600, "scope": scope}
            stage.control("fault", path="/token", status=200, body=json.dumps(said))
            found = self.probe(stage, read_only=read_only, mailboxes=(MAYA,))
            assert found["scopes", MAYA].state is State.WARN
            assert f"more than is needed: {more}" in found["scopes", MAYA].words
            assert "revoke" in found["scopes", MAYA].remedy

    def test_a_token_endpoint_that_does_not_tell_the_scopes(self, stage: Scene) -> None:
        said = {"access_token": f"sandbox:{MAYA}", "expires_in": 3600}
        stage.control("fault", path="/token", status=200, body=json.dumps(said))
        found = self.probe(stage, mailboxes=(MAYA,))
        assert found["scopes", MAYA].state is State.SKIPPED

    def test_a_service_out_of_reach(self, stage: Scene) -> None:
        stage.control("fault", count=99, status=503)
        found = self.probe(stage)
        assert "api_url" in found["delegation", MAYA].remedy

    def test_a_mailbox_named_by_an_alias(self, stage: Scene) -> None:
        body = '{"sendAs":[{"sendAsEmail":"boss@b.example","isPrimary":true}]}'
        stage.control("fault", path="sendAs", status=200, body=body)
        found = self.probe(stage)
        assert found["access", MAYA].state is State.FAIL
        assert "boss@b.example" in found["access", MAYA].remedy
