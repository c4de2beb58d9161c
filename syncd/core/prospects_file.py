"""A table of prospects, as people keep and export them: its columns, and what its rows say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from syncd.core.mail.addresses import domain_of, is_free_mail, normalise, registrable, valid
from syncd.core.tabular import Header, Row, header
from syncd.core.tabular.headers import folded

# Canonical column -> what people write above it, the preferred word first. English, German,
# French, Spanish, Italian, Dutch, Portuguese, and what the tools of the trade export.
COLUMNS: Mapping[str, Sequence[str]] = {
    "address": (
        *("email", "e-mail", "email address", "e-mail address", "mail", "emails", "email 1"),
        *("contact email", "work email", "business email", "primary email", "email addresses"),
        *("e-mail-adresse", "emailadresse", "mailadresse", "adresse e-mail", "adresse email"),
        *("adresse mail", "courriel", "correo", "correo electronico", "direccion de correo"),
        *("posta elettronica", "indirizzo email", "e-mailadres", "endereco de email"),
        *("address", "e-postadresse", "e-post", "adres e-mail"),
    ),
    "name": (
        *("name", "full name", "contact name", "contact", "person", "author", "editor"),
        *("ansprechpartner", "kontakt", "vollstandiger name", "nom complet", "contacto"),
        *("nombre completo", "referente", "contactpersoon", "naam", "nome completo"),
    ),
    "first_name": (
        *("first name", "firstname", "given name", "vorname", "prenom", "nombre", "nome"),
        *("voornaam", "primeiro nome"),
    ),
    "last_name": (
        *("last name", "lastname", "surname", "family name", "nachname", "nom", "apellido"),
        *("apellidos", "cognome", "achternaam", "nom de famille", "sobrenome"),
    ),
    "company": (
        *("company", "company name", "organisation", "organization", "publication", "blog"),
        *("business", "firma", "unternehmen", "societe", "entreprise", "empresa", "azienda"),
        *("bedrijf", "site name", "website name"),
    ),
    "site": (
        *("website", "site", "domain", "url", "web", "homepage", "site url", "website url"),
        *("company domain", "company domain name", "root domain", "target domain", "webseite"),
        *("internetseite", "site web", "site internet", "sitio web", "pagina web", "sito"),
        *("sito web", "dominio", "domaine", "domein", "referring page url", "source url"),
    ),
    "campaign": (
        "campaign",
        "campaigns",
        "kampagne",
        "campagne",
        "campana",
        "campagna",
        "campanha",
    ),
    "tags": (
        *("tags", "tag", "niche", "niches", "topic", "topics", "category", "categories"),
        *("thema", "themen", "schlagworte", "kategorie", "theme", "categorie", "tema"),
        *("categoria", "etiquetas", "etichette"),
    ),
    "note": (
        *("note", "notes", "comment", "comments", "remarks", "notiz", "notizen", "bemerkung"),
        *("kommentar", "remarque", "commentaire", "nota", "notas", "comentario", "commento"),
        *("opmerking", "opmerkingen"),
    ),
    "source": (
        *("source", "found on", "found via", "lead source", "quelle", "herkunft", "origine"),
        *("fuente", "fonte", "origen", "bron"),
    ),
}
REQUIRED = ("address",)

_APART = re.compile(r"[\s,;|/<>()\[\]\"']+")
_LIST = re.compile(r"[,;|\n]+")
_TRAILING = ".:!?"


@dataclass(frozen=True, slots=True)
class Prospect:
    """One person of the file. `line` is where people find it there.

    `domain` is what their site registered, "" where nothing says (a free-mail address alone).
    `campaigns` and `tags` stand as written.
    """

    line: int
    address: str
    name: str = ""
    company: str = ""
    domain: str = ""
    campaigns: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    note: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Broken:
    """A row, or one address of it, that cannot be used. `text` is what stands there."""

    line: int
    text: str
    words: str


class WrongMapping(Exception):
    """A column was mapped that is not there, or to what is no column. The words say which."""


def mapped(columns: Mapping[str, Sequence[str]], given: Iterable[str]) -> dict[str, list[str]]:
    """`columns` with a person's "Their header=address" first. Raises `WrongMapping`."""
    found = {name: list(spellings) for name, spellings in columns.items()}
    for one in given:
        theirs, equals, ours = one.rpartition("=")
        wanted = folded(ours).replace(" ", "_")
        if not equals or not theirs.strip() or wanted not in found:
            raise WrongMapping(
                f'"{one}" is no mapping; write "Their header=COLUMN", COLUMN one of '
                f"{', '.join(columns)}"
            )
        # What a person maps is theirs, whatever else the header would mean.
        for spellings in found.values():
            spellings[:] = [each for each in spellings if folded(each) != folded(theirs)]
        found[wanted].insert(0, theirs)
    return found


def check_mapped(given: Iterable[str], cells: Sequence[str]) -> None:
    """Whether the headers a person mapped are there. Raises `WrongMapping`."""
    there = {folded(cell) for cell in cells}
    for one in given:
        theirs = one.rpartition("=")[0]
        if folded(theirs) not in there:
            listed = ", ".join(cell.strip() for cell in cells if cell.strip())
            raise WrongMapping(f'there is no column "{theirs}"; there are: {listed}')


def prospects(
    found: Header, rows: Iterable[Row], *, campaigns: Sequence[str] = ()
) -> Iterator[Prospect | Broken]:
    """What the rows say, one by one. `campaigns`: for rows that name none."""
    for row in rows:
        cell = found.cell(row, "address")
        addresses, broken = addresses_in(cell)
        if not cell:
            shown = " ".join(each.strip() for each in row.cells if each.strip())
            yield Broken(row.line, shown[:80], "no address")
            continue
        for text in broken:
            yield Broken(row.line, text, "no address anybody could write to")
        name = found.cell(row, "name") or " ".join(
            part for name in ("first_name", "last_name") if (part := found.cell(row, name))
        )
        site = site_of(found.cell(row, "site"))
        named = listed(found.cell(row, "campaign"))
        for address in addresses:
            yield Prospect(
                row.line,
                address,
                # Of several people in a cell the name is at most one's.
                _one_line(name) if len(addresses) == 1 else "",
                _one_line(found.cell(row, "company")),
                site or _domain_of(address),
                named or tuple(campaigns),
                listed(found.cell(row, "tags")),
                found.cell(row, "note")[:2000],
                _one_line(found.cell(row, "source"))[:500],
            )


def addresses_in(cell: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The addresses of a cell, each once, and what looks like one and is none."""
    good: dict[str, None] = {}
    bad: dict[str, None] = {}
    words = [
        word.removeprefix("mailto:").strip(_TRAILING)
        for word in _APART.split(cell.replace("mailto:", " "))
    ]
    for word in words:
        if "@" not in word:
            continue
        if valid(word):
            good[normalise(word)] = None
        else:
            bad[word] = None
    if not good and not bad and cell.strip():
        bad[cell.strip()[:80]] = None
    return tuple(good), tuple(bad)


def listed(cell: str) -> tuple[str, ...]:
    """The values of a cell that holds several, in order, each once."""
    return tuple(
        dict.fromkeys(one for part in _LIST.split(cell) if (one := " ".join(part.split())))
    )


def site_of(cell: str) -> str:
    """What the site in a cell registered, "" for none and for a free-mail provider's."""
    first = next(iter(cell.split()), "").strip(",;")
    if not first or "@" in first:
        return ""
    try:
        host = urlsplit(first if "://" in first else f"//{first}").hostname or ""
    except ValueError:
        return ""
    domain = registrable(host.rstrip("."))
    return domain if valid(f"x@{domain}") and not is_free_mail(domain) else ""


def _domain_of(address: str) -> str:
    domain = domain_of(address)
    return "" if is_free_mail(domain) else registrable(domain)


def _one_line(text: str) -> str:
    return " ".join(text.split())[:200]


__all__ = ["COLUMNS", "REQUIRED", "Broken", "Prospect", "WrongMapping", "header", "prospects"]
