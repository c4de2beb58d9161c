"""Plant each bug in a copy of the tree and run the nets. Exit 1 when one gets away.

`python -m tests.mutants [WORDS]`: all of them, or those whose names hold the words.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from tests.mutants.bug import Bug
from tests.mutants.bugs import BUGS

ROOT = Path(__file__).parents[2]
TREE = ("syncd", "connectors", "config", "tests", "pyproject.toml")
WORKERS = min(4, os.cpu_count() or 1)
PATIENCE_SECONDS = 600
# What pytest returns when tests failed; anything else says nothing about the bug.
CAUGHT = 1


@dataclass(frozen=True)
class Found:
    bug: Bug
    verdict: str  # caught | survived | sound (a net without a bug) | error
    words: str
    seconds: float


def copy_tree(to: Path) -> Path:
    for name in TREE:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, to / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, to / name)
    return to


def plant(bug: Bug, tree: Path) -> Found:
    """Try one bug; the tree is whole again afterwards."""
    file = tree / bug.file
    text = file.read_text(encoding="utf-8")
    began = time.monotonic()
    if text.count(bug.old) != 1:
        return Found(bug, "error", f"not found exactly once in {bug.file}", 0.0)
    file.write_text(text.replace(bug.old, bug.new), encoding="utf-8")
    try:
        status, words = run_nets(tree, bug.nets)
    finally:
        file.write_text(text, encoding="utf-8")
    verdict = {CAUGHT: "caught", 0: "survived"}.get(status, "error")
    return Found(bug, verdict, words, time.monotonic() - began)


def without_bug(nets: tuple[str, ...], tree: Path) -> Found:
    """The nets must hold on the tree as it is."""
    began = time.monotonic()
    status, words = run_nets(tree, nets)
    bug = Bug(f"no bug, {' '.join(nets)}", "", "", "", nets)
    verdict = "sound" if status == 0 else "error"
    return Found(bug, verdict, "" if status == 0 else words, time.monotonic() - began)


def run_nets(tree: Path, nets: tuple[str, ...]) -> tuple[int, str]:
    """pytest's status and the name of the first test that failed, run on this tree alone."""
    command = [sys.executable, "-m", "pytest", "-n0", "-x", "-q", "-p", "no:cacheprovider"]
    # Ahead of the installed package, which is the tree this was started from. No byte code:
    # a bug of the same length within the same second would look unchanged.
    env = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        done = subprocess.run(
            [*command, "--tb=no", *nets],
            cwd=tree,
            env=env,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return CAUGHT, "the nets never came to an end"
    failed = [line for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    name = failed[0].partition("::")[2].partition(" - ")[0] if failed else ""
    return done.returncode, name or (done.stdout + done.stderr)[-200:].strip()


def hunt(bugs: tuple[Bug, ...]) -> Iterator[Found]:
    """Every bug, several at a time, each worker on a tree of its own."""
    with TemporaryDirectory() as folder, ThreadPoolExecutor(WORKERS) as pool:
        trees: SimpleQueue[Path] = SimpleQueue()
        for number in range(WORKERS):
            (Path(folder) / str(number)).mkdir()
            trees.put(copy_tree(Path(folder) / str(number)))

        def one(work: Callable[[Path], Found]) -> Found:
            tree = trees.get()
            try:
                return work(tree)
            finally:
                trees.put(tree)

        # A net that fails by itself would "catch" everything.
        sound = [partial(without_bug, nets) for nets in dict.fromkeys(bug.nets for bug in bugs)]
        yield from pool.map(one, [*sound, *(partial(plant, bug) for bug in bugs)])


def main(words: str = "") -> int:
    console = Console()
    bugs = tuple(bug for bug in BUGS if words in bug.name)
    table = Table("planted bug", "file", "verdict", "by", "seconds")
    missed = 0
    for found in hunt(bugs):
        missed += found.verdict not in {"caught", "sound"}
        console.print(f"{found.verdict}: {found.bug.name}", markup=False)
        colour = "green" if found.verdict in {"caught", "sound"} else "red"
        verdict = f"[{colour}]{found.verdict}[/{colour}]"
        table.add_row(
            found.bug.name, found.bug.file, verdict, found.words[:60], f"{found.seconds:.0f}"
        )
    console.print(table)
    console.print(f"{len(bugs)} bugs planted, {missed} not caught or not tried")
    return 1 if missed or not bugs else 0


if __name__ == "__main__":
    raise SystemExit(main(" ".join(sys.argv[1:])))
