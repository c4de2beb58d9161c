"""The tag promise alone."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from syncd.core.actions import ChangeContact, Planned
from syncd.core.promises import tag
from syncd.core.promises.tag import Dialogue, Stage, Written, after, stage_of

names = st.frozensets(st.sampled_from("abcd"))
dialogues = st.builds(
    Dialogue, names, names, written_to=st.booleans(), answered=st.booleans(), bounced=st.booleans()
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
