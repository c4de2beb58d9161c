"""The calendar to count somebody's due times in: the team's, or one shared with a contact."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

from syncd.core.calendar import WEEKEND, Calendar


class Whose(StrEnum):
    """Whose clock due times go by."""

    TEAM = "team"
    CONTACT = "contact"


@dataclass(frozen=True, slots=True)
class Country:
    """When a country does not work. `weekend`: days of the week, Monday is 0."""

    holidays: frozenset[date]
    weekend: frozenset[int] = WEEKEND


class Countries(Protocol):
    """Where the days off of countries come from; the core has no such data of its own."""

    def __call__(self, code: str, /) -> Country | None:
        """The country of an ISO 3166 alpha-2 code in capitals; None when it is not known.

        Never raises: codes come from what people typed into a CRM.
        """
        ...


def no_country(_code: str, /) -> Country | None:
    """`Countries` that knows none."""
    return None


class Calendars:
    """Calendars by where a contact is, made when first asked for.

    One for each zone and country that exists is kept, however many contacts there are and
    whatever is written in them.
    """

    def __init__(self, team: Calendar, countries: Countries = no_country) -> None:
        self.team = team
        self._countries = countries
        self._made: dict[tuple[str, str], Calendar] = {}

    def of(self, zone: str = "", country: str = "", clock: Whose = Whose.TEAM) -> Calendar:
        """The calendar for waiting on somebody in `zone` (IANA name) and `country` (alpha-2).

        Both countries' holidays and weekends are off. By the contact's clock, their zone
        counts, and our office hours and half days are kept there. What is unknown or makes
        no sense is as good as left out: a CRM's fields hold anything.
        """
        where = _zone(zone) if clock is Whose.CONTACT else None
        code = country.strip().upper()
        there = self._countries(code) if len(code) == 2 and code.isalpha() else None
        if where is None and there is None:
            return self.team
        key = (where.key if where is not None else "", code if there is not None else "")
        made = self._made.get(key)
        if made is None:
            made = replace(
                self.team,
                zone=where or self.team.zone,
                holidays=self.team.holidays | (there.holidays if there else frozenset()),
                weekend=self.team.weekend | (there.weekend if there else frozenset()),
            )
            self._made[key] = made
        return made


def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name.strip()) if name.strip() else None
    except (ValueError, OSError, KeyError):
        return None
