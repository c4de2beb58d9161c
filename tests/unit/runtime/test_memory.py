"""How a process that stays uses memory. Each test asks one of its own."""

from __future__ import annotations

import platform
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from syncd.cli import main, running
from syncd.engine.turn import Engine, Rest
from syncd.runtime import memory
from tests.unit.cli.wired import wire
from tests.unit.engine.office import Office
from tests.unit.web.conftest import Running

HEAPS = """
import ctypes, tempfile, threading
from pathlib import Path

def heaps():
    libc = ctypes.CDLL(None)
    libc.fopen.restype = ctypes.c_void_p
    file = tempfile.mkstemp()[1]
    stream = ctypes.c_void_p(libc.fopen(file.encode(), b"w"))
    libc.malloc_info(0, stream)
    libc.fclose(stream)
    told = Path(file).read_text()
    Path(file).unlink()
    return told.count("<heap nr=")

def work():
    started.wait()
    kept.append(bytearray(100_000))

kept, started = [], threading.Barrier(4)
threads = [threading.Thread(target=work) for _ in range(4)]
for one in threads: one.start()
for one in threads: one.join()
print(heaps())
"""


def said(code: str) -> str:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_garbage_is_hardly_looked_for_while_it_loads_and_not_among_what_it_has_loaded():
    told = said("""
import gc
from syncd.runtime.memory import loaded, loading
loading()
print(gc.get_threshold()[0] > 50_000, gc.get_freeze_count())
loaded()
print(gc.get_threshold()[0] < 10_000, gc.get_freeze_count() > 5_000)
""")
    assert told == "True 0\nTrue True\n"


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the switch is glibc's")
def test_all_threads_share_a_heap():
    assert int(said(HEAPS)) > 1, "this counts heaps"
    assert int(said(f"from syncd.runtime.memory import loaded\nloaded()\n{HEAPS}")) == 1


def test_a_command_that_works_for_long_tells_when_everything_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    office = Office(tmp_path)
    office.got("Ada <ada@site.example>", 3, "ada@site.example")
    steps: list[str] = []
    turn = Engine.turn
    monkeypatch.setattr(main, "loading", lambda: steps.append("loading"))
    monkeypatch.setattr(memory, "loaded", lambda: steps.append("loaded"))

    def turning(engine: Engine) -> Rest:
        steps.append("turn")
        return turn(engine)

    monkeypatch.setattr(Engine, "turn", turning)
    ended = wire(office, monkeypatch, capsys)("once")
    assert ended.code == 0, ended.err
    assert steps == ["loading", "loaded", "turn"]


def test_so_does_the_daemon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    class Told(Exception):
        pass

    def told() -> None:
        raise Told

    monkeypatch.setattr(running, "loaded", told)
    with ExitStack() as stack:
        daemon = Running(Office(tmp_path), stack).daemon
        with pytest.raises(Told):
            daemon.run()
