"""A person's consent to a mailbox: google-auth-oauthlib's installed-app flow, on our session."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests

from connectors._kit import verdicts as http
from connectors._kit.http import Session
from connectors._kit.reading import instant, json_object, lasting
from connectors._kit.redaction import redact
from connectors.gmail.client_http import asks
from connectors.gmail.client_login import TOKEN_URI, client_of, scopes_of, tokens_of
from connectors.gmail.settings import GmailSettings, InstalledApp
from connectors.gmail.verdicts import SERVICE
from syncd.core.mail.addresses import normalise
from syncd.ports.manifest import Toolbox
from syncd.ports.signin import Grant, Visit
from syncd.ports.verdicts import Refused, TryLater

_AUTH_URI = "https://accounts.google.com/o/oauth2/auth"
_INSECURE = "OAUTHLIB_INSECURE_TRANSPORT"


def sign_in(settings: GmailSettings, tools: Toolbox) -> GmailSignIn | None:
    """None for a service account, for which an administrator speaks."""
    if settings.installed_app is None:
        return None
    return GmailSignIn(settings, settings.installed_app, tools)


class GmailSignIn:
    """Satisfies `syncd.ports.signin.SignIn`; subjects are mailboxes."""

    def __init__(self, settings: GmailSettings, app: InstalledApp, tools: Toolbox) -> None:
        self._settings = settings
        self._app = app
        self._clock = tools.clock
        self._session = Session(SERVICE, tools, asks=asks)
        self._tokens = tokens_of(app)

    def subjects(self) -> tuple[str, ...]:
        return self._settings.mailboxes

    def grant(self, subject: str) -> Grant | None:
        kept = self._tokens.find(subject)
        if kept is None:
            return None
        return Grant(
            subject,
            self._tokens.where(subject),
            tuple(str(kept.get("scope") or "").split()),
            given_at=instant(kept.get("given_at")),
            ends_at=instant(kept.get("ends_at")),
        )

    def sign_in(self, subject: str, visit: Visit) -> Grant:
        client = client_of(self._app)
        scopes = scopes_of(self._settings)
        code, verifier = _consented(client, scopes, subject, visit)
        asked = self._clock.now()
        said = self._post(
            str(client.get("token_uri") or TOKEN_URI),
            {
                "grant_type": "authorization_code",
                "code": code,
                "code_verifier": verifier,
                "redirect_uri": visit.redirect,
                "client_id": str(client.get("client_id")),
                "client_secret": str(client.get("client_secret") or ""),
            },
        )
        refresh = str(said.get("refresh_token") or "")
        if not refresh:
            raise Refused(f"{SERVICE}: Google gave no refresh token")
        self._check_whose(str(said.get("access_token")), refresh, subject, client)
        record = {
            "type": "authorized_user",
            "refresh_token": refresh,
            "client_id": client.get("client_id"),
            "client_secret": client.get("client_secret"),
            "token_uri": client.get("token_uri") or TOKEN_URI,
            "scope": said.get("scope") or " ".join(scopes),
            "given_at": asked.isoformat(),
        }
        lasts = lasting(said.get("refresh_token_expires_in"), 0.0)
        if lasts > 0:
            # An app whose consent screen is in testing: seven days (facts/gmail.md A3).
            record["ends_at"] = (asked + timedelta(seconds=lasts)).isoformat()
        self._tokens.write(subject, record)
        grant = self.grant(subject)
        assert grant is not None
        return grant

    def revoke(self, subject: str) -> None:
        kept = self._tokens.find(subject)
        if kept is None:
            return
        self._revoke(str(kept.get("refresh_token")), kept)
        self._tokens.remove(subject)

    def _check_whose(
        self, token: str, refresh: str, subject: str, client: Mapping[str, Any]
    ) -> None:
        """A person may be signed in as somebody else, and consent in their name."""
        url = f"{self._settings.api_url}/gmail/v1/users/me/profile"
        try:
            answer = self._session.get(url, headers={"Authorization": f"Bearer {token}"})
        except requests.RequestException as error:
            raise http.of_exception(error, service=SERVICE, writes=False) from error
        if not answer.ok:
            words = redact(answer.text)
            raise http.of_status(answer.status_code, words, service=SERVICE, writes=False)
        address = normalise(str(json_object(answer.content).get("emailAddress") or ""))
        if address != subject:
            # Nobody asked for this mailbox: a consent that is not used is not left lying about.
            self._revoke(refresh, client)
            raise Refused(f"{SERVICE}: signed in as {address}, not as {subject}; nothing was kept")

    def _revoke(self, token: str, whose: Mapping[str, Any]) -> None:
        """Google takes the whole consent back, whichever of its tokens is named."""
        parts = urlsplit(str(whose.get("token_uri") or TOKEN_URI))
        path = parts.path.rpartition("/")[0] + "/revoke"
        try:
            self._post(urlunsplit((parts.scheme, parts.netloc, path, "", "")), {"token": token})
        except Refused as refused:
            # Dead already: revoked in the account, expired, or the password was changed.
            if "invalid_token" not in str(refused) and "invalid_grant" not in str(refused):
                raise

    def _post(self, url: str, form: Mapping[str, str]) -> dict[str, Any]:
        try:
            answer = self._session.post(url, data=dict(form))
        except requests.RequestException as error:
            # Asking for a token, or revoking it, twice does no harm.
            raise http.of_exception(error, service=SERVICE, writes=False) from error
        said = json_object(answer.content)
        if answer.ok:
            return said
        words = redact(f"{said.get('error', '')} {said.get('error_description', '')}".strip())
        if 400 <= answer.status_code < 500 and answer.status_code not in {408, 429}:
            raise Refused(f"{SERVICE} {answer.status_code}: {words}")
        raise TryLater(f"{SERVICE} {answer.status_code}: {words}")


def _consented(
    client: Mapping[str, Any], scopes: Sequence[str], subject: str, visit: Visit
) -> tuple[str, str]:
    """The code Google sends the person back with, and the secret that proves it is ours."""
    from google_auth_oauthlib.flow import InstalledAppFlow
    from oauthlib.oauth2.rfc6749.errors import OAuth2Error

    config = {"auth_uri": _AUTH_URI, "token_uri": TOKEN_URI, "client_secret": "", **client}
    with _plain_http_on_this_machine(str(config["auth_uri"])):
        try:
            flow = InstalledAppFlow.from_client_config(  # type: ignore[no-untyped-call] # google
                {"installed": config}, [*scopes], redirect_uri=visit.redirect
            )
        except ValueError as error:
            raise Refused(f"{SERVICE}: the OAuth client lacks something: {error}") from error
        try:
            # Without "consent" Google gives a refresh token at the first sign-in only.
            url, state = flow.authorization_url(
                access_type="offline", prompt="consent", login_hint=subject
            )
        except OAuth2Error as error:
            raise Refused(f"{SERVICE}: the OAuth client's auth_uri: {error}") from error
    said = visit(str(url))
    if said.get("state") != state:
        raise Refused(f"{SERVICE}: the answer is not to this question; start again")
    if "code" not in said:
        raise Refused(f"{SERVICE}: no consent: {said.get('error', 'no reason given')}")
    return said["code"], str(flow.code_verifier)


@contextmanager
def _plain_http_on_this_machine(url: str) -> Iterator[None]:
    """Plain http is refused by oauthlib, rightly, but for a sandbox on this machine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    local = host == "localhost" or host.startswith("127.") or host.endswith(".test")
    if parts.scheme != "http" or not local or _INSECURE in os.environ:
        yield
        return
    os.environ[_INSECURE] = "1"
    try:
        yield
    finally:
        del os.environ[_INSECURE]
