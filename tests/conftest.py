"""What holds for every test."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from copy import deepcopy
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

import pytest
import structlog
from sqlalchemy import URL, Engine, create_engine

from syncd.runtime import memory
from syncd.settings.source import Document, parse
from syncd.store import homes
from syncd.store.database import Store

# Where this is said of the machine, each process that a test starts, and each worker, would
# compile all of syncd anew: half a second of every start.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

_PLAIN = structlog.dev.ConsoleRenderer(
    colors=False, exception_formatter=structlog.dev.plain_traceback
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--live",
        metavar="FILE",
        type=lambda given: Path(given).resolve(),
        help="Run the contract suites on the accounts of this settings file. What they may "
        "use there stands in FILE with the ending .contract.yaml (CONTRIBUTING.md).",
    )


def pytest_configure(config: pytest.Config) -> None:
    for words in (
        "simulated(reason): needs what only a simulator does; skipped on live accounts",
        "many: hundreds of records; takes minutes on a live account",
    ):
        config.addinivalue_line("markers", words)
    live: Path | None = config.getoption("--live")
    if live is not None:
        for file in (live, live.with_suffix(".contract.yaml")):
            if not file.is_file():
                raise pytest.UsageError(f"--live: there is no {file} (see CONTRIBUTING.md)")


@pytest.hookimpl(optionalhook=True, tryfirst=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Live accounts are worked on by one process: they share limits, and so do tests."""
    return 0 if config.getoption("--live") else None


@pytest.fixture(autouse=True, scope="session")
def _garbage_looked_for_as_ever() -> Iterator[None]:
    """A command that a test calls must not have all that tests made kept for good, as it does
    with what it finds in a process of its own.
    """
    with patch.object(memory, "gc"):
        yield


@pytest.fixture(autouse=True, scope="session")
def _settings_read_once() -> Iterator[None]:
    """A test makes many turns of one text, and reading YAML with its places takes longer than a
    turn that finds nothing new. Each gets values of its own.
    """
    parsed = lru_cache(16)(parse)

    def read(content: bytes | str, name: str) -> Document:
        found = parsed(content, name)
        return replace(found, data=deepcopy(found.data))

    with patch("syncd.settings.loading.parse", read):
        yield


@pytest.fixture(autouse=True, scope="session")
def _tables_made_once() -> Iterator[None]:
    """A state in a new file begins as a copy of the first one that migrations have made.

    They take longer than many a test. Tests of migrations begin with an older state, or with a
    server's, which none of this touches.
    """
    migrate, first = Store._migrate, sqlite3.connect(":memory:", check_same_thread=False)
    made: list[bool] = []

    def copied(store: Store) -> None:
        if not isinstance(store.where, Path) or _has_tables(store):
            migrate(store)
            return
        if made:
            with closing(store._engine.raw_connection()) as raw:
                first.backup(cast("sqlite3.Connection", raw.driver_connection))
        migrate(store)
        if not made:
            with closing(store._engine.raw_connection()) as raw:
                cast("sqlite3.Connection", raw.driver_connection).backup(first)
            made.append(True)

    with patch.object(Store, "_migrate", copied):
        yield
    first.close()


def _has_tables(store: Store) -> bool:
    with store._engine.connect() as connection:
        return store._home.version(connection) is not None


@pytest.fixture(autouse=True, scope="session")
def _statements_put_together_once() -> Iterator[None]:
    """SQLAlchemy's compiled statements, kept from one state to the next.

    Each state of a test is a file of its own, each file an engine, and each engine would put
    every statement together again: a third of what the whole suite computes.
    """
    first: list[Engine] = []

    def alike(url: str | URL, **options: Any) -> Engine:
        engine = create_engine(url, **options)
        if engine.dialect.name == "sqlite":
            first.append(engine)
            engine.dialect = engine.pool._dialect = first[0].dialect
            engine._compiled_cache = first[0]._compiled_cache
            del first[1:]
        return engine

    with patch.object(homes, "create_engine", alike):
        yield


@pytest.fixture(autouse=True)
def _logs_of_its_own() -> Iterator[None]:
    """A test that sets up logging, as a command does, sets it up for itself alone.

    Until one does tracebacks are plain: drawing one with its locals takes seconds.
    """
    structlog.configure(processors=[structlog.processors.add_log_level, _PLAIN])
    yield
    structlog.reset_defaults()
