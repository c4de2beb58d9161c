"""`syncd links`: the links to clients that are known, and how they stand."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from syncd.cli.output import (
    DEFAULT_CONFIG,
    ConfigOption,
    ExitCode,
    JsonOption,
    complain,
    failed,
    print_json,
    print_table,
    say,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from syncd.settings.settings import Settings
    from syncd.store.database import Store
    from syncd.store.links import EarnedLink

Urls = Annotated[list[str], typer.Argument(metavar="URL…", help="Pages that carry a link.")]
AnyUrls = Annotated[
    list[str] | None, typer.Argument(metavar="[URL…]", help="Pages; all that are due if none.")
]
ClientOption = Annotated[str, typer.Option("--client", metavar="DOMAIN", help="Of this client.")]
_COLUMNS = (
    *("page", "client", "state", "person", "campaign", "target", "anchor", "source", "won"),
    *("lost", "last look", "next look", "seen"),
)

_wrong = partial(failed, what="cannot do this")


def register(app: typer.Typer) -> None:
    family = typer.Typer(
        invoke_without_command=True, help="Links to clients: how they stand; add, check, drop."
    )
    family.callback()(links)
    for command in (show, check, add, drop):
        family.command()(command)
    app.add_typer(family, name="links")


def links(
    context: typer.Context,
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    client: ClientOption = "",
    campaign: Annotated[str, typer.Option("--campaign", metavar="ID")] = "",
    state: Annotated[
        list[str],
        typer.Option("--state", help="E.g. live, lost, nofollow, error; may be repeated."),
    ] = [],  # noqa: B006 - typer's way of "none"; it is never changed
    person: Annotated[str, typer.Option("--person", metavar="ADDRESS")] = "",
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, for spreadsheets.")] = False,
    as_json: JsonOption = False,
) -> int:
    """The links that are known: their page, whose they are, how they stand and since when."""
    if context.invoked_subcommand is not None:
        return ExitCode.OK
    wanted = _states(state)
    if wanted is None:
        return ExitCode.FAILED
    from syncd.store import links as known

    with _state(config) as (_, store), store.begin() as tx:
        found = known.every(
            tx,
            client=client or None,
            campaign=campaign or None,
            people=[person.strip().lower()] if person else None,
        )
        found = [one for one in found if not wanted or one.state in wanted]
        history = known.history(tx, [one.id for one in found]) if as_json else {}
    if as_json:
        print_json({"ok": True, "links": [_as_json(one, history) for one in found]})
    elif as_csv:
        from syncd.core.csv_out import written

        sys.stdout.write(written(_COLUMNS, [_cells(one) for one in found]))
    elif not found:
        say("No such link is known; `syncd import links` and `syncd links add` take some in.")
    else:
        print_table(
            ["state", "page", "client", "person", "won", "lost", "last look", "seen there"],
            [_row(one) for one in found],
        )
        _sum(found)
    return ExitCode.OK


def show(urls: Urls, *, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> int:
    """What is known of pages, and how their links stood over time."""
    from syncd.store import links as known

    with _state(config) as (_, store), store.begin() as tx:
        found = _found(tx, urls)
        history = known.history(tx, [one.id for one in found])
    if not found:
        return _unknown(urls, as_json=as_json)
    if as_json:
        print_json({"ok": True, "links": [_as_json(one, history) for one in found]})
        return ExitCode.OK
    for one in found:
        say(f"{one.url}: {one.state} ({one.words or 'not looked at yet'})")
        say(f"  links to {one.seen_target or one.target or one.client}, for {one.client}")
        say(f"  known since {_day(one.known_at)} ({one.source}), person {one.person or 'unknown'}")
        say(f"  won {_day(one.won_at)}, lost {_day(one.lost_at)}, {one.checks} looks")
        if one.no_task:
            say(f"  no task for its loss: {one.no_task}")
        for at in history.get(one.id, ()):
            say(f"  {at.at:%Y-%m-%d %H:%M} {at.state}: {at.words}")
    return ExitCode.OK


def check(
    urls: AnyUrls = None,
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    client: ClientOption = "",
    as_json: JsonOption = False,
) -> int:
    """Look at pages now: those given, else all that are due. Beside a daemon, it does."""
    from syncd.app import Wish, engine
    from syncd.cli.opening import settings_of
    from syncd.runtime.hold import HeldElsewhere
    from syncd.runtime.logs import configure

    configure(quiet=True)
    settings = settings_of(config)
    try:
        with engine(settings, Wish("links")) as works:
            if works.ctx.ports.web is None:
                complain("Nothing looks at pages: add connectors.web: {kind: webcheck}.")
                return ExitCode.FAILED
            ids = _ask(works.ctx.store, urls or (), client)
            if ids is None:
                return _unknown(urls or (), as_json=as_json)
            began = datetime.now(UTC)
            while works.look_at_links() and (due := works.next_look()) and due <= began:
                pass
            with works.ctx.store.begin() as tx:
                seen = _seen_since(tx, ids, began)
    except HeldElsewhere:
        return _leave_to_daemon(settings, urls or (), client, as_json=as_json)
    if as_json:
        print_json({"ok": True, "looked_at": [_as_json(one, {}) for one in seen]})
        return ExitCode.OK
    for one in seen:
        say(f"{one.url}: {one.state} ({one.words})")
    say(f"{len(seen)} looked at. What follows of it is done by the daemon, or by `syncd once`.")
    return ExitCode.OK


def add(
    url: Annotated[str, typer.Argument(metavar="URL", help="The page that carries the link.")],
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    client: ClientOption = "",
    person: Annotated[
        str, typer.Option("--person", metavar="ADDRESS", help="Whom we know there.")
    ] = "",
    campaign: Annotated[str, typer.Option("--campaign", metavar="ID")] = "",
    target: Annotated[str, typer.Option("--target", metavar="URL", help="Where it leads.")] = "",
    anchor: Annotated[str, typer.Option("--anchor", help="What it says.")] = "",
    as_json: JsonOption = False,
) -> int:
    """Look after a link from now on, or say more of one that is known, such as its person."""
    from syncd.core.links_address import page_key
    from syncd.core.mail.addresses import normalise, valid
    from syncd.store import link_looks, tombstones
    from syncd.store.links import HAND

    now = datetime.now(UTC)
    whom = normalise(person) if person else ""
    with _state(config) as (settings, store), store.begin() as tx:
        campaigns = settings.rules(now).campaigns
        theirs = [one for one in campaigns if campaign in {"", one.id}]
        clients = sorted({one.client for one in theirs if client in {"", one.client}})
        wrong = ""
        if not page_key(url):
            wrong = f"{url} is no web address"
        elif whom and not valid(whom):
            wrong = f"{person} is no mail address"
        elif whom and tombstones.among(tx, [whom]):
            wrong = f"{whom} is to be forgotten: nothing of them is kept"
        elif len(clients) != 1:
            known = ", ".join(sorted({one.client for one in campaigns})) or "none"
            wrong = f"say whose link it is with --client; the clients are {known}"
        if wrong:
            return _wrong(wrong, as_json=as_json)
        mine = campaign or (theirs[0].id if len(theirs) == 1 else "")
        claim = link_looks.Claim(url, clients[0], target, anchor, whom, mine)
        origin = link_looks.Origin(HAND, now)
        link_looks.add(tx, [claim], origin, {page_key(url): now})
        found = _found(tx, [url])
    if as_json:
        print_json({"ok": True, "links": [_as_json(one, {}) for one in found]})
    else:
        say(f"{url} is looked after; its page is looked at before its link counts.")
    return ExitCode.OK


def drop(
    urls: Urls,
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    client: ClientOption = "",
    as_json: JsonOption = False,
) -> int:
    """Look after links no more. What was seen of them stays known; `add` takes them up again."""
    from syncd.store import link_looks

    with _state(config) as (_, store), store.begin() as tx:
        found = [one for one in _found(tx, urls) if client in {"", one.client}]
        link_looks.drop(tx, [one.id for one in found], datetime.now(UTC))
    if not found:
        return _unknown(urls, as_json=as_json)
    if as_json:
        print_json({"ok": True, "dropped": [one.url for one in found]})
    else:
        say(f"{len(found)} are looked after no more.")
    return ExitCode.OK


def _states(given: Sequence[str]) -> set[str] | None:
    from syncd.core.links import LinkState
    from syncd.settings.fields import did_you_mean

    words = [word for one in given for word in one.split(",") if word.strip()]
    wanted = {" ".join(word.replace("-", " ").replace("_", " ").lower().split()) for word in words}
    known = {state.value for state in LinkState}
    for one in sorted(wanted - known):
        hint = did_you_mean(one, known) or f"; there are {', '.join(sorted(known))}"
        complain(f"no link is ever {one}{hint}")
        return None
    return wanted


def _ask(store: Store, urls: Sequence[str], client: str) -> list[int] | None:
    """Have these looked at at once. None where one of them is not known."""
    from syncd.store import link_looks
    from syncd.store import links as known

    with store.begin() as tx:
        if not urls:
            return [one.id for one in known.every(tx, client=client or None)]
        found = [one for one in _found(tx, urls) if client in {"", one.client}]
        if not found:
            return None
        link_looks.ask(tx, [one.id for one in found], datetime.now(UTC))
    return [one.id for one in found]


def _seen_since(tx: Any, ids: Sequence[int], began: datetime) -> list[EarnedLink]:
    from syncd.store import links as known

    return [one for one in known.of_ids(tx, ids) if one.checked_at and one.checked_at >= began]


def _leave_to_daemon(settings: Settings, urls: Sequence[str], client: str, *, as_json: bool) -> int:
    from syncd.app import state

    with state(settings) as store:
        ids = _ask(store, urls, client)
    if ids is None:
        return _unknown(urls, as_json=as_json)
    if as_json:
        print_json({"ok": True, "looked_at": [], "left_to_daemon": len(ids)})
    else:
        say("A daemon is at work here, and looks at what is due within seconds; see `syncd links`.")
    return ExitCode.OK


@contextmanager
def _state(config: Any) -> Iterator[tuple[Settings, Store]]:
    from syncd.app import state
    from syncd.settings.loading import load
    from syncd.wiring import kinds

    settings = load(config, kinds())
    with state(settings) as store:
        yield settings, store


def _found(tx: Any, urls: Sequence[str]) -> list[EarnedLink]:
    from syncd.core.links_address import page_key
    from syncd.store import links as known

    return known.of_pages(tx, sorted({page_key(url) for url in urls} - {""}))


def _unknown(urls: Sequence[str], *, as_json: bool) -> int:
    return _wrong(f"no link is known on {', '.join(urls) or 'any page'}", as_json=as_json)


def _as_json(one: EarnedLink, history: Any) -> dict[str, Any]:
    import dataclasses

    return {**dataclasses.asdict(one), "stands": one.stands, "history": history.get(one.id, ())}


def _row(one: EarnedLink) -> tuple[object, ...]:
    return (
        one.state,
        one.url,
        one.client,
        one.person or "?",
        _day(one.won_at),
        _day(one.lost_at),
        _day(one.checked_at),
        one.words,
    )


def _cells(one: EarnedLink) -> tuple[object, ...]:
    return (
        one.url,
        one.client,
        one.state.value,
        one.person,
        one.campaign,
        one.seen_target or one.target,
        one.seen_anchor or one.anchor,
        one.source,
        one.won_at,
        one.lost_at,
        one.checked_at,
        one.next_check_at,
        one.words,
    )


def _sum(found: Sequence[EarnedLink]) -> None:
    stand = sum(one.stands for one in found)
    lost = sum(one.lost_at is not None for one in found)
    claims = sum(one.won_at is None for one in found)
    say(f"{len(found)} links: {stand} stand, {lost} lost, {claims} never seen.")
    alone = sum(not one.person for one in found)
    if alone:
        say(f"Of {alone} nobody is known; `syncd links add URL --person ADDRESS` says who it is.")


def _day(at: datetime | None) -> str:
    return "" if at is None else f"{at:%Y-%m-%d}"
