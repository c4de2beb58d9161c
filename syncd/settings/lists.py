"""Prospect lists: files of addresses and domains, as people keep and export them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import PlainSerializer, PlainValidator, ValidationInfo, WithJsonSchema

from syncd.core.mail.addresses import is_free_mail, normalise, valid
from syncd.settings.fields import Unfit, base_of, shown

# A list ten times as long as any campaign's; anything larger is the wrong file.
_LARGEST = 20_000_000
_SHOWN = 3

# Headings of columns that hold what we want, without spaces, dashes and case.
_HEADINGS = frozenset(
    {"email", "emails", "mail", "emailaddress", "address", "contact", "contactemail"}
    | {"domain", "domains", "site", "website", "websiteurl", "url", "homepage"}
    | {"company", "companydomain", "companydomainname"}
)


@dataclass(frozen=True, slots=True)
class ProspectFile:
    """`name` as written in the settings; `members` are addresses and domains, lower case."""

    name: str
    members: frozenset[str]


def read_list(name: str, path: Path) -> ProspectFile:
    """Read a list. Raises `Unfit` saying which lines hold neither address nor domain."""
    # Only plain files: a device or pipe named here would be read for ever.
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "is not there"
        raise Unfit(f"the list {path} {what}; check the name, relative to the settings file")
    try:
        if path.stat().st_size > _LARGEST:
            raise Unfit(f"the list {path} is over {_LARGEST // 10**6} MB; is it the right file?")
        content = path.read_bytes()
    except OSError as error:
        raise Unfit(f"the list {path} cannot be read: {error.strerror}") from None
    members: set[str] = set()
    wrong: list[str] = []
    everyone: set[str] = set()
    for line, cells in _rows(_decoded(content)):
        found = {member for cell in cells if (member := _member(cell)) is not None}
        members |= found
        everyone |= {member for member in found if "@" not in member and is_free_mail(member)}
        if not found:
            wrong.append(f"line {line} ({shown(' '.join(cells))})")
    if wrong:
        more = f" and {len(wrong) - _SHOWN} more" if len(wrong) > _SHOWN else ""
        raise Unfit(
            f"in {path}, {', '.join(wrong[:_SHOWN])}{more}: neither an address nor a domain; "
            "correct or remove it"
        )
    if everyone:
        raise Unfit(
            f"{path} holds {', '.join(sorted(everyone))}, where anyone can have an address; "
            "list people's addresses there, not the domain"
        )
    if not members:
        raise Unfit(f"the list {path} is empty; put an address or a domain on each line")
    return ProspectFile(name, frozenset(members))


def _decoded(content: bytes) -> str:
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return content.decode("utf-16", errors="replace")  # a spreadsheet's "Unicode text"
    # Names in other columns may be in any encoding; what we take is ASCII.
    return content.decode("utf-8-sig", errors="replace")


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Line numbers and the cells to look at; headings, comments and blank lines left out."""
    lines = text.splitlines()
    first = next((line for line in lines if line.strip() and not line.startswith("#")), "")
    delimiter = max(",;\t|", key=first.count)
    reader = csv.reader(lines, delimiter=delimiter)
    columns: list[int] | None = None
    started = False
    for row in _readable(reader):
        cells = [cell.strip() for cell in row]
        if not any(cells) or cells[0].startswith("#"):
            continue
        if not started:
            started = True
            # A mistyped address in the first line is no heading.
            if not any(_member(cell) or "@" in cell for cell in cells):
                headings = ["".join(filter(str.isalpha, cell.lower())) for cell in cells]
                columns = [at for at, word in enumerate(headings) if word in _HEADINGS] or None
                continue
        wanted = [cells[at] for at in columns if at < len(cells)] if columns else cells
        # A row with nothing in the wanted columns is a prospect still without an address.
        if any(wanted):
            yield reader.line_num, [cell for cell in wanted if cell]


def _readable(rows: Iterable[list[str]]) -> Iterator[list[str]]:
    try:
        yield from rows
    except csv.Error as error:
        raise Unfit(f"this list is not CSV: {error}") from None


def _member(cell: str) -> str | None:
    """The address or domain in a cell; of a web address its host, without "www."."""
    if "@" in cell:
        return normalise(cell) if valid(cell) else None
    try:
        host = urlsplit(cell if "://" in cell else f"//{cell}").hostname or ""
    except ValueError:
        return None
    domain = normalise(f"x@{host.removeprefix('www.')}").removeprefix("x@")
    return domain if valid(f"x@{domain}") else None


def _list_file(given: Any, info: ValidationInfo) -> ProspectFile:
    if isinstance(given, ProspectFile):
        return given
    if not isinstance(given, str) or not given.strip():
        raise Unfit("should be the path of a file, e.g. prospects/acme.csv")
    return read_list(given, base_of(info) / given)


ListFile = Annotated[
    ProspectFile,
    PlainValidator(_list_file),
    PlainSerializer(lambda it: it.name),
    WithJsonSchema({"type": "string"}),
]
