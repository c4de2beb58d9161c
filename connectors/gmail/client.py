"""The calls we make to Gmail, each paced in Gmail's own quota units and answered in verdicts.

Every public method is one HTTP call (`get_messages` a few when parts fail) and raises
verdicts only. All may be called from any thread: the description of the API is shared and
only read, requests are made anew for every call, and the session is thread-safe.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import requests

from connectors._kit import verdicts as http
from connectors._kit.http import Session
from connectors._kit.pacing import Pacer
from connectors._kit.reading import parsed
from connectors.gmail import verdicts
from connectors.gmail.client_http import GoogleHttp, asks
from connectors.gmail.client_login import COMPOSE, Login
from connectors.gmail.settings import GmailSettings
from connectors.gmail.verdicts import Refusal
from syncd.ports.mail import Gone
from syncd.ports.manifest import Toolbox
from syncd.ports.verdicts import Locked, TryLater, Verdict

# Quota units by method, of the table for projects made since May 2026 (facts/gmail.md A4).
_UNITS = {
    "getProfile": 1,
    "labels.list": 1,
    "sendAs.list": 1,
    "history.list": 2,
    "messages.list": 5,
    "drafts.list": 5,
    "drafts.create": 10,
    "drafts.delete": 10,  # not in the table; as dear as making one
    "drafts.get": 20,
    "labels.create": 5,
    "watch": 100,
    "threads.modify": 10,
    "messages.get": 20,
}
# What older projects pay less for.
_OLDER = {"messages.get": 5, "drafts.get": 5}

BATCH = 50  # Gmail takes 100 parts and throttles beyond 50
PAGE = 500
# A batch of messages in full, without what is attached, a few of them very long.
_LARGEST = 256 * 1024 * 1024

# Seconds before each further try of the batch parts that failed. A longer wait than the
# last is the engine's to spend, not a thread's.
_ROUNDS = (2.0, 8.0, 30.0)
_LONGEST_WAIT = 60.0

# What the library throws at a batch answer that is cut, mixed up or no batch at all.
_BROKEN = (ValueError, LookupError, TypeError, AttributeError, RecursionError)

Json = dict[str, Any]
Part = Json | Gone | Verdict


@dataclass(frozen=True, slots=True)
class _Api:
    """googleapiclient's resources, made once and only read: each costs milliseconds, megabytes."""

    batch: Callable[[Any], Any]
    users: Any
    messages: Any
    threads: Any
    labels: Any
    history: Any
    send_as: Any
    drafts: Any


class GmailClient:
    """The mailboxes of one settings section."""

    def __init__(self, settings: GmailSettings, tools: Toolbox) -> None:
        self._clock = tools.clock
        self._root = settings.api_url + "/"
        self._session = Session(verdicts.SERVICE, tools, asks=asks, largest=_LARGEST)
        self._logins = {
            box: Login(box, settings, self._session, tools.clock) for box in settings.mailboxes
        }
        # Only where reading's own scope does not hold it (facts/gmail.md A3).
        self._composers = self._logins
        if settings.read_only:
            self._composers = {
                box: Login(box, settings, self._session, tools.clock, scope=COMPOSE)
                for box in settings.mailboxes
            }
        self._units = _UNITS | (_OLDER if settings.quota_table == "older" else {})
        self._pacers = {
            box: _pacer(settings.units_per_minute, tools, box) for box in settings.mailboxes
        }
        self._project = _pacer(settings.project_units_per_minute, tools, "project")
        for box, pacer in (*self._pacers.items(), ("project", self._project)):
            tools.budget(verdicts.SERVICE, box, pacer.budget)

    def login(self, mailbox: str) -> Login:
        return self._logins[mailbox]

    def composer(self, mailbox: str) -> Login:
        return self._composers[mailbox]

    def profile(self, mailbox: str) -> Json:
        return self._call("getProfile", mailbox, self._api().users.getProfile)

    def send_as(self, mailbox: str) -> Json:
        return self._call("sendAs.list", mailbox, self._api().send_as.list)

    def labels(self, mailbox: str) -> Json:
        return self._call("labels.list", mailbox, self._api().labels.list)

    def create_label(self, mailbox: str, name: str) -> Json:
        make = self._api().labels.create
        return self._call("labels.create", mailbox, make, {"body": {"name": name}}, writes=True)

    def list_messages(self, mailbox: str, query: str, page: str | None) -> Json:
        asked = {"q": query, "maxResults": PAGE, "pageToken": page}
        return self._call("messages.list", mailbox, self._api().messages.list, asked)

    def history(self, mailbox: str, cursor: str, page: str | None) -> Json:
        """One page of what happened. Raises `CursorLost`."""
        # No labelId: a deleted label would make it a 404, which means a lost cursor here.
        asked = {"startHistoryId": cursor, "maxResults": PAGE, "pageToken": page}
        return self._call("history.list", mailbox, self._api().history.list, asked, history=True)

    def modify_thread(
        self, mailbox: str, thread_id: str, add: Sequence[str], remove: Sequence[str]
    ) -> Json:
        asked = {"id": thread_id, "body": {"addLabelIds": [*add], "removeLabelIds": [*remove]}}
        return self._call("threads.modify", mailbox, self._api().threads.modify, asked, writes=True)

    def create_draft(self, mailbox: str, raw: bytes, thread_id: str) -> Json:
        message = {"raw": base64.urlsafe_b64encode(raw).decode()}
        if thread_id:
            message["threadId"] = thread_id
        asked = {"body": {"message": message}}
        make = self._api().drafts.create
        return self._call("drafts.create", mailbox, make, asked, writes=True, composes=True)

    def list_drafts(self, mailbox: str, query: str) -> Json:
        asked = {"q": query, "maxResults": PAGE}
        return self._call("drafts.list", mailbox, self._api().drafts.list, asked)

    def draft(self, mailbox: str, draft_id: str) -> Json:
        """One draft without its text. Raises `Changed` where it is gone."""
        asked = {"id": draft_id, "format": "minimal"}
        return self._call("drafts.get", mailbox, self._api().drafts.get, asked)

    def delete_draft(self, mailbox: str, draft_id: str) -> None:
        drop = self._api().drafts.delete
        request = {"id": draft_id}
        self._call("drafts.delete", mailbox, drop, request, writes=True, composes=True)

    def watch(self, mailbox: str, topic: str) -> Json:
        """Have Gmail publish to a topic for the next seven days. Repeatable."""
        asked = {"body": {"topicName": topic}}
        return self._call("watch", mailbox, self._api().users.watch, asked)

    def get_messages(self, mailbox: str, ids: Sequence[str]) -> dict[str, Part]:
        """At most `BATCH` messages in full, by id, in one HTTP call.

        Only parts that were throttled or met a passing fault are asked for again, a few
        times; what stays so comes back as `TryLater`. Raises what holds for the whole
        mailbox, and `TryLater` when the very first call brought nothing.
        """
        found: dict[str, Part] = {}
        pending = list(dict.fromkeys(ids))
        for wait in (*_ROUNDS, None):
            try:
                found |= self._batch(mailbox, pending)
            except TryLater as verdict:
                if not found:
                    raise
                found |= dict.fromkeys(pending, verdict)
            pending = [each for each in pending if isinstance(found[each], TryLater)]
            told = max((_told(found[each]) for each in pending), default=0.0)
            if not pending or wait is None or told > _LONGEST_WAIT:
                break
            self._clock.sleep(max(wait, told))
        return found

    def _batch(self, mailbox: str, ids: Sequence[str]) -> dict[str, Part]:
        answers: dict[str, Part] = {}

        def keep(request_id: str, content: bytes | None, error: Any) -> None:
            answers[request_id] = self._part(content, error)

        api, who = self._api(), _who(mailbox)
        batch = api.batch(keep)
        for each in ids:
            request = api.messages.get(**who, id=each, format="full")
            # Left undecoded by the library: one unreadable part must not spoil the others.
            request.postproc = _content
            batch.add(request, request_id=each)
        with self._turn(mailbox, self._units["messages.get"] * len(ids), writes=False) as line:
            batch.execute(http=line)
        for part in answers.values():
            if isinstance(part, Locked):
                raise part
        return answers

    def _part(self, content: bytes | None, error: Any) -> Part:
        if error is not None:
            refusal = _refusal(error)
            if refusal.status == 404:
                return Gone()
            return verdicts.of_refusal(refusal, writes=False, now=self._clock.now())
        try:
            return _object(parsed(content or b""))
        except _BROKEN:
            return verdicts.unreadable(writes=False)

    def _call(
        self,
        name: str,
        mailbox: str,
        method: Any,
        asked: Mapping[str, Any] | None = None,
        *,
        writes: bool = False,
        history: bool = False,
        composes: bool = False,
    ) -> Json:
        request = method(**_who(mailbox), **(asked or {}))
        login = (self._composers if composes else self._logins)[mailbox]
        units = self._units[name]
        with self._turn(mailbox, units, writes=writes, history=history, login=login) as line:
            request.postproc = _content
            said = request.execute(http=line)
            # A deletion is answered by an empty body (facts/gmail.md A2).
            return _object(parsed(said)) if said else {}

    @contextmanager
    def _turn(
        self,
        mailbox: str,
        units: int,
        *,
        writes: bool,
        history: bool = False,
        login: Login | None = None,
    ) -> Iterator[GoogleHttp]:
        """A line into the mailbox, once `units` are free; what goes wrong on it is a verdict."""
        from googleapiclient import errors

        pacer = self._pacers[mailbox]
        # The mailbox's own first: what waits for it must not hold units of the whole project.
        pacer.take(units)
        self._project.take(units)
        line = GoogleHttp(self._session, login or self._logins[mailbox])
        try:
            yield line
        except requests.RequestException as error:
            raise http.of_exception(error, service=verdicts.SERVICE, writes=writes) from error
        except errors.HttpError as error:
            refusal, now = _refusal(error), self._clock.now()
            verdict = (
                verdicts.of_history(refusal, now=now)
                if history
                else verdicts.of_refusal(refusal, writes=writes, now=now)
            )
            if isinstance(verdict, TryLater) and verdict.after:
                # Said to one thread, true for all that read this mailbox.
                pacer.pause(verdict.after)
            raise verdict from error
        except (errors.Error, *_BROKEN) as error:
            if not line.answered:
                raise  # not Gmail's words but a mistake of ours
            raise verdicts.unreadable(writes=writes) from error

    def _api(self) -> _Api:
        return _built(self._root)


@cache
def _built(root: str) -> _Api:
    from googleapiclient.discovery import build_from_document
    from googleapiclient.discovery_cache import get_static_doc

    document = json.loads(get_static_doc("gmail", "v1"))  # type: ignore[no-untyped-call] # untyped library
    # Both: plain calls go to baseUrl, batches and uploads to rootUrl (facts/gmail.md A2).
    document["rootUrl"] = document["baseUrl"] = root
    service = build_from_document(document, http=_NoHttp())
    users = service.users()
    return _Api(
        partial(_batch, root + document["batchPath"]),
        users,
        users.messages(),
        users.threads(),
        users.labels(),
        users.history(),
        users.settings().sendAs(),
        users.drafts(),
    )


def _batch(uri: str, callback: Any) -> Any:
    from connectors.gmail.client_batch import Batch

    return Batch(callback=callback, batch_uri=uri)


class _NoHttp:
    """Stands where the library wants a connection; each call is given one with its mailbox."""

    request = None


def _pacer(units_per_minute: int, tools: Toolbox, whose: str) -> Pacer:
    # Whatever the burst takes at once is taken off the steady flow, so that no minute,
    # wherever it begins, holds more than the limit. A large burst would slow a long reading.
    burst = units_per_minute / 25
    per_second = (units_per_minute - burst) / 60
    purse = tools.purse(f"{verdicts.SERVICE} {whose}")
    return Pacer(tools.clock, per_second=per_second, burst=burst, purse=purse)


def _who(mailbox: str) -> dict[str, str]:
    # "me", so that no address stands in a path that is counted or logged. quotaUser asks
    # Google to count by mailbox where one service account acts for all (facts/gmail.md A3).
    digest = hashlib.blake2b(mailbox.encode(), digest_size=8).hexdigest()
    return {"userId": "me", "quotaUser": digest}


def _content(_response: object, content: bytes) -> bytes:
    return content


def _refusal(error: Any) -> Refusal:
    return Refusal.read(int(error.resp.status), error.content, error.resp.get("retry-after"))


def _told(part: Part) -> float:
    return (part.after or 0.0) if isinstance(part, TryLater) else 0.0


def _object(said: Any) -> Json:
    if not isinstance(said, dict):
        raise TypeError(said)
    return said
