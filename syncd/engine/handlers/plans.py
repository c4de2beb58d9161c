"""The things of campaigns' plans on the board: made, changed, completed, opened again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from syncd.core import dossier
from syncd.core.actions import (
    AddPlanItem,
    ChangePlanItem,
    EndPlanItem,
    ReopenPlanItem,
)
from syncd.core.campaign_layout import PROJECT, Item
from syncd.core.campaign_plan import What
from syncd.core.promises.plan import UNDONE, US, mark_of
from syncd.engine.context import Context
from syncd.engine.directory import assignee_id, known_assignee
from syncd.engine.handlers.handler import Handler, OneByOne, Trace
from syncd.engine.handlers.tasks import OnBoard, say_why
from syncd.ports.records import NewRecord, Record, RecordChange
from syncd.ports.verdicts import Changed, Done, Locked, Outcome, Refused, TryLater, Verdict
from syncd.store import dirty, dossiers, ledger, plan_items
from syncd.store.database import Tx
from syncd.store.effect import Effect, actions
from syncd.store.plan_items import Made, Place

GONE = "it is not there any more"
_UNSETTLED = frozenset({"planned", "held", "observed", "sending"})

Changing = ChangePlanItem | EndPlanItem | ReopenPlanItem


class AddPlanItems(OneByOne, OnBoard):
    """One after the other: what a task leans on must stand before it."""

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._as_found: dict[str, Record] = {}
        self._after: dict[str, tuple[str, ...]] = {}

    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        made: dict[str, str] = {}
        for effect in batch:
            outcome = self._create(effect.doing(AddPlanItem), made)
            outcomes.append(outcome)
            if isinstance(outcome, Done):
                made[effect.key] = outcome.id
            if isinstance(outcome, Locked):
                return [*outcomes, *[outcome] * (len(batch) - len(outcomes))]
        return outcomes

    def _create(self, one: AddPlanItem, made: Mapping[str, str]) -> Outcome:
        leans = [item for item in (PROJECT, one.parent) if item and item != one.item]
        needed = {item: mark_of(one.campaign, item) for item in (*leans, *one.after)}
        with self.ctx.store.begin() as tx:
            places = plan_items.places(tx, needed.values())
            states = ledger.states_of(tx, needed.values())
        ids: dict[str, str] = {}
        for item, mark in needed.items():
            found = made.get(mark) or (places[mark].remote_id if mark in places else "")
            if found:
                ids[item] = found
            elif states.get(mark) in _UNSETTLED:
                return TryLater(f"waits for {item}")
            elif item in leans:
                return Refused(f"{item} could not be made")
        self._after[one.key] = tuple(item for item in one.after if item in ids)
        try:
            return self._sent(one, ids)
        except Verdict as verdict:
            return verdict

    def _sent(self, one: AddPlanItem, ids: Mapping[str, str]) -> Outcome:
        owner = assignee_id(self.ctx, one.owner) if one.owner else None
        people = [assignee_id(self.ctx, address) for address in one.people]
        [outcome] = self.board.create_records(
            [
                NewRecord(
                    key=one.key,
                    what=one.what,
                    name=one.name,
                    project=ids.get(PROJECT, ""),
                    parent=ids.get(one.parent, ""),
                    text=one.text,
                    due=one.due,
                    owner=owner or "",
                    after=tuple(ids[item] for item in self._after[one.key]),
                    members=tuple(person for person in people if person),
                )
            ]
        )
        if isinstance(outcome, Done) and one.owner and not owner:
            words = f"left out: assignee {one.owner} (nobody on the board has this address)"
            return replace(outcome, note="; ".join(part for part in (outcome.note, words) if part))
        return outcome

    def find(self, batch: Sequence[Effect]) -> dict[str, Done]:
        found: dict[str, Done] = {}
        homes: dict[str, str] = {}
        # A project first: killed in the middle of a batch, we know it as little as what is in it.
        for one in sorted(
            actions(AddPlanItem, batch), key=lambda one: one.what is not What.PROJECT
        ):
            if one.campaign not in homes:
                homes[one.campaign] = self._project(one.campaign)
            home = homes[one.campaign]
            if not home and one.what not in {What.PROJECT, What.TASK}:
                continue
            for key, record in self.board.find_records(one.what, home, [one.key]).items():
                self._as_found[key] = record
                found[key] = Done(record.id)
                if one.what is What.PROJECT:
                    homes[one.campaign] = record.id
        return found

    def _project(self, campaign: str) -> str:
        mark = mark_of(campaign, PROJECT)
        with self.ctx.store.begin() as tx:
            home = plan_items.places(tx, [mark]).get(mark)
        return home.remote_id if home is not None else ""

    def trace(self, tx: Tx, effect: Effect, outcome: Done) -> Trace:
        one = effect.doing(AddPlanItem)
        after = {
            "id": outcome.id,
            "what": one.what.value,
            "title": one.name,
            "due": one.due.isoformat() if one.due is not None else "",
            "assignee": _given_to(tx, one, outcome),
            "status": "taken over" if outcome.found else "open",
        }
        return {"after": after}

    def done(self, tx: Tx, effect: Effect, outcome: Done) -> None:
        one, now = effect.doing(AddPlanItem), self.ctx.now()
        after = self._after.pop(one.key, one.after)
        item = Item(one.item, one.what, one.name, one.text, one.due, one.owner, "", after)
        parent = mark_of(one.campaign, one.parent)
        home = plan_items.places(tx, [parent]).get(parent) if one.what is What.TASK else None
        plan_items.made(
            tx,
            Made(
                mark=one.key,
                campaign=one.campaign,
                item=one.item,
                what=one.what,
                remote_id=outcome.id,
                written=item.fields(),
                owner_id=_given_to(tx, one, outcome),
                home=home.remote_id if home is not None else "",
                ours=not outcome.found,
            ),
            now,
        )
        if (record := self._as_found.pop(one.key, None)) is not None:
            # What people did to it while it was in doubt: the polls since then have passed
            # over a mark that was not known yet.
            plan_items.looked(tx, one.key, record, now)
        dirty.mark(tx, "campaign", [one.campaign])
        if one.item == PROJECT:
            # Now there is where the campaign's notebook can stand.
            dossiers.look_at(tx, one.campaign, dossier.mark_of(one.campaign), now)

    def changed(self, tx: Tx, effect: Effect) -> None:
        """What it was to stand in is gone: a person deleted that."""
        one = effect.doing(AddPlanItem)
        above = one.parent if one.what is What.TASK else PROJECT
        plan_items.vanished(tx, mark_of(one.campaign, above), self.ctx.now())
        dirty.mark(tx, "campaign", [one.campaign])


class _OnItems(OnBoard):
    """What is done to items that stand. One that a person came before us on is looked at."""

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._stands: dict[str, Record | None] = {}

    def places(self, marks: Sequence[str]) -> dict[str, Place]:
        with self.ctx.store.begin() as tx:
            return plan_items.places(tx, marks)

    def look(self, effect: Effect, place: Place | None, outcome: Outcome) -> Outcome:
        """The outcome; of an item that turned out otherwise, what stands there is kept."""
        if isinstance(outcome, Changed) and place is not None:
            try:
                self._stands[effect.key] = self.board.record(place.what, place.remote_id)
            except Verdict as verdict:
                return verdict if isinstance(verdict, TryLater | Locked) else outcome
        return outcome

    def changed(self, tx: Tx, effect: Effect) -> None:
        one = _item(effect)
        if effect.key in self._stands:
            plan_items.looked(tx, one.mark, self._stands.pop(effect.key), self.ctx.now())
        else:
            plan_items.vanished(tx, one.mark, self.ctx.now())
        dirty.mark(tx, "campaign", [one.campaign])

    def trace(self, tx: Tx, effect: Effect, outcome: Done) -> Trace:
        one = _item(effect)
        row = plan_items.known(tx, one.mark)
        if row is None:
            return {}
        before = {"id": row.remote_id, "title": row.name, "status": _status(done=row.done)}
        match one:
            case ChangePlanItem():
                put = {name: value for name, value in one.put.items() if name not in outcome.left}
                was = {name: row.written.get(name, "") for name in put}
                return {"before": before | was, "after": before | put}
            case EndPlanItem():
                return {"before": before, "after": before | {"status": _status(done=True)}}
            case _:
                return {"before": before, "after": before | {"status": _status(done=False)}}


class ChangePlanItems(_OnItems):
    """Fields one by one: what a person has changed meanwhile stays, and the rest is written."""

    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        asked = [*actions(ChangePlanItem, batch)]
        places = self.places([one.mark for one in asked])
        return [
            self.look(effect, places.get(one.mark), self._send(one, places.get(one.mark)))
            for effect, one in zip(batch, asked, strict=True)
        ]

    def _send(self, one: ChangePlanItem, place: Place | None) -> Outcome:
        if place is None or not place.remote_id:
            return Changed(GONE)
        put, expect, note = dict(one.put), dict(one.expect), ""
        if put.get("owner"):
            found = assignee_id(self.ctx, put["owner"])
            if found is None:
                note = f"left out: assignee {put.pop('owner')} (nobody on the board has it)"
            else:
                put["owner"] = found
        for fields in (put, expect):
            if "after" in fields:
                fields["after"] = self._ids(one.campaign, fields["after"])
        try:
            [outcome] = self.board.change_records(
                [RecordChange(one.key, one.what, place.remote_id, put, expect)]
            )
        except Verdict as verdict:
            return verdict
        return replace(outcome, note=note) if note and isinstance(outcome, Done) else outcome

    def _ids(self, campaign: str, items: str) -> str:
        marks = [mark_of(campaign, item) for item in items.split(",") if item]
        places = self.places(marks)
        return ",".join(places[mark].remote_id for mark in marks if mark in places)

    def done(self, tx: Tx, effect: Effect, outcome: Done) -> None:
        one = effect.doing(ChangePlanItem)
        put = {name: value for name, value in one.put.items() if name not in outcome.left}
        row = plan_items.known(tx, one.mark)
        undoes = effect.promise == ledger.UNDO and row is not None
        owner = None
        if "owner" in put and not outcome.note:
            owner = known_assignee(tx, put["owner"]) if put["owner"] else ""
        campaign = plan_items.changed(
            tx,
            one.mark,
            put,
            left={name: outcome.was.get(name, "") for name in outcome.left},
            owner_id=owner,
            # What is taken back is what the file asks for: not to be written again.
            undone={name: row.written.get(name, "") for name in put} if undoes and row else {},
            now=self.ctx.now(),
        )
        dirty.mark(tx, "campaign", [campaign])


class EndPlanItems(_OnItems):
    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        places = self.places([_item(effect).mark for effect in batch])
        return [self._send(effect, places.get(_item(effect).mark)) for effect in batch]

    def _send(self, effect: Effect, place: Place | None) -> Outcome:
        one = effect.doing(EndPlanItem)
        if place is None or not place.remote_id:
            return Changed(GONE)
        change = RecordChange(one.key, one.what, place.remote_id, expect=one.expect)
        try:
            [outcome] = self.board.end_records([change])
        except Verdict as verdict:
            return verdict
        if isinstance(outcome, Done) and outcome.found and not effect.doubted:
            outcome = Changed("a person has completed it")
        return self.look(effect, place, outcome)

    def done(self, tx: Tx, effect: Effect, outcome: Done) -> None:
        one, now = effect.doing(EndPlanItem), self.ctx.now()
        by = UNDONE if effect.promise == ledger.UNDO else US
        dirty.mark(tx, "campaign", [plan_items.ended(tx, one.mark, by, now)])
        say_why(tx, effect, one.mark, one.comment, now)


class ReopenPlanItems(_OnItems):
    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        places = self.places([_item(effect).mark for effect in batch])
        return [self._send(effect, places.get(_item(effect).mark)) for effect in batch]

    def _send(self, effect: Effect, place: Place | None) -> Outcome:
        one = effect.doing(ReopenPlanItem)
        if place is None or not place.remote_id:
            return Changed(GONE)
        try:
            [outcome] = self.board.reopen_records(
                [RecordChange(one.key, one.what, place.remote_id)]
            )
        except Verdict as verdict:
            return verdict
        return self.look(effect, place, outcome)

    def done(self, tx: Tx, effect: Effect, outcome: Done) -> None:
        one, now = effect.doing(ReopenPlanItem), self.ctx.now()
        kept = effect.promise == ledger.UNDO
        dirty.mark(tx, "campaign", [plan_items.reopened(tx, one.mark, now, kept=kept)])
        say_why(tx, effect, one.mark, one.comment, now)


def _given_to(tx: Tx, one: AddPlanItem, outcome: Done) -> str:
    """Whose it is now, by the board's id. One who was left out stands in the note."""
    if not one.owner or "assignee" in outcome.note:
        return ""
    return known_assignee(tx, one.owner)


def _status(*, done: bool) -> str:
    return "completed" if done else "open"


def _item(effect: Effect) -> Changing:
    assert isinstance(effect.action, ChangePlanItem | EndPlanItem | ReopenPlanItem)
    return effect.action


def handlers(ctx: Context) -> dict[str, Handler]:
    return {
        AddPlanItem.kind: AddPlanItems(ctx),
        ChangePlanItem.kind: ChangePlanItems(ctx),
        EndPlanItem.kind: EndPlanItems(ctx),
        ReopenPlanItem.kind: ReopenPlanItems(ctx),
    }
