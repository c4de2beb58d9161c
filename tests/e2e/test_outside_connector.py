"""A connector of another package: found by its entry point, served and used like our own."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path

import pytest

from tests.contract import example
from tests.contract.example.syncd_postbox.simulator import TOKEN
from tests.e2e.processes import MAYA, Home, Services

PACKAGE = Path(example.__file__).with_name("syncd_postbox")
MAIL = (
    "From: Maya <{}>\r\nTo: Ada <ada@site.example>\r\nSubject: Builder guide\r\n"
    "Date: Mon, 16 Nov 2026 09:00:00 +0000\r\nMessage-ID: <p1@brightlink.example>\r\n\r\nHi\r\n"
)


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The package as an installer leaves it, in a folder to put on PYTHONPATH."""
    site = tmp_path / "site"
    shutil.copytree(PACKAGE, site / PACKAGE.name)
    info = site / "syncd_postbox-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: syncd-postbox\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[syncd.connectors]\npostbox = syncd_postbox:MANIFEST\n")
    return site


def test_mail_of_another_packages_connector_is_logged(installed: Path, tmp_path: Path):
    path = {"PYTHONPATH": str(installed)}
    (tmp_path / "sandbox").mkdir()
    with Services(tmp_path / "sandbox", "--empty", "--me", MAYA, **path) as services:
        services.tell("postbox/add_mailbox", address=MAYA)
        raw = base64.b64encode(MAIL.format(MAYA).encode()).decode()
        services.tell("postbox/deliver", mailbox=MAYA, raw=raw, labels=["SENT"])
        home = Home(tmp_path / "home", services.config)
        (home.folder / "token").write_text(TOKEN)
        home.config.write_text(with_postbox(home.config.read_text(), services))
        ended = home.syncd("once", "--json", **path)
        assert (ended.code, ended.json["done"]["log_email"]) == (0, 1), ended.err
        assert services.logged() == [("p1@brightlink.example", "EMAIL", ["ada@site.example"])]
        # Without the package the settings name a kind that nobody knows.
        alone = home.syncd("validate")
        assert alone.code == 78
        assert "postbox" in alone.err


def with_postbox(settings: str, services: Services) -> str:
    """The settings with Postbox in Gmail's place."""
    before, _, rest = settings.partition("  mail:\n")
    after = rest[rest.index("  crm:\n") :]
    address = services.addresses["postbox"]
    mail = (
        f"  mail: {{kind: postbox, url: '{address}', token: {{file: token}}, mailboxes: [{MAYA}]}}"
    )
    return f"{before}{mail}\n{after}"
