"""What holds for every test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog


@pytest.fixture(autouse=True)
def _logs_of_its_own() -> Iterator[None]:
    """A test that sets up logging, as a command does, sets it up for itself alone."""
    yield
    structlog.reset_defaults()
