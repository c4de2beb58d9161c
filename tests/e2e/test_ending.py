"""Ended while it is still starting."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.e2e.processes import PATIENCE, SYNCD, environment


def reading(folder: Path, command: str) -> tuple[subprocess.Popen[bytes], int]:
    """A process that has begun to read its settings, and waits for the rest of them."""
    pipe = folder / "syncd.yaml"
    os.mkfifo(pipe)
    process = subprocess.Popen(
        [SYNCD, command, "--config", str(pipe)], env=environment(), stderr=subprocess.PIPE
    )
    # Opening a pipe waits for whoever reads it.
    return process, os.open(pipe, os.O_WRONLY)


@pytest.mark.parametrize("command", ["run", "worker"])
def test_a_daemon_that_is_ended_while_it_starts_ends_well(tmp_path: Path, command: str):
    process, end = reading(tmp_path, command)
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=PATIENCE)
    os.close(end)
    assert (process.returncode, err) == (0, b"")


def test_what_was_to_do_something_and_was_ended_did_not_end_well(tmp_path: Path):
    process, end = reading(tmp_path, "once")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=PATIENCE)
    os.close(end)
    assert process.returncode == -signal.SIGTERM
