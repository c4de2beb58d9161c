"""Against a program that takes and fails what facts/screaming-frog.md says the real one does."""

from __future__ import annotations

import json
import os
import stat
import sys
import time
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from connectors.screaming_frog.program import Spider
from connectors.screaming_frog.settings import ScreamingFrogSettings
from syncd.core.facts import PageLink
from syncd.ports.crawl import Order
from syncd.ports.verdicts import Locked, Refused, TryLater
from tests.unit.screaming_frog.exports import export, link, some

PROGRAM = dedent(
    """\
    #!{python}
    import json, pathlib, subprocess, sys, time
    here = pathlib.Path(__file__).parent
    manner = json.loads((here / "manner.json").read_text())
    with (here / "asked.jsonl").open("a") as asked:
        asked.write(json.dumps(sys.argv[1:]) + "\\n")
    if sys.argv[1] == "--help":
        print(manner["help"])
        sys.exit(0)
    given = dict(zip(sys.argv[1:], sys.argv[2:]))
    known = [line.strip() for line in manner["help"].splitlines()]
    for name in given["--bulk-export"].split(","):
        if name not in known:
            print(f"2026-11-23 09:00:00 FATAL - Unknown bulk export: {{name}}")
            sys.exit(0)
    if manner.get("fatal"):
        print(manner["fatal"])
        sys.exit(1)
    if manner.get("hang"):
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        (here / "child").write_text(str(child.pid))
        time.sleep(60)
    out = pathlib.Path(given["--output-folder"]) / "2026.11.23.09.00.00"
    assert out.parent.is_dir() and not list(out.parent.iterdir())
    out.mkdir()
    for name in given["--bulk-export"].split(","):
        file = name.removeprefix("Links:").lower().replace(" ", "_") + ".csv"
        if (here / file).exists():
            (out / file).write_bytes((here / file).read_bytes())
    print("Crawl complete.")
    """
)
NEW = "Bulk Export Options:\n  Links:All Inlinks\n  Links:External Links\n  Links:All Outlinks\n"
OLD = "All Inlinks\nAll Outlinks\nExternal Links\n"
ORDER = Order("https://blog.example/")
ROWS = [link("https://blog.example/", "https://blog.example/2"), *some(3)]


class Fake:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "screamingfrogseospider"
        self.path.write_text(PROGRAM.format(python=sys.executable))
        self.path.chmod(self.path.stat().st_mode | stat.S_IXUSR)
        self.behave()

    def behave(self, **manner: Any) -> None:
        (self.folder / "manner.json").write_text(json.dumps({"help": NEW} | manner))

    def exports(self, **files: bytes) -> None:
        for name, content in files.items():
            (self.folder / f"{name}.csv").write_bytes(content)

    def asked(self) -> list[list[str]]:
        lines = (self.folder / "asked.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines]

    def spider(self, **given: Any) -> Spider:
        return Spider(ScreamingFrogSettings(kind="screaming_frog", command=str(self.path), **given))


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    folder = tmp_path / "a folder"
    folder.mkdir()
    return Fake(folder)


def crawled(spider: Spider, order: Order = ORDER) -> list[PageLink]:
    found: list[PageLink] = []
    spider.crawl(order, found.append)
    return found


def test_it_is_run_headless_and_asked_for_links_by_the_names_it_knows(fake: Fake):
    fake.exports(all_outlinks=export(ROWS), external_links=export(some(3)))
    spider = fake.spider(config=fake.folder / "outlinks.seospiderconfig")
    assert len(crawled(spider)) == 4  # all outlinks: only they tell of pages without links out
    helped, asked = fake.asked()
    assert helped == ["--help", "bulk-export"]
    assert asked[:3] == ["--crawl", "https://blog.example/", "--headless"]
    given = dict(zip(asked[3::2], asked[4::2], strict=True))
    assert given["--bulk-export"] == "Links:External Links,Links:All Outlinks"
    assert given["--export-format"] == "csv"
    assert given["--config"].endswith("outlinks.seospiderconfig")
    assert not Path(given["--output-folder"]).exists()
    crawled(spider)
    assert len(fake.asked()) == 3  # names are asked for once


def test_an_older_version_is_asked_by_its_own_names(fake: Fake):
    fake.behave(help=OLD)
    fake.exports(external_links=export(some(3)))
    assert len(crawled(fake.spider())) == 3
    given = fake.asked()[1]
    assert given[given.index("--bulk-export") + 1] == "External Links,All Outlinks"


def test_a_program_that_knows_neither_name_is_refused_before_the_crawl(fake: Fake):
    fake.behave(help="Usage: frog [options]")
    with pytest.raises(Refused, match="is it Screaming Frog"):
        crawled(fake.spider())
    assert len(fake.asked()) == 1


@pytest.mark.parametrize(
    ("fatal", "verdict", "words"),
    [
        ("2026 FATAL - Crawl database is locked", Refused, "Crawl database is locked"),
        ("FATAL - A licence is required to use --config", Locked, "licence"),
        ("FATAL - eula not accepted", Locked, "eula"),
        ("FATAL java.awt.HeadlessException: No X11 DISPLAY", Locked, "HeadlessException"),
    ],
)
def test_a_fatal_word_of_the_program_is_told(
    fake: Fake, fatal: str, verdict: type[Exception], words: str
):
    fake.behave(fatal=f"starting\n{fatal}\nmore")
    with pytest.raises(verdict, match=words):
        crawled(fake.spider())


def test_names_are_asked_for_again_after_a_fatal_word(fake: Fake):
    spider = fake.spider()
    spider.export_names()
    fake.behave(help=OLD)  # it was updated meanwhile
    with pytest.raises(Refused, match="Unknown bulk export"):
        crawled(spider)
    fake.exports(all_outlinks=export(ROWS))
    assert len(crawled(spider)) == 4


def test_a_header_alone_means_that_its_window_is_open(fake: Fake):
    fake.exports(all_outlinks=export([]), external_links=export([]))
    with pytest.raises(Refused, match="window is open"):
        crawled(fake.spider())


def test_a_site_without_links_out_is_told_apart_from_that(fake: Fake):
    fake.exports(all_outlinks=export(ROWS[:1]), external_links=export([]))
    assert [found.target for found in crawled(fake.spider())] == ["https://blog.example/2"]


def test_a_crawl_cut_off_at_five_hundred_is_refused_unless_it_is_complete(fake: Fake):
    fake.exports(all_outlinks=export(some(500)))
    with pytest.raises(Refused, match="exactly 500 pages"):
        crawled(fake.spider())
    assert len(crawled(fake.spider(), Order(ORDER.start, complete=True))) == 500


def test_a_run_without_an_export_is_no_empty_site(fake: Fake):
    with pytest.raises(Refused, match="without an export"):
        crawled(fake.spider())


def test_a_program_that_is_not_there_is_told_with_the_remedy(tmp_path: Path):
    spider = Spider(ScreamingFrogSettings(kind="screaming_frog", command=str(tmp_path / "frog")))
    with pytest.raises(Locked) as told:
        crawled(spider)
    assert "--with crawler" in told.value.remedy


def gone(pid: int) -> bool:
    """Within seconds: who has no parent left is reaped by another process."""
    for _ in range(100):
        try:
            os.kill(pid, 0)
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (ProcessLookupError, FileNotFoundError):
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def test_one_that_takes_too_long_is_ended_with_all_it_started(fake: Fake):
    fake.behave(hang=True)
    with pytest.raises(Refused, match="not done after"):
        crawled(fake.spider(hours=1.5 / 3600))
    assert gone(int((fake.folder / "child").read_text()))


def test_a_daemon_that_ends_does_not_wait_for_it(fake: Fake):
    fake.behave(hang=True)
    order = Order(ORDER.start, stop=(fake.folder / "child").exists)
    with pytest.raises(TryLater):
        crawled(fake.spider(), order)
    assert gone(int((fake.folder / "child").read_text()))
