"""The connectors that syncd itself brings, as the settings see them."""

from __future__ import annotations

from connectors.registry import BUILT_IN, manifests
from syncd.settings.kinds import KindModel

INSTALLED = {
    kind: KindModel(manifest.settings, frozenset(manifest.ports), manifest.title)
    for kind, manifest in manifests().items()
    if kind in BUILT_IN
}
