"""What of campaigns' plans stands on the board: what we wrote there, and what was seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, bindparam, func, select, update

from syncd.core.campaign_plan import What
from syncd.core.facts import Task
from syncd.core.promises.plan import US, Known
from syncd.ports.records import Record
from syncd.store import forgotten, task_events
from syncd.store.schema import plan_items
from syncd.store.task_events import TaskEvent
from syncd.store.writing import chunks, upsert

# A list may show for so long what stood there before our last write.
STALE = timedelta(seconds=90)
_NOBODY_WE_KNOW = "person"


@dataclass(frozen=True, slots=True)
class Made:
    """An item as it was made or taken over. `owner_id`: whose it is on the board, "" nobody's.

    `home`: the id of the list a task is in. `remote_id` "": it was given up before it was made.
    """

    mark: str
    campaign: str
    item: str
    what: What
    remote_id: str
    written: Mapping[str, str] = field(default_factory=dict)
    owner_id: str = ""
    home: str = ""
    ours: bool = True
    ended_by: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item stands: its id, its campaign and name of it, and what kind it is."""

    remote_id: str
    campaign: str
    item: str
    what: What
    version: int
    deleted: bool


def made(tx: Connection, one: Made, now: datetime) -> None:
    row = {
        "mark": one.mark,
        "campaign": one.campaign,
        "item": one.item,
        "what": one.what.value,
        "remote_id": one.remote_id,
        "written": dict(one.written),
        "seen": dict(one.written) | ({"owner": one.owner_id} if "owner" in one.written else {}),
        "replaced": {},
        "owner_id": one.owner_id,
        "ours": one.ours,
        "done": bool(one.ended_by),
        "done_at": now if one.ended_by else None,
        "deleted": False,
        "ended_by": one.ended_by,
        "kept": False,
        "undone": {},
        "elsewhere": False,
        "home": one.home,
        "version": 0,
        "written_at": now,
    }
    upsert(tx, plan_items, [row], ["mark"])


def changed(
    tx: Connection,
    mark: str,
    put: Mapping[str, str],
    *,
    left: Mapping[str, str],
    owner_id: str | None,
    undone: Mapping[str, str],
    now: datetime,
) -> str:
    """Fields that we wrote, and those `left` as people have them, the owner by the board's id.

    `owner_id`: whom the board has from us now, None where that was not written. `undone`: what
    the file asks for and is not to be written again. Returns the campaign.
    """
    row = _row(tx, mark)
    before = {name: row["written"].get(name, "") for name in put}
    seen = {**row["seen"], **put, **left}
    values: dict[str, Any] = {
        "written": {**row["written"], **put},
        "replaced": before | ({"owner": row["owner_id"]} if "owner" in put else {}),
        "undone": {**row["undone"], **undone},
        "version": row["version"] + 1,
        "written_at": now,
    }
    if owner_id is not None:
        values["owner_id"] = owner_id
        seen["owner"] = left.get("owner", owner_id)
    _set(tx, mark, **values, seen=seen)
    return str(row["campaign"])


def ended(tx: Connection, mark: str, by: str, now: datetime) -> str:
    """We completed an item: because it left the file, or to take back a run."""
    row = _row(tx, mark)
    values = {"done": True, "done_at": now, "ended_by": by, "version": row["version"] + 1}
    _set(tx, mark, **values, written_at=now)
    return str(row["campaign"])


def reopened(tx: Connection, mark: str, now: datetime, *, kept: bool) -> str:
    """We opened an item again. `kept`: it is not ended again, though the file lacks it."""
    row = _row(tx, mark)
    values = {"done": False, "done_at": None, "ended_by": "", "version": row["version"] + 1}
    _set(tx, mark, **values, kept=kept, written_at=now)
    return str(row["campaign"])


def finished(tx: Connection, mark: str, now: datetime) -> str:
    """An item turned out to be completed by a person. Returns the campaign."""
    row = _row(tx, mark)
    if not row["done"]:
        _set(tx, mark, done=True, done_at=now)
    return str(row["campaign"])


def keep(tx: Connection, mark: str) -> None:
    """It stays as it is, although the file lacks it."""
    _set(tx, mark, kept=True)


def not_again(tx: Connection, mark: str, undone: Mapping[str, str]) -> None:
    """What the file asks for is not written until it asks for something else."""
    _set(tx, mark, undone={**_row(tx, mark)["undone"], **undone})


def vanished(tx: Connection, mark: str, now: datetime) -> str | None:
    """An item is gone: a person deleted it. Returns its campaign."""
    row = tx.execute(_BY_MARK, {"mark": mark}).mappings().first()
    if row is None:
        return None
    if not row["deleted"]:
        _set(tx, mark, deleted=True)
        task_events.happened(tx, TaskEvent(mark, now, "deleted", by=""))
    return str(row["campaign"])


def observed(
    tx: Connection, seen: Iterable[Task], closing: frozenset[str], now: datetime
) -> set[str]:
    """Take in tasks as the board shows them. Returns the campaigns to decide again.

    `closing`: marks of those we asked to be completed; any other completion was a person's.
    """
    by_mark = {task.mark: task for task in seen if task.mark is not None}
    touched: set[str] = set()
    for some in chunks(by_mark):
        for row in tx.execute(_BY_MARKS, {"marks": some}).mappings().all():
            task = by_mark[row["mark"]]
            stands = {
                "name": task.title,
                "text": task.text,
                "due": task.due.isoformat() if task.due is not None else "",
                "owner": ",".join(sorted(task.assignees)),
            }
            ours = row["mark"] in closing
            values = _news(row, stands, done=task.done, deleted=task.deleted, ours=ours, now=now)
            elsewhere = bool(row["home"] and task.home and task.home != row["home"])
            if elsewhere != row["elsewhere"]:
                values["elsewhere"] = elsewhere
            if values:
                _tell(tx, row, values, task.changed_at or now, task.changed_by)
                _set(tx, row["mark"], **values)
                touched.add(row["campaign"])
    return touched


def looked(tx: Connection, mark: str, record: Record | None, now: datetime) -> str | None:
    """Take in another kind of item, None where it is gone. Returns the campaign if that is new."""
    row = tx.execute(_BY_MARK, {"mark": mark}).mappings().first()
    if row is None:
        return None
    if record is None:
        return vanished(tx, mark, now) if not row["deleted"] else None
    name, words = forgotten.cleared(tx, record.name, record.text)
    stands = {
        "name": name,
        "text": words,
        "due": record.due.isoformat() if record.due is not None else "",
        "owner": record.owner,
    }
    known = {name: value for name, value in stands.items() if name in row["written"]}
    values = _news(row, known, done=record.done, deleted=record.deleted, ours=False, now=now)
    if not values:
        return None
    _tell(tx, row, values, now, "")
    _set(tx, mark, **values)
    return str(row["campaign"])


def of_campaign(tx: Connection, campaign: str, people: Mapping[str, str]) -> dict[str, Known]:
    """What stands for a campaign, by item. `people`: addresses by the board's ids."""
    rows = tx.execute(_OF_CAMPAIGN, {"campaign": campaign}).mappings()
    return {row["item"]: _known(row, people) for row in rows}


def campaigns(tx: Connection) -> list[str]:
    """Every campaign of which something stands, by id."""
    query = select(plan_items.c.campaign).distinct().order_by(plan_items.c.campaign)
    return list(tx.execute(query).scalars())


def places(tx: Connection, marks: Iterable[str]) -> dict[str, Place]:
    found: dict[str, Place] = {}
    for some in chunks(marks):
        for row in tx.execute(_BY_MARKS, {"marks": some}).mappings():
            found[row["mark"]] = Place(
                row["remote_id"],
                row["campaign"],
                row["item"],
                What(row["what"]),
                row["version"],
                row["deleted"],
            )
    return found


def known(tx: Connection, mark: str) -> Known | None:
    """One item as it stands; owners of whom we know no address as "person ID"."""
    row = tx.execute(_BY_MARK, {"mark": mark}).mappings().first()
    return None if row is None else _known(row, {})


def open_count(tx: Connection, since: datetime) -> int:
    """How many items of ours were open then: those open now, and those we have ended since."""
    still = plan_items.c.done.is_(False) & plan_items.c.deleted.is_(False)
    closed = (plan_items.c.ended_by == US) & (plan_items.c.done_at >= since)
    query = select(func.count()).where(plan_items.c.ours.is_(True), still | closed)
    return int(tx.execute(query).scalar_one())


_BY_MARK = select(plan_items).where(plan_items.c.mark == bindparam("mark"))
_BY_MARKS = select(plan_items).where(plan_items.c.mark.in_(bindparam("marks", expanding=True)))
_OF_CAMPAIGN = (
    select(plan_items)
    .where(plan_items.c.campaign == bindparam("campaign"))
    .order_by(plan_items.c.item)
)


def _news(
    row: RowMapping,
    stands: Mapping[str, str],
    *,
    done: bool,
    deleted: bool,
    ours: bool,
    now: datetime,
) -> dict[str, Any]:
    """What is new about an item, as column values. What we have just replaced is no news."""
    late = now - row["written_at"] < STALE
    fresh = {
        name: value
        for name, value in stands.items()
        if not _same(value, row["seen"].get(name, ""))
        and not (late and _same(value, row["replaced"].get(name, "\x00")))
    }
    values: dict[str, Any] = {}
    if fresh:
        # As we wrote it where a site only spaces it otherwise: compared by value later.
        ours_again = {
            name: (row["owner_id"] if name == "owner" else row["written"].get(name, ""))
            for name in fresh
        }
        values["seen"] = {**row["seen"]} | {
            name: ours_again[name] if _same(value, ours_again[name]) else value
            for name, value in fresh.items()
        }
    if deleted != row["deleted"]:
        values["deleted"] = deleted
    if done and not row["done"]:
        values |= {"done": True, "done_at": now, "ended_by": US if ours else ""}
    elif row["done"] and not done and not deleted and not (late and row["ended_by"]):
        values |= {"done": False, "done_at": None, "ended_by": "", "kept": bool(row["ended_by"])}
    return values


def _tell(
    tx: Connection, row: RowMapping, values: Mapping[str, Any], at: datetime, by: str
) -> None:
    """Record what people did, for whoever asks."""
    told: list[tuple[str, str]] = []
    if values.get("deleted"):
        told.append(("deleted", ""))
    elif "deleted" in values:
        told.append(("restored", ""))
    if values.get("done") and not values["ended_by"]:
        told.append(("completed", ""))
    elif values.get("done") is False:
        told.append(("reopened", ""))
    before, after = row["seen"], values.get("seen", row["seen"])
    for name, what in (("name", "renamed"), ("due", "moved"), ("owner", "reassigned")):
        if after.get(name, "") != before.get(name, ""):
            told.append((what, f"to {after.get(name) or 'nothing'}"))
    if after.get("text", "") != before.get("text", ""):
        told.append(("described", ""))
    if values.get("elsewhere"):
        told.append(("moved", "to another list"))
    for what, words in told:
        task_events.happened(tx, TaskEvent(row["mark"], at, what, by, words))


def _known(row: RowMapping, people: Mapping[str, str]) -> Known:
    seen = dict(row["seen"])
    if "owner" in seen:
        seen["owner"] = _owner(row, people)
    return Known(
        id=row["item"],
        mark=row["mark"],
        what=What(row["what"]),
        remote_id=row["remote_id"],
        written=dict(row["written"]),
        seen=seen,
        owner_id=row["owner_id"],
        ours=row["ours"],
        done=row["done"],
        deleted=row["deleted"],
        ended_by=row["ended_by"],
        kept=row["kept"],
        undone=dict(row["undone"]),
        version=row["version"],
        elsewhere=row["elsewhere"],
    )


def _owner(row: RowMapping, people: Mapping[str, str]) -> str:
    """Whose it is, as the file would say it."""
    raw = row["seen"]["owner"]
    if raw == row["owner_id"]:
        return str(row["written"].get("owner", ""))
    return people.get(raw) or (f"{_NOBODY_WE_KNOW} {raw}" if raw else "")


def _same(one: str, other: str) -> bool:
    """Spaces and line ends are a site's own."""
    return one.split() == other.split()


def _row(tx: Connection, mark: str) -> RowMapping:
    return tx.execute(_BY_MARK, {"mark": mark}).mappings().one()


def _set(tx: Connection, mark: str, **values: Any) -> None:
    tx.execute(update(plan_items).where(plan_items.c.mark == mark).values(**values))
