"""From values to HTML: templates escape everything, and nothing is marked safe."""

from __future__ import annotations

import functools
import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_FOLDER = Path(__file__).with_name("templates")
_UNITS = ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


def render(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(style=style_version(), **values)


@functools.cache
def asset(name: str) -> bytes:
    return (_FOLDER / name).read_bytes()


@functools.cache
def style_version() -> str:
    """Changes with the style sheet, so that browsers may keep it."""
    return hashlib.blake2b(asset("style.css") + asset("icon.svg"), digest_size=6).hexdigest()


def span(seconds: float) -> str:
    """A length of time in its largest fitting unit: "3 minutes"."""
    seconds = max(0.0, seconds)
    for length, unit in _UNITS:
        if seconds >= length:
            number = int(seconds // length)
            return f"{number:,} {unit}{'' if number == 1 else 's'}"
    return "0 seconds"


def query(**values: str | int | None) -> str:
    """A query string of what is not empty."""
    given = {name: value for name, value in values.items() if value not in {"", None}}
    return f"?{urlencode(given)}" if given else "?"


def _ago(at: datetime | None, now: datetime) -> str:
    return "never" if at is None else f"{span((now - at).total_seconds())} ago"


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["time"] = lambda at: "" if at is None else f"{at:%d %b %Y, %H:%M}"
    environment.filters["iso"] = lambda at: at.astimezone(UTC).isoformat(timespec="seconds")
    environment.filters["ago"] = _ago
    environment.filters["span"] = lambda length: span(
        length.total_seconds() if isinstance(length, timedelta) else length
    )
    environment.filters["number"] = "{:,}".format
    environment.filters["words"] = lambda name: str(name).replace("_", " ")
    environment.globals["query"] = query
    environment.globals["paged"] = lambda kept, start: query(**{**kept, "from": start or None})
    return environment
