"""The crawl itself, inside a process of its own (Twisted's loop runs once in a process).

All that is asked for goes through `_visit`, redirects and robots.txt too: one place says
where we go.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request, Spider, signals
from scrapy.exceptions import CloseSpider, StopDownload
from scrapy.http import Response
from scrapy.linkextractors import IGNORED_EXTENSIONS
from twisted.python.failure import Failure
from w3lib.url import canonicalize_url

from connectors._kit.addresses import Forbidden, check_url, fit
from connectors.crawler import network
from connectors.crawler.order import End, Task
from connectors.crawler.reading import joined, read
from syncd.core.facts import PageLink
from syncd.core.outbound import host_of, registrable_host

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_HOPS = 8
_HTML = (b"text/html", b"application/xhtml+xml")
# RFC 9309: at least this much of robots.txt is read.
_ROBOTS_SIZE = 500 * 1024
_MOST_ORIGINS = 50
_LONGEST_PAUSE = 60.0
# A site that asks us so often to come later wants to be left alone.
_MOST_REFUSALS = 5
# How many requests a page that counts may cost: other types, errors, redirects.
_REQUESTS_PER_PAGE = 4
_SKIPPED = tuple(f".{ending}" for ending in IGNORED_EXTENSIONS)

Tell = Callable[..., None]


class Pages(Spider):
    name = "pages"

    def __init__(self, task: Task, tell: Tell, **more: Any) -> None:
        super().__init__(**more)
        self._task = task
        self._tell = tell
        self._starts = list(task.starts)
        self._seen: set[str] = set()
        self._rules: dict[str, Protego | None] = {}
        self._waiting: dict[str, list[tuple[str, int, int]]] = {}
        self._budget = task.pages * _REQUESTS_PER_PAGE + 100
        self._pause = task.pause
        self._refusals = 0
        self._left = False
        self.pages = self.failed = self.denied = 0
        self.trouble = ""

    @classmethod
    def from_crawler(cls, crawler: Any, *args: Any, **more: Any) -> Pages:
        spider = super().from_crawler(crawler, *args, **more)
        crawler.signals.connect(spider.headers_came, signal=signals.headers_received)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        if not network.state.installed:
            # A version of Scrapy that takes its resolver another way: no crawl is safe then.
            self.trouble = "this version of Scrapy does not let addresses be checked"
            return
        for request in self._next_start():
            yield request

    def closed(self, reason: str) -> None:
        known = {"finished": "pages" if self._left else "finished", "closespider_timeout": "time"}
        why = known.get(reason, reason)
        self._tell("end", End(why, self.pages, self.failed, self.denied, self.trouble))

    def _next_start(self) -> Iterator[Request]:
        if self._starts and not self.pages:
            yield from self._visit(self._starts.pop(0), 0, 0)

    def _visit(self, url: str, depth: int, hops: int) -> Iterator[Request]:
        """What has to be asked to have this page, if it is one we look at."""
        try:
            check_url(url)
        except Forbidden as why:
            self.trouble = self.trouble or str(why)
            return
        if registrable_host(host_of(url)) != self._task.site:
            if not self.pages and depth == 0:
                self.trouble = f"it leads to {host_of(url)}, which is another site"
            return
        address = canonicalize_url(url)
        if address in self._seen or urlsplit(url).path.lower().endswith(_SKIPPED):
            return
        if len(self._seen) >= self._budget:
            self._left = True
            return
        self._seen.add(address)
        yield from self._allowed(url, depth, hops)

    def _allowed(self, url: str, depth: int, hops: int) -> Iterator[Request]:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin in self._waiting:
            self._waiting[origin].append((url, depth, hops))
        elif origin not in self._rules:
            if len(self._rules) >= _MOST_ORIGINS:
                self._left = True
                return
            self._waiting[origin] = [(url, depth, hops)]
            yield self._robots(origin, f"{origin}/robots.txt", 0)
        else:
            rules = self._rules[origin]
            if rules is not None and not rules.can_fetch(url, self._task.product):
                self.denied += 1
                self.trouble = self.trouble or "its robots.txt asks us not to"
                return
            kept = {"depth_of": depth, "hops": hops}
            yield self._request(url, self._page, self._lost, kept, priority=-depth)

    def _request(
        self,
        url: str,
        callback: Callable[..., Any],
        errback: Callable[..., Any],
        kept: dict[str, Any],
        priority: int = 0,
    ) -> Request:
        # One queue for the whole site, whichever of its hosts: it is one machine as a rule.
        meta = {"download_slot": self._task.site, **kept}
        if self._pause > self._task.pause:
            meta["autothrottle_dont_adjust_delay"] = True
        return Request(
            url,
            callback=callback,
            errback=errback,
            meta=meta,
            priority=priority,
            dont_filter=True,
        )

    def _robots(self, origin: str, url: str, hops: int) -> Request:
        kept = {"origin": origin, "hops": hops, "robots": True, "download_maxsize": _ROBOTS_SIZE}
        return self._request(url, self._ruled, self._unruled, kept, priority=1000)

    def _ruled(self, response: Response) -> Iterator[Request]:
        origin, hops = response.meta["origin"], response.meta["hops"]
        if response.status in _REDIRECTS and hops < _MOST_HOPS:
            there = joined(response.url, _header(response, "Location"))
            if _may_be_asked(there) and registrable_host(host_of(there)) == self._task.site:
                yield self._robots(origin, there, hops + 1)
                return
        rules: Protego | None = None
        if response.status == 429 or response.status >= 500:
            # A site in trouble, or one that wants to be left alone: the RFC says keep out.
            rules = Protego.parse("User-agent: *\nDisallow: /")
        elif 200 <= response.status < 300:
            rules = Protego.parse(response.body[:_ROBOTS_SIZE].decode("utf-8-sig", "replace"))
            self._slow_down(rules.crawl_delay(self._task.product) or 0.0)
        yield from self._release(origin, rules)

    def _unruled(self, failure: Failure) -> Iterator[Request]:
        """No answer: the page itself would fare no better, and the cause is the same."""
        origin = failure.request.meta["origin"]  # type: ignore[attr-defined] # set by Scrapy
        self._waiting.pop(origin, None)
        self.failed += 1
        self.trouble = _cause(failure, host_of(origin))
        yield from self._next_start()

    def _release(self, origin: str, rules: Protego | None) -> Iterator[Request]:
        self._rules[origin] = rules
        for url, depth, hops in self._waiting.pop(origin, []):
            yield from self._allowed(url, depth, hops)

    def _page(self, response: Response) -> Iterable[Request]:
        depth, hops = response.meta["depth_of"], response.meta["hops"]
        if response.ip_address is not None and not fit(
            str(response.ip_address), network.state.allowed
        ):
            self.trouble = f"it came from {response.ip_address}, which is not a public address"
            raise CloseSpider("refused")
        if response.status in _REDIRECTS:
            there = joined(response.url, _header(response, "Location"))
            return self._visit(there, depth, hops + 1) if hops < _MOST_HOPS else ()
        if response.status in {429, 503}:
            return self._later(response)
        if response.status != 200:
            self.failed += 1
            self.trouble = self.trouble or f"it answers {response.status}"
            return ()
        if not _is_html(response.headers):
            self.trouble = self.trouble or "it is no web page"
            return ()
        return self._read(response, depth)

    def _read(self, response: Response, depth: int) -> Iterator[Request]:
        if self.pages >= self._task.pages:
            raise CloseSpider("pages")
        self.pages += 1
        self._tell("page", response.url)
        seen = read(response.body, getattr(response, "encoding", ""), response.url)
        deeper = []
        for link in seen.links:
            if registrable_host(host_of(link.target)) == self._task.site:
                deeper.append(link)
            else:
                self._tell("link", link)
        if depth < self._task.depth:
            for link in deeper:
                yield from self._visit(link.target, depth + 1, 0)
        elif any(self._is_new(link) for link in deeper):
            self._left = True

    def _is_new(self, link: PageLink) -> bool:
        return canonicalize_url(link.target) not in self._seen

    def _later(self, response: Response) -> Iterable[Request]:
        self._refusals += 1
        if self._refusals > _MOST_REFUSALS:
            self.trouble = self.trouble or f"it asks us to come later ({response.status})"
            raise CloseSpider("refused")
        asked = _header(response, "Retry-After")
        self._slow_down(float(asked) if asked.isdecimal() else max(5.0, 2 * self._pause))
        request = response.request
        assert request is not None
        return [request.replace(dont_filter=True)]

    def _lost(self, failure: Failure) -> Iterator[Request]:
        self.failed += 1
        request = failure.request  # type: ignore[attr-defined] # set by Scrapy
        self.trouble = self.trouble or _cause(failure, host_of(request.url))
        yield from self._next_start()

    def _slow_down(self, seconds: float) -> None:
        """A pause of the site's own choosing, where it is longer than ours."""
        if seconds <= self._pause:
            return
        self._pause = min(seconds, _LONGEST_PAUSE)
        engine = self.crawler.engine
        assert engine is not None
        site, downloader = self._task.site, engine.downloader
        downloader.per_slot_settings[site] = {"concurrency": 1, "delay": self._pause}
        if site in downloader.slots:
            downloader.slots[site].delay = self._pause

    def headers_came(self, headers: Any, request: Request, **_more: Any) -> None:
        """Pictures, films and archives are not fetched, whatever they are called."""
        if not request.meta.get("robots") and not _is_html(headers):
            raise StopDownload(fail=False)


def _may_be_asked(url: str) -> bool:
    try:
        check_url(url)
    except Forbidden:
        return False
    return True


def _is_html(headers: Any) -> bool:
    kind = headers.get(b"Content-Type") or b""
    return bool(kind.strip().lower().startswith(_HTML))


def _header(response: Response, name: str) -> str:
    value = response.headers.get(name)
    return value.decode("latin-1").strip() if value else ""


def _cause(failure: Failure, host: str) -> str:
    """The kind of failure alone: the words of exceptions repeat whole addresses."""
    if host in network.state.refused:
        return network.state.refused[host]
    return f"no answer ({failure.type.__name__ if failure.type else 'unknown'})"
