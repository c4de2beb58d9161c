"""The watched folder: which files in it are whole, and what they are by content."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath

from syncd.core.mail.addresses import registrable
from syncd.ports.clock import Clock
from syncd.ports.crawl import Export
from syncd.ports.verdicts import Locked

# Two looks closer together than this say nothing: a copy may pause for a moment.
_BETWEEN = timedelta(seconds=5)
# A file untouched for so long is whole at the first look.
_LONG = timedelta(minutes=5)
_DEEPEST = 4
_MOST_FILES = 5_000
_PIECE = 1 << 20
_ENDINGS = (".csv", ".tsv", ".txt", ".gz", ".zip", ".xlsx", ".xlsm", ".ods", ".xls")
# What editors, browsers and copying tools call a file that is not yet one.
_UNFINISHED = (".part", ".crdownload", ".download", ".tmp", ".filepart")


@dataclass(frozen=True, slots=True)
class _Seen:
    size: int
    changed: int
    since: datetime


class Folder:
    """Remembers what it saw at the last look. One thread at a time."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._seen: dict[Path, _Seen] = {}
        self._digests: dict[Path, tuple[int, int, str]] = {}

    def exports(self) -> list[Export]:
        """The files that nobody writes to any more, the oldest first. Raises `Locked`."""
        now = self._clock.now()
        seen: dict[Path, _Seen] = {}
        whole = []
        for path, size, changed in self._files():
            before = self._seen.get(path)
            if before is None or (before.size, before.changed) != (size, changed):
                before = _Seen(size, changed, now)
            seen[path] = before
            at = datetime.fromtimestamp(changed / 1e9, UTC)
            if size and (now - before.since >= _BETWEEN or now - at >= _LONG):
                whole.append((changed, path, size, at))
        self._seen = seen
        self._digests = {path: kept for path, kept in self._digests.items() if path in seen}
        found = []
        for changed, path, size, at in sorted(whole):
            digest = self._digest(path, size, changed)
            if digest:
                name = path.relative_to(self._path).as_posix()
                found.append(Export(path, name, min(at, now), digest, _site(name)))
        return found

    def _files(self) -> Iterator[tuple[Path, int, int]]:
        if not self._path.is_dir():
            raise Locked(
                f"the folder {self._path} is not there", remedy="make it, or correct its name"
            )

        def failed(error: OSError) -> None:
            raise Locked(
                f"cannot read {error.filename}: {error.strerror}",
                remedy="let the user syncd runs as read the folder and all in it",
            ) from error

        count = 0
        root = len(self._path.parts)
        for folder, below, names in os.walk(self._path, onerror=failed):
            here = Path(folder)
            if len(here.parts) - root >= _DEEPEST:
                below.clear()
            below[:] = sorted(name for name in below if not name.startswith("."))
            for name in sorted(names):
                if not _is_export(name) or count >= _MOST_FILES:
                    continue
                count += 1
                try:
                    about = (here / name).lstat()
                except OSError:
                    continue  # gone since it was listed
                if stat.S_ISREG(about.st_mode):
                    yield here / name, about.st_size, about.st_mtime_ns

    def _digest(self, path: Path, size: int, changed: int) -> str:
        """Of the content, computed once as long as the file stays the same; "": not to be had."""
        known = self._digests.get(path)
        if known is not None and known[:2] == (size, changed):
            return known[2]
        hashed = hashlib.blake2b(digest_size=20)
        try:
            with path.open("rb") as file:
                while piece := file.read(_PIECE):
                    hashed.update(piece)
        except OSError:
            return ""
        self._digests[path] = (size, changed, hashed.hexdigest())
        return hashed.hexdigest()


def _is_export(name: str) -> bool:
    lower = name.lower()
    return lower.endswith(_ENDINGS) and not (
        lower.startswith((".", "~$", "~")) or lower.endswith(_UNFINISHED)
    )


def _site(name: str) -> str:
    """The domain that a folder or the file is called by, the closest to the file first."""
    path = PurePosixPath(name)
    stem = path.name
    for ending in (*_ENDINGS, *_ENDINGS):
        stem = stem.removesuffix(ending)
    for part in (stem, *(parent.name for parent in path.parents)):
        word = part.lower().removeprefix("www.")
        labels = word.split(".")
        if len(labels) > 1 and all(label.replace("-", "").isalnum() for label in labels):
            found = registrable(word)
            if not labels[-1].isdigit() and found.count("."):
                return found
    return ""
