"""Commands about the settings file: init, validate, schema."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from syncd.cli.output import (
    DEFAULT_CONFIG,
    ConfigOption,
    ExitCode,
    JsonOption,
    complain,
    print_json,
    say,
)

if TYPE_CHECKING:
    from syncd.settings.settings import Settings

SCHEMA_FILE = "syncd.schema.json"
CAMPAIGN_SCHEMA_FILE = "campaign.schema.json"


def register(app: typer.Typer) -> None:
    app.command()(init)
    app.command()(validate)
    app.command()(schema)


def init(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    force: Annotated[bool, typer.Option("--force", help="Write over an existing file.")] = False,
    to_stdout: Annotated[bool, typer.Option("--print", help="Print it, write nothing.")] = False,
    campaign: Annotated[
        str,
        typer.Option(
            "--campaign",
            metavar="ID",
            help="Instead a campaign's own file, with its plan: campaigns/ID.yaml.",
        ),
    ] = "",
    as_json: JsonOption = False,
) -> int:
    """Write a commented settings file to start from, and beside it the schema for editors."""
    if campaign:
        return _init_campaign(campaign, config, force=force, to_stdout=to_stdout, as_json=as_json)
    from syncd.settings.schema import schema_text
    from syncd.settings.starter import starter
    from syncd.wiring import kinds

    if to_stdout:
        sys.stdout.write(starter())
        return ExitCode.OK
    if config.exists() and not force:
        return _stands_already(config, "--config", as_json=as_json)
    beside = config.parent / SCHEMA_FILE
    config.parent.mkdir(parents=True, exist_ok=True)
    config.write_text(starter(SCHEMA_FILE), encoding="utf-8")
    beside.write_text(schema_text(kinds()), encoding="utf-8")
    words = f"Wrote {config}, and {beside} for editors. Edit it, then: syncd validate"
    return _wrote([config, beside], words, as_json=as_json)


def _init_campaign(name: str, config: Path, *, force: bool, to_stdout: bool, as_json: bool) -> int:
    from syncd.settings.campaign_file import slug
    from syncd.settings.campaign_starter import campaign_starter
    from syncd.settings.schema import campaign_schema_text

    if name != slug(name):
        complain(f"an id is lower-case letters, digits, '-' and '_', e.g. {slug(name)}")
        return ExitCode.FAILED
    text = campaign_starter(name, f"../{CAMPAIGN_SCHEMA_FILE}")
    if to_stdout:
        sys.stdout.write(text)
        return ExitCode.OK
    file = config.parent / "campaigns" / f"{name}.yaml"
    if file.exists() and not force:
        return _stands_already(file, "another id", as_json=as_json)
    beside = config.parent / CAMPAIGN_SCHEMA_FILE
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    beside.write_text(campaign_schema_text(), encoding="utf-8")
    entry = f"- file: campaigns/{name}.yaml"
    words = f"Wrote {file}, and {beside} for editors. Name it in {config} under campaigns: {entry}"
    return _wrote([file, beside], words, as_json=as_json)


def _stands_already(file: Path, otherwise: str, *, as_json: bool) -> int:
    words = f"{file} is there already; --force writes over it, {otherwise} names another"
    if as_json:
        print_json({"ok": False, "error": "file exists", "message": words})
    else:
        complain(words)
    return ExitCode.FAILED


def _wrote(files: list[Path], words: str, *, as_json: bool) -> int:
    if as_json:
        print_json({"ok": True, "written": files})
    else:
        say(words)
    return ExitCode.OK


def validate(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    secrets: Annotated[
        bool, typer.Option("--secrets", help="A secret that is not there is an error too.")
    ] = False,
    as_json: JsonOption = False,
) -> int:
    """Check the settings file, offline: everything wrong with it at once, each with its place."""
    from syncd.settings.loading import load
    from syncd.settings.problems import dotted
    from syncd.settings.secrets import absent_secrets
    from syncd.wiring import kinds

    settings = load(config, kinds(), secrets=secrets)
    absent = {dotted(loc): words for loc, words in absent_secrets(settings)}
    understood = _understood(settings)
    hidden = _stored_although_hidden(settings)
    if as_json:
        told = {**understood, "missing_secrets": absent, "stored_but_never_logged": hidden}
        print_json({"ok": True, "file": config, **told})
        return ExitCode.OK
    say(f"{config}: {_in_words(understood)}")
    if hidden:
        complain(f"note: {hidden} messages are stored that log.never keeps out: syncd hide")
    for where, words in absent.items():
        complain(f"note: {where}: {words}")
    return ExitCode.OK


def schema(
    *,
    campaign: Annotated[
        bool, typer.Option("--campaign", help="Of a campaign's own file instead.")
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> None:
    """Print the JSON Schema of the settings file: the same for every file, and always JSON."""
    del config, as_json
    if campaign:
        from syncd.settings.schema import campaign_schema_text

        sys.stdout.write(campaign_schema_text())
        return
    from syncd.settings.schema import schema_text
    from syncd.wiring import kinds

    sys.stdout.write(schema_text(kinds()))


def _stored_although_hidden(settings: Settings) -> int:
    """How many messages were taken in before a rule that would have kept them out."""
    from datetime import UTC, datetime

    from syncd.engine.hide import look
    from syncd.ports.secrets import MissingSecret
    from syncd.store.database import Store, UnusableState

    if not settings.log.never:
        return 0
    try:
        with closing(Store.reading(settings.store)) as store, store.begin() as tx:
            return len(look(tx, settings.rules(datetime.now(UTC)).log).reasons)
    except (UnusableState, MissingSecret):
        return 0


def _understood(settings: Settings) -> dict[str, Any]:
    def steps(campaign: Any) -> list[str] | None:
        section = settings.follow_up_of(campaign)
        return None if section is None else [str(step.after) for step in section.steps]

    return {
        "connectors": {name: getattr(it, "kind", "") for name, it in settings.connectors.items()},
        "follow_up": steps(None),
        "campaigns": {campaign.id: steps(campaign) for campaign in settings.campaigns},
    }


def _in_words(understood: dict[str, Any]) -> str:
    connectors = ", ".join(f"{name} ({kind})" for name, kind in understood["connectors"].items())
    campaigns = [f"{name} {_waits(steps)}" for name, steps in understood["campaigns"].items()]
    return (
        f"valid. Connectors: {connectors}. "
        f"Campaigns: {'; '.join(campaigns) or 'none'}. "
        f"Follow-up outside campaigns {_waits(understood['follow_up'])}."
    )


def _waits(steps: list[str] | None) -> str:
    return "off" if steps is None else f"after {', '.join(steps)}"
