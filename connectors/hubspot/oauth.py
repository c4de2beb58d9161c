"""Into HubSpot as an app: a person's consent, renewed every half hour (facts/hubspot.md 2.11)."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import requests

from connectors._kit import verdicts
from connectors._kit.http import Session
from connectors._kit.reading import instant, json_object, lasting
from connectors._kit.redaction import redact
from connectors._kit.tokens import Tokens
from connectors.hubspot.settings import HubSpotApp, HubSpotSettings
from syncd.ports.manifest import Toolbox
from syncd.ports.secrets import MissingSecret
from syncd.ports.signin import Grant, Visit
from syncd.ports.verdicts import Locked, Refused, TryLater

_SERVICE = "HubSpot"
_SIGN_IN = "run `syncd auth hubspot`"
# An access token is good for 1800 s. A call takes at most half a minute.
_MARGIN = timedelta(seconds=120)
_USUAL_SECONDS = 1800.0

SCOPES = (
    "oauth",
    "crm.objects.contacts.read",
    "crm.objects.contacts.write",
    "crm.objects.owners.read",
    "crm.schemas.contacts.read",
    "crm.schemas.contacts.write",
    "sales-email-read",
)
# Asked for, and done without where the app or the account does not have them.
OPTIONAL = ("connected-email-data-access", "crm.lists.read", "crm.lists.write")


def sign_in(settings: HubSpotSettings, tools: Toolbox) -> OAuth | None:
    """None for a key, which a person makes in HubSpot."""
    return None if settings.oauth is None else OAuth(settings, settings.oauth, tools)


class OAuth:
    """One account's access token. Satisfies `syncd.ports.signin.SignIn`.

    Threads may share it, and other processes the record it keeps: whoever finds the token
    too old renews it, alone, and the others take up what is kept then.
    """

    def __init__(self, settings: HubSpotSettings, app: HubSpotApp, tools: Toolbox) -> None:
        self._settings = settings
        self._app = app
        self._clock = tools.clock
        self._session = Session("hubspot", tools, asks=lambda path, _body: path.endswith("/token"))
        self._tokens = Tokens(app, _SIGN_IN)
        self._name = f"hubspot-{app.client_id}"
        self._lock = threading.Lock()
        self._token = ""
        self._until: datetime | None = None
        self._refused = ""

    def token(self) -> str:
        """A token that is good for now. Raises `Locked` and `TryLater`."""
        with self._lock:
            if self._until is None or self._clock.now() >= self._until:
                with self._tokens.alone(self._name):
                    self._take(self._tokens.read(self._name))
            return self._token

    def drop(self, token: str) -> None:
        """HubSpot refused this token; get another before the next call."""
        with self._lock:
            # Another thread may have renewed it since.
            if token == self._token:
                self._until, self._refused = None, token

    # signing in

    def subjects(self) -> tuple[str, ...]:
        return ("hubspot",)

    def grant(self, subject: str) -> Grant | None:
        kept = self._tokens.find(self._name)
        if kept is None:
            return None
        return Grant(
            subject,
            self._tokens.where(self._name),
            tuple(str(one) for one in kept.get("scopes") or ()),
            given_at=instant(kept.get("given_at")),
            renewed_at=instant(kept.get("renewed_at")),
        )

    def sign_in(self, subject: str, visit: Visit) -> Grant:
        state = secrets.token_urlsafe(24)
        asked = {
            "client_id": self._app.client_id,
            "redirect_uri": visit.redirect,
            "scope": " ".join(SCOPES),
            "optional_scope": " ".join(OPTIONAL),
            "state": state,
        }
        said = visit(f"{self._settings.app_url}/oauth/authorize?{urlencode(asked)}")
        if said.get("state") != state:
            raise Refused(f"{_SERVICE}: the answer is not to this question; start again")
        if "code" not in said:
            raise Refused(f"{_SERVICE}: no consent: {said.get('error', 'no reason given')}")
        form = {
            "grant_type": "authorization_code",
            "code": said["code"],
            "redirect_uri": visit.redirect,
        }
        now = self._clock.now()
        with self._lock, self._tokens.alone(self._name):
            self._keep(self._post("", form), {"given_at": now.isoformat()}, now)
        grant = self.grant(subject)
        assert grant is not None
        return grant

    def revoke(self, _subject: str) -> None:
        with self._lock, self._tokens.alone(self._name):
            kept = self._tokens.find(self._name)
            if kept is None:
                return
            token = str(kept.get("refresh_token"))
            try:
                self._post("/revoke", {"token": token, "token_type_hint": "refresh_token"})
            except Locked as dead:
                # What HubSpot does not know any more is revoked; a wrong app is not.
                if "BAD_REFRESH_TOKEN" not in str(dead) and "invalid_token" not in str(dead):
                    raise
            self._tokens.remove(self._name)
            self._until = None

    # renewing

    def _take(self, kept: Mapping[str, Any]) -> None:
        """Use what is kept, renewed where it is too old or was refused."""
        now = self._clock.now()
        until = instant(kept.get("good_until"))
        token = str(kept.get("access_token") or "")
        if token and token != self._refused and until is not None and now < until:
            self._token, self._until = token, until
            return
        form = {"grant_type": "refresh_token", "refresh_token": str(kept.get("refresh_token"))}
        self._keep(self._post("", form), kept, now)

    def _keep(self, said: Mapping[str, Any], kept: Mapping[str, Any], now: datetime) -> None:
        """On the disk first: the refresh token just used may be worthless already."""
        token = str(said.get("access_token") or "")
        if not token:
            raise TryLater(f"{_SERVICE}: half an answer, no token")
        lasts = lasting(said.get("expires_in"), _USUAL_SECONDS)
        until = now + timedelta(seconds=lasts) - _MARGIN
        record = {
            "refresh_token": said.get("refresh_token") or kept.get("refresh_token"),
            "access_token": token,
            "good_until": until.isoformat(),
            "scopes": said.get("scopes") or kept.get("scopes") or [],
            "hub_id": said.get("hub_id") or kept.get("hub_id"),
            "given_at": kept.get("given_at"),
            "renewed_at": now.isoformat(),
        }
        self._tokens.write(self._name, record)
        self._token, self._until, self._refused = token, until, ""

    def _post(self, path: str, form: Mapping[str, str]) -> dict[str, Any]:
        settings = self._settings
        url = f"{settings.api_url}/oauth/{settings.api_version}/token{path}"
        try:
            secret = self._app.client_secret.read()
        except MissingSecret as error:
            remedy = f"provide the app's client secret ({self._app.client_secret})"
            raise Locked(str(error), remedy=remedy) from error
        whole = {**form, "client_id": self._app.client_id, "client_secret": secret}
        try:
            answer = self._session.post(url, data=whole)
        except requests.RequestException as error:
            # A lost answer may have used the token up. Asking again finds out.
            raise verdicts.of_exception(error, service=_SERVICE, writes=False) from error
        said = json_object(answer.content)
        if answer.ok:
            return said
        status = answer.status_code
        words = redact(" ".join(str(said.get(key, "")) for key in ("status", "error", "message")))
        if status in {408, 429} or status >= 500:
            raise TryLater(f"{_SERVICE} {status}: {words}")
        raise Locked(f"{_SERVICE} {status}: {words}", remedy=_remedy(words))


def _remedy(words: str) -> str:
    if "BAD_CLIENT_ID" in words or "invalid_client" in words:
        return "check client_id and client_secret against the app's Auth page in HubSpot"
    if "BAD_HUB" in words:
        return f"the account is gone or has removed the app: {_SIGN_IN} again"
    return _SIGN_IN
