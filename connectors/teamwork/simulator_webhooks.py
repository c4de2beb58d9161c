"""Webhooks: registration on v1, and what is sent when something happens (facts/teamwork.md 7)."""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode

from connectors.teamwork.simulator_answers import (
    Call,
    Refusal,
    Route,
    ok,
    plain,
    route,
    v1_created,
    v1_error,
    v1_fields,
    v1_invalid,
    v1_listing,
    v1_ok,
)
from connectors.teamwork.simulator_site import Record, Site
from syncd.ports.clock import Clock
from syncd.ports.outbox import Outbox, Parcel, Sent
from syncd.ports.simulator import Answer, Request

EVENTS = [
    f"{thing}.{event}"
    for thing, events in {
        "TASK": "CREATED UPDATED COMPLETED REOPENED DELETED MOVED TAGGED UNTAGGED REMINDER",
        "TASKLIST": "CREATED CREATEDFROMTEMPLATE UPDATED COMPLETED REOPENED DELETED",
        "COMMENT": "CREATED UPDATED DELETED",
        "MESSAGE": "CREATED UPDATED DELETED",
        "MESSAGEREPLY": "CREATED UPDATED DELETED",
        "MILESTONE": "CREATED UPDATED COMPLETED REOPENED DELETED REMINDER",
        "NOTEBOOK": "CREATED UPDATED DELETED",
        "PROJECT": "CREATED UPDATED ARCHIVED COMPLETED COPIED REOPENED DELETED",
        "LINK": "CREATED UPDATED DELETED",
        "FILE": "CREATED UPDATED DELETED DOWNLOADED TAGGED UNTAGGED",
        "TIME": "CREATED UPDATED DELETED TAGGED UNTAGGED",
        "STAGE": "CREATED UPDATED DELETED",
        "USER": "CREATED UPDATED DELETED",
        "COMPANY": "CREATED UPDATED DELETED",
        "STATUS": "CREATED UPDATED DELETED",
        "CALENDAREVENT": "CREATED UPDATED DELETED REMINDER",
        "PORTFOLIO": "CREATED UPDATED DELETED",
    }.items()
    for event in events.split()
]
# Of the whole installation: no project has a hook on these.
_SITE_ONLY = frozenset({"USER", "COMPANY", "STATUS", "CALENDAREVENT", "PORTFOLIO"})
# Once every hour, three attempts in all, then discarded; three discarded events deactivate.
PAUSES = (3600.0, 3600.0)
DISCARDED_AT_MOST = 3
_REMEMBERED = 500
_BODY_KEYS = {
    "TASK": "task",
    "TASKLIST": "taskList",
    "COMMENT": "comment",
    "MESSAGE": "message",
    "MESSAGEREPLY": "messageReply",
    "MILESTONE": "milestone",
    "NOTEBOOK": "notebook",
    "PROJECT": "project",
    "FILE": "file",
    "USER": "user",
}


class Webhooks:
    """The site's registrations at work: one event a hook, signed, tried three times."""

    def __init__(self, site: Site, clock: Clock) -> None:
        self._site = site
        self._past: dict[str, tuple[int, Record]] = {}
        self.outbox = Outbox(
            clock,
            self._dressed,
            pauses=PAUSES,
            # Exactly 200: a redirect or a 204 counts as a failure.
            accepts=lambda status: status == 200,
            discarded=self._discarded,
        )
        site.heard = self.happened

    def happened(self, event: str, record: Record, by: int) -> None:
        """Queue it for every active hook on the event, of the site or the record's project."""
        hooks = [
            hook
            for hook in self._site.table("webhooks").values()
            if hook["event"] == event and hook["status"] == "ACTIVE"
        ]
        if not hooks:
            return
        project = _project_of(self._site, event, record)
        body = _body(self._site, event, record, by)
        for hook in hooks:
            if hook["projectId"] in {None, project}:
                told = {"event": event, "by": by, "object": record["id"], "project": project}
                self._send(hook, {**told, "body": body})

    def routes(self) -> list[Route]:
        return [
            route("PUT", "/webhooks/enable", enable),
            route("GET", "/webhooks/events", events),
            route("GET", "/webhooks", listing),
            route("POST", "/webhooks", add),
            route("POST", "/projects/#/webhooks", add),
            route("PUT", "/webhooks/#", change),
            route("PUT", "/webhooks/#/pause", _turns("PAUSED")),
            route("PUT", "/webhooks/#/resume", _turns("ACTIVE")),
            route("POST", "/webhooks/#/redeliver", self.redeliver),
            route("DELETE", "/webhooks/#", delete),
        ]

    def redeliver(self, call: Call) -> Answer:
        """{"uuid"} of a delivery, as `X-Projects-Delivery` named it."""
        hook, given = call.found("webhooks"), call.json()
        owner, content = self._past.get(str(given.get("uuid")), (0, {}))
        if owner != hook["id"]:
            raise v1_invalid("there is no delivery with that uuid")
        self.outbox.put(hook["id"], hook["url"], content)
        return v1_ok()

    def forget(self) -> None:
        self._past.clear()
        self.outbox.clear()

    def _send(self, hook: Record, told: Record) -> None:
        name = f"{hook['id']}/{len(self._past)}/{self._site.version}"
        delivery = str(uuid.uuid5(uuid.NAMESPACE_OID, name))
        content = {**told, "delivery": delivery}
        self._past[delivery] = (hook["id"], content)
        if len(self._past) > _REMEMBERED:
            del self._past[next(iter(self._past))]
        self.outbox.put(hook["id"], hook["url"], content)

    def _dressed(self, parcel: Parcel) -> Sent:
        hook = self._site.table("webhooks").get(parcel.subscription, {})
        form = hook.get("contentType") != "application/json" or hook.get("version") == "1"
        if hook.get("version") == "1":
            body = urlencode(_first_version(self._site, parcel.content)).encode()
        elif form:
            body = urlencode(_flat(parcel.content["body"])).encode()
        else:
            body = json.dumps(parcel.content["body"]).encode()
        headers = {
            "content-type": "application/x-www-form-urlencoded" if form else "application/json",
            "user-agent": "Teamwork.com Webhooks",
            "x-projects-event": parcel.content["event"],
            "x-projects-delivery": parcel.content["delivery"],
        }
        if token := hook.get("token"):
            signed = hmac.new(str(token).encode(), body, hashlib.sha256).hexdigest()
            headers["x-projects-signature"] = signed
        return Sent(body, headers)

    def _discarded(self, parcel: Parcel) -> None:
        hook = self._site.table("webhooks").get(parcel.subscription)
        if hook is not None:
            hook["discarded"] += 1
            if hook["discarded"] >= DISCARDED_AT_MOST:
                hook["status"] = "INACTIVE"


def silenced(request: Request) -> bool:
    """Whether the caller asked for no webhooks: `fireWebhook=false`, in query or options."""
    if request.param("fireWebhook").lower() == "false":
        return True
    if b"fireWebhook" not in request.body:
        return False
    try:
        options = json.loads(request.body).get("taskOptions") or {}
    except (ValueError, AttributeError):
        return False
    return isinstance(options, dict) and options.get("fireWebhook") is False


# registration


def enable(call: Call) -> Answer:
    if not call.site.table("people")[call.actor]["isAdmin"]:
        raise Refusal(v1_error(403, "only a site administrator may enable webhooks"))
    call.site.knobs["webhooks"] = True
    return v1_ok()


def events(_call: Call) -> Answer:
    return ok({"STATUS": "OK", "events": EVENTS})


def listing(call: Call) -> Answer:
    return v1_listing(call, "webhooks", list(call.site.table("webhooks").values()), _shown)


def add(call: Call) -> Answer:
    if not call.site.knobs["webhooks"]:
        raise v1_invalid("webhooks are not enabled")
    given = v1_fields(call.envelope("webhook"))
    if given.get("event") not in EVENTS:
        raise v1_invalid("the event is not valid")
    if call.ids and given["event"].partition(".")[0] in _SITE_ONLY:
        raise v1_invalid("the event is the site's, not a project's")
    if not str(given.get("url") or "").startswith(("http://", "https://")):
        raise v1_invalid("the url is not valid")
    row = {
        "event": given["event"],
        "url": given["url"],
        "version": str(given.get("version") or "2"),
        "contentType": given.get("contenttype") or "application/json",
        "token": given.get("token") or "",
        "status": "ACTIVE",
        "discarded": 0,
        "projectId": call.found("projects")["id"] if call.ids else None,
    }
    return v1_created(call.site.add("webhooks", row)["id"])


def change(call: Call) -> Answer:
    row, given = call.found("webhooks"), v1_fields(call.envelope("webhook"))
    changed = {key: given[key] for key in ("event", "url", "token") if key in given}
    call.site.edit(row, call.actor, **changed)
    return v1_ok()


def delete(call: Call) -> Answer:
    del call.site.table("webhooks")[call.found("webhooks")["id"]]
    call.site.version += 1
    return v1_ok()


def _turns(status: str) -> Callable[[Call], Answer]:
    def turn(call: Call) -> Answer:
        call.site.edit(call.found("webhooks"), call.actor, status=status, discarded=0)
        return v1_ok()

    return turn


def _shown(row: Record) -> Record:
    shown = {key: row[key] for key in ("event", "url", "version", "contentType", "status")}
    return {"id": str(row["id"]), **shown}


# bodies: version 2 names no event, in JSON or as a flat form; version 1 is six fields


def _project_of(site: Site, event: str, record: Record) -> int | None:
    if event.startswith("PROJECT."):
        return int(record["id"])
    if "tasklistId" in record:
        return int(site.project_of(record)["id"])
    if "objectType" in record:
        home = site.table(record["objectType"]).get(record["objectId"], {})
        return _project_of(site, "", home) if home else None
    found = record.get("projectId")
    return int(found) if found else None


def _body(site: Site, event: str, record: Record, by: int) -> Record:
    person = site.table("people")[by]
    creator = {key: person[key] for key in ("id", "firstName", "lastName")} | {"avatar": ""}
    thing, _, what = event.partition(".")
    key = _BODY_KEYS[thing]
    if what == "DELETED":
        return {"eventCreator": creator, key: {"id": record["id"]}}
    body: Record = {"eventCreator": creator, key: _told(thing, record)}
    if thing == "TASK":
        tasklist = site.table("tasklists")[record["tasklistId"]]
        project = site.project_of(record)
        body["taskList"] = _told("TASKLIST", tasklist)
        body["project"] = _told("PROJECT", project)
    return body


def _told(thing: str, record: Record) -> Record:
    match thing:
        case "TASK":
            kept = ("id", "name", "description", "status", "startDate", "dueDate", "progress")
            return {
                **{name: record[name] for name in kept},
                "assignedUserIds": list(record["assigneeUserIds"]),
                "estimatedMinutes": record["estimateMinutes"],
                "parentId": record["parentTaskId"],
                "tagIds": list(record["tagIds"]),
            }
        case "COMMENT":
            return {
                "id": record["id"],
                # In the singular here, though the site keeps it in the plural.
                "objectType": record["objectType"].removesuffix("s"),
                "objectId": record["objectId"],
                "userId": record["postedBy"],
                "body": record["body"],
                "contentType": record["contentType"],
            }
        case _:
            return {name: record[name] for name in _SHOWN if name in record}


_SHOWN = (
    "id",
    "name",
    "title",
    "description",
    "status",
    "projectId",
    "firstName",
    "lastName",
    "email",
)


def _flat(body: Mapping[str, Any], above: str = "") -> list[tuple[str, str]]:
    """`{"task": {"id": 1}}` as `Task.ID=1` (facts/teamwork.md 7)."""
    pairs: list[tuple[str, str]] = []
    for key, value in body.items():
        name = "ID" if plain(key) == "id" else key[:1].upper() + key[1:]
        name = f"{above}.{name}" if above else name
        if isinstance(value, Mapping):
            pairs += _flat(value, name)
        elif isinstance(value, list):
            pairs.append((name, ",".join(map(str, value))))
        else:
            pairs.append((name, "" if value is None else str(value)))
    return pairs


def _first_version(site: Site, content: Mapping[str, Any]) -> dict[str, str]:
    told = {
        "event": content["event"],
        "objectId": str(content["object"]),
        "accountId": str(min(site.table("companies"))),
        "userId": str(content["by"]),
    }
    return told | ({"projectId": str(content["project"])} if content["project"] else {})
