from __future__ import annotations

import subprocess
import sys

import pytest
from pydantic import ValidationError

from connectors.webcheck import MANIFEST
from connectors.webcheck.settings import WebcheckSettings


def settings(**given: object) -> WebcheckSettings:
    return WebcheckSettings.model_validate({"kind": "webcheck", **given})


def test_the_kind_alone_is_enough():
    assert settings().through is None
    assert settings().product == "syncd-linkcheck"


@pytest.mark.parametrize(
    ("agent", "product"),
    [("Brightlink/2 (+https://x.example)", "Brightlink"), ("our_bot", "our_bot"), ("A b", "A")],
)
def test_rules_of_robots_are_looked_up_by_the_name_the_agent_begins_with(agent, product):
    assert settings(user_agent=agent).product == product


@pytest.mark.parametrize(
    "given",
    [
        {"user_agent": ""},
        {"user_agent": "x\r\nCookie: y"},
        {"user_agent": "1bot"},
        {"allow_private": ["everything"]},
        {"allow_private": ["10.1.2.3/16"]},
        {"through": "webcheck.test"},
        {"through": "ftp://webcheck.test"},
        {"pause_seconds": -1},
        {"megabytes": 0},
        {"sedonds": 3},
    ],
)
def test_what_makes_no_sense_is_refused(given):
    with pytest.raises(ValidationError):
        settings(**given)


def test_looking_at_the_manifest_loads_nothing_heavy():
    code = "import connectors.webcheck, sys; print('lxml' in sys.modules, 'protego' in sys.modules)"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["False", "False"]
    assert MANIFEST.simulator is not None
