from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.hubspot import MANIFEST
from connectors.hubspot.adapter import HubSpotCrm
from connectors.hubspot.settings import HubSpotSettings, PropertyNames
from connectors.hubspot.simulator import HubSpotSimulator
from syncd.ports.manifest import Role, State, Wants
from tests.support.clock import DrivenClock


def read(**more: Any) -> HubSpotSettings:
    return HubSpotSettings.model_validate({"kind": "hubspot", "token": {"env": "T"}, **more})


def test_a_token_is_all_that_must_be_said():
    settings = read()
    assert settings.api_url == "https://api.hubapi.com"
    assert settings.api_version == "2026-09"
    assert settings.properties.stage == "syncd_stage"
    assert settings.mark_emails == "auto"


@pytest.mark.parametrize(
    "wrong",
    [
        {"token": "pat-na1-secret"},
        {"api_url": "api.hubapi.com"},
        {"api_url": "ftp://api.hubapi.com"},
        {"api_version": "v3"},
        {"properties": {"stage": "Outreach Stage"}},
        {"properties": {"status": "x"}},
        {"calls_per_10_seconds": 0},
        {"mark_emails": "always"},
        {"tokn": 1},
    ],
)
def test_what_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValidationError):
        read(**wrong)


def test_a_trailing_slash_makes_no_difference():
    assert read(api_url="http://127.0.0.1:4402/").api_url == "http://127.0.0.1:4402"


def test_every_setting_is_explained():
    for model in (HubSpotSettings, PropertyNames):
        assert all(field.description for field in model.model_fields.values())


def test_settings_cannot_be_changed():
    with pytest.raises(ValidationError):
        read().mark_emails = "never"


def test_looking_at_the_manifest_loads_no_sdk():
    code = (
        "import sys, connectors.hubspot; "
        "print([m for m in sys.modules if m.split('.')[0] == 'hubspot' or 'adapter' in m "
        "and m.startswith('connectors')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_manifest_makes_port_probe_and_simulator(service):
    crm = MANIFEST.ports[Role.CRM](service.settings(), service.tools())
    assert isinstance(crm, HubSpotCrm)
    assert MANIFEST.simulator is not None
    assert MANIFEST.probe is not None
    assert isinstance(MANIFEST.simulator(DrivenClock()), HubSpotSimulator)
    findings = MANIFEST.probe(service.settings(), service.tools(), Wants())
    assert all(finding.state is not State.FAIL for finding in findings)
