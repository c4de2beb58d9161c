"""One process at a time works on a state, and a second one is told who."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from syncd.runtime.hold import HeldElsewhere, hold

HOLDER = """
import sys
from pathlib import Path
from syncd.runtime.hold import hold
with hold(Path(sys.argv[1]), "run"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "syncd.db"


def test_a_second_one_is_told_who_holds_it(state: Path):
    with (
        hold(state, "run"),
        pytest.raises(HeldElsewhere, match=rf"syncd run, process {os.getpid()} on .* since 20"),
        hold(state, "once"),
    ):
        pass


def test_it_is_free_again_afterwards(state: Path):
    for command in ("once", "run"):
        with hold(state, command):
            who = json.loads(state.with_name("syncd.db.lock").read_text())
            assert who["command"] == command


def test_it_is_free_again_after_a_failure(state: Path):
    with pytest.raises(RuntimeError), hold(state, "run"):
        raise RuntimeError
    with hold(state, "run"):
        pass


def test_two_states_do_not_mind_each_other(tmp_path: Path):
    with hold(tmp_path / "a.db", "run"), hold(tmp_path / "b.db", "run"):
        pass


def test_nobody_else_reads_who_holds_it(state: Path):
    with hold(state, "run"):
        assert stat.S_IMODE(state.with_name("syncd.db.lock").stat().st_mode) == 0o600


def test_an_unreadable_note_is_no_traceback(state: Path):
    with hold(state, "run"):
        state.with_name("syncd.db.lock").write_text("")
        with pytest.raises(HeldElsewhere, match="in use by another syncd"), hold(state, "once"):
            pass


def test_the_hold_goes_with_a_killed_process(state: Path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(state)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(HeldElsewhere, match=f"process {other.pid}"), hold(state, "once"):
            pass
        other.send_signal(signal.SIGKILL)
        other.wait()
        with hold(state, "once"):
            pass
