"""People on the v1 surface: who I am, who there is, and whom a list of groups means."""

from __future__ import annotations

from connectors.teamwork.simulator_answers import (
    Call,
    Route,
    route,
    v1_created,
    v1_fields,
    v1_invalid,
    v1_listing,
    v1_ok,
)
from connectors.teamwork.simulator_site import Record
from syncd.ports.simulator import Answer


def routes() -> list[Route]:
    return [
        route("GET", "/me", me),
        route("GET", "/authenticate", authenticate),
        route("GET", "/people", people),
        route("GET", "/people/#", person),
        route("GET", "/projects/#/people", members),
        route("POST", "/people", add_person),
        route("DELETE", "/people/#", delete_person),
    ]


def me(call: Call) -> Answer:
    return v1_ok(person=_person(call.site.table("people")[call.actor]))


def authenticate(call: Call) -> Answer:
    """Where old clients ask first: who am I, and where."""
    person = call.site.table("people")[call.actor]
    host = call.request.headers.get("host", "127.0.0.1")
    account = {
        "userId": str(person["id"]),
        "firstname": person["firstName"],
        "lastname": person["lastName"],
        "id": "1",
        "name": "Sandbox",
        "code": "sandbox",
        "URL": f"http://{host}/",
        "userIsAdmin": person["isAdmin"],
    }
    return v1_ok(account=account)


def people(call: Call) -> Answer:
    rows = [row for row in call.site.table("people").values() if not row["deleted"]]
    return v1_listing(call, "people", rows, _person)


def person(call: Call) -> Answer:
    return v1_ok(person=_person(call.found("people")))


def members(call: Call) -> Answer:
    ids = call.found("projects")["memberIds"]
    rows = [call.site.table("people")[each] for each in ids]
    return v1_listing(call, "people", [row for row in rows if not row["deleted"]], _person)


def add_person(call: Call) -> Answer:
    given = v1_fields(call.envelope("person"))
    email = str(given.get("emailaddress") or "")
    if "@" not in email:
        raise v1_invalid("email-address is required")
    if call.site.person_by_email(email):
        raise v1_invalid("a person with this email address exists already")
    name = f"{given.get('firstname', '')} {given.get('lastname', '')}".strip()
    return v1_created(call.site.add_person(email, name)["id"])


def delete_person(call: Call) -> Answer:
    call.site.edit(call.found("people"), call.actor, deleted=True)
    return v1_ok()


def _person(row: Record) -> Record:
    return {
        "id": str(row["id"]),
        "first-name": row["firstName"],
        "last-name": row["lastName"],
        "email-address": row["email"],
        "administrator": row["isAdmin"],
        "user-type": "account",
        "company-id": str(row["companyId"]),
        "deleted": row["deleted"],
    }


def people_of(call: Call, groups: str) -> list[int]:
    """Of "123,t456,c789,r12": users, and those in the teams and companies (facts 3)."""
    found: list[int] = []
    for each in (part.strip() for part in groups.split(",")):
        kind, number = each[:1], each.lstrip("tcr")
        if not number.isdigit():
            continue
        if kind == "t":
            found += (call.site.find("teams", int(number)) or {}).get("memberIds", [])
        elif kind == "c":
            found += call.site.people_of(int(number))
        elif kind != "r":
            found.append(int(number))
    return [each for each in dict.fromkeys(found) if call.site.find("people", each)]
