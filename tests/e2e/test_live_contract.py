"""The contract suites as they are run on live accounts, with the sandbox in their place."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.e2e.processes import INES, MAYA, Home, Services, environment

ROOT = Path(__file__).parents[2]
PAGE = "https://reedhomes.example/blog/builders"
PROJECT = "Contract tests"
USE = {
    "mail": {"mailbox": MAYA},
    "crm": {"contact_domain": "contract.example"},
    "board": {"project": PROJECT, "teammate": INES},
    "web": {"page": PAGE, "links_to": "acme.example"},
    "patience": 10,
}


def run(settings: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """The suites in a process of their own, as CONTRIBUTING.md says."""
    command = (sys.executable, "-m", "pytest", "tests/contract", "--live", str(settings))
    return subprocess.run(
        [*command, "-p", "no:cacheprovider", "-rps", *options],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def standing(services: Services) -> dict[str, Any]:
    """What is to be seen in the three accounts, but for what lies in the trash."""
    hubspot = {
        kind: [one["name"] for one in _rows(services, "hubspot", f"/crm/properties/2026-09/{kind}")]
        for kind in ("contacts", "contacts/groups", "emails", "tasks")
    }
    teamwork = {
        what: [one["name"] for one in _rows(services, "teamwork", f"/projects/api/v3/{what}.json")]
        for what in ("projects", "tasklists", "tags", "customfields", "tasks")
    }
    return {
        "properties": hubspot,
        "contacts": services.objects("contacts"),
        "emails": services.objects("emails"),
        "board": teamwork,
        "labels": _mail(services, "labels"),
        "drafts": _mail(services, "drafts"),
        "messages": _mail(services, "messages", q="in:anywhere -in:trash", maxResults=500),
    }


def _rows(services: Services, service: str, path: str) -> list[dict[str, Any]]:
    answer = services.get(service, path)
    return list(answer["results"] if service == "hubspot" else answer[Path(path).stem])


def _mail(services: Services, what: str, **query: Any) -> list[str]:
    answer = requests.get(
        f"{services.addresses['gmail']}/gmail/v1/users/me/{what}",
        params=query,
        headers={"Authorization": f"Bearer sandbox:{MAYA}"},
        timeout=30,
    )
    return sorted(one.get("name") or one["id"] for one in answer.json().get(what, ()))


@pytest.fixture
def allowed(services: Services, home: Home) -> Iterator[Path]:
    """The settings of the sandbox, and beside them what tests may use there."""
    services.tell("teamwork/add_project", name=PROJECT)
    services.tell("webcheck/put_page", url=PAGE, links=[{"url": "https://acme.example/"}])
    # Real services show late what was written, so that the suites must wait for it.
    services.tell("hubspot/lag", seconds=0.5)
    home.config.with_suffix(".contract.yaml").write_text(json.dumps(USE))
    yield home.config
    services.tell("hubspot/lag", seconds=0)


def test_every_suite_passes_on_accounts_and_leaves_them_as_they_were(
    services: Services, allowed: Path
) -> None:
    before, asked = standing(services), services.asked()
    ended = run(allowed, "-m", "not many")
    failures = re.sub(r"(?m)^(PASSED|SKIPPED) .*\n", "", ended.stdout)[-4000:]
    assert ended.returncode == 0, failures + ended.stderr
    for suite in ("TestMail", "TestCrm", "TestBoard", "TestWeb"):
        assert re.search(rf"^PASSED \S+::{suite}::", ended.stdout, re.MULTILINE), suite
    assert services.asked() > asked + 500
    assert standing(services) == before


def test_what_may_be_used_must_be_said(services: Services, home: Home) -> None:
    asked = services.asked()
    ended = run(home.config)
    assert ended.returncode == pytest.ExitCode.USAGE_ERROR
    assert "syncd.contract.yaml" in ended.stderr
    # What is not named is left alone.
    home.config.with_suffix(".contract.yaml").write_text("{}")
    ended = run(home.config)
    assert ended.returncode == 0, ended.stdout
    assert "PASSED" not in ended.stdout
    assert "nothing says what of the crm tests may use" in ended.stdout
    assert services.asked() == asked
