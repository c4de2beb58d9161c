"""Links as tools list them: which tool, and what each line claims. Pure.

Columns as the tools head them: Ahrefs ("Referring page URL", "Target URL"), Semrush ("Source
url", "Target url"), Moz ("URL", "Target URL", "PA"), Majestic ("SourceURL", "TargetURL"), Google
Search Console's "Latest links" and "More sample links" ("Linking page", "Last crawled"), which
do not say where a link leads; and tables of one's own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from syncd.core.links_address import is_within, page_key
from syncd.core.mail.addresses import normalise, valid
from syncd.core.tabular import Header, Row, Unreadable, header, table
from syncd.core.tabular.headers import folded

COLUMNS: Mapping[str, Sequence[str]] = {
    "page": (
        *("Referring page URL", "Source url", "SourceURL", "Linking page", "Referring page"),
        *("Linking URL", "Page URL", "Page", "URL", "Link"),
    ),
    "target": ("Target URL", "TargetURL", "Link URL", "Target page", "Target", "Links to"),
    "anchor": ("Anchor", "Anchor text", "AnchorText", "Link anchor", "Link text"),
    "client": ("Client",),
    "campaign": ("Campaign",),
    "person": ("Person", "Contact", "Email", "Address", "Contact email"),
    "lost": ("Lost", "Lost link", "Date lost", "DateLost", "FlagDeleted", "Lost date"),
}
REQUIRED = ("page",)

# The first whose headers are all there.
_TOOLS: Mapping[str, Sequence[str]] = {
    "Ahrefs": ("Referring page URL", "Target URL"),
    "Semrush": ("Source url", "Target url", "Page ascore"),
    "Majestic": ("SourceURL", "TargetURL"),
    "Google Search Console": ("Linking page", "Last crawled"),
}
_TOOLS_BY_ONE: Mapping[str, Sequence[str]] = {
    "Ahrefs": ("Referring page URL",),
    "Majestic": ("Source Trust Flow", "Source Citation Flow"),
    "Moz": ("PA", "Page Authority", "Spam Score"),
    "Semrush": ("Page ascore",),
}
# Tables of the same reports that list no page with a link, by the headers they begin with.
_NO_LINKS: Mapping[tuple[str, ...], str] = {
    ("Site", "Linking pages"): "it lists sites",
    ("Target page", "Incoming links"): "it lists your own pages",
    ("Rank", "Link text"): "it lists words",
    ("Domain", "Domain rating"): "it lists sites",
    ("Root Domain", "Backlinks"): "it lists sites",
}
_NOT_LOST = frozenset({"", "false", "no", "0", "-", "n/a"})


@dataclass(frozen=True, slots=True)
class Listed:
    """A line that claims a link. What it does not say is ""."""

    line: int
    url: str
    target: str = ""
    anchor: str = ""
    client: str = ""
    campaign: str = ""
    person: str = ""


@dataclass(frozen=True, slots=True)
class Left:
    """A line that is not taken, and why."""

    line: int
    url: str
    why: str


@dataclass(frozen=True, slots=True)
class Table:
    """`tool`: whose export it is, "" for one's own. `listed`: lazily, as the file is read."""

    tool: str
    header: Header
    listed: Iterator[Listed | Left]


def links_of(rows: Iterable[Row], name: str, clients: Collection[str], fallback: str) -> Table:
    """`clients`: the domains of ours; `fallback`: whose the links are that do not say it.

    Raises `Unreadable`.
    """
    rows = iter(rows)
    head = list(_first(rows))
    _refuse_other_reports(head, name)
    found, first, rest = table(chain(head, rows), COLUMNS, REQUIRED, name=name)
    if "target" not in found.at and "client" not in found.at and not fallback:
        raise Unreadable(
            f"{name} does not say where its links lead; say whose they are: --client "
            f"{next(iter(sorted(clients)), 'DOMAIN')}"
        )
    return Table(_tool(first), found, _listed(found, rest, clients, fallback))


def _first(rows: Iterator[Row]) -> Iterator[Row]:
    for row in rows:
        yield row
        return


def _refuse_other_reports(head: Sequence[Row], name: str) -> None:
    for row in head:
        there = {folded(cell) for cell in row.cells}
        for columns, what in _NO_LINKS.items():
            if (
                all(folded(one) in there for one in columns)
                and not header(row.cells, {"page": COLUMNS["page"][:6]}).at
            ):
                raise Unreadable(
                    f"{name} names no page with a link: {what}. Export the links themselves: in "
                    'Search Console "Links", "Export external links", "More sample links" or '
                    '"Latest links"; in other tools the report called backlinks'
                )


def _tool(row: Row) -> str:
    there = {folded(cell) for cell in row.cells}
    for tool, columns in _TOOLS.items():
        if all(folded(one) in there for one in columns):
            return tool
    for tool, columns in _TOOLS_BY_ONE.items():
        if any(folded(one) in there for one in columns):
            return tool
    return ""


def _listed(
    found: Header, rows: Iterable[Row], clients: Collection[str], fallback: str
) -> Iterator[Listed | Left]:
    for row in rows:
        url = found.cell(row, "page")
        target = found.cell(row, "target")
        said = found.cell(row, "client")
        client = _client(target, said, clients) or (fallback if not (target or said) else "")
        person = normalise(found.cell(row, "person"))
        lost = found.cell(row, "lost").casefold()
        if why := _why_not(url, client, person, said or target, lost):
            yield Left(row.line, url, why)
            continue
        yield Listed(
            line=row.line,
            url=url,
            target=target if page_key(target) else "",
            anchor=" ".join(found.cell(row, "anchor").split())[:300],
            client=client,
            campaign=found.cell(row, "campaign"),
            person=person,
        )


def _client(target: str, said: str, clients: Collection[str]) -> str:
    """Whose link it is: the most specific of our clients' domains it leads to."""
    for given in (said, target):
        fitting = [one for one in clients if given and is_within(given, one)]
        if fitting:
            return max(fitting, key=len)
    return ""


def _why_not(url: str, client: str, person: str, leads: str, lost: str) -> str:
    if not page_key(url):
        return "no web address"
    if not client:
        return f"it leads to {leads or 'nowhere'}, which is none of our clients"
    if is_within(url, client):
        return "it is a page of the client's own"
    if person and not valid(person):
        return f"{person} is no mail address"
    return "the list itself says that it is lost" if lost not in _NOT_LOST else ""
