"""messages and threads of the simulated API."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from connectors.gmail import simulator_mime as mime
from connectors.gmail.simulator_errors import GmailError, answer, invalid
from connectors.gmail.simulator_mailbox import FIXED, SYSTEM, Mailbox, Stored
from connectors.gmail.simulator_routes import READERS, WRITERS, Asked, Methods
from connectors.gmail.simulator_search import Search, search
from connectors.gmail.simulator_world import World, shown_labels
from syncd.ports.simulator import Answer

API = Methods()

EMPTY = Answer(204)

# With more labels than this a change is refused (discovery document).
_MOST_LABELS = 100
_MOST_IDS = 1000
# What Gmail says of long lists, whatever their length: the number is no use.
_ESTIMATE = 201
_READ_PARTS = READERS + (
    " addons.current.message.action addons.current.message.metadata addons.current.message.readonly"
)


def shown(world: World, stored: Stored, form: str, names: Iterable[str] = ()) -> dict[str, Any]:
    """A message in one of the four formats."""
    parsed = mime.parsed(stored.raw)
    found: dict[str, Any] = {"id": stored.id, "threadId": stored.thread}
    if stored.labels:
        found["labelIds"] = shown_labels(stored)
    found["snippet"] = mime.snippet(parsed)
    bare = world.bare(stored)
    if form == "full":
        found["payload"] = mime.payload(parsed, bare=bare)
    elif form == "metadata":
        found["payload"] = mime.metadata(parsed, set(names))
    elif form == "raw":
        found["raw"] = mime.encoded(stored.raw, bare=bare)
    found["sizeEstimate"] = len(stored.raw)
    found["historyId"] = str(stored.changed)
    found["internalDate"] = str(stored.at)
    return found


def brief(stored: Stored) -> dict[str, str]:
    return {"id": stored.id, "threadId": stored.thread}


def form_of(asked: Asked) -> str:
    """The format asked for. With the scope gmail.metadata two of the four are refused."""
    form = asked.request.param("format", "full").lower()
    if form not in {"full", "metadata", "minimal", "raw"}:
        raise invalid(f"Invalid value at 'format': {form}")
    if asked.metadata_only and form in {"full", "raw"}:
        raise GmailError(
            403, "insufficientPermissions", "Metadata scope doesn't allow format " + form.upper()
        )
    return form


def searched(asked: Asked) -> Search:
    """The search of a list call. With the scope gmail.metadata `q` is refused."""
    query = asked.request.param("q")
    if query and asked.metadata_only:
        raise GmailError(
            403, "insufficientPermissions", "Metadata scope does not support 'q' parameter"
        )
    for label_id in asked.all("labelIds"):
        if label_id not in asked.box.labels and label_id not in SYSTEM:
            raise invalid(f"Invalid label: {label_id}")
    return search(
        query,
        asked.all("labelIds"),
        asked.world.now(),
        include_hidden=asked.flag("includeSpamTrash"),
    )


def page_token(place: tuple[int, int, str]) -> str:
    # By position, not by count, so that mail that comes in between moves nothing.
    return f"{place[0]:014d}{place[1]:010d}"


def page_place(asked: Asked) -> tuple[int, int] | None:
    token = asked.request.param("pageToken")
    if not token:
        return None
    if len(token) != 24 or not token.isdigit():
        raise invalid("Invalid pageToken")
    return int(token[:14]), int(token[14:])


@API.serves("messages.list", "GET", "/messages", READERS)
def list_messages(asked: Asked) -> Answer:
    size = asked.page_size()
    found: list[Stored] = []
    more = False
    hits = searched(asked).found(asked.box, page_place(asked), asked.world.horizon(asked.box))
    for stored in hits:
        if len(found) == size:
            more = True
            break
        found.append(stored)
    body: dict[str, Any] = {"messages": [brief(each) for each in found]} if found else {}
    if more:
        body["nextPageToken"] = page_token(found[-1].place)
    body["resultSizeEstimate"] = min(len(found), _ESTIMATE)
    return answer(body)


@API.serves("messages.get", "GET", "/messages/{id}", _READ_PARTS)
def get_message(asked: Asked) -> Answer:
    form = form_of(asked)
    stored = asked.box.get(asked.path["id"])
    return answer(shown(asked.world, stored, form, asked.all("metadataHeaders")))


@API.serves(
    "messages.attachments.get",
    "GET",
    "/messages/{messageId}/attachments/{id}",
    "full modify readonly addons.current.message.action addons.current.message.readonly",
)
def get_attachment(asked: Asked) -> Answer:
    stored = asked.box.get(asked.path["messageId"])
    data = mime.attachment(mime.parsed(stored.raw), asked.path["id"])
    if data is None:
        raise invalid("Invalid attachment token")
    return answer({"size": len(data), "data": mime.encoded(data, bare=asked.world.bare(stored))})


@API.serves("messages.modify", "POST", "/messages/{id}/modify", WRITERS)
def modify_message(asked: Asked) -> Answer:
    add, remove = wanted_labels(asked.box, asked.json())
    stored = asked.box.get(asked.path["id"])
    _relabel(asked, [stored], add, remove)
    return answer(brief(stored) | {"labelIds": shown_labels(stored)})


@API.serves("messages.batchModify", "POST", "/messages/batchModify", WRITERS)
def batch_modify(asked: Asked) -> Answer:
    body = asked.json()
    add, remove = wanted_labels(asked.box, body)
    _relabel(asked, _named(asked.box, body), add, remove)
    return EMPTY


@API.serves("messages.batchDelete", "POST", "/messages/batchDelete", "full")
def batch_delete(asked: Asked) -> Answer:
    for stored in _named(asked.box, asked.json()):
        asked.box.delete(stored, asked.world.seconds())
    asked.world.notify(asked.box)
    return EMPTY


@API.serves("messages.trash", "POST", "/messages/{id}/trash", WRITERS)
def trash_message(asked: Asked) -> Answer:
    return _moved(asked, {"TRASH"}, {"INBOX"})


@API.serves("messages.untrash", "POST", "/messages/{id}/untrash", WRITERS)
def untrash_message(asked: Asked) -> Answer:
    return _moved(asked, set(), {"TRASH"})


@API.serves("messages.delete", "DELETE", "/messages/{id}", "full")
def delete_message(asked: Asked) -> Answer:
    asked.box.delete(asked.box.get(asked.path["id"]), asked.world.seconds())
    asked.world.notify(asked.box)
    return EMPTY


@API.serves("threads.list", "GET", "/threads", READERS)
def list_threads(asked: Asked) -> Answer:
    size = asked.page_size()
    wanted = searched(asked)
    found: list[Stored] = []
    more = False
    horizon = asked.world.horizon(asked.box)
    for stored in wanted.found(asked.box, page_place(asked), horizon):
        # A thread stands where its newest hit stands.
        later = (
            each
            for each in asked.box.thread(stored.thread)
            if each.place > stored.place and each.born <= horizon
        )
        if any(wanted.matches(asked.box, each) for each in later):
            continue
        if len(found) == size:
            more = True
            break
        found.append(stored)
    body: dict[str, Any] = {}
    if found:
        body["threads"] = [
            {
                "id": each.thread,
                "snippet": mime.snippet(mime.parsed(each.raw)),
                "historyId": _thread_history(asked.box.thread(each.thread)),
            }
            for each in found
        ]
    if more:
        body["nextPageToken"] = page_token(found[-1].place)
    body["resultSizeEstimate"] = min(len(found), _ESTIMATE)
    return answer(body)


@API.serves("threads.get", "GET", "/threads/{id}", _READ_PARTS)
def get_thread(asked: Asked) -> Answer:
    form = form_of(asked)
    messages = asked.box.thread(asked.path["id"])
    names = asked.all("metadataHeaders")
    return answer(
        {
            "id": asked.path["id"],
            "historyId": _thread_history(messages),
            "messages": [shown(asked.world, each, form, names) for each in messages],
        }
    )


@API.serves("threads.modify", "POST", "/threads/{id}/modify", WRITERS)
def modify_thread(asked: Asked) -> Answer:
    add, remove = wanted_labels(asked.box, asked.json())
    return _thread_moved(asked, add, remove)


@API.serves("threads.trash", "POST", "/threads/{id}/trash", WRITERS)
def trash_thread(asked: Asked) -> Answer:
    return _thread_moved(asked, {"TRASH"}, {"INBOX"})


@API.serves("threads.untrash", "POST", "/threads/{id}/untrash", WRITERS)
def untrash_thread(asked: Asked) -> Answer:
    return _thread_moved(asked, set(), {"TRASH"})


@API.serves("threads.delete", "DELETE", "/threads/{id}", "full")
def delete_thread(asked: Asked) -> Answer:
    for stored in asked.box.thread(asked.path["id"]):
        asked.box.delete(stored, asked.world.seconds())
    asked.world.notify(asked.box)
    return EMPTY


def wanted_labels(box: Mailbox, body: dict[str, Any]) -> tuple[set[str], set[str]]:
    """The label ids to add and to remove. Raises for unknown ones and those Gmail keeps."""
    add, remove = body.get("addLabelIds") or [], body.get("removeLabelIds") or []
    if len(add) > _MOST_LABELS or len(remove) > _MOST_LABELS:
        raise invalid("Too many labels")
    if not add and not remove:
        raise invalid("No label add or removes specified")
    for label_id in (*add, *remove):
        if label_id in FIXED or (label_id not in box.labels and label_id not in SYSTEM):
            raise invalid(f"Invalid label: {label_id}")
    return set(add), set(remove)


def _named(box: Mailbox, body: dict[str, Any]) -> list[Stored]:
    ids = body.get("ids") or []
    if not ids:
        raise invalid("No message ids specified")
    if len(ids) > _MOST_IDS:
        raise invalid(f"Too many message ids: {len(ids)}")
    # Unknown ids are passed over: there are no errors by id.
    return [box.messages[each] for each in ids if each in box.messages]


def _moved(asked: Asked, add: set[str], remove: set[str]) -> Answer:
    stored = asked.box.get(asked.path["id"])
    _relabel(asked, [stored], add, remove)
    return answer(brief(stored) | {"labelIds": shown_labels(stored)})


def _thread_moved(asked: Asked, add: set[str], remove: set[str]) -> Answer:
    messages = asked.box.thread(asked.path["id"])
    _relabel(asked, messages, add, remove)
    return answer(
        {
            "id": asked.path["id"],
            "messages": [brief(each) | {"labelIds": shown_labels(each)} for each in messages],
        }
    )


def _relabel(asked: Asked, messages: list[Stored], add: set[str], remove: set[str]) -> None:
    for stored in messages:
        asked.box.relabel(stored, add, remove, asked.world.seconds())
    asked.world.notify(asked.box)


def _thread_history(messages: list[Stored]) -> str:
    return str(max(each.changed for each in messages))
