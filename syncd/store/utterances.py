"""Messages as the follow-up promise sees them, and who took part in each."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from sqlalchemy import Connection, bindparam, select

from syncd.core.facts import Direction, MailClass, Party
from syncd.core.promises.waiting import Utterance
from syncd.store.schema import messages, participants
from syncd.store.writing import chunks

_PEOPLE = select(participants).where(
    participants.c.message_id.in_(bindparam("ids", expanding=True))
)


# Which way the first message of a message's conversation went.
_OPENER = messages.alias("opener")
OPENED_BY = (
    select(_OPENER.c.direction)
    .where(_OPENER.c.conversation_id == messages.c.conversation_id)
    .order_by(_OPENER.c.at, _OPENER.c.id)
    .limit(1)
    .scalar_subquery()
)


def people_of(tx: Connection, ids: Iterable[int]) -> dict[int, list[tuple[str, str, str]]]:
    """(address, role, name) by message."""
    found: dict[int, list[tuple[str, str, str]]] = {}
    order = {"from": 0, "to": 1, "cc": 2, "bcc": 3}
    for some in chunks(ids):
        for message, address, role, name in tx.execute(_PEOPLE, {"ids": some}):
            found.setdefault(message, []).append((address, role, name))
    for people in found.values():
        people.sort(key=lambda one: (order[one[1]], one[0]))
    return found


def utterance(row: Any, people: Iterable[tuple[str, str, str]]) -> Utterance:
    ours = row["direction"] == Direction.SENT.value
    mail_class = MailClass(row["mail_class"])
    if ours and row["is_list"] and mail_class is MailClass.HUMAN:
        # A post to a mailing list awaits no answer of anybody's.
        mail_class = MailClass.BULK
    details = row["details"]
    involved = tuple(one for one, role, _ in people if ours or role == "from")
    return Utterance(
        key=row["key"],
        at=row["at"],
        ours=ours,
        mail_class=mail_class,
        people=involved,
        mailbox=row["mailbox"],
        subject=row["subject"],
        failed=tuple(details.get("failed_recipients", ())),
        subclass=row["subclass"],
        says=row["says"],
        until=date.fromisoformat(details["until"]) if "until" in details else None,
        referred=tuple(Party(*pair) for pair in details.get("referred", ())),
        urls=tuple(details.get("urls", ())),
    )
