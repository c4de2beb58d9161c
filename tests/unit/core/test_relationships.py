"""How we stand with a person follows from what happened, and from what people set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.relationships import (
    Depth,
    Event,
    Sign,
    Spoken,
    Standing,
    Word,
    acquaintances_of,
    depth_of,
    stand,
)

START = datetime(2026, 9, 1, tzinfo=UTC)
A, B = "acme.example", "bolt.example"
W, N, Y, NO = Sign.WROTE, Sign.ANSWERED, Sign.AGREED, Sign.DECLINED
UP, GONE = Sign.LINK_STANDS, Sign.LINK_LOST


def day(number: float) -> datetime:
    return START + timedelta(days=number)


def events(*signs: Sign, client: str = A) -> list[Event]:
    return [Event(day(number), sign, client) for number, sign in enumerate(signs)]


@pytest.mark.parametrize(
    ("signs", "standing", "since", "reason"),
    [
        ([W], "contacted", 0, "one of us wrote"),
        ([W, W], "contacted", 0, "since the first message"),
        ([W, N], "answered", 1, "they answered"),
        ([N], "contacted", 0, "who writes first answers nothing"),
        ([N, W], "contacted", 0, "and has not answered yet when we do"),
        ([W, N, Y], "agreed", 2, "they said yes"),
        ([W, Y, NO], "declined", 2, "the newest word counts"),
        ([W, NO, Y], "agreed", 2, "a yes after a no is a yes"),
        ([W, NO, N], "declined", 1, "an answer that says neither takes nothing back"),
        ([W, Y, UP], "linked", 2, "a link that stands"),
        ([W, UP, NO], "linked", 1, "stands whatever they say next time"),
        ([W, UP, GONE], "linked", 1, "one of two links was lost"),
        ([W, GONE], "lost", 1, "the only one was"),
        ([W, GONE, Y], "agreed", 2, "they will put it back"),
    ],
)
def test_what_signs_come_to(signs: list[Sign], standing: str, since: int, reason: str):
    [found] = stand("ada", events(*signs), Word())
    assert (found.standing.value, found.since) == (standing, day(since)), reason


def test_each_client_has_a_standing_of_its_own():
    both = [*events(W, UP), Event(day(5), W, B), Event(day(6), NO, B)]
    found = {one.client: one.standing for one in stand("ada", both, Word())}
    assert found == {A: Standing.LINKED, B: Standing.DECLINED}


def test_an_answer_counts_for_another_client_than_the_first_message():
    found = {one.client: one for one in stand("ada", [*events(W), Event(day(3), N, B)], Word())}
    assert found[B].standing is Standing.ANSWERED


def test_a_stage_that_a_person_set_holds_for_the_matter_at_hand():
    both = [*events(W), Event(day(5), W, B)]
    found = {one.client: one for one in stand("ada", both, Word("agreed", day(6)))}
    assert found[B].standing is Standing.AGREED
    assert found[B].since == day(6)
    assert found[A].standing is Standing.CONTACTED


def test_it_goes_before_what_the_mail_says():
    [found] = stand("ada", events(W, UP, NO), Word("lost", day(9)))
    assert found.standing is Standing.LOST


def test_set_before_anything_it_holds_for_all():
    found = stand("ada", [*events(W), Event(day(5), W, B)], Word("linked", day(-9)))
    assert {one.standing for one in found} == {Standing.LINKED}


def test_set_without_any_mail_it_is_all_there_is():
    [found] = stand("ada", [], Word("linked", day(1)))
    assert (found.client, found.standing) == ("", Standing.LINKED)
    assert stand("ada", [], Word("bounced", day(1))) == []
    assert stand("ada", [], Word()) == []


def test_who_is_not_to_be_contacted_has_declined_everywhere_but_where_they_linked():
    both = [*events(W, UP), Event(day(5), W, B)]
    found = {one.client: one.standing for one in stand("a", both, Word(do_not_contact=True))}
    assert found == {A: Standing.LINKED, B: Standing.DECLINED}


def test_who_linked_once_is_remembered_as_such():
    [found] = stand("ada", events(W, GONE, NO), Word())
    assert found.standing is Standing.DECLINED
    assert found.linked


@given(
    st.lists(st.tuples(st.sampled_from(Sign), st.sampled_from([A, B, ""]), st.integers(0, 50))),
    st.sampled_from(["", *(one.value for one in Standing), "bounced"]),
    st.booleans(),
)
def test_whatever_happened_each_client_has_one_standing_in_any_order(told, stage, silent):
    happened = [Event(day(at), sign, client) for sign, client, at in told]
    word = Word(stage, day(20) if stage else None, silent)
    found = stand("ada", happened, word)
    assert found == stand("ada", happened[::-1], word) or len({at for *_, at in told}) < len(told)
    assert [one.client for one in found] == sorted({one.client for one in happened}) or not told
    assert all(not one.linked or any(e.sign in {UP, GONE} for e in happened) for one in found)


def spoken(*words: str) -> list[Spoken]:
    """ "w" we wrote, "a" they answered, "n" with a no."""
    return [
        Spoken(day(number), "maya", word == "w", refusal=word == "n")
        for number, word in enumerate(words)
    ]


@pytest.mark.parametrize(
    ("talk", "exchanges", "real"),
    [
        ("w", 0, False),
        ("wa", 1, False),
        ("wawa", 2, True),
        ("waaaa", 1, False),
        ("wwwa", 1, False),
        ("wnwn", 0, False),
        ("aawa", 1, False),
        ("wawawa", 3, True),
    ],
)
def test_a_dialogue_is_messages_of_ours_that_were_answered(
    talk: str,
    exchanges: int,
    real: bool,  # noqa: FBT001 - a row of the table
):
    found = depth_of(spoken(*talk))
    assert found.exchanges == exchanges
    assert found.real is real


def test_the_score_grows_with_exchanges_and_fades_with_time():
    once, often = depth_of(spoken(*"wa")), depth_of(spoken(*"wawawawa"))
    assert 0 < once.score(day(10)) < often.score(day(10)) < 1
    assert often.score(day(400)) < often.score(day(10))
    assert Depth().score(day(1)) == 0
    assert depth_of(spoken(*"wn")).score(day(3)) == 0


def test_who_is_answered_most_knows_them_best_then_who_was_last():
    talk = [
        Spoken(day(0), "tom", ours=True),
        Spoken(day(1), "tom", ours=False),
        Spoken(day(2), "maya", ours=True),
        Spoken(day(3), "maya", ours=False),
        Spoken(day(9), "noah", ours=True),
    ]
    assert [one.teammate for one in acquaintances_of(talk)] == ["maya", "tom", "noah"]
    assert acquaintances_of(talk)[2].answers == 0
