"""The settings a simulation runs with: the sandbox's services, and the scenario's or ops' rules."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from syncd.sandbox.people.scenario import Campaign, Scenario
    from syncd.settings.settings import Settings

_WILD = re.compile(r"[*?]+")


@dataclass(frozen=True, slots=True)
class Played:
    """`scenario`: as it is played; with ops' campaigns in the place of its own, if given.

    `unplayed`: what of ops' file nobody in the scenario can act out.
    """

    scenario: Scenario
    settings: Settings
    unplayed: list[str]


def played(
    scenario: Scenario, addresses: Mapping[str, str], folder: Path, config: Path | None
) -> Played:
    """Settings in `folder` for the sandbox at `addresses`. Raises `InvalidSettings`."""
    from syncd.settings.loading import load, read
    from syncd.settings.source import load_yaml
    from syncd.wiring import kinds

    unplayed: list[str] = []
    if config is None:
        rules = _own_rules(scenario)
        home = folder / "syncd.yaml"
    else:
        load(config, kinds())  # every mistake is told with its place in ops' own file
        rules = dict(load_yaml(config))
        home = config.resolve()
        scenario = _recast(scenario, rules, unplayed)
    rules["team"] = {**rules.get("team", {}), "domains": [scenario.team.domain]}
    rules["log"] = {**rules.get("log", {}), "since": scenario.starts.isoformat()}
    rules["connectors"] = _connectors(scenario, addresses, folder)
    rules["store"] = str(folder / "state.db")
    text = json.dumps(rules, default=str)
    # Without the environment: SYNCD_ variables are for the real services.
    settings = read(text, home, kinds(), {}, secrets=True)
    return Played(scenario, settings, unplayed)


def _own_rules(scenario: Scenario) -> dict[str, Any]:
    follow_up = scenario.follow_up
    return {
        "team": {"timezone": scenario.team.timezone, "holidays": list(scenario.team.holidays)},
        "log": {"crm_logger": "off"},
        "follow_up": {
            "steps": list(follow_up.steps),
            "then": follow_up.then,
            "board": {"project": "Outreach", "task_list": "Follow-ups"},
        },
        "campaigns": [_campaign(one) for one in scenario.campaigns],
        "segments": "auto",
    }


def _campaign(campaign: Campaign) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": campaign.id,
        "name": campaign.name,
        "client": campaign.client,
        "tags": list(campaign.tags),
        "match": {"any": [{"label": campaign.label}]},
    }
    made |= {"niche": campaign.niche} if campaign.niche else {}
    made |= {"targets": list(campaign.targets)} if campaign.targets else {}
    made |= {"plan": campaign.plan} if campaign.plan is not None else {}
    if campaign.steps:
        made["follow_up"] = {"steps": list(campaign.steps)}
    return made


def _connectors(
    scenario: Scenario, addresses: Mapping[str, str], folder: Path
) -> dict[str, dict[str, Any]]:
    from syncd.sandbox.config_out import HUBSPOT_TOKEN, TEAMWORK_KEY, service_account

    secrets = {
        "google.json": json.dumps(service_account(addresses["gmail"])),
        "hubspot-token": HUBSPOT_TOKEN,
        "teamwork-key": TEAMWORK_KEY,
    }
    for name, text in secrets.items():
        (folder / name).write_text(text, encoding="utf-8")
    google, hubspot, teamwork = ({"file": str(folder / name)} for name in secrets)
    return {
        "mail": {
            "kind": "gmail",
            "api_url": addresses["gmail"],
            "service_account": google,
            "units_per_minute": 100_000_000,
            "mailboxes": [mate.address for mate in scenario.teammates],
        },
        "crm": {
            "kind": "hubspot",
            "api_url": addresses["hubspot"],
            "token": hubspot,
            "calls_per_10_seconds": 100_000,
        },
        "board": {
            "kind": "teamwork",
            "url": addresses["teamwork"],
            "api_key": teamwork,
            "calls_per_minute": 100_000,
        },
        "web": {"kind": "webcheck", "through": addresses["webcheck"], "pause_seconds": 0},
    }


def _recast(scenario: Scenario, rules: Mapping[str, Any], unplayed: list[str]) -> Scenario:
    """The scenario's people at work for ops' campaigns, one after the other."""
    theirs = [one for one in rules.get("campaigns") or () if isinstance(one, Mapping)]
    mine: dict[str, Campaign] = {}
    for number, campaign in enumerate(scenario.campaigns if theirs else ()):
        ops = theirs[number % len(theirs)]
        marks = _marks(ops["match"])
        if marks is not None:
            label, subjects = marks
            named = {"id": ops["id"], "label": label, "subjects": subjects or campaign.subjects}
            cast = campaign.model_copy(update=named)
            mine[cast.id] = _together(mine[cast.id], cast) if cast.id in mine else cast
        elif number < len(theirs):
            unplayed.append(
                f"{ops['id']}: nobody here can act out its match; only labels and subjects"
            )
    unplayed += [f"{one['id']}: more campaigns than the scenario has; nobody works for it"
                 for one in theirs[len(scenario.campaigns):]]  # fmt: skip
    return scenario.model_copy(update={"campaigns": tuple(mine.values()) or scenario.campaigns})


def _together(one: Campaign, other: Campaign) -> Campaign:
    """The people of both at work for the first."""
    crowd, more = one.more_sites, other.more_sites
    if crowd is not None and more is not None:
        crowd = crowd.model_copy(update={"number": crowd.number + more.number})
    return one.model_copy(
        update={
            "by": tuple(dict.fromkeys((*one.by, *other.by))),
            "sites": one.sites + other.sites,
            "more_sites": crowd or more,
        }
    )


def _marks(match: Mapping[str, Any]) -> tuple[str, tuple[str, ...]] | None:
    """A label and subjects that satisfy `match`; None where these two cannot."""
    every: Sequence[Mapping[str, str]] = match.get("all") or ()
    some: Sequence[Mapping[str, str]] = match.get("any") or ()
    playable = [one for one in some if one.keys() <= {"label", "subject"}]
    if any(not one.keys() <= {"label", "subject"} for one in every) or (some and not playable):
        return None
    chosen = [*every, *playable[:1]]
    labels = [one["label"] for one in chosen if "label" in one]
    subjects = [one["subject"] for one in chosen if "subject" in one]
    if len(labels) > 1 or len(subjects) > 1:
        return None
    filled = tuple(_WILD.sub(" ", one).strip() or "A question" for one in subjects)
    label = _WILD.sub("x", labels[0]) if labels else ""
    return label, filled
