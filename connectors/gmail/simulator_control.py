"""The sandbox's back door: what people and the outside world do to the mailboxes.

NOTES.md lists the commands. Unknown names of mailboxes, messages or commands are
`KeyError`; values that cannot be used are `ValueError`.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.gmail.simulator_access import LOCKS, Access
from connectors.gmail.simulator_errors import MESSAGES, GmailError
from connectors.gmail.simulator_mailbox import Mailbox
from connectors.gmail.simulator_quota import Quota
from connectors.gmail.simulator_world import World
from syncd.ports import outbox
from syncd.ports.simulator import Answer, Request

Body = Mapping[str, Any]

_PADDINGS = frozenset({"padded", "bare", "mixed"})


@dataclass(slots=True)
class Fault:
    """The next `count` matching calls fail. `parts`: calls inside batches, else whole calls.

    `share`: of the matching calls only such a share, evenly.
    """

    method: re.Pattern[str]
    path: re.Pattern[str]
    count: int
    parts: bool
    share: float
    answer: Answer
    met: int = 0

    def strikes(self, request: Request, *, part: bool) -> bool:
        if not (
            self.count > 0
            and self.parts == part
            and self.method.fullmatch(request.method) is not None
            and self.path.search(request.path) is not None
        ):
            return False
        self.met += 1
        return int(self.met * self.share) > int((self.met - 1) * self.share)


@dataclass(slots=True)
class Control:
    world: World
    access: Access
    quota: Quota
    faults: list[Fault] = field(default_factory=list)
    calls: dict[str, int] = field(default_factory=dict)
    parts: dict[str, int] = field(default_factory=dict)

    def run(self, command: str, body: Body) -> dict[str, Any]:
        if command in outbox.COMMANDS:
            return self.world.push.outbox.command(command, body)
        return _COMMANDS[command](self, body)

    def fault(self, request: Request, *, part: bool) -> Answer | None:
        """What a call is answered instead, if a fault is waiting for it."""
        for each in self.faults:
            if each.strikes(request, part=part):
                each.count -= 1
                return each.answer
        return None

    def count(self, name: str, *, part: bool) -> None:
        counted = self.parts if part else self.calls
        counted[name] = counted.get(name, 0) + 1

    def _add_mailbox(self, body: Body) -> dict[str, Any]:
        address = str(body["address"]).lower()
        if address not in self.world.boxes and "history_id" in body:
            first = int(body["history_id"])
            made = Mailbox(address, history_id=first, first_history_id=first)
            self.world.boxes[address] = made
        box = self.world.boxes.setdefault(address, Mailbox(address))
        box.name = str(body.get("name", box.name))
        for alias in body.get("aliases", ()):
            given = {"sendAsEmail": alias} if isinstance(alias, str) else dict(alias)
            box.aliases.append(_alias(given))
        return {"address": address, "refresh_token": f"sandbox:{address}"}

    def _deliver(self, body: Body) -> dict[str, Any]:
        box = self._box(body)
        labels = self.world.labels(box, body.get("labels", ("INBOX", "UNREAD")))
        group = str(body.get("thread") or "")
        thread = group if group in box.threads else box.groups.get(group, "")
        if thread not in box.threads:
            thread = ""
        # A group not met before is a thread of its own, whatever its message refers to.
        alone = bool(group) and not thread
        raw, at = base64.b64decode(body["raw"]), _epoch_ms(body.get("at"))
        try:
            stored = self.world.deliver(box, raw, labels, at, thread, alone=alone)
        except GmailError as refusal:
            raise ValueError(refusal.message) from refusal
        if alone:
            box.groups[group] = stored.id
        return {"id": stored.id, "threadId": stored.thread}

    def _deliver_many(self, body: Body) -> dict[str, Any]:
        return {"items": [self._deliver(each) for each in body["items"]]}

    def _relabel(self, body: Body) -> dict[str, Any]:
        """By people's means and by Gmail's own: any label may be put on or taken off."""
        box = self._box(body)
        stored = box.messages[str(body["id"])]
        add = self.world.labels(box, body.get("add", ()))
        remove = self.world.labels(box, body.get("remove", ()))
        box.relabel(stored, add, remove, self.world.seconds())
        self.world.notify(box)
        return {"labelIds": sorted(stored.labels)}

    def _delete(self, body: Body) -> dict[str, Any]:
        box = self._box(body)
        box.delete(box.messages[str(body["id"])], self.world.seconds())
        self.world.notify(box)
        return {}

    def _save_draft(self, body: Body) -> dict[str, Any]:
        box = self._box(body)
        raw = self.world.completed(box, base64.b64decode(body["raw"]))
        thread, draft = str(body.get("thread") or ""), str(body.get("draft") or "")
        made = box.save_draft(raw, self.world.seconds(), thread, draft)
        self.world.notify(box)
        message = box.messages[box.drafts[made]]
        return {"draft": made, "id": message.id, "threadId": message.thread}

    def _send_draft(self, body: Body) -> dict[str, Any]:
        box = self._box(body)
        draft = box.messages[box.drafts[str(body["draft"])]]
        sent = self.world.send(box, draft.raw, draft.thread)
        box.delete(draft, self.world.seconds())
        return {"id": sent.id, "threadId": sent.thread}

    def _expire_history(self, body: Body) -> dict[str, Any]:
        box = self._box(body)
        box.noise(1, self.world.seconds())
        box.forgotten = box.history_id
        return {"historyId": str(box.history_id)}

    def _keep_history(self, body: Body) -> dict[str, Any]:
        self.world.history_days = max(0.0, float(body["days"]))
        return {"days": self.world.history_days}

    def _noise(self, body: Body) -> dict[str, Any]:
        box = self._box(body)
        box.noise(int(body["records"]), self.world.seconds())
        return {"historyId": str(box.history_id)}

    def _revoke(self, body: Body) -> dict[str, Any]:
        box = self._box(body)
        reason = str(body.get("reason", "invalid_grant"))
        if reason not in LOCKS:
            raise ValueError(f"reason is one of {', '.join(LOCKS)}")
        box.locked = reason
        self.access.drop(box.address)
        return {}

    def _restore_access(self, body: Body) -> dict[str, Any]:
        self._box(body).locked = ""
        return {}

    def _expire_tokens(self, body: Body) -> dict[str, Any]:
        self.access.drop(self._box(body).address)
        return {}

    def _consents(self, body: Body) -> dict[str, Any]:
        """{days}: consents given from now on die so soon, as an app in testing has them."""
        days = body.get("days")
        self.access.refresh_days = None if days is None else float(days)
        return {"days": self.access.refresh_days}

    def _limits(self, body: Body) -> dict[str, Any]:
        self.quota.configure(body)
        return self.quota.settings()

    def _lag(self, body: Body) -> dict[str, Any]:
        self.world.lag_seconds = max(0.0, float(body["seconds"]))
        return {"seconds": self.world.lag_seconds}

    def _padding(self, body: Body) -> dict[str, Any]:
        if body["style"] not in _PADDINGS:
            raise ValueError(f"style is one of {', '.join(sorted(_PADDINGS))}")
        self.world.padding = str(body["style"])
        return {"style": self.world.padding}

    def _fault(self, body: Body) -> dict[str, Any]:
        self.faults = [each for each in self.faults if each.count > 0]
        self.faults.append(
            Fault(
                re.compile(str(body.get("method", ".*"))),
                re.compile(str(body.get("path", ""))),
                int(body.get("count", 1)),
                bool(body.get("parts", False)),
                float(body.get("share", 1.0)),
                _fault_answer(body),
            )
        )
        return {"waiting": len(self.faults)}

    def _clear_faults(self, _body: Body) -> dict[str, Any]:
        self.faults.clear()
        return {}

    def _mailboxes(self, _body: Body) -> dict[str, Any]:
        return {
            "mailboxes": [
                {
                    "address": box.address,
                    "name": box.name,
                    "messages": len(box.messages),
                    "threads": len(box.threads),
                    "labels": sorted(label["name"] for label in box.labels.values()),
                    "historyId": str(box.history_id),
                    "locked": box.locked,
                }
                for box in self.world.boxes.values()
            ]
        }

    def _notifications(self, _body: Body) -> dict[str, Any]:
        taken, self.world.notifications = self.world.notifications, []
        return {"notifications": taken}

    def _push(self, body: Body) -> dict[str, Any]:
        return self.world.push.to(body)

    def _subscription(self, body: Body) -> dict[str, Any]:
        return self.world.pubsub.subscribe(body)

    def _stats(self, _body: Body) -> dict[str, Any]:
        return {
            "calls": dict(self.calls),
            "parts": dict(self.parts),
            "units": dict(self.quota.used),
        }

    def _reset_stats(self, _body: Body) -> dict[str, Any]:
        self.calls, self.parts, self.quota.used = {}, {}, {}
        return {}

    def _box(self, body: Body) -> Mailbox:
        return self.world.boxes[str(body["mailbox"]).lower()]


Command = Callable[[Control, Body], dict[str, Any]]


def _commands(names: Iterable[str]) -> dict[str, Command]:
    return {name: getattr(Control, f"_{name}") for name in names}


_COMMANDS = _commands(
    (
        "add_mailbox",
        "clear_faults",
        "consents",
        "delete",
        "deliver",
        "deliver_many",
        "expire_history",
        "expire_tokens",
        "fault",
        "keep_history",
        "lag",
        "limits",
        "mailboxes",
        "noise",
        "notifications",
        "padding",
        "push",
        "relabel",
        "reset_stats",
        "restore_access",
        "revoke",
        "save_draft",
        "send_draft",
        "stats",
        "subscription",
    )
)

COMMANDS = (*_COMMANDS, *outbox.COMMANDS)


def _alias(given: Body) -> dict[str, Any]:
    return {
        "sendAsEmail": str(given["sendAsEmail"]).lower(),
        "displayName": str(given.get("displayName", "")),
        "replyToAddress": str(given.get("replyToAddress", "")),
        "signature": "",
        "isDefault": False,
        "treatAsAlias": bool(given.get("treatAsAlias", True)),
        "verificationStatus": str(given.get("verificationStatus", "accepted")),
    }


def _epoch_ms(at: object) -> int | None:
    if at is None:
        return None
    moment = datetime.fromisoformat(str(at))
    if moment.tzinfo is None:
        raise ValueError(f"{at} has no time zone")
    return round(moment.timestamp() * 1000)


def _fault_answer(body: Body) -> Answer:
    status = int(body.get("status", 503))
    if "body" in body:
        kind = str(body.get("content_type", "text/html"))
        return Answer(status, str(body["body"]).encode(), {"content-type": kind})
    reason = str(body.get("reason", "backendError"))
    message = str(body.get("message", MESSAGES.get(reason, reason)))
    found = GmailError(status, reason, message).answer()
    if "retry_after" in body:
        headers = {**found.headers, "retry-after": str(body["retry_after"])}
        return Answer(found.status, found.body, headers)
    return found
