"""Secrets and what people wrote are planted everywhere, and looked for in all that syncd writes."""

from __future__ import annotations

import base64
import io
import json
import logging
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
import requests
import structlog
from requests.adapters import BaseAdapter

import connectors._kit.http
import syncd.app
import syncd.engine.ingest
from syncd.cli.main import main
from syncd.engine import alarms
from syncd.ports.simulator import Answer, Request
from syncd.runtime.logs import configure
from tests.support.letters import delivery
from tests.unit.engine.office import ACME, ADA, BOB, MAYA, Office
from tests.unit.web.conftest import Running

# Nothing else says these. Each has its place, so that a find tells where it came from.
BODY, HTML, QUOTED = "quokkabodyword", "quokkahtmlword", "quokkaquotedword"
HEADER, CONTENT = "quokkaheaderword", "quokkacontentword"
TOKEN, KEY = "pat-na1-quokkatokenword", "twp_quokkakeyword"
WEB, VIEWER, SIGNING = "quokkawebtokenword", "quokkaviewertokenword", "quokkasigningword"
ALARM = "http://chat.test/quokkaalarmword"
# Facts, kept and shown to whoever is let in: the words of a subject, the name of a file.
SUBJECT, FILENAME = "quokkasubjectword", "quokkafilenameword"
# Never anywhere: what people wrote, and secrets.
NOWHERE = (
    *(BODY, HTML, QUOTED, HEADER, CONTENT),
    *("quokkatokenword", "quokkakeyword", "quokkasigningword", "quokkaalarmword"),
    *(WEB, VIEWER),
)

MORE = """
web:
  token: {file: web}
  viewer_token: {file: viewer}
alarms:
  webhook: {file: alarm}
"""


def letter(office: Office, who: str, key: str, days_ago: float, **more: str) -> bytes:
    """A message with a word of its own in each of its parts."""
    message = EmailMessage()
    message["From"], message["To"] = more.get("sender", f"Us <{MAYA}>"), who
    message["Subject"] = f"Builder guide {SUBJECT}"
    message["Date"] = format_datetime(office.clock.now())
    message["Message-ID"] = f"<{key}>"
    message["X-Note"] = HEADER
    if "answers" in more:
        message["In-Reply-To"] = f"<{more['answers']}>"
    message.set_content(f"Hello, {BODY}.\n\nOn Monday somebody wrote:\n> {QUOTED}\n")
    message.add_alternative(f"<p>Hello <b>{HTML}</b></p>", subtype="html")
    message.add_attachment(
        CONTENT.encode(), maintype="application", subtype="pdf", filename=f"{FILENAME}.pdf"
    )
    return message.as_bytes()


BASIC = base64.b64encode(f"{KEY}:x".encode()).decode()


class Doorkeeper(BaseAdapter):
    """Lets our keys in, which the services do not know."""

    def __init__(self, office: Office) -> None:
        super().__init__()
        self._office = office

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Any:
        known = {
            f"Bearer {TOKEN}": "Bearer pat-sandbox",
            f"Basic {BASIC}": "Basic " + base64.b64encode(b"twp_sandbox:x").decode(),
        }
        given = str(request.headers.get("Authorization", ""))
        if given:
            request.headers["Authorization"] = known.get(given, given)
        return self._office.transport.send(request, *args, **kwargs)

    def close(self) -> None:
        """Nothing is held open."""


class Watched:
    """An office with canaries, and everything written by it since."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.office = office = Office(folder, mailboxes=(MAYA,))
        office.text += MORE
        for name, secret in (("web", WEB), ("viewer", VIEWER), ("alarm", ALARM)):
            (folder / name).write_text(secret)
        (folder / "token").write_text(TOKEN)
        (folder / "key").write_text(KEY)
        self.pem = json.loads((folder / "key.json").read_text())["private_key"].splitlines()[3]
        (folder / "syncd.yaml").write_text(office.text)
        monkeypatch.setattr(connectors._kit.http, "HTTPAdapter", lambda **_: Doorkeeper(office))
        monkeypatch.setattr(syncd.app, "SystemClock", lambda *_: office.clock)
        monkeypatch.delenv("SYNCD_DEBUG", raising=False)
        self.written: list[tuple[str, str]] = []
        self.deliver(f"Ada <{ADA}>", "p1@brightlink.example", 6, "SENT", ACME)
        self.deliver(f"Bob <{BOB}>", "p2@brightlink.example", 6, "SENT", ACME)
        self.deliver(
            MAYA,
            "r1@site.example",
            5,
            "INBOX",
            sender=f"Bob <{BOB}>",
            answers="p2@brightlink.example",
        )

    def deliver(self, who: str, key: str, days_ago: float, *labels: str, **more: str) -> None:
        raw = letter(self.office, who, key, days_ago, **more)
        self.office.deliver(MAYA, raw, days_ago, *labels)

    def command(self, capsys: pytest.CaptureFixture[str], *args: str) -> int:
        capsys.readouterr()
        code = main([*args, "--config", str(self.office.folder / "syncd.yaml")])
        out = capsys.readouterr()
        self.written.append((" ".join(args), out.out + out.err))
        return code

    def files(self) -> None:
        """What is on the disk that we wrote: the state, its log, its copies, and no settings."""
        for path in self.office.folder.glob("syncd.db*"):
            self.written.append((path.name, path.read_bytes().decode("latin-1")))

    def check(self, *besides: str) -> None:
        assert self.written
        for where, text in self.written:
            for word in (*NOWHERE, BASIC, self.pem, *besides):
                assert word not in text, f"{word} in {where}"
        self.written.clear()


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    before = structlog.get_config()
    hook = threading.excepthook
    # As a process of its own would begin: each command sets up its logs afresh.
    monkeypatch.setattr(logging.root, "handlers", [])
    yield Watched(tmp_path / "office", monkeypatch)
    structlog.configure(**before)
    threading.excepthook = hook


COMMANDS = (
    ("doctor",),
    ("doctor", "--json"),
    ("plan",),
    ("plan", "--json"),
    ("once", "--verbose"),
    ("once", "--json"),
    ("status",),
    ("status", "--json"),
    ("coverage",),
    ("coverage", "--json"),
    ("explain", ADA),
    ("explain", ADA, "--json"),
    ("explain", "r1@site.example", "--json"),
    ("parked",),
    ("parked", "--json"),
    ("runs",),
    ("runs", "--json"),
    ("runs", "show", "1"),
    ("runs", "show", "1", "--json"),
    ("undo", "1", "--dry-run", "--json"),
    ("approve", "--json"),
    ("validate", "--json"),
    ("setup", "--json"),
    ("forget", ADA, "--json"),
    ("hide", "--json"),
)


def test_no_command_says_anything_of_it(watched: Watched, capsys: pytest.CaptureFixture[str]):
    for command in COMMANDS:
        assert watched.command(capsys, *command) in {0, 1, 2}, command
    assert any(SUBJECT in text for where, text in watched.written if where.startswith("explain"))
    watched.check()
    # It was all read, and what is to be in the CRM is there.
    [first, *_] = watched.office.objects("emails")
    assert BODY in first["hs_email_text"]


def test_the_state_holds_none_of_it_once_it_is_delivered(
    watched: Watched, capsys: pytest.CaptureFixture[str]
):
    assert watched.command(capsys, "once") == 0, watched.written
    watched.files()
    watched.check()


def test_logs_name_no_subjects_and_no_whole_addresses(
    watched: Watched, capsys: pytest.CaptureFixture[str]
):
    watched.command(capsys, "once", "--verbose")
    watched.check(SUBJECT, FILENAME, ADA, BOB)


def test_pages_metrics_and_health_show_none_of_it(
    watched: Watched, capsys: pytest.CaptureFixture[str]
):
    with ExitStack() as stack:
        configure(verbose=True)
        running = Running(watched.office, stack, transport=None)
        running.turn()
        watched.office.transport.before = _takes_alarms
        for token in (WEB, VIEWER):
            _crawl(watched, running, token)
        watched.written.append(("metrics", running.house.metrics().decode()))
        running.daemon._watch()
    out = capsys.readouterr()
    watched.written.append(("log", out.out + out.err))
    metrics = [text for where, text in watched.written if "metrics" in where]
    assert metrics
    assert not any(word in text for text in metrics for word in (SUBJECT, FILENAME, ADA, BOB))
    watched.check()


def _takes_alarms(request: Request) -> Answer | None:
    return Answer(200) if "quokkaalarm" in request.path else None


def _crawl(watched: Watched, running: Running, token: str) -> None:
    """Every page there is a way to, as somebody with that token."""
    visitor = running.visitor(authorization=f"Bearer {token}")
    waiting, seen = ["/", "/metrics", "/healthz", "/readyz", "/nowhere"], set[str]()
    while waiting and len(seen) < 150:
        page = waiting.pop()
        if page in seen:
            continue
        seen.add(page)
        reply = visitor.get(page)
        watched.written.append((page, f"{reply.headers}{reply.body.decode('latin-1')}"))
        waiting += [
            found.replace("&amp;", "&")
            for found in re.findall(r'href="(/[^"#]*)"', reply.text)
            if not found.startswith("/log")
        ]
    assert len(seen) > 8


def _echo(request: Request) -> Answer | None:
    """A service that refuses what it is told, and tells all of it again."""
    if request.method == "GET" or request.path.endswith(("/read", "/search", "/token")):
        return None
    # The texts first: only the beginning of what a service says is kept.
    texts = re.findall(r"Hello[^\"]*", request.body.decode("utf-8", "replace"))
    whole = " ".join([*texts, request.body.decode("utf-8", "replace")])
    said: dict[str, Any] = {"status": "error", "category": "VALIDATION_ERROR", "message": whole}
    said["errors"] = [{"message": said["message"], "detail": said["message"]}]
    return Answer(400, json.dumps(said).encode(), {"content-type": "application/json"})


@pytest.mark.parametrize("status", [400, 401, 500])
@pytest.mark.parametrize("of", ["/contacts/", "/emails/", "/tasks"])
def test_what_a_service_says_again_of_it_is_not_told(
    watched: Watched, capsys: pytest.CaptureFixture[str], of: str, status: int
):
    def answer(request: Request) -> Answer | None:
        found = _echo(request) if of in request.path else None
        return found and Answer(status, found.body, found.headers)

    watched.office.transport.before = answer
    for command in (("once", "--verbose"), ("parked",), ("parked", "--json"), ("status",)):
        watched.command(capsys, *command)
    watched.check()


def test_a_mistake_of_ours_tells_where_and_not_what(
    watched: Watched, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    def stumbles(item: Any, *_args: Any, **_more: Any) -> Any:
        raise ValueError(f"cannot read {item.mail.parts}")

    monkeypatch.setattr(syncd.engine.ingest, "read", stumbles)
    watched.command(capsys, "once", "--verbose")
    assert "message_unreadable" in watched.written[-1][1]
    assert "ingest.py" in watched.written[-1][1]
    watched.check()


def test_a_crash_tells_its_kind_and_not_its_words(
    watched: Watched, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    def breaks(*_args: Any, **_more: Any) -> Any:
        raise RuntimeError(f"{BODY} {TOKEN}")

    monkeypatch.setattr("syncd.engine.decide.messages", breaks)
    assert watched.command(capsys, "once", "--verbose") == 1
    assert "RuntimeError" in watched.written[-1][1]
    watched.check()


def test_a_thread_that_breaks_tells_its_kind_and_not_its_words(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
):
    told = io.StringIO()
    monkeypatch.setattr(sys, "stderr", told)
    configure()

    def breaks() -> None:
        raise RuntimeError(BODY)

    thread = threading.Thread(target=breaks, name="pull mail")
    thread.start()
    thread.join()
    watched.written.append(("thread", told.getvalue()))
    assert "thread_ended" in told.getvalue()
    watched.check()


def test_a_webhook_for_alarms_that_cannot_be_reached_is_not_named(
    watched: Watched, capsys: pytest.CaptureFixture[str]
):
    watched.office.transport.before = lambda _request: Answer(500, ALARM.encode())
    with ExitStack() as stack:
        configure(verbose=True)
        running = Running(watched.office, stack, transport=None)
        with pytest.raises(alarms.NotTold) as error:
            running.daemon._tell(
                alarms.Notice("quiet/maya", "too quiet", watched.office.clock.now(), over=False)
            )
    watched.written.append(("alarm", f"{error.value}{capsys.readouterr()}"))
    watched.check()


def test_the_planted_words_would_be_found(watched: Watched):
    raw = letter(watched.office, ADA, "x@y.example", 1)
    told = delivery(MAYA, raw, watched.office.clock.now())
    words = base64.b64decode(told["raw"]).decode()
    assert all(word in words for word in (BODY, HTML, QUOTED, HEADER, FILENAME))
    watched.written.append(("mail", words))
    with pytest.raises(AssertionError, match="in mail"):
        watched.check()
