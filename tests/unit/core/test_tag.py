"""The tag promise alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from syncd.core.actions import ChangeContact, Planned
from syncd.core.promises import tag
from syncd.core.promises.tag import Dialogue, Stage, Written, after, stage_of

names = st.frozensets(st.sampled_from("abcd"))
said = st.booleans()
dialogues = st.builds(
    Dialogue, names, names, written_to=said, answered=said, bounced=said, linked=said, lost=said
)


def outcome(was: Written, planned: Planned, *left: str) -> Written:
    assert isinstance(planned.action, ChangeContact)
    return after(was, planned.action, left)


@given(st.lists(dialogues, min_size=1, max_size=6))
def test_every_history_lands_on_the_promise(history):
    written = Written()
    keys: set[str] = set()
    for said in history:
        change = tag.decide("7", "ada@site.example", said, written)
        if change is not None:
            assert change.action.key not in keys, "a change would be taken for done already"
            keys.add(change.action.key)
            written = outcome(written, change)
        assert tag.decide("7", "ada@site.example", said, written) is None
        assert written.campaigns == said.campaigns
        assert written.tags == said.tags


def test_the_stage_only_moves_forward():
    replied = Written(stage=Stage.REPLIED)
    assert tag.decide("7", "a", Dialogue(written_to=True), replied) is None


def test_a_stage_set_by_a_person_stays():
    theirs = Written(stage_is_theirs=True)
    assert tag.decide("7", "a", Dialogue(written_to=True, answered=True), theirs) is None


def test_a_stage_left_alone_is_a_persons_from_then_on():
    change = tag.decide("7", "a", Dialogue(written_to=True), Written())
    assert change is not None
    now = outcome(Written(), change, "stage")
    assert now.stage_is_theirs
    assert now.stage == ""


def test_a_value_that_stood_there_before_us_is_never_removed():
    change = tag.decide("7", "a", Dialogue(frozenset({"acme"})), Written())
    assert change is not None
    now = outcome(Written(), change, "campaigns=acme")
    assert tag.decide("7", "a", Dialogue(frozenset({"acme"})), now) is None
    assert tag.decide("7", "a", Dialogue(), now) is None


def test_an_answer_after_a_bounce_is_a_reply():
    assert stage_of(Dialogue(written_to=True, answered=True, bounced=True)) == Stage.REPLIED


def test_a_link_is_lost_and_found_again_where_the_stage_was_ours():
    linked = Written(stage=Stage.LINKED)
    lost = tag.decide("7", "a", Dialogue(answered=True, lost=True), linked)
    assert lost is not None
    assert isinstance(lost.action, ChangeContact)
    assert lost.action.put == {"stage": Stage.LOST}
    assert lost.action.expect == {"stage": Stage.LINKED}
    found = tag.decide("7", "a", Dialogue(linked=True, lost=True), outcome(linked, lost))
    assert found is not None
    assert isinstance(found.action, ChangeContact)
    assert found.action.put == {"stage": Stage.LINKED}


def test_a_loss_moves_no_stage_that_was_never_linked():
    replied = Written(stage=Stage.REPLIED)
    assert tag.decide("7", "a", Dialogue(answered=True, lost=True), replied) is None
    contacted = Written(stage=Stage.CONTACTED)
    change = tag.decide("7", "a", Dialogue(answered=True, lost=True), contacted)
    assert change is not None
    assert isinstance(change.action, ChangeContact)
    assert change.action.put == {"stage": Stage.REPLIED}


def test_a_person_s_stage_outlives_a_loss():
    theirs = Written(stage=Stage.LINKED, stage_is_theirs=True)
    assert tag.decide("7", "a", Dialogue(lost=True), theirs) is None
