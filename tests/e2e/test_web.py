"""The pages of a running daemon in a real browser, at real services."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.browser import Window, chromium, windows
from tests.e2e.processes import SYNCD, Home, Services, environment, wait_for

PAGES = (
    "/",
    "/conversations",
    "/campaigns",
    "/reports",
    "/runs",
    "/runs/1",
    "/parked",
    "/held",
    "/settings",
)
PHONE = {"width": 360, "height": 740}


@dataclass
class Daemon:
    """`syncd run` with its pages, until it is ended."""

    home: Home
    services: Services
    process: subprocess.Popen[str]
    log: Path

    @property
    def address(self) -> str:
        def found() -> str:
            lines = [json.loads(line) for line in self.log.read_text().splitlines()]
            assert self.process.poll() is None, self.log.read_text()
            return next((line["address"] for line in lines if line["event"] == "web"), "")

        address: str = wait_for(found, "it serves its pages")
        return address

    def did(self, event: str) -> int:
        return self.log.read_text().count(f'"event": "{event}"')


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def start(services: Services, folder: Path, **env: str) -> Daemon:
    home = Home(folder / "home", services.config)
    log = folder / "run.log"
    quick = {"SYNCD_RUN__POLL": "1 second", "SYNCD_LOG__CRM_LOGGER": "off"}
    with log.open("w") as out:
        process = subprocess.Popen(
            [SYNCD, "run", "--json", "--config", str(home.config)],
            cwd=home.folder,
            env=environment(**quick, **env),
            stdin=subprocess.DEVNULL,
            stderr=out,
            text=True,
        )
    return Daemon(home, services, process, log)


def end(daemon: Daemon) -> None:
    daemon.process.send_signal(signal.SIGTERM)
    assert daemon.process.wait(timeout=15) == 0
    assert "Traceback" not in daemon.log.read_text()


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """Services of its own: this daemon lives longer than a test."""
    with Services(tmp_path_factory.mktemp("sandbox")) as services:
        yield services


@pytest.fixture(scope="module")
def daemon(services: Services, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    daemon = start(services, tmp_path_factory.mktemp("daemon"))
    try:
        wait_for(lambda: len(services.tasks()) > 5, "it has read everything")
        yield daemon
        end(daemon)
    finally:
        daemon.process.kill()
        daemon.process.wait()


@pytest.fixture
def visit(
    browser: Browser, daemon: Daemon, request: pytest.FixtureRequest
) -> Iterator[Callable[..., Window]]:
    with windows(browser, daemon.address, request) as new:
        yield new


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_shown_without_scripts_complaints_or_calls_elsewhere(visit, scheme: str):
    window = visit(java_script_enabled=False, color_scheme=scheme)
    for path in PAGES:
        page = window.go(path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.get_by_role("navigation", name="Pages", exact=True)).to_be_visible()
    assert window.troubles == []


def test_colours_follow_the_person_who_looks(visit):
    seen = {
        scheme: visit(color_scheme=scheme)
        .go("/")
        .evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    }
    assert seen == {"light": "rgb(244, 245, 243)", "dark": "rgb(19, 21, 23)"}


def test_on_a_phone_nothing_runs_off_the_side(visit):
    window = visit(viewport=PHONE)
    talk = window.go("/conversations").locator("tbody a").first.get_attribute("href")
    for path in (*PAGES, talk):
        page = window.go(path)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= PHONE["width"], path


def test_the_keyboard_reaches_everything_and_shows_where_it_is(visit):
    page = visit().go("/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.goto(page.url.partition("#")[0])
    reached = set()
    for _ in range(13):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.textContent.trim()"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    assert {"Overview", "Conversations", "Settings"} <= reached


def test_a_screen_reader_finds_names_for_everything(visit):
    window = visit()
    for path in PAGES:
        page = window.go(path)
        for kind in ("button", "textbox", "combobox", "searchbox", "link", "img"):
            for one in page.get_by_role(kind).all():
                told = one.aria_snapshot()
                assert re.match(rf"""- '?{kind}(:| "[^"])""", told), (path, told)
    chart = window.go("/").get_by_role("img", name="Coverage, the last 14 days")
    expect(chart).to_be_visible()


def test_a_conversation_is_found_and_explains_itself(visit):
    page = visit(java_script_enabled=False).go("/conversations")
    page.get_by_label("State").select_option("waiting")
    page.get_by_role("button", name="Search").click()
    first = page.locator("tbody tr").first
    expect(first).to_contain_text("waiting")
    person = first.locator(".addr").inner_text()
    page.get_by_label("Words in a subject, name or address").fill(person)
    page.get_by_role("button", name="Search").click()
    page.locator("tbody a").first.click()
    expect(page.get_by_role("heading", name="Why it stands as it does")).to_be_visible()
    expect(page.locator("main")).to_contain_text("waiting for step")
    why = page.locator("summary", has_text="Why").first
    why.click()
    expect(page.locator("details[open]").first).to_contain_text("logged as engagement")


def test_the_overview_agrees_with_the_command(visit, daemon: Daemon):
    text = visit().text("/")
    told = daemon.home.here("status", "--json").json
    for box in told["mailboxes"]:
        assert box["address"] in text
    effects = told["effects"]
    done = effects["log_email.done"] + effects["add_contact.done"]
    assert re.search(rf"log {done} done", text)


def test_what_is_refused_is_sent_again_at_the_press_of_a_button(visit, services, daemon):
    window = visit(java_script_enabled=False)
    emails = "/crm/objects/*/emails/batch/create"
    refuse = {"kind": "status", "status": 400, "service": "hubspot", "path": emails, "times": 1}
    services.fault(refuse)
    services.deliver(
        "maya@brightlink.example",
        "From: Vera <vera@late.example>\r\nTo: maya@brightlink.example\r\n"
        "Subject: Refused at first\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\n"
        "Message-ID: <refused@late.example>\r\n\r\nHello.\r\n",
    )
    wait_for(lambda: "Refused at first" in window.text("/parked"), "it is parked")
    window.page.get_by_role("button", name="Send it again").click()
    expect(window.page.get_by_role("status")).to_contain_text("will be sent again")
    logged = ("refused@late.example", "INCOMING_EMAIL", ["vera@late.example"])
    wait_for(lambda: logged in services.logged(), "it is logged after all")
    assert "Nothing is parked." in window.text("/parked")


def test_a_broken_file_is_told_on_the_page_and_mended_there(visit, daemon: Daemon):
    window = visit()
    text = daemon.home.config.read_text()
    daemon.home.config.write_text(text.replace("follow_up:", "folow_up:", 1))
    page = window.go("/settings")
    page.get_by_role("button", name="Read the file again").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("The settings file is wrong")
    expect(alert).to_contain_text('did you mean "follow_up"?')
    daemon.home.config.write_text(text)
    page.get_by_role("button", name="Read the file again").click()
    expect(page.get_by_role("status")).to_contain_text("Reloaded.")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_another_sites_page_cannot_press_our_buttons(visit, services: Services, daemon: Daemon):
    window = visit()
    window.go("/settings")
    before = daemon.did("reloaded")
    window.page.goto(services.addresses["control"] + "/api/")
    window.page.set_content(
        f'<form method="post" action="{daemon.address}/-/reload"><button>Win</button></form>'
    )
    with window.page.expect_response("**/-/reload") as answer:
        window.page.get_by_role("button").click()
    assert answer.value.status == 403
    assert daemon.did("reloaded") == before


def test_metrics_and_health_are_served(visit, daemon: Daemon):
    ask = visit().page.request
    metrics = ask.get(daemon.address + "/metrics")
    assert metrics.headers["content-type"].startswith("text/plain; version=0.0.4")
    logged = r'^syncd_effects\{kind="log_email",state="done"\} \d'
    assert re.search(logged, metrics.text(), re.MULTILINE)
    assert ask.get(daemon.address + "/healthz").json()["ok"]
    ready = daemon.address + "/readyz"
    wait_for(lambda: ask.get(ready).json()["ok"], "the first turn has ended")


def test_with_tokens_people_log_in_and_viewers_only_look(
    browser: Browser, services: Services, tmp_path: Path, request: pytest.FixtureRequest
):
    tokens = {"SYNCD_WEB__TOKEN": "{env: OPS}", "SYNCD_WEB__VIEWER_TOKEN": "{env: TEAM}"}
    # On a list of its own: a new state does not start beside tasks that another one made.
    place = {"SYNCD_FOLLOW_UP__BOARD": "{project: Outreach, task_list: Guarded}"}
    daemon = start(services, tmp_path, **tokens, **place, OPS="ops-secret", TEAM="team-secret")
    try:
        with windows(browser, daemon.address, request) as new:
            window = new(java_script_enabled=False)
            page = window.go("/runs")
            token = page.get_by_label("The token that ops gave you")
            token.fill("wrong")
            page.keyboard.press("Enter")
            expect(page.get_by_role("alert")).to_have_text("No one has this token.")
            token.fill("team-secret")
            page.keyboard.press("Enter")
            expect(page).to_have_url(daemon.address + "/runs")
            page = window.go("/settings")
            expect(page.get_by_role("button", name="Read the file again")).to_be_disabled()
            page.get_by_role("button", name="Log out").click()
            expect(page.get_by_role("heading", name="Log in")).to_be_visible()
            assert window.troubles == []
        end(daemon)
        assert "-secret" not in daemon.log.read_text()
    finally:
        daemon.process.kill()
        daemon.process.wait()
