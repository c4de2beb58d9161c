"""Time zones and countries, from the words HubSpot and people use. Pure but for package data.

HubSpot's `hs_timezone` is a dropdown of IANA names in lower case with the signs spelt out:
america_slash_new_york, africa_slash_porto_hyphen_novo, eire (its options are listed in
n8n's HubSpot node: n8n-io/n8n, packages/nodes-base/nodes/Hubspot). `hs_country_region_code`
is two letters, kept by HubSpot; `country` is free text that people type in any language.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from importlib import resources
from zoneinfo import available_timezones

# What people write beside the English names: other names, and those in the languages of
# the mail syncd reads. Folded as `_folded` does.
_ALSO = {
    "AE": "uae",
    "AT": "osterreich autriche",
    "AU": "australien",
    "BE": "belgie belgique belgien",
    "BR": "brasil brasilien",
    "CA": "kanada",
    "CH": "schweiz suisse svizzera",
    "CN": "中国 prchina peoplesrepublicofchina",
    "CZ": "czechia ceskarepublika cesko",
    "DE": "deutschland allemagne alemania germania",
    "DK": "danmark",
    "ES": "espana spanien espagne",
    "FI": "suomi finnland",
    "FR": "frankreich francia",
    "GB": "uk unitedkingdom unitedkingdomofgreatbritainandnorthernireland greatbritain britain"
    " england scotland wales northernireland vereinigteskonigreich royaumeuni",
    "GR": "hellas",
    "HU": "magyarorszag ungarn",
    "IE": "eire republicofireland irland",
    "IN": "indien",
    "IT": "italia italien italie",
    "JP": "日本",
    "KR": "southkorea korea republicofkorea",
    "MX": "mejico",
    "NL": "nederland thenetherlands holland niederlande paysbas",
    "NO": "norge norwegen",
    "NZ": "neuseeland",
    "PL": "polska polen",
    "RO": "rumanien",
    "RU": "russianfederation россия",
    "SE": "sverige schweden",
    "TR": "turkiye turkei",
    "US": "usa unitedstates unitedstatesofamerica america vereinigtestaaten etatsunis"
    " estadosunidos",
    "VN": "vietnam",
}


def zone(value: str | None) -> str:
    """The IANA name of a value of `hs_timezone`; "" for none and for names that are no more."""
    slug = (value or "").strip().lower()
    return _zones().get(slug.replace("_slash_", "/").replace("_hyphen_", "-"), "")


def country(code: str | None, name: str | None) -> str:
    """The ISO 3166 code of a contact's country, "" where it cannot be told.

    The code first: HubSpot keeps it, where it does, beside what a person typed.
    """
    known = _countries()
    for text in (code, name):
        folded = _folded(text or "")
        if folded.upper() in known.values():
            return folded.upper()
        if folded in known:
            return known[folded]
    return ""


@functools.cache
def _zones() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones()}


@functools.cache
def _countries() -> dict[str, str]:
    """Codes by folded name: the names of the time zone database, and `_ALSO`."""
    table = resources.files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text("utf-8")
    rows = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    # "Korea (South)" is told from its neighbour; "Korea" alone only by `_ALSO`.
    whole = {_folded(name): code for code, name in rows}
    short = [_folded(re.sub(r"\(.*?\)", "", name)) for _, name in rows]
    clear = {one: code for one, (code, _) in zip(short, rows, strict=True) if short.count(one) == 1}
    also = {word: code for code, words in _ALSO.items() for word in words.split()}
    return whole | clear | also


def _folded(text: str) -> str:
    """Without case, accents, spaces and signs, so that "U.S.A." is "usa"."""
    plain = unicodedata.normalize("NFKD", text.replace("&", " and ").casefold())
    return "".join(one for one in plain if one.isalnum())
