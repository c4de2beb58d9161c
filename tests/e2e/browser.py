"""A real Chromium, as installed; what it showed is kept where a test fails."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.arch.checkout import ROOT
from tests.e2e.conftest import FAILED

SCREENSHOTS = ROOT / "build/screenshots"
PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser")
# Besides running as root: nothing of the browser's own goes out to the network.
_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    if PROGRAM is None:
        pytest.skip("no Chromium is installed (Debian: chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=PROGRAM, args=list(_FLAGS))
        yield browser
        browser.close()


class Window:
    """One person's browser at a daemon's pages. `troubles`: what it complained of itself,
    and what it asked of anybody else.
    """

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.address = address
        self.page: Page = context.new_page()
        self.troubles: list[str] = []
        self.page.on("console", lambda said: self._complained(said.text))
        self.page.on("pageerror", lambda error: self._complained(str(error)))
        self.page.on("request", lambda request: self._asked(request.url))

    def go(self, path: str) -> Page:
        self.page.goto(self.address + path)
        return self.page

    def text(self, path: str) -> str:
        """A page as it is read, on one line."""
        return " ".join(self.go(path).inner_text("body").split())

    def _complained(self, words: str) -> None:
        # A status that a test asks for is no complaint of ours.
        if "the server responded with a status of" not in words:
            self.troubles.append(words)

    def _asked(self, url: str) -> None:
        if not url.startswith(self.address):
            self.troubles.append(f"asked {url}")


@contextmanager
def windows(
    browser: Browser, address: str, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Window]]:
    """Opens windows, each with cookies of its own; `options` as Playwright's contexts have."""
    opened: list[tuple[BrowserContext, Window]] = []

    def new(**options: Any) -> Window:
        context = browser.new_context(**options)
        context.set_default_timeout(15_000)
        window = Window(context, address)
        opened.append((context, window))
        return window

    try:
        yield new
    finally:
        if request.node.stash.get(FAILED, False):
            _keep(request.node.name, [window for _, window in opened])
        for context, _ in opened:
            context.close()


def _keep(name: str, shown: list[Window]) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for number, window in enumerate(shown):
        plain = re.sub(r"[^A-Za-z0-9_-]+", "-", name)
        path: Path = SCREENSHOTS / f"{plain}-{number}.png"
        window.page.screenshot(path=path, full_page=True)
