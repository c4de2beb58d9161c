"""The demo's link building: done by what the commands do, and told from what stands then."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any

from syncd.cli.output import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    from syncd.core.prospects import Intake
    from syncd.engine.campaign_stands import Whole
    from syncd.engine.offers import Chosen
    from syncd.engine.turn import Engine
    from syncd.reports.document import Report
    from syncd.sandbox.clock import SandboxClock
    from syncd.sandbox.example import Example
    from syncd.store.links import EarnedLink
    from syncd.store.pull_list import Listed

# Of the draft: so much as shows what it says.
_LINES, _WIDTH = 4, 90
# A look that is due is made then, and not a moment before.
_AFTER = timedelta(seconds=1)


@dataclass(slots=True)
class Building:
    """What came of it. `offers`: introductions that may be asked for; `states`: of drafts."""

    plan: Whole
    file: str
    intake: Intake
    linked: Sequence[Listed]
    links: Sequence[EarnedLink]
    report: Report
    offers: int = 0
    chosen: Sequence[Chosen] = ()
    states: dict[str, str] = field(default_factory=dict)


def look_at_pages(works: Engine, clock: SandboxClock, until: datetime) -> None:
    """Let the time pass up to then; pages are looked at when it is their turn."""
    while (due := works.next_look()) is not None and due < until:
        clock.set(max(clock.now(), due + _AFTER))
        if not works.look_at_links():
            break
    clock.set(until)


def enter_favours(works: Engine, example: Example, now: datetime) -> None:
    """As `syncd favours add` does."""
    from syncd.core.favours import Way, favour_told
    from syncd.sandbox.example_world import favours as given
    from syncd.store import favours

    with works.ctx.store.begin() as tx:
        for person, about, by, day in given(example, now):
            favours.add(tx, favour_told(person, Way.DONE, about, by, day))


def build(works: Engine, example: Example, folder: Path) -> Building:
    """Import prospects, have the best introduction asked for; and what there is then."""
    from syncd.cli.import_prospects import read_prospects
    from syncd.core.prospects import Wish
    from syncd.engine import prospects

    file = folder / example.prospects["file"]
    read = read_prospects(file, campaigns=[example.prospects["campaign"]])
    intake, run = prospects.plan(works.ctx, read.rows, Wish(file.name), approved=True)
    if run is not None:
        prospects.carry_out(works, run)
    works.until_quiet()
    offers, chosen, states = _ask(works)
    works.until_quiet()
    return _seen(works, example, intake, (offers, chosen, states))


def _ask(works: Engine) -> tuple[int, list[Chosen], dict[str, str]]:
    """Have the draft of the best introduction written, as `syncd introductions --draft 1` does."""
    from syncd.engine import offers

    with works.ctx.store.begin() as tx:
        free = [one for one in offers.every(works.ctx, tx) if not one.blocks]
    if not free:
        return 0, [], {}
    chosen, states = offers.ask_now(works, [(free[0].introducer, free[0].domain)])
    return len(free), chosen, states


def _seen(
    works: Engine,
    example: Example,
    intake: Intake,
    asked: tuple[int, list[Chosen], dict[str, str]],
) -> Building:
    from syncd.core.relationships import Standing
    from syncd.engine import campaign_stands
    from syncd.reports.compose import compose
    from syncd.reports.gather import Ask, Asked, gather
    from syncd.store import links, pull_list

    ctx = works.ctx
    rules, now = ctx.rules, ctx.now()
    about = Asked.of(rules, Ask(), now)
    had = pull_list.Asked((Standing.LINKED, Standing.LOST))
    offers, chosen, states = asked
    with ctx.store.begin() as tx:
        plan = campaign_stands.one(tx, rules, example.prospects["campaign"], now)
        assert plan is not None, "the example's own campaign"
        return Building(
            plan=plan,
            file=example.prospects["file"],
            intake=intake,
            linked=pull_list.listed(tx, rules.campaigns, had),
            links=links.every(tx),
            report=compose(gather(tx, about), about),
            offers=offers,
            chosen=chosen,
            states=states,
        )


def tell(building: Building) -> None:
    say("\nLink building")
    _tell_plan(building)
    counts = building.intake.counts
    told = ", ".join(f"{number} {name}" for name, number in sorted(counts.items()))
    say(f"Prospects: {len(building.intake.findings)} lines of {building.file}: {told}")
    for one in building.intake.findings:
        if not one.taken:
            say(f"  line {one.line}: {one.becomes}: {one.why}")
    say(f"Who has linked to a client before: {len(building.linked)} people")
    for person in building.linked:
        for link in person.links:
            say(
                f"  {person.name or person.address}, for {link.client}: {link.url} ({_stand(link)})"
            )
    _tell_ask(building)
    stand = sum(one.stands for one in building.links)
    lost = [one for one in building.links if one.lost_at is not None]
    say(f"Links: {len(building.links)} known, {stand} stand, {len(lost)} lost")
    for link in lost:
        say(f"  lost: {link.url}: {link.words}")
    say(f"Report, {building.report.period}:")
    funnel = building.report.sections[0]
    say("  " + ", ".join(f"{row.label.lower()} {row.values[0]}" for row in funnel.rows))
    for words in building.report.summary:
        say(f"  {words}")


def _tell_plan(building: Building) -> None:
    plan = building.plan.stands
    kinds = [one.what for one in building.plan.items if one.state != "not made"]
    parts = ", ".join(f"{kinds.count(what)} {what}s" for what in ("milestone", "task list", "task"))
    book = ", and its notebook" if plan.notebook else ""
    say(f"Plan of {plan.name}, {plan.span}: {plan.made} of {plan.wished} things stand in Teamwork")
    say(f"  the project {plan.project} with {parts}{book}")


def _tell_ask(building: Building) -> None:
    for one in building.chosen:
        offer, draft = one.offer, one.draft
        say(f"Introductions: {building.offers} may be asked for; the best is written as a draft")
        say(f"  ask {offer.name or offer.introducer} about {offer.domain}, because")
        for reason in offer.reasons:
            say(f"  - {reason}")
        state = building.states.get(draft.key, "planned")
        done = "waits" if state == "done" else state
        say(f"  the draft {done} in {draft.mailbox}, under {draft.subject!r}; a person sends it:")
        lines = [line for line in draft.text.splitlines() if line.strip()]
        for line in lines[:_LINES]:
            say(f"  | {shorten(line, _WIDTH, placeholder=' …')}")


def _stand(link: EarnedLink) -> str:
    if link.lost_at is not None:
        return f"lost {link.lost_at:%Y-%m-%d}"
    if link.won_at is not None:
        return f"{link.state} since {link.won_at:%Y-%m-%d}"
    return f"not seen yet, {link.state}"


def as_json(building: Building) -> dict[str, Any]:
    plan = building.plan.stands
    return {
        "plan": {"wished": plan.wished, "made": plan.made, "notebook": plan.notebook},
        "prospects": building.intake.counts,
        "linked": [one.address for one in building.linked],
        "links": {one.url: "lost" if one.lost_at else one.state for one in building.links},
        "introductions": building.offers,
        "drafts": [
            {
                "to": one.draft.to,
                "mailbox": one.draft.mailbox,
                "about": one.offer.domain,
                "reasons": one.offer.reasons,
                "text": one.draft.text,
                "state": building.states.get(one.draft.key, ""),
            }
            for one in building.chosen
        ],
        "report": building.report.summary,
    }
