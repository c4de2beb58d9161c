"""What was due long before we came does not become tasks all at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.engine.office import Office


def old(folder: Path, number: int, rule: str) -> Office:
    office = Office(folder, follow_up=[rule])
    for one in range(number):
        office.wrote(
            f"Person {one:02} <p{one}@site{one}.example>",
            60 - 7 * one,
            f"m{one}@brightlink.example",
        )
    return office


def people(office: Office) -> list[str]:
    return sorted(name.removeprefix("Follow up with Person ")[:2] for name in office.open_tasks())


def test_they_come_up_in_daily_portions_the_oldest_first(tmp_path: Path):
    office = old(tmp_path, 7, "backlog: {a_day: 3, at_most: 100}")
    office.turn()
    assert people(office) == ["00", "01", "02"]
    office.turn()
    assert people(office) == ["00", "01", "02"]
    office.clock.advance(0, days=1)
    office.turn()
    assert people(office) == ["00", "01", "02", "03", "04", "05"]
    office.clock.advance(0, days=1)
    office.turn()
    assert len(people(office)) == 7


def test_what_waits_is_listed_and_says_why(tmp_path: Path):
    from syncd.engine.story import find, in_words

    office = old(tmp_path, 3, "backlog: {a_day: 1, at_most: 100}")
    with office.works() as engine:
        engine.turn()
        assert [person for person, _ in engine.backlog()] == [
            "p1@site1.example",
            "p2@site2.example",
        ]
        engine.finish()
    with office.state() as tx:
        story = find(tx, "p2@site2.example")
        assert story is not None
        words = in_words(story, lambda _campaign: [])
    assert "  no task yet: old conversations come up 1 a day, 100 at once" in words


def test_no_more_stand_open_at_once_than_allowed(tmp_path: Path):
    office = old(tmp_path, 7, "backlog: {a_day: 3, at_most: 4}")
    for _ in range(3):
        office.turn()
        office.clock.advance(0, days=1)
    assert people(office) == ["00", "01", "02", "03"]


def test_what_falls_due_while_we_work_waits_for_nobody(tmp_path: Path):
    office = old(tmp_path, 4, "backlog: {a_day: 1, at_most: 100}")
    office.wrote("Fresh <fresh@new.example>", 1, "fresh@brightlink.example")
    office.turn()
    office.clock.advance(0, days=3)
    office.turn()
    assert "Follow up with Fresh (new.example)" in office.open_tasks()


def test_an_answer_takes_one_out_of_the_queue(tmp_path: Path):
    office = old(tmp_path, 3, "backlog: {a_day: 1, at_most: 100}")
    office.turn()
    office.got(
        "Person 01 <p1@site1.example>", 0, "r@site1.example", answers="m1@brightlink.example"
    )
    office.clock.advance(0, days=1)
    office.turn()
    assert people(office) == ["00", "02"]


@pytest.mark.parametrize(("days", "number"), [("1 week", 0), ("90 days", 1)])
def test_what_is_older_than_anybody_wants_is_left_alone(tmp_path: Path, days: str, number: int):
    office = Office(tmp_path, follow_up=[f"backlog: {{max_age: {days}}}"])
    office.wrote("Old <old@site.example>", 40, "m@brightlink.example")
    office.turn()
    assert len(office.open_tasks()) == number
