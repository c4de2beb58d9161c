"""Which pages are to be looked at, and what every look leaves behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, func, insert, select, update

from syncd.core.links import Expected, Judgement, LinkState
from syncd.core.links_address import host_of, page_key
from syncd.core.links_course import Course, LinkRules, next_look, observe
from syncd.store import dirty, forgotten, people, tombstones
from syncd.store.links import HAND, TOLD
from syncd.store.schema import conversations, link_checks, link_tellings, links, messages
from syncd.store.writing import chunks, insert_new

# What is decided again when a link is lost or found: the losses that make one task.
LOSSES = "losses"


@dataclass(frozen=True, slots=True)
class Told:
    """A page that is said to carry a link. `message`: key of the message that says so."""

    message: str
    url: str
    person: str
    client: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A link as somebody lists it. `person` and `campaign` "" where nobody says."""

    url: str
    client: str
    target: str = ""
    anchor: str = ""
    person: str = ""
    campaign: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where claims come from. `message`: key of the message that told of them, "" for none."""

    source: str
    known_at: datetime
    message: str = ""


@dataclass(frozen=True, slots=True)
class ToLook:
    """A page whose turn it is."""

    id: int
    url: str
    page: str
    client: str
    host: str
    expected: Expected


def tell(tx: Connection, told: Told, now: datetime) -> int | None:
    """Take in that a message tells of a page, and ask for a look at it.

    Returns the link; None when the message is gone, or the address is none.
    """
    query = (
        select(messages.c.at, conversations.c.campaign)
        .join(conversations, conversations.c.id == messages.c.conversation_id)
        .where(messages.c.key == told.message)
    )
    row = tx.execute(query).first()
    if row is None or not page_key(told.url):
        return None
    at, campaign = row
    claim = Claim(told.url, told.client, person=told.person, campaign=campaign)
    link = add(tx, [claim], Origin(TOLD, at, told.message), {page_key(told.url): now})[0]
    telling = {"message": told.message, "url": told.url, "link_id": link}
    insert_new(
        tx, link_tellings, [{"state": "", "tries": 0, "looked_at": None, "asked": True, **telling}]
    )
    tx.execute(
        update(link_tellings)
        .where(link_tellings.c.message == told.message, link_tellings.c.url == told.url)
        .values(asked=True)
    )
    ask(tx, [link], now)
    return link


def add(
    tx: Connection,
    claims: Sequence[Claim],
    origin: Origin,
    first_look: Mapping[str, datetime],
) -> list[int]:
    """Take claims in; what is known already only gains what it lacks. Returns the links' ids.

    `first_look`: when a new one is looked at first, by its page. Every claim must be a web
    address; one that a person dropped stays so, unless a person adds it again.
    """
    claims = _without_forgotten(tx, claims)
    keys = [(page_key(claim.url), claim.client) for claim in claims]
    known = _known(tx, [page for page, _ in keys])
    fresh: dict[tuple[str, str], dict[str, Any]] = {}
    for key, claim in zip(keys, claims, strict=True):
        if key in known:
            _enrich(tx, known[key], claim, origin, first_look.get(key[0]))
        elif key not in fresh:
            fresh[key] = _fresh(claim, origin) | {"next_check_at": first_look.get(key[0])}
    # All at once: thousands of lines of an import must not keep the writer for long.
    insert_new(tx, links, list(fresh.values()))
    ids = {key: row["id"] for key, row in known.items()}
    ids |= {key: row["id"] for key, row in _known(tx, [page for page, _ in fresh]).items()}
    return [ids[key] for key in keys]


def _without_forgotten(tx: Connection, claims: Sequence[Claim]) -> list[Claim]:
    """A page stays a page; of whom it is not said where they are to be forgotten."""
    gone = tombstones.among(tx, {claim.person for claim in claims if claim.person})

    def clear(claim: Claim) -> Claim:
        if claim.person in gone:
            claim = replace(claim, person="")
        if "@" not in (said := f"{claim.url}{claim.target}{claim.anchor}") and "%40" not in said:
            return claim
        url, target, anchor = forgotten.cleared(tx, claim.url, claim.target, claim.anchor)
        return replace(claim, url=url, target=target, anchor=anchor)

    return [clear(claim) for claim in claims]


def _known(tx: Connection, pages: Iterable[str]) -> dict[tuple[str, str], dict[str, Any]]:
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for some in chunks(sorted(set(pages))):
        for row in tx.execute(select(links).where(links.c.page.in_(some))).mappings():
            found[row["page"], row["client"]] = dict(row)
    return found


def _fresh(claim: Claim, origin: Origin) -> dict[str, Any]:
    host = host_of(claim.url)
    return {
        "page": page_key(claim.url),
        "client": claim.client,
        "url": claim.url,
        "host": host,
        "bundle": bundle_of(claim.person, host),
        "source": origin.source,
        "campaign": claim.campaign,
        "person": claim.person,
        "message": origin.message,
        "known_at": origin.known_at,
        "target": claim.target,
        "anchor": claim.anchor,
        "state": LinkState.UNCHECKED.value,
        "words": "",
        "seen_target": "",
        "seen_anchor": "",
        "won_at": None,
        "lost_at": None,
        "losses": 0,
        "strikes": 0,
        "struck_at": None,
        "failing_at": None,
        "checks": 0,
        "checked_at": None,
        "task": "",
        "no_task": "",
        "dropped_at": None,
    }


def _enrich(
    tx: Connection,
    row: dict[str, Any],
    claim: Claim,
    origin: Origin,
    first_look: datetime | None,
) -> None:
    gained: dict[str, Any] = {
        name: given
        for name, given in (
            ("person", claim.person),
            ("campaign", claim.campaign),
            ("message", origin.message),
        )
        if given and not row[name]
    }
    if row["won_at"] is None:
        gained |= {
            name: given
            for name, given in (("target", claim.target), ("anchor", claim.anchor))
            if given and not row[name]
        }
    if "person" in gained:
        dirty.mark(tx, LOSSES, [row["bundle"]])
        gained["bundle"] = bundle_of(claim.person, row["host"])
    if row["dropped_at"] is not None and origin.source in {HAND, TOLD}:
        gained |= {"dropped_at": None, "next_check_at": first_look}
    if gained:
        tx.execute(update(links).where(links.c.id == row["id"]).values(**gained))
        row |= gained
        if "person" in gained:
            _stage_of(tx, [claim.person])
            dirty.mark(tx, LOSSES, [row["bundle"]])


def bundle_of(person: str, host: str) -> str:
    """Whose losses make one task: a contact's, or a site's of which we know nobody."""
    return f"person:{person}" if person else f"host:{host}"


def ask(tx: Connection, ids: Iterable[int], now: datetime) -> None:
    """Have these looked at now."""
    for some in chunks(ids):
        tx.execute(
            update(links)
            .where(links.c.id.in_(some), links.c.dropped_at.is_(None))
            .values(next_check_at=now)
        )


def drop(tx: Connection, ids: Iterable[int], now: datetime) -> None:
    """Look at these no more; what is open for their loss is wanted no more either."""
    for some in chunks(ids):
        rows = tx.execute(select(links.c.bundle, links.c.person).where(links.c.id.in_(some))).all()
        tx.execute(
            update(links).where(links.c.id.in_(some)).values(dropped_at=now, next_check_at=None)
        )
        dirty.mark(tx, LOSSES, {bundle for bundle, _ in rows})
        _stage_of(tx, {person for _, person in rows if person})


_NEXT = select(func.min(links.c.next_check_at))
_HOSTS = (
    select(links.c.host)
    .where(links.c.next_check_at <= bindparam("now"))
    .group_by(links.c.host)
    .order_by(func.min(links.c.next_check_at))
)
_OF_HOST = (
    select(links)
    .where(links.c.host == bindparam("host"), links.c.next_check_at <= bindparam("now"))
    .order_by(links.c.next_check_at, links.c.id)
)


def next_due(tx: Connection) -> datetime | None:
    """When the next page is to be looked at."""
    found: datetime | None = tx.execute(_NEXT).scalar_one()
    return found


def take(
    tx: Connection, now: datetime, *, hosts: int, each: int, lease: timedelta
) -> list[list[ToLook]]:
    """Whose turn it is, by host: at most `each` of at most `hosts`, the longest due first.

    They are nobody else's until `lease` has passed: if we die over them, they are due again.
    """
    found: list[list[ToLook]] = []
    for host in tx.execute(_HOSTS.limit(hosts), {"now": now}).scalars().all():
        rows = tx.execute(_OF_HOST.limit(each), {"host": host, "now": now}).mappings().all()
        found.append(
            [
                ToLook(
                    row["id"],
                    row["url"],
                    row["page"],
                    row["client"],
                    row["host"],
                    Expected(row["target"], row["anchor"]),
                )
                for row in rows
            ]
        )
    put_off(tx, [one.id for some in found for one in some], now + lease)
    return found


def put_off(tx: Connection, ids: Iterable[int], until: datetime) -> None:
    """Have these looked at then, not before; those that were dropped meanwhile never."""
    for some in chunks(ids):
        tx.execute(
            update(links)
            .where(links.c.id.in_(some), links.c.next_check_at.is_not(None))
            .values(next_check_at=until)
        )


def looked(
    tx: Connection, link: int, found: Judgement, now: datetime, rules: LinkRules
) -> Course | None:
    """Record a look at a page and all that follows from it. None when the link is gone."""
    row = tx.execute(select(links).where(links.c.id == link)).mappings().first()
    if row is None:
        return None
    was = _course(row)
    course = observe(was, found, now, rules)
    again = None if row["dropped_at"] is not None else next_look(course, now, rules, row["page"])
    values: dict[str, Any] = {
        "state": course.state.value,
        "words": course.words,
        "target": course.expected.target,
        "anchor": course.expected.anchor,
        "won_at": course.won_at,
        "lost_at": course.lost_at,
        "losses": course.losses,
        "strikes": course.strikes,
        "struck_at": course.struck_at,
        "failing_at": course.failing_at,
        "checks": course.checks,
        "checked_at": now,
        "next_check_at": again,
    }
    if found.link is not None:
        values |= {"seen_target": found.lands, "seen_anchor": found.link.text}
    said = {name: value for name, value in values.items() if isinstance(value, str)}
    values |= forgotten.cleared_values(tx, said)
    tx.execute(update(links).where(links.c.id == link).values(**values))
    _remember(tx, link, course, now)
    _tell_on(tx, link, found, now)
    if was.stands != course.stands:
        dirty.mark(tx, LOSSES, [row["bundle"]])
        _stage_of(tx, [row["person"]])
    return course


def _stage_of(tx: Connection, whom: Iterable[str]) -> None:
    """How we stand with these people is to be decided again."""
    ids = set(people.contact_ids(tx, whom).values())
    dirty.mark(tx, "contact", ids)
    dirty.mark(tx, "relation", ids)


def _course(row: Mapping[Any, Any]) -> Course:
    return Course(
        known_at=row["known_at"],
        state=LinkState(row["state"]),
        words=row["words"],
        expected=Expected(row["target"], row["anchor"]),
        won_at=row["won_at"],
        lost_at=row["lost_at"],
        losses=row["losses"],
        strikes=row["strikes"],
        struck_at=row["struck_at"],
        failing_at=row["failing_at"],
        checks=row["checks"],
    )


def _remember(tx: Connection, link: int, course: Course, now: datetime) -> None:
    """A row of its own for each change of state, a count for what stays as it was."""
    query = (
        select(link_checks)
        .where(link_checks.c.link_id == link)
        .order_by(link_checks.c.id.desc())
        .limit(1)
    )
    last = tx.execute(query).mappings().first()
    if last is not None and last["state"] == course.state.value:
        tx.execute(
            update(link_checks)
            .where(link_checks.c.id == last["id"])
            .values(until=now, times=last["times"] + 1)
        )
        return
    row = {"link_id": link, "at": now, "state": course.state.value, "words": course.words}
    tx.execute(insert(link_checks).values(until=now, times=1, **row))


def _tell_on(tx: Connection, link: int, found: Judgement, now: datetime) -> None:
    """What was seen, for the messages that told of it.

    Once it stood, what they told is true: a later loss is no matter of theirs.
    """
    query = (
        select(link_tellings, messages.c.conversation_id)
        .join(messages, messages.c.key == link_tellings.c.message)
        .where(link_tellings.c.link_id == link)
    )
    for row in tx.execute(query).mappings().all():
        stood = bool(row["state"]) and LinkState(row["state"]).stands
        if not row["asked"] and (stood or not found.state.stands):
            continue
        values = {
            "looked_at": now,
            "tries": row["tries"] + row["asked"],
            "asked": False,
            "state": row["state"] if stood else found.state.value,
        }
        tx.execute(
            update(link_tellings)
            .where(link_tellings.c.message == row["message"], link_tellings.c.url == row["url"])
            .values(**values)
        )
        dirty.mark(tx, "conversation", [row["conversation_id"]])
