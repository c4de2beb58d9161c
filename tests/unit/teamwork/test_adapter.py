"""What only this board does: its marks, its hiding lists, people's copies and moves."""

from __future__ import annotations

import json

import pytest

from connectors.teamwork import client as client_module
from syncd.ports.board import NewComment, TaskChange
from syncd.ports.verdicts import Changed, Done, InDoubt, Refused
from tests.contract.board_world import FOLLOW_UPS, MAYA, NOAH, SEARCHES, shown_as
from tests.unit.teamwork.conftest import V3


@pytest.fixture
def sent(world):
    """The bodies of the writes, as they leave."""
    bodies = []

    def look(request):
        if request.body:
            bodies.append(json.loads(request.body))

    world.transport.before = look
    return bodies


# marks


def test_mark_tag_and_person_leave_in_the_one_request_that_makes_the_task(world, sent):
    world.settled()
    maya = world.board.people([MAYA])[MAYA].id
    sent.clear()
    world.open("a1", assignee=maya, tags=("home-builders",), priority="high")
    [body] = sent
    field = int(world.board._handles["field:syncd key"])
    tags = [int(world.board._handles[f"tag:{name}"]) for name in ("syncd", "home-builders")]
    assert body["task"]["customFields"] == [{"customFieldId": field, "value": "a1"}]
    assert body["task"]["tagIds"] == tags
    assert body["task"]["assignees"] == {"userIds": [int(maya)]}
    assert (body["task"]["dueAt"], body["task"]["priority"]) == ("2026-11-26", "high")
    assert "syncd-ref" not in body["task"]["description"]
    assert body["taskOptions"]["fireWebhook"] is False
    assert body["taskOptions"]["notify"] is False
    assert body["taskOptions"]["parseInlineTags"] is False


def test_a_change_never_sends_custom_fields_so_that_the_teams_own_stay(world, api, sent):
    world.settled()
    task_id = world.open("a1")
    score = {"customfield": {"name": "Score", "type": "text-short", "entity": "task"}}
    score = api.json("POST", f"{V3}/customfields.json", score)["customfield"]["id"]
    path = f"{V3}/tasks/{task_id}/customfields.json"
    value = {"customfieldTask": {"customfieldId": score, "value": "9"}}
    api.json("POST", path, value)
    sent.clear()
    world.board.change_tasks([TaskChange("c1", task_id, title="New")])
    assert sent[0]["task"] == {"name": "New"}
    values = {row["value"] for row in api.json("GET", path)["customfieldTasks"]}
    assert values == {"a1", "9"}


def test_assigning_takes_teams_companies_and_roles_off_as_well(world, sent):
    world.settled()
    task_id = world.open("a1")
    noah = world.board.people([NOAH])[NOAH].id
    sent.clear()
    world.board.change_tasks([TaskChange("c1", task_id, assignee=noah)])
    empty: dict[str, list[int]] = {"teamIds": [], "companyIds": [], "jobRoleIds": []}
    assert sent[0]["task"]["assignees"] == {"userIds": [int(noah)], **empty}


@pytest.mark.parametrize("status", [400, 402, 403])
def test_where_the_field_may_be_read_but_not_made_the_description_holds_the_mark(world, status):
    ready = world.board.readiness([FOLLOW_UPS], [])
    [need] = [need for need in ready.missing if need.handle == "field:syncd key"]
    fault = {"method": "POST", "path": "customfields", "status": status, "body": {}}
    world.simulator.control("fault", fault)
    made = world.board.provide(need)
    assert isinstance(made, Done)
    assert made.id == "description"
    assert "description" in made.note
    again = world.board.readiness([FOLLOW_UPS], [])
    assert again.handles["mark"] == "description"
    assert need.handle not in {need.handle for need in again.missing}
    assert any("description" in note for note in again.notes)


def test_the_home_of_the_marks_is_kept_when_fields_can_be_had_later(world):
    world.simulator.control("custom_fields", {"value": 402})
    world.settled()
    world.open("a1")
    handles = world.board.readiness([FOLLOW_UPS], []).handles
    world.simulator.control("custom_fields", {})
    fresh = world.connect()
    fresh.use(handles)
    ready = fresh.readiness([FOLLOW_UPS], [])
    assert not ready.missing
    assert ready.handles["mark"] == "description"
    assert fresh.find_tasks(["a1"]).keys() == {"a1"}


def test_a_mark_in_the_description_survives_what_people_write_around_it(world):
    world.simulator.control("custom_fields", {"value": 402})
    world.settled()
    quoted = world.new_task("a1", body="They wrote:\n> syncd-ref: zz")
    [made] = world.board.create_tasks([quoted])
    for words in (
        "Mine first.\n> syncd-ref: zz\n\nsyncd-ref: a1\n\nAnd below.",
        "<p>Saved by an editor</p><p>syncd-ref: a1</p>",
        "Windows\r\nsyncd-ref: a1\r\n",
    ):
        world.person("describes", made.id, description=words)
        assert world.board.find_tasks(["a1", "zz"]).keys() == {"a1"}


def test_changing_the_description_keeps_the_mark_it_holds(world):
    world.simulator.control("custom_fields", {"value": 402})
    world.settled()
    task_id = world.open("a1")
    world.board.change_tasks([TaskChange("c1", task_id, body="New words.")])
    row = world.simulator.site.table("tasks")[int(task_id)]
    assert row["description"] == "New words.\n\nsyncd-ref: a1"


def test_a_field_of_another_type_or_project_is_not_taken_for_the_marks(world, api):
    project = world.simulator.control("add_project", {"name": "Other"})["id"]
    for more in ({"type": "dropdown"}, {"projectId": project}, {"entity": "project"}):
        wanted = {"name": "syncd key", "type": "text-short", "entity": "task", **more}
        api.json("POST", f"{V3}/customfields.json", {"customfield": wanted})
    missing = {need.handle for need in world.board.readiness([FOLLOW_UPS], []).missing}
    assert "field:syncd key" in missing


def test_a_copy_made_by_a_person_does_not_pass_for_ours(world, api):
    world.settled()
    task_id = world.open("a1")
    field = int(world.board._handles["field:syncd key"])
    tasklist = world.board._handles[FOLLOW_UPS.handle]
    copy = {"name": "Copy", "customFields": [{"customFieldId": field, "value": "a1"}]}
    api.json("POST", f"{V3}/tasklists/{tasklist}/tasks.json", {"task": copy})
    assert world.board.find_tasks(["a1"])["a1"].id == task_id
    assert len(world.changes(None).tasks) == 2


def test_nothing_is_made_before_the_home_of_the_marks_is_decided(world):
    world.board.use({FOLLOW_UPS.handle: "12"})
    [outcome] = world.board.create_tasks([world.new_task("a1")])
    assert isinstance(outcome, Refused)
    assert not world.transport.calls


# seeing


def test_a_task_whose_tag_a_person_took_off_and_one_moved_away_are_still_seen(world):
    world.settled()
    bare, moved = world.open("a1"), world.open("a2")
    world.simulator.control("add_project", {"name": "Elsewhere", "lists": ["L"]})
    cursor = world.later()
    world.person("tags", bare, remove=["syncd"])
    world.person("moves", moved, list="Elsewhere/L")
    assert {task.id for task in world.changes(cursor).tasks} == {bare, moved}
    everything = {task.id: task for task in world.changes(None).tasks}
    assert everything.keys() == {bare, moved}
    assert everything[moved].place == "Elsewhere/L"


def test_tasks_of_completed_lists_and_archived_projects_are_still_seen(world):
    world.settled()
    task_id = world.open("a1")
    world.simulator.control("complete_list", {"list": "Outreach/Follow-ups"})
    world.simulator.control("archive_project", {"project": "Outreach"})
    assert [task.id for task in world.changes(None).tasks] == [task_id]
    assert world.board.find_tasks(["a1"]).keys() == {"a1"}


def test_a_change_while_the_pages_are_turned_hides_no_other(world, monkeypatch):
    monkeypatch.setattr(client_module, "PAGE_SIZE", 2)
    world.settled()
    tasks = [world.open(f"a{number}") for number in range(5)]
    world.clock.advance(60)
    turned: list[object] = []

    def after(request, answer):
        if request.path.endswith("/tasks.json") and not turned:
            turned.append(request)
            world.person("renames", tasks[0], name="Changed meanwhile")
        return answer

    world.transport.after = after
    seen = world.changes("2026-11-01T00:00:00Z").tasks
    assert {task.id for task in seen} == set(tasks)


def test_a_listing_goes_on_behind_the_record_cap(world, monkeypatch):
    monkeypatch.setattr(client_module, "PAGE_SIZE", 2)
    monkeypatch.setattr("connectors.teamwork.adapter.RECORD_CAP", 4)
    monkeypatch.setattr("connectors.teamwork.simulator_answers.RECORD_CAP", 4)
    world.settled()
    tasks = set()
    for number in range(9):
        world.clock.advance(30)
        tasks.add(world.open(f"a{number}"))
    assert {task.id for task in world.changes("2026-11-01T00:00:00Z").tasks} == tasks


def test_more_tasks_in_one_second_than_a_query_shows_is_said_and_not_looped(world, monkeypatch):
    monkeypatch.setattr(client_module, "PAGE_SIZE", 2)
    monkeypatch.setattr("connectors.teamwork.adapter.RECORD_CAP", 4)
    monkeypatch.setattr("connectors.teamwork.simulator_answers.RECORD_CAP", 4)
    world.settled()
    tasklist = int(world.board._handles[FOLLOW_UPS.handle])
    for number in range(5):
        world.simulator.site.add_task(1002, tasklist, {"name": f"t{number}"})
    with pytest.raises(Refused, match="one second"):
        world.changes("2026-11-01T00:00:00Z")


def test_a_site_whose_clock_is_behind_ours_loses_nothing(world):
    world.settled()
    task_id = world.open("a1")
    ahead = world.clock.now().replace(year=2027)
    cursor = world.board.changes(None, ahead).cursor
    world.person("renames", task_id, name="Call Ann")
    assert [task.title for task in world.changes(cursor).tasks] == ["Call Ann"]


def test_a_filter_the_site_ignores_finds_nothing_that_is_not_ours(world):
    world.settled()
    world.open("a1")
    world.board.use({"field:syncd key": "987654"})
    assert not world.board.find_tasks(["zz"])


# making


def test_a_task_refused_for_its_person_is_made_without_them(world):
    world.settled()
    maya = world.board.people([MAYA])[MAYA].id
    detail = {"errors": [{"detail": "assignees are invalid users"}]}
    world.simulator.control("fault", {"method": "POST", "status": 400, "body": detail})
    [made] = world.board.create_tasks([world.new_task("a1", assignee=maya)])
    assert isinstance(made, Done)
    assert maya in made.note


def test_a_task_refused_for_itself_stays_refused(world):
    world.settled()
    maya = world.board.people([MAYA])[MAYA].id
    outcomes = world.board.create_tasks(
        [world.new_task("a1", title=" ", assignee=maya), world.new_task("a2", title=" ")]
    )
    assert [type(outcome) for outcome in outcomes] == [Refused, Refused]


def test_a_task_for_a_list_that_was_deleted_is_refused_with_the_way_out(world, api):
    world.settled()
    api.call("DELETE", f"/tasklists/{world.board._handles[FOLLOW_UPS.handle]}.json")
    [outcome] = world.board.create_tasks([world.new_task("a1")])
    assert isinstance(outcome, Refused)
    assert "'Follow-ups' in project 'Outreach' is not there any more" in str(outcome)


def test_what_is_no_person_of_the_board_and_no_tag_a_site_takes_is_left_out_by_name(world):
    world.settled()
    [made] = world.board.create_tasks([world.new_task("a1", assignee="maya", tags=("x" * 50,))])
    assert isinstance(made, Done)
    assert "maya" in made.note
    assert "x" * 50 in made.note


def test_an_answer_without_an_id_is_in_doubt(world):
    world.settled()
    task_id = world.open("a1")
    world.simulator.control("fault", {"status": 201, "body": {"task": None}, "count": 2})
    [task] = world.board.create_tasks([world.new_task("a2")])
    [comment] = world.board.add_comments([NewComment("m1", task_id, "x")])
    assert isinstance(task, InDoubt)
    assert isinstance(comment, InDoubt)


def test_a_changed_task_that_turns_out_deleted_has_changed(world):
    world.settled()
    task_id = world.open("a1")
    body = {"task": {"id": int(task_id), "status": "deleted"}}
    world.simulator.control("fault", {"method": "PATCH", "status": 200, "body": body})
    [outcome] = world.board.change_tasks([TaskChange("c1", task_id, title="x")])
    assert isinstance(outcome, Changed)


def test_a_person_left_out_of_a_change_is_named(world):
    world.settled()
    task_id = world.open("a1")
    [outcome] = world.board.change_tasks([TaskChange("c1", task_id, assignee="99999")])
    assert isinstance(outcome, Done)
    assert "99999" in outcome.note


def test_a_comment_shows_mail_text_as_it_was_written(world, api):
    world.settled()
    task_id = world.open("a1")
    text = "Dear Ann,\n<script>alert(1)</script> & *not bold*"
    [made] = world.board.add_comments([NewComment("m1", task_id, text)])
    row = api.json("GET", f"{V3}/comments/{made.id}.json")["comments"]
    assert row["contentType"] == "HTML"
    assert row["htmlBody"] == (
        "Dear Ann,<br />&lt;script&gt;alert(1)&lt;/script&gt; &amp; *not bold*"
        "<br /><br />syncd-ref: m1"
    )


def test_comments_of_a_task_that_is_gone_have_changed(world):
    world.settled()
    with pytest.raises(Changed):
        world.board.find_comments("99999", ["m1"])


def test_moving_by_hand_is_told_by_project_and_list(world):
    world.settled()
    task_id = world.open("a1")
    world.person("moves", task_id, list=shown_as(SEARCHES))
    assert world.board.find_tasks(["a1"])["a1"].place == shown_as(SEARCHES)
