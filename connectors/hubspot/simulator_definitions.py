"""The properties HubSpot itself defines, as far as they matter here (facts/hubspot.md 2.2-2.8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_STAGES = "subscriber lead marketingqualifiedlead salesqualifiedlead opportunity customer other"
_LEAD = "NEW OPEN IN_PROGRESS OPEN_DEAL UNQUALIFIED ATTEMPTED_TO_CONTACT CONNECTED BAD_TIMING"

# Some of the dropdown's 400 values: zone names in lower case, their signs spelt out.
_TIME_ZONES = (
    "america_slash_new_york america_slash_chicago america_slash_denver america_slash_los_angeles"
    " america_slash_toronto america_slash_sao_paulo america_slash_mexico_city"
    " america_slash_port_hyphen_au_hyphen_prince us_slash_eastern us_slash_pacific_hyphen_new"
    " europe_slash_london eire portugal europe_slash_berlin europe_slash_paris europe_slash_madrid"
    " europe_slash_rome europe_slash_amsterdam europe_slash_warsaw europe_slash_stockholm"
    " europe_slash_copenhagen europe_slash_helsinki europe_slash_istanbul europe_slash_moscow"
    " africa_slash_johannesburg asia_slash_dubai asia_slash_kolkata asia_slash_singapore"
    " asia_slash_shanghai japan asia_slash_tokyo australia_slash_sydney pacific_slash_auckland"
)

# "name" is a writable string, "name:type/fieldType" says otherwise, "!" makes it read-only,
# options follow "=".
_SHARED = (
    "!hs_object_id:number/number !hs_object_source !hs_object_source_label !hs_object_source_id"
    " hubspot_owner_id:enumeration/select"
)
_ACTIVITY = (
    f"{_SHARED} hs_timestamp:datetime/date !hs_createdate:datetime/date"
    " !hs_lastmodifieddate:datetime/date hs_attachment_ids !hs_body_preview !hs_unique_creation_key"
)
_PEOPLE = " ".join(
    f"!hs_email_{role}_{part}"
    for role in ("from", "to", "cc", "bcc", "sender")
    for part in ("email", "firstname", "lastname")
)
_GROUPS = {
    "contacts": ("contactinformation", "Contact information"),
    "companies": ("companyinformation", "Company information"),
    "deals": ("dealinformation", "Deal information"),
    "tasks": ("task_information", "Task information"),
    "notes": ("note_information", "Note information"),
    "emails": ("emailinformation", "Email information"),
}
_PROPERTIES: Mapping[str, Sequence[str]] = {
    "contacts": (
        "email firstname lastname phone company website jobtitle city country",
        "!createdate:datetime/date !lastmodifieddate:datetime/date !hs_merged_object_ids",
        "!hs_email_domain hs_additional_emails",
        "hs_country_region_code hs_email_optout:bool/booleancheckbox",
        f"hs_timezone:enumeration/select={_TIME_ZONES}",
        _SHARED,
        f"lifecyclestage:enumeration/radio={_STAGES}",
        f"hs_lead_status:enumeration/radio={_LEAD}",
    ),
    "companies": (
        "name domain phone website city country industry",
        "!createdate:datetime/date !hs_lastmodifieddate:datetime/date !hs_merged_object_ids",
        _SHARED,
    ),
    "deals": (
        "dealname amount:number/number closedate:datetime/date pipeline dealstage",
        "!createdate:datetime/date !hs_lastmodifieddate:datetime/date",
        _SHARED,
    ),
    "tasks": (
        "hs_task_subject hs_task_body hs_task_reminders hs_queue_membership_ids",
        _ACTIVITY,
        "hs_task_status:enumeration/select=NOT_STARTED IN_PROGRESS WAITING DEFERRED COMPLETED",
        "hs_task_priority:enumeration/select=LOW MEDIUM HIGH",
        "hs_task_type:enumeration/select=TODO CALL EMAIL",
    ),
    "notes": ("hs_note_body", _ACTIVITY),
    "emails": (
        "hs_email_subject hs_email_text hs_email_html hs_email_headers hs_email_message_id",
        "hs_email_thread_id !hs_email_logged_from !hs_email_thread_summary",
        "!hs_direction_and_unique_id !hs_body_preview_html !hs_in_reply_to_engagement_id",
        _PEOPLE,
        _ACTIVITY,
        "hs_email_direction:enumeration/select=EMAIL INCOMING_EMAIL FORWARDED_EMAIL",
        "hs_email_status:enumeration/select=BOUNCED FAILED SCHEDULED SENDING SENT",
    ),
}


def default_groups() -> dict[str, dict[str, dict[str, Any]]]:
    return {
        kind: {name: {"name": name, "label": label, "displayOrder": 0, "archived": False}}
        for kind, (name, label) in _GROUPS.items()
    }


def default_definitions(at: str) -> dict[str, dict[str, dict[str, Any]]]:
    return {
        kind: {
            one["name"]: one
            for line in lines
            for one in (_defined(text, kind, at) for text in _split(line))
        }
        for kind, lines in _PROPERTIES.items()
    }


def definition(
    given: Mapping[str, Any], at: str, *, read_only: bool = False, by_hubspot: bool = False
) -> dict[str, Any]:
    """A property as HubSpot describes it, every field the official models require."""
    return {
        "name": given["name"],
        "label": given["label"],
        "type": given["type"],
        "fieldType": given["fieldType"],
        "description": given.get("description", ""),
        "groupName": given["groupName"],
        "options": options(given.get("options", ())),
        "displayOrder": given.get("displayOrder", -1),
        "calculated": False,
        "externalOptions": given["name"] == "hubspot_owner_id",
        "hasUniqueValue": bool(given.get("hasUniqueValue", False)),
        "hidden": bool(given.get("hidden", False)),
        "hubspotDefined": by_hubspot,
        "formField": bool(given.get("formField", False)),
        "archived": False,
        "dataSensitivity": "non_sensitive",
        "modificationMetadata": {
            "archivable": not by_hubspot,
            "readOnlyDefinition": by_hubspot,
            "readOnlyOptions": by_hubspot,
            "readOnlyValue": read_only,
        },
        "createdAt": at,
        "updatedAt": at,
    }


def options(given: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "label": str(one.get("label", "")),
            "value": str(one.get("value", "")),
            "description": str(one.get("description", "")),
            "displayOrder": int(one.get("displayOrder", -1)),
            "hidden": bool(one.get("hidden", False)),
        }
        for one in given
    ]


def _split(line: str) -> list[str]:
    return [line] if "=" in line else line.split()


def _defined(text: str, kind: str, at: str) -> dict[str, Any]:
    head, _, values = text.partition("=")
    name, _, shape = head.partition(":")
    value_type, _, field_type = (shape or "string/text").partition("/")
    read_only, name = name.startswith("!"), name.removeprefix("!")
    given = {
        "name": name,
        "label": name.replace("_", " "),
        "type": value_type,
        "fieldType": field_type,
        "groupName": _GROUPS[kind][0],
        "options": [
            {"label": value.replace("_", " ").capitalize(), "value": value, "displayOrder": place}
            for place, value in enumerate(values.split())
        ],
    }
    return definition(given, at, read_only=read_only, by_hubspot=True)
