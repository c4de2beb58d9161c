"""Reading what services and files hold, of which nothing is promised."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any


def json_object(body: bytes | str) -> dict[str, Any]:
    """A JSON object; empty for anything else."""
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return given if isinstance(given, dict) else {}


def instant(given: object) -> datetime | None:
    """An aware time in ISO 8601; None for anything else."""
    try:
        at = datetime.fromisoformat(str(given))
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
