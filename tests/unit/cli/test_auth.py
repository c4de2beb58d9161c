"""What `syncd auth` asks, says and ends with."""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime
from typing import Any, Self

import pytest
from cryptography.fernet import Fernet

from syncd.ports.signin import Grant, Visit
from syncd.ports.verdicts import Locked, Refused
from tests.unit.settings.sample import GOOD

MAYA, TOM = "maya@b.example", "tom@b.example"
GIVEN = datetime(2026, 11, 1, tzinfo=UTC)


class Way:
    """A way to sign in that believes whoever comes."""

    def __init__(self, *subjects: str) -> None:
        self._subjects = subjects
        self.given: dict[str, Grant | Locked] = {}
        self.revoked: list[str] = []
        self.came: list[str] = []

    def subjects(self) -> tuple[str, ...]:
        return self._subjects

    def grant(self, subject: str) -> Grant | None:
        found = self.given.get(subject)
        if isinstance(found, Locked):
            raise found
        return found

    def sign_in(self, subject: str, visit: Visit) -> Grant:
        self.came.append(subject)
        assert visit.redirect == "http://localhost:8386/"
        if subject == "bad@b.example":
            raise Refused("signed in as somebody else")
        self.given[subject] = Grant(subject, f"/tokens/{subject}.json", ("a",), GIVEN)
        return self.grant(subject) or Grant("", "")

    def revoke(self, subject: str) -> None:
        self.revoked.append(subject)
        del self.given[subject]


@pytest.fixture
def ways(syncd, monkeypatch, tmp_path) -> dict[str, tuple[str, Way]]:
    (tmp_path / "syncd.yaml").write_text(GOOD)
    root: Any = sys.modules["syncd.wiring"]
    found = {"mail": ("gmail", Way(MAYA, TOM)), "crm": ("hubspot", Way("hubspot"))}
    root.sign_ins = lambda _settings, _tools: found

    # No port is taken: the ways above do not send anybody anywhere.
    class Nowhere:
        port, redirect = 8386, "http://localhost:8386/"

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_error: object) -> None:
            pass

    monkeypatch.setattr("syncd.cli.auth.visiting", lambda *_args, **_more: Nowhere())
    return found


def test_everybody_without_a_token_signs_in_one_after_the_other(syncd, ways):
    ways["mail"][1].given[TOM] = Grant(TOM, "there")
    ended = syncd("auth", "gmail", "--headless")
    assert ended.code == 0
    assert ways["mail"][1].came == [MAYA]
    assert f"Sign in as {MAYA}." in ended.out
    assert "ssh -L 8386:127.0.0.1:8386" in ended.out
    again = syncd("auth", "gmail")
    assert "signed in already" in again.out
    assert syncd("auth", "gmail", "--again").code == 0
    assert ways["mail"][1].came == [MAYA, MAYA, TOM]


def test_one_can_be_named(syncd, ways):
    assert syncd("auth", "gmail", "TOM@b.example").code == 0
    assert ways["mail"][1].came == [TOM]
    stranger = syncd("auth", "gmail", "x@b.example")
    assert (stranger.code, ways["mail"][1].came) == (1, [TOM])
    assert f"they name {MAYA}, {TOM}" in stranger.err


def test_a_token_that_cannot_be_read_is_given_anew(syncd, ways):
    ways["crm"][1].given["hubspot"] = Locked("it does not open")
    assert syncd("auth", "hubspot").code == 0
    assert ways["crm"][1].came == ["hubspot"]


def test_who_is_refused_ends_it_with_the_reason(syncd, ways):
    ways["mail"] = ("gmail", Way("bad@b.example"))
    ended = syncd("auth", "gmail")
    assert ended.code == 1
    assert "signed in as somebody else" in ended.err


def test_where_keys_are_used_there_is_nobody_to_sign_in(syncd, ways):
    ways.clear()
    ended = syncd("auth", "gmail")
    assert (ended.code, "use a key instead" in ended.err) == (1, True)
    assert "all use keys" in syncd("auth", "list").out


def test_the_list_shows_what_is_kept_missing_and_unreadable(syncd, ways):
    way = ways["mail"][1]
    way.given = {MAYA: Grant(MAYA, "/tokens/m.json", ("s",), GIVEN, None, GIVEN), TOM: Locked("no")}
    rows = json.loads(syncd("auth", "list", "--json").out)["consents"]
    assert [row["state"] for row in rows] == ["kept", "unreadable", "missing"]
    assert rows[0]["kept"] == "/tokens/m.json"
    words = syncd("auth", "list").out
    assert re.search(rf"{MAYA} +kept +2026-11-01 +2026-11-01 +/tokens/m.json", words)


def test_revoking_is_by_mailbox_or_connector_and_repeatable(syncd, ways):
    mail, crm = ways["mail"][1], ways["crm"][1]
    mail.given = {MAYA: Grant(MAYA, "x"), TOM: Grant(TOM, "x")}
    crm.given = {"hubspot": Grant("hubspot", "x")}
    ended = syncd("auth", "revoke", "MAYA@b.example", "--json")
    assert json.loads(ended.out) == {"ok": True, "revoked": [MAYA]}
    assert syncd("auth", "revoke", "mail", "crm").out == f"Revoked: {TOM}, hubspot.\n"
    assert syncd("auth", "revoke", "mail").out == "There was nothing to revoke.\n"
    stranger = syncd("auth", "revoke", "nobody")
    assert (stranger.code, "auth list" in stranger.err) == (1, True)


def test_a_new_key_opens_what_it_closed(syncd):
    key = syncd("auth", "new-key").out.strip()
    cipher = Fernet(key)
    assert cipher.decrypt(cipher.encrypt(b"x")) == b"x"
