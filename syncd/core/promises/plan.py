"""Promise: a campaign's plan stands on the board as its file says, and people's edits win.

A three-way merge, field by field. `written` is what we last wrote, `seen` what stands there,
the item what the file asks for. A field that stands as we left it follows the file; one that
a person changed is theirs for good, and shown. Nothing a person deleted or completed is made
or opened again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from syncd.core.actions import (
    Action,
    AddPlanItem,
    ChangePlanItem,
    EndPlanItem,
    Planned,
    ReopenPlanItem,
)
from syncd.core.campaign_layout import PROJECT, Item
from syncd.core.campaign_plan import What
from syncd.core.identity import effect_key

PROMISE = "plan"
# Who ended an item: we, because it left the file; or the taking back of a run.
US = "us"
UNDONE = "undo"

_LEFT_FILE = "No longer in the campaign's file."
_WORDS = {"name": "title", "text": "text", "due": "due date", "owner": "owner", "after": "order"}


@dataclass(frozen=True, slots=True)
class Known:
    """An item that we made or took over, as it stands.

    `seen` and `written` by the names of `Item.fields`; owners as addresses, somebody we do not
    know as "person ID". `owner_id`: the board's id of the owner we wrote. `ours` False: it
    stood there before us, and is only used. `undone`: what the file asked for when a run was
    taken back. `kept`: opened again after we had ended it, and not ended again.
    """

    id: str
    mark: str
    what: What
    remote_id: str
    written: Mapping[str, str]
    seen: Mapping[str, str]
    owner_id: str = ""
    ours: bool = True
    done: bool = False
    deleted: bool = False
    ended_by: str = ""
    kept: bool = False
    undone: Mapping[str, str] = field(default_factory=dict)
    version: int = 0
    elsewhere: bool = False  # a person has moved it to another list

    @property
    def touched(self) -> tuple[str, ...]:
        """The fields that stand otherwise than we left them."""
        return tuple(
            name for name, value in self.written.items() if self.seen.get(name, value) != value
        )

    @property
    def name(self) -> str:
        return self.seen.get("name") or self.written.get("name", "")


@dataclass(frozen=True, slots=True)
class Drift:
    """Where the board differs from the file and stays so. `what`: a field, or "" for all of it."""

    item: str
    name: str
    field: str
    wanted: str
    found: str
    words: str


@dataclass(frozen=True, slots=True)
class Decision:
    plan: tuple[Planned, ...]
    drift: tuple[Drift, ...]


def mark_of(campaign: str, item: str) -> str:
    """The mark an item carries for ever: it is made only once."""
    return effect_key(PROMISE, campaign, item, "0")


def object_of(campaign: str) -> str:
    """The ledger's name for all of a campaign's plan."""
    return f"campaign:{campaign}"


def decide(
    campaign: str,
    name: str,
    wished: Sequence[Item],
    known: Mapping[str, Known],
    under_way: Mapping[str, Planned] = {},
) -> Decision:
    """What to do for a campaign, and where people have gone other ways.

    `under_way`: by item, what was sent and may have taken place. It is neither taken back nor
    decided again before it is known.
    """
    case = _Case(campaign, name, {item.id: item for item in wished}, known)
    plan: list[Planned] = []
    drift: list[Drift] = []
    for item in wished:
        if item.id in under_way:
            plan.append(under_way[item.id])
            continue
        row = known.get(item.id)
        actions, found = case.missing(item) if row is None else case.standing(item, row)
        plan += actions
        drift += found
    for row in known.values():
        if row.id in case.wished:
            continue
        if row.id in under_way:
            plan.append(under_way[row.id])
            continue
        actions, found = case.left_the_file(row)
        plan += actions
        drift += found
    return Decision(tuple(plan), tuple(drift))


Found = tuple[list[Planned], list[Drift]]


@dataclass(frozen=True, slots=True)
class _Case:
    campaign: str
    name: str
    wished: Mapping[str, Item]
    known: Mapping[str, Known]

    def missing(self, item: Item) -> Found:
        gone = self._gone_above(item)
        if gone is not None:
            words = f"not made: its {gone.what} is not there any more"
            return [], [Drift(item.id, item.name, "", item.name, "", words)]
        project = self.wished[PROJECT]
        parent = self.wished.get(item.parent)
        action = AddPlanItem(
            key=mark_of(self.campaign, item.id),
            campaign=self.campaign,
            item=item.id,
            what=item.what,
            name=item.name,
            text=item.text,
            due=item.due,
            owner=item.owner,
            parent=item.parent,
            after=tuple(one for one in item.after if not self._is_deleted(one)),
            people=item.people,
        )
        where = f" in {parent.name}" if parent is not None and parent is not project else ""
        due = f", due {item.due}" if item.due is not None else ""
        return [self._planned(action, f"{item.what} {item.name}{where}{due}")], []

    def standing(self, item: Item, row: Known) -> Found:
        if not row.ours:
            return [], self._named_otherwise(item, row)
        if row.deleted:
            return [], [self._drift(row, "", item.name, "", "a person has deleted it")]
        if row.ended_by == UNDONE:
            return [], [self._drift(row, "", item.name, "", "taken back with its run")]
        if row.ended_by == US and row.done:
            return self._comes_back(row)
        if row.done:
            return [], []
        if item.what is What.PROJECT:
            return [], self._named_otherwise(item, row)
        return self._merged(item, row)

    def left_the_file(self, row: Known) -> Found:
        if not row.ours or row.done or row.deleted or row.ended_by:
            return [], []
        words = "no longer in the file"
        if row.kept:
            words += ", and kept: a person has opened it again"
        elif row.touched or row.elsewhere:
            words += ", and left: a person has changed it"
        elif row.what in {What.PROJECT, What.LIST}:
            words += ", and left: there may be other work in it"
        else:
            action = EndPlanItem(
                key=effect_key(PROMISE, "end", row.mark, str(row.version)),
                campaign=self.campaign,
                item=row.id,
                what=row.what,
                mark=row.mark,
                expect=expected(row, row.written),
                comment=_LEFT_FILE if row.what is What.TASK else "",
            )
            words = f"complete the {row.what} {row.name}: no longer in the file"
            return [self._planned(action, words)], []
        return [], [self._drift(row, "", "", row.name, words)]

    def _comes_back(self, row: Known) -> Found:
        action = ReopenPlanItem(
            key=effect_key(PROMISE, "reopen", row.mark, str(row.version)),
            campaign=self.campaign,
            item=row.id,
            what=row.what,
            mark=row.mark,
            comment="Back in the campaign's file." if row.what is What.TASK else "",
        )
        words = f"open the {row.what} {row.name} again: back in the file"
        return [self._planned(action, words)], []

    def _merged(self, item: Item, row: Known) -> Found:
        put: dict[str, str] = {}
        drift: list[Drift] = []
        for name, wanted in self._reachable(item).items():
            base = row.written.get(name, "")
            seen = row.seen.get(name, base)
            if seen != base:
                if seen != wanted:
                    words = f"a person has changed the {_WORDS[name]}"
                    drift.append(self._drift(row, name, wanted, seen, words))
            elif wanted != base and row.undone.get(name) == wanted:
                words = f"the {_WORDS[name]} was taken back with its run"
                drift.append(self._drift(row, name, wanted, seen, words))
            elif wanted != base:
                put[name] = wanted
        if row.elsewhere:
            drift.append(
                self._drift(row, "", "", row.name, "a person has moved it to another list")
            )
        if not put:
            return [], drift
        version = json.dumps([row.version, sorted(put.items())])
        action = ChangePlanItem(
            key=effect_key(PROMISE, "change", row.mark, version),
            campaign=self.campaign,
            item=row.id,
            what=row.what,
            mark=row.mark,
            put=put,
            expect=expected(row, put),
        )
        return [self._planned(action, f"{item.what} {row.name}: {_told(row, put)}")], drift

    def _reachable(self, item: Item) -> dict[str, str]:
        """The fields wanted of it. What is not there can come before nothing."""
        fields = item.fields()
        if "after" in fields:
            fields["after"] = ",".join(
                one
                for one in item.after
                if (row := self.known.get(one)) is not None and not row.deleted and row.remote_id
            )
        return fields

    def _gone_above(self, item: Item) -> Known | None:
        """What it would stand in, where a person has deleted that."""
        above = self.known.get(item.parent)
        if above is not None and _is_away(above):
            return above
        project = self.known.get(PROJECT)
        return project if project is not None and _is_away(project) else None

    def _is_deleted(self, item: str) -> bool:
        row = self.known.get(item)
        return row is not None and (row.deleted or row.ended_by == UNDONE)

    def _named_otherwise(self, item: Item, row: Known) -> list[Drift]:
        stands = row.written.get("name", "")
        if row.deleted:
            return [self._drift(row, "", item.name, "", "a person has deleted it")]
        if item.what is What.PROJECT and item.name != stands:
            words = "the file names another project; the plan stays where it is"
            return [self._drift(row, "name", item.name, stands, words)]
        return []

    def _drift(self, row: Known, name: str, wanted: str, found: str, words: str) -> Drift:
        return Drift(row.id, row.name, name, wanted, found, words)

    def _planned(self, action: Action, summary: str) -> Planned:
        return Planned(
            action,
            PROMISE,
            object_of(self.campaign),
            summary,
            rule=f"the plan of campaign {self.campaign}",
        )


def expected(row: Known, names: Mapping[str, str]) -> dict[str, str]:
    """What must still stand there, as the board would say it."""
    return {name: row.owner_id if name == "owner" else row.written.get(name, "") for name in names}


def _is_away(row: Known) -> bool:
    """Whether nothing can be put into it: it was deleted, or given up before it was made."""
    return row.deleted or not row.remote_id


def _told(row: Known, put: Mapping[str, str]) -> str:
    said: list[str] = []
    for name, value in put.items():
        if name in {"due", "owner", "name"}:
            was = row.written.get(name) or "nothing"
            said.append(f"{_WORDS[name]} {was} → {value or 'nothing'}")
        else:
            said.append(f"new {_WORDS[name]}")
    return ", ".join(said)
