"""Calls to HubSpot: one cached `ApiClient` of the official package over our own session.

Only `call_api` with dated paths is used. The package's typed classes know nothing newer
than v3 and v4, which end in 2027 (facts/hubspot.md 1). No body is ever printed or logged.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, tzinfo
from functools import partial
from typing import Any
from urllib.parse import quote

import requests

from connectors._kit import verdicts
from connectors._kit.http import Session
from connectors._kit.pacing import Pacer
from connectors._kit.reading import number, parsed
from connectors._kit.redaction import without_echo
from connectors.hubspot import answers
from connectors.hubspot.answers import Reply
from connectors.hubspot.oauth import OAuth, sign_in
from connectors.hubspot.settings import HubSpotSettings
from syncd.ports.budgets import hurried
from syncd.ports.manifest import Toolbox
from syncd.ports.secrets import MissingSecret
from syncd.ports.verdicts import InDoubt, Locked, TryLater, Verdict

SEARCHES_PER_SECOND = 4.5  # 5 are allowed, to all programs of the account together
# Of the day's calls, the part that a backlog leaves to what comes in; and how long it waits
# before it looks whether a new day has begun.
_OF_THE_DAY = 0.1
_SPARE = timedelta(minutes=15)
_NEVER = datetime.min.replace(tzinfo=UTC)
_BELOW = 0.9  # how much of a limit HubSpot states is used
_JSON = {"Content-Type": "application/json", "Accept": "application/json"}


class HubSpotClient:
    """Paced calls and their verdicts. Threads may share it.

    `zone` is the account's time zone once it is known.
    """

    def __init__(self, settings: HubSpotSettings, tools: Toolbox) -> None:
        self.settings = settings
        self.zone: tzinfo | None = None
        self._tools = tools
        self._limit = float(settings.calls_per_10_seconds)
        calls, searches = tools.purse("hubspot calls"), tools.purse("hubspot searches")
        self._pacer = Pacer(tools.clock, **_bucket(self._limit), purse=calls)
        self._search_pacer = Pacer(
            tools.clock, per_second=SEARCHES_PER_SECOND, burst=1, purse=searches
        )
        self._spare_until = _NEVER
        tools.budget("hubspot", "searches", self._search_pacer.budget)
        self._oauth = sign_in(settings, tools)
        self._building = threading.Lock()
        self._call_api: Callable[..., requests.Response] | None = None

    def path(self, family: str, *parts: str) -> str:
        """A dated path, e.g. `path("objects", "contacts", "batch", "read")`."""
        rest = "/".join(quote(part, safe="") for part in parts)
        if family == "account-info":
            return f"/account-info/{self.settings.api_version}/{rest}"
        return f"/crm/{family}/{self.settings.api_version}/{rest}".rstrip("/")

    def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Sequence[tuple[str, str]] = (),
        writes: bool,
    ) -> Reply:
        """As `send`, but raises the verdict on an answer outside 2xx."""
        reply = self.send(method, path, body, query=query, writes=writes)
        if not reply.good:
            raise self.verdict(reply, writes=writes)
        return reply

    def send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        query: Sequence[tuple[str, str]] = (),
        writes: bool,
    ) -> Reply:
        """One call, one answer of any status. Raises a verdict where no usable answer came.

        `writes` tells a POST that changes something from one that only asks.
        """
        self._keep_for_what_comes_in()
        search = path.endswith("/search")
        if search:
            self._search_pacer.take()
        try:
            answer = self._api()(
                path,
                method,
                query_params=list(query),
                header_params=dict(_JSON),
                body=body,
                _preload_content=False,
            )
        except requests.RequestException as error:
            raise verdicts.of_exception(error, service="HubSpot", writes=writes) from error
        reply = self._read(answer, writes=writes)
        if body is not None and (not reply.good or reply.data.get("errors")):
            about = reply.data.keys() if not reply.good else {"errors"}
            said = {key: _without_echo(reply.data[key], body) for key in about}
            reply = replace(reply, data={**reply.data, **said})
        self._adapt(reply, self._search_pacer if search else self._pacer)
        return reply

    def verdict(self, reply: Reply, *, writes: bool) -> Verdict:
        now = self._tools.clock.now()
        return answers.verdict(reply, writes=writes, now=now, zone=self.zone)

    def _api(self) -> Callable[..., requests.Response]:
        with self._building:
            if self._call_api is None:
                from hubspot.crm import objects

                sdk: Any = objects  # untyped
                session = Session("hubspot", self._tools, pacer=self._pacer, asks=_asks)
                session.auth = self._sign
                api = sdk.ApiClient(sdk.Configuration(host=self.settings.api_url))
                api.user_agent = "syncd"
                api.rest_client = _Rest(session, self._oauth)
                self._call_api = api.call_api
            return self._call_api

    def _sign(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Read each time, so that a key rotated in its file is taken up at once."""
        if self._oauth is not None:
            token = self._oauth.token()
            request.headers["Authorization"] = f"Bearer {token}"
            return request
        assert self.settings.token is not None
        try:
            token = self.settings.token.read()
        except MissingSecret as error:
            remedy = f"provide the HubSpot token ({self.settings.token})"
            raise Locked(str(error), remedy=remedy) from error
        request.headers["Authorization"] = f"Bearer {token}"
        return request

    def _read(self, answer: requests.Response, *, writes: bool) -> Reply:
        headers = {name.lower(): value for name, value in answer.headers.items()}
        try:
            data = parsed(answer.content) if answer.content else None
        except ValueError:
            data = None
        if isinstance(data, dict):
            return Reply(answer.status_code, data, headers)
        if 200 <= answer.status_code < 300 and answer.status_code != 204:
            # Half an answer: a write may have been applied all the same.
            words = f"HubSpot {answer.status_code}: the answer is not readable"
            raise InDoubt(words) if writes else TryLater(words)
        return Reply(answer.status_code, {}, headers)

    def _adapt(self, reply: Reply, pacer: Pacer) -> None:
        """Follow the limits HubSpot states (facts/hubspot.md 3); search answers state none."""
        if reply.status == 429:
            after = answers.wait(reply, self._tools.clock.now(), self.zone)
            pacer.pause(after or 0.0)
            return
        self._look_at_the_day(reply)
        most = _number(reply.headers, "x-hubspot-ratelimit-max")
        left = _number(reply.headers, "x-hubspot-ratelimit-remaining")
        seconds = (_number(reply.headers, "x-hubspot-ratelimit-interval-milliseconds") or 1e4) / 1e3
        if most:
            limit = min(self.settings.calls_per_10_seconds, _BELOW * most * 10 / seconds)
            if limit != self._limit:
                self._limit = limit
                self._pacer.set_rate(**_bucket(limit))
            if left is not None and left <= (1 - _BELOW) / 2 * most:
                # Others use the same budget: let some of the window roll by.
                self._pacer.pause(seconds / 10)

    def _look_at_the_day(self, reply: Reply) -> None:
        """Note when little is left of the day's calls, which all of the account's apps share."""
        most = _number(reply.headers, "x-hubspot-ratelimit-daily")
        left = _number(reply.headers, "x-hubspot-ratelimit-daily-remaining")
        if not most or left is None:
            return
        now = self._tools.clock.now()
        self._spare_until = now + _SPARE if left < _OF_THE_DAY * most else _NEVER

    def _keep_for_what_comes_in(self) -> None:
        """Near the end of the day's calls a backlog waits. Raises `TryLater`."""
        left = (self._spare_until - self._tools.clock.now()).total_seconds()
        if left > 0 and not hurried():
            raise TryLater("HubSpot: the rest of the day's calls is for what comes in", after=left)


class _Rest:
    """Takes the place of `ApiClient.rest_client`, which is urllib3 without a timeout.

    The client calls it as GET, POST, PATCH, PUT and DELETE.
    """

    def __init__(self, session: Session, oauth: OAuth | None) -> None:
        self._session = session
        self._oauth = oauth

    def __getattr__(self, verb: str) -> Callable[..., requests.Response]:
        return partial(self._request, verb)

    def _request(
        self,
        verb: str,
        url: str,
        *,
        query_params: Sequence[tuple[str, str]] | None = None,
        headers: Mapping[str, str] | None = None,
        body: object = None,
        **_unused: object,
    ) -> requests.Response:
        sent: dict[str, Any] = {
            "params": list(query_params or ()),
            "headers": headers,
            "data": None if body is None else json.dumps(body),
        }
        answer = self._session.request(verb, url, **sent)
        if answer.status_code == 401 and self._oauth is not None:
            # Refused, so nothing was done: once more, with another token if there is one.
            self._oauth.drop(str(answer.request.headers["Authorization"]).removeprefix("Bearer "))
            answer = self._session.request(verb, url, **sent)
        return answer


def _without_echo(said: Any, sent: Mapping[str, Any]) -> Any:
    """What HubSpot says of a refusal, without the mail it was about."""
    if isinstance(said, str):
        return without_echo(said, sent)
    if isinstance(said, dict):
        return {key: _without_echo(value, sent) for key, value in said.items()}
    return [_without_echo(one, sent) for one in said] if isinstance(said, list) else said


def _asks(path: str, _body: bytes) -> bool:
    """Searches and batch reads are POSTs that change nothing (facts/hubspot.md 1)."""
    return path.endswith(("/search", "/batch/read"))


def _bucket(limit: float) -> dict[str, float]:
    """A token bucket that lets at most `limit` calls through in any 10 seconds."""
    return {"per_second": 0.08 * limit, "burst": 0.2 * limit}


def _number(headers: Mapping[str, str], name: str) -> float | None:
    text = headers.get(name, "")
    return number(text) if text.isdecimal() else None
