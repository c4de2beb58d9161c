"""HTTP to one Teamwork site: one request, one reply or one verdict.

Two APIs share the host: v3 under /projects/api/v3 and v1 at the root. They word their
errors differently, and v1 may say "too many calls" with a 400 (facts/teamwork.md 6).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests

from connectors._kit.http import Session
from connectors._kit.pacing import Pacer
from connectors._kit.reading import header_date, number, parsed
from connectors._kit.redaction import redact, without_echo
from connectors._kit.verdicts import WORDS, of_exception, of_status, retry_after
from connectors.teamwork.settings import TeamworkSettings
from syncd.ports.manifest import Toolbox
from syncd.ports.verdicts import InDoubt, Locked, Refused, TryLater, Verdict

SERVICE = "teamwork"
V3 = "/projects/api/v3"

# The most rows v3 puts on a page (facts/teamwork.md 5).
PAGE_SIZE = 500
# Ten times as many as a query ever shows (facts/teamwork.md 5).
MOST_PAGES = 1_000

# How long a site that says "too many" without saying until when is left alone: its block.
BLOCK_SECONDS = 60.0

Params = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Reply:
    """A usable answer. `at` is the service's own clock, None where it told none."""

    status: int
    body: dict[str, Any]
    at: datetime | None


class TeamworkClient:
    """Calls one site, paced under its limit. Raises only verdicts."""

    def __init__(self, settings: TeamworkSettings, tools: Toolbox) -> None:
        self._url = settings.url
        self._clock = tools.clock
        self._ceiling = settings.calls_per_minute
        self._stated = 0
        self.remaining: int | None = None
        rate, burst = _pace(self._ceiling)
        purse = tools.purse(f"{SERVICE.lower()} calls")
        self._pacer = Pacer(tools.clock, per_second=rate, burst=burst, purse=purse)
        self._session = Session(SERVICE, tools, pacer=self._pacer)
        self._session.auth = (settings.api_key.read(), "x")
        # The official SDK sends it always; without it job roles are missing from answers.
        self._session.headers.update({"Accept": "application/json", "Jobroles-Enabled": "true"})

    @property
    def limit(self) -> int:
        """Calls a minute by the site's latest answer; 0 where it stated none."""
        return self._stated

    def get(self, path: str, params: Params = (), accept: Collection[int] = ()) -> Reply:
        """A read. A status in `accept` comes back as a reply instead of a verdict."""
        return self._call("GET", path, params, None, accept)

    def send(
        self, method: str, path: str, body: Mapping[str, Any] | None, accept: Collection[int] = ()
    ) -> Reply:
        """A write, made once. No answer or half of one is `InDoubt`."""
        return self._call(method, path, (), body, accept)

    def pages(self, path: str, key: str, params: Params = ()) -> Iterator[dict[str, Any]]:
        """Every page of a v3 listing; only `hasMore` tells whether there is another."""
        return (reply.body for reply in self.replies(path, key, params))

    def rows(self, path: str, key: str, params: Params = ()) -> Iterator[dict[str, Any]]:
        """Every row of a v3 listing."""
        return (row for page in self.pages(path, key, params) for row in page[key] or ())

    def replies(self, path: str, key: str, params: Params = ()) -> Iterator[Reply]:
        """As `pages`, with the time each was answered."""
        page = 1
        while True:
            where = [("page", str(page)), ("pageSize", str(PAGE_SIZE))]
            reply = self.get(path, [*params, *where])
            rows = _rows(reply.body, key)
            if rows is None:
                raise TryLater(f"{SERVICE}: half an answer, no {key!r} in {path}")
            yield reply
            if not _has_more(reply.body):
                return
            if not rows:
                raise TryLater(f"{SERVICE}: {path} says there is more and shows nothing")
            if page >= MOST_PAGES:
                raise TryLater(f"{SERVICE}: {path} does not end")
            page += 1

    def _call(
        self,
        method: str,
        path: str,
        params: Params,
        body: Mapping[str, Any] | None,
        accept: Collection[int],
    ) -> Reply:
        writes = method != "GET"
        try:
            response = self._session.request(
                method,
                f"{self._url}{path}.json",
                params=list(params),
                json=body,
            )
        except requests.RequestException as error:
            raise of_exception(error, service=SERVICE, writes=writes) from error
        now = self._clock.now()
        at = header_date(response.headers.get("Date"))
        wait = _wait(response.headers, at or now)
        self._adapt(response.headers, wait)
        status = response.status_code
        if status < 200:  # the transport's way to say that no answer came
            lost = f"{SERVICE}: no answer"
            raise InDoubt(lost) if writes else TryLater(lost)
        # Before what the caller accepts: old v1 words a passing limit as a 400.
        if _is_rate_limit(response):
            self._pacer.pause(wait or BLOCK_SECONDS)
            raise TryLater(_said(response, body), after=wait or BLOCK_SECONDS)
        if 200 <= status < 300 or status in accept:
            return Reply(status, _body(response, writes=writes, needed=status < 300), at)
        raise _verdict(response, path, wait, sent=body, writes=writes)

    def _adapt(self, headers: Mapping[str, str], wait: float | None) -> None:
        """Stay under the limit the site states; with nothing left, wait for its reset."""
        limit, remaining = _number(headers, "limit"), _number(headers, "remaining")
        self.remaining = None if remaining is None else int(remaining)
        if limit and int(limit) != self._stated:
            self._stated = int(limit)
            under = self._stated - max(1, self._stated // 12)
            rate, burst = _pace(min(self._ceiling, under))
            self._pacer.set_rate(rate, burst)
        if remaining is not None and remaining <= 0:
            self._pacer.pause(wait or BLOCK_SECONDS)


def _verdict(
    response: requests.Response, path: str, wait: float | None, *, sent: object, writes: bool
) -> Verdict:
    status, said = response.status_code, _said(response, sent)
    if status == 401:
        remedy = "make a new API key in Teamwork (profile, API & Mobile) and put it in api_key"
        return Locked(said, remedy=remedy)
    if status == 403 and writes:
        # Permissions differ by project: one refusal says nothing about the next item.
        return Refused(f"{said} (the user whose key this is may not do it)")
    if status == 403:
        return Locked(said, remedy="give the user whose key this is access to the site")
    if status == 404 and not any(character.isdigit() for character in path.removeprefix(V3)):
        return Locked(said, remedy="check url: nothing of Teamwork answers there")
    if 300 <= status < 400:
        return Refused(f"{said} (redirected to {response.headers.get('Location')}; check url)")
    words = without_echo(redact(_words(response)), sent)
    return of_status(status, words, service=SERVICE, writes=writes, after=wait)


def _said(response: requests.Response, sent: object) -> str:
    words = without_echo(redact(_words(response)), sent)[:WORDS]
    return f"{SERVICE} {response.status_code}: {words}".rstrip(": ")


def _pace(limit: int) -> tuple[float, float]:
    """Rate and burst that together stay within `limit` calls in any one minute."""
    burst = max(1, limit // 12)
    return max(1, limit - burst) / 60, burst


def _rows(body: Mapping[str, Any], key: str) -> list[dict[str, Any]] | None:
    """The rows of a page, empty for null; None when that is not what the answer holds."""
    rows = body.get(key) or []
    if key not in body or not isinstance(rows, list):
        return None
    whole = all(isinstance(row, dict) and isinstance(row.get("id"), int) for row in rows)
    return rows if whole else None


def _has_more(body: Mapping[str, Any]) -> bool:
    page = (body.get("meta") or {}).get("page") or {}
    return page.get("hasMore") is True


def _body(response: requests.Response, *, writes: bool, needed: bool) -> dict[str, Any]:
    """The answer's JSON object. One cut short or not readable is half an answer."""
    if response.status_code == 204 or not (response.content or needed):
        return {}
    try:
        body = parsed(response.content)
    except ValueError:
        body = None
    if isinstance(body, dict):
        return body
    if not needed:
        return {}
    half = f"{SERVICE} {response.status_code}: half an answer"
    raise InDoubt(half) if writes else TryLater(half)


def _words(response: requests.Response) -> str:
    """What the service says of an error: `errors` on v3, `MESSAGE` and others on v1."""
    try:
        body = parsed(response.content)
    except ValueError:
        return response.reason or ""
    if not isinstance(body, dict):
        return ""
    content = body.get("content")
    inner = content if isinstance(content, dict) else {}
    for said in (body.get("errors"), inner.get("errors")):
        if isinstance(said, list) and said:
            return "; ".join(_one_error(error) for error in said)
    for source, key in ((body, "MESSAGE"), (inner, "message"), (body, "message"), (body, "error")):
        if source.get(key):
            return str(source[key])
    return ""


def _one_error(error: object) -> str:
    if not isinstance(error, dict):
        return str(error)
    parts = [str(error[key]) for key in ("title", "detail") if error.get(key)]
    return ": ".join(parts) or str(error.get("code", ""))


def _is_rate_limit(response: requests.Response) -> bool:
    if response.status_code != 400:
        return response.status_code == 429
    nothing_left = _number(response.headers, "remaining") == 0
    return nothing_left or "rate limit" in _words(response).lower()


def _number(headers: Mapping[str, str], name: str) -> float | None:
    """A rate limit header of either family: x-ratelimit-… or x-rate-limit-…."""
    for family in ("x-ratelimit", "x-rate-limit"):
        found = number(headers.get(f"{family}-{name}"))
        if found is not None:
            return found
    return None


def _wait(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait: Retry-After, else the reset, which is seconds or epoch seconds."""
    after = retry_after(headers.get("Retry-After"), now)
    if after is not None:
        return after
    reset = _number(headers, "reset")
    if reset is None:
        return None
    seconds = reset - now.timestamp() if reset > 1e9 else reset
    return min(120.0, max(1.0, seconds))
