"""What a task about lost links must know, and which task tells of which loss."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, select, update

from syncd.core.promises.verify import LossTask
from syncd.store.chores import NO_CONVERSATION
from syncd.store.schema import contacts, copies, links, messages, participants, tasks
from syncd.store.writing import chunks


@dataclass(frozen=True, slots=True)
class Thread:
    """A message in one of our mailboxes, where a person opens it."""

    mailbox: str
    thread: str
    at: datetime


def cover(tx: Connection, covers: Mapping[int, str]) -> None:
    """These losses are told of by these tasks ("": by none)."""
    for link, mark in covers.items():
        tx.execute(update(links).where(links.c.id == link).values(task=mark, no_task=""))


def explain(tx: Connection, ids: Iterable[int], words: str) -> None:
    """Why the losses of these links have no task, in words; "" where nothing stands in the way."""
    for some in chunks(ids):
        tx.execute(update(links).where(links.c.id.in_(some)).values(no_task=words))


def one_each(tx: Connection, names: Iterable[str]) -> dict[str, list[str]]:
    """Bundles by what they are gathered under: the addresses of one contact make one.

    Returns the other bundles of each, whose tasks and losses are its own from now on. It is
    the one that has an open task, else the first by name.
    """
    found: dict[str, list[str]] = {}
    for name in names:
        several = _of_contact(tx, name)
        if len(several) < 2:
            found.setdefault(name, [])
            continue
        told = _with_open_task(tx, several)
        first, others = told[0], [one for one in several if one != told[0]]
        found[first] = others
    return found


def gather(tx: Connection, name: str, others: Sequence[str]) -> None:
    """What was told of apart is told of together."""
    if not others:
        return
    tx.execute(update(links).where(links.c.bundle.in_(others)).values(bundle=name))
    anchors = [f"losses:{one}" for one in others]
    tx.execute(
        update(tasks)
        .where(tasks.c.anchor.in_(anchors), tasks.c.conversation_id == NO_CONVERSATION)
        .values(anchor=f"losses:{name}")
    )


def _of_contact(tx: Connection, name: str) -> list[str]:
    """The bundles of everything this contact gave us, under whatever address; sorted."""
    kind, _, address = name.partition(":")
    if kind != "person":
        return [name]
    same = select(contacts.c.crm_id).where(
        contacts.c.address == address, contacts.c.crm_id.is_not(None)
    )
    theirs = select("person:" + contacts.c.address).where(contacts.c.crm_id.in_(same))
    query = select(links.c.bundle).where(links.c.bundle.in_(theirs)).distinct()
    return sorted({name, *tx.execute(query).scalars()})


def _with_open_task(tx: Connection, names: Sequence[str]) -> list[str]:
    """These names, those first about which a task is open."""
    query = select(tasks.c.anchor).where(
        tasks.c.anchor.in_([f"losses:{one}" for one in names]),
        tasks.c.conversation_id == NO_CONVERSATION,
        tasks.c.done.is_(False),
        tasks.c.deleted.is_(False),
    )
    told = {anchor.removeprefix("losses:") for anchor in tx.execute(query).scalars()}
    return sorted(names, key=lambda one: (one not in told, one))


def without_task(tx: Connection, crm_ids: Collection[str]) -> set[str]:
    """The bundles of these contacts whose losses have no task for a reason."""
    found: set[str] = set()
    for some in chunks(crm_ids):
        query = (
            select(links.c.bundle)
            .join(contacts, contacts.c.address == links.c.person)
            .where(contacts.c.crm_id.in_(some), links.c.no_task != "")
            .distinct()
        )
        found |= set(tx.execute(query).scalars())
    return found


def tasks_about(tx: Connection, about: str) -> list[LossTask]:
    """The tasks that were ever made for a bundle, as last seen, the first made first."""
    query = (
        select(tasks)
        .where(tasks.c.anchor == about, tasks.c.conversation_id == NO_CONVERSATION)
        .order_by(tasks.c.remote_id, tasks.c.mark)
    )
    return [
        LossTask(
            row["mark"],
            not (row["done"] or row["deleted"]),
            row["kept_by_person"],
            row["assignee"],
            row["assignee_written"],
        )
        for row in tx.execute(query).mappings()
    ]


_COPIES_OF = (
    select(copies.c.mailbox, copies.c.thread_id, messages.c.at)
    .join(messages, messages.c.id == copies.c.message_id)
    .where(messages.c.key == bindparam("message"))
    .order_by(copies.c.mailbox)
)
_NEWEST_WITH = (
    select(messages.c.key)
    .join(participants, participants.c.message_id == messages.c.id)
    .where(participants.c.address == bindparam("person"))
    .order_by(messages.c.at.desc(), messages.c.id.desc())
    .limit(1)
)


def threads(tx: Connection, message: str, person: str) -> list[Thread]:
    """Where the message that told of a link lies; else the newest with that person."""
    key = message or tx.execute(_NEWEST_WITH, {"person": person}).scalar_one_or_none()
    rows = tx.execute(_COPIES_OF, {"message": key}).all() if key else []
    return [Thread(mailbox, thread, at) for mailbox, thread, at in rows]


def name_of(tx: Connection, person: str) -> str:
    """The contact's name, "" where the CRM has none."""
    query = select(contacts.c.name).where(contacts.c.address == person)
    return tx.execute(query).scalar_one_or_none() or ""
