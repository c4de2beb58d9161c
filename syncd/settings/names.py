"""Which keys may stand where: what "did you mean" chooses from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel

from syncd.settings.kinds import OneOf
from syncd.settings.problems import Loc


def models_at(shape: Any, loc: Loc) -> Iterator[type[BaseModel]]:
    """The models that a value at `loc` below the type `shape` may be.

    Pieces of `loc` that are no keys (pydantic names the member of a union there) are
    stepped over.
    """
    parts = get_args(shape)
    if get_origin(shape) is Annotated:
        variants = next((mark.variants for mark in parts if isinstance(mark, OneOf)), None)
        if variants is None:
            yield from models_at(parts[0], loc)
        elif loc and loc[0] in variants:
            yield from models_at(variants[str(loc[0])], loc[1:])
    elif isinstance(shape, type) and issubclass(shape, BaseModel):
        yield from _below(shape, loc)
    elif get_origin(shape) in {dict, tuple, list, set, frozenset}:
        for part in parts if loc else ():
            yield from models_at(part, loc[1:])
    else:
        for part in parts:
            yield from models_at(part, loc)


def _below(model: type[BaseModel], loc: Loc) -> Iterator[type[BaseModel]]:
    if not loc:
        yield model
        return
    field = model.model_fields.get(str(loc[0]))
    yield from models_at(model if field is None else field.annotation, loc[1:])


def keys_at(shape: Any, loc: Loc) -> list[str]:
    return [name for model in models_at(shape, loc) for name in model.model_fields]


def description_at(shape: Any, loc: Loc) -> str:
    """What the field at `loc` is for, "" where it does not say."""
    for model in models_at(shape, loc[:-1]):
        field = model.model_fields.get(str(loc[-1]))
        if field is not None and field.description:
            return field.description.rstrip(".")
    return ""


def elsewhere(shape: type[BaseModel], key: str) -> str:
    """The section that has `key`, for one that was put in the wrong place; "" where none has."""
    for name, field in shape.model_fields.items():
        if any(key in model.model_fields for model in models_at(field.annotation, ())):
            return name
    return ""
