"""Structured logs: text on a terminal, JSON lines otherwise; addresses redacted unless asked."""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
import traceback
from collections.abc import Iterator, MutableMapping
from types import TracebackType
from typing import Any, TextIO

import structlog

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None]

# Of a traceback as many steps as say where it was.
_FRAMES = 30
# From the beginning of a word on, so that a long one without an "@" is walked through once.
_ADDRESS = re.compile(
    r"(?<![A-Za-z0-9._%+'-])([._%+'-]*[A-Za-z0-9])[A-Za-z0-9._%+'-]*@([A-Za-z0-9.-]+)"
)


def configure(
    *, verbose: bool = False, quiet: bool = False, addresses: bool = False, as_json: bool = False
) -> None:
    """Set up logging for a command. Everything goes to standard error."""
    level = logging.DEBUG if verbose else logging.WARNING if quiet else logging.INFO
    stamps: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    terminal = sys.stderr.isatty() and not as_json
    # Tracebacks first: their messages may quote an address.
    renderers: list[Any] = []
    if not terminal:
        renderers.append(structlog.processors.ExceptionRenderer(_as_json))
    if not addresses:
        renderers.append(redact_addresses)
    if terminal:
        renderers.append(_on_one_line)
    renderers.append(
        structlog.dev.ConsoleRenderer(exception_formatter=_as_text)
        if terminal
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*stamps, *renderers],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=_StandardError,
        cache_logger_on_first_use=False,
    )
    # Libraries log by the standard library. SDKs log whole bodies at DEBUG: they are heard
    # from WARNING up only, and look like the rest.
    handler = logging.StreamHandler(sys.stderr)
    unwrap = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=stamps, processors=[unwrap, *renderers]
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    threading.excepthook = _ended


def _ended(gone: threading.ExceptHookArgs) -> None:
    """A thread that a mistake of ours has ended, told like everything else."""
    if gone.exc_value is not None and not isinstance(gone.exc_value, SystemExit):
        name = gone.thread.name if gone.thread is not None else ""
        log = structlog.get_logger("syncd")
        log.error("thread_ended", thread=name, exc_info=gone.exc_value)


def said(error: BaseException) -> str:
    """An exception's own words, where they are ours, or the system's about a file.

    Others quote what they stumbled over, which may be somebody's mail or a secret: of those
    the kind alone is told. SYNCD_DEBUG=1 shows all, to whoever asks for it.
    """
    ours = type(error).__module__.partition(".")[0] in {"syncd", "connectors"}
    if ours or os.environ.get("SYNCD_DEBUG", "") not in {"", "0"}:
        return str(error)
    return error.strerror or "" if isinstance(error, OSError) else ""


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and those it came of, the first cause last."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _as_json(exc_info: ExcInfo) -> list[dict[str, Any]]:
    """Where it happened, never with the values of variables."""
    return [
        {
            "exc_type": type(one).__name__,
            "exc_value": said(one),
            "frames": [
                {"filename": frame.filename, "lineno": frame.lineno, "name": frame.name}
                for frame in traceback.extract_tb(one.__traceback__, limit=-_FRAMES)
            ],
        }
        for one in _chain(exc_info[1])
    ]


def _as_text(sio: TextIO, exc_info: ExcInfo) -> None:
    for one in reversed(list(_chain(exc_info[1]))):
        sio.write("\n")
        frames = traceback.extract_tb(one.__traceback__, limit=-_FRAMES)
        sio.write("".join(traceback.format_list(frames)))
        sio.write(f"{type(one).__name__}: {said(one)}".removesuffix(": ") + "\n")


class _StandardError:
    """Writes to standard error as it is at that moment: it may be replaced after us."""

    def __init__(self, *_names: Any) -> None:
        """The logger's names come along; every line says what it is by itself."""

    def msg(self, line: str) -> None:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()

    debug = info = warning = error = critical = msg


def _on_one_line(
    _logger: Any, _name: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """What a library says may quote a stranger, who must not write lines of their own."""
    said = str(event.get("event", ""))
    event["event"] = "".join(sign if sign.isprintable() else " " for sign in said)
    return event


def redact_addresses(
    _logger: Any, _name: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Keep the first letter and the domain of every address in an event's values."""
    for key, value in event.items():
        event[key] = _redacted(value)
    return event


def _redacted(value: Any) -> Any:
    if isinstance(value, str):
        return _ADDRESS.sub(r"\1***@\2", value)
    if isinstance(value, list | tuple):
        return [_redacted(one) for one in value]
    if isinstance(value, dict):
        return {key: _redacted(one) for key, one in value.items()}
    return value
