"""Bugs that the fault matrix found once, small enough for a quick test each."""

from __future__ import annotations

from tests.mutants.bug import Bug

FINDS = ("tests/unit/engine/test_matrix_finds.py",)

FAULT_BUGS = (
    Bug(
        "a mailbox that has not shown its copy of a message is not waited for",
        "syncd/engine/gather.py",
        "    theirs += {one.mailbox for one in found.messages}.difference(theirs)\n",
        "",
        FINDS,
    ),
    Bug(
        "why a task was closed is left unsaid where the first try failed",
        "syncd/store/ledger.py",
        "    not_(and_(effects.c.kind == _EXPLAINS, effects.c.attempts > 0)),\n",
        "",
        FINDS,
    ),
    Bug(
        "what a clock years ahead put off waits for years",
        "syncd/store/ledger.py",
        '            effects.c.not_before > bindparam("far"),\n',
        "",
        FINDS,
    ),
    Bug(
        "what a clock years ahead sent is in doubt for years",
        "syncd/engine/deliver.py",
        "            ledger.sent_by_a_wrong_clock(tx, effect.key, now)\n",
        "",
        FINDS,
    ),
    Bug(
        "a full disk in the middle of a checkpoint is called damage",
        "syncd/store/standing.py",
        "    if words and not mended:\n",
        "    if words:\n",
        FINDS,
    ),
)
