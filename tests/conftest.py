"""What holds for every test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

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


@pytest.fixture(autouse=True)
def _logs_of_its_own() -> Iterator[None]:
    """A test that sets up logging, as a command does, sets it up for itself alone.

    Until one does tracebacks are plain: drawing one with its locals takes seconds.
    """
    structlog.configure(processors=[structlog.processors.add_log_level, _PLAIN])
    yield
    structlog.reset_defaults()
