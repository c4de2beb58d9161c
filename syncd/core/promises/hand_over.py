"""Open tasks of teammates who left go to those who take over, whatever the tasks are about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from syncd.core.actions import ChangeTask
from syncd.core.identity import effect_key


@dataclass(frozen=True, slots=True)
class Leavers:
    """Who has left. `gone`: their addresses by their ids on the board; `heirs`: who takes over
    from each, by address.
    """

    gone: Mapping[str, str] = field(default_factory=dict)
    heirs: Mapping[str, str] = field(default_factory=dict)


def hand_over(
    promise: str, mark: str, assignee: str, written: str, leavers: Leavers
) -> ChangeTask | None:
    """The task goes to whoever takes over from its `assignee`, an id on the board.

    None where that one is still there, nobody takes over, or a person has given the task to
    somebody else than the one we have `written` there.
    """
    left = leavers.gone.get(written, "")
    heir = leavers.heirs.get(left, "")
    if not heir or assignee != written:
        return None
    return ChangeTask(
        effect_key(promise, "hand over", mark, left, heir),
        mark,
        f"Handed over from {left}, who has left, to {heir}.",
        assignee=heir,
        assignee_from=written,
    )
