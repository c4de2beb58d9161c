"""Bugs of campaigns' plans."""

from __future__ import annotations

from tests.mutants.bug import Bug

PLANS = ("tests/unit/engine/test_plans.py",)

PLAN_BUGS = (
    Bug(
        "a day that a person moved is moved back by the campaign's file",
        "syncd/core/promises/plan.py",
        "            if seen != base:\n",
        "            if seen != base and seen == wanted:\n",
        ("tests/unit/core/test_plan.py",),
    ),
    Bug(
        "what a lagging list still shows is taken for a person's edit",
        "syncd/store/plan_items.py",
        '    late = now - row["written_at"] < STALE\n',
        "    late = False\n",
        ("tests/unit/store/test_plan_items.py",),
    ),
    Bug(
        "what a person wrote into a notebook is lost",
        "syncd/core/dossier.py",
        "    theirs = [line for line in inside if _bare(line) and not is_ours(line)]\n",
        "    theirs: list[str] = []\n",
        ("tests/unit/engine/test_dossiers.py",),
    ),
    Bug(
        "a slip in a campaign's file ends what stands",
        "syncd/engine/decide.py",
        "    if not any(isinstance(one.action, EndPlanItem) for one in plan):\n",
        "    if plan:\n",
        PLANS,
    ),
    Bug(
        "a list that stood before us is taken for ours",
        "syncd/engine/handlers/plans.py",
        "                ours=not outcome.found,\n",
        "                ours=True,\n",
        PLANS,
    ),
)
