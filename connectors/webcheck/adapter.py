"""`syncd.ports.web.LinkChecker`, answered by the open web."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from email.message import Message

from connectors.webcheck.reading import Source, read
from connectors.webcheck.robots import Robots
from connectors.webcheck.settings import WebcheckSettings
from connectors.webcheck.visiting import Limits, Visitor
from syncd.core.facts import Hop, Page, Trouble
from syncd.ports.manifest import Toolbox

_HTML = ("text/html", "application/xhtml+xml")
_REFRESHES = 3
_LONGEST_TYPE = 1_000


class WebLinkChecker:
    def __init__(self, settings: WebcheckSettings, tools: Toolbox) -> None:
        self._clock = tools.clock
        size = int(settings.megabytes * 1_000_000)
        self._limits = Limits(size, settings.redirects, _HTML)
        self._visitor = Visitor(settings, tools)
        self._robots = Robots(self._visitor, tools.clock, settings.product)

    def check(self, url: str, targets: Sequence[str]) -> Page:
        asked = url.partition("#")[0].strip()
        page, refresh = self._look(url, asked, (), targets)
        for _ in range(_REFRESHES):
            # A page that sends its reader on is a redirect like any other, unless it carries
            # the link itself.
            been = {page.final_url, *(hop.url for hop in page.hops)}
            if not refresh or page.links or refresh in been:
                break
            hops = (*page.hops, Hop(page.final_url, page.status))
            page, refresh = self._look(url, refresh, hops, targets)
        return page

    def _look(
        self, url: str, asked: str, before: tuple[Hop, ...], targets: Sequence[str]
    ) -> tuple[Page, str]:
        """The page, and where it sends its reader on, "" for nowhere."""
        answer, hops = self._visitor.journey(asked, self._limits, self._robots.forbid)
        page = Page(
            url,
            self._clock.now(),
            answer.status,
            answer.url,
            (*before, *hops),
            whole=answer.whole,
            trouble=answer.trouble,
            detail=answer.detail,
        )
        if page.trouble:
            return page, ""
        kind = answer.headers.get("Content-Type", "")
        if not 200 <= page.status < 300:
            words = f"it answered {page.status}"
            return replace(page, trouble=Trouble.STATUS, detail=words), ""
        if not kind.strip().lower().startswith(_HTML):
            words = f"it is {kind.partition(';')[0].strip() or 'of no stated kind'}"
            return replace(page, trouble=Trouble.NOT_HTML, detail=words), ""
        robots_tag = answer.headers.get("X-Robots-Tag", "")
        source = Source(answer.body, _charset(kind), answer.url, robots_tag, url)
        seen = read(source, targets)
        if seen is None:
            return replace(page, trouble=Trouble.NOT_HTML, detail="there is nothing on it"), ""
        page = replace(
            page,
            links=seen.links,
            noindex=seen.noindex,
            title=seen.title,
            canonical=seen.canonical,
            says_gone=seen.instead.says_gone,
        )
        if seen.instead.trouble and not seen.refresh:
            page = replace(page, trouble=seen.instead.trouble, detail=seen.instead.detail)
        return page, seen.refresh


def _charset(content_type: str) -> str:
    header = Message()
    header["Content-Type"] = content_type[:_LONGEST_TYPE]
    return header.get_content_charset("")
