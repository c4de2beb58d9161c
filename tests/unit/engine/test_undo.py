"""A run taken back: what we wrote is gone, what people did since stays, and nothing is redone."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from syncd.engine import undo
from syncd.engine.undo import CannotUndo, Line, Report
from syncd.store import copies, journal, ledger, schema
from tests.unit.engine import test_lost_links as lost
from tests.unit.engine import test_segments
from tests.unit.engine.office import ADA, BOB, MAYA, Office

TASK = "Follow up with Ada (site.example)"
NOTHING = ("", "", "")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def latest(office: Office) -> int:
    with office.state() as tx:
        return journal.lines(tx, 1)[0].number


def take_back(office: Office, run: int, *, dry: bool = False) -> Report:
    with office.works() as engine:
        return undo.undo(engine, run, dry=dry)


def fields(office: Office, address: str = ADA) -> tuple[str, str, str]:
    found = office.contact(address)
    return (
        found["syncd_campaigns"] or "",
        found["syncd_tags"] or "",
        found["syncd_stage"] or "",
    )


def silent(office: Office) -> int:
    """A pitch without an answer: logged, tagged, a task opened. Returns the run."""
    office.wrote(f"Ada <{ADA}>", 6, "p1@brightlink.example")
    office.turn()
    assert office.open_tasks() == [TASK]
    return latest(office)


def answered(office: Office) -> int:
    """Ada answers, and the task is closed. Returns the run."""
    office.got(f"Ada <{ADA}>", 0, "r1@site.example", answers="p1@brightlink.example")
    office.turn()
    assert office.open_tasks() == []
    return latest(office)


def told(report: Report, kind: str) -> list[tuple[str, str]]:
    return [(line.becomes, line.words) for line in report.lines if line.kind == kind]


def assert_at_rest(office: Office) -> None:
    """Whatever is asked of the daemon now, it writes nothing to the outside."""
    writes = office.writes()
    office.turn()
    office.nightly()
    assert office.writes() == writes


def test_what_a_run_wrote_is_taken_back_and_not_done_again(office: Office):
    run = silent(office)
    report = take_back(office, run)
    assert office.emails() == []
    assert fields(office) == NOTHING
    assert office.board() == [(TASK, "completed")]
    [task] = office.tasks()
    assert office.comments(task["id"]) == [f"syncd: run {run} was undone."]
    assert office.people() == [ADA]
    assert report.counts == {"reversed": 3, "left": 1}
    assert told(report, "add_contact")[0][0] == "left"
    assert_at_rest(office)


def test_the_journal_says_what_stood_there_and_why(office: Office):
    run = silent(office)
    with office.state() as tx:
        entries = {one.action.kind: one for one in ledger.of_run(tx, run)}
    task = entries["open_task"]
    [shown] = office.tasks()
    assert task.before is None
    assert task.after["id"] == str(shown["id"])
    assert (task.after["title"], task.after["due"]) == (TASK, shown["dueDate"][:10])
    change = entries["change_contact"]
    assert change.before == {"campaigns": "", "stage": "", "tags": ""}
    assert change.after == {"campaigns": "acme", "stage": "contacted", "tags": "builders"}
    assert entries["log_email"].after["id"] == office.objects("emails")[0]["id"]
    assert entries["add_contact"].after["found"] is False
    for one in entries.values():
        assert one.rule, one
        assert one.cause == "mid:p1@brightlink.example", one


def test_a_dry_run_says_the_same_and_writes_nothing(office: Office):
    run = silent(office)
    writes = office.writes()
    foreseen = take_back(office, run, dry=True)
    assert office.writes() == writes
    assert foreseen.counts == {"to reverse": 3, "left": 1}
    assert foreseen.by == ()
    done = take_back(office, run)
    assert [(line.number, line.becomes) for line in done.lines] == [
        (line.number, line.becomes.replace("to reverse", "reversed")) for line in foreseen.lines
    ]


def test_undone_twice_it_is_undone_once(office: Office):
    run = silent(office)
    first = take_back(office, run)
    writes = office.writes()
    assert take_back(office, run) == first
    assert office.writes() == writes
    assert len(first.by) == 1


def test_an_undo_is_a_run_that_says_what_it_undoes(office: Office):
    run = silent(office)
    [by] = take_back(office, run).by
    with office.state() as tx:
        undone, original = journal.line(tx, by), journal.line(tx, run)
    assert undone is not None
    assert original is not None
    assert (undone.command, undone.undoes, original.undone_by) == ("undo", run, (by,))
    assert undone.counts["close_task"] == 1
    assert undone.ended_at is not None
    with pytest.raises(CannotUndo, match="itself an undo"):
        take_back(office, by)


def test_there_is_no_such_run(office: Office):
    with pytest.raises(CannotUndo, match="no run 99"):
        take_back(office, 99)


@pytest.mark.parametrize(
    ("does", "how", "words", "stands"),
    [
        ("moves", {"due": "2027-01-15"}, "moved", (TASK, "new")),
        ("renames", {"name": "Call Ada"}, "renamed", ("Call Ada", "new")),
        ("reassigns", {"to": None}, "given", (TASK, "new")),
        ("completes", {}, "completed", (TASK, "completed")),
        ("deletes", {}, "deleted", (TASK, "deleted")),
    ],
)
@pytest.mark.parametrize("seen", ["before", "by the undo"])
def test_a_task_that_a_person_touched_is_left_to_them(
    office: Office, does: str, how: dict[str, str], words: str, stands: tuple[str, str], seen: str
):  # fmt: skip
    run = silent(office)
    office.clock.advance(120)
    office.person(does, **how)
    if seen == "before":
        office.turn()
    for dry in (True, False):
        report = take_back(office, run, dry=dry)
        [(becomes, why)] = told(report, "open_task")
        assert becomes == "left"
        assert words in why
    assert office.board() == [stands]
    assert office.emails() == []
    assert_at_rest(office)


def test_a_task_touched_between_our_look_and_our_write_is_left(office: Office):
    run = silent(office)
    with office.works() as engine:
        planned = undo.plan(engine.ctx, run)
        assert told(planned, "open_task") == [("waiting", "")]
        office.person("renames", name="Call Ada")
        for one in planned.by:
            engine.carry_out(one)
    [(becomes, why)] = told(take_back(office, run), "open_task")
    assert (becomes, why) == ("left", "a person has renamed the task to Call Ada")
    assert office.board() == [("Call Ada", "new")]


def test_values_that_people_changed_are_left_to_them(office: Office):
    run = silent(office)
    changes = {"syncd_campaigns": "", "syncd_stage": "agreed"}
    office.tell("hubspot", "person_sets", contact=ADA, properties=changes)
    report = take_back(office, run)
    assert fields(office) == ("", "", "agreed")
    assert told(report, "change_contact") == [("reversed", "left as it is: stage")]
    assert_at_rest(office)


def test_values_all_of_which_people_changed_are_reported_as_left(office: Office):
    run = silent(office)
    changes = {"syncd_campaigns": "", "syncd_tags": "", "syncd_stage": "agreed"}
    office.tell("hubspot", "person_sets", contact=ADA, properties=changes)
    assert told(take_back(office, run), "change_contact") == [
        ("left", "a person has changed it since")
    ]
    assert fields(office) == ("", "", "agreed")


def test_what_stood_there_before_us_stays(office: Office):
    office.tell("hubspot", "add_contact", email=ADA)
    stood = {"syncd_campaigns": "acme", "syncd_tags": ""}
    office.tell("hubspot", "person_sets", contact=ADA, properties=stood)
    take_back(office, silent(office))
    assert fields(office) == ("acme", "", "")
    assert_at_rest(office)


def test_an_engagement_a_person_edited_stays_and_counts_as_logged(office: Office):
    run = silent(office)
    [email] = office.objects("emails")
    edit = {"type": "emails", "id": email["id"], "properties": {"hs_email_subject": "Mine"}}
    office.tell("hubspot", "person_sets", **edit)
    assert told(take_back(office, run), "log_email") == [
        ("left", "a person has changed its subject")
    ]
    assert office.emails() == ["Mine"]
    assert office.coverage() == {("logged", ""): 1}


def test_an_undone_message_stays_out_whatever_the_rules_become(office: Office):
    [by] = take_back(office, silent(office)).by
    assert office.coverage() == {("skipped", f"undone in run {by}"): 1}
    office.text = office.text.replace("log: {since: 2026-09-01", "log: {since: 2026-08-01")
    assert_at_rest(office)
    assert office.emails() == []


def test_undone_tags_come_back_when_the_rules_change(office: Office):
    take_back(office, silent(office))
    office.text = office.text.replace("tags: [builders]", "tags: [builders, gardens]")
    with office.works() as engine:
        engine.until_quiet()
    campaigns, tags, stage = fields(office)
    assert (campaigns, set(tags.split(";")), stage) == (
        "acme",
        {"builders", "gardens"},
        "contacted",
    )


def test_whoever_asked_to_be_left_alone_still_is_and_the_word_for_it_stays_off(office: Office):
    office.wrote(f"Ada <{ADA}>", 6, "p1@brightlink.example")
    words = "Please unsubscribe me from your list.\n"
    office.got(f"Ada <{ADA}>", 5, "r1@site.example", answers="p1@brightlink.example", text=words)
    office.wrote(f"Ada <{ADA}>", 4.5, "p2@brightlink.example", subject="Another")
    office.turn()
    assert opted_out(office) == "true"
    take_back(office, latest(office))
    assert opted_out(office) == ""
    assert_at_rest(office)
    assert office.open_tasks() == []


def opted_out(office: Office) -> str:
    contact = office.contact(ADA)["id"]
    path = f"/crm/objects/2026-09/contacts/{contact}"
    found = office.get("hubspot", path, properties="syncd_do_not_contact")
    return str(found["properties"]["syncd_do_not_contact"] or "")


def test_what_was_written_twice_for_a_lost_answer_is_taken_back_all_the_same(office: Office):
    path = "/contacts/batch/update$"
    office.tell("hubspot", "fault", n=1, method="POST", path=path, lose_answer=True)
    office.wrote(f"Ada <{ADA}>", 6, "p1@brightlink.example")
    office.turn()
    run = latest(office)
    office.clock.advance(600)
    office.turn()
    assert fields(office) == ("acme", "builders", "contacted")
    take_back(office, run)
    assert fields(office) == NOTHING


def test_after_an_undo_an_answer_still_moves_the_stage(office: Office):
    take_back(office, silent(office))
    office.got(f"Ada <{ADA}>", 0, "r1@site.example", answers="p1@brightlink.example", subject="Yes")
    office.turn()
    assert fields(office) == ("", "", "replied")
    assert office.emails() == ["Yes"]


def test_a_task_we_closed_is_open_again_and_stays_so(office: Office):
    silent(office)
    run = answered(office)
    assert fields(office)[2] == "replied"
    report = take_back(office, run)
    assert office.board() == [(TASK, "reopened")]
    assert fields(office) == ("acme", "builders", "contacted")
    assert office.emails() == ["Builder guide"]
    assert told(report, "close_task") == [("reversed", "")]
    assert told(report, "comment_task") == [("left", "comments stay")]
    assert_at_rest(office)


def test_a_task_a_person_reopened_is_not_touched(office: Office):
    silent(office)
    run = answered(office)
    office.person("reopens")
    assert told(take_back(office, run), "close_task") == [
        ("left", "a person has reopened the task")
    ]
    assert office.board() == [(TASK, "reopened")]


def test_runs_undone_from_the_newest_to_the_oldest_leave_nothing(office: Office):
    first = silent(office)
    second = answered(office)
    for run in (second, first):
        take_back(office, run)
    assert office.emails() == []
    assert fields(office) == NOTHING
    # Reopened by the first undo, so that it is as the first run left it but for its being
    # theirs: whoever sees it open again may be at it.
    assert office.board() == [(TASK, "reopened")]
    assert_at_rest(office)


def test_an_older_run_undone_leaves_what_newer_ones_wrote(office: Office):
    first = silent(office)
    answered(office)
    report = take_back(office, first)
    assert fields(office) == ("", "", "replied")
    assert told(report, "change_contact") == [("reversed", "stage has changed since")]
    assert told(report, "open_task") == [("left", "syncd has since completed the task")]
    assert_at_rest(office)


def test_what_was_never_sent_is_given_up(office: Office):
    office.wrote(f"Ada <{ADA}>", 6, "p1@brightlink.example")
    office.tell("hubspot", "fault", n=50, method="POST", path="/emails/batch/create$", status=429)
    office.turn()
    run = latest(office)
    office.tell("hubspot", "clear_faults")
    report = take_back(office, run)
    assert told(report, "log_email") == [("given up", "it was not sent")]
    office.clock.advance(3600)
    office.turn()
    assert office.emails() == []
    [by] = report.by
    assert ("skipped", f"undone in run {by}") in office.coverage()


def test_a_service_that_cannot_be_reached_leaves_the_undo_to_the_next_turn(office: Office):
    run = silent(office)
    office.transport.down.add("teamwork")
    report = take_back(office, run)
    assert told(report, "open_task") == [("waiting", report_words(report, "open_task"))]
    assert office.emails() == []
    office.transport.down.clear()
    office.clock.advance(3600)
    office.turn()
    assert office.board() == [(TASK, "completed")]
    assert told(take_back(office, run), "open_task") == [("reversed", "")]


def report_words(report: Report, kind: str) -> str:
    [words] = [line.words for line in report.lines if line.kind == kind]
    assert "no connection" in words or "teamwork" in words
    return words


def test_labels_are_taken_off_and_the_thread_stays_in_the_inbox(tmp_path: Path):
    office = Office(tmp_path, follow_up=["inbox_label: Follow-up"])
    run = silent(office)
    assert {"INBOX", "Follow-up"} <= labels(office)
    report = take_back(office, run)
    assert "Follow-up" not in labels(office)
    assert "INBOX" in labels(office)
    assert told(report, "label_thread") == [("reversed", "the thread stays in the inbox")]
    assert_at_rest(office)


def labels(office: Office) -> frozenset[str]:
    """What stands on the only thread, as the mailbox tells it with the next turn."""
    office.turn()
    with office.state() as tx:
        [thread] = set(tx.execute(select(schema.copies.c.thread_id)).scalars())
        return copies.labels_of(tx, MAYA, thread)


def test_tasks_in_the_crm_are_taken_back_with_their_twins(tmp_path: Path):
    office = Office(tmp_path, follow_up=["crm_task: true"])
    run = silent(office)
    with office.state() as tx:
        [twin] = [e for e in ledger.of_run(tx, run) if e.action.kind == "open_crm_task"]
    assert status(office, str(twin.remote_id)) == "NOT_STARTED"
    assert told(take_back(office, run), "open_crm_task") == [("reversed", "")]
    assert status(office, str(twin.remote_id)) == "COMPLETED"
    assert_at_rest(office)


def test_closed_twins_are_open_again(tmp_path: Path):
    office = Office(tmp_path, follow_up=["crm_task: true"])
    silent(office)
    run = answered(office)
    assert told(take_back(office, run), "close_crm_task") == [("reversed", "")]
    assert_at_rest(office)


def status(office: Office, task: str) -> str:
    path = f"/crm/objects/2026-09/tasks/{task}"
    found = office.get("hubspot", path, properties="hs_task_status")
    return str(found["properties"]["hs_task_status"])


def test_a_large_undo_is_held_like_any_other_plan(tmp_path: Path):
    office = Office(tmp_path, more="guard: {min_population: 2, max_close_share: 0.4}\n")
    office.wrote(f"Ada <{ADA}>", 6, "p1@brightlink.example")
    office.wrote(f"Bob <{BOB}>", 6, "p2@brightlink.example", subject="Another")
    office.turn()
    run = latest(office)
    assert len(office.open_tasks()) == 2
    report = take_back(office, run)
    assert {becomes for becomes, _ in told(report, "open_task")} == {"held"}
    assert len(office.open_tasks()) == 2
    assert report.unsettled == 2


def test_a_line_says_which_effect_it_is_about(office: Office):
    run = silent(office)
    report = take_back(office, run, dry=True)
    with office.state() as tx:
        known = {one.seq: one.summary for one in ledger.of_run(tx, run)}
    assert {line.number: line.summary for line in report.lines} == known
    assert all(isinstance(line, Line) for line in report.lines)


LINKED = '\nsegments:\n  - {name: "Linked", linked: true, client: any}\n'


def members(office: Office) -> set[str]:
    found = test_segments.asked(office, "GET", "object-type-id/0-1/name/Linked")["list"]
    rows = test_segments.asked(office, "GET", f"{found['listId']}/memberships")["results"]
    inside = {one["recordId"] for one in rows}
    contacts = office.objects("contacts")
    return {row["email"] for row in contacts if str(row["hs_object_id"]) in inside}


def first_reading(folder: Path) -> Office:
    """Ada has said that it is live, and her page is not up when we look."""
    office = lost.looking(folder, more=LINKED)
    office.wrote(f"Ada <{ADA}>", 12, lost.P1)
    answer = {"answers": lost.P1, "subject": "Re: Builder guide", "text": lost.LIVE}
    office.got(f"Ada <{ADA}>", 10, "r1@site.example", **answer)
    office.turn()
    assert fields(office) == ("acme", "builders", "replied")
    return office


def test_what_pages_show_later_does_not_bring_back_what_was_taken_back(tmp_path: Path):
    office = first_reading(tmp_path)
    take_back(office, latest(office))
    assert fields(office) == NOTHING
    lost.publish(office)
    lost.claim(office, [lost.PAGE + "/more"], ADA)
    lost.publish(office, lost.PAGE + "/more")
    lost.days_pass(office, 4)
    assert lost.known(office)[0].state == "live"
    assert fields(office) == NOTHING
    assert members(office) == set()


def test_with_new_mail_a_contact_whose_reading_was_taken_back_is_written_to_again(tmp_path: Path):
    office = first_reading(tmp_path)
    take_back(office, latest(office))
    lost.publish(office)
    lost.days_pass(office, 2)
    office.wrote(f"Ada <{ADA}>", 0, "p9@brightlink.example", subject="Hello again", labels=())
    lost.days_pass(office, 1)
    assert fields(office)[2] == "linked"
    assert members(office) == {ADA}
