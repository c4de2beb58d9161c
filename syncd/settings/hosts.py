"""The shipped lists of hosts that are nobody's relation, read once."""

from __future__ import annotations

from functools import cache

from syncd.core.outbound import HostRules
from syncd.settings.shipped import contents, shipped


@cache
def ignored_hosts() -> HostRules:
    """Every list in `config/hosts`. Raises `ValueError` naming a file's mistake."""
    ignored: set[str] = set()
    wanted: set[str] = set()
    anchors: set[str] = set()
    for file in sorted(shipped("hosts").iterdir(), key=lambda one: one.name):
        if not file.name.endswith(".yaml"):
            continue
        listed = contents(file)
        unknown = set(listed) - {"about", "hosts", "look_at", "credits"}
        if unknown:
            raise ValueError(f"config/hosts/{file.name}: unknown key {min(unknown)}")
        ignored.update(str(host).lower() for host in listed.get("hosts") or ())
        wanted.update(str(host).lower() for host in listed.get("look_at") or ())
        anchors.update(str(words).casefold() for words in listed.get("credits") or ())
    return HostRules(frozenset(ignored), frozenset(wanted), tuple(sorted(anchors)))
