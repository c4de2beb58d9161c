"""What becomes of an ask, from the mail alone: who was introduced, who said no, what follows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.core.actions import AddContact, ChangeContact, CloseTask, DeleteDraft, OpenTask
from syncd.core.facts import Party, Place
from syncd.core.introductions import AskRules, State
from syncd.core.promises.introduce import decide
from syncd.core.promises.introduce_matter import (
    Draft,
    Heard,
    Matter,
    Outcome,
    Task,
    asking,
    introduction,
    task_mark,
    thanks_mark,
)

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
RULES = AskRules(place=Place("Outreach", "Introductions"))
ANN, BEN, CARA = "ann@alpine.example", "ben@blog.example", "cara@agency.example"
MAYA = "maya@brightlink.example"


def matter(state: State, **more: object) -> Matter:
    asked = state not in {State.OFFERED, State.DRAFTED}
    one = Matter(
        id=7,
        introducer=ANN,
        name="Ann Lee",
        addresses=frozenset({ANN}),
        site="alpine.example",
        domain="blog.example",
        state=state,
        asked_by=MAYA,
        mark="m1",
        subject="Re: Huts",
        message_id="ours@x",
        draft_id="d1",
        version="v1",
        drafted_at=NOW - timedelta(days=9),
        asked_at=NOW - timedelta(days=8) if asked else None,
        conversation=5 if asked else None,
        draft=Draft.STANDS,
        effect="done",
    )
    return replace(one, **more)  # type: ignore[arg-type]


def heard(sender: str = ANN, *, ours: bool = False, **more: object) -> Heard:
    one = Heard(
        key="mid:1",
        at=NOW - timedelta(days=1),
        ours=ours,
        mailbox=MAYA,
        sender=Party(sender),
        says="" if ours else "other",
        conversation=5,
    )
    return replace(one, **more)  # type: ignore[arg-type]


def kinds(outcome: Outcome) -> list[type]:
    return [type(one.action) for one in outcome.plan]


@pytest.mark.parametrize(
    ("words", "message", "whom"),
    [
        ("in copy, of the site", {"others": (Party(BEN),)}, BEN),
        (
            "below the site's domain",
            {"others": (Party("b@mail.blog.example"),)},
            "b@mail.blog.example",
        ),
        ("somebody else in copy", {"others": (Party(CARA),)}, None),
        (
            "new, and the text says so",
            {"others": (Party(CARA),), "strangers": frozenset({CARA}), "says": "referral"},
            CARA,
        ),
        (
            "new, and the text says so besides",
            {"others": (Party(CARA),), "strangers": frozenset({CARA}), "says_also": ("referral",)},
            CARA,
        ),
        (
            "known long since, whatever the text says",
            {"others": (Party(CARA),), "says": "referral"},
            None,
        ),
        ("named as the one to write to", {"referred": (Party(BEN),), "says": "referral"}, BEN),
        ("named without an address", {"referred": (Party("", "Ben"),), "says": "referral"}, None),
        ("a machine of the site", {"others": (Party("no-reply@blog.example"),)}, None),
        ("of a site whose name ends alike", {"others": (Party("b@notblog.example"),)}, None),
        (
            "from somebody else, elsewhere",
            {"sender": CARA, "others": (Party(BEN),), "conversation": 6},
            None,
        ),
        (
            "from their colleague, in the ask's conversation",
            {"sender": "al@alpine.example", "others": (Party(BEN),)},
            BEN,
        ),
        ("by themselves, in the conversation", {"sender": BEN}, BEN),
        ("by themselves, elsewhere, long known", {"sender": BEN, "conversation": 6}, None),
        (
            "by themselves, out of the blue",
            {"sender": BEN, "conversation": 6, "opens": True, "strangers": frozenset({BEN})},
            BEN,
        ),
        (
            "by themselves, with the introducer in copy",
            {"sender": BEN, "conversation": 6, "others": (Party(ANN),)},
            BEN,
        ),
        ("before the ask", {"others": (Party(BEN),), "at": NOW - timedelta(days=30)}, None),
    ],
)
def test_an_introduction_is_recognised(words: str, message: dict[str, Any], whom: str | None):
    found = introduction(matter(State.ASKED, heard=(heard(**message),)))
    assert (found and found[0].address) == whom, words


@pytest.mark.parametrize(
    ("words", "draft", "message", "asks"),
    [
        ("our Message-ID came back", Draft.UNKNOWN, {"message_id": "ours@x"}, True),
        ("its thread, the draft gone", Draft.GONE, {"in_thread": True}, True),
        ("its thread, the draft still there", Draft.STANDS, {"in_thread": True}, False),
        (
            "to them, of that subject, the draft gone",
            Draft.GONE,
            {"subject": "HUTS", "others": (Party(ANN),)},
            True,
        ),
        (
            "to them, of another subject",
            Draft.GONE,
            {"subject": "Lunch", "others": (Party(ANN),)},
            False,
        ),
        (
            "to another, of that subject",
            Draft.GONE,
            {"subject": "Huts", "others": (Party(BEN),)},
            False,
        ),
        (
            "a teammate's",
            Draft.GONE,
            {"in_thread": True, "mailbox": "tom@brightlink.example"},
            False,
        ),
    ],
)
def test_the_ask_is_recognised(words: str, draft: Draft, message: dict[str, Any], *, asks: bool):
    one = matter(State.DRAFTED, draft=draft, heard=(heard(MAYA, ours=True, **message),))
    assert (asking(one) is not None) == asks, words


def test_an_introduction_makes_a_contact_and_a_task_to_thank_for_it():
    said = heard(others=(Party(BEN, "Ben Ray"),))
    outcome = decide(matter(State.ASKED, heard=(said,)), RULES, NOW)
    assert outcome.changes["state"] == "introduced"
    assert (outcome.changes["introduced"], outcome.changes["introduced_name"]) == (BEN, "Ben Ray")
    assert kinds(outcome) == [AddContact, OpenTask]


def test_one_who_is_a_contact_already_is_not_added():
    one = matter(State.ASKED, heard=(heard(others=(Party(BEN),)),), known=frozenset({BEN}))
    assert AddContact not in kinds(decide(one, RULES, NOW))


def test_where_nobody_is_to_be_thanked_there_is_no_task():
    one = matter(State.ASKED, heard=(heard(others=(Party(BEN),)),))
    assert OpenTask not in kinds(decide(one, replace(RULES, thank=False), NOW))


def test_the_contact_says_who_introduced_them_once_it_is_known():
    one = matter(State.INTRODUCED, introduced=BEN, introduced_at=NOW)
    assert kinds(decide(one, RULES, NOW)) == []
    [planned] = decide(replace(one, contact="99"), RULES, NOW).plan
    assert isinstance(planned.action, ChangeContact)
    assert planned.action.put == {"introduced_by": f"Ann Lee <{ANN}>"}
    assert planned.action.expect == {"introduced_by": ""}


def test_a_draft_gets_one_task():
    outcome = decide(matter(State.DRAFTED), RULES, NOW)
    [planned] = outcome.plan
    assert isinstance(planned.action, OpenTask)
    assert planned.action.about == "introduction:7"
    tasks = {task_mark("m1"): Task(task_mark("m1"), ours=False)}
    assert decide(matter(State.DRAFTED, tasks=tasks), RULES, NOW).plan == ()
    assert decide(matter(State.DRAFTED), replace(RULES, place=None), NOW).plan == ()


def test_what_strangers_call_themselves_is_no_markdown():
    [planned] = decide(matter(State.DRAFTED, name="[Ann](http://x)"), RULES, NOW).plan
    assert isinstance(planned.action, OpenTask)
    assert "[Ann](http://x)" not in planned.action.body


@pytest.mark.parametrize(
    ("words", "more", "state"),
    [
        ("nobody answered yet", {}, None),
        ("they said no", {"heard": (heard(says="decline"),)}, "declined"),
        (
            "a no elsewhere is about something else",
            {"heard": (heard(says="decline", conversation=6),)},
            None,
        ),
        ("every follow-up in vain", {"quiet": True}, "lapsed"),
        ("answered, and then quiet", {"quiet": True, "heard": (heard(says="interest"),)}, None),
        ("too long ago", {"asked_at": NOW - timedelta(days=90)}, "lapsed"),
    ],
)
def test_how_an_ask_ends(words: str, more: dict[str, Any], state: str | None):
    outcome = decide(matter(State.ASKED, **more), RULES, NOW)
    assert outcome.changes.get("state") == state, words


def test_a_deleted_draft_is_dropped_only_when_its_mailbox_was_read_since():
    gone = matter(State.DRAFTED, draft=Draft.GONE)
    assert decide(gone, RULES, NOW).changes == {}
    assert decide(replace(gone, settled=True), RULES, NOW).changes["state"] == "dropped"


def test_one_not_to_be_contacted_loses_an_untouched_draft_and_only_that():
    silent = {"silent": "Ann asked not to be written to"}
    outcome = decide(matter(State.DRAFTED, **silent), RULES, NOW)
    assert kinds(outcome) == [DeleteDraft]
    edited = decide(matter(State.DRAFTED, draft=Draft.EDITED, **silent), RULES, NOW)
    assert kinds(edited) == []
    assert edited.changes == {"edited": True}
    offered = decide(matter(State.OFFERED, effect="planned", **silent), RULES, NOW)
    assert offered.withdraw


MESSAGES = st.builds(
    heard,
    sender=st.sampled_from([ANN, BEN, CARA, MAYA]),
    ours=st.booleans(),
    at=st.integers(0, 20).map(lambda days: NOW - timedelta(days=days)),
    others=st.lists(st.sampled_from([Party(ANN), Party(BEN), Party(CARA)]), max_size=2).map(tuple),
    says=st.sampled_from(["", "other", "decline", "referral", "interest"]),
    message_id=st.sampled_from(["", "ours@x"]),
    in_thread=st.booleans(),
    opens=st.booleans(),
    strangers=st.frozensets(st.sampled_from([BEN, CARA])),
    conversation=st.integers(5, 6),
)


@settings(max_examples=200, deadline=None)
@given(
    state=st.sampled_from(State),
    draft=st.sampled_from(Draft),
    messages=st.lists(MESSAGES, max_size=4),
    silent=st.sampled_from(["", "no mail"]),
    settled=st.booleans(),
    ours=st.booleans(),
)
def test_whatever_happens_a_persons_draft_and_tasks_are_left_to_them(
    state: State,
    draft: Draft,
    messages: list[Heard],
    silent: str,
    *,
    settled: bool,
    ours: bool,
):
    marks = (task_mark("m1"), thanks_mark("m1"))
    one = matter(
        state,
        draft=draft,
        heard=tuple(messages),
        silent=silent,
        settled=settled,
        introduced_at=NOW if state is State.INTRODUCED else None,
        tasks={mark: Task(mark, ours=ours) for mark in marks},
    )
    outcome = decide(one, RULES, NOW)
    assert decide(one, RULES, NOW) == outcome
    if draft is not Draft.STANDS:
        assert DeleteDraft not in kinds(outcome)
    if not ours:
        assert CloseTask not in kinds(outcome)
    # Both were made before: neither is made again.
    assert OpenTask not in kinds(outcome)
    if state in {State.DROPPED, State.INTRODUCED}:
        assert "state" not in outcome.changes
