"""The pages of the control port: the three services as the people who use them see them.

Rendered here, from snapshots; no scripts, nothing loaded from elsewhere. A snapshot is
taken only when a service was called since the last one, and of a large state rarely, so
that looking does not hold up the calls.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from syncd.ports.simulator import Answer, Request, Simulator
from syncd.sandbox.clock import SandboxClock
from syncd.sandbox.example_world import Introducers
from syncd.sandbox.seed import deliver
from syncd.sandbox.serving import Traffic
from syncd.sandbox.view_board import BoardView
from syncd.sandbox.view_contacts import ContactsView
from syncd.sandbox.view_mail import BoxView, boxes

_PAGE = 50
_OPEN_IN_LIST, _DONE_IN_LIST = 30, 10
_RECENT_CALLS = 15
# Looking may take a twentieth of the time, no more, once it takes any to speak of.
_REST = 20
_NOTICEABLE_SECONDS = 0.2
_MAILBOXES = 30  # in a sidebar
_HEADERS = {
    "content-type": "text/html; charset=utf-8",
    # What people write in mail is shown as text; should a tag slip through, it does nothing.
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    # Without it browsers hide from us that a button was pressed on a page of ours.
    "referrer-policy": "same-origin",
    "cache-control": "no-store",
}

View = TypeVar("View")


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was made of a snapshot, good while the version is this or until a moment."""

    version: object
    until: float
    view: Any


class Pages:
    def __init__(
        self,
        simulators: Mapping[str, Simulator],
        clock: SandboxClock,
        addresses: Mapping[str, str],
        traffic: Traffic,
        introducers: Introducers | None = None,
    ) -> None:
        self._simulators = simulators
        self._clock = clock
        self._addresses = addresses
        self._traffic = traffic
        self._introducers = introducers
        self._seen: dict[str, _Seen] = {}
        self._changes = 0

    def changed(self) -> None:
        """The control port changed something: snapshots taken before are old."""
        self._changes += 1

    def handle(self, request: Request) -> Answer:
        if request.method == "POST":
            return self._act(request)
        parts = [part for part in request.path.split("/") if part]
        match parts:
            case []:
                return self._overview()
            case ["mail", address] if "gmail" in self._simulators:
                return self._inbox(address, request)
            case ["mail", address, thread] if "gmail" in self._simulators:
                return self._thread(address, thread)
            case ["contacts"] if "hubspot" in self._simulators:
                return self._contacts(request)
            case ["contacts", key] if "hubspot" in self._simulators:
                return self._contact(key, request)
            case ["tasks"] if "teamwork" in self._simulators:
                return self._board()
            case ["tasks", key] if "teamwork" in self._simulators:
                return self._task_list(key, request)
        return self._missing("There is no such page here.")

    def _act(self, request: Request) -> Answer:
        """A button was pressed: there is one, which sends a draft as its person would."""
        match [part for part in request.path.split("/") if part]:
            case ["mail", address, "drafts", draft] if "gmail" in self._simulators:
                return self._send(address, draft)
        return self._missing("There is no such button here.")

    def _send(self, address: str, draft: str) -> Answer:
        gmail = self._simulators["gmail"]
        box = self._view("gmail", boxes).get(address)
        raw = b"" if box is None else box.draft(draft)
        if not raw:
            return self._missing("There is no such draft any more.")
        sent = gmail.control("send_draft", {"mailbox": address, "draft": draft})
        thread, now = str(sent["threadId"]), self._clock.now()
        if self._introducers is not None:
            answer = self._introducers.answer(address, raw, thread, now)
            if answer is not None:
                deliver(gmail, [answer])
        self.changed()
        headers = {**_HEADERS, "location": f"/mail/{quote(address, safe='@')}/{thread}"}
        return Answer(303, b"", headers)

    def _overview(self) -> Answer:
        contacts = self._contacts_view() if "hubspot" in self._simulators else None
        board = self._board_view() if "teamwork" in self._simulators else None
        return self._page(
            "overview.html",
            title="Overview",
            mailboxes=list(self._mail().values()),
            contacts=contacts,
            tasks=board.counts if board else None,
            calls=self._traffic.describe(_RECENT_CALLS),
            others=[n for n in self._simulators if n not in {"gmail", "hubspot", "teamwork"}],
        )

    def _inbox(self, address: str, request: Request) -> Answer:
        box = self._mail().get(address)
        if box is None:
            return self._missing(f"There is no mailbox {address} in this sandbox.")
        label = request.param("label", "INBOX")
        label = "" if label == "all" else label
        start = _start(request)
        rows, total = box.page(label, start, _PAGE)
        return self._page(
            "inbox.html",
            title=box.address,
            box=box,
            labels=box.labels(),
            label=label,
            rows=rows,
            mailboxes=list(self._mail().values())[:_MAILBOXES],
            pager=_pager(start, len(rows), total, {"label": label or "all"}),
        )

    def _thread(self, address: str, thread: str) -> Answer:
        box = self._mail().get(address)
        messages = box.thread(thread) if box else []
        if box is None or not messages:
            return self._missing("There is no such conversation in this mailbox.")
        subject = messages[0].subject or "(no subject)"
        return self._page("thread.html", title=subject, box=box, messages=messages)

    def _contacts(self, request: Request) -> Answer:
        wanted, start = request.param("q"), _start(request)
        view = self._contacts_view()
        rows, total = view.page(wanted, start, _PAGE)
        return self._page(
            "contacts.html",
            title="Contacts",
            rows=rows,
            wanted=wanted,
            segments=view.segments,
            pager=_pager(start, len(rows), total, {"q": wanted}),
        )

    def _contact(self, key: str, request: Request) -> Answer:
        view, start = self._contacts_view(), _start(request)
        row = view.contact(key)
        if row is None:
            return self._missing("There is no such contact.")
        entries, total = view.timeline(key, start, _PAGE)
        return self._page(
            "contact.html",
            title=row.name,
            row=row,
            details=view.details(key),
            segments=view.segments_of(key),
            entries=entries,
            pager=_pager(start, len(entries), total, {}),
        )

    def _board(self) -> Answer:
        view = self._board_view()
        projects = view.projects(_OPEN_IN_LIST, _DONE_IN_LIST)
        return self._page("board.html", title="Tasks", projects=projects, counts=view.counts)

    def _task_list(self, key: str, request: Request) -> Answer:
        start = _start(request)
        name, tasks, total = self._board_view().tasks(key, start, _PAGE)
        if not name:
            return self._missing("There is no such task list.")
        pager = _pager(start, len(tasks), total, {})
        return self._page("tasklist.html", title=name, tasks=tasks, pager=pager)

    def _missing(self, message: str) -> Answer:
        return self._page("missing.html", status=404, title="Not found", message=message)

    def _page(self, template: str, *, title: str, status: int = 200, **values: Any) -> Answer:
        text = (
            _environment()
            .get_template(template)
            .render(
                title=title,
                services=[name for name in self._simulators if name in self._addresses],
                addresses=self._addresses,
                addresses_of_mail=list(self._mail()),
                now=self._clock.now(),
                frozen=self._clock.frozen,
                **values,
            )
        )
        return Answer(status, text.encode(), _HEADERS)

    def _mail(self) -> Mapping[str, BoxView]:
        return self._view("gmail", boxes) if "gmail" in self._simulators else {}

    def _contacts_view(self) -> ContactsView:
        return self._view("hubspot", ContactsView)

    def _board_view(self) -> BoardView:
        today = self._clock.now().date()
        return self._view("teamwork", lambda state: BoardView(state, today), today)

    def _view(self, name: str, make: Callable[[Any], View], also: object = None) -> View:
        version = (self._traffic.total(name), self._changes, also)
        seen = self._seen.get(name)
        if seen is None or (seen.version != version and time.monotonic() >= seen.until):
            began = time.monotonic()
            view = make(self._simulators[name].snapshot())
            took = time.monotonic() - began
            rest = took * _REST if took > _NOTICEABLE_SECONDS else 0.0
            seen = self._seen[name] = _Seen(version, began + took + rest, view)
        found: View = seen.view
        return found


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).with_name("templates")),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["day"] = lambda at: "" if at is None else f"{at:%d %b %Y, %H:%M}"
    environment.filters["short_day"] = _short_day
    environment.filters["breakable"] = _breakable
    environment.filters["part"] = lambda text: quote(str(text), safe="@")
    return environment


def _short_day(at: datetime | None, now: datetime) -> str:
    if at is None:
        return ""
    if at.date() == now.date():
        return f"{at:%H:%M}"
    return f"{at:%d %b}" if at.year == now.year else f"{at:%d %b %Y}"


def _breakable(address: str) -> Markup:
    """An address that may be broken after its @, where it does not fit."""
    return Markup("@<wbr>").join(Markup.escape(part) for part in address.split("@"))


def _start(request: Request) -> int:
    given = request.param("from", "0")
    return int(given) if given.isdecimal() and len(given) < 10 else 0


def _pager(start: int, shown: int, total: int, kept: Mapping[str, str]) -> dict[str, Any]:
    """What the pager needs: the range shown, and queries of the pages around it."""

    def query(first: int) -> str:
        given = {**{name: value for name, value in kept.items() if value}, "from": str(first)}
        return "?" + "&".join(f"{name}={quote(value, safe='')}" for name, value in given.items())

    return {
        "first": start + 1 if shown else 0,
        "last": start + shown,
        "total": total,
        "newer": query(max(0, start - _PAGE)) if start else "",
        "older": query(start + _PAGE) if start + shown < total else "",
    }
