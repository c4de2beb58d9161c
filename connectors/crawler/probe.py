"""Whether a crawl of our own could be made here."""

from __future__ import annotations

import importlib.util

from connectors.crawler.settings import CrawlerSettings
from syncd.ports.manifest import Finding, State


def probe(_settings: CrawlerSettings) -> list[Finding]:
    name = "crawler.program"
    if importlib.util.find_spec("scrapy") is None:
        words = "syncd was installed without its crawler"
        return [Finding(name, State.FAIL, words, remedy="install syncd[crawl]")]
    return [Finding(name, State.OK, "sites can be crawled")]
