"""Logs: a JSON object a line, addresses shortened unless asked, bodies never."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from syncd.runtime.logs import configure

ADDRESS = "ada.lovelace+x@site.example"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


Configured = Callable[..., io.StringIO]


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Iterator[Configured]:
    """Configures logging afresh, and gives what is written from then on."""

    def to(written: io.StringIO | None = None, **options: bool) -> io.StringIO:
        written = written or io.StringIO()
        monkeypatch.setattr(sys, "stderr", written)
        monkeypatch.setattr(logging.root, "handlers", [])
        monkeypatch.setattr(logging.root, "level", logging.WARNING)
        configure(**options)
        return written

    before = structlog.get_config()
    yield to
    structlog.configure(**before)


def logged(stderr: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stderr.getvalue().splitlines()]


def test_an_event_is_one_line_of_json(configured: Configured):
    stderr = configured()
    structlog.get_logger().info("delivered", kind="log_email", number=3)
    [line] = logged(stderr)
    assert (line["event"], line["level"], line["number"]) == ("delivered", "info", 3)
    assert line["timestamp"].endswith("Z")


def test_on_a_terminal_it_is_text(configured: Configured):
    stderr = configured(Terminal())
    structlog.get_logger().info("delivered", mailbox=ADDRESS)
    assert "delivered" in stderr.getvalue()
    assert "{" not in stderr.getvalue()
    assert ADDRESS not in stderr.getvalue()


def test_on_a_terminal_it_can_be_json(configured: Configured):
    stderr = configured(Terminal(), as_json=True)
    structlog.get_logger().info("delivered")
    assert logged(stderr)[0]["event"] == "delivered"


@pytest.mark.parametrize(
    "value", [ADDRESS, f"no access to <{ADDRESS}>", [ADDRESS], {"to": (ADDRESS,)}]
)
def test_addresses_are_shortened_wherever_they_stand(value: Any, configured: Configured):
    stderr = configured()
    structlog.get_logger().warning("mailbox_later", words=value)
    assert "ada.lovelace" not in stderr.getvalue()
    assert "a***@site.example" in stderr.getvalue()


def test_addresses_are_shown_when_asked(configured: Configured):
    stderr = configured(addresses=True)
    structlog.get_logger().info("mailbox", address=ADDRESS)
    assert logged(stderr)[0]["address"] == ADDRESS


def test_an_address_in_a_traceback_is_shortened_too(configured: Configured):
    stderr = configured()
    try:
        int(f"what about {ADDRESS}")
    except ValueError:
        structlog.get_logger().exception("unexpected")
    [line] = logged(stderr)
    assert line["exception"][0]["exc_type"] == "ValueError"
    assert "ada.lovelace" not in stderr.getvalue()


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_a_stranger_writes_no_line_of_their_own(configured: Configured, stream: Any):
    stderr = configured(stream())
    evil = "a\n2026-11-23 [error] forged \x1b[2J\rb"
    structlog.get_logger().warning("later", words=evil, more=[evil])
    logging.getLogger("lib").warning("quoting %s", evil)
    assert stderr.getvalue().count("\n") == 2
    assert "\x1b[2J" not in stderr.getvalue()
    assert "\r" not in stderr.getvalue()


def test_a_librarys_warning_looks_like_ours(configured: Configured):
    stderr = configured()
    logging.getLogger("apscheduler").warning("job of %s missed", ADDRESS)
    [line] = logged(stderr)
    assert (line["event"], line["level"]) == ("job of a***@site.example missed", "warning")


def test_a_librarys_chatter_is_not_heard(configured: Configured):
    stderr = configured(verbose=True)
    logging.getLogger("urllib3").debug("body: %s", "secret")
    logging.getLogger("googleapiclient").info("URL being requested")
    assert stderr.getvalue() == ""


def test_quiet_leaves_warnings(configured: Configured):
    stderr = configured(quiet=True)
    structlog.get_logger().info("delivered")
    structlog.get_logger().warning("plan_held")
    assert [line["event"] for line in logged(stderr)] == ["plan_held"]


def test_verbose_adds_every_step(configured: Configured):
    stderr = configured(verbose=True)
    structlog.get_logger().debug("fetched")
    assert [line["event"] for line in logged(stderr)] == ["fetched"]


def fail() -> None:
    secret = "canary-in-a-local-variable"
    raise ValueError(len(secret))


@pytest.mark.parametrize("terminal", [False, True])
def test_a_traceback_shows_no_values(*, terminal: bool, monkeypatch: pytest.MonkeyPatch):
    told = Terminal() if terminal else io.StringIO()
    monkeypatch.setattr(sys, "stderr", told)
    configure()
    try:
        fail()
    except ValueError:
        structlog.get_logger().exception("something_failed")
    assert "something_failed" in told.getvalue()
    assert "ValueError" in told.getvalue()
    assert "canary" not in told.getvalue().replace('secret = "canary', "")
