"""Screaming Frog's SEO Spider: its exports, and the program where it is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.screaming_frog.settings import ScreamingFrogSettings
from syncd.ports.manifest import Finding, Manifest, Role, Toolbox, Wants

if TYPE_CHECKING:
    from syncd.ports.crawl import LinkSource


def _links(settings: ScreamingFrogSettings, tools: Toolbox) -> LinkSource:
    from connectors.screaming_frog.adapter import ScreamingFrog

    return ScreamingFrog(settings, tools)


def _probe(settings: ScreamingFrogSettings, _tools: Toolbox, _wants: Wants) -> list[Finding]:
    from connectors.screaming_frog.probe import probe

    return probe(settings)


MANIFEST = Manifest(
    kind="screaming_frog",
    title="Screaming Frog",
    settings=ScreamingFrogSettings,
    ports={Role.CRAWL: _links},
    probe=_probe,
)
