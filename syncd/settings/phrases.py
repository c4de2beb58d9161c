"""The shipped phrase data, read once."""

from __future__ import annotations

from functools import cache

from syncd.core.mail import phrases as core
from syncd.settings.shipped import contents, shipped

# English first: where two languages share a phrase, evidence names the first.
_FIRST = "en.yaml"


@cache
def phrases() -> core.Phrases:
    """Every language in `config/phrases`. Raises `ValueError` naming a file's mistake."""
    files = [one for one in shipped("phrases").iterdir() if one.name.endswith(".yaml")]
    ordered = sorted(files, key=lambda one: (one.name != _FIRST, one.name))
    return core.phrases(contents(one) for one in ordered)
