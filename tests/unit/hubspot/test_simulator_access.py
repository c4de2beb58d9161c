"""Keys, tokens and the OAuth server (facts/hubspot.md 2.11, 6.2)."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest

from syncd.ports.simulator import Request
from tests.unit.hubspot.service import Said, Service, V

APP = {"client_id": "sandbox-app", "client_secret": "sandbox-secret"}
REFRESH = {"grant_type": "refresh_token", "refresh_token": "sandbox-refresh"}
CODE = {"grant_type": "authorization_code", "code": "sandbox-code", "redirect_uri": "http://x"}
FORM = "application/x-www-form-urlencoded"


def token(service: Service, version="v1", kind=FORM, **form) -> Said:
    body = urlencode({**APP, **form}).encode()
    headers = {"content-type": kind}
    answer = service.simulator.handle(Request("POST", f"/oauth/{version}/token", (), headers, body))
    return Said(answer.status, json.loads(answer.body), answer.headers)


@pytest.mark.parametrize("version", ["v1", "v3", "2026-03", "2026-09"])
def test_a_code_or_a_refresh_token_brings_an_access_token_for_half_an_hour(service, version):
    said = [token(service, version, **form) for form in (CODE, REFRESH)]
    for each in said:
        assert each.status == 200
        assert each.data["expires_in"] == 1800
        assert (each.data["token_use"], each.data["hub_id"]) == ("access_token", 24601337)
        access = each.data["access_token"]
        assert service.ask("GET", f"{V}/contacts", token=access).status == 200
    service.clock.advance(1800)
    access = said[0].data["access_token"]
    late = service.ask("GET", f"{V}/contacts", token=access)
    assert (late.status, late.category) == (401, "EXPIRED_AUTHENTICATION")
    assert service.ask("GET", f"{V}/contacts").status == 200


def test_a_refresh_token_is_kept_or_replaced_by_each_refresh(service):
    assert token(service, **REFRESH).data["refresh_token"] == "sandbox-refresh"
    service.tell("oauth", rotate=True)
    second = token(service, **REFRESH).data["refresh_token"]
    assert second != "sandbox-refresh"
    assert token(service, **REFRESH).data["status"] == "BAD_REFRESH_TOKEN"
    assert token(service, **{**REFRESH, "refresh_token": second}).status == 200


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({**REFRESH, "refresh_token": "old"}, "BAD_REFRESH_TOKEN", "invalid_grant"),
        ({**CODE, "code": "old"}, "BAD_AUTH_CODE", "invalid_grant"),
        ({**REFRESH, "client_secret": "wrong"}, "BAD_CLIENT_ID", "invalid_client"),
        ({"grant_type": "password"}, "BAD_GRANT_TYPE", "unsupported_grant_type"),
        ({**REFRESH, "kind": "application/json"}, "BAD_REQUEST", "invalid_request"),
    ],
)
def test_the_token_server_refuses_with_its_own_words(service, form, status, error):
    said = token(service, **form)
    assert said.status == 400
    assert (said.data["status"], said.data["error"]) == (status, error)
    assert said.data["error_description"]


def test_an_account_that_is_gone_refuses_every_refresh(service):
    service.tell("oauth", hub_gone=True)
    said = token(service, **REFRESH)
    assert (said.data["status"], said.data["error"]) == ("BAD_HUB", "access_denied")


def test_tokens_expire_and_are_revoked_by_switch(service):
    access = token(service, **REFRESH).data["access_token"]
    assert service.ask("GET", f"{V}/contacts", token=access).status == 200
    service.tell("expire_tokens")
    assert service.ask("GET", f"{V}/contacts", token=access).status == 401
    assert service.ask("GET", f"{V}/contacts").status == 200
    service.tell("revoke")
    assert service.ask("GET", f"{V}/contacts").category == "INVALID_AUTHENTICATION"
    assert token(service, **REFRESH).data["status"] == "BAD_REFRESH_TOKEN"
    service.tell("restore_access")
    access = token(service, **REFRESH).data["access_token"]
    assert service.ask("GET", f"{V}/contacts", token=access).status == 200


def test_each_token_has_a_burst_of_its_own_and_oauth_hears_nothing_of_the_day(service):
    service.tell("limits", enforce=True, burst=2)
    access = token(service, **REFRESH).data["access_token"]
    service.ask("GET", f"{V}/contacts")
    service.ask("GET", f"{V}/contacts", token=access)
    mine = service.ask("GET", f"{V}/contacts")
    theirs = service.ask("GET", f"{V}/contacts", token=access)
    assert mine.status == theirs.status == 200
    assert service.ask("GET", f"{V}/contacts").status == 429
    assert "x-hubspot-ratelimit-daily" in mine.headers
    assert "x-hubspot-ratelimit-max" in theirs.headers
    assert "x-hubspot-ratelimit-daily" not in theirs.headers


def test_an_unknown_setting_is_refused(service):
    with pytest.raises(ValueError, match="unknown settings: rotates"):
        service.tell("oauth", rotates=True)
