"""One sandbox a worker, put back to its beginning before each test."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.processes import Home, Services


@dataclass(frozen=True)
class Course:
    """What an undisturbed `once` made of the example: both snapshots, and its state."""

    before: dict[str, Any]
    after: dict[str, Any]
    state: bytes
    end: dict[str, list[Any]]
    logged: list[Any]
    calls: list[tuple[str, str, str]]


@pytest.fixture(scope="session")
def _services(tmp_path_factory) -> Iterator[tuple[Services, dict[str, Any]]]:
    with Services(tmp_path_factory.mktemp("sandbox")) as services:
        yield services, services.snapshot()


@pytest.fixture
def services(_services: tuple[Services, dict[str, Any]]) -> Services:
    """The three services with the example mailboxes, not worked on yet."""
    running, seeded = _services
    running.restore(seeded)
    return running


@pytest.fixture
def home(services: Services, tmp_path: Path) -> Home:
    """A place to run syncd from, without a state."""
    return Home(tmp_path / "home", services.config)


@pytest.fixture(scope="session")
def course(_services, tmp_path_factory) -> Course:
    """An undisturbed first reading."""
    services, seeded = _services
    services.restore(seeded)
    home = Home(tmp_path_factory.mktemp("undisturbed"), services.config)
    asked = services.asked()
    ended = home.syncd("once", "--json")
    assert ended.code == 0, ended.err
    calls = services.calls(asked)
    return Course(
        seeded,
        services.snapshot(),
        home.state.read_bytes(),
        services.end(),
        services.logged(),
        calls,
    )


@pytest.fixture
def settled(course: Course, _services, tmp_path: Path) -> Home:
    """The services and a state as the undisturbed first reading left them."""
    services, _ = _services
    services.restore(course.after)
    home = Home(tmp_path / "home", services.config)
    home.state.write_bytes(course.state)
    return home


FAILED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Let fixtures know how their test went: a browser then keeps what it showed."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report
