from __future__ import annotations

import json
from dataclasses import replace

import pytest

from syncd.ports.needs import Readiness, Requirement
from syncd.ports.simulator import Answer, Request
from syncd.ports.verdicts import Changed, Done, InDoubt, Locked, Refused, TryLater
from tests.unit.hubspot.service import NEEDS

PROPERTIES = "/crm/properties/2026-09"


def handles(ready: Readiness) -> list[str]:
    return [need.handle for need in ready.missing]


def test_an_empty_account_lacks_a_group_four_properties_and_two_marks(service):
    ready = service.crm().readiness(NEEDS)
    assert handles(ready) == [
        "group:syncd",
        "property:syncd_campaigns",
        "property:syncd_tags",
        "property:syncd_stage",
        "property:syncd_do_not_contact",
        "email_mark",
        "task_mark",
    ]
    assert ready.handles["portal:id"] == "24601337"
    assert ready.handles["portal:time_zone"] == "Europe/London"


def test_when_everything_stands_four_reads_say_so(service):
    crm = service.ready()
    ready = crm.readiness(NEEDS)
    assert not ready.missing
    assert [method for _, method, _ in service.transport.calls] == ["GET"] * 4
    assert {
        "property:syncd_stage": "syncd_stage",
        "option:syncd_campaigns/acme": "acme",
        "option:syncd_stage/replied": "replied",
        "email_mark": "property",
        "email_message_id": "writable",
        "task_mark": "property",
        "group:syncd": "syncd",
    }.items() <= ready.handles.items()


def test_tasks_are_not_looked_at_unless_needed(service):
    ready = service.crm().readiness(replace(NEEDS, tasks=False))
    assert "task_mark" not in handles(ready)
    assert not any(path.endswith("/tasks") for _, _, path in service.transport.calls)


def test_properties_have_the_shapes_the_writes_rely_on(service):
    service.ready()
    shapes = {
        name: service.ask("GET", f"{PROPERTIES}/contacts/{name}").data
        for name in ("syncd_campaigns", "syncd_tags", "syncd_stage")
    }
    assert [(one["type"], one["fieldType"]) for one in shapes.values()] == [
        ("enumeration", "checkbox"),
        ("enumeration", "checkbox"),
        ("enumeration", "select"),
    ]
    assert [one["value"] for one in shapes["syncd_stage"]["options"]] == ["contacted", "replied"]
    mark = service.ask("GET", f"{PROPERTIES}/emails/syncd_key").data
    assert mark["hasUniqueValue"] is True
    assert mark["groupName"] == "emailinformation"


def test_names_can_be_overridden(service):
    crm = service.crm(properties={"stage": "outreach_stage"})
    assert "property:outreach_stage" in handles(crm.readiness(NEEDS))


def test_a_new_value_is_added_without_touching_the_others(service):
    crm = service.ready()
    path = f"{PROPERTIES}/contacts/syncd_campaigns"
    by_hand = {"value": "theirs", "label": "Theirs", "hidden": True, "description": "by hand"}
    options = [*service.ask("GET", path).data["options"], by_hand]
    service.ask("PATCH", path, {"options": options})
    later = replace(NEEDS, campaigns={**NEEDS.campaigns, "corn": "Corn"})
    [need] = crm.readiness(later).missing
    assert need.handle == "option:syncd_campaigns/corn"
    assert crm.provide(need) == Done("corn")
    assert crm.provide(need) == Done("corn", found=True)
    kept = {one["value"]: one for one in service.ask("GET", path).data["options"]}
    assert list(kept) == ["acme", "bolt", "theirs", "corn"]
    assert (kept["theirs"]["hidden"], kept["theirs"]["description"]) == (True, "by hand")


def test_two_campaigns_of_one_name_get_labels_that_differ(service):
    twins = replace(NEEDS, campaigns={"a": "Same", "b": "Same"})
    crm = service.crm()
    for need in crm.readiness(twins).missing:
        assert isinstance(crm.provide(need), Done)
    later = replace(twins, campaigns={**twins.campaigns, "c": "Same", "d": "Same (c)"})
    for need in crm.readiness(later).missing:
        assert isinstance(crm.provide(need), Done), need
    assert not crm.readiness(later).missing


def test_a_value_with_a_semicolon_is_refused(service):
    crm = service.ready()
    [need] = crm.readiness(replace(NEEDS, tags={**NEEDS.tags, "a;b": "a;b"})).missing
    assert isinstance(crm.provide(need), Refused)


def test_a_value_that_was_not_kept_is_not_called_done(service):
    crm = service.ready()
    need = Requirement("option:x", "x", {"property": "syncd_tags", "value": "n", "label": "n"})
    service.tell("fault", method="PATCH", status=200, body={"options": []})
    assert isinstance(crm.provide(need), Changed)


def test_a_property_of_another_shape_is_pointed_out_and_left_alone(service):
    body = {
        "name": "syncd_stage",
        "label": "Stage",
        "groupName": "contactinformation",
        "type": "string",
        "fieldType": "text",
    }
    service.ask("POST", f"{PROPERTIES}/contacts", body)
    ready = service.crm().readiness(NEEDS)
    assert "property:syncd_stage" not in handles(ready)
    assert "property:syncd_stage" not in ready.handles
    [note] = ready.notes
    assert "string/text" in note
    assert "properties.stage" in note


@pytest.mark.parametrize(
    ("switches", "mark", "seen"),
    [
        ({"email_properties": "refused"}, "message_id", "message_id"),
        ({"email_properties": "refused", "email_message_id": "read_only"}, "none", "none"),
    ],
)
def test_an_account_that_refuses_a_property_on_emails_is_remembered(service, switches, mark, seen):
    service.tell("portal", **switches)
    crm = service.crm()
    need = next(one for one in crm.readiness(NEEDS).missing if one.handle == "email_mark")
    outcome = crm.provide(need)
    assert outcome.id == mark
    assert "crm.schemas.emails.write" in outcome.note
    assert "email_mark" not in handles(crm.readiness(NEEDS))
    fresh = service.crm()
    fresh.use({"email_mark": mark})
    ready = fresh.readiness(NEEDS)
    assert "email_mark" not in handles(ready)
    assert ready.handles["email_mark"] == seen


def test_a_key_that_may_not_look_at_email_properties_does_without_a_mark(service):
    service.tell("portal", email_properties="hidden")
    ready = service.crm().readiness(NEEDS)
    assert ready.handles["email_mark"] == "none"
    assert "email_mark" not in handles(ready)
    assert any("connected-email-data-access" in note for note in ready.notes)


def test_ops_may_forbid_the_attempt(service):
    ready = service.crm(mark_emails="never").readiness(NEEDS)
    assert "email_mark" not in handles(ready)
    assert ready.handles["email_mark"] == "message_id"


@pytest.mark.parametrize("kind", ["emails", "tasks"])
def test_a_property_of_our_name_that_is_not_unique_is_no_mark(service, kind):
    group = {"emails": "emailinformation", "tasks": "task_information"}[kind]
    crm = service.crm()
    missing = crm.readiness(NEEDS).missing
    need = next(one for one in missing if one.handle == f"{kind[:-1]}_mark")
    body = {"name": "syncd_key", "label": "k", "type": "string", "fieldType": "text"}
    service.ask("POST", f"{PROPERTIES}/{kind}", {**body, "groupName": group})
    # It may appear before or after readiness looked.
    assert crm.provide(need).id in {"message_id", "body"}
    ready = service.crm().readiness(NEEDS)
    assert need.handle not in handles(ready)
    assert ready.handles[need.handle] in {"message_id", "body"}


@pytest.mark.parametrize(("status", "verdict"), [(401, Locked), (429, TryLater), (500, InDoubt)])
def test_trouble_while_trying_the_mark_is_not_taken_for_an_answer(service, status, verdict):
    crm = service.crm()
    need = next(one for one in crm.readiness(NEEDS).missing if one.handle == "email_mark")
    service.tell("fault", status=status)
    assert type(crm.provide(need)) is verdict


def test_trouble_while_making_a_property_is_a_verdict(service):
    crm = service.crm()
    need = crm.readiness(NEEDS).missing[1]
    service.tell("fault", method="GET", status=403)
    assert type(crm.provide(need)) is Locked
    service.tell("fault", method="POST", status=504)
    assert type(crm.provide(need)) is InDoubt


def test_the_account_number_is_missed_only_in_links(service):
    crm = service.crm()
    service.tell("fault", path="account-info", status=403)
    ready = crm.readiness(NEEDS)
    assert "portal:id" not in ready.handles
    assert ready.notes
    assert crm.contact_url("7") == "https://app.hubspot.com/contacts/l/record/0-1/7"
    service.tell("fault", path="account-info", status=401)
    with pytest.raises(Locked):
        crm.readiness(NEEDS)


def test_links_lead_to_the_account(service):
    crm = service.ready()
    assert crm.contact_url("7") == "https://app.hubspot.com/contacts/24601337/record/0-1/7"


def test_an_unknown_requirement_is_refused(service):
    assert isinstance(service.crm().provide(Requirement("list:x", "x")), Refused)


def test_a_zone_nobody_knows_is_no_zone(service):
    crm = service.crm()
    crm.use({"portal:time_zone": "Mars/Base"})
    service.tell("fault", status=429, policy="DAILY")
    with pytest.raises(TryLater) as raised:
        crm.owners()
    assert raised.value.after == 3600


def test_metadata_that_says_nothing_counts_as_read_only(service):
    crm = service.crm()
    listing = {"results": [{"name": "hs_email_message_id"}, {"name": "hs_email_thread_id"}]}

    def bare(request: Request) -> Answer | None:
        found = request.path.endswith("/emails")
        return Answer(200, json.dumps(listing).encode()) if found else None

    service.transport.before = bare
    assert crm.readiness(NEEDS).handles["email_message_id"] == "read_only"


def test_who_introduced_them_is_a_text_made_only_where_introductions_are_wanted(service):
    wanted = replace(NEEDS, introductions=True)
    [need] = [one for one in service.crm().readiness(wanted).missing if "introduced" in one.handle]
    assert need.handle == "property:syncd_introduced_by"
    assert (need.body["type"], need.body["fieldType"]) == ("string", "text")
    crm = service.ready()
    assert not crm.readiness(NEEDS).missing
    for missing in crm.readiness(wanted).missing:
        assert isinstance(crm.provide(missing), Done)
    assert not crm.readiness(wanted).missing
