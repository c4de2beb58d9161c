"""A state that has seen a million messages: rows as years of work leave them behind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import Table

from syncd.store import schema, sites
from syncd.store.database import Store
from tests.bench.letters import DOMAIN

# Far above what the work of a measured turn is numbered.
_FIRST = 10_000_000
_AT_ONCE = 20_000
_A_CONVERSATION = 4
_A_CONTACT = 20


def remember(store: Store, count: int, box: str, newest: datetime) -> None:
    """`count` messages that were logged long ago, four to a conversation, twenty to a person."""
    for table, rows in _tables(count, box, newest):
        while some := list(islice(rows, _AT_ONCE)):
            with store.begin() as tx:
                tx.execute(table.insert(), some)
    with store.begin() as tx:
        sites.keep_up(tx, newest)


def conversations(count: int) -> list[int]:
    """The numbers of the conversations that `remember` makes of `count` messages."""
    return [_FIRST + number for number in range(count // _A_CONVERSATION)]


def _tables(count: int, box: str, newest: datetime) -> list[tuple[Table, Iterator[dict[str, Any]]]]:
    return [
        (schema.conversations, _conversations(count)),
        (schema.contacts, _contacts(count, newest)),
        (schema.messages, (_message(one, box, newest, count) for one in range(count))),
        (schema.participants, (_participant(one) for one in range(count))),
        (schema.copies, (_copy(one, box, newest) for one in range(count))),
        (schema.conversation_keys, (_key(one) for one in range(count))),
        (schema.engagements, (_engagement(one) for one in range(count))),
        (schema.effects, (_effect(one, newest) for one in range(count))),
    ]


def _person(number: int) -> str:
    who = number // _A_CONTACT
    return f"editor{who}@old{who}.example"


def _conversation(number: int) -> int:
    return _FIRST + number // _A_CONVERSATION


def _conversations(count: int) -> Iterator[dict[str, Any]]:
    for number in range(0, count, _A_CONVERSATION):
        yield {
            "id": _conversation(number),
            "campaign": "houses",
            "status": "answered",
            "person": _person(number),
            "due_at": None,
            "story": {},
        }


def _contacts(count: int, newest: datetime) -> Iterator[dict[str, Any]]:
    for number in range(0, count, _A_CONTACT):
        yield {
            "address": _person(number),
            "state": "found",
            "crm_id": f"old{number // _A_CONTACT}",
            "name": "",
            "made_by_us": True,
            "version": 0,
            "checked_at": newest,
        }


def _message(number: int, box: str, newest: datetime, count: int) -> dict[str, Any]:
    sent = number % _A_CONVERSATION != 2
    return {
        "id": _FIRST + number,
        "key": f"old{number}@{DOMAIN}",
        "message_id": f"old{number}@{DOMAIN}",
        "fingerprint": f"print{number}",
        "conversation_id": _conversation(number),
        "at": newest - timedelta(days=30, seconds=30 * (count - number)),
        "direction": "sent" if sent else "received",
        "mail_class": "human",
        "subclass": "",
        "is_list": False,
        "subject": f"Timber houses {number // _A_CONVERSATION}",
        "sender": box if sent else _person(number),
        "sender_name": "",
        "recipients": {"to": [[_person(number) if sent else box, ""]]},
        "mailbox": box,
        "verdict": "log",
        "reason": "",
        "crm_id": f"e{number}",
        "details": {},
    }


def _participant(number: int) -> dict[str, Any]:
    role = "from" if number % _A_CONVERSATION == 2 else "to"
    person = {"address": _person(number), "role": role, "name": ""}
    return {"message_id": _FIRST + number, **person}


def _copy(number: int, box: str, newest: datetime) -> dict[str, Any]:
    return {
        "mailbox": box,
        "remote_id": f"old{number:x}",
        "thread_id": f"old{number // _A_CONVERSATION:x}",
        "message_id": _FIRST + number,
        "state": "stored",
        "reason": "",
        "labels": ["SENT"],
        "tries": 0,
        "at": newest,
    }


def _key(number: int) -> dict[str, Any]:
    return {"key": f"id:old{number}@{DOMAIN}", "conversation_id": _conversation(number)}


def _engagement(number: int) -> dict[str, Any]:
    contact = f"old{number // _A_CONTACT}"
    return {"id": f"e{number}", "contact_id": contact, "message_id": "", "ours": True}


def _effect(number: int, newest: datetime) -> dict[str, Any]:
    return {
        "seq": _FIRST + number,
        "key": f"log:old{number}",
        "run_id": 1,
        "promise": "log",
        "object": f"message:old{number}@{DOMAIN}",
        "kind": "log_email",
        "body": {"key": f"log:old{number}", "message": f"old{number}@{DOMAIN}", "owner": ""},
        "summary": "log an email",
        "state": "done",
        "attempts": 1,
        "remote_id": f"e{number}",
        "note": "",
        "planned_at": newest - timedelta(days=40),
        "settled_at": newest - timedelta(days=40),
    }
