"""syncd's own command line, with a clock that is told the time, in processes started quickly.

`python -m tests.faults.daemon` loads everything once and then forks a process for each order
it reads: a line of JSON on standard input, answered by a line on standard output. What runs
there is `syncd.cli.main.main`, nothing else; what differs from the console script is

- the clock: real, but as many seconds ahead as the file FAULTS_CLOCK says at the moment; waits
  between two tries of one call are cut short;
- FAULTS_PATIENCE: how many seconds an answer is awaited, instead of thirty;
- FAULTS_DIE: at which moment of each effect that has not met it yet the process is killed, which
  no one outside could time; see `tests.faults.dying`.
"""

from __future__ import annotations

import faulthandler
import gc
import json
import os
import resource
import signal
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import requests

import syncd.app
import syncd.cli.running
import syncd.runtime.clock
from connectors._kit import http
from syncd.cli.main import main
from tests.faults.dying import Moment, die

# The matrix would spend an hour in waits between two tries of one call.
LONGEST_SLEEP = 0.1


class ToldClock(syncd.runtime.clock.SystemClock):
    """Ahead of the real time by what a file says; it may say another number any time."""

    def now(self) -> datetime:
        ahead = Path(os.environ["FAULTS_CLOCK"]).read_text(encoding="utf-8")
        return datetime.now(UTC) + timedelta(seconds=float(ahead))

    def sleep(self, seconds: float) -> None:
        super().sleep(min(seconds, LONGEST_SLEEP))


def _told_the_time() -> None:
    # By name in whichever module has it; what is loaded later takes it from the first.
    for name, module in list(sys.modules.items()):
        if name.startswith("syncd.") and hasattr(module, "SystemClock"):
            setattr(module, "SystemClock", ToldClock)  # noqa: B010 - of no known module


def _patience(seconds: float) -> None:
    send = requests.Session.send

    def sent(self: requests.Session, request: requests.PreparedRequest, **more: Any) -> Any:
        return send(self, request, **{**more, "timeout": (5.0, seconds)})

    requests.Session.send = sent  # type: ignore[method-assign] # under `http.Session`, which stays
    assert issubclass(http.Session, requests.Session)


def _live(order: dict[str, Any]) -> int:
    """What a process started so does."""
    os.environ.update(order["env"])
    os.chdir(order["folder"])
    if "FAULTS_PATIENCE" in order["env"]:
        _patience(float(order["env"]["FAULTS_PATIENCE"]))
    if "FAULTS_DIE" in order["env"]:
        die(Moment(order["env"]["FAULTS_DIE"]), Path(order["env"]["FAULTS_BOOK"]))
    if "FAULTS_FILE_BYTES" in order["env"]:
        most = int(order["env"]["FAULTS_FILE_BYTES"])
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    for number, name in ((1, "out"), (2, "err")):
        file = os.open(order[name], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(file, number)
        os.close(file)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    # One that hangs is asked where, before it is killed.
    faulthandler.register(signal.SIGUSR1, all_threads=True)
    # From here on it is as if syncd had been started: whoever waits for it may have at it.
    os.write(order["begins"], b".")
    os.close(order["begins"])
    return int(main(order["args"]))


def _warm(order: dict[str, Any]) -> None:
    """Load what is loaded late, by a run like those to come."""
    os.environ.update(order["env"])
    before = Path.cwd()
    os.chdir(order["folder"])
    kept = os.dup(1), os.dup(2)
    null = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(null, number)
    main(order["args"])
    sys.stdout.flush()
    for number, file in zip((1, 2), kept, strict=True):
        os.dup2(file, number)
    os.chdir(before)


def serve() -> int:
    _told_the_time()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    for line in sys.stdin:
        order = json.loads(line)
        said: dict[str, Any] = {}
        if "reap" in order:
            _, status = os.waitpid(order["reap"], 0)
            said = {"code": os.waitstatus_to_exitcode(status)}
        elif "warm" in order:
            _warm(order)
            assert threading.active_count() == 1, "a fork would lose threads"
            # What is there now stays: children need not look through it.
            gc.collect()
            gc.freeze()
        else:
            told, order["begins"] = os.pipe()
            child = os.fork()
            if not child:
                return _live(order)
            os.close(order["begins"])
            os.read(told, 1)
            os.close(told)
            said = {"pid": child}
        answers.write(json.dumps(said) + "\n")
        answers.flush()
    return 0


if __name__ == "__main__":
    sys.exit(serve())
