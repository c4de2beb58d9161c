"""People brought in by a file: which campaigns they belong to, and what their domains are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, delete, select, update

from syncd.core.facts import Company
from syncd.store.schema import campaign_members, companies, contacts, effects
from syncd.store.writing import chunks, upsert

FOUND = "found"


@dataclass(frozen=True, slots=True)
class Membership:
    """Someone who was brought into a campaign, whatever their mail says."""

    address: str
    campaign: str
    tags: tuple[str, ...] = ()
    source: str = ""
    note: str = ""
    file: str = ""
    added_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Enrolment:
    """`version`: how often they came or went."""

    belongs: bool = False
    version: int = 0


# Put together once: asked for every conversation and contact that is decided.
_ADDRESSES: BindParameter[str] = bindparam("addresses", expanding=True)
_BELONGS = campaign_members.c.belongs.is_(True)
_ALL_OF = select(campaign_members).where(campaign_members.c.address.in_(_ADDRESSES))
_OF = _ALL_OF.where(_BELONGS)
_OF_CONTACT = select(campaign_members).where(
    _BELONGS,
    campaign_members.c.address.in_(
        select(contacts.c.address).where(contacts.c.crm_id == bindparam("crm_id"))
    ),
)
_COMPANIES = select(companies).where(companies.c.domain.in_(bindparam("domains", expanding=True)))


def enrolled(tx: Connection, pairs: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Enrolment]:
    """How people stand with campaigns, by (address, campaign)."""
    wanted = set(pairs)
    found: dict[tuple[str, str], Enrolment] = {}
    for some in chunks(sorted({address for address, _ in wanted})):
        for row in tx.execute(_ALL_OF, {"addresses": some}).mappings():
            if (pair := (row["address"], row["campaign"])) in wanted:
                found[pair] = Enrolment(row["belongs"], row["version"])
    return found


def enrol(tx: Connection, one: Membership, now: datetime, *, belongs: bool) -> None:
    was = enrolled(tx, [(one.address, one.campaign)]).get((one.address, one.campaign), Enrolment())
    row = {
        "address": one.address,
        "campaign": one.campaign,
        "tags": list(one.tags),
        "source": one.source,
        "note": one.note,
        "file": one.file,
        "belongs": belongs,
        "version": was.version + 1,
        "added_at": now,
    }
    upsert(tx, campaign_members, [row], ["address", "campaign"])


def let_go(tx: Connection, run: int) -> None:
    """What the guard holds of a run may be done: a person has seen how much it is."""
    mine = update(effects).where(effects.c.run_id == run, effects.c.state == "held")
    tx.execute(mine.values(state="planned", note="approved"))


def memberships(tx: Connection, addresses: Iterable[str]) -> dict[str, tuple[Membership, ...]]:
    """By address, in the order of the campaigns' ids."""
    found: dict[str, list[Membership]] = {}
    for some in chunks(addresses):
        for row in tx.execute(_OF, {"addresses": some}).mappings():
            found.setdefault(row["address"], []).append(_membership(row))
    return {
        address: tuple(sorted(several, key=lambda one: one.campaign))
        for address, several in found.items()
    }


def of_contact(tx: Connection, crm_id: str) -> list[Membership]:
    """Of a contact, under all its addresses."""
    return [_membership(row) for row in tx.execute(_OF_CONTACT, {"crm_id": crm_id}).mappings()]


def everyone(tx: Connection) -> list[Membership]:
    query = (
        select(campaign_members)
        .where(_BELONGS)
        .order_by(campaign_members.c.address, campaign_members.c.campaign)
    )
    return [_membership(row) for row in tx.execute(query).mappings()]


@dataclass(frozen=True, slots=True)
class Known:
    """What a domain is in the CRM, as last told."""

    domain: str
    state: str
    crm_id: str
    name: str


def companies_at(tx: Connection, domains: Iterable[str]) -> dict[str, Known]:
    found: dict[str, Known] = {}
    for some in chunks(domains):
        for row in tx.execute(_COMPANIES, {"domains": some}).mappings():
            found[row["domain"]] = Known(
                row["domain"], row["state"], row["crm_id"] or "", row["name"]
            )
    return found


def saw_companies(tx: Connection, found: Iterable[Company], now: datetime) -> None:
    upsert(
        tx,
        companies,
        [
            {
                "domain": one.domain,
                "state": FOUND,
                "crm_id": one.id,
                "name": one.name,
                "made_by_us": False,
                "checked_at": now,
            }
            for one in {each.domain: each for each in found}.values()
        ],
        ["domain"],
        keep=["made_by_us"],
    )


def made_company(tx: Connection, one: Company, now: datetime, *, found: bool) -> None:
    row = {
        "domain": one.domain,
        "state": FOUND,
        "crm_id": one.id,
        "name": one.name,
        "made_by_us": not found,
        "checked_at": now,
    }
    upsert(tx, companies, [row], ["domain"])


def lost_company(tx: Connection, domain: str) -> None:
    """The company is not there any more: the next look finds out what is."""
    tx.execute(delete(companies).where(companies.c.domain == domain))


def _membership(row: Any) -> Membership:
    return Membership(
        row["address"],
        row["campaign"],
        tuple(row["tags"]),
        row["source"],
        row["note"],
        row["file"],
        row["added_at"],
    )
