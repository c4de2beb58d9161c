"""Bugs of earned links."""

from __future__ import annotations

from tests.mutants.bug import Bug

_COURSE = "syncd/core/links_course.py"
_VERIFY = "syncd/core/promises/verify.py"
_ROUNDS = "syncd/engine/links.py"
_LOOKS = "syncd/store/link_looks.py"
COURSE = ("tests/unit/core/test_links_course.py",)
LOST = ("tests/unit/engine/test_lost_links.py",)
ROUNDS = ("tests/unit/engine/test_link_rounds.py",)

LINK_BUGS = (
    Bug(
        "a page that cannot be seen counts as one without the link",
        _COURSE,
        "if found.state is LinkState.ERROR:",
        "if found.state is LinkState.UNVERIFIABLE:",
        COURSE,
    ),
    Bug(
        "a link is lost at the first looks, however close together",
        _COURSE,
        "if strikes < wanted or now - since < rules.over:",
        "if strikes < wanted:",
        COURSE,
    ),
    Bug(
        "a loss that a person has dealt with gets a task again",
        _VERIFY,
        "made = {task.mark for task in bundle.tasks}",
        "made = {task.mark for task in bundle.tasks if task.open}",
        (*COURSE, *LOST),
    ),
    Bug(
        "one host with many pages takes the whole round",
        _ROUNDS,
        "hosts=HOSTS, each=PAGES_A_HOST,",
        "hosts=HOSTS, each=10_000,",
        ROUNDS,
    ),
    Bug(
        "a link that is found again ends no task",
        _LOOKS,
        "if was.stands != course.stands:",
        "if was.stands > course.stands:",
        LOST,
    ),
)
