"""What webhooks call what happens (facts/teamwork.md 7)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# The tables they speak of.
THINGS = {
    "projects": "PROJECT",
    "tasklists": "TASKLIST",
    "tasks": "TASK",
    "comments": "COMMENT",
    "milestones": "MILESTONE",
    "notebooks": "NOTEBOOK",
    "messages": "MESSAGE",
    "replies": "MESSAGEREPLY",
    "files": "FILE",
    "people": "USER",
}


def event(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """The event of a change; "" when nothing changed."""
    changed = {name for name in after if after[name] != before[name]}
    status = after.get("status")
    if {"deletedAt", "deleted"} & changed:
        return "DELETED" if after.get("deletedAt") or after.get("deleted") else "UPDATED"
    if "archivedAt" in changed:
        return "ARCHIVED" if after["archivedAt"] else "REOPENED"
    if "completed" in changed:
        return "COMPLETED" if after["completed"] else "REOPENED"
    if "status" in changed and status in {"completed", "reopened"}:
        return str(status).upper()
    if changed == {"tagIds"}:
        return "TAGGED" if set(after["tagIds"]) - set(before["tagIds"]) else "UNTAGGED"
    return "UPDATED" if changed else ""
