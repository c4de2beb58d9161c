from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.gmail import MANIFEST
from connectors.gmail.settings import GmailSettings
from syncd.ports.manifest import Role

KEY = {"env": "GOOGLE_KEY"}
APP = {"client": {"file": "client.json"}, "tokens": "tokens"}


def settings(**given: Any) -> GmailSettings:
    return GmailSettings.model_validate(
        {"kind": "gmail", "mailboxes": ["maya@b.example"], "service_account": KEY} | given
    )


def test_mailboxes_are_kept_in_lower_case() -> None:
    assert settings(mailboxes=[" Maya@B.Example "]).mailboxes == ("maya@b.example",)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"mailboxes": []}, "at least 1"),
        ({"mailboxes": ["a@b.example", "A@b.example"]}, "named twice"),
        ({"mailboxes": ["not an address"]}, "is not an address"),
        ({"mailboxes": ["@b.example"]}, "is not an address"),
        ({"service_account": None}, "exactly one"),
        ({"installed_app": APP}, "exactly one"),
        ({"service_account": "{...}"}, "never the secret itself"),
        ({"api_url": "gmail.googleapis.com"}, "https://"),
        ({"units_per_minute": 100}, "greater than or equal"),
        ({"mailbox": "x"}, "Extra inputs"),
    ],
)
def test_what_cannot_work_is_refused_with_a_reason(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        settings(**given)


def test_a_relative_tokens_folder_starts_at_the_settings_file() -> None:
    given = {"kind": "gmail", "mailboxes": ["a@b.example"], "installed_app": APP}
    made = GmailSettings.model_validate(given, context={"base": "/etc/syncd"})
    assert made.installed_app is not None
    assert made.installed_app.tokens == Path("/etc/syncd/tokens")
    assert made.installed_app.client.file == Path("/etc/syncd/client.json")


def test_every_setting_is_described() -> None:
    schema = GmailSettings.model_json_schema()
    for model in (schema, schema["$defs"]["InstalledApp"]):
        for name, field in model["properties"].items():
            assert field.get("description"), name


def test_the_manifest_offers_mail_a_simulator_and_a_probe() -> None:
    assert MANIFEST.kind == "gmail"
    assert set(MANIFEST.ports) == {Role.MAIL}
    assert MANIFEST.probe is not None
    assert MANIFEST.simulator is not None


def test_looking_at_the_manifest_loads_no_sdk() -> None:
    heavy = "googleapiclient google.auth google.oauth2 httplib2 cryptography"
    code = f"import sys, connectors.gmail; print([m for m in {heavy.split()} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
