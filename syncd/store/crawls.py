"""What crawls have shown: which domains a site links to, and links of its to our clients.

A site has one picture, that of its last good crawl. A later one replaces it in one commit;
a try that brought nothing leaves it as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, delete, func, select, update

from syncd.store import forgotten
from syncd.store.schema import crawl_files, crawl_links, crawls
from syncd.store.schema import outbound as links_out
from syncd.store.writing import CHUNK, chunks, upsert

TAKEN, REFUSED = "taken", "refused"


@dataclass(frozen=True, slots=True)
class Outbound:
    """A domain that a site links to. Domains are registrable; ignored ones are not kept.

    `pages`: how many of the site's carry such a link. `position`, `follow`, `anchor`,
    `source_url` and `target_url` are those of its best one: content before all others
    ("content", "aside", "header", "navigation", "footer", "" where unknown). `sitewide`: on
    most pages. `boilerplate`: a frame's or a credit ("powered by"), nothing an author chose.
    """

    site: str
    domain: str
    pages: int
    position: str
    follow: bool
    anchor: str
    source_url: str
    target_url: str
    sitewide: bool
    seen_at: datetime
    boilerplate: bool = False
    first_seen_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ClientLink:
    """A link on a crawled page to one of our clients. `client`: its registrable domain."""

    site: str
    page: str
    target: str
    client: str
    anchor: str
    follow: bool
    rel: str
    position: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Crawl:
    """The last good crawl of a site. `at` None: there is none; `trouble` says why.

    `source`: screaming-frog | crawler. `whole` False: it stopped at a limit of pages.
    `links` and `ignored` count what was left out too; `failures` the tries since.
    """

    site: str
    at: datetime | None
    source: str
    file: str
    whole: bool
    pages: int
    links: int
    domains: int
    ignored: int
    tried_at: datetime
    trouble: str = ""
    failures: int = 0


@dataclass(frozen=True, slots=True)
class CrawlFile:
    """An export that was met in the watched folder. `state`: taken | refused."""

    digest: str
    name: str
    site: str
    state: str
    words: str
    at: datetime


def every(tx: Connection) -> list[Crawl]:
    """All sites, by name."""
    return [Crawl(**row) for row in tx.execute(select(crawls).order_by(crawls.c.site)).mappings()]


def of(tx: Connection, sites: Iterable[str]) -> dict[str, Crawl]:
    found = {}
    for some in chunks(sites):
        for row in tx.execute(select(crawls).where(crawls.c.site.in_(some))).mappings():
            found[row["site"]] = Crawl(**row)
    return found


def outbound(
    tx: Connection,
    *,
    sites: Iterable[str] | None = None,
    domains: Iterable[str] | None = None,
) -> Iterator[Outbound]:
    """What the given sites link to, and who links to the given domains; None: all.

    Both are registrable domains. By site, then domain, within each five hundred asked for.
    """
    query: Select[Any] = select(links_out).order_by(links_out.c.site, links_out.c.domain)
    wanted = None if domains is None else list(domains)
    for site in _conditions(links_out.c.site, sites):
        for domain in _conditions(links_out.c.domain, wanted):
            conditions = [each for each in (site, domain) if each is not None]
            for row in tx.execute(query.where(*conditions)).mappings():
                yield Outbound(**row)


def client_links(
    tx: Connection,
    *,
    clients: Iterable[str] | None = None,
    sites: Iterable[str] | None = None,
) -> Iterator[ClientLink]:
    """Links to our clients on crawled pages, as last crawled; None: all."""
    kept = [column for column in crawl_links.c if column.name != "id"]
    query: Select[Any] = select(*kept).order_by(crawl_links.c.id)
    wanted = None if clients is None else list(clients)
    for site in _conditions(crawl_links.c.site, sites):
        for client in _conditions(crawl_links.c.client, wanted):
            conditions = [each for each in (site, client) if each is not None]
            for row in tx.execute(query.where(*conditions)).mappings():
                yield ClientLink(**row)


def replace(
    tx: Connection, crawl: Crawl, found: Sequence[Outbound], links: Sequence[ClientLink]
) -> None:
    """Make this the site's picture, within the caller's commit."""
    since = _first_seen(tx, crawl.site)
    tx.execute(delete(links_out).where(links_out.c.site == crawl.site))
    tx.execute(delete(crawl_links).where(crawl_links.c.site == crawl.site))
    for start in range(0, len(found), CHUNK):
        rows = [_row(tx, each) for each in found[start : start + CHUNK]]
        for row in rows:
            row["first_seen_at"] = since.get(row["domain"]) or row["first_seen_at"] or crawl.at
        tx.execute(links_out.insert(), rows)
    if links:
        tx.execute(crawl_links.insert(), [_row(tx, each) for each in links])
    upsert(tx, crawls, [asdict(crawl)], ["site"])


def failed(tx: Connection, site: str, words: str, now: datetime) -> None:
    """A try that brought nothing: what is known of the site stays."""
    nothing = Crawl(site, None, "", "", True, 0, 0, 0, 0, now)  # noqa: FBT003 - a blank row
    blank = asdict(nothing)
    upsert(tx, crawls, [blank], ["site"], keep=[name for name in blank if name != "tried_at"])
    tx.execute(
        update(crawls)
        .where(crawls.c.site == site)
        .values(trouble=words, failures=crawls.c.failures + 1)
    )


def forget_site(tx: Connection, site: str) -> bool:
    """Drop all that is known of a site. False: nothing was."""
    for table in (links_out, crawl_links):
        tx.execute(delete(table).where(table.c.site == site))
    return tx.execute(delete(crawls).where(crawls.c.site == site)).rowcount > 0


def files(tx: Connection, digests: Iterable[str]) -> dict[str, CrawlFile]:
    found = {}
    for some in chunks(digests):
        for row in tx.execute(select(crawl_files).where(crawl_files.c.digest.in_(some))).mappings():
            found[row["digest"]] = CrawlFile(**row)
    return found


def refused_files(tx: Connection) -> list[CrawlFile]:
    """Files that could not be read, the newest first."""
    query = select(crawl_files).where(crawl_files.c.state == REFUSED)
    rows = tx.execute(query.order_by(crawl_files.c.at.desc())).mappings()
    return [CrawlFile(**row) for row in rows]


def met_file(tx: Connection, file: CrawlFile) -> None:
    name, words = forgotten.cleared(tx, file.name, file.words)
    upsert(tx, crawl_files, [asdict(file) | {"name": name, "words": words}], ["digest"])


def forget_files(tx: Connection, digests: Iterable[str]) -> None:
    for some in chunks(digests):
        tx.execute(delete(crawl_files).where(crawl_files.c.digest.in_(some)))


def count(tx: Connection) -> int:
    """How many sites have a picture."""
    return tx.execute(select(func.count()).where(crawls.c.at.is_not(None))).scalar_one()


def _row(tx: Connection, one: Outbound | ClientLink) -> dict[str, Any]:
    """A page may name whoever is to be forgotten, in its address or beside a link."""
    row = asdict(one)
    said = {name: value for name, value in row.items() if isinstance(value, str)}
    return row | forgotten.cleared_values(tx, said)


def _first_seen(tx: Connection, site: str) -> dict[str, datetime]:
    query = select(links_out.c.domain, links_out.c.first_seen_at).where(links_out.c.site == site)
    rows: Iterable[RowMapping] = tx.execute(query).mappings()
    return {row["domain"]: row["first_seen_at"] for row in rows}


def _conditions(column: Any, values: Iterable[str] | None) -> Iterator[Any]:
    """The conditions that together ask for all `values`, few enough in each; None: for any."""
    if values is None:
        yield None
        return
    for some in chunks(values):
        yield column.in_(some)
