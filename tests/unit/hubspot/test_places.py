"""Time zones and countries, from what stands in HubSpot."""

from __future__ import annotations

import pytest

from connectors.hubspot.places import country, zone


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("america_slash_new_york", "America/New_York"),
        ("america_slash_indiana_slash_tell_city", "America/Indiana/Tell_City"),
        ("africa_slash_porto_hyphen_novo", "Africa/Porto-Novo"),
        ("chile_slash_easterisland", "Chile/EasterIsland"),
        ("eire", "Eire"),
        ("Europe/London", "Europe/London"),  # put there by another program
        ("us_slash_pacific_hyphen_new", ""),  # offered by HubSpot, gone from the database
        ("etc", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_a_zone_is_told_by_its_iana_name(value, expected):
    assert zone(value) == expected


@pytest.mark.parametrize(
    ("code", "name", "expected"),
    [
        ("DE", "France", "DE"),
        ("de", "", "DE"),
        ("UK", "", "GB"),
        ("", "United States", "US"),
        (None, "U.S.A.", "US"),
        (None, " england ", "GB"),
        (None, "Deutschland", "DE"),
        (None, "Österreich", "AT"),
        (None, "España", "ES"),
        (None, "Türkiye", "TR"),
        (None, "Côte d'Ivoire", "CI"),
        (None, "Bosnia & Herzegovina", "BA"),
        (None, "日本", "JP"),
        (None, "Россия", "RU"),
        (None, "Korea (South)", "KR"),
        (None, "Congo", ""),  # two of that name
        ("XX", "Wonderland", ""),
        (None, None, ""),
    ],
)
def test_a_country_is_told_where_it_can_be(code, name, expected):
    assert country(code, name) == expected
