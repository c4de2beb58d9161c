"""What Google's pushes must prove, what a pull gives, and that mailboxes are watched."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.gmail import MANIFEST
from connectors.gmail.hooks import gathered, verified
from connectors.gmail.settings import GmailSettings
from connectors.gmail.simulator import GmailSimulator
from connectors.gmail.simulator_keys import LIFETIME_SECONDS, SigningKeys
from syncd.ports.hints import Hint, Hints, Notification, Reason, Refusal
from syncd.ports.manifest import State, Toolbox
from syncd.ports.simulator import Answer
from syncd.ports.verdicts import Locked, TryLater
from tests.support.clock import DrivenClock
from tests.support.transport import SimulatorTransport
from tests.unit.gmail.scene import API, MAYA, PLENTY, TOM, mail, service_account

TOPIC, SUBSCRIPTION = "projects/p/topics/mail", "projects/p/subscriptions/syncd"
SIGNER, AUDIENCE = "push@p.iam.gserviceaccount.com", "https://syncd.example.com/hooks/mail"
URL = "http://127.0.0.1:9/hooks/mail"
PUSHED = {
    "topic": TOPIC, "signed_by": SIGNER, "audience": AUDIENCE,
    "certs_url": f"{API}/oauth2/v1/certs",
}  # fmt: skip
PULLED = {"topic": TOPIC, "subscription": SUBSCRIPTION, "pubsub_url": API}


def settings(folder: Path, push: dict[str, str]) -> GmailSettings:
    return GmailSettings.model_validate(
        {
            "kind": "gmail",
            "service_account": {"file": str(service_account(folder))},
            "mailboxes": [MAYA, TOM],
            "api_url": API,
            "units_per_minute": PLENTY,
            "push": push,
        }
    )


class Stage:
    """Two mailboxes, watched, and what the connector makes of their notices."""

    def __init__(self, folder: Path, push: dict[str, str] | None = None) -> None:
        self.clock = DrivenClock()
        self.simulator = GmailSimulator(self.clock)
        for address in (MAYA, TOM):
            self.control("add_mailbox", mailbox=address, address=address)
        self.transport = SimulatorTransport({"gmail": self.simulator})
        tools = Toolbox(self.clock, transport=self.transport)
        assert MANIFEST.hints is not None
        found = MANIFEST.hints(settings(folder, push or PUSHED), tools)
        assert found is not None
        self.hints: Hints = found

    def control(self, command: str, **body: Any) -> dict[str, Any]:
        return self.simulator.control(command, body)

    def watch(self) -> None:
        for renew in self.hints.renewals.values():
            renew()

    def push(self, **more: Any) -> Notification:
        """Somebody writes to Maya; the push that follows."""
        self.control("push", url=URL, audience=AUDIENCE, email=SIGNER, **more)
        self.control("deliver", mailbox=MAYA, raw=base64.b64encode(mail()).decode())
        [one] = self.control("outbox")["due"]
        self.control("delivered", id=one["id"], status=200)
        self.clock.advance(2)  # no more than one a second is told
        return Notification("POST", one["url"], one["headers"], one["body"].encode())

    def receive(self, told: Notification) -> Hint | Refusal:
        assert self.hints.receive is not None
        return self.hints.receive(told)

    def pull(self) -> Hint:
        assert self.hints.pull is not None
        return self.hints.pull()

    def certificates_asked(self) -> int:
        return sum(path.endswith("/certs") for _, _, path in self.transport.calls)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    made = Stage(tmp_path)
    made.watch()
    return made


def test_every_mailbox_is_watched_on_the_topic(stage: Stage):
    assert set(stage.hints.renewals) == {MAYA, TOM}
    calls = stage.control("stats")["calls"]
    assert calls["POST /gmail/v1/users/{userId}/watch"] == 2
    stage.push()
    [told] = stage.control("notifications")["notifications"]
    assert told["topic"] == TOPIC


def test_a_mailbox_that_refuses_us_is_locked_alone(stage: Stage):
    stage.control("revoke", mailbox=MAYA)
    with pytest.raises(Locked):
        stage.hints.renewals[MAYA]()
    stage.hints.renewals[TOM]()


def test_what_google_signs_for_us_is_a_hint_at_the_mailbox(stage: Stage):
    hint = stage.receive(stage.push())
    assert isinstance(hint, Hint)
    assert (hint.mailboxes, hint.crm, hint.board) == ((MAYA,), False, False)
    assert len(hint.events) == 1
    assert stage.receive(stage.push()) != hint
    assert stage.certificates_asked() == 1


@pytest.mark.parametrize(
    "more", [{"audience": "https://other.example/"}, {"email": "eve@p.iam.gserviceaccount.com"}]
)
def test_what_google_signs_for_others_is_forged(stage: Stage, more: dict[str, str]):
    told = stage.push()
    keys = stage.simulator._world.push.keys
    token = keys.token(more.get("audience", AUDIENCE), more.get("email", SIGNER))
    assert stage.receive(_with(told, token)) == Refusal(Reason.FORGED)


def test_what_another_key_signs_is_forged_under_whatever_name(stage: Stage):
    told = stage.push()
    stranger = SigningKeys(stage.clock).token(AUDIENCE, SIGNER)
    assert stage.receive(_with(told, stranger)) == Refusal(Reason.FORGED)


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("iss", "https://accounts.example"),
        ("email_verified", False),
        ("email_verified", "true"),
        ("aud", [AUDIENCE]),
    ],
)
def test_a_signed_token_that_says_something_else_is_forged(stage: Stage, claim: str, value: Any):
    told = stage.push()
    assert stage.receive(_with(told, _token(stage, **{claim: value}))) == Refusal(Reason.FORGED)


@pytest.mark.parametrize(
    ("claims", "head"),
    [({}, {"alg": "none"}), ({}, {"alg": "HS256"}), ({}, {"kid": "other"}), ({}, {"kid": None})],
)
def test_a_token_does_not_choose_how_it_is_checked(stage: Stage, claims: Any, head: Any):
    told = stage.push()
    assert stage.receive(_with(told, _token(stage, head, **claims))) == Refusal(Reason.FORGED)


def test_a_token_is_good_for_its_hour_by_our_clock(stage: Stage):
    told = stage.push()
    stage.clock.advance(LIFETIME_SECONDS)
    assert isinstance(stage.receive(told), Hint)
    stage.clock.advance(61)
    assert stage.receive(told) == Refusal(Reason.STALE)


@pytest.mark.parametrize("claims", [{"iat": 9_999_999_999}, {"exp": "soon"}, {"iat": None}])
def test_a_token_of_no_time_or_the_future_is_stale(stage: Stage, claims: Any):
    told = stage.push()
    assert stage.receive(_with(told, _token(stage, **claims))) == Refusal(Reason.STALE)


def test_without_a_token_nothing_is_proved(stage: Stage):
    assert stage.receive(stage.push(signed=False)) == Refusal(Reason.UNSIGNED)


@given(st.text(), st.binary())
def test_whatever_strangers_send_is_refused(token: str, body: bytes):
    assert verified(token, lambda _key: None) is None
    assert verified(f"{token}.{token}.{token}", lambda _key: None) is None


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff", b'{"message": 1}', b"[" * 100_000])
def test_a_signed_push_that_makes_no_sense_is_unreadable(stage: Stage, body: bytes):
    told = stage.push()
    other = Notification("POST", URL, told.headers, body)
    assert stage.receive(other) == Refusal(Reason.UNREADABLE)


@given(st.dictionaries(st.sampled_from(["data", "messageId"]), st.text() | st.integers()))
def test_any_message_is_read(message: dict[str, Any]):
    assert gathered([message], [MAYA]).mailboxes == ()


def test_a_notice_of_a_mailbox_that_is_not_ours_is_of_no_concern():
    data = base64.b64encode(json.dumps({"emailAddress": "eve@x.example"}).encode()).decode()
    assert not gathered([{"data": data, "messageId": "1"}], [MAYA])


def test_keys_that_cannot_be_fetched_make_google_try_again_and_are_asked_for_once_a_minute(
    stage: Stage,
):
    told = stage.push()
    stage.transport.before = lambda _request: Answer(503)
    assert stage.receive(told) == Refusal(Reason.UNREADY)
    assert stage.receive(told) == Refusal(Reason.UNREADY)
    assert stage.certificates_asked() == 1
    stage.transport.before = lambda _request: None
    stage.clock.advance(61)
    assert isinstance(stage.receive(told), Hint)


def test_a_key_not_known_is_asked_for_at_most_once_a_minute(stage: Stage):
    told = stage.push()
    stage.receive(told)
    stage.clock.advance(61)
    for _ in range(5):
        assert stage.receive(_with(told, _token(stage, {"kid": "x"}))) == Refusal(Reason.FORGED)
    assert stage.certificates_asked() == 2
    assert isinstance(stage.receive(told), Hint)


def test_keys_are_asked_for_again_when_they_are_old(stage: Stage):
    stage.receive(stage.push())
    stage.clock.advance(3601)
    assert isinstance(stage.receive(stage.push()), Hint)
    assert stage.certificates_asked() == 2


# pulling


@pytest.fixture
def puller(tmp_path: Path) -> Stage:
    made = Stage(tmp_path, PULLED)
    made.control("subscription", name=SUBSCRIPTION, topic=TOPIC)
    made.watch()
    return made


def test_what_is_pulled_is_acknowledged_and_comes_once(puller: Stage):
    puller.control("deliver", mailbox=TOM, raw=base64.b64encode(mail(to=TOM)).decode())
    assert puller.pull().mailboxes == (TOM,)
    puller.clock.advance(3600)
    assert puller.pull() == Hint()


def test_a_notice_whose_acknowledgement_fails_comes_again(puller: Stage):
    puller.control("deliver", mailbox=MAYA, raw=base64.b64encode(mail()).decode())
    puller.control("fault", path="acknowledge", status=503)
    with pytest.raises(TryLater):
        puller.pull()
    puller.clock.advance(11)
    assert puller.pull().mailboxes == (MAYA,)


@pytest.mark.parametrize(("status", "verdict"), [(403, Locked), (404, Locked), (503, TryLater)])
def test_a_pull_that_is_refused_is_a_verdict(puller: Stage, status: int, verdict: Any):
    puller.control("fault", path=":pull", status=status)
    with pytest.raises(verdict):
        puller.pull()


def test_a_token_that_is_refused_is_renewed_for_the_next_pull(puller: Stage):
    puller.pull()
    puller.control("expire_tokens", mailbox=MAYA)
    puller.control("fault", path=":pull", status=401, reason="authError")
    with pytest.raises(Locked):
        puller.pull()
    asked = len([path for _, _, path in puller.transport.calls if path == "/token"])
    puller.pull()
    assert len([path for _, _, path in puller.transport.calls if path == "/token"]) == asked + 1


def test_a_pull_acts_for_the_account_itself_and_for_that_alone(puller: Stage):
    assert puller.hints.receive is None
    puller.pull()
    scopes = {grant.scopes for grant in puller.simulator._access._grants.values()}
    assert frozenset({"pubsub"}) in scopes


def test_the_doctor_looks_at_the_subscription(puller: Stage):
    assert puller.hints.check is not None
    [found] = puller.hints.check("")
    assert found.state is State.OK
    puller.control("subscription", name=SUBSCRIPTION, topic="projects/p/topics/other")
    [found] = puller.hints.check("")
    assert (found.state, "topics/other" in found.words) == (State.FAIL, True)
    puller.control("fault", path="subscriptions", status=403, reason="insufficientPermissions")
    [found] = puller.hints.check("")
    assert found.state is State.FAIL
    assert "roles/pubsub.subscriber" in found.remedy


@pytest.mark.parametrize(
    ("push", "words"),
    [
        ({"topic": TOPIC}, "exactly one of"),
        (PUSHED | {"subscription": SUBSCRIPTION}, "exactly one of"),
        ({"topic": TOPIC, "signed_by": SIGNER}, "audience"),
        ({"topic": "mail", "subscription": SUBSCRIPTION}, "topic"),
        (PUSHED | {"signed_by": "somebody"}, "service account"),
        (PUSHED | {"certs_url": "certs"}, "https"),
    ],
)
def test_settings_that_do_not_fit_together_are_told(
    tmp_path: Path, push: dict[str, str], words: str
):
    with pytest.raises(ValidationError, match=words):
        settings(tmp_path, push)


def test_peoples_consent_opens_no_pubsub(tmp_path: Path):
    app = {"client": {"env": "X"}, "tokens": str(tmp_path)}
    given = {"kind": "gmail", "installed_app": app, "mailboxes": [MAYA], "push": PULLED}
    with pytest.raises(ValidationError, match="service_account"):
        GmailSettings.model_validate(given)


def _with(told: Notification, token: str) -> Notification:
    return Notification("POST", URL, {"authorization": f"Bearer {token}"}, told.body)


def _token(stage: Stage, head: dict[str, Any] | None = None, **claims: Any) -> str:
    """A token signed by the simulator's key that says what a test wants it to say."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    keys = stage.simulator._world.push.keys
    parts = [
        json.loads(base64.urlsafe_b64decode(part + "=="))
        for part in keys.token(AUDIENCE, SIGNER).split(".")[:2]
    ]
    changed = [parts[0] | (head or {}), parts[1] | claims]
    said = ".".join(_url64(json.dumps(part).encode()) for part in changed)
    signature = keys._key().sign(said.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{said}.{_url64(signature)}"


def _url64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
