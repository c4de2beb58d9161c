"""The merge of a campaign's file with what people did: for any history, a person's edit stays."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.core.actions import (
    AddPlanItem,
    ChangePlanItem,
    EndPlanItem,
    Planned,
    ReopenPlanItem,
)
from syncd.core.campaign_layout import PROJECT, Item
from syncd.core.campaign_plan import What
from syncd.core.promises.plan import US, Decision, Known, decide, mark_of

NAMES = ("a", "b", "c")
FIELDS = ("name", "text", "due", "owner")


def wish(names: tuple[str, ...] = NAMES, **fields: str) -> list[Item]:
    """A project, a list and a task for each name; `fields` as every task has them."""
    due = date.fromisoformat(fields.get("due", "2027-01-15"))
    made = [
        Item(PROJECT, What.PROJECT, "P"),
        Item("list", What.LIST, "L", parent=PROJECT),
    ]
    before: tuple[str, ...] = ()
    for name in names:
        owner, text = fields.get("owner", "maya@x.example"), fields.get("text", "t")
        words = f"{name} {fields.get('name', 'x')}"
        made.append(Item(name, What.TASK, words, text, due, owner, "list", before))
        before = (name,)
    return made


@dataclass
class Board:
    """What stands, and what people did to it. Everything we ask for is done."""

    rows: dict[str, Known] = field(default_factory=dict)
    theirs: dict[tuple[str, str], str] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)  # deleted or completed by a person
    writes: int = 0

    def decide(self, wished: list[Item]) -> Decision:
        return decide("c", "C", wished, self.rows)

    def deliver(self, plan: tuple[Planned, ...]) -> None:
        for one in plan:
            self.writes += 1
            match one.action:
                case AddPlanItem() as add:
                    assert add.item not in self.rows, "made twice"
                    item = Item(
                        add.item, add.what, add.name, add.text, add.due, add.owner, "", add.after
                    )
                    self.rows[add.item] = Known(
                        add.item, add.key, add.what, f"id-{add.item}", item.fields(), item.fields()
                    )
                case ChangePlanItem() as change:
                    row = self.rows[change.item]
                    assert change.item not in self.ended
                    for name in change.put:
                        assert (change.item, name) not in self.theirs, "a person's edit is lost"
                        assert row.seen[name] == row.written[name]
                    self._set(change.item, change.put)
                case EndPlanItem() as end:
                    assert not any(item == end.item for item, _ in self.theirs)
                    assert end.item not in self.ended
                    self._replace(end.item, done=True, ended_by=US)
                case ReopenPlanItem() as reopen:
                    assert reopen.item not in self.ended
                    self._replace(reopen.item, done=False, ended_by="")

    def _set(self, item: str, put: dict[str, str]) -> None:
        row = self.rows[item]
        self.rows[item] = replace(
            row,
            written={**row.written, **put},
            seen={**row.seen, **put},
            version=row.version + 1,
        )

    def _replace(self, item: str, *, done: bool, ended_by: str) -> None:
        row = self.rows[item]
        self.rows[item] = replace(row, done=done, ended_by=ended_by, version=row.version + 1)

    def person_edits(self, item: str, name: str, value: str) -> None:
        row = self.rows.get(item)
        if row is None or row.done or row.deleted or row.what is not What.TASK:
            return
        self.rows[item] = replace(row, seen={**row.seen, name: value})
        if row.written[name] == value:
            # Put back as we had it: that is no edit any more.
            self.theirs.pop((item, name), None)
        else:
            self.theirs[item, name] = value

    def person_ends(self, item: str, *, deleted: bool) -> None:
        row = self.rows.get(item)
        if row is None or row.what is not What.TASK or row.done:
            return
        self.rows[item] = replace(row, done=not deleted, deleted=deleted)
        self.ended.add(item)


VALUES = {
    "name": ("x", "y", "z"),
    "text": ("t", "u"),
    "due": ("2027-01-15", "2027-02-15", "2027-03-15"),
    "owner": ("maya@x.example", "tom@x.example"),
}
FILES = st.fixed_dictionaries(
    {name: st.sampled_from(values) for name, values in VALUES.items()}
).flatmap(
    lambda fields: st.tuples(
        st.just(fields), st.lists(st.sampled_from(NAMES), unique=True, max_size=3).map(tuple)
    )
)
EDITS = st.tuples(
    st.sampled_from(NAMES),
    st.sampled_from(FIELDS),
    st.sampled_from(("x", "2027-04-01", "2027-01-15", "someone", "maya@x.example")),
)
ENDS = st.tuples(st.sampled_from(NAMES), st.booleans())


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("file"), FILES),
            st.tuples(st.just("edit"), EDITS),
            st.tuples(st.just("end"), ENDS),
        ),
        max_size=14,
    )
)
def test_for_any_history_a_persons_edit_stays_and_the_rest_follows_the_file(history):
    board, file = Board(), wish()
    for does, how in history:
        match does, how:
            case "file", (fields, names):
                file = wish(names, **fields)
            case "edit", (item, name, value):
                board.person_edits(item, name, value)
            case "end", (item, deleted):
                board.person_ends(item, deleted=deleted)
        decided = board.decide(file)
        assert board.decide(file) == decided, "deciding twice differs"
        # What is made can come before what stands: that is known after a second look.
        for _ in range(3):
            board.deliver(board.decide(file).plan)
        assert board.decide(file).plan == (), "something is still planned"
        for (item, name), value in board.theirs.items():
            assert board.rows[item].seen[name] == value
        for item in file:
            row = board.rows.get(item.id)
            if row is None or item.id in board.ended or row.what is not What.TASK:
                continue
            assert not row.done
            for name in FIELDS:
                if (item.id, name) not in board.theirs:
                    assert row.seen[name] == item.fields()[name]


def laid_out() -> Board:
    board = Board()
    board.deliver(board.decide(wish()).plan)
    return board


def test_everything_is_made_once_each_after_what_it_leans_on():
    board = Board()
    plan = board.decide(wish()).plan
    assert [one.action.item for one in plan] == [PROJECT, "list", "a", "b", "c"]
    assert plan[0].action.key == mark_of("c", PROJECT)
    board.deliver(plan)
    assert board.decide(wish()).plan == ()


def test_what_a_person_changed_is_shown_with_what_the_file_wants():
    board = laid_out()
    board.person_edits("a", "due", "2027-04-01")
    [drift] = board.decide(wish()).drift
    assert (drift.item, drift.field, drift.wanted, drift.found) == (
        "a",
        "due",
        "2027-01-15",
        "2027-04-01",
    )


def test_a_person_who_did_what_the_file_now_asks_is_in_step_with_it():
    board = laid_out()
    board.person_edits("a", "due", "2027-02-15")
    decided = board.decide(wish(due="2027-02-15"))
    assert [one.item for one in decided.drift] == []
    assert [one.action.item for one in decided.plan] == ["b", "c"]


def test_one_that_left_the_file_and_was_touched_is_left_and_shown():
    board = laid_out()
    board.person_edits("c", "name", "Theirs")
    decided = board.decide(wish(("a", "b")))
    assert decided.plan == ()
    [drift] = decided.drift
    assert "left: a person has changed it" in drift.words


def test_one_that_a_person_opened_again_is_not_ended_twice():
    board = laid_out()
    board.deliver(board.decide(wish(("a", "b"))).plan)
    assert board.rows["c"].ended_by == US
    board.rows["c"] = replace(board.rows["c"], done=False, ended_by="", kept=True)
    decided = board.decide(wish(("a", "b")))
    assert decided.plan == ()
    assert "opened it again" in decided.drift[0].words


def test_a_list_that_left_the_file_stays_for_the_sake_of_what_is_in_it():
    board = laid_out()
    decided = board.decide([Item(PROJECT, What.PROJECT, "P")])
    assert {one.action.item for one in decided.plan} == {"a", "b", "c"}
    assert ["list" in one.item for one in decided.drift] == [True]


def test_another_project_in_the_file_moves_nothing():
    board = laid_out()
    file = [Item(PROJECT, What.PROJECT, "Q"), *wish()[1:]]
    decided = board.decide(file)
    assert decided.plan == ()
    assert "the plan stays where it is" in decided.drift[0].words


def test_what_was_taken_back_is_not_written_again_until_the_file_asks_for_something_else():
    board = laid_out()
    row = board.rows["a"]
    board.rows["a"] = replace(row, undone={"due": "2027-02-15"})
    decided = board.decide(wish(due="2027-02-15"))
    assert "a" not in [one.action.item for one in decided.plan]
    assert "taken back" in decided.drift[0].words
    again = board.decide(wish(due="2027-03-15"))
    assert "a" in [one.action.item for one in again.plan]


def test_what_may_have_taken_place_is_neither_decided_again_nor_taken_back():
    board = laid_out()
    [first, *_] = board.decide(wish(due="2027-02-15")).plan
    decided = decide("c", "C", wish(due="2027-03-15"), board.rows, {"a": first})
    assert decided.plan[0] is first
    assert len(decided.plan) == 3


def test_a_task_whose_predecessor_was_deleted_comes_after_nothing():
    board = laid_out()
    board.person_ends("a", deleted=True)
    [change] = board.decide(wish()).plan
    assert isinstance(change.action, ChangePlanItem)
    assert (change.action.item, change.action.put) == ("b", {"after": ""})
