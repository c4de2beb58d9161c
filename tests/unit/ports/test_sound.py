"""No answer makes the engine stumble: what a connector trips over is a verdict."""

from __future__ import annotations

from typing import Any

import pytest

from syncd.ports.board import TaskBoard
from syncd.ports.reading import READS, WRITES
from syncd.ports.sound import sound
from syncd.ports.verdicts import InDoubt, Locked, TryLater

STUMBLES = [
    AttributeError("a"), KeyError("k"), IndexError(), TypeError(), ValueError("v"),
    UnicodeDecodeError("utf-8", b"x", 0, 1, "no"), OverflowError(), ZeroDivisionError(),
    RecursionError(),
]  # fmt: skip


class Board:
    """Each method raises what it is told to."""

    traits = "its traits"

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __getattr__(self, name: str) -> Any:
        if name not in READS[TaskBoard] | WRITES[TaskBoard]:
            raise AttributeError(name)

        def method(*_given: Any, **_named: Any) -> Any:
            raise self.error

        return method


@pytest.mark.parametrize("error", STUMBLES, ids=lambda it: type(it).__name__)
def test_a_read_that_stumbles_is_tried_again_and_a_write_is_in_doubt(error: Exception):
    told: list[tuple[str, Exception]] = []
    board: Any = sound(Board(error), lambda name, one: told.append((name, one)), TaskBoard)
    for name in READS[TaskBoard]:
        with pytest.raises(TryLater, match=type(error).__name__):
            getattr(board, name)()
    for name in WRITES[TaskBoard]:
        with pytest.raises(InDoubt, match=type(error).__name__):
            getattr(board, name)(["one"])
    assert {name for name, _ in told} == READS[TaskBoard] | WRITES[TaskBoard]
    assert all(one is error for _, one in told)
    assert board.traits == "its traits"


def test_a_verdict_is_passed_on_and_a_mistake_of_ours_is_not_hidden():
    for error in (Locked("no"), AssertionError("ours"), MemoryError()):
        board: Any = sound(Board(error), lambda *_: None, TaskBoard)
        with pytest.raises(type(error)):
            board.changes(None, None)
