"""`SYNCD_…` variables: SYNCD_LOG__BODIES=none stands for `log: {bodies: none}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from pydantic import BaseModel

from syncd.settings.fields import did_you_mean
from syncd.settings.problems import InvalidSettings, Loc, Problem
from syncd.settings.source import scalar

PREFIX = "SYNCD_"
_BETWEEN = "__"


class Overrides:
    """What the environment says over the file. `values` has the file's shape."""

    def __init__(self, model: type[BaseModel], env: Mapping[str, str]) -> None:
        self.values: dict[str, Any] = {}
        self.problems: list[Problem] = []
        self._names: dict[Loc, str] = {}
        for name, value in env.items():
            if not name.upper().startswith(PREFIX) or not value:
                continue
            loc = tuple(name[len(PREFIX) :].lower().split(_BETWEEN))
            if loc[0] in model.model_fields:
                self._names[loc] = name
            elif len(loc) > 1:
                # Single words are left alone: SYNCD_CONFIG is ours, and Kubernetes sets
                # SYNCD_PORT and the like for a service named syncd.
                near = did_you_mean(loc[0], model.model_fields)
                words = f"no setting has this name{near or '; correct or unset it'}"
                self.problems.append(Problem(name, None, None, "", words))
        if self._names:
            self.values = _read(model, {name: env[name] for name in self._names.values()})

    def variable(self, loc: Loc) -> str | None:
        """The variable that set the value at `loc`, or something in it where all of it did."""
        for length in range(len(loc), 0, -1):
            if loc[:length] in self._names:
                return self._names[loc[:length]]
        return next((name for at, name in self._names.items() if at[: len(loc)] == loc), None)


def _read(model: type[BaseModel], env: Mapping[str, str]) -> dict[str, Any]:
    from pydantic_settings import BaseSettings, EnvSettingsSource  # late: most runs have none

    class Variables(EnvSettingsSource):
        def _load_env_vars(self) -> Mapping[str, str | None]:
            return {name.lower(): value for name, value in env.items()}

        def decode_complex_value(self, _name: str, _field: Any, value: Any) -> Any:
            """Lists and mappings as in the file; anything else stays text for its field to read."""
            try:
                read = scalar(value) if isinstance(value, str) else value
            except InvalidSettings:
                return value
            return read if isinstance(read, list | dict) else value

    # It looks at nothing but the fields and the config, which every model has.
    return Variables(
        cast("type[BaseSettings]", model),
        case_sensitive=False,
        env_prefix=PREFIX,
        env_nested_delimiter=_BETWEEN,
    )()


def merged(below: Any, above: Any) -> Any:
    """`above` over `below`, key by key where both are mappings."""
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    return below | {key: merged(below.get(key), value) for key, value in above.items()}
