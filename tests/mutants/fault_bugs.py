"""Bugs that the fault matrix found once, small enough for a quick test each."""

from __future__ import annotations

from tests.mutants.bug import Bug

FINDS = ("tests/unit/engine/test_matrix_finds.py",)
MISSES = ("tests/unit/engine/test_misses.py",)
LOST = ("tests/unit/engine/test_lost.py",)

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
    Bug(
        "tasks that were never sent count as sent when a process dies",
        "syncd/engine/handlers/handler.py",
        "    def size(self) -> int:\n        return 1\n",
        "    def size(self) -> int:\n        return 10\n",
        MISSES,
    ),
    Bug(
        "what was put off counts as sent in vain",
        "syncd/engine/deliver.py",
        "        missed = misses.of(effect.note) + 1\n",
        "        missed = max(misses.of(effect.note) + 1, effect.attempts)\n",
        MISSES,
    ),
    Bug(
        "misses are forgotten when it is decided again",
        "syncd/store/ledger.py",
        '            fields["note"] = misses.kept(row, fields["note"])\n',
        "",
        MISSES,
    ),
    Bug(
        "a new state that finds tasks of ours on the board begins afresh",
        "syncd/engine/observe.py",
        "        if first and (words := lost.look(ctx, tx, found.tasks)):\n",
        '        if first and (words := ""):\n',
        LOST,
    ),
    Bug(
        "who shares a new state sends what stands on the board already",
        "syncd/engine/deliver.py",
        "            if lost.words(tx):\n                return 0\n",
        "",
        LOST,
    ),
    Bug(
        "a dead worker's job holds up its like for good",
        "syncd/runtime/joblist.py",
        "                await self._free(job)\n",
        "                await manager.retry_job(job)\n",
        ("tests/unit/runtime/test_joblist.py",),
    ),
)
