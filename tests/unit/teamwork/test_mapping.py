"""Any optional field may be null or missing (facts/teamwork.md 9, 11.10)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.teamwork import mapping
from syncd.core.facts import Task

BARE = {"id": 7, "name": "Call", "status": "new", "updatedAt": "2026-11-23T09:00:00Z"}


def task(row: dict[str, Any]) -> Task:
    return mapping.task({**BARE, **row}, {}, mark=None, url="https://x.test")


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"tags": None, "assignees": None, "assigneeUserIds": None, "dueDate": None},
        {"updatedAt": None, "createdAt": None, "updatedBy": None, "description": None},
        {"tasklist": None, "tasklistId": None},
    ],
)
def test_a_row_of_nulls_is_a_task(row):
    seen = task(row)
    assert (seen.id, seen.title, seen.done, seen.deleted) == ("7", "Call", False, False)
    assert (seen.due, seen.assignees, seen.place, seen.mark) == (None, (), "", None)
    assert seen.url == "https://x.test/app/tasks/7"


def test_the_due_date_is_a_day_in_either_notation():
    assert task({"dueDate": "2026-12-01"}).due == date(2026, 12, 1)
    assert task({"dueDate": "2026-12-01T00:00:00Z"}).due == date(2026, 12, 1)


def test_only_users_count_as_assignees():
    teams = [{"id": 1, "type": "users"}, {"id": 2, "type": "teams"}, {"id": 3, "type": "users"}]
    assert task({"assignees": teams}).assignees == ("1", "3")
    assert task({"assignees": teams, "assigneeUserIds": [9]}).assignees == ("9",)


def test_a_deleted_task_was_changed_by_who_deleted_it():
    seen = task({"status": "deleted", "updatedBy": 1, "deletedBy": 2})
    assert (seen.deleted, seen.changed_by) == (True, "2")
    assert task({"deletedAt": "2026-11-23T09:00:00Z"}).deleted
    assert task({"updatedBy": 1}).changed_by == "1"


def test_without_a_time_of_change_the_time_of_making_stands_in():
    seen = task({"updatedAt": None, "createdAt": "2026-11-01T10:00:00Z"})
    assert seen.changed_at == datetime(2026, 11, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "New"},
        {"status": "completed"},
        {"dueDate": "2026-12-02"},
        {"assigneeUserIds": [3]},
        {"description": "New"},
        {"updatedAt": "2026-11-23T09:00:01Z"},
    ],
)
def test_every_change_makes_another_revision(change):
    assert task(change).revision != task({}).revision


def test_the_mark_is_read_from_the_sideload_whatever_its_shape():
    row = {"id": 1, "taskId": 7, "customfieldId": 5, "value": "a1"}
    related = {"id": 1, "task": {"id": 7}, "customfield": {"id": 5}, "value": "a1"}
    other = {"id": 2, "taskId": 7, "customfieldId": 6, "value": "no"}
    empty = {"id": 3, "taskId": 8, "customfieldId": 5, "value": None}
    for values in ({"2": other, "1": row, "3": empty}, [other, related, empty]):
        page = {"tasks": [BARE], "included": {"customfieldTasks": values}}
        [seen] = mapping.tasks_in(page, field=5, url="")
        assert seen.mark == "a1"
    [seen] = mapping.tasks_in({"tasks": [BARE], "included": None}, field=5, url="")
    assert seen.mark is None
    assert list(mapping.tasks_in({"tasks": None}, field=None, url="")) == []


@given(st.text(), st.text("0123456789abcdef", min_size=1, max_size=20))
def test_a_mark_written_is_the_mark_read(text, mark):
    assert mapping.mark_in(mapping.with_mark(text, mark)) == mark


def test_no_mark_is_read_from_the_middle_of_a_line():
    assert mapping.mark_in("see syncd-ref: a1 there") is None
    assert mapping.mark_in("syncd-ref: a1 b2") is None
    assert mapping.mark_in(None) is None


@pytest.mark.parametrize(
    ("body", "made"),
    [
        ({"STATUS": "OK", "id": "12"}, "12"),
        ({"STATUS": "OK", "TASKLISTID": "12"}, "12"),
        ({"STATUS": "OK", "tasklistId": 12}, "12"),
        ({"tag": {"id": 12, "name": "x"}}, "12"),
        ({"tag": {"id": 0}}, None),
        ({"tag": None}, None),
        ({"STATUS": "OK"}, None),
        ({"id": "twelve"}, None),
    ],
)
def test_the_id_of_what_was_made_has_many_spellings(body, made):
    assert mapping.id_in(body, "id", "tasklistId", "tag") == made


def test_a_query_time_is_rounded_down():
    when = datetime(2026, 11, 23, 9, 0, 59, 999999, tzinfo=UTC)
    assert mapping.instant(when) == "2026-11-23T09:00:59Z"


def test_a_person_without_names_is_still_a_person():
    seen = mapping.person({"id": 3, "email": "Maya@X.example", "firstName": None})
    assert (seen.id, seen.address, seen.name, seen.active) == ("3", "maya@x.example", "", True)
