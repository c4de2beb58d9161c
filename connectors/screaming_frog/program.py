"""Running the program itself: headless, into a folder of ours, and never longer than allowed.

What it takes and how it fails is from facts/screaming-frog.md. It says little by its exit
status; what counts is FATAL in its words, and whether the exports are there with rows.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from connectors._kit.processes import TimeIsUp, started, wait
from connectors.screaming_frog.importing import HeaderOnly, Truncated, take_export
from connectors.screaming_frog.settings import ScreamingFrogSettings
from syncd.ports.crawl import Harvest, Order, Take
from syncd.ports.verdicts import Locked, Refused

_ALL, _EXTERNAL = "All Outlinks", "External Links"
_ALL_FILE = "all_outlinks"
_HELP_SECONDS = 120.0
_MOST_WORDS = 1_000_000
_FATAL = re.compile(r"^.*\bFATAL\b.*$", re.MULTILINE)
_ENTITLED = re.compile(r"licen[cs]e|eula", re.IGNORECASE)
_HEADLESS = re.compile(r"DISPLAY|HeadlessException|X11", re.IGNORECASE)


class Spider:
    def __init__(self, settings: ScreamingFrogSettings) -> None:
        self._settings = settings
        self._names: list[str] | None = None

    def crawl(self, order: Order, take: Take) -> Harvest:
        """Raises `Refused`, `Locked`, `TryLater`."""
        names = self.export_names(order.stop)
        with TemporaryDirectory(prefix="syncd-crawl-") as made:
            folder = Path(made) / "out"
            folder.mkdir()
            words = self._run(self._argv(order.start, folder, names), Path(made), order.stop)
            if fatal := _FATAL.search(words):
                # They may belong to another version than the one that was asked for them.
                self._names = None
                raise _refusal(fatal[0].strip())
            return self._taken(folder, order, take, words)

    def export_names(self, stop: Callable[[], bool] = lambda: False) -> list[str]:
        """What this version calls the exports we want; it refuses a whole crawl for a wrong one.

        Versions differ on the "Links:" before them, and say what they take. Raises `Locked`,
        `Refused`.
        """
        if self._names is None:
            argv = [self._settings.command, "--help", "bulk-export"]
            with TemporaryDirectory(prefix="syncd-crawl-") as made:
                words = self._run(argv, Path(made), stop, _HELP_SECONDS)
            lines = {line.strip(" \t\r,;*-'\"") for line in words.splitlines()}
            known = {part.strip(" '\"") for line in lines for part in line.split(",")}
            self._names = [
                name
                for wanted in (_EXTERNAL, _ALL)
                for name in (f"Links:{wanted}", wanted)
                if name in known
            ]
            # Of the two ways to call one export, the newer.
            newer = [name for name in self._names if name.startswith("Links:")]
            self._names = newer or self._names
            if not self._names:
                self._names = None
                raise Refused(
                    f"{self._settings.command} --help bulk-export names neither {_EXTERNAL} nor "
                    f"{_ALL}; is it Screaming Frog's SEO Spider, version 16 or later?"
                )
        return self._names

    def _argv(self, start: str, folder: Path, names: list[str]) -> list[str]:
        argv = [self._settings.command, "--crawl", start, "--headless"]
        argv += ["--output-folder", str(folder), "--export-format", "csv"]
        argv += ["--bulk-export", ",".join(names)]
        if self._settings.config is not None:
            argv += ["--config", str(self._settings.config)]
        return argv

    def _run(
        self, argv: list[str], folder: Path, stop: Callable[[], bool], seconds: float = 0.0
    ) -> str:
        """Run to its end; returns what it said, at most a megabyte of it."""
        said = folder / "words"
        limit = seconds or self._settings.hours * 3600
        try:
            with (
                said.open("wb") as words,
                started(
                    argv, stdin=subprocess.DEVNULL, stdout=words, stderr=subprocess.STDOUT
                ) as process,
            ):
                wait(process, limit, stop)
        except TimeIsUp:
            raise Refused(
                f"Screaming Frog was not done after {limit / 3600:.1f} hours and was ended; set "
                "limits in a configuration of its own (config), or allow more (hours)"
            ) from None
        except OSError as error:
            raise Locked(
                f"{argv[0]} cannot be run: {error.strerror}",
                remedy="install Screaming Frog's SEO Spider here, name it in `command`, or crawl "
                "with syncd's own crawler (--with crawler)",
            ) from error
        with said.open("rb") as spoken:
            return spoken.read(_MOST_WORDS).decode("utf-8", "replace")

    def _taken(self, folder: Path, order: Order, take: Take, words: str) -> Harvest:
        """The largest picture there is: all links out tell how many pages a site has."""
        files = sorted(
            folder.rglob("*.csv"), key=lambda file: (_ALL_FILE not in file.name, file.name)
        )
        empty: HeaderOnly | None = None
        for file in files:
            try:
                with file.open("rb") as stream:
                    return take_export(stream, file.name, take, complete=order.complete)
            except HeaderOnly as why:
                empty = why
            except Truncated as why:
                raise Refused(f"{order.start}: {why}") from why
        if empty is not None:
            raise Refused(f"{order.start}: {empty}")
        last = words.strip().splitlines()[-1:] or ["it said nothing"]
        raise Refused(f"Screaming Frog ended without an export of {order.start}: {last[0][:200]}")


def _refusal(words: str) -> Refused | Locked:
    words = f"Screaming Frog: {words[:300]}"
    if _ENTITLED.search(words):
        return Locked(
            words,
            remedy="enter the licence and accept its terms in the program once, as the user that "
            "syncd runs as",
        )
    if _HEADLESS.search(words):
        return Locked(words, remedy="JavaScript rendering wants a display: run it under Xvfb")
    return Refused(f"{words}; run the same by hand to see more")
