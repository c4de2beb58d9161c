"""What HubSpot's refusals become: bodies as facts/hubspot.md quotes them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.hubspot import answers
from connectors.hubspot.answers import Reply
from syncd.ports.verdicts import Changed, InDoubt, Locked, Refused, TryLater

NOW = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)
LONDON = ZoneInfo("Europe/London")
SCOPES = {
    "message": "This app hasn't been granted all required scopes to make this call.",
    "errors": [
        {
            "message": "All of the following scopes are required.",
            "context": {"requiredGranularScopes": ["crm.objects.owners.read", "crm.lists.read"]},
        }
    ],
    "category": "MISSING_SCOPES",
}
RULES = {
    "message": "The property values provided are invalid",
    "category": "VALIDATION_ERROR",
    "errors": [
        {
            "code": "MISSING_REQUIRED_PROPERTY",
            "message": "A value for country must be provided",
            "context": {"propertyName": ["country"]},
        }
    ],
}


def said(
    status: int,
    data: Any = None,
    zone: ZoneInfo | None = LONDON,
    *,
    writes: bool = False,
    **headers: str,
) -> Any:
    reply = Reply(
        status, data or {}, {name.replace("_", "-"): one for name, one in headers.items()}
    )
    return answers.verdict(reply, writes=writes, now=NOW, zone=zone)


@pytest.mark.parametrize(
    ("status", "writes", "verdict"),
    [
        (429, True, TryLater),
        (423, True, TryLater),
        (477, True, TryLater),
        (500, False, TryLater),
        (500, True, InDoubt),
        (503, True, InDoubt),
        (521, False, TryLater),
        (524, True, InDoubt),
        (401, False, Locked),
        (403, True, Locked),
        (404, False, Changed),
        (409, True, Changed),
        (400, True, Refused),
        (414, False, Refused),
        (302, True, Locked),
    ],
)
def test_verdict_of_a_status(status, writes, verdict):
    assert type(said(status, writes=writes)) is verdict


@pytest.mark.parametrize(
    ("data", "zone", "headers", "after"),
    [
        ({"policyName": "TEN_SECONDLY_ROLLING"}, LONDON, {}, 10),
        ({"message": "You have reached your ten_secondly_rolling limit."}, LONDON, {}, 10),
        ({"policyName": "SECONDLY"}, LONDON, {}, 1),
        ({"message": "You have reached your secondly limit."}, LONDON, {}, 1),
        ({"policyName": "DAILY"}, LONDON, {}, 3 * 3600),
        ({"message": "You have reached your daily limit."}, ZoneInfo("Asia/Tokyo"), {}, 18 * 3600),
        ({"policyName": "DAILY"}, None, {}, 3600),
        ({}, LONDON, {}, 10),
        ({"policyName": "TEN_SECONDLY_ROLLING"}, LONDON, {"retry_after": "7"}, 7),
    ],
)
def test_how_long_a_429_says_to_wait(data, zone, headers, after):
    assert said(429, data, zone, **headers).after == after


def test_the_daily_limit_ends_at_the_next_midnight_even_when_the_clocks_change():
    # The night in which London goes back an hour has 25 hours.
    now = datetime(2026, 10, 24, 23, 30, tzinfo=UTC)
    assert answers.wait(Reply(429, {"policyName": "DAILY"}), now, LONDON) == 24.5 * 3600


@pytest.mark.parametrize(
    ("status", "headers", "after"),
    [
        (423, {}, 2),
        (423, {"retry_after": "1"}, 2),
        (423, {"retry_after": "30"}, 30),
        (477, {"retry_after": "86400"}, 86400),
        (477, {}, 600),
        (503, {"retry_after": "5"}, 5),
    ],
)
def test_how_long_other_refusals_say_to_wait(status, headers, after):
    assert said(status, **headers).after == after


def test_a_missing_scope_is_named_with_its_remedy():
    verdict = said(403, SCOPES)
    assert "crm.objects.owners.read, crm.lists.read" in str(verdict)
    assert "crm.objects.owners.read, crm.lists.read" in verdict.remedy


def test_a_bad_key_has_a_remedy():
    assert "new key" in said(401).remedy


def test_an_admins_rule_is_refused_with_its_words():
    verdict = said(400, RULES)
    assert type(verdict) is Refused
    assert "A value for country must be provided" in str(verdict)


def test_words_inside_json_inside_a_message_are_taken_out():
    inner = [{"isValid": False, "name": "stage", "message": "x was not one of the allowed"}]
    message = f"Property values were not valid: {json.dumps(inner)}"
    assert answers.words({"message": message}) == "stage: x was not one of the allowed"


def test_words_that_are_not_the_json_they_look_like_are_kept():
    message = "Property values were not valid: [half"
    assert answers.words({"message": message}) == message
    message = "Property values were not valid: [half]"
    assert answers.words({"message": message}) == "[half]"


def test_words_hold_no_credentials_and_are_short():
    words = answers.words({"message": "Bearer pat-na1-1234-5678 " + "x" * 1000})
    assert "1234" not in words
    assert len(words) <= 300


@pytest.mark.parametrize("data", [{}, {"message": None}, {"errors": "x", "context": []}])
def test_every_field_of_an_error_is_optional(data):
    assert answers.words(data) == "no reason given"
    assert type(said(400, data)) is Refused
    assert type(said(403, data)) is Locked


@pytest.mark.parametrize(
    ("category", "verdict"),
    [
        ("CONFLICT", Changed),
        ("OBJECT_NOT_FOUND", Changed),
        ("VALIDATION_ERROR", Refused),
        ("RATE_LIMITS", TryLater),
        ("MISSING_SCOPES", Locked),
        ("INTERNAL_ERROR", InDoubt),
        (None, Refused),
    ],
)
def test_verdict_of_one_item_of_a_207(category, verdict):
    assert type(answers.item_verdict({"category": category, "message": "m"})) is verdict


@pytest.mark.parametrize(
    "error",
    [
        {"message": "Contact already exists. Existing ID: 482701"},
        {"message": "Contact already exists.", "context": {"existingId": ["482701"]}},
    ],
)
def test_the_contact_in_the_way_is_read_from_words_or_context(error):
    assert answers.is_conflict(error)
    assert answers.existing_id(error) == "482701"


def test_a_taken_unique_value_names_its_holder():
    error = {
        "message": "Property values were not valid: []",
        "errors": [
            {
                "code": "CONFLICTING_UNIQUE_VALUE",
                "message": "propertyName=syncd_key, value=k}. 77 already has that value.",
            }
        ],
    }
    assert answers.value_is_taken(error, "syncd_key")
    assert not answers.value_is_taken(error, "other_key")
    assert answers.holder_of_value(error) == "77"
