"""Who is in the segments we keep in the CRM, as last told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select, update

from syncd.core.promises.relate import Member, Membership
from syncd.store.schema import segment_members
from syncd.store.writing import chunks, upsert

# Put together once: asked for every contact that is decided.
_OF = select(segment_members).where(segment_members.c.crm_id.in_(bindparam("ids", expanding=True)))


def of(tx: Connection, crm_ids: Iterable[str]) -> dict[tuple[str, str], Member]:
    """By segment and contact."""
    found: dict[tuple[str, str], Member] = {}
    for some in chunks(crm_ids):
        for row in tx.execute(_OF, {"ids": some}).mappings():
            member = Member(Membership(row["state"]), row["version"])
            found[row["segment"], row["crm_id"]] = member
    return found


def inside(tx: Connection, segment: str) -> dict[str, Member]:
    """Everyone ever told of in one segment, by contact."""
    query = select(segment_members).where(segment_members.c.segment == segment)
    return {
        row["crm_id"]: Member(Membership(row["state"]), row["version"])
        for row in tx.execute(query).mappings()
    }


def stands(tx: Connection, segment: str, members: Mapping[str, Member], now: datetime) -> None:
    upsert(
        tx,
        segment_members,
        [
            {
                "segment": segment,
                "crm_id": crm_id,
                "state": member.state.value,
                "version": member.version,
                "seen_at": now,
            }
            for crm_id, member in members.items()
        ],
        ["segment", "crm_id"],
    )


def written_since(tx: Connection, segment: str, since: datetime) -> frozenset[str]:
    """Contacts whose membership we wrote, or saw, since then."""
    query = select(segment_members.c.crm_id).where(
        segment_members.c.segment == segment, segment_members.c.seen_at >= since
    )
    return frozenset(tx.execute(query).scalars())


def merged(tx: Connection, crm_id: str, survivor: str) -> None:
    """A contact lives on as another one. What is known of the survivor stands."""
    kept = select(segment_members.c.segment).where(segment_members.c.crm_id == survivor)
    known = list(tx.execute(kept).scalars())
    mine = segment_members.c.crm_id == crm_id
    moves = update(segment_members).where(mine, segment_members.c.segment.not_in(known))
    tx.execute(moves.values(crm_id=survivor))
    tx.execute(delete(segment_members).where(mine))
