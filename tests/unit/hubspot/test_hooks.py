"""What HubSpot's webhooks must prove, against the simulator's own signing."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.hubspot import MANIFEST
from connectors.hubspot.hooks import WINDOW_SECONDS, judge, sign
from connectors.hubspot.settings import HubSpotSettings
from connectors.hubspot.simulator import HubSpotSimulator
from syncd.ports.hints import Hint, Notification, Reason, Refusal
from syncd.ports.manifest import State, Toolbox
from tests.support.clock import START, DrivenClock

SECRET = "sandbox-secret"
URL = "https://syncd.example.com/hooks/crm"


def sent(clock: DrivenClock, url: str = URL) -> list[Notification]:
    """What the simulator sends when somebody edits a contact."""
    portal = HubSpotSimulator(clock)
    portal.control("add_contact", {"email": "ada@acme.example"})
    portal.control("subscribe", {"type": "contact.propertyChange", "property": "city", "url": url})
    edit = {"contact": "ada@acme.example", "properties": {"city": "Ghent"}}
    portal.control("person_sets", edit)
    return [
        Notification("POST", one["url"], one["headers"], one["body"].encode())
        for one in portal.control("outbox", {})["due"]
    ]


@pytest.mark.parametrize(
    "url", [URL, f"{URL}?who=a%40b.example&x=%2Fy%3f", "https://x.example/hooks/a%20b"]
)
def test_what_hubspot_signs_is_a_hint_at_the_crm(url: str):
    [told] = sent(DrivenClock(), url)
    hint = judge(told, SECRET, START)
    assert isinstance(hint, Hint)
    assert (hint.crm, hint.board, hint.mailboxes) == (True, False, ())
    assert hint.sealed_once
    assert hint.seal
    assert len(hint.events) == 1


def test_a_retry_is_sealed_anew_and_names_the_same_events():
    clock = DrivenClock()
    portal = HubSpotSimulator(clock)
    portal.control("add_contact", {"email": "ada@acme.example"})
    portal.control("subscribe", {"type": "contact.propertyChange", "property": "city", "url": URL})
    edit = {"contact": "ada@acme.example", "properties": {"city": "Ghent"}}
    portal.control("person_sets", edit)
    hints: list[Any] = []
    for _ in range(2):
        [one] = portal.control("outbox", {})["due"]
        told = Notification("POST", one["url"], one["headers"], one["body"].encode())
        hints.append(judge(told, SECRET, clock.now()))
        portal.control("delivered", {"id": one["id"], "status": 500})
        clock.advance(61)
    assert hints[0].seal != hints[1].seal
    assert hints[0].events == hints[1].events


@pytest.mark.parametrize("changed", ["method", "url", "body", "time", "signature", "secret"])
def test_anything_changed_is_forged(changed: str):
    [told] = sent(DrivenClock())
    headers = dict(told.headers)
    if changed == "time":
        headers["x-hubspot-request-timestamp"] += "0"
    if changed == "signature":
        headers["x-hubspot-signature-v3"] = headers["x-hubspot-signature-v3"][::-1]
    other = Notification(
        "PUT" if changed == "method" else told.method,
        told.url + "/" if changed == "url" else told.url,
        headers,
        told.body + b" " if changed == "body" else told.body,
    )
    secret = "another" if changed == "secret" else SECRET
    assert judge(other, secret, START) == Refusal(Reason.FORGED)


@pytest.mark.parametrize("header", ["x-hubspot-signature-v3", "x-hubspot-request-timestamp"])
def test_without_signature_or_time_nothing_is_proved(header: str):
    [told] = sent(DrivenClock())
    headers = {name: value for name, value in told.headers.items() if name != header}
    assert judge(Notification("POST", URL, headers, told.body), SECRET, START) == Refusal(
        Reason.UNSIGNED
    )


@pytest.mark.parametrize("apart", [WINDOW_SECONDS + 1, -WINDOW_SECONDS - 1])
def test_outside_five_minutes_it_is_stale_also_ahead(apart: float):
    [told] = sent(DrivenClock())
    assert judge(told, SECRET, START + timedelta(seconds=apart)) == Refusal(Reason.STALE)
    within = START + timedelta(seconds=apart * 0.99)
    assert isinstance(judge(told, SECRET, within), Hint)


def signed(body: bytes, stamp: str = "") -> Notification:
    stamp = stamp or str(int(START.timestamp() * 1000))
    told = Notification("POST", URL, {}, body)
    headers = {
        "x-hubspot-signature-v3": sign(told, stamp, SECRET),
        "x-hubspot-request-timestamp": stamp,
    }
    return Notification("POST", URL, headers, body)


def test_other_objects_are_no_concern():
    body = json.dumps([{"eventId": 1, "subscriptionType": "deal.creation"}]).encode()
    hint = judge(signed(body), SECRET, START)
    assert isinstance(hint, Hint)
    assert not hint


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff", b"[" * 100_000, b"null"])
def test_a_signed_body_that_makes_no_sense_is_unreadable(body: bytes):
    assert judge(signed(body), SECRET, START) == Refusal(Reason.UNREADABLE)


@pytest.mark.parametrize("stamp", ["soon", "-1", "9" * 5000, "1e3"])
def test_a_signed_time_that_is_none_is_stale(stamp: str):
    assert judge(signed(b"[]", stamp), SECRET, START) == Refusal(Reason.STALE)


_JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text() | st.integers(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(_JSON)
def test_any_signed_json_is_judged(body: Any):
    judge(signed(json.dumps(body).encode()), SECRET, START)


@given(
    st.dictionaries(
        st.sampled_from(["x-hubspot-signature-v3", "x-hubspot-request-timestamp"]), st.text()
    ),
    st.binary(),
)
def test_whatever_strangers_send_is_refused(headers: dict[str, str], body: bytes):
    assert isinstance(judge(Notification("POST", URL, headers, body), SECRET, START), Refusal)


def settings(folder: Path, **more: Any) -> HubSpotSettings:
    return HubSpotSettings.model_validate(
        {"kind": "hubspot", "token": {"file": str(folder / "token")}, **more}
    )


def test_without_the_setting_nothing_is_listened_to(tmp_path: Path):
    assert MANIFEST.hints is not None
    assert MANIFEST.hints(settings(tmp_path), Toolbox(DrivenClock())) is None


def test_a_secret_that_is_not_there_yet_makes_the_service_try_again(tmp_path: Path):
    assert MANIFEST.hints is not None
    asked = settings(tmp_path, webhooks={"secret": {"file": str(tmp_path / "secret")}})
    hints = MANIFEST.hints(asked, Toolbox(DrivenClock()))
    assert hints is not None
    assert hints.receive is not None
    [told] = sent(DrivenClock())
    assert hints.receive(told) == Refusal(Reason.UNREADY)
    (tmp_path / "secret").write_text(SECRET)
    assert isinstance(hints.receive(told), Hint)


def test_the_app_that_signs_in_has_named_its_secret_already(tmp_path: Path):
    (tmp_path / "secret").write_text(SECRET)
    oauth = {
        "client_id": "1",
        "client_secret": {"file": str(tmp_path / "secret")},
        "tokens": str(tmp_path),
    }
    asked = HubSpotSettings.model_validate({"kind": "hubspot", "oauth": oauth, "webhooks": {}})
    assert MANIFEST.hints is not None
    hints = MANIFEST.hints(asked, Toolbox(DrivenClock()))
    assert hints is not None
    assert hints.receive is not None
    assert isinstance(hints.receive(sent(DrivenClock())[0]), Hint)
    with pytest.raises(ValidationError, match="client secret of the app"):
        settings(tmp_path, webhooks={})


def test_the_doctor_is_told_what_to_subscribe_to(tmp_path: Path):
    assert MANIFEST.hints is not None
    asked = settings(tmp_path, webhooks={"secret": {"file": str(tmp_path / "secret")}})
    hints = MANIFEST.hints(asked, Toolbox(DrivenClock()))
    assert hints is not None
    assert hints.check is not None
    [finding] = hints.check(URL)
    assert finding.state is State.SKIPPED
    assert URL in finding.words
