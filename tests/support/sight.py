"""What people find in HubSpot and Teamwork, read through the services' own APIs."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any


class Sight:
    """Whoever can ask the services, as any client would, sees this."""

    @abstractmethod
    def get(self, service: str, path: str, **query: Any) -> Any:
        """The JSON with which "hubspot" or "teamwork" answers a GET."""

    def end(self) -> dict[str, list[Any]]:
        """What people would find: contacts, their emails, and the tasks."""
        return {"contacts": self._contacts(), "emails": self._emails(), "tasks": self._tasks()}

    def contact(self, address: str) -> dict[str, Any]:
        found = [row for row in self.objects("contacts") if row["email"] == address]
        assert len(found) == 1, f"{address} is {len(found)} contacts"
        return found[0]

    def tasks(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self.get(
            "teamwork",
            "/projects/api/v3/tasks.json",
            includeCompletedTasks="true",
            showDeleted="true",
            pageSize=500,
        )["tasks"]
        return rows

    def logged(self) -> list[Any]:
        """Every logged email: bare Message-ID, direction, addresses of its contacts."""
        addresses = {row["id"]: row["email"] for row in self.objects("contacts")}
        return sorted(
            (
                (row["hs_email_message_id"] or "").strip("<>"),
                row["hs_email_direction"],
                [addresses[one] for one in row["contacts"]],
            )
            for row in self.objects("emails")
        )

    def comments(self, task: int) -> list[str]:
        found = self.get("teamwork", f"/projects/api/v3/tasks/{task}/comments.json")
        return [re.split(r"<br |\n", row["body"])[0] for row in found["comments"]]

    def _contacts(self) -> list[Any]:
        return sorted(
            (
                row["email"],
                row.get("syncd_campaigns") or "",
                row.get("syncd_tags") or "",
                row.get("syncd_stage") or "",
            )
            for row in self.objects("contacts")
        )

    def _emails(self) -> list[Any]:
        addresses = {row["id"]: row["email"] for row in self.objects("contacts")}
        return sorted(
            (
                row["hs_email_direction"],
                row["hs_email_subject"],
                [addresses[one] for one in row["contacts"]],
            )
            for row in self.objects("emails")
        )

    def _tasks(self) -> list[Any]:
        return sorted(
            (
                row["name"],
                row["status"],
                [] if row["status"] == "deleted" else self.comments(row["id"]),
            )
            for row in self.tasks()
        )

    def objects(self, kind: str) -> list[dict[str, Any]]:
        properties = {
            "contacts": "email,firstname,syncd_campaigns,syncd_tags,syncd_stage,"
            "syncd_do_not_contact,syncd_introduced_by",
            "companies": "domain,name",
            "emails": "hs_email_direction,hs_email_subject,hs_email_message_id,hs_email_text",
        }
        rows: list[dict[str, Any]] = []
        after = ""
        while True:
            page = self.get(
                "hubspot",
                f"/crm/objects/2026-09/{kind}",
                limit=100,
                properties=properties[kind],
                associations="contacts",
                **({"after": after} if after else {}),
            )
            rows += [_flat(row) for row in page["results"]]
            after = page.get("paging", {}).get("next", {}).get("after", "")
            if not after:
                return rows


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    linked = row.get("associations", {}).get("contacts", {}).get("results", [])
    ids = sorted({one["id"] for one in linked}, key=int)
    return {"id": row["id"], **row["properties"], "contacts": ids}
