"""Rows about the disk and what lies on it: full, read-only, damaged, gone."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from tests.faults.judge import Trial, judge
from tests.faults.place import Ended, Place
from tests.faults.playing import undisturbed, writes
from tests.faults.script import Script
from tests.support.postgres import postgres

_SIZE = 12 << 20
# How often the state is lost in a row.
DAMAGES = 3


class NotHere(Exception):
    """This machine does not let us do that; said in the table."""


@contextmanager
def _disk(place: Place) -> Iterator[Path]:
    """A small disk of its own for the state: a tmpfs, where we may mount one."""
    disk = place.folder / "disk"
    disk.mkdir()
    if os.geteuid() or _mount("-t", "tmpfs", "-o", f"size={_SIZE}", "tmpfs", str(disk)):
        raise NotHere("only root can mount a disk")
    place.env["SYNCD_STORE"] = str(disk / "syncd.db")
    try:
        yield disk
    finally:
        place.end()
        subprocess.run(["umount", "--lazy", str(disk)], check=False)


def _mount(*words: str) -> int:
    done = subprocess.run(["mount", *words], check=False, capture_output=True)
    return done.returncode


def disk_full(place: Place, script: Script) -> Trial:
    """Full in the middle of the script, once before a process and once under one; then freed."""
    trial = Trial()
    with _disk(place) as disk:
        for number, phase in enumerate(script.phases):
            place.deliver(phase)
            if number in {1, 3}:
                ballast = _fill(disk)
                _told(trial, place.syncd("once", "--json"), "the disk is full")
                place.advance(60)
                ballast.unlink()
            if number == 4:
                _under_it(place, disk, trial)
            if not place.settle():
                trial.wrong.append("it never came to rest")
        trial.struck = 3
        return judge(place, script.truths[-1], trial)


def _under_it(place: Place, disk: Path, trial: Trial) -> None:
    """It fills up while a process has emails under way."""
    place.hold(kind="slow", seconds=1.0, path="*/emails/batch/create")
    born = place.start("once", "--json")
    place.until(lambda: place.hits() or not born.alive, "emails are under way")
    ballast = _fill(disk)
    _told(trial, place.ended(born, 60), "the disk has filled up")
    place.site.fault()
    ballast.unlink()
    place.advance(150)


def _fill(disk: Path) -> Path:
    """Take what is left."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1 << 8):
            while True:
                try:
                    file.write(b"x" * size)
                except OSError:
                    break
    return ballast


def read_only_disk(place: Place, script: Script) -> Trial:
    trial = Trial()
    with _disk(place) as disk:
        for number, phase in enumerate(script.phases):
            place.deliver(phase)
            if number in {1, 4}:
                if _mount("-o", "remount,ro", str(disk)):
                    raise NotHere("the disk cannot be made read-only")
                before = writes(place.site)
                _told(trial, place.syncd("once", "--json"), "the disk is read-only")
                if writes(place.site) != before:
                    trial.wrong.append("it wrote to services, and could not keep what it did")
                place.advance(60)
                _mount("-o", "remount,rw", str(disk))
            if not place.settle():
                trial.wrong.append("it never came to rest")
        trial.struck = 2
        return judge(place, script.truths[-1], trial)


def damaged(place: Place, script: Script) -> Trial:
    """Three times the state is lost, each in another way: told, nothing done, then rebuilt."""
    trial = Trial()
    ways = (_corrupt, _truncate, _delete)
    for number, phase in enumerate(script.phases):
        place.deliver(phase)
        if not place.settle():
            trial.wrong.append("it never came to rest")
        if number < len(ways):
            ways[number](place.state)
            _rebuilt(place, trial, ways[number].__name__.strip("_"))
        # Past the time in which what an earlier state did might not be found yet.
        place.advance(300)
    trial.struck = len(ways)
    return judge(place, script.truths[-1], trial)


def dropped(place: Place, script: Script) -> Trial:
    """Three times the state's schema is dropped from its server, and nothing is left beside it."""
    trial, server = Trial(), place.server
    assert server is not None
    for number, phase in enumerate(script.phases):
        place.deliver(phase)
        if not place.settle():
            trial.wrong.append("it never came to rest")
        if number < DAMAGES:
            with postgres().admin.begin() as tx:
                tx.execute(text(f"DROP SCHEMA {server.schema} CASCADE"))
            _rebuilt(place, trial, "dropped")
        place.advance(300)
    trial.struck = DAMAGES
    return judge(place, script.truths[-1], trial)


def read_anew(place: Place, script: Script) -> Trial:
    """What `damaged` costs at least: the script, and as many first readings of what had come in,
    each into services that know nothing yet. To log a message and to find it logged is one look.
    """
    trial = undisturbed(place, script)
    for number in range(min(DAMAGES, len(script.phases))):
        with place.site.place(f"first-{number}") as first:
            for phase in script.phases[: number + 1]:
                first.deliver(phase)
            first.settle()
            trial.calls += first.calls
            trial.starts += first.starts
    return trial


def _rebuilt(place: Place, trial: Trial, way: str) -> None:
    before = writes(place.site)
    for command in ("once", "run"):
        _told(trial, place.syncd(command, "--json", patience=60), f"the state ({way})")
    if writes(place.site) != before:
        trial.wrong.append(f"{way}: it wrote to services without its state")
    ended = place.syncd("rebuild", "--yes", "--json", patience=200)
    if ended.code:
        trial.wrong.append(f"{way}: rebuild: {ended.out[-300:]}{ended.err[-300:]}")
    if writes(place.site) != before:
        trial.wrong.append(f"{way}: rebuild wrote to services")


def _told(trial: Trial, ended: Ended, what: str) -> None:
    """It must end as failed, and say why with a remedy."""
    words = ended.out + ended.err
    if ended.code != 1:
        trial.wrong.append(f"{what}, and it ends with {ended.code}: {words[-300:]}")
    elif not any(one in words for one in ("unusable state", "the state", "disk", "failing")):
        trial.wrong.append(f"{what}, and nobody is told: {words[-300:]}")


def _corrupt(state: Path) -> None:
    """Pages in the middle hold something else."""
    _whole(state)
    with state.open("r+b") as file:
        for at in range(4096 * 3, state.stat().st_size - 4096, 4096 * 5):
            file.seek(at)
            file.write(b"\xa5" * 4096)


def _truncate(state: Path) -> None:
    _whole(state)
    os.truncate(state, state.stat().st_size // 2)


def _delete(state: Path) -> None:
    for file in state.parent.glob(f"{state.name}*"):
        if file.name in {state.name, f"{state.name}-wal", f"{state.name}-shm"}:
            file.unlink()


def _whole(state: Path) -> None:
    """Without what a log beside it could mend."""
    for end in ("-wal", "-shm"):
        state.with_name(state.name + end).unlink(missing_ok=True)
