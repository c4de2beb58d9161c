"""Campaigns' notebooks on the board: our part of each as last written, when to look again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select, update

from syncd.core.actions import AddDossier, WriteDossier
from syncd.core.dossier import disguised
from syncd.store.schema import dossiers, effects
from syncd.store.writing import chunks, upsert


@dataclass(frozen=True, slots=True)
class Notebook:
    """Our part: `text` as last written, `wanted` as last put together. `remote_id` "": it does
    not stand yet.

    `gone`: a person has deleted it. `version`: how often it was written.
    """

    campaign: str
    mark: str
    remote_id: str = ""
    text: str = ""
    wanted: str = ""
    version: int = 0
    gone: bool = False
    written_at: datetime | None = None


def of_campaigns(tx: Connection, campaigns: Iterable[str]) -> dict[str, Notebook]:
    found: dict[str, Notebook] = {}
    for some in chunks(campaigns):
        for row in tx.execute(_OF, {"campaigns": some}).mappings():
            found[row["campaign"]] = Notebook(
                row["campaign"],
                row["mark"],
                row["remote_id"],
                row["text"],
                row["wanted"],
                row["version"],
                row["gone"],
                row["written_at"],
            )
    return found


def standing(tx: Connection) -> list[str]:
    """The board's ids of those that stand there."""
    query = select(dossiers.c.remote_id).where(
        dossiers.c.remote_id != "", dossiers.c.gone.is_(False)
    )
    return list(tx.execute(query.order_by(dossiers.c.campaign)).scalars())


def due(tx: Connection, now: datetime) -> list[str]:
    """The campaigns whose notebooks are to be put together again."""
    return list(tx.execute(_DUE, {"now": now}).scalars())


def next_due(tx: Connection) -> datetime | None:
    found: datetime | None = tx.execute(_NEXT).scalar_one()
    return found


def look_at(tx: Connection, campaign: str, mark: str, at: datetime | None) -> None:
    """When to put it together again; None: never."""
    row = {
        "campaign": campaign,
        "mark": mark,
        "remote_id": "",
        "text": "",
        "wanted": "",
        "version": 0,
        "gone": False,
        "written_at": None,
        "look_at": at,
    }
    keep = ("mark", "remote_id", "text", "wanted", "version", "gone", "written_at")
    upsert(tx, dossiers, [row], ["campaign"], keep)


def wants(tx: Connection, campaign: str, text: str) -> None:
    """What our part should say."""
    tx.execute(update(dossiers).where(dossiers.c.campaign == campaign).values(wanted=text))


def wrote(tx: Connection, campaign: str, remote_id: str, text: str, now: datetime) -> None:
    tx.execute(
        update(dossiers)
        .where(dossiers.c.campaign == campaign)
        .values(remote_id=remote_id, text=text, version=dossiers.c.version + 1, written_at=now)
    )


def disguise(tx: Connection, now: datetime) -> None:
    """What notebooks say may not be said any more: keep only by what to know our lines again,
    and have every one put together anew.
    """
    for row in tx.execute(select(dossiers)).all():
        # What is wanted may stand there already, where an answer was lost.
        known = disguised(f"{row.text}\n{row.wanted}".strip())
        tx.execute(
            update(dossiers)
            .where(dossiers.c.campaign == row.campaign)
            .values(text=known, wanted="")
        )
    unsent = ("planned", "held", "observed", "parked")
    tx.execute(
        update(effects)
        .where(
            effects.c.kind.in_([AddDossier.kind, WriteDossier.kind]), effects.c.state.in_(unsent)
        )
        .values(state="withdrawn", note="decided afresh", settled_at=now)
    )
    tx.execute(
        update(dossiers)
        .where(dossiers.c.gone.is_(False), dossiers.c.look_at.is_not(None))
        .values(look_at=now)
    )


def vanished(tx: Connection, campaign: str) -> None:
    """A person has deleted it: it is not made again."""
    tx.execute(
        update(dossiers).where(dossiers.c.campaign == campaign).values(gone=True, look_at=None)
    )


_OF = select(dossiers).where(dossiers.c.campaign.in_(bindparam("campaigns", expanding=True)))
_DUE = (
    select(dossiers.c.campaign)
    .where(dossiers.c.look_at <= bindparam("now"))
    .order_by(dossiers.c.campaign)
)
_NEXT = select(func.min(dossiers.c.look_at))
