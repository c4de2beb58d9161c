"""`syncd forget`: a person removed, here and as asked in the services, and the proof of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from syncd.cli.opening import settings_of
from syncd.cli.output import (
    DEFAULT_CONFIG,
    ConfigOption,
    ExitCode,
    JsonOption,
    complain,
    confirmed,
    failed,
    print_json,
    say,
)

if TYPE_CHECKING:
    from syncd.engine.forget import Outlook, Proof
    from syncd.settings.settings import Settings

Addresses = Annotated[
    list[str], typer.Argument(metavar="ADDRESS…", help="Every address of the person.")
]


def register(app: typer.Typer) -> None:
    app.command()(forget)


def forget(
    addresses: Addresses,
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    crm: Annotated[
        bool,
        typer.Option("--crm", help="Also our records in the CRM: messages, tasks, the contact."),
    ] = False,
    gdpr: Annotated[
        bool,
        typer.Option(
            "--gdpr",
            help="Have the CRM delete the contact for good, whoever made it. Takes in --crm.",
        ),
    ] = False,
    board: Annotated[bool, typer.Option("--board", help="Also our tasks on the board.")] = False,
    drafts: Annotated[
        bool,
        typer.Option("--drafts", help="Also our drafts to them, as far as nobody has edited them."),
    ] = False,
    aliases: Annotated[
        bool, typer.Option("--aliases", help="Also the contact's other addresses, as far as known.")
    ] = False,
    prove: Annotated[
        bool, typer.Option("--prove", help="Remove nothing; only look where they still stand.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    as_json: JsonOption = False,
) -> int:
    """Remove a person, never to return: what we hold of them here, and as asked in the services.

    Shows first what would go. Nothing of them is stored again afterwards: a hash is kept by
    which new mail of theirs is known. Backups made before still hold them.
    """
    from syncd.engine.forget import CannotForget, Wishes
    from syncd.runtime.logs import configure

    configure(quiet=True)
    settings = settings_of(config)
    wishes = Wishes(crm or gdpr, gdpr, board, drafts)
    try:
        if prove:
            return _prove(settings, addresses, as_json=as_json)
        outlook = _foresee(settings, addresses, wishes, aliases=aliases)
        if not yes:
            _tell_outlook(outlook, as_json=as_json)
            if not confirmed(
                "Remove all this? It cannot be taken back", as_json=as_json, unasked=""
            ):
                return ExitCode.CHANGES
        if settings.read_only and (wishes.crm or wishes.board or wishes.drafts):
            return failed("read-only: nothing can be removed from a service", as_json=as_json)
        return _forget(settings, outlook, wishes, as_json=as_json)
    except CannotForget as error:
        return failed(str(error), as_json=as_json)


def _foresee(
    settings: Settings, addresses: Sequence[str], wishes: object, *, aliases: bool
) -> Outlook:
    from syncd.app import Wish, dry_engine
    from syncd.engine.forget import Wishes, foresee

    assert isinstance(wishes, Wishes)
    with dry_engine(settings, Wish("forget")) as works:
        outlook = foresee(works.ctx, addresses, wishes)
        if aliases and outlook.aliases:
            everything = (*outlook.addresses, *outlook.aliases)
            outlook = foresee(works.ctx, everything, wishes)
        return replace(outlook, stays=(*outlook.stays, *_named(settings, outlook.addresses)))


def _named(settings: Settings, addresses: Sequence[str]) -> list[str]:
    """The settings are people's own: where they name the person is told."""
    from syncd.settings.mentions import mentions

    return [f"in the settings, {place}" for place in mentions(settings, addresses)]


def _forget(settings: Settings, outlook: Outlook, wishes: object, *, as_json: bool) -> int:
    from syncd.app import Wish, engine
    from syncd.engine.forget import Wishes, prove
    from syncd.engine.forget import forget as carry_out

    assert isinstance(wishes, Wishes)
    with engine(settings, Wish("forget")) as works:
        left = carry_out(works, outlook.addresses, wishes)
        if left:
            again = "nothing is removed here before; run the same command again"
            words = f"{left} records could not be removed from the services yet: {again}"
            return failed(words, as_json=as_json)
        proof = prove(
            works.ctx, outlook.addresses, services=wishes.crm or wishes.board or wishes.drafts
        )
    return _tell_proof(proof, outlook.stays, as_json=as_json)


def _prove(settings: Settings, addresses: Sequence[str], *, as_json: bool) -> int:
    from syncd.app import Wish, beside
    from syncd.engine.forget import prove

    with beside(settings, Wish("forget")) as works:
        proof = prove(works.ctx, addresses)
    return _tell_proof(proof, _named(settings, addresses), as_json=as_json)


def _tell_outlook(outlook: Outlook, *, as_json: bool) -> None:
    if as_json:
        print_json({"ok": True, "done": False, "outlook": outlook})
        return
    if outlook.nothing:
        say("Nothing is held of them here; forgetting keeps it so.")
    alone = outlook.messages - outlook.shared
    say(f"Messages between them and us: {alone}, in {outlook.conversations} conversations.")
    if outlook.shared:
        say(f"Messages with others outside: {outlook.shared}; they stay, without this person.")
    say(
        f"Contacts: {outlook.contacts}; logged messages: {outlook.engagements}; "
        f"tasks: {outlook.tasks}; drafts: {outlook.drafts}; "
        f"imports, links, favours and the like: {outlook.besides}."
    )
    if outlook.aliases:
        say(f"The same contact is also {', '.join(outlook.aliases)} (--aliases takes them in).")
    for words in outlook.stays:
        say(f"Stays: {words}.")


def _tell_proof(proof: Proof, stays: Sequence[str], *, as_json: bool) -> int:
    code = ExitCode.OK if proof.clean else ExitCode.FAILED
    if as_json:
        print_json({"ok": proof.clean, "done": True, "left": proof, "stays": list(stays)})
        return code
    for place, number in sorted(proof.here.items()):
        complain(f"Still here: {number} in {place}")
    if not proof.here:
        say("Every table and the files of the state were looked through: 0 left here.")
    for place, number in sorted(proof.outside.items()):
        say(f"Still outside: {number} {place}")
    for service, words in sorted(proof.unasked.items()):
        complain(f"Not asked: {service}: {words}")
    for words in stays:
        say(f"Stays: {words}.")
    return code
