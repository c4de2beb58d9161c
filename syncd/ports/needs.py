"""What must stand in a service before syncd can work there, shown before it is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Requirement:
    """One missing thing: a property, an option, a custom field, a list.

    `handle` names it within its service and is stable between runs (e.g.
    "property:syncd_stage"); `summary` is one line for a person; `body` is what the
    connector needs to make it, as JSON values. Making it twice makes it once: the
    connector looks first.
    """

    handle: str
    summary: str
    body: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Readiness:
    """`handles`: the service's ids of what stands, by handle. `missing`: in making order.

    The engine keeps the handles (those found and those made) and gives them back through
    the port's `use(handles)` at the next start, so that a restart reads nothing.
    """

    handles: Mapping[str, str]
    missing: tuple[Requirement, ...] = ()
    notes: tuple[str, ...] = ()
