"""Errors with fields missing: the documentation calls every one of them optional.

facts/hubspot.md 2.1 and section 6.3. What is left out is gone: an item of a 207 without its
context cannot be tied to the input it speaks of.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from syncd.ports.simulator import Answer

_KEPT = ("status", "message")
MODES = (False, True, "random")


def thinned(answered: Answer, mode: object, number: int) -> Answer:
    """An answer with less in its errors. `mode` True leaves status and message alone;
    "random" any of the fields, the same ones in every run. `number`: of the call.
    """
    if not mode or answered.status not in {207, *range(400, 600)} or not answered.body:
        return answered
    try:
        body = json.loads(answered.body)
    except ValueError:
        return answered

    def thin(error: dict[str, Any], place: int) -> dict[str, Any]:
        keeps = _even(number, place) if mode == "random" else _KEPT.__contains__
        return {name: value for name, value in error.items() if keeps(name)}

    if not isinstance(body, dict):
        return answered
    if answered.status == 207:
        body["errors"] = [thin(one, place) for place, one in enumerate(body.get("errors", ()))]
    else:
        body = thin(body, 0)
    return replace(answered, body=json.dumps(body).encode())


def _even(number: int, place: int) -> Callable[[str], bool]:
    def keeps(name: str) -> bool:
        told = f"{number}/{place}/{name}".encode()
        return hashlib.blake2b(told, digest_size=1).digest()[0] % 2 == 0

    return keeps
