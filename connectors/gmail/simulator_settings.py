"""Profile, labels, history, send-as addresses and watch of the simulated API."""

from __future__ import annotations

import re
from typing import Any

from connectors.gmail.simulator_colors import checked
from connectors.gmail.simulator_errors import GmailError, answer, invalid, missing
from connectors.gmail.simulator_mailbox import SYSTEM, Event, Mailbox, Record
from connectors.gmail.simulator_messages import EMPTY
from connectors.gmail.simulator_routes import READERS, WRITERS, Asked, Methods
from connectors.gmail.simulator_world import WATCH_SECONDS
from syncd.ports.simulator import Answer

API = Methods()

_LABEL_READERS = READERS + " labels"
_LABEL_WRITERS = WRITERS + " labels"
_SENDAS_READERS = "full modify readonly settings.basic"

_LONGEST_NAME = 225
_MOST_LABELS = 10_000
_TOPIC = re.compile(r"projects/[^/]+/topics/[^/]+")
_KINDS = {
    "messageAdded": "messagesAdded",
    "messageDeleted": "messagesDeleted",
    "labelAdded": "labelsAdded",
    "labelRemoved": "labelsRemoved",
}
_HIDDEN = {"messageListVisibility": "hide", "labelListVisibility": "labelHide"}


@API.serves("getProfile", "GET", "/profile", READERS + " compose")
def get_profile(asked: Asked) -> Answer:
    return answer(
        {
            "emailAddress": asked.box.address,
            "messagesTotal": len(asked.box.messages),
            "threadsTotal": len(asked.box.threads),
            "historyId": str(asked.world.horizon(asked.box)),
        }
    )


@API.serves("history.list", "GET", "/history", READERS)
def list_history(asked: Asked) -> Answer:
    box, horizon = asked.box, asked.world.horizon(asked.box)
    start = _start(asked)
    label_id = asked.request.param("labelId")
    if label_id and label_id not in box.labels and label_id not in SYSTEM:
        raise missing()
    kinds = {_kind(each) for each in asked.all("historyTypes")} or set(_KINDS.values())
    first = box.after(start)
    size = asked.page_size()
    page = [each for each in box.history[first : first + size + 1] if each.id <= horizon]
    more = len(page) > size
    page = page[:size]
    # Filtered after it is cut: a page may show nothing and still not be the last.
    found = [each for record in page if (each := _shown(record, kinds, label_id)) is not None]
    body: dict[str, Any] = {"history": found} if found else {}
    if more:
        body["nextPageToken"] = f"{page[-1].id:020d}"
    return answer(body | {"historyId": str(horizon)})


@API.serves("labels.list", "GET", "/labels", _LABEL_READERS)
def list_labels(asked: Asked) -> Answer:
    # SCHEDULED is where the web interface keeps such mail; the list does not name it.
    labels = [_system(each) for each in SYSTEM if each != "SCHEDULED"]
    return answer({"labels": labels + [_user(each) for each in asked.box.labels.values()]})


@API.serves("labels.get", "GET", "/labels/{id}", _LABEL_READERS)
def get_label(asked: Asked) -> Answer:
    return answer(_counted(asked.box, asked.path["id"]))


@API.serves("labels.create", "POST", "/labels", _LABEL_WRITERS)
def create_label(asked: Asked) -> Answer:
    body = asked.json()
    if len(asked.box.labels) >= _MOST_LABELS:
        raise invalid("Too many labels")
    return answer(_user(asked.box.make_label(_name(body), _appearance(body))))


@API.serves("labels.update", "PUT", "/labels/{id}", _LABEL_WRITERS)
@API.serves("labels.patch", "PATCH", "/labels/{id}", _LABEL_WRITERS)
def change_label(asked: Asked) -> Answer:
    label, body = _own(asked), asked.json()
    if "name" in body or asked.request.method == "PUT":
        name = _name(body)
        if asked.box.label_id(name) not in {None, label["id"]}:
            raise GmailError(409, "aborted", "Label name exists or conflicts")
        label["name"] = name
    label.update(_appearance(body))
    return answer(_user(label))


@API.serves("labels.delete", "DELETE", "/labels/{id}", _LABEL_WRITERS)
def delete_label(asked: Asked) -> Answer:
    asked.box.drop_label(_own(asked)["id"])
    return EMPTY


@API.serves("settings.sendAs.list", "GET", "/settings/sendAs", _SENDAS_READERS)
def list_send_as(asked: Asked) -> Answer:
    return answer({"sendAs": [_primary(asked.box), *asked.box.aliases]})


@API.serves("settings.sendAs.get", "GET", "/settings/sendAs/{sendAsEmail}", _SENDAS_READERS)
def get_send_as(asked: Asked) -> Answer:
    for each in (_primary(asked.box), *asked.box.aliases):
        if each["sendAsEmail"] == asked.path["sendAsEmail"]:
            return answer(each)
    raise missing()


@API.serves("settings.getVacation", "GET", "/settings/vacation", _SENDAS_READERS)
def get_vacation(_asked: Asked) -> Answer:
    return answer(
        {"enableAutoReply": False, "restrictToContacts": False, "restrictToDomain": False}
    )


@API.serves("watch", "POST", "/watch", READERS)
def watch(asked: Asked) -> Answer:
    body = asked.json()
    topic = str(body.get("topicName") or "")
    label_ids = [str(each) for each in body.get("labelIds") or ()]
    behavior = str(body.get("labelFilterBehavior") or body.get("labelFilterAction") or "include")
    if behavior.lower() not in {"include", "exclude"}:
        raise invalid(f"Invalid value at 'label_filter_behavior': {behavior}")
    for label_id in label_ids:
        if label_id not in asked.box.labels and label_id not in SYSTEM:
            raise invalid(f"Invalid label: {label_id}")
    if not _TOPIC.fullmatch(topic):
        raise invalid("Invalid topicName does not match projects/{project}/topics/{topic}")
    until = asked.world.seconds() + WATCH_SECONDS
    asked.box.watch = {
        "topic": topic,
        "until": until,
        "last": 0.0,
        "seen": asked.box.history_id,
        "labels": label_ids,
        "exclude": behavior.lower() == "exclude",
    }
    return answer({"historyId": str(asked.box.history_id), "expiration": str(round(until * 1000))})


@API.serves("stop", "POST", "/stop", READERS)
def stop(asked: Asked) -> Answer:
    asked.box.watch = {}
    return EMPTY


def _start(asked: Asked) -> int:
    """The id to go on from. Raises 404 for a cursor that is forgotten (facts/gmail.md A6)."""
    given = asked.request.param("startHistoryId")
    if not given.isdigit():
        raise invalid("Invalid value for startHistoryId" if given else "Missing startHistoryId")
    if int(given) < asked.world.forgotten(asked.box):
        raise missing()
    token = asked.request.param("pageToken")
    if not token:
        return int(given)
    if not token.isdigit():
        raise invalid("Invalid pageToken")
    return int(token)


def _kind(given: str) -> str:
    if given not in _KINDS:
        raise invalid(f"Invalid value at 'history_types': {given}")
    return _KINDS[given]


def _shown(record: Record, kinds: set[str], label_id: str) -> dict[str, Any] | None:
    events = [
        event
        for event in record.events
        if event.kind in kinds and (not label_id or label_id in (*event.labels, *event.moved))
    ]
    if not events:
        return None
    shown: dict[str, Any] = {"id": str(record.id), "messages": []}
    for event in events:
        brief = {"id": event.message, "threadId": event.thread}
        if brief not in shown["messages"]:
            shown["messages"].append(brief)
        shown.setdefault(event.kind, []).append(_entry(event, brief))
    return shown


def _entry(event: Event, brief: dict[str, str]) -> dict[str, Any]:
    message: dict[str, Any] = dict(brief)
    if event.labels:
        message["labelIds"] = [*event.labels]
    return {"message": message} | ({"labelIds": [*event.moved]} if event.moved else {})


def _system(label_id: str) -> dict[str, Any]:
    more = _HIDDEN if label_id.startswith("CATEGORY_") or label_id == "CHAT" else {}
    return {"id": label_id, "name": label_id, "type": "system", **more}


def _user(label: dict[str, Any]) -> dict[str, Any]:
    shown = {"messageListVisibility": "show", "labelListVisibility": "labelShow"}
    return shown | label | {"type": "user"}


def _counted(box: Mailbox, label_id: str) -> dict[str, Any]:
    if label_id in SYSTEM:
        label = _system(label_id)
    elif label_id in box.labels:
        label = _user(box.labels[label_id])
    else:
        raise missing()
    under = [each for each in box.messages.values() if label_id in each.labels]
    unread = [each for each in under if "UNREAD" in each.labels]
    return label | {
        "messagesTotal": len(under),
        "messagesUnread": len(unread),
        "threadsTotal": len({each.thread for each in under}),
        "threadsUnread": len({each.thread for each in unread}),
    }


def _own(asked: Asked) -> dict[str, Any]:
    label_id = asked.path["id"]
    if label_id in SYSTEM:
        raise invalid("Cannot modify system label")
    if label_id not in asked.box.labels:
        raise missing()
    return asked.box.labels[label_id]


def _name(body: dict[str, Any]) -> str:
    name = str(body.get("name") or "").strip()
    if not name or len(name) > _LONGEST_NAME or name.upper() in SYSTEM:
        raise invalid("Invalid label name")
    return name


def _appearance(body: dict[str, Any]) -> dict[str, Any]:
    if body.get("color") is not None:
        checked(body["color"])
    kept = ("color", "messageListVisibility", "labelListVisibility")
    return {name: body[name] for name in kept if name in body}


def _primary(box: Mailbox) -> dict[str, Any]:
    return {
        "sendAsEmail": box.address,
        "displayName": box.name,
        "replyToAddress": "",
        "signature": "",
        "isPrimary": True,
        "isDefault": True,
    }
