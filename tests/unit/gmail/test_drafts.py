"""What drafts ask for, and what they may not touch."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from connectors.gmail import MANIFEST
from connectors.gmail.client_login import COMPOSE, MODIFY, READ_ONLY, scopes_of
from syncd.core.facts import Party
from syncd.ports.mail import Draft, NewDraft
from syncd.ports.manifest import State, Wants
from syncd.ports.simulator import Answer, Request
from syncd.ports.verdicts import Locked
from tests.unit.gmail.scene import MAYA, Scene, scene

ASK = NewDraft(
    key="k",
    mailbox=MAYA,
    message_id="k@brightlink.example",
    sender=Party(MAYA, "Maya"),
    to=Party("ann@alpine.example", "Ann"),
    subject="Hello",
    text="Hi",
    html="<p>Hi</p>",
)


def asked_scopes(stage: Scene) -> list[str]:
    """The scopes of every token that is asked for, in order."""
    found: list[str] = []

    def see(request: Request) -> Answer | None:
        if request.path.endswith("/token"):
            assertion = parse_qs(request.body.decode())["assertion"][0]
            claims = assertion.split(".")[1]
            said = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
            found.append(said["scope"])
        return None

    stage.transport.before = see
    return found


@pytest.mark.parametrize(
    ("read_only", "drafts", "scopes"),
    [
        (False, False, (MODIFY,)),
        (False, True, (MODIFY,)),
        (True, False, (READ_ONLY,)),
        (True, True, (READ_ONLY, COMPOSE)),
    ],
)
def test_no_more_is_asked_for_than_is_used(
    tmp_path: Path, *, read_only: bool, drafts: bool, scopes: tuple[str, ...]
):
    stage = scene(tmp_path, read_only=read_only, drafts=drafts)
    assert scopes_of(stage.settings) == scopes


def test_reading_never_asks_for_the_scope_of_drafts(tmp_path: Path):
    stage = scene(tmp_path, read_only=True, drafts=True)
    asked = asked_scopes(stage)
    stage.source.cursor(MAYA)
    stage.source.find_drafts(MAYA, ["k@brightlink.example"])
    assert asked == [READ_ONLY]
    (made,) = stage.source.write_drafts([ASK])
    assert isinstance(made, Draft)
    assert asked == [READ_ONLY, COMPOSE]


def test_where_an_administrator_refuses_that_scope_mail_is_read(tmp_path: Path):
    stage = scene(tmp_path, read_only=True, drafts=True)

    def refused(request: Request) -> Answer | None:
        if not request.path.endswith("/token"):
            return None
        assertion = parse_qs(request.body.decode())["assertion"][0].split(".")[1]
        claims = base64.urlsafe_b64decode(assertion + "=" * (-len(assertion) % 4))
        if COMPOSE.encode() not in claims:
            return None
        body = {"error": "unauthorized_client", "error_description": "Client is unauthorized"}
        return Answer(401, json.dumps(body).encode())

    stage.transport.before = refused
    (outcome,) = stage.source.write_drafts([ASK])
    assert isinstance(outcome, Locked)
    assert "gmail.compose" in outcome.remedy
    assert stage.source.cursor(MAYA)
    findings = MANIFEST.probe(stage.settings, stage.tools, Wants()) if MANIFEST.probe else []
    found = {one.name: one for one in findings if one.subject == MAYA}
    assert found["gmail.access"].state is State.OK
    assert found["gmail.drafts"].state is State.FAIL
    assert "gmail.compose" in found["gmail.drafts"].remedy


def test_where_drafts_are_off_none_is_written_and_the_probe_is_silent(tmp_path: Path):
    stage = scene(tmp_path)
    (outcome,) = stage.source.write_drafts([ASK])
    assert isinstance(outcome, Locked)
    assert "drafts: true" in outcome.remedy
    assert stage.calls("/drafts") == 0
    assert MANIFEST.probe is not None
    names = [one.name for one in MANIFEST.probe(stage.settings, stage.tools, Wants())]
    assert "gmail.drafts" not in names


def test_the_probe_says_that_modify_holds_drafts(tmp_path: Path):
    stage = scene(tmp_path, drafts=True)
    assert MANIFEST.probe is not None
    findings = MANIFEST.probe(stage.settings, stage.tools, Wants())
    assert [one.state for one in findings if one.name == "gmail.drafts"] == [State.OK, State.OK]
