"""Who gets in: the token endpoint, bearer tokens and what their scopes allow."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from connectors.gmail.simulator_errors import GmailError, answer
from connectors.gmail.simulator_mailbox import Mailbox
from syncd.ports.simulator import Answer, Request

LIFETIME_SECONDS = 3600
SANDBOX = "sandbox:"

FULL = "https://mail.google.com/"
_PREFIX = "https://www.googleapis.com/auth/"
_KNOWN = frozenset(
    {"addons.current.action.compose", "addons.current.message.action",
     "addons.current.message.metadata", "addons.current.message.readonly", "compose", "insert",
     "labels", "metadata", "modify", "readonly", "send", "settings.basic", "settings.sharing"}
)  # fmt: skip
_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_JWT_CLAIMS = frozenset({"iss", "scope", "aud", "exp", "iat"})


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token opens: a mailbox ("" for a service account acting for nobody), scopes."""

    address: str
    scopes: frozenset[str]
    until: float  # epoch seconds


def short(scope: str) -> str:
    """A scope's last word: ".../auth/gmail.modify" is "modify"; full access is "full"."""
    if scope == FULL:
        return "full"
    return scope.removeprefix(_PREFIX).removeprefix("gmail.")


class Access:
    def __init__(self) -> None:
        self._grants: dict[str, Grant] = {}
        self._issued = 0

    def token(self, request: Request, boxes: Mapping[str, Mailbox], now: datetime) -> Answer:
        """POST /token: a signed assertion (its signature is not checked) or a refresh token."""
        form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
        try:
            if form.get("grant_type") == _JWT_GRANT:
                address, scopes = _asserted(form.get("assertion", ""))
            elif form.get("grant_type") == "refresh_token":
                address, scopes = _refreshed(form)
            else:
                return _denied("unsupported_grant_type", "Invalid grant_type: ")
            if address:
                _admit(address, boxes)
        except _Denied as denied:
            return _denied(denied.error, denied.words, **denied.more)
        self._issued += 1
        digest = hashlib.blake2b(f"{address}/{self._issued}".encode(), digest_size=16).hexdigest()
        token = f"ya29.sim-{digest}"
        until = now.timestamp() + LIFETIME_SECONDS
        self._grants[token] = Grant(address, frozenset(map(short, scopes)), until)
        return answer(
            {
                "access_token": token,
                "expires_in": LIFETIME_SECONDS,
                "scope": " ".join(scopes),
                "token_type": "Bearer",
            }
        )

    def grant(
        self, authorization: str, boxes: Mapping[str, Mailbox], now: datetime
    ) -> tuple[Mailbox, Grant]:
        """Whose call this is. Raises the refusals of facts/gmail.md A5."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise _unauthenticated("Login Required.", "required")
        if token.startswith(SANDBOX):
            grant = Grant(token.removeprefix(SANDBOX).lower(), frozenset({"full"}), float("inf"))
        else:
            known = self._grants.get(token)
            if known is None or now.timestamp() >= known.until:
                raise _unauthenticated("Invalid Credentials", "authError")
            grant = known
        if not grant.address:
            # A service account has no mailbox of its own (facts/gmail.md A3).
            raise GmailError(400, "failedPrecondition", "Precondition check failed.")
        box = boxes.get(grant.address)
        if box is None or box.locked:
            raise _unauthenticated("Invalid Credentials", "authError")
        return box, grant

    def drop(self, address: str) -> None:
        """Every token of a mailbox is worthless from now on."""
        self._grants = {
            token: grant for token, grant in self._grants.items() if grant.address != address
        }


def allow(grant: Grant, scopes: frozenset[str]) -> None:
    """Raise unless the grant holds one of a method's scopes."""
    if grant.scopes.isdisjoint(scopes):
        raise GmailError(
            403,
            "insufficientPermissions",
            "Request had insufficient authentication scopes.",
        )


def whose(user_id: str, box: Mailbox) -> None:
    """Raise unless the path names the mailbox that the token opens."""
    if user_id not in {"me", box.address}:
        raise GmailError(403, "forbidden", f"Delegation denied for {box.address}")


class _Denied(Exception):
    def __init__(self, error: str, words: str, **more: str) -> None:
        super().__init__(words)
        self.error, self.words, self.more = error, words, more


def _asserted(assertion: str) -> tuple[str, list[str]]:
    try:
        head, claims, signature = assertion.split(".")
        alg, said = _decoded(head).get("alg"), _decoded(claims)
    except ValueError as error:
        raise _Denied("invalid_grant", "Invalid JWT: Failed to parse.") from error
    if alg != "RS256" or not signature:
        raise _Denied("invalid_grant", "Invalid JWT Signature.")
    if not said.keys() >= _JWT_CLAIMS:
        missing = ", ".join(sorted(_JWT_CLAIMS - said.keys()))
        raise _Denied("invalid_request", f"Missing required claims: {missing}")
    if not 0 < int(said["exp"]) - int(said["iat"]) <= LIFETIME_SECONDS:
        raise _Denied(
            "invalid_grant",
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable "
            "timeframe. Check your iat and exp values in the JWT claim.",
        )
    return str(said.get("sub") or "").lower(), _scopes(str(said["scope"]))


def _refreshed(form: Mapping[str, str]) -> tuple[str, list[str]]:
    if not form.get("client_id"):
        raise _Denied("invalid_request", "Could not determine client ID from request.")
    given = form.get("refresh_token", "")
    if not given.startswith(SANDBOX):
        raise _Denied("invalid_grant", "Token has been expired or revoked.")
    asked = form.get("scope", "") or f"{_PREFIX}gmail.modify"
    return given.removeprefix(SANDBOX).lower(), _scopes(asked)


def _scopes(given: str) -> list[str]:
    for scope in given.split():
        if short(scope) not in _KNOWN | {"full"}:
            raise _Denied("invalid_scope", f"{scope} is not a valid audience string.")
    return given.split()


def _admit(address: str, boxes: Mapping[str, Mailbox]) -> None:
    box = boxes.get(address)
    if box is None:
        raise _Denied("invalid_grant", "Invalid email or User ID")
    if box.locked == "invalid_rapt":
        raise _Denied(
            "invalid_grant", "reauth related error (invalid_rapt)", error_subtype="invalid_rapt"
        )
    if box.locked:
        raise _Denied("invalid_grant", "Token has been expired or revoked.")


def _decoded(part: str) -> dict[str, Any]:
    said = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    if not isinstance(said, dict):
        raise ValueError(part)  # noqa: TRY004 - one way out for every bad assertion
    return said


def _denied(error: str, words: str, **more: str) -> Answer:
    return answer({"error": error, "error_description": words, **more}, 400)


def _unauthenticated(message: str, reason: str) -> GmailError:
    return GmailError(
        401, reason, message, more={"locationType": "header", "location": "Authorization"}
    )
