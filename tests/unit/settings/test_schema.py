"""The JSON Schema that editors check the settings file with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from syncd.settings.schema import DIALECT, schema, schema_text
from syncd.settings.source import parse
from tests.unit.settings.installed import INSTALLED
from tests.unit.settings.json_schema import Judge
from tests.unit.settings.kinds import KINDS
from tests.unit.settings.sample import GOOD, spoilt
from tests.unit.settings.test_mistakes import MISTAKES

CONFIG = Path(__file__).parents[3] / "config"

# What only reading the file can tell: whether names exist, what fits together, shapes that
# have no pattern.
BEYOND_A_SCHEMA = (
    ("keep.facts",),  # how long a span is
    (
        "anyone can have",
        "team.timezone",
        "team.holidays",
        'team.domains[0]: "https',
        "log.since",
        "is missing:",
    ),
    ("no connector is", "a second crm", "give exactly one of", "write a reference"),
    ("never[0].domain", "never[0].address", "is also the id", "a wait of nothing"),
    ("two years", "at most a day", 'hold ";"', "has no condition", "is not there", "store:"),
    ("ends before it begins", "half_days[0]: needs", "half_days[0]: would", "hand_over"),
    ("e.g. 12-24, 2026-12-24", "of the template", "no link to check", "makes no task"),
    ("`kind`", "connector's name", "finite", "is not known here; it belongs", "[1]: a key"),
)


def judged(text: str) -> list[str]:
    data = json.loads(json.dumps(parse(text, "").data, default=str))
    return Judge(schema(KINDS)).complaints(data)


def test_the_schema_accepts_what_syncd_accepts():
    assert judged(GOOD) == []


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        row
        for row in MISTAKES
        if not any(word in row[2] for part in BEYOND_A_SCHEMA for word in part)
    ],
    ids=lambda it: None,
)
def test_the_schema_refuses_what_a_schema_can_refuse(old, new, complaint):
    assert judged(spoilt(old, new)), complaint


def test_an_editor_offers_the_keys_of_the_chosen_kind_only():
    complaints = judged(spoilt("{kind: hubspot, token", "{kind: hubspot, url: x, token"))
    assert complaints == ["$.connectors.crm.url is unknown"]
    complaints = judged(spoilt("kind: gmail", "kind: post"))
    assert complaints == ["$.connectors.mail.kind is none of ['gmail', 'hubspot', 'teamwork']"]


def test_a_file_that_leaves_the_rest_to_the_environment_is_complete():
    assert judged("log: {bodies: none}\nconnectors: {crm: {kind: hubspot}}\n") == []


def _shapes(made: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every property with its name, references followed."""
    for owner, definition in [("", made), *made["$defs"].items()]:
        for name, shape in definition.get("properties", {}).items():
            target = made["$defs"].get(shape.get("$ref", "").removeprefix("#/$defs/"), {})
            yield f"{owner}.{name}", {**target, **shape}


@pytest.mark.parametrize("kinds", [KINDS, INSTALLED], ids=["samples", "installed"])
def test_everything_has_a_description(kinds):
    made = schema(kinds)
    assert [name for name, shape in _shapes(made) if not shape.get("description")] == []
    assert made["description"]


def test_the_schema_is_a_plain_document_of_its_dialect():
    made = schema(KINDS)
    assert (made["$schema"], made["title"]) == (DIALECT, "syncd settings")
    assert "$id" not in schema_text(KINDS)


def test_defaults_are_shown_as_people_write_them():
    shapes = dict(_shapes(schema(KINDS)))
    assert shapes["RunSection.poll"]["default"] == "1 minute"
    assert shapes["RunSection.nightly"]["default"] == "03:00"
    assert shapes["LogSection.crm_logger"]["default"] == "wait 10 minutes"
    assert shapes["FollowUpSection.crm_task"]["default"] is False


def test_the_shipped_schema_is_current():
    shipped = (CONFIG / "schema.json").read_text(encoding="utf-8")
    assert shipped == schema_text(INSTALLED), "run: make generate"
