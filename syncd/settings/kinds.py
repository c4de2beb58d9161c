"""Connectors as the settings see them: a model for each kind, handed in by the composition root."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from syncd.ports.manifest import Role


@dataclass(frozen=True, slots=True)
class KindModel:
    """What the settings of one kind of connector look like, and which ports it can fill.

    `title` is the service's name for people.
    """

    settings: type[BaseModel]
    roles: frozenset[Role]
    title: str = ""


@dataclass(frozen=True, eq=False)
class OneOf:
    """Marks a value as the settings of a connector, told apart by its `kind`."""

    variants: Mapping[str, type[BaseModel]]

    def __get_pydantic_core_schema__(
        self, _source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        choices: dict[Any, CoreSchema] = {
            kind: handler.generate_schema(model) for kind, model in self.variants.items()
        }
        return core_schema.tagged_union_schema(choices, discriminator="kind")

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """if/then for each kind: editors then offer that kind's keys and no others."""
        union = handler(schema)
        kinds = sorted(self.variants)
        return {
            "type": "object",
            "description": "One connector; `kind` says to what.",
            "properties": {"kind": {"enum": kinds, "description": "The kind of connector."}},
            "required": ["kind"],
            "allOf": [
                {
                    "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
                    "then": {"$ref": union["discriminator"]["mapping"][kind]},
                }
                for kind in kinds
            ],
        }


def variants(kinds: Mapping[str, KindModel]) -> dict[str, type[BaseModel]]:
    """The model of each kind with its `kind` key, refusing unknown keys whatever it did before."""
    return {kind: _variant(kind, it) for kind, it in kinds.items()}


def _variant(kind: str, it: KindModel) -> type[BaseModel]:
    title = it.title or kind
    own = it.settings.model_fields.get("kind")
    says = (own.description if own is not None else None) or f"This connector speaks to {title}."
    body: dict[str, Any] = {
        "__module__": __name__,
        "__doc__": it.settings.__doc__ or f"A connector to {title}.",
        "__annotations__": {"kind": Literal[kind]},
        "kind": Field(description=says),
        "model_config": ConfigDict(
            extra="forbid", frozen=True, hide_input_in_errors=True, title=f"{title} connector"
        ),
    }
    made = types.new_class(
        f"{kind}_connector", (it.settings,), {}, lambda names: names.update(body)
    )
    assert issubclass(made, BaseModel)
    return made


def _name(given: str) -> str:
    if not given.replace("_", "").replace("-", "").isalnum() or given != given.lower():
        raise ValueError("a connector's name is lower-case letters, digits, '-' and '_'")
    return given


ConnectorName = Annotated[
    str, AfterValidator(_name), WithJsonSchema({"type": "string", "pattern": "^[a-z0-9_-]+$"})
]
