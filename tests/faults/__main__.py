"""Play the matrix: `python -m tests.faults [WORDS]` plays the rows whose names hold the words.

Writes build/faults.md and build/faults.json; rows that are not played keep what they did
the last time. Fails when a row does not pass.
"""

from __future__ import annotations

import json
import sys
import time
import traceback
from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.faults.judge import MOST_CALLS, Trial
from tests.faults.place import Site
from tests.faults.playing import Floor, Play, floor, undisturbed
from tests.faults.rows import ROWS, Row
from tests.faults.rows_state import NotHere
from tests.faults.script import TEAM, Script, script
from tests.support.postgres import postgres

BUILD = Path("build")


class Floors:
    """What the world of each row costs without its trouble, played when it is first asked for."""

    def __init__(self, site: Site, what: Script) -> None:
        self._site, self._what = site, what
        self._known: dict[Play, tuple[Trial, Floor]] = {}

    def of(self, calm: Play) -> tuple[Trial, Floor]:
        if calm not in self._known:
            began = time.monotonic()
            with self._site.place(f"calm-{len(self._known)}") as place:
                trial, least = floor(place, self._what, calm)
            trial.seconds, trial.floor = time.monotonic() - began, trial.calls
            self._known[calm] = trial, least
        return self._known[calm]


def played(site: Site, row: Row, what: Script, floors: Floors) -> Trial:
    """A row from its beginning to its end; what breaks it is held against it."""
    calm, least = floors.of(row.calm)
    began = time.monotonic()
    trial = Trial()
    name = "".join(one if one.isalnum() else "-" for one in row.name)
    try:
        server = postgres().fresh() if row.on_server else None
        with site.place(name, server) as place:
            trial = row.play(place, what)
    except NotHere as why:
        return Trial(what=f"not on this machine: {why}")
    except Exception as why:  # noqa: BLE001 - whatever breaks a row, the others are played
        where = traceback.extract_tb(why.__traceback__)[-3:]
        steps = ", ".join(f"{one.name}:{one.lineno}" for one in where)
        trial.wrong.append(f"{type(why).__name__}: {why} ({steps})")
    trial.seconds = time.monotonic() - began
    if trial.seconds > row.limit:
        trial.wrong.append(f"{trial.seconds:.0f} s, where {row.limit:.0f} are its limit")
    trial.wrong += [f"undisturbed: {one}" for one in calm.why()]
    trial.floor = least.of(trial.starts)
    return trial


def main(words: Sequence[str]) -> int:
    wanted = [row for row in ROWS if not words or any(one in row.name for one in words)]
    what = script()
    results: dict[str, Trial] = {}
    before = _earlier() if words else {}
    began, whole = datetime.now(UTC), not words
    with TemporaryDirectory(prefix="syncd-faults-") as folder:
        sites = dict.fromkeys(row.boxes for row in wanted)
        for number, boxes in enumerate(sites):
            with Site(Path(folder) / str(number), boxes) as site:
                floors = Floors(site, what)
                if boxes == TEAM:
                    results["undisturbed"], _ = floors.of(undisturbed)
                    _say("undisturbed", results["undisturbed"])
                for row in wanted:
                    if row.boxes == boxes:
                        results[row.name] = played(site, row, what, floors)
                        _say(row.name, results[row.name])
                        _write(before | results, what, began if whole else None)
    return 0 if all(one.passed for one in results.values()) else 1


def _earlier() -> dict[str, Trial]:
    """What the rows that were not played now did the last time."""
    try:
        rows = json.loads((BUILD / "faults.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    names = {each.name for each in fields(Trial)}
    return {
        name: Trial(**{key: value for key, value in row.items() if key in names})
        for name, row in rows.items()
    }


def _say(name: str, trial: Trial) -> None:
    lines = [f"{'ok  ' if trial.passed else 'FAIL'} {name}: {trial.seconds:.0f} s"]
    lines += [f"       {words[:600]}" for words in trial.why()[:12]]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def _write(results: dict[str, Trial], what: Script, began: datetime | None) -> None:
    BUILD.mkdir(exist_ok=True)
    rows = {name: asdict(trial) | {"passed": trial.passed} for name, trial in results.items()}
    (BUILD / "faults.json").write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")
    text = table(results, what) + _when(began)
    (BUILD / "faults.md").write_text(text, encoding="utf-8")


def _when(began: datetime | None) -> str:
    """Whether all of it is of one run, and of when."""
    if began is None:
        return "\nOf several runs.\n"
    ended = datetime.now(UTC)
    return f"\nOf one run, {began:%Y-%m-%d %H:%M} to {ended:%H:%M} UTC.\n"


def table(results: dict[str, Trial], what: Script) -> str:
    """As Markdown. `calls` is compared with the floor: the row's world without its trouble, with
    what as many starts cost.
    """
    passes = (
        f"A script of {what.messages} messages in {len(what.phases)} phases. A row passes with 0 "
        "lost, 0 doubled, 0 tracebacks, within its time, and with at most "
        f"{MOST_CALLS:g} times the calls of the floor."
    )
    heads = ("what is done to the world", "faults", "kills", "lost", "doubled", "tracebacks",
             "calls", "floor", "of it", "s", "passed")  # fmt: skip
    lines = [passes, "", "| " + " | ".join(heads) + " |", "|---|" + "--:|" * 9 + "---|"]
    for name, one in results.items():
        share = "" if one.share is None else f"{one.share:.2f}"
        passed = ": ".join(filter(None, ["yes" if one.starts else "", one.what]))
        passed = passed if one.passed else "no: " + one.why()[0][:80]
        cells = (name, one.struck or "", one.kills or "", len(one.lost), len(one.doubled),
                 len(one.traces), one.calls, one.floor or "", share, f"{one.seconds:.0f}",
                 passed)  # fmt: skip
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
