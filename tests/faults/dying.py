"""Killed at a moment of every effect, one after the other, and a book that proves it.

The process kills itself (SIGKILL, of which nothing in it hears) inside the transport, where the
moment is known to the instruction. An effect is one part of a write: each input of a batch, or
the whole of another call, told by what is asked of which address. The book is one file for all
processes of a row, each line written before its moment, so that a kill cannot forget it.
"""

from __future__ import annotations

import json
import os
import re
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

# Asked with POST, and change nothing: what is searched, read in batches, and logging in.
_READS = re.compile(r"/batch/read$|/search$|/token|^/batch(/gmail|$)")
# Says where in its batch a part stands, which may change from one try to the next.
_TRACE = "objectWriteTraceId"


class Moment(StrEnum):
    """Of an effect: before the request goes out; when the service has done it, its answer not
    read; when the answer was read whole, and nothing of it kept yet.
    """

    BEFORE = "before"
    AFTER = "after"
    ANSWERED = "answered"


_DONE = "done"


@dataclass(slots=True)
class Book:
    """What a row's processes did. `killed`: effects at which one was killed; `done`: effects
    that took place; `calls`: writes that reached a service.
    """

    killed: set[str] = field(default_factory=set)
    done: set[str] = field(default_factory=set)
    calls: int = 0

    @classmethod
    def read(cls, file: Path) -> Book:
        found = cls()
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        for row in map(json.loads, lines):
            if row["what"] != _DONE:
                found.killed.update(row["effects"])
            if row["what"] != Moment.BEFORE:
                found.done.update(row["effects"])
                found.calls += 1
        return found


def effects_of(method: str, url: str, body: bytes | str | None) -> list[str]:
    """The effects of a request, each in words that are the same whenever it is tried; none where
    it changes nothing.
    """
    path = urlsplit(url).path
    if method == "GET" or _READS.search(path):
        return []
    return [f"{method} {path} {json.dumps(one, sort_keys=True)}" for one in _parts(body)]


def _parts(body: bytes | str | None) -> Iterator[Any]:
    try:
        value = json.loads(body or "null")
    except ValueError:
        value = str(body)
    if not isinstance(value, dict) or not isinstance(value.get("inputs"), list):
        yield value
        return
    for one in value["inputs"]:
        yield {name: it for name, it in one.items() if name != _TRACE}


def die(moment: Moment, file: Path) -> None:
    """From now on this process dies at that moment of the first effect that has not met it."""
    send = requests.adapters.HTTPAdapter.send
    lock, killed = threading.Lock(), Book.read(file).killed

    def write(what: str, effects: list[str]) -> None:
        line = json.dumps({"what": what, "effects": effects}) + "\n"
        with file.open("a", encoding="utf-8") as book:
            book.write(line)

    def now(which: Moment, effects: list[str]) -> None:
        if which is moment and not killed.issuperset(effects):
            write(which, effects)
            os.kill(os.getpid(), signal.SIGKILL)

    def sent(self: Any, request: requests.PreparedRequest, *rest: Any, **more: Any) -> Any:
        effects = effects_of(str(request.method), str(request.url), request.body)
        if not effects:
            return send(self, request, *rest, **more)
        with lock:
            now(Moment.BEFORE, effects)
            # What comes here is not read yet: the service has answered, and more is not known.
            answer = send(self, request, *rest, **{**more, "stream": True})
            now(Moment.AFTER, effects)
            assert answer.content is not None
            now(Moment.ANSWERED, effects)
            write(_DONE, effects)
        return answer

    requests.adapters.HTTPAdapter.send = sent  # type: ignore[method-assign] # for this process
