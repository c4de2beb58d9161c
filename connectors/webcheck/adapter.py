"""`syncd.ports.web.LinkChecker`, answered by the open web."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from email.message import Message

from connectors.webcheck.reading import read
from connectors.webcheck.robots import Robots
from connectors.webcheck.settings import WebcheckSettings
from connectors.webcheck.visiting import Limits, Visitor
from syncd.core.facts import Page, Trouble
from syncd.ports.manifest import Toolbox

_HTML = ("text/html", "application/xhtml+xml")


class WebLinkChecker:
    def __init__(self, settings: WebcheckSettings, tools: Toolbox) -> None:
        self._clock = tools.clock
        size = int(settings.megabytes * 1_000_000)
        self._limits = Limits(size, settings.redirects, _HTML)
        self._visitor = Visitor(settings, tools)
        self._robots = Robots(self._visitor, tools.clock, settings.product)

    def check(self, url: str, targets: Sequence[str]) -> Page:
        asked = url.partition("#")[0].strip()
        answer, hops = self._visitor.journey(asked, self._limits, self._robots.forbid)
        page = Page(
            url,
            self._clock.now(),
            answer.status,
            answer.url,
            hops,
            whole=answer.whole,
            trouble=answer.trouble,
            detail=answer.detail,
        )
        if page.trouble:
            return page
        kind = answer.headers.get("Content-Type", "")
        if not 200 <= page.status < 300:
            return replace(page, trouble=Trouble.STATUS, detail=f"it answered {page.status}")
        if not kind.strip().lower().startswith(_HTML):
            words = f"it is {kind.partition(';')[0].strip() or 'of no stated kind'}"
            return replace(page, trouble=Trouble.NOT_HTML, detail=words)
        robots_tag = answer.headers.get("X-Robots-Tag", "")
        seen = read(answer.body, _charset(kind), answer.url, robots_tag, targets)
        if seen is None:
            return replace(page, trouble=Trouble.NOT_HTML, detail="there is nothing on it")
        return replace(page, links=seen.links, noindex=seen.noindex)


def _charset(content_type: str) -> str:
    header = Message()
    header["Content-Type"] = content_type
    return header.get_content_charset("")
