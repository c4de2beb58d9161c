"""Who is asked for what: the order, the reasons, and what stands against it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from syncd.core.introductions import (
    LIVE,
    Asked,
    AskRules,
    Knows,
    Offer,
    State,
    Tie,
    Wanted,
    rank,
)
from syncd.core.relationships import Acquaintance, Depth

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
RULES = AskRules()
MAYA = "maya@brightlink.example"


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def knows(name: str = "ann", **more: object) -> Knows:
    one = Knows(
        address=f"{name}@{name}.example",
        name=name.capitalize(),
        sites=(f"{name}.example",),
        depth=Depth(4, 4, 4, days_ago(10)),
        known_by=(Acquaintance(MAYA, 4, 4, days_ago(10)),),
        writer=MAYA,
    )
    return replace(one, **more)  # type: ignore[arg-type]


def tie(name: str = "ann", domain: str = "blog.example", **more: object) -> Tie:
    one = Tie(f"{name}.example", domain, 2, "content", seen_at=NOW)
    return replace(one, **more)  # type: ignore[arg-type]


BLOG = Wanted("blog.example", "acme", "a target of ACME")


def offers(
    *people: Knows,
    ties: tuple[Tie, ...] | None = None,
    wanted: tuple[Wanted, ...] = (BLOG,),
    asked: tuple[Asked, ...] = (),
) -> list[Offer]:
    made = ties if ties is not None else tuple(tie(one.name.lower()) for one in people)
    return rank(people, wanted, made, asked, RULES, now=NOW)


def best(*people: Knows, **more: object) -> str:
    return offers(*people, **more)[0].introducer  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("reason", "worse", "better"),
    [
        ("more exchanges", {"depth": Depth(2, 2, 2, days_ago(10))}, {}),
        ("a later answer", {"depth": Depth(4, 4, 4, days_ago(400))}, {}),
        ("a favour owed to us", {}, {"owed": 1}),
        ("nothing owed by us", {"owed": -1}, {}),
    ],
)
def test_people_are_ranked_by(reason: str, worse: dict[str, Any], better: dict[str, Any]):
    assert best(knows("zoe", **worse), knows("ann", **better)) == "ann@ann.example", reason
    assert best(knows("ann", **worse), knows("zoe", **better)) == "zoe@zoe.example", reason


@pytest.mark.parametrize(
    ("reason", "worse"),
    [
        ("a link in an article goes before one in the footer", {"position": "footer"}),
        ("a page's own link goes before one on every page", {"sitewide": True}),
        ("an author's link goes before a credit", {"boilerplate": True}),
        ("a fresh crawl goes before an old one", {"seen_at": days_ago(300)}),
        ("a followed link goes before one with nofollow", {"follow": False}),
    ],
)
def test_links_are_ranked_by(reason: str, worse: dict[str, Any]):
    for first, second in (("ann", "zoe"), ("zoe", "ann")):
        ties = (tie(first, **worse), tie(second))
        assert best(knows("ann"), knows("zoe"), ties=ties) == f"{second}@{second}.example", reason


def test_dialogue_goes_before_everything_else():
    stranger = knows("zoe", depth=Depth(2, 2, 2, days_ago(700)), owed=0)
    friend = knows("ann", depth=Depth(9, 9, 9, days_ago(1)))
    ties = (tie("zoe"), tie("ann", position="aside"))
    assert best(stranger, friend, ties=ties) == "ann@ann.example"


def test_the_reasons_say_all_of_it():
    person = knows(owed=2, instead_of="tom@brightlink.example")
    [one] = offers(person, wanted=(replace(BLOG, cold="bob@blog.example, 40 days ago"),))
    assert one.reasons == (
        "Ann (ann.example) links to blog.example in an article (on 2 pages, seen today)",
        f"{MAYA} has had 4 answers from them, the last 10 days ago",
        f"{MAYA} writes, because tom@brightlink.example has left",
        "they owe us 2 favours",
        "blog.example is a target of ACME",
        "written to without an answer: bob@blog.example, 40 days ago",
    )


def test_somebody_none_of_us_has_written_with_is_not_said_to_be_known_by_one_who_left():
    stranger = knows(depth=Depth(), known_by=(), writer="")
    (offer,) = offers(stranger)
    assert len(offer.blocks) == 1
    assert "no real dialogue" in offer.blocks[0]


@pytest.mark.parametrize(
    ("person", "target", "words"),
    [
        ({"depth": Depth(3, 1, 1, days_ago(1))}, {}, "no real dialogue"),
        ({"depth": Depth(3, 5, 1, days_ago(1))}, {}, "no real dialogue"),
        ({"silent": "Ann is not to be contacted"}, {}, "not to be contacted"),
        ({"writer": ""}, {}, "nobody who knows Ann is in the team"),
        ({}, {"spoken": "Bob wrote 3 days ago"}, "we are in dialogue"),
        ({}, {"silent": "Bob asked not to be written to"}, "Bob asked not"),
    ],
)
def test_what_stands_against_it_is_told(person: dict[str, Any], target: dict[str, Any], words: str):
    [one] = offers(knows(**person), wanted=(replace(BLOG, **target),))
    assert len(one.blocks) == 1
    assert words in one.blocks[0]


ANN, ZOE = "ann@ann.example", "zoe@zoe.example"


@pytest.mark.parametrize(
    ("asked", "blocked"),
    [
        (Asked(ANN, "other.example", State.ASKED, days_ago(400)), True),  # still under way
        (Asked(ANN, "other.example", State.LAPSED, days_ago(59)), True),
        (Asked(ANN, "other.example", State.LAPSED, days_ago(60)), False),
        (Asked(ANN, "other.example", State.INTRODUCED, days_ago(59)), True),
        (Asked(ANN, "other.example", State.DROPPED, days_ago(1)), False),
        (Asked(ANN, "blog.example", State.DROPPED, days_ago(89)), True),
        (Asked(ANN, "blog.example", State.DROPPED, days_ago(90)), False),
        (Asked(ANN, "blog.example", State.DECLINED, days_ago(89)), True),
        (Asked(ANN, "blog.example", State.DECLINED, days_ago(90)), False),
        (Asked(ZOE, "blog.example", State.LAPSED, days_ago(89)), True),
        (Asked(ZOE, "blog.example", State.LAPSED, days_ago(90)), False),
        (Asked(ZOE, "blog.example", State.DROPPED, days_ago(1)), False),
        (Asked(ZOE, "blog.example", State.INTRODUCED, days_ago(999)), True),
        (Asked(ZOE, "other.example", State.ASKED, days_ago(1)), False),
    ],
)
def test_who_was_asked_lately_is_not_asked_again(asked: Asked, *, blocked: bool):
    [one] = offers(knows(), asked=(asked,))
    assert bool(one.blocks) == blocked


def test_nobody_introduces_us_to_their_own_site():
    assert offers(knows(sites=("ann.example", "blog.example"))) == []


def test_a_site_nobody_wants_is_no_offer():
    assert offers(knows(), ties=(tie(domain="else.example"),)) == []


def test_of_several_links_the_best_counts_and_a_pair_is_one_offer():
    [one] = offers(
        knows(sites=("ann.example", "annstwo.example")),
        ties=(
            tie(position="footer"),
            replace(tie(), site="annstwo.example", source_url="https://annstwo.example/a"),
        ),
    )
    assert one.site == "annstwo.example"
    assert one.source_url == "https://annstwo.example/a"


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from("xyz"), st.integers(0, 40)), max_size=25
    ),
    st.sets(st.sampled_from("abc")),
)
def test_no_sequence_asks_a_person_twice_too_soon_or_one_who_wants_no_mail(
    steps: list[tuple[str, str, int]], silent: set[str]
):
    """Whatever is tried in whatever order, by the rules alone."""
    now = NOW
    log: list[tuple[str, str, datetime]] = []
    for who, site, days in steps:
        now += timedelta(days=days)
        asked = [
            Asked(person, domain, State.ASKED if now - at < timedelta(9) else State.LAPSED, at)
            for person, domain, at in log
        ]
        one = knows(who, silent="no mail" if who in silent else "")
        one = replace(one, depth=Depth(4, 4, 4, now))
        domain = f"{site}.example"
        found = rank(
            [one],
            [Wanted(domain, "acme")],
            [replace(tie(who, domain), seen_at=now)],
            asked,
            RULES,
            now=now,
        )
        log += [(made.introducer, made.domain, now) for made in found if not made.blocks]
    for number, (person, domain, at) in enumerate(log):
        assert person[0] not in silent
        for other, elsewhere, before in log[:number]:
            if other == person:
                assert at - before >= RULES.per_contact
            if elsewhere == domain:
                assert at - before >= RULES.ask_again


def test_every_live_state_is_named_and_no_ended_one():
    assert {state for state in State if state not in LIVE} == {
        State.INTRODUCED,
        State.DECLINED,
        State.LAPSED,
        State.DROPPED,
    }
