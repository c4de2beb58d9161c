"""Who is in a scenario: the sites a campaign lists, and those made up from its words."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from syncd.sandbox.people.scenario import Campaign, Crowd

T = TypeVar("T")

_NAMES = {
    "en": (
        "Priya Callum Hannah Gareth Rosalind Beth Sam Amara Wendy Kate Marcus Olivia Theo Grace",
        "Nair Reid Osei Pugh Tate Marlowe Whitlock Obi Marsh Lin Webb Chan Doyle Sutton Abara",
    ),
    "de": (
        "Katrin Uwe Sabine Petra Lena Jonas Anke Dirk Heike Malte",
        "Bauer Sommer Egger Kunz Hoffmann Vogt Lorenz Krüger Böhm Winter",
    ),
    "fr": (
        "Mathilde Luc Claire Hugo Amélie Théo Nadège Rémi",
        "Roux Moreau Dubois Lefèvre Garnier Blanc Renard Petit",
    ),
    "es": ("Lucía Javier Carmen Diego Elena", "García Romero Vidal Campos Ortega"),
    "it": ("Elena Bruno Chiara Paolo Sofia", "Rossi Costa Ferri Greco Moretti"),
    "nl": ("Joost Femke Daan Sanne Bram", "Dijkstra Visser Bakker Mulder Smit"),
    "pt": ("Inês Rui Marta Tiago Sofia", "Almeida Sousa Lopes Ramos Pinto"),
}


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody outside. `site` is where they write; `colleague` an address there, with its name."""

    name: str
    address: str
    site: str
    character: str
    language: str
    other_address: str
    colleague: tuple[str, str]

    @property
    def first(self) -> str:
        return self.name.split()[0]


def dice(seed: int, *what: object) -> Random:
    """The randomness of one decision, named by what is decided."""
    return Random("\x1f".join(map(str, (seed, *what))))  # noqa: S311 - repeatable, not secret


def weighted(rng: Random, weights: Mapping[T, float]) -> T:
    return rng.choices(list(weights), list(weights.values()))[0]


def contacts(campaign: Campaign, seed: int) -> list[Contact]:
    """Everyone the campaign writes to, in order. No address is here twice."""
    found: dict[str, Contact] = {}
    for site in campaign.sites:
        one = _contact(site.contact, site.domain, site.character, site.language)
        address = site.address or one.address
        found[address] = Contact(
            one.name,
            address,
            one.site,
            one.character,
            one.language,
            site.other_address or one.other_address,
            (site.colleague, _local(site.colleague) + "@" + site.domain)
            if site.colleague
            else one.colleague,
        )
    crowd = campaign.more_sites
    for number in range(crowd.number if crowd is not None else 0):
        assert crowd is not None
        one = _stranger(crowd, campaign.id, number, dice(seed, "stranger", campaign.id, number))
        found.setdefault(one.address, one)
    return list(found.values())


def _stranger(crowd: Crowd, campaign: str, number: int, rng: Random) -> Contact:
    language = weighted(rng, crowd.languages)
    firsts, lasts = (words.split() for words in _NAMES[language])
    stem = "-".join(rng.choice(words) for words in crowd.words)
    # The number keeps sites apart, the campaign's initial those of two campaigns.
    site = f"{stem}-{campaign[0]}{number + 1}.example"
    name = f"{rng.choice(firsts)} {rng.choice(lasts)}"
    return _contact(name, site, weighted(rng, crowd.characters), language)


def _contact(name: str, site: str, character: str, language: str) -> Contact:
    local = _local(name)
    return Contact(
        name,
        f"{local}@{site}",
        site,
        character,
        language,
        f"{local}@{site.rpartition('.')[0].replace('.', '-')}-media.example",
        ("The editors", f"editors@{site}"),
    )


def _local(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return ".".join(word for word in plain.lower().replace("'", "").split() if word)
