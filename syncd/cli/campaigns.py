"""`syncd campaigns`: how campaigns and their plans stand, and where people went other ways."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from syncd.cli.opening import settings_of
from syncd.cli.output import (
    DEFAULT_CONFIG,
    ConfigOption,
    ExitCode,
    JsonOption,
    failed,
    print_json,
    print_table,
    say,
)

if TYPE_CHECKING:
    from syncd.engine.campaign_stands import CampaignStands, Whole

Name = Annotated[str, typer.Argument(metavar="[ID]", help="One campaign, with everything in it.")]
DriftOption = Annotated[
    bool, typer.Option("--drift", help="Only what stands otherwise than in the file.")
]


def register(app: typer.Typer) -> None:
    app.command()(campaigns)


def campaigns(
    name: Name = "",
    *,
    drift: DriftOption = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> int:
    """How campaigns stand: goal, progress, what is late, and where the board has drifted."""
    from syncd.app import state
    from syncd.engine import campaign_stands
    from syncd.runtime.clock import SystemClock

    settings = settings_of(config)
    now = SystemClock().now()
    rules = settings.rules(now)
    with state(settings) as store, store.begin() as tx:
        found = [] if name else campaign_stands.every(tx, rules, now)
        whole = campaign_stands.one(tx, rules, name, now) if name else None
        rest = campaign_stands.left_over(tx, rules)
    if name and whole is None:
        return _unknown(name, [one.id for one in rules.campaigns], rest, as_json=as_json)
    if whole is not None:
        _show(whole, drift=drift, as_json=as_json)
    elif as_json:
        print_json({"ok": True, "campaigns": found, "not_in_settings": rest})
    else:
        _list(found, rest, drift=drift)
    return ExitCode.OK


def _unknown(name: str, known: list[str], rest: list[str], *, as_json: bool) -> int:
    from syncd.settings.fields import did_you_mean

    words = f"no campaign of the settings has the id {name}"
    if name in rest:
        words += "; its plan still stands on the board, and is left as it is"
    else:
        words += did_you_mean(name, known) or "; `syncd campaigns` lists them"
    return failed(words, as_json=as_json, what="no such campaign")


def _list(found: list[CampaignStands], rest: list[str], *, drift: bool) -> None:
    if drift:
        for one in found:
            for words in one.drift:
                say(f"{one.id}: {words}")
        if not any(one.drift for one in found):
            say("Everything stands as in the files.")
        return
    if found:
        columns = ("Campaign", "Client", "Plan", "Made", "Done", "Late", "Drift", "Links")
        print_table(columns, [_row(one) for one in found])
    else:
        say("The settings name no campaign.")
    for one_left in rest:
        say(f"{one_left} is no longer in the settings; what stands of its plan is left as it is.")


def _row(one: CampaignStands) -> tuple[Any, ...]:
    if not one.span:
        return (one.id, one.client, "none", "", "", "", "", one.links)
    made = f"{one.made} of {one.wished}"
    done = f"{one.done} of {one.tasks}"
    return (
        one.id,
        one.client,
        one.span,
        made,
        done,
        one.late or "",
        len(one.drift) or "",
        one.links,
    )


def _show(whole: Whole, *, drift: bool, as_json: bool) -> None:
    one = whole.stands
    items = [item for item in whole.items if item.drift] if drift else list(whole.items)
    if as_json:
        print_json({"ok": True, "campaign": one, "items": items, "funnel": whole.funnel})
        return
    say(f"{one.name} ({one.id}), for {one.client}")
    for words, value in (("Goal", one.goal), ("Niche", one.niche), ("Plan", one.span)):
        if value:
            say(f"{words}: {value}")
    if one.project:
        book = ", with its notebook" if one.notebook else ""
        say(f"Project: {one.project}{book}; {one.made} of {one.wished} things stand")
    if one.tasks:
        late = f", {one.late} late" if one.late else ""
        say(f"Tasks: {one.done} of {one.tasks} done{late}")
        for month in one.months:
            say(f"  {month.month}: {month.done} of {month.tasks}")
    funnel = whole.funnel
    if funnel.contacted:
        say(
            f"Pitches: {funnel.contacted}, answered {funnel.answered}, agreed {funnel.agreed}, "
            f"linked {funnel.linked}; links that stand: {one.links}"
        )
    if items:
        columns = ("What", "Name", "State", "Due", "Owner", "Drift")
        print_table(
            columns,
            [
                (
                    item.what,
                    item.name,
                    item.state,
                    item.due or "",
                    item.owner,
                    "; ".join(item.drift),
                )
                for item in items
            ],
        )
    elif drift:
        say("Everything stands as in the file.")
