"""Everything the state holds of a person, found and taken out in one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, or_, select, update

from syncd.core.identity import TAKEN_OUT, names_address, without_address
from syncd.core.mail.addresses import is_robot
from syncd.core.promises.log import FORGOTTEN, NATIVE
from syncd.store import dirty, dossiers, removal, tombstones
from syncd.store.personal import tables
from syncd.store.persons_outreach import Credit, Laid, credits_to, drafts, leave_links
from syncd.store.schema import (
    contacts,
    conversations,
    copies,
    effects,
    introductions,
    links,
    messages,
    participants,
    tasks,
)
from syncd.store.traces import clear, holds, phrase
from syncd.store.writing import chunks

# Whose effects say that somebody was forgotten, and nothing else of them.
FORGET = "forget"
# What stands where their name was.
_SOMEBODY = "somebody"
# A single word may be anything; it is taken out only beside their address.
_SHORTEST_NAME, _SHORTEST_CALL = 5, 3


@dataclass(frozen=True, slots=True)
class Letter:
    """A message a person has part in. `theirs`: they wrote it, or it is between them and us
    alone. `alone`: so is its whole conversation. `crm_id` None: no engagement of ours.
    """

    id: int
    key: str
    conversation: int
    theirs: bool
    alone: bool
    crm_id: str | None


@dataclass(frozen=True, slots=True)
class Naming:
    """A task on the board that is about somebody else and names them: what it is to say."""

    id: str
    title: str
    body: str


@dataclass(frozen=True, slots=True)
class Held:
    """What is held of a person. `addresses` are all of theirs; `contacts` says of each id in
    the CRM whether we made it; tasks are ids, on the board and in the CRM. `names` are of more
    than one word, `called` of one, which may mean anything where nothing else tells.
    """

    addresses: tuple[str, ...]
    contacts: dict[str, bool]
    names: frozenset[str]
    called: frozenset[str]
    letters: tuple[Letter, ...]
    board_tasks: tuple[str, ...]
    crm_tasks: tuple[str, ...]
    introductions: tuple[int, ...]
    naming: tuple[Naming, ...]
    drafts: tuple[Laid, ...]
    credits: tuple[Credit, ...]


def aliases(tx: Connection, addresses: Iterable[str]) -> tuple[str, ...]:
    """The other addresses of the same contacts, as far as they are known here."""
    wanted = list(addresses)
    ids = select(contacts.c.crm_id).where(
        contacts.c.address.in_(wanted), contacts.c.crm_id.is_not(None)
    )
    found = tx.execute(select(contacts.c.address).where(contacts.c.crm_id.in_(ids))).scalars()
    return tuple(sorted(set(found) - set(wanted)))


def held(tx: Connection, addresses: Iterable[str]) -> Held:
    wanted = tuple(dict.fromkeys(addresses))
    known = tx.execute(
        select(contacts.c.crm_id, contacts.c.made_by_us).where(
            contacts.c.address.in_(wanted), contacts.c.crm_id.is_not(None)
        )
    ).all()
    # A contact with an address that stays is somebody who stays.
    ids = {crm_id: bool(made) for crm_id, made in known if not _others_of(tx, crm_id, wanted)}
    letters = _letters(tx, wanted)
    gone = {one.conversation for one in letters if one.alone}
    numbers = tuple(
        tx.execute(
            select(introductions.c.id).where(
                or_(introductions.c.introducer.in_(wanted), introductions.c.introduced.in_(wanted))
            )
        ).scalars()
    )
    found = _tasks(tx, wanted, gone, numbers)
    every = _names(tx, wanted)
    names = frozenset(one for one in every if len(one) >= _SHORTEST_NAME and len(one.split()) > 1)
    theirs = {one for _, one in found}
    naming = [one for one in _naming(tx, wanted, names) if one.id not in theirs]
    return Held(
        wanted,
        ids,
        names,
        every - names,
        letters,
        tuple(one for where, one in found if where == "board"),
        tuple(one for where, one in found if where == "crm"),
        numbers,
        tuple(naming),
        drafts(tx, wanted),
        credits_to(tx, wanted, ids),
    )


def take_out(tx: Connection, person: Held, now: datetime) -> None:
    """Take a person out of every table.

    In conversations with others, what they had part in stays theirs to decide upon: there a
    name that means nobody stands in their place.
    """
    mixed = [one for one in person.letters if not one.alone]
    removal.drop_bodies(tx, [one.id for one in mixed if one.theirs])
    _empty(tx, [one.id for one in mixed if one.theirs])
    removal.remove(tx, {one.id: FORGOTTEN for one in person.letters if one.alone})
    removal.drop_tasks(tx, tasks.c.remote_id.in_([*person.board_tasks, *person.crm_tasks]))
    bundles = leave_links(tx, person.addresses)
    _remove_rows(tx, person)
    dossiers.disguise(tx, now)
    ids = [str(one) for one in person.contacts]
    removal.forget_effects(
        tx,
        [
            *(f"{kind}:{one}" for kind in ("contact", "relation") for one in ids),
            *(f"address:{one}" for one in person.addresses),
            *(f"introduction:{one}" for one in person.introductions),
            *(f"losses:{one}" for one in bundles),
        ],
        *(f"member:{one}:" for one in ids),
    )
    _forget_effects(tx, frozenset(person.addresses), frozenset(ids))
    for kind in ("contact", "relation"):
        dirty.forget(tx, kind, ids)
    dirty.forget(tx, "introduction", person.introductions)
    words = [*person.addresses, *person.names, *_own_ids(person)]
    change, plain = _blank(person), _cleaning((), person.called)
    clear(tx, words, change, frozenset(person.addresses), lambda text: plain(change(text)))
    tombstones.finished(tx, person.addresses, now)


def _blank(person: Held) -> Callable[[str], str]:
    """What takes their addresses and names out of a text: the same word for each every time.

    Without an "@", so that nothing takes it for somebody to look up or to write to.
    """
    nobody = {one: f"forgotten-{secrets.token_hex(4)}" for one in person.addresses}
    ids = {one: f"forgotten-{secrets.token_hex(8)}" for one in _own_ids(person)}
    names = _cleaning((), person.names)

    def change(text: str) -> str:
        for one, instead in ids.items():
            text = text.replace(one, instead)
        for address, instead in nobody.items():
            text = without_address(text, [address], instead)
        return names(text)

    return change


def _cleaning(
    addresses: Iterable[str], names: Iterable[str], instead: str = ""
) -> Callable[[str], str]:
    wanted = tuple(addresses)
    phrases = [phrase(one) for one in names]

    def change(text: str) -> str:
        text = without_address(text, wanted, instead)
        for one in phrases:
            text = one.sub(_SOMEBODY, text)
        return text

    return change


def _own_ids(person: Held) -> list[str]:
    """The Message-IDs of what they wrote to us and others, where these name them."""
    ids = [one.key.partition(":")[2] for one in person.letters if one.theirs and not one.alone]
    return [one for one in ids if any(address in one.lower() for address in person.addresses)]


def _others_of(tx: Connection, crm_id: str, addresses: tuple[str, ...]) -> bool:
    query = select(contacts.c.address).where(
        contacts.c.crm_id == crm_id, contacts.c.address.not_in(addresses)
    )
    return tx.execute(query.limit(1)).first() is not None


def _letters(tx: Connection, addresses: tuple[str, ...]) -> tuple[Letter, ...]:
    theirs = select(participants.c.message_id).where(participants.c.address.in_(addresses))
    rows = tx.execute(
        select(
            messages.c.id,
            messages.c.key,
            messages.c.conversation_id,
            messages.c.sender,
            messages.c.crm_id,
            messages.c.reason,
        ).where(or_(messages.c.id.in_(theirs), messages.c.sender.in_(addresses)))
    ).all()
    found: list[Letter] = []
    others = _with_others(tx, {row.conversation_id for row in rows}, addresses)
    for row in rows:
        alone = row.id not in others.messages
        found.append(
            Letter(
                row.id,
                row.key,
                row.conversation_id,
                theirs=row.sender in addresses or alone,
                alone=row.conversation_id not in others.conversations,
                # What the CRM's own logger made is not ours.
                crm_id=None if row.reason == NATIVE else row.crm_id,
            )
        )
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Others:
    """The messages, and the conversations, in which somebody else outside takes part."""

    messages: frozenset[int]
    conversations: frozenset[int]


def _with_others(tx: Connection, ids: Iterable[int], addresses: tuple[str, ...]) -> _Others:
    inside: set[int] = set()
    of: set[int] = set()
    for some in chunks(ids):
        query = (
            select(messages.c.id, messages.c.conversation_id, participants.c.address)
            .join(participants, participants.c.message_id == messages.c.id)
            .where(messages.c.conversation_id.in_(some), participants.c.address.not_in(addresses))
        )
        for one, conversation, address in tx.execute(query):
            # Who tells of a bounce is nobody.
            if not is_robot(address):
                inside.add(one)
                of.add(conversation)
    return _Others(frozenset(inside), frozenset(of))


def _names(tx: Connection, addresses: tuple[str, ...]) -> frozenset[str]:
    """What they are called anywhere, as far as it could tell them from others."""
    found: set[str] = set()
    for table, rows in tables():
        for name, address in rows.names.items():
            query = select(table.c[name]).where(table.c[address].in_(addresses))
            found |= set(tx.execute(query.distinct()).scalars())
    return frozenset(one for one in found if len(one) >= _SHORTEST_CALL and not one.isdigit())


def _tasks(
    tx: Connection, addresses: tuple[str, ...], gone: set[int], numbers: tuple[int, ...]
) -> list[tuple[str, str]]:
    """Our tasks about them: (where, id)."""
    awaited = select(conversations.c.id).where(conversations.c.person.in_(addresses))
    about = [f"introduction:{one}" for one in numbers]
    bundles = select("losses:" + links.c.bundle).where(links.c.person.in_(addresses))
    query = select(tasks.c.where, tasks.c.remote_id).where(
        tasks.c.remote_id.is_not(None),
        or_(
            tasks.c.conversation_id.in_(gone),
            tasks.c.conversation_id.in_(awaited),
            tasks.c.anchor.in_(about),
            tasks.c.anchor.in_(bundles),
        ),
    )
    return [(where, remote) for where, remote in tx.execute(query)]


def _naming(tx: Connection, addresses: tuple[str, ...], names: frozenset[str]) -> Iterator[Naming]:
    """Our open tasks on the board whose words name them, without those words."""
    change = _cleaning(addresses, names, TAKEN_OUT)
    query = (
        select(tasks.c.remote_id, effects.c.body)
        .join(effects, effects.c.key == tasks.c.mark)
        .where(
            tasks.c.where == "board",
            tasks.c.remote_id.is_not(None),
            tasks.c.deleted.is_(False),
            holds(effects.c.body, [*addresses, *names]),
        )
    )
    for remote, body in tx.execute(query):
        title, text = str(body.get("title", "")), str(body.get("body", ""))
        if (title, text) != (change(title), change(text)):
            yield Naming(remote, change(title), change(text))


def _empty(tx: Connection, ids: Iterable[int]) -> None:
    """Of what they wrote to us and others it stays that something came, and when.

    As answered it counts as before: the others must not be asked again for it.
    """
    for some in chunks(ids):
        them = messages.c.id.in_(some)
        tx.execute(
            update(messages)
            .where(them)
            .values(subject="", details={}, crm_id=None, reason=FORGOTTEN)
        )
        tx.execute(update(messages).where(them, messages.c.verdict != "log").values(verdict="skip"))
        tx.execute(
            update(copies)
            .where(copies.c.message_id.in_(some))
            .values(state="never", reason=FORGOTTEN, message_id=None, labels=[])
        )


def _forget_effects(tx: Connection, addresses: frozenset[str], ids: frozenset[str]) -> None:
    """What was done or planned for them alone, whatever it was for; not how they are forgotten."""
    query = select(effects.c.seq, effects.c.object, effects.c.body).where(
        effects.c.promise != FORGET,
        or_(holds(effects.c.object, addresses), holds(effects.c.body, [*addresses, *ids])),
    )
    gone = [
        seq
        for seq, name, body in tx.execute(query).all()
        if any(names_address(name, one) for one in addresses)
        or {body.get(field) for field in ("address", "to", "person")} & addresses
        or body.get("contact") in ids
    ]
    for some in chunks(gone):
        tx.execute(delete(effects).where(effects.c.seq.in_(some)))


def _remove_rows(tx: Connection, person: Held) -> None:
    for table, rows in tables():
        about = [table.c[name].in_(person.addresses) for name in rows.address]
        about += [table.c[name].in_(list(person.contacts)) for name in rows.contact]
        if about:
            tx.execute(delete(table).where(or_(*about)))
