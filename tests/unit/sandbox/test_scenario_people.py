"""What scripted people do, with no daemon about."""

from __future__ import annotations

from functools import cache

from syncd.sandbox.people.journal import Kind
from syncd.sandbox.people.scenario import Reaction
from syncd.sandbox.simulation import Simulation
from tests.unit.sandbox.play import MAYA, TOM, played, small


@cache
def _month() -> Simulation:
    return played(small(), 30)


def _everyone(*reactions: Reaction) -> Simulation:
    """All contacts alike."""
    given = [reaction.model_dump() for reaction in reactions]
    return played(small(characters={"keen": given, "usual": given}), 12)


def test_the_same_seed_gives_the_same_month():
    again = played(small(), 30).stage.journal
    assert again.said == _month().stage.journal.said
    assert again.handled == _month().stage.journal.handled


def test_another_seed_gives_another_month():
    assert played(small(), 30, seed=2).stage.journal.said != _month().stage.journal.said


def test_contacts_do_all_that_their_characters_may():
    said = _month().stage.journal.said
    assert {one.does for one in said} >= {"answer", "decline", "price", "refer", "unsubscribe"}
    assert {one.kind for one in said} == set(Kind)


def test_nobody_writes_at_night_and_seldom_at_weekends():
    said = [one for one in _month().stage.journal.said if one.kind is Kind.HUMAN]
    assert all(7 <= one.at.hour < 20 for one in said)
    assert all(one.at.weekday() < 5 for one in said if one.ours)


def test_one_who_is_away_says_until_when_once():
    talks = _everyone(Reaction(does="away", chance=1)).stage.journal.talks.values()
    told = [[one for one in talk.said if one.kind is Kind.AWAY] for talk in talks]
    assert all(len(some) == 1 for some in told)
    assert all(some[0].returns and some[0].returns > some[0].at.date() for some in told)


def test_an_address_that_bounces_is_written_to_once():
    talks = _everyone(Reaction(does="bounce", chance=1)).stage.journal.talks.values()
    assert all([one.kind for one in talk.said] == [Kind.HUMAN, Kind.BOUNCE] for talk in talks)


def test_an_answer_in_a_new_thread_begins_another_talk():
    journal = _everyone(Reaction(does="answer", chance=1, how="new thread")).stage.journal
    anew = [talk for talk in journal.talks.values() if talk.begun_by_them]
    assert anew
    for talk in anew:
        first = journal.talks[talk.key.removesuffix("/anew")]
        assert not first.answered
        assert set(first.threads.values()).isdisjoint(talk.threads.values())


def test_answers_come_from_other_addresses_and_colleagues():
    for how in ("other address", "colleague"):
        journal = _everyone(Reaction(does="answer", chance=1, how=how)).stage.journal
        answers = [one for one in journal.said if one.does == "answer"]
        first = {journal.talks[one.talk].key: one for one in reversed(answers)}
        assert all(one.by != journal.talks[key].partner for key, one in first.items())


def test_who_is_referred_to_is_written_to():
    journal = _everyone(Reaction(does="refer", chance=1, days=(0.1, 0.5))).stage.journal
    referred = [talk for talk in journal.talks.values() if talk.partner.startswith("editors@")]
    assert referred


def test_who_asked_to_be_left_alone_is():
    journal = _everyone(Reaction(does="unsubscribe", chance=1, days=(0.1, 0.5))).stage.journal
    for talk in journal.talks.values():
        spoken = [one.does for one in talk.said]
        assert "unsubscribe" not in spoken[:-1]


def test_who_left_writes_no_more_and_the_successor_takes_over():
    simulation = _month()
    leaving = 8
    for one in simulation.stage.journal.said:
        if one.by == TOM and one.ours:
            assert (one.at.date() - simulation.scenario.starts).days < leaving
    taken = [
        talk
        for talk in simulation.stage.journal.talks.values()
        if {one.by for one in talk.ours} == {MAYA, TOM}
    ]
    assert taken
