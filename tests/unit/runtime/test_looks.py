"""One look at a place at a time, one more for all who asked meanwhile."""

from __future__ import annotations

from collections.abc import Callable

from syncd.runtime.looks import Looks


class Stage:
    """Time and threads by hand: what is to come later comes when `pass_time` is called."""

    def __init__(self) -> None:
        self.now = 100.0
        self.looked: list[tuple[str, float]] = []
        self.found = 0
        self.coming: list[tuple[float, Callable[[], None]]] = []
        self.during: Callable[[], None] = lambda: None
        self.looks = Looks(self._look, self._later, lambda: self.now)

    def _look(self, place: str) -> int:
        self.looked.append((place, self.now - 100))
        during, self.during = self.during, lambda: None
        during()
        return self.found

    def _later(self, _place: str, seconds: float, work: Callable[[], None]) -> None:
        self.coming.append((self.now + seconds, work))

    def pass_time(self, seconds: float) -> None:
        end = self.now + seconds
        while due := sorted((one for one in self.coming if one[0] <= end), key=lambda it: it[0]):
            self.coming.remove(due[0])
            self.now = max(self.now, due[0][0])
            due[0][1]()
        self.now = end


def test_a_hint_has_its_place_looked_at_at_once():
    stage = Stage()
    stage.found = 1
    stage.looks.soon("crm")
    stage.pass_time(100)
    assert stage.looked == [("crm", 0.0)]


def test_what_a_hint_tells_of_and_is_not_found_yet_is_looked_for_again_and_then_let_be():
    stage = Stage()
    stage.looks.soon("crm")
    stage.pass_time(1000)
    assert stage.looked == [("crm", 0.0), ("crm", 5.0), ("crm", 35.0)]


def test_a_look_nobody_hinted_at_is_not_repeated():
    stage = Stage()
    stage.looks.now("board")
    stage.pass_time(1000)
    assert stage.looked == [("board", 0.0)]


def test_a_storm_before_the_look_costs_one():
    stage = Stage()
    stage.found = 1
    for _ in range(1000):
        stage.looks.soon("board")
    stage.pass_time(100)
    assert stage.looked == [("board", 0.0)]


def test_a_storm_during_a_look_costs_one_more_a_second_later():
    stage = Stage()
    stage.found = 1

    def storm() -> None:
        for _ in range(1000):
            stage.looks.soon("board")

    stage.during = storm
    stage.looks.soon("board")
    stage.pass_time(100)
    assert stage.looked == [("board", 0.0), ("board", 1.0)]


def test_a_poll_during_a_look_waits_for_it_instead_of_looking_beside_it():
    stage = Stage()
    stage.found = 1
    inside: list[int] = []

    def poll() -> None:
        stage.looks.now("board")
        inside.append(len(stage.looked))

    stage.during = poll
    stage.looks.now("board")
    assert inside == [1]
    stage.pass_time(100)
    assert stage.looked == [("board", 0.0), ("board", 1.0)]


def test_a_poll_takes_the_place_of_the_look_that_was_to_come():
    stage = Stage()
    stage.found = 1
    stage.looks.soon("board")
    stage.looks.now("board")
    stage.pass_time(100)
    assert stage.looked == [("board", 0.0)]


def test_a_hint_while_a_later_look_is_planned_brings_it_forward():
    stage = Stage()
    stage.looks.soon("crm")
    stage.pass_time(2)
    stage.found = 1
    stage.looks.soon("crm")
    stage.pass_time(100)
    assert stage.looked == [("crm", 0.0), ("crm", 2.0)]


def test_places_do_not_wait_for_each_other():
    stage = Stage()
    stage.found = 1
    stage.looks.soon("crm")
    stage.looks.soon("board")
    stage.pass_time(1)
    assert stage.looked == [("crm", 0.0), ("board", 0.0)]


def test_a_look_that_fails_is_over_all_the_same():
    stage = Stage()

    def fail() -> None:
        raise ArithmeticError

    stage.during = fail
    try:
        stage.looks.now("board")
    except ArithmeticError:
        stage.looks.now("board")
    assert len(stage.looked) == 2


def test_what_was_to_come_can_be_forgotten():
    stage = Stage()
    stage.looks.soon("crm")
    stage.looks.forget()
    stage.pass_time(100)
    assert stage.looked == []
    stage.looks.soon("crm")
    stage.pass_time(1)
    assert len(stage.looked) == 1
