"""Structured logs: text on a terminal, JSON lines otherwise; addresses redacted unless asked."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_ADDRESS = re.compile(r"([A-Za-z0-9])[A-Za-z0-9._%+'-]*@([A-Za-z0-9.-]+)")


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
    # Tracebacks first: their messages may quote an address. Never with the values of
    # variables, which may be somebody's mail or a secret.
    frames = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    renderers: list[Any] = [] if terminal else [structlog.processors.ExceptionRenderer(frames)]
    if not addresses:
        renderers.append(redact_addresses)
    renderers.append(
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
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


class _StandardError:
    """Writes to standard error as it is at that moment: it may be replaced after us."""

    def __init__(self, *_names: Any) -> None:
        """The logger's names come along; every line says what it is by itself."""

    def msg(self, line: str) -> None:
        sys.stderr.write(line + "\n")
        sys.stderr.flush()

    debug = info = warning = error = critical = msg


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
