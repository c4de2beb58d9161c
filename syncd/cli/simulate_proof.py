"""What a simulation is held to: the rules as plain data, and the promises proved at its end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from syncd.core.rules import Rules
    from syncd.engine.turn import Engine
    from syncd.sandbox.simulation import Simulation
    from syncd.sandbox.simulation_ledger import Counted
    from syncd.sandbox.simulation_oracle import Rulebook
    from syncd.settings.follow_up import FollowUpSection
    from syncd.settings.settings import Settings

# What the second opinion on tasks knows of: who writes more into their settings has rules that
# it would have to take from syncd itself.
_KNOWN = frozenset(
    {"enabled", "steps", "then", "board", "crm_task", "inbox_label", "same_company", "collision"}
)
_OFFICE = frozenset({"office_hours", "half_days", "hand_over"})


def rulebook(rules: Rules) -> Rulebook:
    from syncd.sandbox.simulation_oracle import Rulebook

    calendar = rules.team.calendar
    return Rulebook(
        calendar.zone,
        calendar.holidays,
        {**{one.id: one.cadence for one in rules.campaigns}, "": rules.cadence},
        {**{one.id: one.answers for one in rules.campaigns}, "": rules.answers},
        frozenset(one.plan.project for one in rules.campaigns if one.plan is not None),
    )


def unforeseen(settings: Settings) -> list[str]:
    """The keys that make tasks come and go in ways nobody but syncd foresees; none, mostly."""
    from syncd.core.rules import Unknown

    found = []
    if settings.log.unknown_contacts is not Unknown.CREATE:
        found.append("log.unknown_contacts")
    if settings.log.never:
        found.append("log.never")
    found += [f"team.{key}" for key in sorted(settings.team.model_fields_set & _OFFICE)]
    found += _of("follow_up", settings.follow_up)
    for campaign in settings.campaigns:
        found += _of(f"campaigns.{campaign.id}.follow_up", campaign.follow_up)
    return found


def _of(where: str, section: FollowUpSection | None) -> Iterator[str]:
    if section is None:
        return
    yield from (f"{where}.{key}" for key in sorted(section.model_fields_set - _KNOWN))
    if any(step.task is not None for step in section.steps):
        yield f"{where}.steps.task"
    if section.then is not None and section.then.task is not None:
        yield f"{where}.then.task"


def proof(
    ran: Simulation, hubspot_url: str, works: Engine, settings: Settings
) -> tuple[Counted, list[str]]:
    """How many messages came to which end, and every promise that was broken, in words."""
    from syncd.sandbox.config_out import HUBSPOT_TOKEN
    from syncd.sandbox.simulation_ledger import HubSpot, check_campaigns, check_edits, check_log
    from syncd.sandbox.simulation_plans import check_lost_links, check_plans
    from syncd.store import links, overview

    hubspot = HubSpot(hubspot_url, HUBSPOT_TOKEN)
    emails = hubspot.every("emails", "hs_email_message_id", "hs_email_direction", "hs_timestamp")
    with works.ctx.store.begin() as tx:
        reasons = overview.reasons(tx)
        untold = {one.url for one in links.every(tx) if one.no_task}
    journal = ran.stage.journal
    strict = not unforeseen(settings)
    counted, broken = check_log(journal.said, emails, reasons, strict=strict)
    board = ran.stage.board()
    broken += check_edits(journal, board)
    broken += check_lost_links(journal, board, untold, ran.stage.clock.now())
    known = {campaign.id for campaign in settings.campaigns if campaign.plan is not None}
    broken += check_plans([one for one in ran.scenario.campaigns if one.id in known], board)
    if strict:
        people = hubspot.every("contacts", "email", "syncd_campaigns", "syncd_stage")
        ids = {campaign.id for campaign in settings.campaigns}
        broken += check_campaigns(journal, people, ids)
        broken = ran.oracle.broken + broken
    return counted, broken
