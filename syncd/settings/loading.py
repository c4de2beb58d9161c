"""From a file, the environment and the known kinds of connectors to `Settings`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from syncd.settings.campaign_entries import CampaignFile, Entries, with_campaign_files
from syncd.settings.crosscheck import crosscheck
from syncd.settings.kinds import KindModel
from syncd.settings.overrides import Overrides, merged
from syncd.settings.problems import InvalidSettings, Loc, Problem, dotted
from syncd.settings.secrets import absent_secrets
from syncd.settings.sections import CampaignSection
from syncd.settings.settings import Settings, settings_model
from syncd.settings.source import Document, parse
from syncd.settings.words import plainly, sayable

_NO_FILE = (
    "there is no such file; `syncd init` writes a starter, --config or SYNCD_CONFIG names another"
)


def load(
    path: Path,
    kinds: Mapping[str, KindModel],
    env: Mapping[str, str] | None = None,
    *,
    secrets: bool = False,
) -> Settings:
    """Read the settings file at `path`. Raises `InvalidSettings` with everything wrong in it.

    `env`: the variables to look at, the process's own when None. `secrets`: also demand
    that every secret the connectors refer to is there.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise InvalidSettings([Problem(str(path), None, None, "", _NO_FILE)]) from None
    except OSError as error:
        words = f"cannot be read: {error.strerror}; check the path and its owner"
        raise InvalidSettings([Problem(str(path), None, None, "", words)]) from None
    return read(content, path, kinds, env, secrets=secrets)


def read(
    content: bytes | str,
    path: Path,
    kinds: Mapping[str, KindModel],
    env: Mapping[str, str] | None = None,
    *,
    secrets: bool = False,
) -> Settings:
    """As `load`, for what stands, or would stand, in the file at `path`."""
    return _Loading(parse(content, str(path)), path, kinds, env).settings(secrets=secrets)


class _Loading:
    def __init__(
        self,
        document: Document,
        path: Path,
        kinds: Mapping[str, KindModel],
        env: Mapping[str, str] | None,
    ) -> None:
        self._document = document
        self._path = path
        self._kinds = kinds
        self._model = settings_model(kinds)
        self._overrides = Overrides(self._model, os.environ if env is None else env)
        self._entries = Entries({})

    def settings(self, *, secrets: bool) -> Settings:
        given = self._document.data
        if given is None and not self._overrides.values:
            words = "the file is empty; `syncd init` writes a starter"
            raise InvalidSettings([Problem(str(self._path), 1, 1, "", words)])
        if not isinstance(given, dict | None):
            words = "should be keys with values (team:, connectors:, log: …)"
            raise InvalidSettings([Problem(str(self._path), 1, 1, "", words)])
        self._entries = with_campaign_files(
            merged(given or {}, self._overrides.values), self._path.parent
        )
        data = self._entries.data
        problems = [*self._overrides.problems, *self._entries.problems]
        problems += [self._at(loc, words) for loc, words in self._entries.slips]
        problems += [
            self._at(loc, words)
            for loc, words in crosscheck(data, self._kinds)
            if not self._is_broken(loc)
        ]
        settings: Settings | None = None
        ready = data | {"campaigns": self._campaigns(problems)} if "campaigns" in data else data
        try:
            settings = self._model.model_validate(ready, context={"base": self._path.parent})
        except ValidationError as error:
            found = error.errors(include_url=False)
            problems += [self._found(one, data, self._model) for one in found]
        if settings is not None and secrets:
            problems += [self._at(loc, words) for loc, words in absent_secrets(settings)]
        if settings is None or problems:
            raise InvalidSettings(problems)
        return settings

    def _campaigns(self, problems: list[Problem]) -> Any:
        """The campaigns, those in files of their own read already.

        Each with its own folder as the place where its paths start. One that is wrong has
        told its problems, and something whole stands in its place: the others are judged too.
        """
        entries = self._entries
        listed = entries.data["campaigns"]
        if not isinstance(listed, list):
            return listed
        whole = list(listed)
        for at in entries.broken:
            whole[at] = CampaignSection.model_construct(id=f"broken-{at}")
        for at, file in entries.files.items():
            context = {"base": file.path.parent}
            try:
                whole[at] = CampaignSection.model_validate(file.document.data, context=context)
            except ValidationError as error:
                whole[at] = CampaignSection.model_construct(id=f"wrong-{at}")
                found = error.errors(include_url=False)
                problems += [self._in_file(at, one) for one in found]
        return whole

    def _in_file(self, at: int, error: ErrorDetails) -> Problem:
        """A mistake in a campaign's own file: its places, and its paths as seen from there."""
        return self._found(error, self._entries.files[at].document.data, CampaignSection, at)

    def _is_broken(self, loc: Loc) -> bool:
        return loc[:1] == ("campaigns",) and loc[1:2] != () and loc[1] in self._entries.broken

    def _found(
        self, error: ErrorDetails, data: Any, model: type[BaseModel], campaign: int | None = None
    ) -> Problem:
        if error["type"] == "missing":
            loc = path = (*_trodden(error["loc"][:-1], data), error["loc"][-1])
        else:
            loc = path = _trodden(error["loc"], data)
        words = plainly(error, path, model)
        if error["type"] == "extra_forbidden" and not sayable(path[-1], path):
            path = path[:-1]
        elif error["type"] == "union_tag_invalid":
            path = loc = (*path, "kind")
        key = error["type"] in {"extra_forbidden", "invalid_key"} or error["loc"][-1:] == ("[key]",)
        if campaign is not None:
            loc, path = ("campaigns", campaign, *loc), ("campaigns", campaign, *path)
        return self._at(loc, words, shown=path, key=key)

    def _at(self, loc: Loc, words: str, *, shown: Loc | None = None, key: bool = False) -> Problem:
        shown = loc if shown is None else shown
        file = self._file_of(loc)
        if file is not None:
            at = file.document.key_place if key and loc[2:] else file.document.place
            return Problem(str(file.path), *at(loc[2:]), dotted(shown[2:]), words)
        where = dotted(shown)
        variable = self._variable(loc)
        if variable is not None:
            return Problem(variable, None, None, where, words)
        line, column = self._document.key_place(loc) if key and loc else self._document.place(loc)
        return Problem(str(self._path), line, column, where, words)

    def _file_of(self, loc: Loc) -> CampaignFile | None:
        """The campaign's own file, for what stands in one."""
        match loc:
            case ("campaigns", int() as at, *_):
                return self._entries.files.get(at)
        return None

    def _variable(self, loc: Loc) -> str | None:
        """The variable to blame for the value at `loc`, or for its absence from a section that
        only variables made; None where it is the file.
        """
        variable = self._overrides.variable(loc)
        for length in range(len(loc) - 1, 0, -1):
            if variable is not None or _trodden(loc[:length], self._document.data) == loc[:length]:
                break
            variable = self._overrides.variable(loc[:length])
        return variable


def _trodden(loc: tuple[int | str, ...], data: Any) -> Loc:
    """The pieces of `loc` that lead into `data`, without those that name members of unions."""
    path: Loc = ()
    for piece in loc:
        keys = range(len(data)) if isinstance(data, list) else data
        if isinstance(keys, range | dict) and piece in keys:
            data, path = data[piece], (*path, piece)
    return path
