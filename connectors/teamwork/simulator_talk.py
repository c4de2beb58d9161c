"""v1 comments, milestones and messages."""

from __future__ import annotations

from collections.abc import Callable

from connectors.teamwork.simulator_answers import (
    Call,
    Route,
    route,
    v1_created,
    v1_day,
    v1_fields,
    v1_invalid,
    v1_listing,
    v1_ok,
)
from connectors.teamwork.simulator_site import Record
from syncd.ports.simulator import Answer

_COMMENTED = ("tasks", "milestones", "notebooks")


def routes() -> list[Route]:
    return [
        *(route("POST", f"/{kind}/#/comments", _adds_comment(kind)) for kind in _COMMENTED),
        *(route("GET", f"/{kind}/#/comments", _lists_comments(kind)) for kind in _COMMENTED),
        route("GET", "/comments/#", comment),
        route("PUT", "/comments/#", change_comment),
        route("DELETE", "/comments/#", delete_comment),
        route("POST", "/projects/#/milestones", add_milestone),
        route("PUT", "/milestones/#", change_milestone),
        route("PUT", "/milestones/#/complete", complete_milestone),
        route("PUT", "/milestones/#/uncomplete", reopen_milestone),
        route("DELETE", "/milestones/#", delete_milestone),
        route("POST", "/projects/#/messages", add_message),
        route("PUT", "/messages/#", change_message),
        route("DELETE", "/messages/#", delete_message),
        route("POST", "/messages/#/replies", add_reply),
    ]


# comments: created with `contentType`, changed with `content-type`; the other is ignored


def _adds_comment(kind: str) -> Callable[[Call], Answer]:
    def add(call: Call) -> Answer:
        home, given = call.found(kind), call.envelope("comment")
        body, content_type = _content(given, "contentType")
        return v1_created(
            call.site.add_comment(call.actor, kind, home["id"], body, content_type)["id"]
        )

    return add


def _lists_comments(kind: str) -> Callable[[Call], Answer]:
    def comments(call: Call) -> Answer:
        rows = [
            row for row in call.site.comments_on(kind, call.found(kind)["id"]) if not row["deleted"]
        ]
        return v1_listing(call, "comments", rows, lambda row: _comment(call, row))

    return comments


def comment(call: Call) -> Answer:
    return v1_ok(comment=_comment(call, call.found("comments")))


def change_comment(call: Call) -> Answer:
    row, given = call.found("comments"), call.envelope("comment")
    body, content_type = _content(given, "content-type")
    now = call.site.now_text()
    call.site.edit(
        row,
        call.actor,
        body=body,
        contentType=content_type,
        lastEditedBy=call.actor,
        dateLastEdited=now,
    )
    return v1_ok()


def delete_comment(call: Call) -> Answer:
    call.site.edit(call.found("comments"), call.actor, deleted=True)
    return v1_ok()


def _content(given: Record, key: str) -> tuple[str, str]:
    body = str(given.get("body") or "")
    if not body.strip():
        raise v1_invalid("the comment body is required")
    # In the wrong spelling the type is not seen, and HTML becomes the text it then is.
    return body, "HTML" if given.get(key) == "HTML" else "TEXT"


def _comment(call: Call, row: Record) -> Record:
    author = call.site.table("people")[row["postedBy"]]
    return {
        "id": str(row["id"]),
        "body": row["body"],
        "content-type": row["contentType"],
        "author-id": str(row["postedBy"]),
        "author-firstname": author["firstName"],
        "author-lastname": author["lastName"],
        "datetime": row["createdAt"],
        "commentable-id": str(row["objectId"]),
        "commentable-type": row["objectType"],
    }


# milestones


def add_milestone(call: Call) -> Answer:
    home, given = call.found("projects"), v1_fields(call.envelope("milestone"))
    if not str(given.get("title") or "").strip():
        raise v1_invalid("the milestone title is required")
    if not given.get("deadline"):
        raise v1_invalid("the milestone deadline is required")
    row = {"description": "", "completed": False, "tasklistIds": [], "tagIds": []}
    row |= {"responsibleIds": [], "deletedAt": None, "projectId": home["id"]}
    made = call.site.add("milestones", row | _milestone(given))
    call.site.tell("CREATED", made, call.actor)
    for each in made["tasklistIds"]:
        if found := call.site.find("tasklists", each):
            call.site.edit(found, call.actor, milestoneId=made["id"])
    return v1_created(made["id"], "milestoneId")


def change_milestone(call: Call) -> Answer:
    given = v1_fields(call.envelope("milestone"))
    call.site.edit(call.found("milestones"), call.actor, **_milestone(given))
    return v1_ok()


def complete_milestone(call: Call) -> Answer:
    call.site.edit(call.found("milestones"), call.actor, completed=True)
    return v1_ok()


def reopen_milestone(call: Call) -> Answer:
    call.site.edit(call.found("milestones"), call.actor, completed=False)
    return v1_ok()


def delete_milestone(call: Call) -> Answer:
    call.site.edit(call.found("milestones"), call.actor, deletedAt=call.site.now_text())
    return v1_ok()


def _milestone(given: Record) -> Record:
    fields: Record = {}
    for written, kept in (("title", "name"), ("description", "description")):
        if written in given:
            fields[kept] = str(given[written])
    if "deadline" in given:
        fields["deadline"] = v1_day(given["deadline"], "deadline")
    for written, kept in (
        ("responsiblepartyids", "responsibleIds"),
        ("tasklistids", "tasklistIds"),
        ("tagids", "tagIds"),
    ):
        if written in given:
            parts = given[written]
            parts = parts if isinstance(parts, list) else str(parts).split(",")
            fields[kept] = [int(part) for part in parts if str(part).strip().isdigit()]
    return fields


# messages


def add_message(call: Call) -> Answer:
    home, given = call.found("projects"), v1_fields(call.envelope("post"))
    if not str(given.get("title") or "").strip():
        raise v1_invalid("the message title is required")
    row = {"title": given["title"], "body": given.get("body") or "", "projectId": home["id"]}
    row |= {"createdBy": call.actor, "deletedAt": None}
    made = call.site.add("messages", row)
    call.site.tell("CREATED", made, call.actor)
    return v1_created(made["id"], "messageId")


def change_message(call: Call) -> Answer:
    given = v1_fields(call.envelope("post"))
    changed = {key: given[key] for key in ("title", "body") if key in given}
    call.site.edit(call.found("messages"), call.actor, **changed)
    return v1_ok()


def delete_message(call: Call) -> Answer:
    call.site.edit(call.found("messages"), call.actor, deletedAt=call.site.now_text())
    return v1_ok()


def add_reply(call: Call) -> Answer:
    home, given = call.found("messages"), v1_fields(call.envelope("messagereply"))
    row = {"messageId": home["id"], "body": given.get("body") or "", "createdBy": call.actor}
    made = call.site.add("replies", row)
    call.site.tell("CREATED", made, call.actor)
    return v1_created(made["id"], "postId")
