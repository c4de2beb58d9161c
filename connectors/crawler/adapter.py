"""`syncd.ports.crawl.LinkSource`, answered by a crawl of our own in a process of its own.

Scrapy's loop can run only once in a process, holds on to what it has, and must not be able
to bring the daemon down with it.
"""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import threading
from tempfile import TemporaryFile
from typing import IO, Any
from urllib.parse import urlsplit

from connectors._kit.addresses import Forbidden, check_url
from connectors._kit.processes import started
from connectors.crawler.order import END, LINK, PAGE, Task, told
from connectors.crawler.settings import CrawlerSettings
from syncd.core.facts import PageLink
from syncd.core.outbound import site_of
from syncd.ports.crawl import Export, Harvest, Order, Take
from syncd.ports.verdicts import Locked, Refused, TryLater

_LONGEST_LINE = 1_000_000
# What the process itself may need beyond the time it was given.
_GRACE_SECONDS = 120.0
_SAID = 2_000
_FEW = 5
EVERYWHERE = ("0.0.0.0/0", "::/0")


class Crawler:
    title = "syncd's crawler"

    def __init__(self, settings: CrawlerSettings) -> None:
        self._settings = settings

    def crawl(self, order: Order, take: Take) -> Harvest:
        if importlib.util.find_spec("scrapy") is None:
            raise Locked(
                "syncd was installed without its crawler",
                remedy="install syncd[crawl], crawl with Screaming Frog (--with "
                "screaming-frog), or take in an export (syncd import crawl FILE)",
            )
        task = self._task(order)
        argv = [sys.executable, "-m", "connectors.crawler.program"]
        with (
            TemporaryFile() as words,
            started(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=words) as process,
        ):
            assert process.stdin is not None
            assert process.stdout is not None
            # Closed only when this one ends: that is how the other knows.
            process.stdin.write(task.line())
            process.stdin.flush()
            limit = threading.Timer(task.minutes * 60 + _GRACE_SECONDS, process.kill)
            limit.daemon = True
            limit.start()
            try:
                end, links = _heard(process.stdout, take, order)
            finally:
                limit.cancel()
            if end is None:
                process.wait(_GRACE_SECONDS)
                words.seek(0)
                said = words.read()[-_SAID:].decode("utf-8", "replace").strip().splitlines()
                last = said[-1] if said else f"exit status {process.returncode}"
                raise Refused(f"the crawler ended before it was done: {last[:300]}")
        return _harvest(task, end, links)

    def read(
        self,
        stream: IO[bytes],  # noqa: ARG002 - a crawler of our own leaves no files
        name: str,
        take: Take,  # noqa: ARG002 - as above
        *,
        part: str = "",  # noqa: ARG002 - as above
        site: str = "",  # noqa: ARG002 - as above
        complete: bool = False,  # noqa: ARG002 - as above
    ) -> Harvest:
        raise Refused(f"{name}: {self.title} has no exports; Screaming Frog's are read")

    def exports(self) -> list[Export]:
        return []

    def _task(self, order: Order) -> Task:
        settings = self._settings
        starts = _starts(order.start)
        try:
            check_url(starts[0])
        except Forbidden as why:
            raise Refused(f"{order.start}: {why}") from why
        networks = [str(each) for each in settings.allow_private]
        contact = settings.contact or order.contact
        return Task(
            starts,
            site_of(starts[0]),
            f"{settings.user_agent} (+{contact})" if contact else settings.user_agent,
            settings.product,
            settings.pages if order.pages is None else order.pages,
            settings.depth,
            settings.pause_seconds,
            settings.seconds,
            int(settings.megabytes * 1_000_000),
            settings.minutes,
            [*networks, *EVERYWHERE] if order.allow_private else networks,
        )


def _starts(start: str) -> list[str]:
    """Where to begin: for a bare name its usual addresses, the likeliest first."""
    if "://" in start:
        return [start if urlsplit(start).path else f"{start}/"]
    host = start.strip().rstrip("/")
    found = [f"https://{host}/", f"http://{host}/"]
    return found if host.startswith("www.") or "/" in host else [*found, f"https://www.{host}/"]


def _heard(out: IO[bytes], take: Take, order: Order) -> tuple[dict[str, Any] | None, int]:
    """How it ended, None where it did not say, and how many links there were."""
    links = 0
    while line := out.readline(_LONGEST_LINE):
        if order.stop():
            raise TryLater("syncd is ending: the crawl is made another time")
        try:
            kind, *parts = told(line)
        except ValueError:
            return None, links
        if kind == LINK:
            links += 1
            take(PageLink(*parts))
        elif kind == PAGE:
            take(PageLink(parts[0]))
        elif kind == END:
            return parts[0], links
    return None, links


def _harvest(task: Task, end: dict[str, Any], links: int) -> Harvest:
    """Raises `Refused` where what came says nothing about the site."""
    pages, failed, denied = end["pages"], end["failed"], end["denied"]
    if not pages:
        trouble = end["trouble"] or "no page could be had"
        hint = ""
        if "not a public address" in trouble:
            hint = "; allow it with --allow-private, or for good in allow_private"
        elif "another site" in trouble:
            hint = "; crawl that one"
        raise Refused(f"{task.starts[0]}: {trouble}{hint}")
    if end["why"] == "refused" or (failed >= _FEW and failed > pages):
        raise Refused(
            f"{task.site}: {pages} pages were had and {failed} were not ({end['trouble']}); a "
            "site in trouble is crawled another time"
        )
    whole = end["why"] == "finished"
    words = []
    if not whole:
        limits = {"pages": "its limit of pages or depth", "time": f"{task.minutes:g} minutes"}
        words.append(f"it ended at {limits.get(end['why'], end['why'])}")
    if denied:
        words.append(f"robots.txt kept {denied} page{'' if denied == 1 else 's'}")
    return Harvest(pages + links, whole, ", ".join(words))
