from __future__ import annotations

from typing import Any

from connectors.hubspot.probe import probe
from syncd.ports.manifest import Finding
from tests.unit.hubspot.service import Service

CONTACTS = ["crm.objects.contacts.read", "crm.objects.contacts.write"]


def ask(service: Service, **more: Any) -> dict[str, Finding]:
    return {one.check: one for one in probe(service.settings(**more), service.tools())}


def test_a_good_key_answers_every_question(service):
    findings = ask(service)
    assert all(one.ok for one in findings.values())
    assert len(findings) == 6
    assert "24601337" in findings["HubSpot answers and accepts the key"].detail
    assert all(method == "GET" for _, method, _ in service.transport.calls)


def test_a_bad_key_ends_the_questions_with_its_remedy(service, monkeypatch):
    monkeypatch.setenv("HUBSPOT_TOKEN", "pat-wrong")
    [finding] = ask(service).values()
    assert not finding.ok
    assert "new key" in finding.remedy


def test_no_answer_points_at_the_address(service):
    service.tell("fault", status=503)
    [finding] = ask(service).values()
    assert "api_url" in finding.remedy


def test_each_missing_scope_is_named_where_it_is_missed(service):
    service.tell("portal", scopes=CONTACTS)
    findings = ask(service)
    assert findings["contacts can be read"].ok
    assert "sales-email-read" in findings["logged emails can be read"].remedy
    assert "crm.objects.owners.read" in findings["owners can be read"].remedy
    assert "crm.schemas.contacts.read" in findings["contact properties can be read"].remedy
    marks = findings["logged emails can be marked"]
    assert marks.ok
    assert "connected-email-data-access" in marks.detail


def test_trouble_half_way_is_told_apart_from_a_missing_scope(service):
    service.tell("fault", path="properties/2026-09/emails", status=502)
    service.tell("fault", path="owners", status=502)
    findings = ask(service)
    assert findings["owners can be read"].remedy == "try again later"
    assert not findings["logged emails can be marked"].ok
