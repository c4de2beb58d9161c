"""Campaigns that stand in files of their own: `campaigns: [{file: campaigns/acme.yaml}]`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from syncd.settings.fields import Unfit
from syncd.settings.problems import InvalidSettings, Loc, Problem
from syncd.settings.source import Document, parse

_LARGEST = 2_000_000
_EXPECTED = "should be the path of a campaign file, e.g. campaigns/acme.yaml"


@dataclass(frozen=True, slots=True)
class CampaignFile:
    """A file that was read: `path` as a person may open it, and what stands in it."""

    path: Path
    document: Document


@dataclass(slots=True)
class Entries:
    """`data` is the settings with each file's content in the place of its entry.

    `files`: those that were read, by their place in the list. `broken`: the entries whose
    file could not be; `problems` in the files themselves, `slips` in the entries that name them.
    """

    data: dict[Any, Any]
    files: dict[int, CampaignFile] = field(default_factory=dict)
    broken: set[int] = field(default_factory=set)
    problems: list[Problem] = field(default_factory=list)
    slips: list[tuple[Loc, str]] = field(default_factory=list)


def with_campaign_files(data: Mapping[Any, Any], base: Path) -> Entries:
    """Read the campaign files that the settings name; relative paths start at `base`."""
    found = Entries(dict(data))
    listed = data.get("campaigns")
    if not isinstance(listed, list):
        return found
    whole = list(listed)
    first: dict[Path, int] = {}
    for at, entry in enumerate(listed):
        if not isinstance(entry, Mapping) or "file" not in entry:
            continue
        loc: Loc = ("campaigns", at, "file")
        try:
            path = _path(entry, base)
            document = _read(path, first.get(path))
            first[path] = at
        except Unfit as error:
            found.slips.append((loc, str(error)))
            found.broken.add(at)
        except InvalidSettings as error:
            found.problems += error.problems
            found.broken.add(at)
        else:
            found.files[at] = CampaignFile(path, document)
            whole[at] = document.data
    found.data["campaigns"] = whole
    return found


def _path(entry: Mapping[Any, Any], base: Path) -> Path:
    given = entry["file"]
    if others := [str(key) for key in entry if key != "file"]:
        raise Unfit(
            f"has {others[0]} beside it; a campaign stands here or in its file, move it there"
        )
    if not isinstance(given, str) or not given.strip():
        raise Unfit(_EXPECTED)
    path = base / given.strip()
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "is not there"
        raise Unfit(f"the campaign file {path} {what}; check the name, relative to this file")
    return path


def _read(path: Path, before: int | None) -> Document:
    if before is not None:
        raise Unfit(f"is also the file of campaigns[{before}]; remove one of them")
    try:
        if path.stat().st_size > _LARGEST:
            raise Unfit(f"{path} is over {_LARGEST // 10**6} MB; is it the right file?")
        content = path.read_bytes()
    except OSError as error:
        raise Unfit(f"{path} cannot be read: {error.strerror}; check its owner") from None
    document = parse(content, str(path))
    if not isinstance(document.data, dict):
        words = "should be a campaign's keys with values (id:, client:, match: …)"
        raise InvalidSettings([Problem(str(path), 1, 1, "", words)])
    return document
