"""The shape of httplib2.Http that googleapiclient expects, over our session."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import httplib2
import requests

from connectors.gmail.client_login import Login

_PARTS = re.compile(rb"(?m)^([A-Z]+) \S+ HTTP/1\.1\r?$")


def asks(path: str, body: bytes) -> bool:
    """Whether a POST changes nothing: one for a token, or a batch of nothing but GETs."""
    if path.endswith("/token"):
        return True
    methods = set(_PARTS.findall(body))
    return path.startswith("/batch") and methods == {b"GET"}


class GoogleHttp:
    """Carries the requests of one call into one mailbox, each with the mailbox's token.

    Made for every call and thrown away: httplib2's own Http is not safe between threads
    (facts/gmail.md A2), and a call must know whether its token was refused already.
    """

    redirect_codes: frozenset[int] = frozenset()
    timeout = None

    def __init__(self, session: requests.Session, login: Login) -> None:
        self._session = session
        self._login = login
        self._token = ""
        self.answered = False

    def request(  # noqa: PLR0917 - httplib2's signature
        self,
        uri: str,
        method: str = "GET",
        body: str | bytes | None = None,
        headers: dict[str, str] | None = None,
        redirections: int = 0,  # noqa: ARG002 - httplib2's signature; a token follows no redirect
        connection_type: Any = None,  # noqa: ARG002 - as above
    ) -> tuple[httplib2.Response, bytes]:
        """Send; on a 401 renew the token and send once more: a refused call changed nothing."""
        if self._token:
            # A second request of one call is the library repeating batch parts that were
            # answered 401, with whatever token it is given.
            self._login.drop(self._token)
        else:
            answer = self._send(uri, method, body, headers)
            if answer.status_code != 401:
                return _shaped(answer)
            self._login.drop(self._token)
        return _shaped(self._send(uri, method, body, headers))

    def close(self) -> None:
        """The session outlives the call."""

    def _send(
        self, uri: str, method: str, body: str | bytes | None, headers: dict[str, str] | None
    ) -> requests.Response:
        if urlsplit(uri).path.endswith("/send"):
            # Whatever a later change does by mistake: people send mail, syncd never.
            raise AssertionError("syncd sends no mail")
        self._token = self._login.token()
        answer = self._session.request(
            method,
            uri,
            data=body.encode() if isinstance(body, str) else body,
            headers={**(headers or {}), "Authorization": f"Bearer {self._token}"},
            allow_redirects=False,
        )
        self.answered = True
        return answer


def _shaped(answer: requests.Response) -> tuple[httplib2.Response, bytes]:
    fields: dict[str, Any] = {name.lower(): value for name, value in answer.headers.items()}
    response = httplib2.Response(fields | {"status": str(answer.status_code)})
    response.status, response.reason = answer.status_code, answer.reason or ""
    return response, answer.content
