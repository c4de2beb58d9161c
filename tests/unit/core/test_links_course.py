"""Over time: an error is never a loss, a loss takes enough looks, and it can be found again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.core.actions import CloseTask, CommentTask, OpenTask
from syncd.core.facts import Link, Place
from syncd.core.links import Judgement, LinkState
from syncd.core.links_course import Course, LinkRules, next_look, observe, spread
from syncd.core.promises import verify
from syncd.core.promises.verify import Bundle, Loss, LossTask

START = datetime(2026, 11, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)
RULES = LinkRules()
LIVE = Judgement(
    LinkState.LIVE, "there", Link("https://acme.example/", "ACME"), "https://acme.example/"
)
NOFOLLOW = Judgement(LinkState.NOFOLLOW, "nofollow", LIVE.link, LIVE.lands)
MISSING = Judgement(LinkState.MISSING, "no such link")
GONE = Judgement(LinkState.GONE, "gone")
ERROR = Judgement(LinkState.ERROR, "too slow")


def seen(*looks: Judgement, every: timedelta = DAY * 2, rules: LinkRules = RULES) -> Course:
    course = Course(START)
    for number, found in enumerate(looks):
        course = observe(course, found, START + every * number, rules)
    return course


def test_a_claim_is_no_link_until_it_is_seen():
    assert not Course(START).stands
    assert seen(MISSING, MISSING, MISSING, MISSING).lost_at is None
    assert seen(MISSING, GONE).state is LinkState.MISSING
    won = seen(MISSING, LIVE)
    assert won.won_at == START + DAY * 2
    assert won.expected.target == "https://acme.example/"
    assert won.expected.anchor == "ACME"


def test_a_loss_takes_enough_looks_over_enough_days():
    assert seen(LIVE, MISSING, MISSING).stands
    lost = seen(LIVE, MISSING, MISSING, MISSING)
    assert not lost.stands
    assert lost.state is LinkState.LOST
    assert lost.lost_at == START + DAY * 2
    assert seen(LIVE, MISSING, MISSING, MISSING, every=timedelta(hours=1)).stands
    assert seen(LIVE, MISSING, MISSING, GONE).state is LinkState.GONE


def test_looks_that_see_nothing_count_neither_way():
    assert seen(LIVE, MISSING, ERROR, MISSING, ERROR).stands
    assert not seen(LIVE, MISSING, ERROR, MISSING, ERROR, MISSING).stands


def test_one_look_that_finds_it_starts_anew():
    assert seen(LIVE, MISSING, MISSING, NOFOLLOW, MISSING, MISSING).stands
    assert seen(LIVE, MISSING, MISSING, NOFOLLOW).state is LinkState.NOFOLLOW


def test_what_fails_for_long_is_told_and_stands():
    course = seen(LIVE, *[ERROR] * 20)
    assert course.state is LinkState.UNVERIFIABLE
    assert course.stands
    assert seen(LIVE, *[ERROR] * 20, LIVE).state is LinkState.LIVE


def test_a_link_that_comes_and_goes_is_doubted_longer():
    once = [LIVE, MISSING, MISSING, MISSING]
    assert seen(*once).losses == 1
    assert seen(*once, *once).stands
    assert seen(*once, LIVE, *[MISSING] * 6).losses == 2


def test_new_links_are_looked_at_soon_and_old_ones_seldom():
    def wait(course: Course, now: datetime) -> timedelta:
        return next_look(course, now, RULES, "x") - now

    new = seen(LIVE)
    assert wait(new, START) < DAY * 1.3
    assert wait(new, START + DAY * 100) >= DAY * 14
    assert wait(seen(LIVE, ERROR), START + DAY * 2) < DAY
    assert wait(seen(LIVE, MISSING), START + DAY * 2) < DAY * 2
    lost = seen(LIVE, MISSING, MISSING, MISSING)
    assert wait(lost, START + DAY * 400) <= DAY * 14 * 4 * 1.2


def test_links_that_were_looked_at_together_are_spread():
    course = seen(LIVE)
    times = {next_look(course, START + DAY * 99, RULES, str(n)) for n in range(1000)}
    buckets: dict[int, int] = {}
    for at in times:
        hour = int((at - START).total_seconds() // 3600)
        buckets[hour] = buckets.get(hour, 0) + 1
    assert max(buckets.values()) < 40
    assert spread("a") == spread("a") != spread("b")


class Team:
    """A board with what the promise does to it, and the people at it."""

    def __init__(self, number: int) -> None:
        self.courses = [Course(START) for _ in range(number)]
        self.marks = [""] * number
        self.tasks: dict[str, LossTask] = {}
        self.told: dict[str, int] = {}
        self.closed = 0

    def bundle(self) -> Bundle:
        links = [
            Loss(
                id=n,
                url=f"https://site.example/{n}",
                client="acme.example",
                since=course.lost_at.date() if course.lost_at else None,
                version=course.losses,
                task=self.marks[n],
            )
            for n, course in enumerate(self.courses)
        ]
        place = Place("Outreach", "Lost")
        tasks = list(self.tasks.values())
        return Bundle("host:site.example", "", links, tasks, place=place, due=START.date())

    def look(self, number: int, found: Judgement, now: datetime) -> None:
        was = self.courses[number]
        course = self.courses[number] = observe(was, found, now, RULES)
        if found.state is LinkState.ERROR:
            assert (course.won_at, course.lost_at) == (was.won_at, was.lost_at)
        assert course.stands or not found.state.stands

    def settle(self) -> None:
        for _ in range(5):
            verdict = verify.decide(self.bundle())
            for link, mark in verdict.covers.items():
                self.marks[link] = mark
            for planned in verdict.plan:
                match planned.action:
                    case OpenTask(key=key):
                        assert key not in self.tasks, "the same loss has two tasks"
                        self.tasks[key] = LossTask(key, open=True)
                    case CloseTask(mark=mark):
                        self.tasks[mark] = LossTask(mark, open=False)
                        self.closed += 1
                    case CommentTask(key=key):
                        assert key not in self.told, "the same thing is said twice"
                        self.told[key] = 1
            if not verdict.plan:
                return
        raise AssertionError("it never comes to rest")

    @property
    def open(self) -> list[str]:
        return [one.mark for one in self.tasks.values() if one.open]


LOOKS = st.sampled_from([LIVE, NOFOLLOW, MISSING, GONE, ERROR])
# In runs: what is looked at over and over mostly looks the same.
RUNS = st.tuples(st.integers(0, 1), LOOKS, st.integers(1, 7))
STEPS = st.lists(st.one_of(RUNS, RUNS, RUNS, st.just("completes"), st.just("reopens")), max_size=25)


@settings(max_examples=200, deadline=None)
@given(STEPS)
def test_whatever_is_seen_there_is_one_task_for_what_is_lost(steps):
    team, now = Team(2), START
    for step in steps:
        match step:
            case "completes":
                for mark in team.open:
                    team.tasks[mark] = LossTask(mark, open=False)
                team.settle()
            case "reopens":
                for mark in list(team.tasks)[-1:]:
                    team.tasks[mark] = LossTask(mark, open=True, theirs=True)
                team.settle()
            case (number, found, times):
                for _ in range(times):
                    now += DAY * 2
                    team.look(number, found, now)
                    team.settle()
        assert len(team.open) <= 1
        lost = [n for n, course in enumerate(team.courses) if course.lost_at is not None]
        # Every loss is told of by a task, open or dealt with; none stays open without a loss.
        assert all(team.marks[n] in team.tasks for n in lost)
        assert all(lost or team.tasks[mark].theirs for mark in team.open)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.just(ERROR), max_size=40))
def test_errors_alone_lose_nothing(looks):
    course = observe(Course(START), LIVE, START, RULES)
    for number, found in enumerate(looks):
        course = observe(course, found, START + DAY * 9 * number, RULES)
    assert course.stands
