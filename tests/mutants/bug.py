"""What a planted bug is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bug:
    """`old` must stand in `file` exactly once, so that each stays true to the code.

    `nets`: what pytest is given to catch it.
    """

    name: str
    file: str
    old: str
    new: str
    nets: tuple[str, ...]
