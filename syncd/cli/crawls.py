"""`syncd crawl`, `syncd crawls`: crawling a site, and what crawls have shown."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from syncd.cli.opening import settings_of
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
    from syncd.engine.crawls import Taken
    from syncd.settings.settings import Settings
    from syncd.store.crawls import Crawl, CrawlFile, Outbound

_SHOWN = 50
_ANCHOR = 40


class With(StrEnum):
    """What crawls."""

    CRAWLER = "crawler"
    SCREAMING_FROG = "screaming-frog"


def register(app: typer.Typer) -> None:
    app.command()(crawl)
    app.command()(crawls)


def crawl(
    site: Annotated[
        str, typer.Argument(metavar="SITE", help="A host, or a whole address to begin at.")
    ],
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    by: Annotated[
        With | None,
        typer.Option("--with", help="What crawls; as the settings say where left out."),
    ] = None,
    pages: Annotated[
        int | None, typer.Option("--pages", min=1, help="Look at no more pages (crawler only).")
    ] = None,
    allow_private: Annotated[
        bool,
        typer.Option("--allow-private", help="Also addresses that are not public: an intranet."),
    ] = False,
    complete: Annotated[
        bool,
        typer.Option("--complete", help="Exactly 500 URLs are all there are (Screaming Frog)."),
    ] = False,
    as_json: JsonOption = False,
) -> int:
    """Crawl a site, politely, to see to whom it links.

    What is known of the site is replaced once the crawl is done; a crawl that fails changes
    nothing. Runs beside the daemon.
    """
    from syncd.app import Wish, crawling
    from syncd.engine.crawls import crawl_site
    from syncd.ports.crawl import Order
    from syncd.ports.verdicts import Locked, Refused
    from syncd.runtime.logs import configure

    configure(quiet=True)
    settings = settings_of(config)
    with crawling(settings, Wish("crawl")) as (around, sources):
        name = by.value if by is not None else settings.crawl.by
        order = Order(
            site,
            pages=pages,
            contact=_home(settings),
            allow_private=allow_private,
            complete=complete,
        )
        try:
            taken = crawl_site(around, sources[name], name, order)
        except Refused as why:
            return refuse(str(why), as_json=as_json)
        except Locked as why:
            return refuse(f"{why}; {why.remedy}", as_json=as_json)
    tell_taken(taken, as_json=as_json)
    return ExitCode.OK if taken.kept else ExitCode.FAILED


def crawls(
    site: Annotated[
        str | None, typer.Argument(metavar="[SITE]", help="Show to whom this one links.")
    ] = None,
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    every: Annotated[
        bool, typer.Option("--all", help="With menus, footers and credits, and to the end.")
    ] = False,
    as_json: JsonOption = False,
) -> int:
    """The sites that were crawled; with SITE, the domains it links to, the best first."""
    settings = settings_of(config)
    if site is None:
        return _list(settings, as_json=as_json)
    return _show(settings, site, every=every, as_json=as_json)


def refuse(words: str, *, as_json: bool) -> int:
    """Nothing was changed, and why."""
    if as_json:
        print_json({"ok": False, "error": "no crawl", "message": words})
    else:
        complain(f"{words}.")
    return ExitCode.FAILED


def tell_taken(taken: Taken, *, as_json: bool) -> None:
    """What became of a crawl or an export."""
    crawl = taken.crawl
    if as_json:
        print_json(
            {
                "ok": taken.kept,
                "kept": taken.kept,
                "crawl": crawl,
                "words": taken.words,
                "others": [{"site": name, "pages": pages} for name, pages in taken.others],
            }
        )
        return
    if not taken.kept:
        complain(f"{crawl.site}: nothing was changed: {taken.words}.")
        return
    say(
        f"{crawl.site}: {crawl.pages:,} pages, {crawl.links:,} links out to {crawl.domains:,} "
        f"domains; {crawl.ignored:,} more (social networks, advertising and the like) left out."
    )
    if taken.words:
        say(f"Note: {taken.words}.")
    if taken.others:
        named = ", ".join(f"{name} ({pages:,})" for name, pages in taken.others[:5])
        say(f"Pages of other sites were left out: {named}; --site takes one of those.")
    say(f"`syncd crawls {crawl.site}` shows the domains.")


def _list(settings: Settings, *, as_json: bool) -> int:
    from syncd.app import state
    from syncd.store import crawls as stored

    with state(settings) as store, store.begin() as tx:
        known = stored.every(tx)
        refused = stored.refused_files(tx)
    if as_json:
        print_json({"ok": True, "crawls": known, "refused": [_plain(file) for file in refused]})
        return ExitCode.OK
    if known:
        print_table(
            ["site", "crawled (UTC)", "pages", "domains", "with", "trouble"],
            [_row(each) for each in known],
        )
    else:
        say("No site was crawled yet: syncd crawl SITE, or syncd import crawl FILE.")
    for file in refused:
        say(f"not taken in: {file.name}: {file.words}")
    return ExitCode.OK


def _show(settings: Settings, site: str, *, every: bool, as_json: bool) -> int:
    from syncd.app import state
    from syncd.engine.crawls import site_named
    from syncd.ports.verdicts import Refused
    from syncd.store import crawls as stored

    try:
        name = site_named(site)
    except Refused as why:
        return refuse(str(why), as_json=as_json)
    with state(settings) as store, store.begin() as tx:
        crawl = stored.of(tx, [name]).get(name)
        found = ranked(list(stored.outbound(tx, sites=[name])))
    if crawl is None:
        words = f"{name} was not crawled yet; syncd crawl {name}"
        return failed(words, as_json=as_json, what="not crawled")
    if as_json:
        print_json({"ok": True, "crawl": crawl, "domains": found})
        return ExitCode.OK
    _print_crawl(crawl)
    chosen = found if every else [each for each in found if not each.boilerplate]
    shown = chosen if every else chosen[:_SHOWN]
    if shown:
        print_table(
            ["domain", "pages", "where", "anchor", "on the page"], [_link(each) for each in shown]
        )
    left = len(found) - len(shown)
    if left:
        say(f"{left:,} more, menus, footers and credits among them; --all shows them.")
    return ExitCode.OK


def ranked(found: list[Outbound]) -> list[Outbound]:
    """What an author chose first: in the text, followed, and not on every page."""
    from syncd.core.outbound import POSITIONS

    return sorted(
        found,
        key=lambda it: (
            it.boilerplate,
            it.sitewide,
            POSITIONS.index(it.position),
            not it.follow,
            -it.pages,
            it.domain,
        ),
    )


def _print_crawl(crawl: Crawl) -> None:
    if crawl.at is None:
        say(f"{crawl.site} could not be crawled yet.")
    else:
        part = "" if crawl.whole else ", a part of the site"
        say(
            f"{crawl.site}, crawled {crawl.at:%Y-%m-%d %H:%M} UTC with {crawl.source}: "
            f"{crawl.pages:,} pages{part}, {crawl.domains:,} domains, {crawl.ignored:,} left out."
        )
    if crawl.trouble:
        say(f"The last try, {crawl.tried_at:%Y-%m-%d %H:%M} UTC, failed: {crawl.trouble}")


def _row(crawl: Crawl) -> tuple[object, ...]:
    return (
        crawl.site,
        f"{crawl.at:%Y-%m-%d %H:%M}" if crawl.at else "never",
        f"{crawl.pages:,}" + ("" if crawl.whole else " (a part)"),
        f"{crawl.domains:,}",
        crawl.source,
        crawl.trouble,
    )


def _link(each: Outbound) -> tuple[object, ...]:
    where = each.position or "unknown"
    where += ", sitewide" if each.sitewide else ""
    where += ", credit or frame" if each.boilerplate else ""
    where += "" if each.follow else ", nofollow"
    anchor = each.anchor if len(each.anchor) <= _ANCHOR else each.anchor[: _ANCHOR - 1] + "…"
    return each.domain, f"{each.pages:,}", where, anchor, each.source_url


def _plain(file: CrawlFile) -> Mapping[str, Any]:
    return {"name": file.name, "words": file.words, "at": file.at}


def _home(settings: Settings) -> str:
    return f"https://{settings.team.domains[0]}" if settings.team.domains else ""
