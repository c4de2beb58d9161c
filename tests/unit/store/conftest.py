"""The store keeps its word on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from syncd.store.database import Store, Tx, Where
from tests.support.postgres import postgres


class _Owner:
    """Who has an empty state on the server for the time of a test."""


@pytest.fixture(params=["file", "server"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Where]:
    """A place for a state: a file that is not there yet, or an empty one on a server."""
    owner = _Owner()  # lives as long as this fixture
    yield postgres().state(owner) if request.param == "server" else tmp_path / "state.db"
    del owner


@pytest.fixture
def both(where: Where) -> Iterator[Store]:
    """An empty state."""
    store = Store(where)
    yield store
    store.close()


@pytest.fixture
def either(both: Store) -> Iterator[Tx]:
    """A transaction on an empty state."""
    with both.begin() as tx:
        yield tx
