"""Signing in and out for real: a browser's way through the sandbox, and a daemon beside it."""

from __future__ import annotations

import json
import re
import threading

import pytest
import requests

from syncd.cli.visit import visiting
from syncd.ports.verdicts import TryLater
from tests.e2e.conftest import Course
from tests.e2e.processes import MAYA, TOM, Home, Services, wait_for
from tests.e2e.test_running import QUICK, daemon, ends


def browser() -> requests.Session:
    """Where the environment's proxies do not lead off this machine."""
    session = requests.Session()
    session.trust_env = False
    return session


def consents(home: Home, services: Services) -> Home:
    """Settings under which people sign in, to Gmail and to HubSpot."""
    gmail, hubspot = services.addresses["gmail"], services.addresses["hubspot"]
    client = {
        "client_id": "sandbox.apps",
        "client_secret": "s",
        "auth_uri": f"{gmail}/auth",
        "token_uri": f"{gmail}/token",
    }
    (home.folder / "client.json").write_text(json.dumps({"installed": client}))
    (home.folder / "app-secret").write_text("sandbox-secret")
    text = home.config.read_text()
    text = re.sub(
        r"service_account: .*",
        "installed_app: {client: {file: client.json}, tokens: tokens}",
        text,
    )
    oauth = "oauth: {client_id: sandbox-app, client_secret: {file: app-secret}, tokens: tokens}"
    text = re.sub(r"token: .*", f"{oauth}\n    app_url: {hubspot}", text)
    home.config.write_text(text)
    return home


def sign_in(home: Home, kind: str) -> str:
    """`syncd auth KIND --headless`, and the person who opens what it prints."""
    process = home.start("auth", kind, "--headless", "--port", "0")
    assert process.stdout is not None
    out = ""
    for line in process.stdout:
        out += line
        if line.startswith("  http"):
            answer = browser().get(line.strip(), timeout=30)
            assert "You can close this page" in answer.text
    assert process.wait(30) == 0, process.stderr.read() if process.stderr else ""
    process.communicate()
    return out


@pytest.fixture
def office(services: Services, home: Home) -> Home:
    return consents(home, services)


def test_people_sign_in_and_everything_works_as_with_keys(
    course: Course, services: Services, office: Home
):
    asked = office.here("doctor", "--json")
    assert asked.code == 1
    missing = [one for one in asked.json["checks"] if one["name"] == "token.age"]
    assert {one["remedy"] for one in missing} == {"`syncd auth gmail`", "`syncd auth hubspot`"}
    told = sign_in(office, "gmail")
    assert f"{MAYA}: signed in" in told
    assert re.search(r"ssh -L \d+:127.0.0.1:\d+ ", told)
    sign_in(office, "hubspot")
    rows = office.here("auth", "list", "--json").json["consents"]
    assert {row["state"] for row in rows} == {"kept"}
    assert {file.stat().st_mode & 0o777 for file in (office.folder / "tokens").iterdir()} == {0o600}
    assert office.here("setup", "--yes").code == 0
    assert office.here("doctor").code == 0
    office.until_quiet()
    assert services.logged() == course.logged
    assert services.end() == course.end


def test_a_mailbox_that_is_revoked_waits_and_catches_up_while_the_daemon_runs(
    course: Course, services: Services, settled: Home
):
    office = consents(settled, services)
    sign_in(office, "gmail")
    sign_in(office, "hubspot")
    revoked = office.here("auth", "revoke", MAYA)
    assert (revoked.code, revoked.out) == (0, f"Revoked: {MAYA}.\n")
    assert not (office.folder / "tokens" / f"{MAYA}.json").exists()

    def letter(key: str, to: str) -> str:
        return (
            f"From: Ada <ada@new.example>\r\nTo: {to}\r\nSubject: {key}\r\n"
            f"Message-ID: <{key}@new.example>\r\n\r\nHello.\r\n"
        )

    def logged(key: str) -> bool:
        return any(row[0] == f"{key}@new.example" for row in services.logged())

    services.deliver(MAYA, letter("missed", MAYA))
    services.deliver(TOM, letter("others-go-on", TOM))
    with daemon(office, **QUICK) as process:
        wait_for(lambda: logged("others-go-on"), "the other mailbox goes on")
        assert not logged("missed")
        ends(process, within=10)
    sign_in(office, "gmail")
    office.until_quiet()
    assert logged("missed")
    assert len(services.logged()) == len(course.logged) + 2


class TestVisit:
    """The port on this machine to which a browser comes back."""

    def come(self, url: str) -> int:
        return browser().get(url, timeout=10).status_code

    def test_whoever_comes_back_is_heard_and_an_icon_is_not(self):
        shown: list[str] = []
        with visiting(0, shown.append, browser=False) as away:
            redirect = away.redirect.replace("localhost", "127.0.0.1")

            def person() -> None:
                assert self.come(redirect + "favicon.ico") == 404
                assert self.come(redirect + "?state=s&code=c") == 200

            thread = threading.Thread(target=person)
            thread.start()
            assert dict(away("https://accounts.example/")) == {"state": "s", "code": "c"}
            thread.join()
        assert shown == ["https://accounts.example/"]

    def test_nobody_comes(self):
        with (
            visiting(0, lambda _url: None, browser=False, patience=0.05) as away,
            pytest.raises(TryLater, match="nobody came back"),
        ):
            away("https://accounts.example/")

    def test_a_browser_is_opened_where_there_is_one(self, monkeypatch):
        opened: list[str] = []

        def come(url: str) -> None:
            opened.append(url)
            said = {"state": "s", "error": "access_denied"}
            server.said = said
            server.came.set()

        monkeypatch.setattr("syncd.cli.visit.webbrowser.open", come)
        with visiting(0, lambda _url: None) as away:
            server = away._server
            assert away("https://accounts.example/")["error"] == "access_denied"
        assert opened == ["https://accounts.example/"]
