"""A polite crawler of our own, for where Screaming Frog is not installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.crawler.settings import CrawlerSettings
from syncd.ports.manifest import Finding, Manifest, Role, Toolbox, Wants

if TYPE_CHECKING:
    from syncd.ports.crawl import LinkSource


def _links(settings: CrawlerSettings, _tools: Toolbox) -> LinkSource:
    from connectors.crawler.adapter import Crawler

    return Crawler(settings)


def _probe(settings: CrawlerSettings, _tools: Toolbox, _wants: Wants) -> list[Finding]:
    from connectors.crawler.probe import probe

    return probe(settings)


MANIFEST = Manifest(
    kind="crawler",
    title="syncd's crawler",
    settings=CrawlerSettings,
    ports={Role.CRAWL: _links},
    probe=_probe,
)
