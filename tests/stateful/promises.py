"""What must hold at rest, promise by promise, whatever happened before."""

from __future__ import annotations

import sqlite3
from collections import Counter
from typing import Any

from tests.stateful.people import People
from tests.stateful.truth import BOUNCE, FRESH, LONDON, STOP_LABEL, Letter, Step, Talk, Wait

OPEN = {"new", "reopened"}
TAGS = {"acme": "builders", "zeta": "gardens"}
FORWARD = {"contacted", "bounced", "replied"}


def assert_kept(people: People) -> None:
    """Every promise, at a moment of rest; and that a second run has nothing to write."""
    assert_nothing_is_left(people)
    assert_logged(people)
    assert_tagged(people)
    assert_left_alone(people)
    assert_followed_up(people)
    assert_moved(people)
    assert_edits_stand(people)
    writes = people.world.writes()
    people.world.run()
    assert people.world.writes() == writes, "a second run wrote something"


def assert_nothing_is_left(people: People) -> None:
    states = Counter(state for _, state in _rows(people, "select key, state from effects"))
    assert not states.keys() - {"done", "withdrawn"}, dict(states)


def assert_logged(people: People) -> None:
    """Each message exactly once, or skipped for the right reason."""
    letters = [one for talk in people.talks for one in talk.letters]
    assert people.world.logged() == sorted(_logged(one) for one in letters if one.logged)
    verdicts = {
        key: (verdict, reason)
        for key, verdict, reason in _rows(people, "select key, verdict, reason from messages")
    }
    for one in [*letters, *people.unlogged]:
        said = verdicts.pop(f"mid:{one.key}", None)
        if one.logged:
            assert said is not None, f"{one} was never taken in"
            assert said[0] == "log", f"{one}: {said}"
        elif one.reason:
            assert said == ("skip", one.reason), f"{one}: {said}"
        else:
            assert said is None, f"{one} was kept: {said}"
    assert not verdicts
    assert _rows(people, "select count(*) from bodies") == [(0,)], "a body was kept"


def assert_tagged(people: People) -> None:
    rows = people.world.objects("contacts")
    wanted = {one for talk in people.talks for one in talk.people} | people.known
    assert sorted(row["email"] for row in rows) == sorted(wanted)
    for row in rows:
        person = row["email"]
        talks = [talk for talk in people.talks if person in talk.people]
        campaigns = {one for talk in talks for one in talk.campaigns}
        has = _ticked(row["syncd_campaigns"])
        for campaign in TAGS:
            said = people.ticks.get((person, campaign))
            if said == "either":
                continue
            should = campaign in campaigns if said is None else said == "on"
            assert (campaign in has) is should, f"{person}: {campaign} in {has}, ticked {said}"
        assert _ticked(row["syncd_tags"]) == {TAGS[one] for one in campaigns}, person
        assert (row["syncd_stage"] or "") in _stages(people, person, talks), person


def assert_left_alone(people: People) -> None:
    """Whoever asked for it is marked, unless a person took it back."""
    for row in people.world.objects("contacts"):
        said = people.left_alone.get(row["email"], "")
        has = row["syncd_do_not_contact"] or ""
        assert said == "either" or has == {"on": "true", "off": "false", "": ""}[said], row


def assert_followed_up(people: People) -> None:
    """Exactly one open task of ours where one is due, none elsewhere."""
    open_: dict[int, list[Wish]] = {talk.number: [] for talk in people.talks}
    for task in people.our_tasks(open_=True):
        about = people.task_of(task)
        if task not in people.taken_back:
            open_[about.talk.number].append((about.wait, about.step, about.answer))
    for talk in people.talks:
        found = open_[talk.number]
        allowed = _allowed(people, talk)
        assert found in allowed, f"{talk} at {people.now}: open {_told(found)}"


def assert_moved(people: People) -> None:
    """What is put off while they are away is due then, where people left the day to us."""
    rows = {row["id"]: row for row in people.world.tasks()}
    for task in people.our_tasks(open_=True):
        about = people.task_of(task)
        if about.wait is None or task in people.taken_back or task in people.edits:
            continue
        step = _step(people, about.talk, about.wait)
        if step.number == about.step and step.put_off_to is not None:
            day = step.put_off_to.astimezone(LONDON).date().isoformat()
            assert rows[task]["dueDate"][:10] >= day, f"{rows[task]} is due before {day}"


Wish = tuple[Wait | None, int, str]


def _allowed(people: People, talk: Talk) -> list[list[Wish]]:
    """The open tasks that there may be."""
    wished, maybe = _wished(people, talk)
    stopped = _stopped(people, talk)
    if stopped or (wished is not None and _dealt_with(people, talk, wished)):
        return [[]]
    allowed: list[list[Wish]] = [[wished] if wished is not None else []]
    if maybe or stopped is None or (people.portions and _is_old(people, talk)):
        allowed.append([])
    if maybe is not None:
        allowed.append([maybe])
    return allowed


def _wished(people: People, talk: Talk) -> tuple[Wish | None, Wish | None]:
    """The task there should be; and one that stands where it was opened and then put off."""
    if talk.wait is None:
        follows = talk.follows()
        if follows is None or people.now < follows[2]:
            return None, None
        return (None, follows[1], follows[0].subject), None
    step = _step(people, talk, talk.wait)
    wish: Wish = (talk.wait, step.number, "")
    if step.is_due:
        return wish, None
    # Followed up by hand while they are away, it stands as well.
    return None, wish if talk.absences(people.absences) else None


def _is_old(people: People, talk: Talk) -> bool:
    """Whether what is due may wait for its portion."""
    if talk.wait is not None:
        due = _step(people, talk, talk.wait).due
    else:
        follows = talk.follows()
        due = follows[2] if follows is not None else None
    return due is None or people.now - due > FRESH


def assert_portions_come_up(people: People) -> None:
    """One old conversation a day, and in the end every one."""
    for _ in people.talks:
        people.pass_time(days=1)
        people.come_to_rest()
    opened = Counter(
        str(at)[:10]
        for (at,) in _rows(
            people,
            "select planned_at from effects where rule like 'backlog%' and kind = 'open_task' "
            "and state = 'done'",
        )
    )
    assert all(number == 1 for number in opened.values()), opened
    people.portions = False
    assert_followed_up(people)


def _step(people: People, talk: Talk, wait: Wait) -> Step:
    absences = talk.absences(people.absences)
    return wait.step_at(people.now, people.taken_back.__contains__, absences)


def _stopped(people: People, talk: Talk) -> bool | None:
    """Whether nobody is to be followed up there. None where either may be so."""
    left_alone = people.left_alone.get(talk.person, "")
    if STOP_LABEL in talk.labels or left_alone == "on":
        return True
    if left_alone == "either":
        return None
    if talk.wait is None or people.stages.get(talk.person) != "declined":
        return False
    # A stage ends only what was under way by then. It is noticed at some later look.
    began, staged = talk.wait.ours[0][0], people.staged_at[talk.person]
    if any(began <= at <= staged for at in people.rests):
        return True
    return False if any(staged <= at <= began for at in people.rests) else None


def _told(found: list[Wish]) -> list[tuple[int, str]]:
    return [(step, answer) for _, step, answer in found]


def assert_edits_stand(people: People) -> None:
    """What people did to tasks is as they left it, and their own tasks are untouched."""
    rows = {row["id"]: row for row in people.world.tasks()}
    for task, edits in people.edits.items():
        for name, value in edits.items():
            has = rows[task][name]
            if name == "status" and value == "open":
                assert has in OPEN, f"task {task} was reopened by a person and is {has}"
            else:
                assert has == value, f"task {task}: {name} is {has}, a person left it {value}"
    for task, row in people.own_tasks.items():
        assert rows[task] == row, "a person's own task was touched"
        assert people.world.comments(task) == []
    for task in (one for one, row in rows.items() if row["status"] != "deleted"):
        comments = people.world.comments(task)
        comments = [one for one in comments if " is away" not in one]
        assert len(comments) <= 1, f"task {task} was commented on more than once: {comments}"


def _dealt_with(people: People, talk: Talk, wished: Wish) -> bool:
    """Whether a person has closed, or taken for theirs, the task that would be due."""
    wait, step, answer = wished
    bounced = wait.bounced_by if wait is not None and step == BOUNCE else ""
    theirs = map(people.task_of, people.taken_back)
    if any((one.wait, one.step, one.bounced, one.answer) == (wait, step, bounced, answer)
           for one in theirs):  # fmt: skip
        return True
    if wait is None:
        return (answer, step) in people.answers_handled
    return step == BOUNCE and bounced in wait.searched


def _stages(people: People, person: str, talks: list[Talk]) -> set[str]:
    """The stages that may stand there: what a person set stays; ours only moves forward."""
    if person in people.stages:
        return {people.stages[person]}
    written = [one.at for talk in talks for one in talk.letters if one.ours]
    # Who answers from another address where we wrote to one person is that person.
    heard = [
        one.at
        for talk in talks
        for one in talk.letters
        if (one.outside == (person,) or person in talk.awaited)
        and not one.ours
        and "Automatic" not in one.subject
    ]
    if not written or not any(person in talk.awaited for talk in talks):
        return {""}
    first = min(o.at for t in talks for o in t.letters if o.ours and person in o.outside)
    if any(at > first for at in heard):
        return {"replied"}
    if any(talk.wait is not None and talk.wait.bounced_by for talk in talks):
        return {"bounced"}
    # It may have stood there before we wrote again: a stage never moves back.
    return {"contacted", "bounced"} if any(talk.bounces for talk in talks) else {"contacted"}


def _logged(one: Letter) -> tuple[str, str, list[str]]:
    return one.key, "EMAIL" if one.ours else "INCOMING_EMAIL", sorted(one.outside)


def _ticked(value: str | None) -> set[str]:
    return set(filter(None, (value or "").split(";")))


def _rows(people: People, query: str) -> list[Any]:
    state = sqlite3.connect(people.world.folder / "syncd.db")
    try:
        return state.execute(query).fetchall()
    finally:
        state.close()
