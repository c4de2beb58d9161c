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
    processors: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if not addresses:
        processors.append(redact_addresses)
    if sys.stderr.isatty() and not as_json:
        processors.append(structlog.dev.ConsoleRenderer())
    else:
        processors += [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    # SDKs log whole bodies at DEBUG: they are heard from WARNING up only.
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)


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
