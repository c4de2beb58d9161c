"""The JSON Schema of the settings file, for editors."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from syncd.settings.kinds import KindModel
from syncd.settings.sections import CampaignSection
from syncd.settings.settings import settings_model

DIALECT = "https://json-schema.org/draft/2020-12/schema"

# Items of lists cannot come from the environment; everything else can, so a file without it
# may be complete.
_IN_LISTS = {"CampaignSection", "StepOfPlan", "TopicSection", "TargetSection"}

_CAMPAIGN_FILE = {
    "type": "object",
    "description": "A campaign in a file of its own, with the same keys.",
    "additionalProperties": False,
    "required": ["file"],
    "properties": {
        "file": {
            "type": "string",
            "minLength": 1,
            "description": "The campaign's file; relative paths start at this file.",
        }
    },
}


def schema(kinds: Mapping[str, KindModel]) -> dict[str, Any]:
    """JSON Schema, draft 2020-12, of a settings file with connectors of these kinds."""
    made = settings_model(kinds).model_json_schema(mode="validation")
    definitions = made.pop("$defs", {})
    for name, definition in definitions.items():
        _polish(definition)
        if name not in _IN_LISTS:
            definition.pop("required", None)
    _polish(made)
    made.pop("required", None)
    campaigns = made["properties"]["campaigns"]
    campaigns["items"] = {"anyOf": [_CAMPAIGN_FILE, campaigns["items"]]}
    return {"$schema": DIALECT, **made, "$defs": definitions}


def campaign_schema() -> dict[str, Any]:
    """JSON Schema, draft 2020-12, of a campaign's own file."""
    made = CampaignSection.model_json_schema(mode="validation")
    definitions = made.pop("$defs", {})
    # Nothing of such a file comes from the environment: what is required must stand in it.
    for definition in definitions.values():
        _polish(definition)
    _polish(made)
    return {"$schema": DIALECT, "title": "A campaign of syncd", **made, "$defs": definitions}


def campaign_schema_text() -> str:
    return json.dumps(campaign_schema(), indent=2, ensure_ascii=False) + "\n"


def schema_text(kinds: Mapping[str, KindModel]) -> str:
    return json.dumps(schema(kinds), indent=2, ensure_ascii=False) + "\n"


def _polish(node: dict[str, Any]) -> None:
    """Take out what says nothing to a person: names of classes, nulls, defaults of sections."""
    for shape in node.get("properties", {}).values():
        shape.pop("title", None)
    if " " not in node.get("title", " "):
        del node["title"]
    if "default" in node and not isinstance(node["default"], str | int | float):
        del node["default"]
    # A key with nothing after it is as good as left out, so null need not be offered.
    members = [part for part in node.get("anyOf", ()) if part != {"type": "null"}]
    if len(members) == 1:
        del node["anyOf"]
        node.update(members[0] | node)
    for part in _parts(node):
        _polish(part)


def _parts(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The schemas inside a schema. Told by their place: a setting may be called "properties"."""
    for word in ("properties", "patternProperties"):
        yield from node.get(word, {}).values()
    for word in ("anyOf", "allOf", "oneOf"):
        yield from node.get(word, ())
    for word in ("items", "additionalProperties"):
        if isinstance(node.get(word), dict):
            yield node[word]
