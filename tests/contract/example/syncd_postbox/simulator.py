"""A stand-in for Postbox, written from what is known of it and not from the connector."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from syncd.ports.clock import Clock
from syncd.ports.simulator import Answer, Request

TOKEN = "postbox-sandbox"
PAGE = 50
# Mail with one of these is kept, but shown to nobody.
_HIDDEN = {"DRAFT", "SCHEDULED", "CHAT", "SPAM", "TRASH"}


class PostboxSimulator:
    """Satisfies `syncd.ports.simulator.Simulator`. The state is what `snapshot` gives."""

    name = "postbox"
    commands = ("add_mailbox", "deliver", "move", "delete", "forget", "revoke")

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._boxes: dict[str, Any] = {}

    def handle(self, request: Request) -> Answer:
        address, _, rest = request.path.strip("/").partition("/")
        box = self._boxes.get(address)
        if request.headers.get("authorization") != f"Bearer {TOKEN}" or not box or box["revoked"]:
            return Answer(401)
        match request.method, rest.split("/"):
            case "GET", [""]:
                return _json(address=address, aliases=box["aliases"], sequence=len(box["log"]))
            case "GET", ["messages"]:
                return self._messages(box, request)
            case "GET", ["changes"]:
                return self._changes(box, int(request.param("after")))
            case "GET", ["raw"]:
                shown = {one["id"]: one for one in self._shown(box)}
                return _json(messages=[shown.get(one) for one in _list(request, "ids")])
            case "POST", ["threads", thread]:
                return self._relabel(box, thread, request)
        return Answer(404)

    def snapshot(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(json.dumps(self._boxes))
        return found

    def restore(self, state: Mapping[str, Any]) -> None:
        self._boxes = json.loads(json.dumps(dict(state)))

    def control(self, command: str, body: Mapping[str, Any]) -> dict[str, Any]:
        match command:
            case "add_mailbox":
                made = {"aliases": list(body.get("aliases", ())), "mail": {}, "log": []}
                self._boxes[body["address"]] = {**made, "revoked": False, "oldest": 0}
            case "deliver":
                return {"id": self._deliver(self._boxes[body["mailbox"]], body)}
            case "move":
                box = self._boxes[body["mailbox"]]
                labels = set(box["mail"][body["id"]]["labels"]) | set(body.get("add", ()))
                self._set(box, body["id"], labels - set(body.get("remove", ())))
            case "delete":
                self._set(self._boxes[body["mailbox"]], body["id"], None)
            case "forget":
                box = self._boxes[body["mailbox"]]
                box["log"].append({"id": "", "before": [], "after": []})
                box["oldest"] = len(box["log"])
            case "revoke":
                self._boxes[body["mailbox"]]["revoked"] = True
            case _:
                raise KeyError(command)
        return {}

    def _deliver(self, box: dict[str, Any], body: Mapping[str, Any]) -> str:
        number = f"m{len(box['log']) + 1}"
        at = body.get("at") or self._clock.now().isoformat()
        thread = body.get("thread") or f"t{number}"
        kept = {"id": number, "thread": thread, "at": at, "raw": body["raw"], "labels": None}
        box["mail"][number] = kept
        self._set(box, number, set(body.get("labels", ["INBOX"])))
        return number

    def _set(self, box: dict[str, Any], number: str, labels: set[str] | None) -> None:
        """Give a message these labels, None to delete it, and write it in the log."""
        before = box["mail"][number]["labels"]
        after = None if labels is None else sorted(labels)
        box["log"].append({"id": number, "before": before, "after": after})
        box["mail"][number]["labels"] = after

    def _shown(self, box: dict[str, Any]) -> list[dict[str, Any]]:
        return [one for one in box["mail"].values() if _visible(one["labels"])]

    def _messages(self, box: dict[str, Any], request: Request) -> Answer:
        since, page = datetime.fromisoformat(request.param("since")), int(request.param("page"))
        found = [one for one in self._shown(box) if datetime.fromisoformat(one["at"]) >= since]
        found.sort(key=lambda one: datetime.fromisoformat(one["at"]), reverse=True)
        there = found[page * PAGE : (page + 1) * PAGE]
        more = len(found) > (page + 1) * PAGE
        return _json(ids=[one["id"] for one in there], next=str(page + 1) if more else None)

    def _changes(self, box: dict[str, Any], after: int) -> Answer:
        """What the log since then comes to, by message."""
        if after < box["oldest"]:
            return Answer(410)
        first: dict[str, Any] = {}
        last: dict[str, Any] = {}
        for entry in box["log"][after:]:
            first.setdefault(entry["id"], entry["before"])
            last[entry["id"]] = entry["after"]
        arrived = [one for one in last if not _visible(first[one]) and _visible(last[one])]
        left = [one for one in last if _visible(first[one]) and not _visible(last[one])]
        moved = [
            {
                "id": one,
                "added": sorted(set(last[one]) - set(first[one])),
                "removed": sorted(set(first[one]) - set(last[one])),
            }
            for one in last
            if _visible(first[one]) and _visible(last[one]) and first[one] != last[one]
        ]
        return _json(arrived=arrived, left=left, moved=moved, sequence=len(box["log"]))

    def _relabel(self, box: dict[str, Any], thread: str, request: Request) -> Answer:
        found = [one for one in self._shown(box) if one["thread"] == thread]
        for one in found:
            labels = set(one["labels"]) | set(_list(request, "add"))
            self._set(box, one["id"], labels - set(_list(request, "remove")))
        return _json() if found else Answer(404)


def _visible(labels: list[str] | None) -> bool:
    return labels is not None and not _HIDDEN & set(labels)


def _list(request: Request, name: str) -> list[str]:
    return [one for one in request.param(name).split(",") if one]


def _json(**body: Any) -> Answer:
    return Answer(200, json.dumps(body).encode(), {"Content-Type": "application/json"})
