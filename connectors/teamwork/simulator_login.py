"""Teamwork's App Login Flow: consent, code, access token (facts/teamwork.md 2).

Whoever opens the login page is let in at once, as the person `user` names or else as the
administrator. Tokens last until somebody takes them back: there is no refresh.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from connectors.teamwork.simulator_answers import ok
from connectors.teamwork.simulator_site import Record, Site
from syncd.ports.simulator import Answer, Request

_PAGE, _TOKEN = "/launchpad/login", "/launchpad/v1/token.json"
_WHO, _DISCOVERY = "/launchpad/v1/userinfo.json", "/.well-known/oauth-authorization-server"
_GOOD_FOR = timedelta(minutes=15)
_PREFIX = "tkn.v1_sandbox-"


@dataclass(frozen=True, slots=True)
class Code:
    person: int
    client: str
    redirect: str
    until: datetime


class Login:
    """Codes and tokens are of the moment and not saved."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._codes: dict[str, Code] = {}
        self._tokens: dict[str, int] = {}
        self._given = 0

    def answer(self, request: Request) -> Answer | None:
        """None for a path that is no part of logging in."""
        match (request.method, request.path):
            case ("GET", path) if path == _PAGE:
                return self._consent(request)
            case ("POST", path) if path == _TOKEN:
                return self._exchange(request)
            case ("GET", path) if path == _WHO:
                return self._introspect(request)
            case ("GET", path) if path == _DISCOVERY:
                return ok(_metadata(_base(request)))
        return None

    def person(self, token: str) -> int | None:
        return self._tokens.get(token)

    def expire(self) -> dict[str, Any]:
        """Every access token is worthless from now on."""
        gone = len(self._tokens)
        self._tokens.clear()
        return {"expired": gone}

    def _consent(self, request: Request) -> Answer:
        redirect, client = request.param("redirect_uri"), request.param("client_id")
        named = request.param("user")
        person = self._site.person_by_email(named) if named else self._site.me
        if not client or not urlsplit(redirect).scheme or person is None or person["deleted"]:
            return Answer(400, b"the app could not be authorised")
        self._given += 1
        code = f"sandbox-code-{self._given}"
        until = self._site.now() + _GOOD_FOR
        self._codes[code] = Code(person["id"], client, redirect, until)
        state = request.param("state")
        back = {"code": code} | ({"state": state} if state else {})
        return Answer(302, b"", {"location": f"{redirect}?{urlencode(back)}"})

    def _exchange(self, request: Request) -> Answer:
        """{code, client_id, client_secret, redirect_uri}, as JSON or a form. A code works once."""
        given = _body(request)
        code = self._codes.pop(str(given.get("code")), None)
        good = code is not None and bool(given.get("client_secret"))
        if code is None or not good or self._site.now() >= code.until:
            return _refused("invalid_grant", "the code is not valid")
        if (given.get("client_id"), given.get("redirect_uri")) != (code.client, code.redirect):
            return _refused("invalid_client", "the code was given to another app")
        self._given += 1
        token = f"{_PREFIX}{self._given}"
        self._tokens[token] = code.person
        base = _base(request)
        # The documentation and the official SDK spell the one key differently.
        installation = {
            "id": 1,
            "name": "Sandbox",
            "region": "US",
            "url": base,
            "apiEndPoint": base,
            "apiEndpoint": base,
        }
        person = self._site.table("people")[code.person]
        return ok(
            {
                "access_token": token,
                "token_type": "Bearer",
                "status": "ok",
                "installation": installation,
                "user": _user(person),
            }
        )

    def _introspect(self, request: Request) -> Answer:
        person = self.person(request.headers.get("authorization", "").partition(" ")[2])
        if person is None:
            return _refused("invalid_token", "the token is not valid", 401)
        told = {"user_id": person, "installation_id": 1, "awsRegion": "US", "url": _base(request)}
        return ok(told | {"meta": {"scopes": ["projects"]}})


def _body(request: Request) -> Mapping[str, Any]:
    text = request.body.decode("utf-8", "replace")
    try:
        given = json.loads(text)
    except ValueError:
        given = dict(parse_qsl(text))
    return given if isinstance(given, dict) else {}


def _base(request: Request) -> str:
    return f"http://{request.headers.get('host', '127.0.0.1')}/"


def _user(person: Record) -> Record:
    names = ("id", "firstName", "lastName", "email")
    return {name: person[name] for name in names} | {"avatar": ""}


def _metadata(base: str) -> dict[str, Any]:
    root = base.rstrip("/")
    return {
        "issuer": root,
        "authorization_endpoint": root + _PAGE,
        "token_endpoint": root + _TOKEN,
        "response_types_supported": ["code"],
        "grant_types_supported": ["authorization_code"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
    }


def _refused(error: str, words: str, status: int = 400) -> Answer:
    return ok({"error": error, "error_description": words, "status": "error"}, status)
