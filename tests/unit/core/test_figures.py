"""What a conversation comes to in the figures: each exclusion and each credit by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.facts import MailClass
from syncd.core.figures import (
    ELSEWHERE,
    Known,
    Pitch,
    Source,
    StepTally,
    Talk,
    Tally,
    Won,
    pitch_of,
    steps_of,
)
from syncd.core.figures_sums import Sums, by_month, hours_of
from syncd.core.mail.autoreplies import LEFT_COMPANY, OUT_OF_OFFICE
from syncd.core.promises.waiting import Utterance
from syncd.core.relationships import Standing
from tests.support.mail import ADA, LONDON, MAYA, MONDAY, received, sent

BOB = "bob@other.example"


def pitch(*messages: Utterance, known: Known | None = None, won: Won | None = None) -> Pitch:
    found = pitch_of(Talk(1, "acme", messages), known or Known(), won or Won())
    assert found is not None
    return found


def says(words: str, key: str = "a1", days: float = 1) -> Utterance:
    return replace(received(key, days), says=words)


def test_a_pitch_begins_with_our_first_message_and_is_its_writers():
    found = pitch(sent("p2", 3), sent("p1", 0), received("a1", 4))
    assert (found.at, found.teammate, found.people) == (MONDAY, MAYA, (ADA,))
    assert (found.step, found.messages) == (2, 2)
    assert found.answered_at == MONDAY + timedelta(days=4)
    assert found.asked_at == MONDAY + timedelta(days=3)


def test_what_we_say_among_ourselves_and_to_a_list_is_no_pitch():
    inside = sent("p1", to=())
    to_list = replace(sent("p2", 1), mail_class=MailClass.BULK)
    assert pitch_of(Talk(1, "", (inside, to_list, received("a", 2))), Known(), Won()) is None
    assert pitch(inside, sent("p3", 3)).at == MONDAY + timedelta(days=3)


@pytest.mark.parametrize(
    "mail_class",
    [one for one in MailClass if one is not MailClass.HUMAN],
)
def test_only_a_person_answers(mail_class: MailClass):
    found = pitch(sent("p1"), received("r1", 1, mail_class=mail_class))
    assert found.answered_at is None


def test_an_absence_is_told_of_and_leaves_the_pitch_in_the_count():
    away = replace(received("r", 1, mail_class=MailClass.AUTO_REPLY), subclass=OUT_OF_OFFICE)
    found = pitch(sent("p1"), away)
    assert (found.absent, found.counts, found.answered_at) == (True, True, None)
    tally = Tally()
    tally.add(found)
    tally.add(pitch(sent("p1"), away, received("a", 2)))
    assert (tally.contacted, tally.absent, tally.answered) == (2, 1, 1)


def test_a_hard_bounce_takes_a_pitch_out_of_the_count():
    bounce = received("b", 1, mail_class=MailClass.BOUNCE_HARD, failed=[ADA])
    found = pitch(sent("p1"), bounce)
    assert found.bounced
    assert not found.counts
    tally = Tally()
    tally.add(found)
    assert (tally.pitches, tally.bounced, tally.contacted, tally.messages) == (1, 1, 0, 1)


def test_somebody_who_left_is_as_far_out_of_reach():
    left = replace(received("b", 1, mail_class=MailClass.AUTO_REPLY), subclass=LEFT_COMPANY)
    assert pitch(sent("p1"), left).bounced


@pytest.mark.parametrize("mail_class", [MailClass.BOUNCE_SOFT, MailClass.BOUNCE_DELAYED])
def test_mail_that_may_still_arrive_has_not_bounced(mail_class: MailClass):
    assert not pitch(sent("p1"), received("b", 1, mail_class=mail_class, failed=[ADA])).bounced


def test_one_of_two_who_cannot_be_reached_leaves_the_other():
    bounce = received("b", 1, mail_class=MailClass.BOUNCE_HARD, failed=[ADA])
    assert not pitch(sent("p1", to=(ADA, BOB)), bounce).bounced
    assert not pitch(sent("p1"), bounce, sent("p2", 2, to=(BOB,))).bounced


def test_an_answer_says_that_the_mail_arrived():
    bounce = received("b", 1, mail_class=MailClass.BOUNCE_HARD, failed=[ADA])
    found = pitch(sent("p1"), bounce, received("a", 2, sender=BOB))
    assert not found.bounced
    assert found.answered_at is not None


def test_a_conversation_that_they_began_is_no_pitch_and_keeps_its_messages():
    found = pitch(received("r0", -1), sent("p1"), received("a1", 1))
    assert found.source is Source.THEIRS
    assert not found.counts
    assert found.messages == 1


def test_a_machine_began_nothing():
    auto = received("r0", -1, mail_class=MailClass.BULK)
    assert pitch(auto, sent("p1")).source is Source.COLD


def test_somebody_who_had_written_to_us_is_warm():
    assert pitch(sent("p1"), known=Known(heard_at=MONDAY - timedelta(days=9))).source == "existing"
    assert pitch(sent("p1"), known=Known(heard_at=MONDAY)).source is Source.COLD
    assert pitch(sent("p1")).source is Source.COLD


def test_somebody_introduced_before_we_wrote_is_introduced_though_another_began():
    known = Known(
        introduced_at=MONDAY - timedelta(hours=1),
        introducers=frozenset({BOB}),
        heard_at=MONDAY - timedelta(minutes=5),
    )
    opened = received("i", -0.04, sender=BOB)
    found = pitch(opened, sent("p1"), received("b", 1, sender=BOB), known=known)
    assert found.source is Source.INTRODUCED
    assert found.answered_at is None  # the introducer's kind words answer nothing
    assert pitch(opened, sent("p1"), received("a", 1), known=known).answered_at is not None


def test_an_introduction_of_somebody_known_or_after_the_fact_is_none():
    late = Known(introduced_at=MONDAY + timedelta(days=1))
    assert pitch(sent("p1"), known=late).source is Source.COLD
    earlier = MONDAY - timedelta(days=30)
    known = Known(introduced_at=MONDAY - timedelta(days=1), heard_at=earlier)
    assert pitch(sent("p1"), known=known).source is Source.EXISTING


def test_an_answer_in_a_thread_of_their_own_counts_for_a_while():
    soon, late = (received("e", days) for days in (3, 1 + ELSEWHERE / timedelta(days=1)))
    assert pitch(sent("p1"), known=Known(elsewhere=(soon,))).answered_at == soon.at
    assert pitch(sent("p1"), known=Known(elsewhere=(late,))).answered_at is None
    before = received("e", -1)
    assert pitch(sent("p1"), known=Known(elsewhere=(before,))).answered_at is None


@pytest.mark.parametrize(
    ("said", "agreed", "declined"),
    [
        (["interest"], True, False),
        (["live"], True, False),
        (["decline"], False, True),
        (["unsubscribe"], False, True),
        (["question"], False, False),
        (["decline", "interest"], True, False),
        (["interest", "decline"], False, True),
        (["interest", "question"], True, False),
    ],
)
def test_the_newest_yes_or_no_decides(said: list[str], agreed: bool, declined: bool):  # noqa: FBT001 - a table
    answers = [says(words, f"a{n}", n) for n, words in enumerate(said, 1)]
    found = pitch(sent("p1"), *answers)
    assert (found.agreed, found.declined) == (agreed, declined)


def test_a_persons_word_goes_before_what_phrases_tell():
    found = pitch(sent("p1"), says("interest"), known=Known(word=Standing.DECLINED))
    assert (found.agreed, found.declined) == (False, True)
    assert pitch(sent("p1"), says("decline"), known=Known(word=Standing.AGREED)).agreed


def test_a_link_is_an_agreement_and_no_bounce():
    bounce = received("b", 1, mail_class=MailClass.BOUNCE_HARD, failed=[ADA])
    found = pitch(sent("p1"), bounce, won=Won(2, 1))
    assert (found.bounced, found.agreed, found.declined, found.lost) == (False, True, False, False)
    assert not pitch(sent("p1"), says("decline"), won=Won(1)).declined


def test_a_pitch_is_lost_with_its_last_link():
    assert pitch(sent("p1"), won=Won(2, 2)).lost
    assert not pitch(sent("p1"), won=Won(2, 1)).lost
    assert not pitch(sent("p1")).lost


def test_each_step_counts_those_that_came_to_it():
    found = steps_of(
        [
            pitch(sent("p1"), received("a", 1)),
            pitch(sent("p1"), sent("p2", 3), received("a", 4), sent("p3", 5)),
            pitch(sent("p1"), sent("p2", 3)),
        ]
    )
    assert found == {1: StepTally(3, 1), 2: StepTally(2, 1)}


def test_time_to_answer_is_working_time_from_the_message_that_was_answered():
    # Friday noon to Monday noon: half of Friday and half of Monday.
    asked = sent("p2", 4 + 2 / 24)
    found = pitch(sent("p1"), asked, received("a", 7 + 2 / 24))
    assert hours_of(found, LONDON) == 24
    assert hours_of(pitch(sent("p1")), LONDON) is None


def test_months_have_no_gaps():
    day = MONDAY.date()
    found = by_month([day, day.replace(year=2027, month=2)], [day.replace(year=2027, month=1)])
    told = [(f"{m.first:%Y-%m}", m.won, m.lost) for m in found]
    assert told == [("2026-11", 1, 0), ("2026-12", 0, 0), ("2027-01", 0, 1), ("2027-02", 1, 0)]
    assert by_month([], []) == []


_MESSAGES = st.lists(
    st.tuples(
        st.sampled_from(["ours", "ours", "answer", "absence", "bounce", "receipt"]),
        st.integers(0, 60),
        st.sampled_from(["", "interest", "decline", "question"]),
    ),
    max_size=8,
)
_KNOWN = st.builds(
    Known,
    heard_at=st.sampled_from([None, MONDAY - timedelta(days=5), MONDAY + timedelta(days=20)]),
    introduced_at=st.sampled_from([None, MONDAY - timedelta(days=1), MONDAY + timedelta(days=9)]),
    introducers=st.sampled_from([frozenset(), frozenset({BOB})]),
    word=st.sampled_from([None, None, Standing.AGREED, Standing.DECLINED]),
)
_WON = st.sampled_from([Won(), Won(), Won(1, 0), Won(2, 1), Won(1, 1)])
_TALKS = st.lists(
    st.tuples(st.sampled_from(["", "acme", "north"]), _MESSAGES, _KNOWN, _WON), max_size=12
)
_CLASSES = {
    "answer": MailClass.HUMAN,
    "absence": MailClass.AUTO_REPLY,
    "bounce": MailClass.BOUNCE_HARD,
    "receipt": MailClass.RECEIPT,
}


def _utterance(number: int, what: str, day: int, words: str) -> Utterance:
    if what == "ours":
        mailbox = (MAYA, "tom@brightlink.example")[day % 2]
        return replace(sent(f"m{number}", day), mailbox=mailbox)
    failed = [ADA] if what == "bounce" else []
    return replace(
        received(f"m{number}", day, mail_class=_CLASSES[what], failed=failed), says=words
    )


@given(_TALKS)
def test_the_parts_add_up_to_the_whole_in_every_breakdown(talks):
    sums, pitches = Sums(), []
    for number, (campaign, drawn, known, won) in enumerate(talks):
        messages = tuple(_utterance(n, *one) for n, one in enumerate(drawn))
        found = pitch_of(Talk(number, campaign, messages), known, won)
        if found is not None:
            pitches.append(found)
            sums.add(found, hours_of(found, LONDON))
    whole = sums.total.tally
    for groups in (sums.campaigns, sums.teammates, sums.sources):
        added = Tally()
        for group in groups.values():
            added.join(group.tally)
        assert added == whole
        assert sum(len(group.hours) for group in groups.values()) == len(sums.total.hours)
    # Counted again, one by one.
    ours = [one for one in pitches if one.source is not Source.THEIRS]
    reached = [one for one in ours if not one.bounced]
    answered = [one for one in reached if one.answered_at is not None]
    assert (whole.pitches, whole.contacted) == (len(ours), len(reached))
    assert whole.answered == len(answered) == len(sums.total.hours)
    assert whole.linked == sum(one.won.links > 0 for one in ours)
    assert whole.links == sum(one.won.links for one in ours)
    assert sums.theirs.links == sum(one.won.links for one in pitches if one not in ours)
    assert whole.messages + sums.theirs.messages == sum(one.messages for one in pitches)
    assert sum(one.answered for one in sums.steps.values()) == whole.answered
    assert sums.steps.get(1, StepTally()).sent == whole.contacted
    for number, step in sums.steps.items():
        later = sums.steps.get(number + 1, StepTally())
        assert step.sent >= step.answered + later.sent
    funnel = whole.funnel
    assert funnel.lost <= funnel.linked <= funnel.agreed <= funnel.contacted
    assert funnel.agreed + funnel.declined <= funnel.contacted
