"""A segment comes to hold whom it should, and what people do in it by hand stays."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.actions import ChangeSegment
from syncd.core.promises.relate import (
    Member,
    Membership,
    Profile,
    after,
    belongs,
    decide,
    niches,
    seen,
    undone,
)
from syncd.core.relationships import Relationship, Standing
from syncd.core.rules import Campaign, Segment
from tests.unit.core.test_relationships import day

LINKED = Segment("Linked", ("linked",), niche="Home Builders")
ACME = Campaign("acme", "ACME", "acme.example", ("diy",), (), (), None, niche="home builders")


def stands(standing: str, client: str = "acme.example", *, linked: bool = False) -> Relationship:
    return Relationship("ada", client, Standing(standing), day(1), linked)


@pytest.mark.parametrize(
    ("segment", "profile", "wanted"),
    [
        (LINKED, Profile((stands("linked"),), frozenset({"acme"})), True),
        (LINKED, Profile((stands("lost"),), frozenset({"acme"})), True),
        (LINKED, Profile((stands("declined", linked=True),), frozenset({"acme"})), True),
        (LINKED, Profile((stands("answered"),), frozenset({"acme"})), False),
        (LINKED, Profile((stands("linked"),)), False),
        (LINKED, Profile((stands("linked"),), tags=frozenset({"home builders"})), True),
        (
            LINKED,
            Profile((stands("linked"),), frozenset({"acme"}), do_not_contact=True),
            False,
        ),
        (Segment("x", ("lost",)), Profile((stands("linked"),)), False),
        (Segment("x", ("lost", "agreed")), Profile((stands("agreed"),)), True),
        (Segment("x", ("linked",), client="b.example"), Profile((stands("linked"),)), False),
        (Segment("x", ("linked",), campaign="acme"), Profile((stands("linked"),)), False),
        (Segment("x", ("contacted",)), Profile(), False),
    ],
)
def test_who_belongs_to_a_segment(segment: Segment, profile: Profile, wanted: bool):  # noqa: FBT001 - a row
    assert belongs(segment, profile, [ACME]) is wanted


def test_a_niche_is_told_by_campaigns_and_tags_in_any_case():
    assert niches(Profile(campaigns=frozenset({"acme"}), tags=frozenset({"Tools"})), [ACME]) == {
        "home builders",
        "diy",
        "tools",
    }


@dataclass
class Portal:
    """One segment and one contact: the service, what we know, and what people did last."""

    inside: bool = False
    wanted: bool = False
    member: Member = field(default_factory=Member)
    keys: set[str] = field(default_factory=set)
    writes: int = 0

    def act(self, *, lost: bool = False) -> None:
        """Decide and deliver; with a lost answer it is delivered twice."""
        planned = decide(LINKED, "7", "ada", self.member, wanted=self.wanted)
        if planned is None:
            return
        change = planned.action
        assert isinstance(change, ChangeSegment)
        assert change.key not in self.keys, "taken for done"
        self.keys.add(change.key)
        if not change.joins:
            assert self.member.state is Membership.OURS, "only whom we put in is taken out"
        doubted = False
        if lost:
            self.inside, doubted = change.joins, True
        unchanged = self.inside is change.joins
        self.inside = change.joins
        self.writes += 1
        self.member = after(self.member, change, unchanged=unchanged, doubted=doubted)

    def look(self) -> None:
        state = seen(self.member, inside=self.inside)
        if state is not None:
            self.member = Member(state, self.member.version)


STEPS = st.lists(
    st.sampled_from(["want", "do not want", "act", "lose", "put in", "take out", "look"]),
    max_size=25,
)


def play(steps: list[str]) -> Portal:
    portal = Portal()
    for step in steps:
        match step:
            case "want" | "do not want":
                portal.wanted = step == "want"
            case "act" | "lose":
                portal.act(lost=step == "lose")
            case "put in" | "take out":
                portal.inside = step == "put in"
            case _:
                portal.look()
    return portal


@given(STEPS)
def test_whatever_happens_it_comes_to_rest(steps: list[str]):
    portal = play(steps)
    for _ in range(3):
        portal.look()
        portal.act()
    writes, inside = portal.writes, portal.inside
    portal.look()
    portal.act()
    assert (portal.writes, portal.inside) == (writes, inside)


@given(st.lists(st.sampled_from(["want", "do not want", "act", "lose", "look"]), max_size=25))
def test_left_alone_it_holds_whom_it_should(steps: list[str]):
    portal = play([*steps, "act", "look", "act"])
    assert portal.inside is portal.wanted


@given(STEPS, st.sampled_from(["put in", "take out"]), STEPS)
def test_what_a_person_did_and_we_saw_stays(before: list[str], hand: str, later: list[str]):
    portal = play([*before, "act", "look"])
    was = portal.inside
    portal.inside = hand == "put in"
    portal.look()
    if was == portal.inside:
        return
    for step in later:
        if step in {"want", "do not want"}:
            portal.wanted = step == "want"
        elif step == "look":
            portal.look()
        else:
            portal.act(lost=step == "lose")
        assert portal.inside is (hand == "put in")


def test_what_was_undone_is_not_done_again():
    joined = ChangeSegment("k", "Linked", "7", joins=True)
    left = ChangeSegment("k", "Linked", "7", joins=False)
    out = undone(Member(Membership.OURS, 1), left)
    assert decide(LINKED, "7", "ada", out, wanted=True) is None
    back = undone(Member(Membership.OUT, 2), joined)
    assert decide(LINKED, "7", "ada", back, wanted=False) is None
