"""What services tell and answer, and what operators write: settings, campaigns, templates."""

from __future__ import annotations

import base64
import contextlib
import dataclasses
import email
import email.policy
import hashlib
import hmac
import typing
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, cast

import requests
from pydantic import TypeAdapter
from requests.adapters import BaseAdapter

from connectors._kit.reading import parsed
from connectors.gmail import drafts, mapping
from connectors.gmail import hooks as gmail
from connectors.gmail.client import GmailClient
from connectors.gmail.history import History
from connectors.gmail.settings import GmailSettings
from connectors.gmail.verdicts import Refusal as Said
from connectors.gmail.verdicts import of_refusal
from connectors.hubspot import hooks as hubspot
from connectors.hubspot.adapter import HubSpotCrm
from connectors.hubspot.settings import HubSpotSettings
from connectors.teamwork import hooks as teamwork
from connectors.teamwork.adapter import TeamworkBoard
from connectors.teamwork.readiness import field_handle, tag_handle
from connectors.teamwork.settings import TeamworkSettings
from syncd.core import introduction_words, templates
from syncd.core.campaign_plan import What
from syncd.core.facts import Party
from syncd.core.template_language import BadTemplate
from syncd.ports.board import TaskBoard
from syncd.ports.crm import Crm
from syncd.ports.hints import Hint, Notification, Refusal
from syncd.ports.mail import NewDraft
from syncd.ports.manifest import Toolbox
from syncd.ports.sound import sound
from syncd.ports.verdicts import Refused, Verdict
from syncd.settings.loading import read as read_settings
from syncd.settings.problems import InvalidSettings
from tests.support.clock import DrivenClock

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SECRET = "secret"
URL = "https://syncd.example.com/hooks/crm"


def webhooks(data: bytes) -> None:
    """A body that was signed as it should be, and the same with anything for a signature."""
    stamp = str(int(NOW.timestamp() * 1000))
    told = Notification("POST", URL, {"x-hubspot-request-timestamp": stamp}, data)
    sealed = _with(told, "x-hubspot-signature-v3", hubspot.sign(told, stamp, SECRET))
    digest = hmac.new(SECRET.encode(), data, hashlib.sha256).hexdigest()
    assert isinstance(hubspot.judge(sealed, SECRET, NOW), Hint | Refusal)
    assert isinstance(teamwork.judge(_with(told, "x-projects-signature", digest), SECRET), Hint)
    words = data[:200].decode("latin-1")
    for forged in (words, base64.b64encode(data[:64]).decode()):
        names = ("x-hubspot-signature-v3", "x-projects-signature", "x-projects-delivery")
        anything = Notification(
            "POST", words, {**told.headers, **dict.fromkeys(names, forged)}, data
        )
        assert isinstance(hubspot.judge(anything, SECRET, NOW), Refusal)
        assert isinstance(teamwork.judge(anything, SECRET), Refusal)

    said = data[:400].decode("latin-1")
    assert gmail.verified(said, lambda _key: None) is None
    with contextlib.suppress(ValueError):
        told = parsed(data)
        gmail.current(told if isinstance(told, dict) else {}, NOW)
        gmail.gathered([told] if isinstance(told, dict) else [], ["maya@brightlink.example"])


def answers(data: bytes) -> None:
    """Every read of every service, answered by the same JSON: a fact of the right kinds, or a
    verdict.
    """
    Said.read(400, data)
    of_refusal(Said.read(403, data, data[:20].decode("latin-1")), writes=False, now=NOW)
    with contextlib.suppress(ValueError):
        message = parsed(data)
        if isinstance(message, dict):
            typed(mapping.item("maya@brightlink.example", message, {}))
            history = History()
            history.take(message)
            assert all(isinstance(one, str) for one in (*history.added, *history.removed))
    service = _service()
    service.body = data
    for ask in _READS.values():
        with contextlib.suppress(Verdict):
            typed(ask(service))


def typed(found: Any) -> None:
    """Facts are of the kinds they say, down to the last: the state takes no others."""
    if isinstance(found, dict | list | tuple | frozenset | set):
        for one in [*found.values(), *found] if isinstance(found, dict) else found:
            typed(one)
    elif dataclasses.is_dataclass(found) and not isinstance(found, type):
        hints = _hints(type(found))
        for field in dataclasses.fields(found):
            value = getattr(found, field.name)
            hints[field.name].validate_python(value, strict=True)
            typed(value)
    elif isinstance(found, str):
        found.encode()
    elif isinstance(found, int):
        assert abs(found) < 2**63


@cache
def _hints(kind: type) -> Mapping[str, TypeAdapter[Any]]:
    return {name: TypeAdapter(hint) for name, hint in typing.get_type_hints(kind).items()}


class _Service(BaseAdapter):
    """Answers everything by the same body."""

    def __init__(self) -> None:
        super().__init__()
        self.body = b""
        self.calls = 0
        tools = Toolbox(DrivenClock(NOW), transport=self)
        sites = {"api_url": "http://crm.test", "calls_per_10_seconds": 100_000_000}
        settings = {"kind": "hubspot", "token": {"env": "PATH"}, **sites}
        crm = HubSpotCrm(HubSpotSettings.model_validate(settings), tools)
        site = {"url": "http://board.test", "api_key": {"env": "PATH"}}
        settings = {"kind": "teamwork", "calls_per_minute": 100_000_000, **site}
        board = TeamworkBoard(TeamworkSettings.model_validate(settings), tools)
        board.use({"project:a": "1", tag_handle("syncd"): "2", field_handle("syncd key"): "3"})
        self.crm = sound(crm, self.stumbled, Crm)
        self.board = sound(board, self.stumbled, TaskBoard)

    def stumbled(self, _method: str, _error: Exception) -> None:
        """It is a verdict from here on."""

    def send(self, request: requests.PreparedRequest, *_args: Any, **_more: Any) -> Any:
        self.calls += 1
        if self.calls % 50 == 0:
            raise requests.ConnectionError("what pages for ever is cut off")
        response = requests.Response()
        response.status_code, response.request, response.url = 200, request, str(request.url)
        response._content = self.body
        return response

    def close(self) -> None:
        """Nothing is held open."""


@cache
def _service() -> _Service:
    return _Service()


_READS: Mapping[str, Callable[[_Service], Any]] = {
    "owners": lambda it: it.crm.owners(),
    "contacts": lambda it: it.crm.find_contacts(["ada@site.example"]),
    "changes": lambda it: it.crm.changes(None, NOW),
    "emails": lambda it: it.crm.emails_of(["1"]),
    "companies": lambda it: it.crm.find_companies(["site.example"]),
    "of": lambda it: it.crm.companies_of(["1"]),
    "tasks": lambda it: it.crm.find_tasks(["m"], ["1"]),
    "board": lambda it: it.board.changes("2026-11-22T10:00:00Z", NOW),
    "people": lambda it: it.board.people(["a@b.example"]),
    "found": lambda it: it.board.find_tasks(["m"]),
    "comments": lambda it: it.board.find_comments("1", ["m"]),
    "lists": lambda it: it.board.records(What.LIST, "1"),
    "one": lambda it: it.board.record(What.TASK, "1"),
    "posts": lambda it: it.board.posts("1", 5),
}


def settings(data: bytes) -> None:
    with contextlib.suppress(InvalidSettings):
        read_settings(data, Path("syncd.yaml"), _kinds(), {})


def campaign(data: bytes) -> None:
    """A campaign as it stands among the settings, whose other parts are in order."""
    with contextlib.suppress(InvalidSettings):
        read_settings(_REST + b"\n  - " + data.replace(b"\n", b"\n    "), _PATH, _kinds(), {})


_PATH = Path("syncd.yaml")
_REST = b"""team: {domains: [brightlink.example], timezone: Europe/London}
connectors: {crm: {kind: hubspot, token: {file: token}}}
log: {since: 2026-09-01}
campaigns:"""


def template(data: bytes) -> None:
    """What is let through says something within its bounds, whatever the values are."""
    source = data.decode("utf-8", "replace")
    for check, longest in ((templates.check_title, 250), (templates.check_body, 20_000)):
        with contextlib.suppress(BadTemplate):
            check(source)
            for sample in templates.SAMPLES:
                made = templates.render(
                    templates.TaskTemplate(title=source, body=source), templates.Why.STEP, sample
                )
                assert len(made.title) <= 250
                assert longest
    with contextlib.suppress(BadTemplate):
        introduction_words.check_subject(source)


def draft(data: bytes) -> None:
    """Names and subjects of strangers make no header of their own."""
    name, address, subject, text = (data.decode("utf-8", "replace").split("\n", 3) + [""] * 4)[:4]
    wanted = NewDraft(
        *("k", "maya@brightlink.example", "id@brightlink.example"),
        *(Party("maya@brightlink.example", name), Party(address or "a@b.example", name)),
        *(subject, text, f"<p>{text}</p>"),
        references=(subject,),
    )
    [made] = _drafts().write([wanted])
    if isinstance(made, Verdict):
        assert isinstance(made, Refused)
        return
    raw = _drafts_written.pop()
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert set(message.keys()) <= _HEADERS, message.keys()
    assert len(message.keys()) == len(set(message.keys()))


_drafts_written: list[bytes] = []


@cache
def _drafts() -> drafts.GmailDrafts:
    class Client:
        def create_draft(self, _mailbox: str, raw: bytes, _thread: str) -> dict[str, Any]:
            _drafts_written.append(raw)
            return {"id": "1", "message": {"id": "2", "threadId": "3"}}

    class On:
        drafts = True

    return drafts.GmailDrafts(cast("GmailSettings", On()), cast("GmailClient", Client()))


_HEADERS = {
    *("From", "To", "Subject", "Message-ID", "References", "MIME-Version", "Content-Type"),
    "Content-Transfer-Encoding",
}


def _with(told: Notification, name: str, value: str) -> Notification:
    return Notification(told.method, told.url, {**told.headers, name: value}, told.body)


@cache
def _kinds() -> Any:
    from syncd.wiring import kinds

    return kinds()
