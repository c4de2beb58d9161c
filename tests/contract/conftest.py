"""The suites run on the simulators or, with --live, on accounts: never on both at once."""

from __future__ import annotations

from pathlib import Path

import pytest

_LIVE = Path(__file__).with_name("test_live.py")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Without --live nothing may ask an account; with it, nobody waits for simulators."""
    if not collection_path.name.startswith("test_"):
        return None
    return (collection_path == _LIVE) != bool(config.getoption("--live")) or None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--live"):
        return
    for item in items:
        marker = item.get_closest_marker("simulated")
        if marker is not None:
            reason = f"only a simulator does it: {marker.args[0]}"
            item.add_marker(pytest.mark.skip(reason=reason))
