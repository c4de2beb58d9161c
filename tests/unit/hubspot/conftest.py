from __future__ import annotations

import pytest

from tests.unit.hubspot.service import Service


@pytest.fixture
def service(monkeypatch):
    monkeypatch.setenv("HUBSPOT_TOKEN", "pat-sandbox")
    return Service()
