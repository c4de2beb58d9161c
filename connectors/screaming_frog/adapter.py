"""`syncd.ports.crawl.LinkSource`, answered by Screaming Frog."""

from __future__ import annotations

from typing import IO

from connectors.screaming_frog.folder import Folder
from connectors.screaming_frog.importing import take_export
from connectors.screaming_frog.program import Spider
from connectors.screaming_frog.settings import ScreamingFrogSettings
from syncd.ports.crawl import Export, Harvest, Order, Take
from syncd.ports.manifest import Toolbox


class ScreamingFrog:
    title = "Screaming Frog"

    def __init__(self, settings: ScreamingFrogSettings, tools: Toolbox) -> None:
        self._spider = Spider(settings)
        self._folder = Folder(settings.folder, tools.clock) if settings.folder else None

    def crawl(self, order: Order, take: Take) -> Harvest:
        return self._spider.crawl(order, take)

    def read(
        self,
        stream: IO[bytes],
        name: str,
        take: Take,
        *,
        part: str = "",
        site: str = "",
        complete: bool = False,
    ) -> Harvest:
        return take_export(stream, name, take, part=part, site=site, complete=complete)

    def exports(self) -> list[Export]:
        return self._folder.exports() if self._folder is not None else []
