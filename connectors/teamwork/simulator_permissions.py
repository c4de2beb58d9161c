"""Who may do what: 403 by role and membership (facts/teamwork.md 2, 11.2).

An administrator may do everything. A member may work in the projects they belong to. A client's
people may look at those, and comment. What is the site's own is the administrator's.
"""

from __future__ import annotations

import re

from connectors.teamwork.simulator_answers import Refusal, v1_error, v3_error
from connectors.teamwork.simulator_site import Record, Site
from syncd.ports.simulator import Request

_V3 = "/projects/api/v3"
_ADMINS = re.compile(
    r"(?:POST|PATCH|DELETE) (?:/projects/api/v3/(?:customfields|workflows)|/people|/teams)[/.].*"
    r"|(?:POST|PUT|DELETE) (?:/projects/\d+)?/webhooks[/.].*"
    r"|DELETE /projects/\d+\.json"
)
_COMMENTS = re.compile(r"(?:POST /\w+/\d+/comments|(?:PUT|DELETE) /comments/\d+)\.json")
_NAMED = re.compile(r"/(\w+)/(\d+)")
_HOMES = {"tasks", "tasklists", "projects", "comments", "milestones", "messages", "notebooks"}


def check(site: Site, actor: int, request: Request) -> None:
    """Raise 403 for what a person lacks the permission for."""
    person = site.table("people")[actor]
    if person["isAdmin"]:
        return
    asked = f"{request.method} {request.path}"
    if _ADMINS.fullmatch(asked):
        raise _refusal(request, "only a site administrator may do this")
    if person.get("client") and request.method != "GET" and not _COMMENTS.fullmatch(asked):
        raise _refusal(request, "a client's user may only comment")
    project = _project(site, request.path.removeprefix(_V3))
    if project is not None and actor not in project["memberIds"]:
        raise _refusal(request, "you do not belong to this project")


def _project(site: Site, path: str) -> Record | None:
    """The project of the first record a path names."""
    found = _NAMED.match(path)
    if found is None or found[1] not in _HOMES:
        return None
    record = site.table(found[1]).get(int(found[2]))
    if record is not None and found[1] == "comments":
        record = site.table(record["objectType"]).get(record["objectId"])
    if record is None:
        return None
    if "tasklistId" in record:
        return site.project_of(record)
    return site.table("projects").get(int(record.get("projectId") or record["id"]))


def _refusal(request: Request, words: str) -> Refusal:
    if request.path.startswith("/projects/api/"):
        return Refusal(v3_error(403, "Forbidden", words))
    return Refusal(v1_error(403, words))
