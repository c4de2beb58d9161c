"""Getting into a mailbox: google-auth's credentials, renewed through our own session."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import requests

from connectors._kit import verdicts as http
from connectors._kit.reading import json_object, lasting
from connectors._kit.tokens import Tokens
from connectors.gmail import verdicts
from connectors.gmail.settings import GmailSettings, InstalledApp
from syncd.ports.clock import Clock
from syncd.ports.secrets import MissingSecret, SecretRef
from syncd.ports.verdicts import Locked

if TYPE_CHECKING:
    from google.oauth2.credentials import Credentials as UserCredentials
    from google.oauth2.service_account import Credentials as ServiceCredentials

    Credentials = UserCredentials | ServiceCredentials

MODIFY = "https://www.googleapis.com/auth/gmail.modify"
READ_ONLY = "https://www.googleapis.com/auth/gmail.readonly"
COMPOSE = "https://www.googleapis.com/auth/gmail.compose"
TOKEN_URI = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address, no secret

SIGN_IN = "run `syncd auth gmail` for this mailbox"

# Google's usual life of an access token, for an answer that does not say.
_USUAL_SECONDS = 3600.0

# google-auth renews this long before the end, too: a token must outlive the call it opens.
_MARGIN_SECONDS = 225.0

_TRANSIENT = frozenset({"internal_failure", "server_error", "temporarily_unavailable"})


@dataclass(frozen=True, slots=True)
class _Answered:
    """The shape of google.auth.transport.Response."""

    status: int
    headers: Mapping[str, str]
    data: bytes


class _TokenEndpoint:
    """What google-auth calls to send a token request: one request, once, over our session.

    Not google.auth.transport.requests.Request: that one closes the shared session when it
    is collected. And a passing failure is raised here, because google-auth would repeat
    the request by itself, sleeping on the real clock.
    """

    def __init__(self, session: requests.Session) -> None:
        self._session = session
        self.expires_in = 0.0
        self.scope = ""

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        **_more: object,
    ) -> _Answered:
        from google.auth.exceptions import RefreshError

        try:
            answer = self._session.request(
                method, url, data=body, headers=headers, allow_redirects=False
            )
        except requests.RequestException as error:
            # Asking for a token twice does no harm, so a lost answer is no doubt.
            raise http.of_exception(error, service=verdicts.SERVICE, writes=False) from error
        said = json_object(answer.content)
        passing = answer.status_code in {408, 429} or answer.status_code >= 500 or _passing(said)
        if answer.ok:
            self.expires_in = lasting(said.get("expires_in", _USUAL_SECONDS), 0.0)
            self.scope = str(said.get("scope") or "")
            # A page of some proxy, say: google-auth would stumble over it.
            passing = not (isinstance(said.get("access_token"), str) and self.expires_in > 0)
        if passing:
            raise RefreshError(  # type: ignore[no-untyped-call] # google-auth
                f"token endpoint {answer.status_code}", retryable=True
            )
        return _Answered(answer.status_code, answer.headers, answer.content)


class Login:
    """One mailbox's access token. Threads may share it; one of them renews at a time.

    With `account` and `scope` it is that service account's own, acting for no mailbox; with
    `scope` alone it may do that in the mailbox and nothing else.
    """

    def __init__(
        self,
        mailbox: str,
        settings: GmailSettings,
        session: requests.Session,
        clock: Clock,
        *,
        account: SecretRef | None = None,
        scope: str = "",
    ) -> None:
        self._mailbox = mailbox
        self._settings = settings
        self._account, self._scope = account, scope
        self._clock = clock
        self._endpoint = _TokenEndpoint(session)
        self._lock = threading.Lock()
        self._credentials: Credentials | None = None
        self._token = ""
        self._good_until: datetime | None = None

    @property
    def scopes(self) -> tuple[str, ...]:
        """What the latest token may do; empty where Google did not say."""
        return tuple(self._endpoint.scope.split())

    def token(self) -> str:
        """A token that is good for now. Raises `Locked` and `TryLater`."""
        with self._lock:
            if self._good_until is None or self._clock.now() >= self._good_until:
                self._renew()
            return self._token

    def drop(self, token: str) -> None:
        """Gmail refused this token; get another before the next call."""
        with self._lock:
            # Another thread may have renewed it since.
            if token == self._token:
                self._good_until = None

    def _renew(self) -> None:
        from google.auth.exceptions import GoogleAuthError

        # Secrets are read when needed and, until they are good, read again: ops can put
        # a key in place without restarting, and one bad token file stops one mailbox.
        kept = self._credentials
        if kept is None:
            self._credentials = self._made()
        asked = self._clock.now()
        try:
            self._refresh()
        except GoogleAuthError as error:
            self._credentials = None
            if kept is not None and not error.retryable:
                # Consent may have been given anew since we last read it.
                self._renew()
                return
            raise verdicts.of_token(
                self._mailbox, _words(error), retryable=bool(error.retryable)
            ) from error
        assert self._credentials is not None
        self._token = str(self._credentials.token)
        # By our clock, not by google-auth's: in a sandbox time is driven.
        lasts = max(0.0, self._endpoint.expires_in - _MARGIN_SECONDS)
        self._good_until = asked + timedelta(seconds=lasts)

    def _made(self) -> Credentials:
        if self._account is not None:
            return _service_account(self._account, None, [self._scope])
        scope = self._scope or scopes_of(self._settings)[0]
        return _credentials(self._settings, self._mailbox, scope)

    def _refresh(self) -> None:
        assert self._credentials is not None
        before = getattr(self._credentials, "refresh_token", None)
        self._credentials.refresh(self._endpoint)  # type: ignore[no-untyped-call] # google-auth
        after = getattr(self._credentials, "refresh_token", None)
        app = None if self._account is not None else self._settings.installed_app
        if app is None or after in {None, before}:
            return
        # Google may hand out another one at any renewal; the one before may then be dead.
        tokens = tokens_of(app)
        tokens.write(self._mailbox, {**tokens.read(self._mailbox), "refresh_token": after})


def tokens_of(app: InstalledApp) -> Tokens:
    """The mailboxes' authorized-user records."""
    return Tokens(app, SIGN_IN)


def client_of(app: InstalledApp) -> Mapping[str, Any]:
    """The OAuth client as Google's console made it, without its wrapping. Raises `Locked`."""
    client = _secret(app.client)
    inner = client.get("installed") or client.get("web") or client
    return inner if isinstance(inner, dict) else {}


def scopes_of(settings: GmailSettings) -> tuple[str, ...]:
    """The least that the settings need: first to read by, then what drafts need besides.

    gmail.modify holds what drafts need (facts/gmail.md A3).
    """
    if not settings.read_only:
        return (MODIFY,)
    return (READ_ONLY, COMPOSE) if settings.drafts else (READ_ONLY,)


def _credentials(settings: GmailSettings, mailbox: str, scope: str) -> Credentials:
    # One scope a token: where an administrator has not allowed drafts, reading goes on.
    scopes = [scope]
    if settings.service_account is not None:
        return _service_account(settings.service_account, mailbox, scopes)
    assert settings.installed_app is not None
    return _installed_app(settings.installed_app, mailbox, scopes)


def _service_account(ref: SecretRef, mailbox: str | None, scopes: list[str]) -> ServiceCredentials:
    info = _secret(ref)
    try:
        account = _account(json.dumps(info, sort_keys=True))
    except ValueError as error:
        raise Locked(
            f"{ref}: not a service account's key",
            remedy="download a key of type JSON for the service account",
        ) from error
    made: ServiceCredentials = account.with_scopes(scopes).with_subject(mailbox)
    return made


@lru_cache(maxsize=8)
def _account(key: str) -> Any:
    """Reading a key checks it, for milliseconds; every mailbox uses the same one."""
    from google.oauth2 import service_account

    return service_account.Credentials.from_service_account_info(json.loads(key))  # type: ignore[no-untyped-call] # google-auth


def _installed_app(app: InstalledApp, mailbox: str, scopes: list[str]) -> UserCredentials:
    from google.oauth2.credentials import Credentials

    client = client_of(app)
    tokens = tokens_of(app)
    given = tokens.read(mailbox)
    client_id = given.get("client_id") or client.get("client_id")
    client_secret = given.get("client_secret") or client.get("client_secret")
    if not (given.get("refresh_token") and client_id and client_secret):
        raise Locked(
            f"{tokens.where(mailbox)}: no refresh token, client id or client secret",
            remedy=SIGN_IN,
        )
    # By the constructor: from_authorized_user_file ignores the file's token_uri
    # (facts/gmail.md A2), and a sandbox has one of its own.
    return Credentials(  # type: ignore[no-untyped-call] # google-auth
        token=None,
        refresh_token=str(given["refresh_token"]),
        client_id=str(client_id),
        client_secret=str(client_secret),
        token_uri=str(given.get("token_uri") or client.get("token_uri") or TOKEN_URI),
        scopes=scopes,
    )


def _secret(ref: SecretRef) -> dict[str, Any]:
    try:
        given = json_object(ref.read().encode())
    except MissingSecret as error:
        raise Locked(str(error), remedy="put the secret there; syncd then goes on by itself") from (
            error
        )
    if not given:
        raise Locked(f"{ref}: not JSON", remedy="give the JSON as Google's console made it")
    return given


def _passing(said: Mapping[str, Any]) -> bool:
    # What stands in front of the endpoint answers as Gmail's API does: an object, not a word.
    words = [said.get("error"), said.get("error_description")]
    return any(isinstance(one, str) and one in _TRANSIENT for one in words)


def _words(error: Exception) -> str:
    return str(error.args[0]) if error.args else type(error).__name__
