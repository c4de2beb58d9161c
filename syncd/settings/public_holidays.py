"""Days off by country, from the `holidays` package: data for the core's calendars."""

from __future__ import annotations

import functools
from datetime import date

from syncd.core.calendars import Country


@functools.lru_cache(maxsize=32)
def public_holidays(code: str, years: range) -> frozenset[date]:
    """The holidays of a country ("GB") or a part of one ("GB-SCT")."""
    import holidays  # late: most commands never come here

    country, _, part = code.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=part or None, years=years))


class CountriesKnown:
    """`syncd.core.calendars.Countries` for some years; each country is read when first asked for.

    Its words are the same in every process: the engine compares rules by them.
    """

    def __init__(self, years: range) -> None:
        self._years = years

    def __call__(self, code: str, /) -> Country | None:
        return _country(code, self._years)

    def __str__(self) -> str:
        return f"public holidays of {self._years.start} to {self._years.stop - 1}"


@functools.lru_cache(maxsize=1024)
def _country(code: str, years: range) -> Country | None:
    import holidays

    try:
        found = holidays.country_holidays(code, years=years)
    except NotImplementedError:
        return None
    return Country(frozenset(found), frozenset(int(day) for day in found.weekend))
