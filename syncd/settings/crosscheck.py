"""What one section demands of another, looked at before any of them is known to be right.

On plain values, so that a slip in one campaign does not hide a missing board.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from syncd.ports.manifest import Role
from syncd.settings.kinds import KindModel
from syncd.settings.people import segment_slips
from syncd.settings.plan_slips import plan_slips
from syncd.settings.problems import Loc

_OFF = {"false", "no", "off", "0", "n", "f"}
_STEPS = "is missing: the waits before each task, e.g. [3 business days, 5 business days]"
_BOARD = "is missing: where the tasks go, {project: NAME, task_list: NAME}"
_SERVER = (
    "is cluster, which needs a state that several machines can reach; write store: "
    "postgresql://user@host/name"
)

Finding = tuple[Loc, str]


def crosscheck(data: Mapping[Any, Any], kinds: Mapping[str, KindModel]) -> Iterator[Finding]:
    """Where and what, for everything that does not fit together."""
    follow_ups = list(_follow_ups(data))
    yield from _complete(follow_ups)
    on_board = any(_has_board(data, section) for section in ("alarms", "links")) or any(
        _mapping(campaign.get("plan")) is not None for _, campaign in _items(data.get("campaigns"))
    )
    yield from _connectors(data.get("connectors"), kinds, wants_board=bool(follow_ups) or on_board)
    yield from _twice(data.get("campaigns"), "id")
    yield from _twice(data.get("campaigns"), "name")
    yield from segment_slips(data)
    if data.get("runtime") == "cluster" and not _on_server(data.get("store")):
        yield ("runtime",), _SERVER
    for at, campaign in _items(data.get("campaigns")):
        yield from ((("campaigns", at, *loc), words) for loc, words in plan_slips(campaign))


def _on_server(store: Any) -> bool:
    return _mapping(store) is not None or (isinstance(store, str) and "://" in store)


def _has_board(data: Mapping[Any, Any], section: str) -> bool:
    found = _mapping(data.get(section))
    return found is not None and found.get("board") is not None


def _follow_ups(data: Mapping[Any, Any]) -> Iterator[tuple[Loc, Mapping[Any, Any]]]:
    """Every follow-up section that is on, completed from the top-level one."""
    outer = _mapping(data.get("follow_up"))
    if outer is not None and not _is_off(outer):
        yield ("follow_up",), outer
    for at, campaign in _items(data.get("campaigns")):
        own = _mapping(campaign.get("follow_up"))
        if own is not None:
            said = {key: value for key, value in own.items() if value is not None}
            whole = {**(outer or {}), **said}
            if not _is_off(whole):
                yield ("campaigns", at, "follow_up"), whole


def _complete(follow_ups: list[tuple[Loc, Mapping[Any, Any]]]) -> Iterator[Finding]:
    blamed: set[str] = set()
    for loc, section in follow_ups:
        for key, words in (("steps", _STEPS), ("board", _BOARD)):
            # What the top-level section lacks, a campaign lacks for the same reason.
            if section.get(key) is None and key not in blamed:
                yield (*loc, key), words
                if loc == ("follow_up",):
                    blamed.add(key)


def _connectors(
    given: Any, kinds: Mapping[str, KindModel], *, wants_board: bool
) -> Iterator[Finding]:
    connectors = _mapping(given)
    if connectors is None:
        return
    filled: dict[Role, list[str]] = {role: [] for role in Role}
    crawlers: dict[str, str] = {}
    known = True
    for name, connector in connectors.items():
        kind = connector.get("kind") if isinstance(connector, Mapping) else None
        if not isinstance(kind, str) or kind not in kinds:
            known = False
            continue
        for role in kinds[kind].roles:
            filled[role].append(str(name))
        if Role.CRAWL in kinds[kind].roles and crawlers.setdefault(kind, str(name)) != str(name):
            words = f"a second {kind} beside {crawlers[kind]}; keep one of them"
            yield ("connectors", name), words
    for role in (Role.CRM, Role.BOARD, Role.WEB):
        for name in filled[role][1:]:
            yield (
                ("connectors", name),
                f"a second {role} beside {filled[role][0]}; keep one of them",
            )
    # A connector of unknown kind may be the one that is missing; its own message will do.
    for role in (Role.MAIL, Role.CRM, *([Role.BOARD] if wants_board else [])):
        if known and not filled[role]:
            fitting = sorted(kind for kind, it in kinds.items() if role in it.roles)
            otherwise = ", or leave follow_up and plan out" if role is Role.BOARD else ""
            yield (
                ("connectors",),
                f"no connector is a {role}; add one, kind: {' or '.join(fitting)}{otherwise}",
            )


def _twice(campaigns: Any, key: str) -> Iterator[Finding]:
    seen: dict[str, int] = {}
    for at, campaign in _items(campaigns):
        word = campaign.get(key)
        if not isinstance(word, str):
            continue
        first = seen.setdefault(word.strip().casefold(), at)
        if first != at:
            yield ("campaigns", at, key), f"is also the {key} of campaigns[{first}]; choose another"


def _items(given: Any) -> Iterator[tuple[int, Mapping[Any, Any]]]:
    if isinstance(given, list):
        yield from ((at, item) for at, item in enumerate(given) if isinstance(item, Mapping))


def _mapping(given: Any) -> Mapping[Any, Any] | None:
    return given if isinstance(given, Mapping) else None


def _is_off(section: Mapping[Any, Any]) -> bool:
    return str(section.get("enabled", "true")).lower() in _OFF
