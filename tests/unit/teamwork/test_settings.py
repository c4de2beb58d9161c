from __future__ import annotations

import pytest
from pydantic import ValidationError

from connectors.teamwork import MANIFEST
from connectors.teamwork.settings import TeamworkSettings

GOOD = {
    "kind": "teamwork",
    "url": "https://brightlink.teamwork.com",
    "api_key": {"env": "TEAMWORK_API_KEY"},
}


def test_little_is_enough():
    settings = TeamworkSettings.model_validate(GOOD)
    assert (settings.calls_per_minute, settings.mark_field, settings.tag) == (
        110,
        "syncd key",
        "syncd",
    )


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://brightlink.eu.teamwork.com/", "https://brightlink.eu.teamwork.com"),
        ("https://projects.brightlink.example", "https://projects.brightlink.example"),
        ("http://127.0.0.1:4403", "http://127.0.0.1:4403"),
    ],
)
def test_the_site_is_kept_as_it_is_and_never_built_from_a_name(url, site):
    assert TeamworkSettings.model_validate({**GOOD, "url": url}).url == site


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"url": "brightlink.teamwork.com"}, "write the whole address: https://brightlink"),
        ({"url": "ftp://brightlink.teamwork.com"}, "begins with https://"),
        ({"url": "https://"}, "begins with https://"),
        ({"url": "https://x.teamwork.com/app/home"}, "the site alone: https://x.teamwork.com"),
        ({"url": "https://twp_1:x@x.teamwork.com"}, "belongs in api_key"),
        ({"api_key": "twp_secret"}, "never the secret itself"),
        ({"calls_per_minute": 0}, "greater than or equal to 1"),
        ({"tag": "x" * 50}, "at most 49"),
        ({"mark": "x"}, "Extra inputs"),
    ],
)
def test_a_wrong_value_is_refused_with_the_way_to_write_it(change, words):
    with pytest.raises(ValidationError) as caught:
        TeamworkSettings.model_validate({**GOOD, **change})
    assert words in str(caught.value)


def test_every_setting_is_described():
    for name, field in TeamworkSettings.model_fields.items():
        assert field.description, name


def test_settings_cannot_be_changed():
    settings = TeamworkSettings.model_validate(GOOD)
    with pytest.raises(ValidationError):
        settings.url = "https://elsewhere.example"


def test_the_manifest_offers_a_simulator_of_its_kind(clock):
    assert MANIFEST.simulator is not None
    assert MANIFEST.simulator(clock).name == MANIFEST.kind
