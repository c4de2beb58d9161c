"""`syncd contacts`: the lists a link builder pulls, from the state alone."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from functools import partial
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
    from datetime import datetime

    from syncd.settings.settings import Settings
    from syncd.store.pull_list import Asked, Listed

ANY = "any"
_COLUMNS = (
    *("address", "name", "client", "standing", "since", "link", "link state", "link date"),
    *("known by", "exchanges", "last answer", "favours", "campaigns", "niches"),
    "do not contact",
)

_wrong = partial(failed, what="wrong question")


def register(app: typer.Typer) -> None:
    app.command()(contacts)


def contacts(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    linked: Annotated[
        bool, typer.Option("--linked", help="Who linked to a client, once or still.")
    ] = False,
    lost: Annotated[bool, typer.Option("--lost", help="Whose link was lost.")] = False,
    agreed: Annotated[bool, typer.Option("--agreed", help="Who said yes.")] = False,
    answered: Annotated[
        bool, typer.Option("--answered", help="Who answered, and said neither yes nor no.")
    ] = False,
    contacted: Annotated[
        bool, typer.Option("--contacted", help="Who was written to, and did not answer.")
    ] = False,
    declined: Annotated[bool, typer.Option("--declined", help="Who said no.")] = False,
    niche: Annotated[
        str, typer.Option("--niche", help="Only of this niche, or with this tag.")
    ] = "",
    client: Annotated[
        str, typer.Option("--client", help="Only for this client; any for all of them.")
    ] = ANY,
    campaign: Annotated[
        str, typer.Option("--campaign", help="Only of this campaign, by id or name.")
    ] = "",
    known_by: Annotated[
        str, typer.Option("--known-by", metavar="ADDRESS", help="Only whom this teammate knows.")
    ] = "",
    min_depth: Annotated[
        int,
        typer.Option("--min-depth", min=0, help="Only with so many answered messages, or more."),
    ] = 0,
    find: Annotated[
        str, typer.Option("--find", metavar="WORDS", help="Only with this in name or address.")
    ] = "",
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, for spreadsheets.")] = False,
    as_json: JsonOption = False,
) -> int:
    """Who stands how with us: for whom, with which link, since when, and who knows them.

    A line for each person and client; with links, for each link. It asks no service.
    """
    from syncd.app import state
    from syncd.core.relationships import Standing
    from syncd.store import pull_list
    from syncd.store.pull_list import Asked

    if as_csv and as_json:
        return _wrong("give one of --csv and --json", as_json=as_json)
    settings = settings_of(config, secrets=False)
    flags = {
        Standing.LINKED: linked,
        Standing.LOST: lost,
        Standing.AGREED: agreed,
        Standing.ANSWERED: answered,
        Standing.CONTACTED: contacted,
        Standing.DECLINED: declined,
    }
    asked = Asked(
        standings=tuple(one for one in Standing if flags[one]),
        niche=niche.strip(),
        client="" if client.strip().lower() in {"", ANY} else client.strip(),
        campaign=campaign.strip(),
        known_by=known_by.strip().lower(),
        min_depth=min_depth,
        words=find.strip(),
    )
    slip, asked = _understood(settings, asked)
    if slip:
        return _wrong(slip, as_json=as_json)
    with state(settings) as store, store.begin() as tx:
        found = pull_list.listed(tx, settings.rules(_now()).campaigns, asked)
    if as_json:
        print_json({"ok": True, "contacts": [_as_json(one) for one in found]})
    elif as_csv:
        from syncd.core.csv_out import written

        sys.stdout.write(written(_COLUMNS, (row for one in found for row in _rows(one))))
    else:
        _print(found)
    return ExitCode.OK


def _understood(settings: Settings, asked: Asked) -> tuple[str, Asked]:
    """What was asked for, in the settings' own names; a slip in words where there is none."""
    from dataclasses import replace

    from syncd.settings.fields import did_you_mean

    campaigns = settings.campaigns
    clients = {one.client.lower(): one.client for one in campaigns}
    ids = {word.lower(): one.id for one in campaigns for word in (one.id, one.name or one.id)}
    words = {word.lower() for one in campaigns for word in (one.niche or "", *one.tags) if word}
    if asked.client and asked.client.lower() not in clients:
        near = did_you_mean(asked.client, [*clients.values(), ANY])
        return f'no campaign has the client "{asked.client}"{near}', asked
    if asked.campaign and asked.campaign.lower() not in ids:
        return f'there is no campaign "{asked.campaign}"{did_you_mean(asked.campaign, ids)}', asked
    if asked.niche and asked.niche.lower() not in words:
        near = did_you_mean(asked.niche, words)
        return f'no campaign has the niche or tag "{asked.niche}"{near}', asked
    return "", replace(
        asked,
        client=clients.get(asked.client.lower(), ""),
        campaign=ids.get(asked.campaign.lower(), ""),
    )


def _rows(one: Listed) -> Iterator[tuple[object, ...]]:
    known = ", ".join(each.teammate for each in one.known_by)
    rest = (
        known,
        one.depth.exchanges,
        one.depth.last_answer_at,
        str(one.balance),
        ", ".join(one.campaigns),
        ", ".join(one.niches),
        one.do_not_contact,
    )
    for each in one.relationships or (None,):
        mine = [link for link in one.links if each is not None and link.client == each.client]
        for link in mine or (None,):
            yield (
                one.address,
                one.name,
                each.client if each is not None else "",
                each.standing.value if each is not None else "",
                each.since.date() if each is not None else None,
                link.url if link is not None else "",
                _link_state(link),
                (link.won_at or link.known_at).date() if link is not None else None,
                *rest,
            )


def _link_state(link: Any) -> str:
    if link is None:
        return ""
    if link.won_at is None:
        return f"not seen yet ({link.state})"
    return f"lost {link.lost_at:%Y-%m-%d}" if link.lost_at is not None else str(link.state)


def _as_json(one: Listed) -> dict[str, object]:
    return {
        "address": one.address,
        "addresses": list(one.addresses),
        "name": one.name,
        "crm_id": one.crm_id,
        "relationships": list(one.relationships),
        "known_by": list(one.known_by),
        "depth": one.depth,
        "real_dialogue": one.depth.real,
        "links": [
            {
                "url": link.url,
                "client": link.client,
                "target": link.target,
                "anchor": link.anchor,
                "state": link.state,
                "won_at": link.won_at,
                "lost_at": link.lost_at,
                "stands": link.stands,
            }
            for link in one.links
        ],
        "favours": {
            "done": one.balance.done,
            "received": one.balance.received,
            "owed_to_us": one.balance.owed_to_us,
        },
        "campaigns": list(one.campaigns),
        "tags": list(one.tags),
        "niches": list(one.niches),
        "stage": one.stage,
        "do_not_contact": one.do_not_contact,
    }


def _print(found: Sequence[Listed]) -> None:
    if not found:
        say("Nobody does.")
        return
    print_table(
        ["who", "for", "standing", "since", "link", "known by", "answers", "favours"],
        [_line(row) for one in found for row in _rows(one)],
    )
    number = len(found)
    say(f"{number} {'person' if number == 1 else 'people'}.")


def _line(row: tuple[object, ...]) -> tuple[object, ...]:
    cells = dict(zip(_COLUMNS, row, strict=True))
    who = f"{cells['name']} <{cells['address']}>" if cells["name"] else cells["address"]
    if cells["do not contact"]:
        who = f"{who} (not to be contacted)"
    link = f"{cells['link']} ({cells['link state']}, {cells['link date']})" if cells["link"] else ""
    return (
        who,
        cells["client"] or "no campaign",
        cells["standing"],
        cells["since"] or "",
        link,
        cells["known by"],
        cells["exchanges"],
        cells["favours"],
    )


def _now() -> datetime:
    from datetime import UTC, datetime

    return datetime.now(UTC)
