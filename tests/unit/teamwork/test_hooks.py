"""What Teamwork's webhooks must prove, against the simulator's own signing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.teamwork import MANIFEST
from connectors.teamwork.hooks import EVENTS, judge
from connectors.teamwork.settings import TeamworkSettings
from connectors.teamwork.simulator import TeamworkSimulator
from syncd.ports.hints import Hint, Hints, Notification, Reason, Refusal
from syncd.ports.manifest import State, Toolbox
from tests.support.clock import DrivenClock
from tests.support.transport import SimulatorTransport

SECRET = "s3cret"
URL = "https://syncd.example.com/hooks/board"


def hooked(simulator: TeamworkSimulator, *events: str, **changed: Any) -> None:
    row: dict[str, Any] = {
        "url": URL,
        "version": "2",
        "token": SECRET,
        "contentType": "application/json",
    }
    row |= {"status": "ACTIVE", "discarded": 0, "projectId": None, **changed}
    for event in events:
        simulator.site.add("webhooks", {**row, "event": event})


def sent(**changed: Any) -> Notification:
    simulator = TeamworkSimulator(DrivenClock())
    hooked(simulator, "TASK.CREATED", **changed)
    simulator.control("add_project", {"name": "P", "lists": ["L"]})
    simulator.control("add_task", {"list": "P/L", "name": "Call Ann"})
    [one] = simulator.control("outbox", {})["due"]
    return Notification("POST", one["url"], one["headers"], one["body"].encode())


@pytest.mark.parametrize(
    "changed", [{}, {"contentType": "application/x-www-form-urlencoded"}, {"version": "1"}]
)
def test_what_the_site_signs_is_a_hint_at_the_board_whatever_its_form(changed: dict[str, str]):
    hint = judge(sent(**changed), SECRET)
    assert isinstance(hint, Hint)
    assert (hint.board, hint.crm, hint.mailboxes) == (True, False, ())
    assert len(hint.events) == 1
    assert not hint.sealed_once


def test_the_delivery_is_not_signed_and_the_seal_does_not_depend_on_it():
    told = sent()
    other = Notification("POST", URL, {**told.headers, "x-projects-delivery": "other"}, told.body)
    hints = [judge(told, SECRET), judge(other, SECRET)]
    assert len({hint.seal for hint in hints if isinstance(hint, Hint)}) == 1


def test_anything_changed_is_forged():
    told = sent()
    assert judge(told, "another") == Refusal(Reason.FORGED)
    longer = Notification("POST", URL, told.headers, told.body + b" ")
    assert judge(longer, SECRET) == Refusal(Reason.FORGED)


def test_a_webhook_without_a_token_proves_nothing():
    assert judge(sent(token=""), SECRET) == Refusal(Reason.UNSIGNED)


@given(st.text(min_size=1), st.binary())
def test_whatever_strangers_send_is_refused(signature: str, body: bytes):
    told = Notification("POST", URL, {"x-projects-signature": signature}, body)
    assert judge(told, SECRET) == Refusal(Reason.FORGED)


def hints(folder: Path, simulator: TeamworkSimulator, key: str = "twp_sandbox") -> Hints:
    (folder / "key").write_text(key)
    settings = TeamworkSettings.model_validate(
        {
            "kind": "teamwork",
            "url": "http://teamwork.test",
            "api_key": {"file": str(folder / "key")},
            "webhooks": {"secret": {"file": str(folder / "secret")}},
        }
    )
    transport = SimulatorTransport({"teamwork": simulator})
    assert MANIFEST.hints is not None
    found = MANIFEST.hints(settings, Toolbox(DrivenClock(), transport=transport))
    assert found is not None
    return found


def test_a_secret_that_is_not_there_yet_makes_the_site_try_again(tmp_path: Path):
    found = hints(tmp_path, TeamworkSimulator(DrivenClock()))
    assert found.receive is not None
    assert found.receive(sent()) == Refusal(Reason.UNREADY)
    (tmp_path / "secret").write_text(SECRET)
    assert isinstance(found.receive(sent()), Hint)


def finding(folder: Path, simulator: TeamworkSimulator, address: str = URL, **more: Any) -> Any:
    check = hints(folder, simulator, **more).check
    assert check is not None
    [found] = check(address)
    return found


def test_the_doctor_sees_that_every_webhook_stands(tmp_path: Path):
    simulator = TeamworkSimulator(DrivenClock())
    hooked(simulator, *EVENTS)
    assert finding(tmp_path, simulator).state is State.OK


def test_the_doctor_names_those_that_are_missing(tmp_path: Path):
    simulator = TeamworkSimulator(DrivenClock())
    hooked(simulator, *EVENTS[1:])
    hooked(simulator, EVENTS[0], url="https://elsewhere.example/")
    found = finding(tmp_path, simulator)
    assert found.state is State.WARN
    assert found.words == f"missing: {EVENTS[0]}"
    assert URL in found.remedy


def test_the_doctor_names_those_the_site_has_switched_off(tmp_path: Path):
    simulator = TeamworkSimulator(DrivenClock())
    hooked(simulator, *EVENTS[1:])
    hooked(simulator, EVENTS[0], status="INACTIVE")
    found = finding(tmp_path, simulator)
    assert found.state is State.WARN
    assert EVENTS[0] in found.words
    assert "resume" in found.remedy


def test_where_they_cannot_be_looked_at_the_doctor_says_why(tmp_path: Path):
    simulator = TeamworkSimulator(DrivenClock())
    assert "web.public_url" in finding(tmp_path, simulator, "").remedy
    assert finding(tmp_path, simulator, key="wrong").state is State.FAIL
    fault = {"path": "webhooks", "kind": "answer", "status": 403, "body": {"MESSAGE": "no"}}
    simulator.control("fault", fault)
    assert finding(tmp_path, simulator).state is State.SKIPPED
