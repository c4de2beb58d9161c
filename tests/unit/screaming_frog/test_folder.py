from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.screaming_frog.folder import Folder
from syncd.ports.verdicts import Locked
from tests.support.clock import DrivenClock

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def write(path: Path, content: bytes, at: datetime = NOW) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (at.timestamp(), at.timestamp()))


def names(folder: Folder) -> list[str]:
    return [export.name for export in folder.exports()]


@pytest.fixture
def clock() -> DrivenClock:
    return DrivenClock(NOW)


@pytest.fixture
def folder(tmp_path: Path, clock: DrivenClock) -> Folder:
    return Folder(tmp_path, clock)


def test_a_file_counts_once_it_has_stopped_growing(
    tmp_path: Path, folder: Folder, clock: DrivenClock
):
    write(tmp_path / "links.csv", b"a")
    assert names(folder) == []
    clock.advance(seconds=10)
    write(tmp_path / "links.csv", b"ab")
    assert names(folder) == []
    clock.advance(seconds=10)
    write(tmp_path / "links.csv", b"ab", NOW + timedelta(seconds=1))
    assert names(folder) == []
    clock.advance(seconds=10)
    assert names(folder) == ["links.csv"]
    assert names(folder) == ["links.csv"]


def test_two_looks_at_once_are_as_good_as_one(tmp_path: Path, folder: Folder, clock: DrivenClock):
    write(tmp_path / "links.csv", b"a")
    folder.exports()
    clock.advance(seconds=1)
    assert names(folder) == []


def test_a_file_from_long_ago_is_whole_at_the_first_look(tmp_path: Path, folder: Folder):
    write(tmp_path / "links.csv", b"a", NOW - timedelta(minutes=6))
    (found,) = folder.exports()
    assert found.at == NOW - timedelta(minutes=6)
    assert found.path == tmp_path / "links.csv"


def test_the_oldest_comes_first_and_contents_tell_files_apart(tmp_path: Path, folder: Folder):
    write(tmp_path / "b.csv", b"same", NOW - timedelta(days=2))
    write(tmp_path / "a.csv", b"same", NOW - timedelta(days=1))
    write(tmp_path / "new/c.csv.gz", b"other", NOW - timedelta(days=3))
    found = folder.exports()
    assert [each.name for each in found] == ["new/c.csv.gz", "b.csv", "a.csv"]
    assert found[1].digest == found[2].digest != found[0].digest


@pytest.mark.parametrize(
    "name",
    [
        "notes.md",
        ".hidden.csv",
        "~$links.xlsx",
        "links.csv.part",
        ".git/links.csv",
        "a/b/c/d/e/links.csv",
        "crawl.dbseospider",
    ],
)
def test_what_is_no_export_is_not_looked_at(tmp_path: Path, folder: Folder, name: str):
    write(tmp_path / name, b"a", NOW - timedelta(days=1))
    assert names(folder) == []


def test_empty_files_and_links_to_elsewhere_are_not_looked_at(tmp_path: Path, folder: Folder):
    write(tmp_path / "empty.csv", b"", NOW - timedelta(days=1))
    (tmp_path / "secret.csv").symlink_to("/etc/hostname")
    assert names(folder) == []


@pytest.mark.parametrize(
    ("name", "site"),
    [
        ("blog.example/external_all.csv", "blog.example"),
        ("www.blog.co.uk.csv.gz", "blog.co.uk"),
        ("2026.11.23.10.00.00/external_all.csv", ""),
        ("friends/jane.blogspot.com/2026.11.23.10.00.00/x.zip", "jane.blogspot.com"),
        ("external_links.csv", ""),
    ],
)
def test_a_folder_or_file_may_be_called_by_its_site(
    tmp_path: Path, folder: Folder, name: str, site: str
):
    write(tmp_path / name, b"a", NOW - timedelta(days=1))
    (found,) = folder.exports()
    assert found.site == site


def test_a_folder_that_is_not_there_is_told_with_the_remedy(tmp_path: Path, clock: DrivenClock):
    with pytest.raises(Locked) as told:
        Folder(tmp_path / "none", clock).exports()
    assert "not there" in str(told.value)
    assert told.value.remedy


def test_a_file_is_read_for_its_digest_only_when_it_changed(
    tmp_path: Path, folder: Folder, monkeypatch: pytest.MonkeyPatch
):
    write(tmp_path / "links.csv", b"a", NOW - timedelta(days=1))
    before = folder.exports()

    def never(*_given: object, **_more: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr(Path, "open", never)
    assert folder.exports() == before
