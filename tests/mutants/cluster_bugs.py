"""Planted where several machines, or what comes in and a backlog, meet."""

from __future__ import annotations

from tests.mutants.bug import Bug

TOGETHER = ("tests/unit/store/test_together.py",)
FAIR = ("tests/unit/engine/test_fairness.py",)

CLUSTER_BUGS = (
    Bug(
        "two machines change the state side by side",
        "syncd/store/homes.py",
        "        connection.execute(self._writing)\n",
        "        del connection\n",
        TOGETHER,
    ),
    Bug(
        "an effect that somebody claimed is claimed again",
        "syncd/store/ledger.py",
        'effects.c.key.in_(bindparam("keys", expanding=True)), effects.c.state == "planned")\n',
        'effects.c.key.in_(bindparam("keys", expanding=True)))\n',
        TOGETHER,
    ),
    Bug(
        "what is to be decided again is sent meanwhile",
        "syncd/engine/deliver.py",
        "                    batch = [effect for effect in batch if effect.object not in stale]\n",
        "                    del stale\n",
        FAIR,
    ),
    Bug(
        "a backlog is sent to its end before what comes in is decided",
        "syncd/engine/deliver.py",
        "                if behind and after != ledger.FIRST and self._ctx.came.is_set():\n",
        "                if False:\n",
        FAIR,
    ),
    Bug(
        "a backlog takes in advance what the next live call needs",
        "connectors/_kit/pacing.py",
        "            wait = tokens.wait_behind(cost)\n",
        "            wait = tokens.wait(cost)\n",
        ("tests/unit/kit/test_pacing_order.py",),
    ),
)
