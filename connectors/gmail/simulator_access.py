"""Who gets in: the token endpoint, bearer tokens and what their scopes allow."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from connectors.gmail.simulator_errors import MESSAGES, GmailError, answer
from connectors.gmail.simulator_mailbox import Mailbox
from syncd.ports.simulator import Answer, Request

LIFETIME_SECONDS = 3600
SANDBOX = "sandbox:"

FULL = "https://mail.google.com/"
_PREFIX = "https://www.googleapis.com/auth/"
_KNOWN = frozenset(
    {"addons.current.action.compose", "addons.current.message.action",
     "addons.current.message.metadata", "addons.current.message.readonly", "compose", "insert",
     "labels", "metadata", "modify", "readonly", "send", "settings.basic", "settings.sharing",
     "pubsub", "cloud-platform"}
)  # fmt: skip
# Mailboxes whose tokens are good, but which are not served (facts/gmail.md A3, A5).
CLOSED = {
    "mail_disabled": (400, "failedPrecondition", "Mail service not enabled"),
    "suspended": (400, "failedPrecondition", "Precondition check failed."),
    "domain_policy": (403, "domainPolicy", MESSAGES["domainPolicy"]),
}
LOCKS = ("invalid_grant", "invalid_rapt", *CLOSED)
_JWT_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
CONSENT_PATH, TOKEN_PATH, REVOKE_PATH = "/auth", "/token", "/revoke"
_JWT_CLAIMS = frozenset({"iss", "scope", "aud", "exp", "iat"})


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token opens: a mailbox ("" for a service account acting for nobody), scopes."""

    address: str
    scopes: frozenset[str]
    until: float  # epoch seconds
    refresh: str = ""  # the consent it was given under; "" for a service account
    issuer: str = ""  # the service account, "" for a person's consent


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person allowed an app. A code stands for one until it is used."""

    address: str
    scopes: tuple[str, ...]
    client_id: str
    redirect: str
    challenge: str = ""


def short(scope: str) -> str:
    """A scope's last word: ".../auth/gmail.modify" is "modify"; full access is "full"."""
    if scope == FULL:
        return "full"
    return scope.removeprefix(_PREFIX).removeprefix("gmail.")


class Access:
    def __init__(self) -> None:
        self._grants: dict[str, Grant] = {}
        self._issued = 0
        self._codes: dict[str, Consent] = {}
        self._consents: dict[str, Consent] = {}
        self._revoked: set[str] = set()
        self.refresh_days: float | None = None  # consents die so soon: an app in testing

    def consent(self, request: Request, boxes: Mapping[str, Mailbox]) -> Answer:
        """GET /auth: the page where a person lets an app in. Whom the hint names does so at once,
        without a hint the first mailbox there is.
        """
        redirect, scope = request.param("redirect_uri"), request.param("scope")
        address = request.param("login_hint").lower() or next(iter(boxes), "")
        known = request.param("client_id") and redirect.startswith("http://localhost")
        if not known or request.param("response_type") != "code" or address not in boxes:
            return Answer(400, b"Access blocked: authorization error")
        self._issued += 1
        code = f"4/sim-{self._issued}"
        self._codes[code] = Consent(
            address,
            tuple(scope.split()),
            request.param("client_id"),
            redirect,
            request.param("code_challenge"),
        )
        back = urlencode({"state": request.param("state"), "code": code, "scope": scope})
        return Answer(302, b"", {"location": f"{redirect}?{back}"})

    def revoke(self, request: Request) -> Answer:
        """POST /revoke: the whole consent is taken back, whichever of its tokens is named."""
        token = dict(parse_qsl(request.body.decode("utf-8", "replace"))).get("token", "")
        grant = self._grants.get(token)
        refresh = grant.refresh if grant is not None else token
        known = refresh in self._consents or refresh.startswith(SANDBOX)
        if not known or refresh in self._revoked:
            return _denied("invalid_token", "Token expired or revoked")
        self._consents.pop(refresh, None)
        self._revoked.add(refresh)
        self._grants = {key: one for key, one in self._grants.items() if one.refresh != refresh}
        return answer({})

    def token(self, request: Request, boxes: Mapping[str, Mailbox], now: datetime) -> Answer:
        """POST /token: a signed assertion (its signature is not checked) or a refresh token."""
        form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
        refresh, issuer, more = "", "", dict[str, object]()
        try:
            if form.get("grant_type") == _JWT_GRANT:
                address, scopes, issuer = _asserted(form.get("assertion", ""))
            elif form.get("grant_type") == "refresh_token":
                refresh = form.get("refresh_token", "")
                address, scopes = self._refreshed(form)
            elif form.get("grant_type") == "authorization_code":
                given = self._redeemed(form)
                self._issued += 1
                refresh = f"1//sim-{self._issued}"
                self._consents[refresh] = given
                address, scopes = given.address, list(given.scopes)
                more = {"refresh_token": refresh}
                if self.refresh_days is not None:
                    more["refresh_token_expires_in"] = int(self.refresh_days * 86_400)
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
        self._grants[token] = Grant(address, frozenset(map(short, scopes)), until, refresh, issuer)
        return answer(
            {
                "access_token": token,
                "expires_in": LIFETIME_SECONDS,
                "scope": " ".join(scopes),
                "token_type": "Bearer",
                **more,
            }
        )

    def grant(
        self, authorization: str, boxes: Mapping[str, Mailbox], now: datetime
    ) -> tuple[Mailbox, Grant]:
        """Whose call this is. Raises the refusals of facts/gmail.md A5."""
        grant = self.bearer(authorization, now)
        if not grant.address:
            # A service account has no mailbox of its own (facts/gmail.md A3).
            raise GmailError(400, "failedPrecondition", "Precondition check failed.")
        box = boxes.get(grant.address)
        if box is not None and box.locked in CLOSED:
            raise GmailError(*CLOSED[box.locked])
        if box is None or box.locked:
            raise _unauthenticated("Invalid Credentials", "authError")
        return box, grant

    def bearer(self, authorization: str, now: datetime) -> Grant:
        """What a token opens, of whatever service of Google's."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise _unauthenticated("Login Required.", "required")
        if token.startswith(SANDBOX):
            return Grant(token.removeprefix(SANDBOX).lower(), frozenset({"full"}), float("inf"))
        known = self._grants.get(token)
        if known is None or now.timestamp() >= known.until:
            raise _unauthenticated("Invalid Credentials", "authError")
        return known

    def drop(self, address: str) -> None:
        """Every token of a mailbox is worthless from now on."""
        self._grants = {
            token: grant for token, grant in self._grants.items() if grant.address != address
        }

    def _redeemed(self, form: Mapping[str, str]) -> Consent:
        given = self._codes.pop(form.get("code", ""), None)
        if given is None or given.client_id != form.get("client_id"):
            raise _Denied("invalid_grant", "Malformed auth code.")
        if given.redirect != form.get("redirect_uri"):
            raise _Denied("redirect_uri_mismatch", "Bad Request")
        if given.challenge and given.challenge != _challenge(form.get("code_verifier", "")):
            raise _Denied("invalid_grant", "Invalid code verifier.")
        return given

    def _refreshed(self, form: Mapping[str, str]) -> tuple[str, list[str]]:
        if not form.get("client_id"):
            raise _Denied("invalid_request", "Could not determine client ID from request.")
        given = form.get("refresh_token", "")
        consent = self._consents.get(given)
        if given in self._revoked or (consent is None and not given.startswith(SANDBOX)):
            raise _Denied("invalid_grant", "Token has been expired or revoked.")
        if consent is None:
            asked = form.get("scope", "") or f"{_PREFIX}gmail.modify"
            return given.removeprefix(SANDBOX).lower(), _scopes(asked)
        asked = form.get("scope", "") or " ".join(consent.scopes)
        if not set(asked.split()) <= set(consent.scopes):
            raise _Denied("invalid_scope", "Bad Request")
        return consent.address, _scopes(asked)


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


def _asserted(assertion: str) -> tuple[str, list[str], str]:
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
    return str(said.get("sub") or "").lower(), _scopes(str(said["scope"])), str(said["iss"])


def _challenge(verifier: str) -> str:
    """PKCE's S256."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


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
    if box.locked and box.locked not in CLOSED:
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
