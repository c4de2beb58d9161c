"""`syncd favours`: what we did for people, and they for us."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated

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
    from contextlib import AbstractContextManager

    from syncd.core.favours import Favour
    from syncd.settings.settings import Settings
    from syncd.store.database import Store

PersonArgument = Annotated[
    str, typer.Argument(metavar="ADDRESS", help="Whom it is about: an address of theirs.")
]
AboutArgument = Annotated[str, typer.Argument(metavar="WORDS", help="What it was.")]
NumberArgument = Annotated[
    int, typer.Argument(metavar="NUMBER", help="The number `syncd favours list` shows.")
]

_wrong = partial(failed, what="no such favour")


def register(app: typer.Typer) -> None:
    family = typer.Typer(help="What we did for people, and they for us.", no_args_is_help=True)
    family.command("add")(add)
    family.command("list")(list_)
    family.command("remove")(remove)
    app.add_typer(family, name="favours")


def add(
    person: PersonArgument,
    about: AboutArgument,
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    received: Annotated[
        bool, typer.Option("--received/--done", help="They did it for us, not we for them.")
    ] = False,
    by: Annotated[str, typer.Option("--by", metavar="ADDRESS", help="Who of us.")] = "",
    on: Annotated[
        datetime | None, typer.Option("--on", formats=["%Y-%m-%d"], help="When; today if left out.")
    ] = None,
    as_json: JsonOption = False,
) -> int:
    """Enter a favour. The same one is not entered twice."""
    from syncd.core.favours import Way, favour_told
    from syncd.core.mail.addresses import normalise, valid
    from syncd.store import favours, tombstones

    if not valid(person):
        return _wrong(f"{person} is no address", as_json=as_json)
    settings = settings_of(config, secrets=False)
    day = on.date() if on is not None else _today(settings)
    words = " ".join(about.split())
    if not words:
        return _wrong("say what the favour was", as_json=as_json)
    way = Way.RECEIVED if received else Way.DONE
    address = normalise(person)
    one = favour_told(address, way, words, by.strip().lower(), day)
    with _state(settings) as store, store.begin() as tx:
        if tombstones.among(tx, [address]):
            return _wrong(f"{address} is to be forgotten: nothing of them is kept", as_json=as_json)
        number, new = favours.add(tx, one)
        balance = favours.balances(tx, [address])[address]
    if not new:
        return _wrong(f"that favour stands already, as number {number}", as_json=as_json)
    if as_json:
        print_json({"ok": True, "number": number, "owed_to_us": balance.owed_to_us})
    else:
        say(f"{number}: {address}: {one}. {address} {balance}.")
    return ExitCode.OK


def list_(
    person: Annotated[
        str,
        typer.Argument(metavar="[ADDRESS]", help="Of one person, under any of their addresses."),
    ] = "",
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> int:
    """Every favour, by day, and what it comes to for each person."""
    from syncd.core.mail.addresses import normalise
    from syncd.store import favours

    with _state(settings_of(config, secrets=False)) as store, store.begin() as tx:
        found = favours.every(tx, [normalise(person)] if person else None)
        balances = favours.balances(tx, list(dict.fromkeys(one.person for one in found)))
    if as_json:
        print_json(
            {
                "ok": True,
                "favours": found,
                "balances": {
                    address: {
                        "done": one.done,
                        "received": one.received,
                        "owed_to_us": one.owed_to_us,
                    }
                    for address, one in balances.items()
                },
            }
        )
        return ExitCode.OK
    if not found:
        say("No favours are known.")
        return ExitCode.OK
    print_table(
        ["number", "person", "day", "favour", "about", "who of us", "told by"],
        [_row(one) for one in found],
    )
    for address, balance in sorted(balances.items()):
        say(f"{address}: {balance}")
    return ExitCode.OK


def remove(
    number: NumberArgument, *, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False
) -> int:
    """Take a favour out. The task that told of it does not bring it back."""
    from syncd.core.favours import Source
    from syncd.store import favours

    settings = settings_of(config, secrets=False)
    with _state(settings) as store, store.begin() as tx:
        one = favours.of_number(tx, number)
        if one is not None and one.source is not Source.CRM:
            favours.remove(tx, number, datetime.now(UTC))
    if one is None:
        return _wrong(
            f"there is no favour {number}; `syncd favours list` shows them", as_json=as_json
        )
    if one.source is Source.CRM:
        return _wrong(
            f"number {number} is set on the contact in the CRM; change it there", as_json=as_json
        )
    if as_json:
        print_json({"ok": True, "removed": number})
    else:
        say(f"{number} is taken out: {one.person}: {one}.")
    return ExitCode.OK


def _row(one: Favour) -> tuple[object, ...]:
    way = "done for them" if one.way == "done" else "received from them"
    many = f"{one.number} " if one.number != 1 else ""
    return (one.id, one.person, one.day, f"{many}{way}", one.about, one.teammate, one.source.value)


def _today(settings: Settings) -> date:
    return datetime.now(UTC).astimezone(settings.team.timezone).date()


def _state(settings: Settings) -> AbstractContextManager[Store]:
    from syncd.app import state

    return state(settings)
