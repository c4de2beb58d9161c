"""Notices that are posted, and come before what they tell of (facts/gmail.md A6, "race")."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from google.auth.exceptions import GoogleAuthError
from google.oauth2 import id_token

from syncd.ports.simulator import Request
from tests.unit.gmail.scene import HISTORY, MAYA, Scene, scene

URL = "http://127.0.0.1:9/push"


@pytest.fixture
def stage(tmp_path: Path) -> Scene:
    made = scene(tmp_path)
    made.call("POST", "watch", {"topicName": "projects/p/topics/t"})
    made.control("push", url=URL)
    return made


def _due(stage: Scene) -> list[dict[str, Any]]:
    due: list[dict[str, Any]] = stage.control("outbox")["due"]
    return due


def _told(parcel: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(
        base64.urlsafe_b64decode(json.loads(parcel["body"])["message"]["data"])
    )
    return told


def test_a_push_comes_before_the_history_it_tells_of(stage: Scene) -> None:
    before = stage.call("GET", "profile")[1]["historyId"]
    stage.control("lag", seconds=20)
    stage.deliver()
    [push] = _due(stage)
    assert push["url"] == URL
    assert _told(push)["emailAddress"] == MAYA
    assert _told(push)["historyId"] > int(before)
    assert "history" not in stage.call("GET", HISTORY, startHistoryId=before)[1]
    stage.clock.advance(21)
    assert "history" in stage.call("GET", HISTORY, startHistoryId=before)[1]


def test_an_unacknowledged_push_comes_again_with_the_same_id(stage: Scene) -> None:
    stage.deliver()
    [first] = _due(stage)
    assert stage.control("delivered", id=first["id"], status=500)["state"] == "waiting"
    assert _due(stage) == []
    stage.clock.advance(10)
    [again] = _due(stage)
    one, two = (json.loads(each["body"]) for each in (first, again))
    assert one["message"] == two["message"]
    assert two["deliveryAttempt"] == 2
    assert stage.control("delivered", id=again["id"], status=204)["state"] == "delivered"
    assert _due(stage) == []


def test_pushes_come_twice_or_never_by_switch(stage: Scene) -> None:
    stage.control("webhooks", duplicate=1)
    stage.deliver()
    assert len(_due(stage)) == 2
    stage.control("push")
    assert _due(stage) == []
    stage.clock.advance(2)
    stage.deliver()
    assert _due(stage) == []


def _published(stage: Scene, path: str) -> Any:
    answer = stage.simulator.handle(Request("GET", path))
    assert answer.status == 200
    return json.loads(answer.body)


def _token(parcel: dict[str, Any]) -> str:
    scheme, _, token = parcel["headers"]["authorization"].partition(" ")
    assert scheme == "Bearer"
    return str(token)


def _verified(stage: Scene, token: str, audience: str) -> Any:
    """By Google's own library, as a receiver does it."""

    def ask(url: str, **_more: object) -> Any:
        answer = stage.simulator.handle(Request("GET", url.removeprefix("http://certs")))
        return SimpleNamespace(status=answer.status, data=answer.body)

    certs = "http://certs/oauth2/v1/certs"
    verify: Any = id_token.verify_token  # untyped
    return verify(token, ask, audience=audience, certs_url=certs)


def test_googles_own_library_accepts_the_token_of_a_push(stage: Scene) -> None:
    stage.clock.advance(time.time() - stage.clock.now().timestamp())
    stage.call("POST", "watch", {"topicName": "projects/p/topics/t"})
    stage.control("push", url=URL, audience="syncd", email="pusher@p.iam.gserviceaccount.com")
    stage.deliver()
    [push] = _due(stage)
    claims = _verified(stage, _token(push), "syncd")
    assert claims["iss"] == "https://accounts.google.com"
    assert (claims["email"], claims["email_verified"]) == ("pusher@p.iam.gserviceaccount.com", True)
    head, body, signature = _token(push).split(".")
    forged = f"{head}.{body[:-4]}AAAA.{signature}"
    for token, audience in ((_token(push), "others"), (forged, "syncd")):
        with pytest.raises((ValueError, GoogleAuthError)):
            _verified(stage, token, audience)


def test_each_attempt_is_signed_anew_and_its_key_is_published_as_a_jwk(stage: Scene) -> None:
    stage.deliver()
    [first] = _due(stage)
    stage.control("delivered", id=first["id"], status=500)
    stage.clock.advance(10)
    [again] = _due(stage)
    [key] = _published(stage, "/oauth2/v3/certs")["keys"]
    n, e = (
        int.from_bytes(base64.urlsafe_b64decode(key[each] + "=="), "big") for each in ("n", "e")
    )
    issued = []
    for push in (first, again):
        head, body, signature = (
            base64.urlsafe_b64decode(part + "==") for part in _token(push).split(".")
        )
        said = _token(push).rpartition(".")[0].encode()
        public = rsa.RSAPublicNumbers(e, n).public_key()
        public.verify(signature, said, padding.PKCS1v15(), hashes.SHA256())
        claims = json.loads(body)
        assert json.loads(head)["kid"] == key["kid"]
        assert (claims["aud"], claims["exp"] - claims["iat"]) == (URL, 3600)
        issued.append(claims["iat"])
    assert issued[1] - issued[0] == 10


def test_a_subscription_without_authentication_signs_nothing(stage: Scene) -> None:
    stage.control("push", url=URL, signed=False)
    stage.simulator.restore(stage.simulator.snapshot())
    stage.deliver()
    [push] = _due(stage)
    assert "authorization" not in push["headers"]
