"""Links to our clients that people told us of, and how they stood when last looked at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from syncd.core.links import Judgement, LinkSeen, LinkState
from syncd.store.schema import contacts, links, messages
from syncd.store.writing import chunks, upsert


@dataclass(frozen=True, slots=True)
class Told:
    """A page that is said to carry a link. `message`: key of the message that says so."""

    message: str
    url: str
    person: str
    client: str


def looked(tx: Connection, told: Told, found: Judgement, now: datetime) -> int | None:
    """Record a look at a page. Returns the conversation; None when its message is gone."""
    query = select(messages.c.conversation_id, messages.c.at).where(messages.c.key == told.message)
    row = tx.execute(query).first()
    if row is None:
        return None
    conversation, at = row
    before = of_conversations(tx, [conversation]).get(conversation, {}).get(told.url)
    upsert(
        tx,
        links,
        [
            {
                "conversation_id": conversation,
                "url": told.url,
                "message": told.message,
                "person": told.person,
                "client": told.client,
                "state": found.state.value,
                "words": found.words,
                "tries": before.tries + 1 if before is not None else 1,
                "told_at": at,
                "checked_at": now,
                "target": found.link.url if found.link is not None else "",
                "anchor": found.link.text if found.link is not None else "",
            }
        ],
        ["conversation_id", "url"],
    )
    return int(conversation)


_OF_CONVERSATIONS = select(links).where(
    links.c.conversation_id.in_(bindparam("ids", expanding=True))
)


def of_conversations(tx: Connection, wanted: Iterable[int]) -> dict[int, dict[str, LinkSeen]]:
    """By conversation and the page's address."""
    found: dict[int, dict[str, LinkSeen]] = {}
    for some in chunks(wanted):
        for row in tx.execute(_OF_CONVERSATIONS, {"ids": some}).mappings():
            seen = LinkSeen(LinkState(row["state"]), row["checked_at"], row["tries"])
            found.setdefault(row["conversation_id"], {})[row["url"]] = seen
    return found


def stand_with(tx: Connection, crm_id: str) -> bool:
    """Whether this contact, under any address, told us of a link that stands."""
    return tx.execute(_STANDING, {"crm_id": crm_id}).first() is not None


_STANDING = (
    select(links.c.id)
    .join(contacts, contacts.c.address == links.c.person)
    .where(
        contacts.c.crm_id == bindparam("crm_id"),
        links.c.state.in_([state.value for state in LinkState if state.stands]),
    )
    .limit(1)
)
