"""Keys and tokens: who gets in, and the OAuth server (facts/hubspot.md 2.11)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode

from connectors.hubspot.simulator_state import Portal
from connectors.hubspot.simulator_wire import Problem, answer, missing
from syncd.ports.simulator import Answer, Request

TOKEN = "pat-sandbox"  # noqa: S105 - the sandbox's well-known token, accepted from anyone
# The sandbox's well-known app, for clients that log in by OAuth.
CLIENT_ID, CLIENT_SECRET = "sandbox-app", "sandbox-secret"
FIRST_REFRESH, CODE = "sandbox-refresh", "sandbox-code"
TOKEN_PATH = re.compile(r"/oauth/(v1|v3|2026-\d\d)/token(/revoke)?")
CONSENT_PATH = "/oauth/authorize"
KNOWN_PATH = re.compile(r"/oauth/(?:v1|v3)/(access|refresh)-tokens/([^/]+)")
NO_AUTH = (
    "Authentication credentials not found. This API supports OAuth 2.0 authentication and you can"
    " find more details at https://developers.hubspot.com/docs/methods/auth/oauth-overview"
)
_SCOPES = (
    "crm.objects.contacts.read",
    "crm.objects.contacts.write",
    "crm.objects.owners.read",
    "crm.schemas.contacts.read",
    "crm.schemas.contacts.write",
    "oauth",
    "sales-email-read",
)
SETTINGS: dict[str, Any] = {
    "lifetime": 1800.0,  # seconds an access token is good for
    "rotate": False,  # each refresh gives a new refresh token, the one before is worthless
    "hub_gone": False,  # the account behind the tokens does not exist any more
    "scopes": None,  # of the tokens given from now on; None: all the account allows
}


@dataclass(frozen=True, slots=True)
class Grant:
    """What an access token is good for."""

    until: datetime
    scopes: tuple[str, ...] | None  # None: all the account allows
    refresh: str = ""  # the token it was given for


class Access:
    """Static keys and any number of OAuth tokens. Tokens are of the moment, not kept."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self.settings = dict(SETTINGS)
        self.keys: dict[str, list[str] | None] = {TOKEN: None}
        self._revoked = False
        self._issued = 0
        self._grants: dict[str, Grant] = {}
        self._refresh = {FIRST_REFRESH}

    def check(self, request: Request) -> str:
        """The token a call came with. Raises the 401s."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        grant = self._grants.get(token)
        if (
            scheme.lower() != "bearer"
            or self._revoked
            or (grant is None and token not in self.keys)
        ):
            raise Problem(401, NO_AUTH, category="INVALID_AUTHENTICATION")
        now = self._portal.clock.now()
        if grant is not None and now >= grant.until:
            late = int((now - grant.until).total_seconds())
            words = f"The OAuth token used to make this call expired {late} second(s) ago."
            raise Problem(401, words, category="EXPIRED_AUTHENTICATION")
        return token

    def oauth(self, token: str) -> bool:
        return token in self._grants

    def scopes(self, token: str) -> set[str] | None:
        """What a token opens: its own scopes as far as the account has them; None: all."""
        grant = self._grants.get(token)
        own = self.keys.get(token) if grant is None else grant.scopes
        limits = [set(each) for each in (own, self._portal.switches["scopes"]) if each is not None]
        return set.intersection(*limits) if limits else None

    def add_key(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """{token?, scopes?}: another service key, with every scope unless told."""
        token = str(body.get("token") or f"{TOKEN}-{len(self.keys)}")
        scopes = body.get("scopes")
        self.keys[token] = None if scopes is None else [str(each) for each in scopes]
        return {"token": token, "scopes": self.keys[token]}

    def known(self, request: Request) -> Answer:
        """GET /oauth/v1/{access,refresh}-tokens/TOKEN; DELETE of a refresh token."""
        found = KNOWN_PATH.fullmatch(request.path)
        assert found is not None
        kind, token = found.groups()
        grant = self._grants.get(token)
        if self._revoked or (grant is None if kind == "access" else token not in self._refresh):
            raise missing()
        if request.method == "DELETE" and kind == "refresh":
            self._refresh.discard(token)
            return answer(204)
        if request.method != "GET":
            raise missing()
        told = {
            "token": token,
            "token_type": kind,
            "hub_id": int(self._portal.switches["id"]),
            "hub_domain": "sandbox.example",
            "user": "someone@sandbox.example",
            "user_id": 1,
            "scopes": self._said(grant.scopes if grant else self.settings["scopes"]),
        }
        if grant is None:
            return answer(200, told | {"client_id": CLIENT_ID})
        left = (grant.until - self._portal.clock.now()).total_seconds()
        return answer(200, told | {"app_id": 1, "expires_in": max(0, int(left))})

    def consent(self, request: Request) -> Answer:
        """GET /oauth/authorize: the page where a person lets an app in; here they do so at once."""
        given = {name: request.param(name) for name in ("client_id", "redirect_uri", "scope")}
        if given["client_id"] != CLIENT_ID or not given["redirect_uri"] or not given["scope"]:
            return Answer(400, b"Authorization failed: the app or its address is not known")
        back = urlencode({"code": CODE, "state": request.param("state")})
        return Answer(302, b"", {"location": f"{given['redirect_uri']}?{back}"})

    def token(self, request: Request) -> Answer:
        """POST /oauth/{v}/token and /revoke, a form in the body and nothing in the query."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if request.method != "POST" or kind != "application/x-www-form-urlencoded":
            return _denied("BAD_REQUEST", "invalid_request", "a form in the body was expected")
        form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
        if form.get("client_id") != CLIENT_ID or form.get("client_secret") != CLIENT_SECRET:
            return _denied("BAD_CLIENT_ID", "invalid_client", "missing or unknown client id")
        if request.path.endswith("/revoke"):
            return self._forgotten(form.get("token", ""))
        if self.settings["hub_gone"]:
            return _denied("BAD_HUB", "access_denied", "the account does not exist any more")
        match form.get("grant_type"):
            case "authorization_code":
                if form.get("code") != CODE or not form.get("redirect_uri"):
                    return _denied("BAD_AUTH_CODE", "invalid_grant", "missing or unknown auth code")
                return self._granted(FIRST_REFRESH)
            case "refresh_token":
                return self._refreshed(form.get("refresh_token", ""))
        return _denied("BAD_GRANT_TYPE", "unsupported_grant_type", "missing or unknown grant type")

    def configure(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """{lifetime, rotate, hub_gone}."""
        unknown = sorted(set(body) - set(SETTINGS))
        if unknown:
            raise ValueError(f"unknown settings: {', '.join(unknown)}")
        self.settings.update(body)
        return dict(self.settings)

    def expire(self, _body: Mapping[str, Any]) -> dict[str, Any]:
        """Every access token is too old from now on; the static key has no age."""
        now = self._portal.clock.now()
        self._grants = {
            token: replace(one, until=min(now, one.until)) for token, one in self._grants.items()
        }
        return {"expired": len(self._grants)}

    def revoke(self, _body: Mapping[str, Any]) -> dict[str, Any]:
        """The app was uninstalled, or the key deleted: nothing gets in, nor refreshes."""
        self._revoked = True
        return {"revoked": True}

    def restore(self, _body: Mapping[str, Any]) -> dict[str, Any]:
        self._revoked = False
        return {"revoked": False}

    def _refreshed(self, given: str) -> Answer:
        if self._revoked or given not in self._refresh:
            words = "refresh token is invalid, expired or revoked"
            return _denied("BAD_REFRESH_TOKEN", "invalid_grant", words)
        if not self.settings["rotate"]:
            return self._granted(given)
        self._refresh.discard(given)
        return self._granted(f"sandbox-refresh-{self._issued + 1}")

    def _forgotten(self, refresh: str) -> Answer:
        """A refresh token is revoked, and with it every access token it was used for."""
        if refresh not in self._refresh:
            return _denied("BAD_REFRESH_TOKEN", "invalid_token", "refresh token is unknown")
        self._refresh.discard(refresh)
        self._grants = {key: one for key, one in self._grants.items() if one.refresh != refresh}
        return answer(200, {})

    def _granted(self, refresh: str) -> Answer:
        self._issued += 1
        lifetime = float(self.settings["lifetime"])
        token = f"CN-sandbox-{self._issued}-".ljust(120, "x")
        scopes = self.settings["scopes"]
        until = self._portal.clock.now() + timedelta(seconds=lifetime)
        self._grants[token] = Grant(until, None if scopes is None else tuple(scopes), refresh)
        self._refresh.add(refresh)
        return answer(
            200,
            {
                "access_token": token,
                "refresh_token": refresh,
                "expires_in": int(lifetime),
                "token_type": "bearer",
                "token_use": "access_token",
                "hub_id": int(self._portal.switches["id"]),
                "scopes": self._said(scopes),
                "user_id": 1,
            },
        )

    def _said(self, scopes: Sequence[str] | None) -> list[str]:
        given = self._portal.switches["scopes"] if scopes is None else scopes
        return list(_SCOPES if given is None else given)


def _denied(status: str, error: str, words: str) -> Answer:
    body = {"status": status, "message": words, "error": error, "error_description": words}
    return answer(400, body)
