"""`syncd auth`: people's consent, given in a browser, listed, taken back."""

from __future__ import annotations

import platform
import sys
from datetime import datetime
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
    print_table,
    say,
)
from syncd.cli.visit import DEFAULT_PORT, visiting

if TYPE_CHECKING:
    from syncd.ports.signin import Grant, SignIn

HeadlessOption = Annotated[
    bool, typer.Option("--headless", help="Print the address instead of opening a browser.")
]
PortOption = Annotated[
    int, typer.Option("--port", help="The port on this machine that the browser comes back to.")
]
AgainOption = Annotated[bool, typer.Option("--again", help="Also where consent is kept already.")]


def register(app: typer.Typer) -> None:
    auth = typer.Typer(no_args_is_help=True, help="Sign in to services, list consents, revoke.")
    auth.command("gmail")(gmail)
    auth.command("hubspot")(hubspot)
    auth.command("list")(list_grants)
    auth.command("revoke")(revoke)
    auth.command("new-key")(new_key)
    app.add_typer(auth, name="auth")


def gmail(
    mailboxes: Annotated[
        list[str] | None,
        typer.Argument(metavar="[MAILBOX]...", help="All without a token if none is named."),
    ] = None,
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    headless: HeadlessOption = False,
    port: PortOption = DEFAULT_PORT,
    again: AgainOption = False,
) -> int:
    """Let syncd into mailboxes, one after the other, each by its own person's consent."""
    return _sign_in("gmail", config, mailboxes or (), port, headless=headless, again=again)


def hubspot(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    headless: HeadlessOption = False,
    port: PortOption = DEFAULT_PORT,
    again: AgainOption = False,
) -> int:
    """Let syncd into the HubSpot account as an app, instead of by a service key."""
    return _sign_in("hubspot", config, (), port, headless=headless, again=again)


def list_grants(*, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> int:
    """Every consent the settings need: where it is kept, since when, until when."""
    from syncd.ports.verdicts import Locked

    rows: list[dict[str, Any]] = []
    for name, (kind, way) in _ways(config).items():
        for subject in way.subjects():
            row: dict[str, Any] = {"connector": name, "kind": kind, "subject": subject}
            try:
                rows.append(row | _told(way.grant(subject)))
            except Locked as verdict:
                rows.append(row | {"state": "unreadable", "trouble": str(verdict)})
    if as_json:
        print_json({"ok": True, "consents": rows})
        return ExitCode.OK
    if not rows:
        say("No connector here is signed in to: all use keys.")
        return ExitCode.OK
    print_table(
        ["connector", "for", "state", "given", "ends", "kept"],
        [
            (
                row["connector"],
                row["subject"],
                row["state"],
                _day(row.get("given_at")),
                _day(row.get("ends_at")),
                row.get("kept") or row.get("trouble") or "",
            )
            for row in rows
        ],
    )
    return ExitCode.OK


def revoke(
    subjects: Annotated[
        list[str], typer.Argument(metavar="WHO...", help="A mailbox, or a connector's name.")
    ],
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> int:
    """Have the service forget a consent, then remove the token. What was logged stays."""
    ways = _ways(config)
    chosen = [
        (way, subject)
        for who in subjects
        for name, (_, way) in ways.items()
        for subject in way.subjects()
        if who.lower() in {subject, name}
    ]
    known = {each for name, (_, way) in ways.items() for each in (name, *way.subjects())}
    unknown = [who for who in subjects if who.lower() not in known]
    if unknown:
        complain(f"nobody signs in as {', '.join(unknown)}; `syncd auth list` shows who does")
        return ExitCode.FAILED
    revoked = []
    for way, subject in chosen:
        if way.grant(subject) is None:
            continue
        way.revoke(subject)
        revoked.append(subject)
    if as_json:
        print_json({"ok": True, "revoked": revoked})
    else:
        say(f"Revoked: {', '.join(revoked)}." if revoked else "There was nothing to revoke.")
    return ExitCode.OK


def new_key() -> int:
    """Print a new key for `encrypt_with`. Keep it where secrets are kept."""
    from cryptography.fernet import Fernet

    say(Fernet.generate_key().decode())
    return ExitCode.OK


def _sign_in(
    kind: str, config: Path, wanted: Any, port: int, *, headless: bool, again: bool
) -> int:
    ways = [way for its_kind, way in _ways(config).values() if its_kind == kind]
    if not ways:
        complain(f"no {kind} connector here is signed in to: the settings use a key instead")
        return ExitCode.FAILED
    asked = [who.lower() for who in wanted]
    known = {subject: way for way in ways for subject in way.subjects()}
    unknown = [who for who in asked if who not in known]
    if unknown:
        complain(f"{', '.join(unknown)}: not in the settings; they name {', '.join(known)}")
        return ExitCode.FAILED
    due = asked or [who for who, way in known.items() if again or not _good(way, who)]
    if not due:
        say("Everybody has signed in already; --again asks once more.")
        return ExitCode.OK

    with visiting(port, _show, browser=not headless) as visit:
        if headless:
            say("Open each address below in a browser. If that is on another machine, forward")
            say("the port to this one first, there:\n")
            say(f"  ssh -L {visit.port}:127.0.0.1:{visit.port} {platform.node()}\n")
        for who in due:
            say(f"Sign in as {who}.")
            grant = known[who].sign_in(who, visit)
            say(f"{who}: signed in; kept in {grant.kept}.")
    return ExitCode.OK


def _show(url: str) -> None:
    say(f"  {url}")
    # Into a pipe nothing is shown before it is full, and somebody waits for the address.
    sys.stdout.flush()


def _good(way: SignIn, subject: str) -> bool:
    """Whether a consent is kept and can be read; one that cannot is given anew."""
    from syncd.ports.verdicts import Locked

    try:
        return way.grant(subject) is not None
    except Locked:
        return False


def _ways(config: Path) -> dict[str, tuple[str, SignIn]]:
    from syncd.ports.manifest import Toolbox
    from syncd.runtime.clock import SystemClock
    from syncd.runtime.logs import configure
    from syncd.settings.loading import load
    from syncd.wiring import kinds, sign_ins

    configure(quiet=True)
    return sign_ins(load(config, kinds()), Toolbox(SystemClock()))


def _told(grant: Grant | None) -> dict[str, Any]:
    if grant is None:
        return {"state": "missing"}
    return {
        "state": "kept",
        "kept": grant.kept,
        "scopes": list(grant.scopes),
        "given_at": grant.given_at,
        "renewed_at": grant.renewed_at,
        "ends_at": grant.ends_at,
    }


def _day(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d}" if at else ""
