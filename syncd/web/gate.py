"""What every request passes: its host, its size, who sent it; and what every answer carries."""

from __future__ import annotations

import secrets
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from syncd.web.access import Access, Person, TooManyGuesses

COOKIE = "syncd_session"
LARGEST_BODY = 64 * 1024
# Answered to anybody: they say nothing of anybody's mail.
PUBLIC = frozenset({"/healthz", "/readyz", "/style.css", "/icon.svg", "/login"})
# Their readers are programs, which want to hear "no" and not be shown a form.
FOR_PROGRAMS = ("/metrics", "/-/")
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})
_HEADERS = {
    # Nothing inline, nothing from elsewhere, no script at all; forms go to us alone.
    "content-security-policy": "default-src 'none'; style-src 'self'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not no-referrer: that would take the Origin off our own forms.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cache-control": "no-store",
}


class Gate:
    """ASGI middleware. What comes through has `state["person"]` and `state["cookie"]`."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        peer = scope["client"][0] if scope.get("client") else ""
        cookie = _cookie(headers.get("cookie", ""))
        fresh = "" if cookie else secrets.token_urlsafe(32)
        secure = self._is_https(headers, peer)
        answer = self._turned_away(scope, headers, peer, cookie)
        scope.setdefault("state", {})["cookie"] = cookie or fresh

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                out = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    out.setdefault(name, value)
                page = out.get("content-type", "").startswith("text/html")
                if fresh and page and "set-cookie" not in out:
                    out.append("set-cookie", cookie_line(fresh, secure=secure))
            await send(message)

        await (answer or self._app)(scope, _limited(receive), dressed)

    def _turned_away(
        self, scope: Scope, headers: Headers, peer: str, cookie: str
    ) -> Response | None:
        """The answer to a request that does not come through; None for one that does."""
        state: dict[str, Any] = scope.setdefault("state", {})
        path = scope["path"]
        state["secure"] = self._is_https(headers, peer)
        state["peer"] = peer
        state["person"] = None
        if self._access.doors.open and _hostname(headers.get("host", "")) not in _HERE:
            # Somebody's page has named this machine after itself, to speak with us.
            return PlainTextResponse("ask for localhost\n", 421)
        if not self._access.admits(peer):
            return PlainTextResponse("too many requests\n", 429, headers={"retry-after": "1"})
        length = headers.get("content-length") or "0"
        if not length.isdecimal() or len(length) > 10 or int(length) > LARGEST_BODY:
            return PlainTextResponse("too large\n", 413)
        try:
            person: Person | None = self._access.who(peer, _single(headers), cookie)
        except TooManyGuesses as error:
            wait = {"retry-after": f"{error.after:.0f}"}
            return PlainTextResponse(f"{error}\n", 429, headers=wait)
        state["person"] = person
        if scope["method"] not in {"GET", "HEAD"} and not _from_here(headers):
            return PlainTextResponse("this came from another site\n", 403)
        if person is not None or path in PUBLIC:
            return None
        if path.startswith(FOR_PROGRAMS) or scope["method"] not in {"GET", "HEAD"}:
            challenge = {"www-authenticate": "Bearer"}
            return PlainTextResponse("a token is needed\n", 401, headers=challenge)
        if not self._access.doors.tokens:
            return PlainTextResponse("come through the proxy\n", 403)
        query = scope["query_string"].decode("latin-1")
        wanted = path + (f"?{query}" if query else "")
        return RedirectResponse(f"/login?next={quote(wanted, safe='')}", 303)

    def _is_https(self, headers: Headers, peer: str) -> bool:
        return self._access.is_proxy(peer) and headers.get("x-forwarded-proto") == "https"


def cookie_line(value: str, *, secure: bool) -> str:
    """A session cookie: for us alone, out of every script's reach, gone with the browser."""
    return f"{COOKIE}={value}; Path=/; HttpOnly; SameSite=Strict" + ("; Secure" if secure else "")


def _single(headers: Headers) -> dict[str, str]:
    """What stands twice says nothing: one of the two may be a stranger's, and which is not told."""
    found: dict[str, str] = {}
    for name, value in headers.items():
        found[name] = "" if name in found else value
    return found


def _from_here(headers: Headers) -> bool:
    """Whether a browser would have sent this from one of our own pages.

    A program sends neither header, and no page can make a browser leave them out.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        # The browser has compared them itself, whatever a proxy made of the host's name.
        return site in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc.lower() == headers.get("host", "").lower()


def _cookie(header: str) -> str:
    try:
        found = SimpleCookie(header).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found is not None and len(found.value) <= 100 else ""


def _hostname(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""


def _limited(receive: Receive) -> Receive:
    """The body, cut off where it grows larger than anything we ask for."""
    seen = 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > LARGEST_BODY:
            return {"type": "http.disconnect"}
        return message

    return counted
