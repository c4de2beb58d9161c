"""Conditions and which campaign wins."""

from __future__ import annotations

import pytest

from syncd.core.promises.matching import Matter, campaign_of, holds
from syncd.core.rules import Campaign, Condition, Subject

MATTER = Matter(
    addresses=frozenset({"ada@blog.site.example"}),
    subjects=("Our Builder  guide", "Re: Our Builder guide"),
    labels=frozenset({"INBOX", "Campaigns/ACME/Round 1"}),
    mailboxes=frozenset({"maya@brightlink.example"}),
)


@pytest.mark.parametrize(
    ("subject", "pattern", "expected"),
    [
        (Subject.ADDRESS, "ada@blog.site.example", True),
        (Subject.ADDRESS, "ADA@*", True),
        (Subject.ADDRESS, "bob@*", False),
        (Subject.DOMAIN, "site.example", True),
        (Subject.DOMAIN, "blog.site.example", True),
        (Subject.DOMAIN, "ite.example", False),
        (Subject.DOMAIN, "example", False),
        (Subject.LABEL, "Campaigns/ACME", True),
        (Subject.LABEL, "campaigns/acme/round 1", True),
        (Subject.LABEL, "Campaigns/AC", False),
        (Subject.SUBJECT, "*builder guide*", True),
        (Subject.SUBJECT, "builder guide", False),
        (Subject.MAILBOX, "maya@*", True),
    ],
)
def test_a_condition_holds(subject, pattern, expected):
    assert holds(Condition(subject, pattern), MATTER) is expected


def test_a_list_holds_addresses_and_domains():
    by_address = Condition(Subject.LIST, "p.csv", frozenset({"ada@blog.site.example"}))
    by_domain = Condition(Subject.LIST, "p.csv", frozenset({"site.example"}))
    assert holds(by_address, MATTER)
    assert holds(by_domain, MATTER)
    assert not holds(Condition(Subject.LIST, "p.csv", frozenset({"other.example"})), MATTER)


def campaign(name, any_of=(), all_of=()):
    return Campaign(name, name, "", (), tuple(any_of), tuple(all_of), None)


LABEL = Condition(Subject.LABEL, "Campaigns/ACME")
MAILBOX = Condition(Subject.MAILBOX, "maya@*")
ADDRESS = Condition(Subject.ADDRESS, "ada@blog.site.example")
NOT_THERE = Condition(Subject.LABEL, "Campaigns/Other")


@pytest.mark.parametrize(
    ("campaigns", "winner"),
    [
        ([campaign("a", [MAILBOX]), campaign("b", [LABEL])], "b"),
        ([campaign("a", [LABEL]), campaign("b", [ADDRESS])], "b"),
        ([campaign("a", [LABEL]), campaign("b", [LABEL])], "a"),
        ([campaign("a", [LABEL]), campaign("b", [LABEL], [MAILBOX])], "b"),
        ([campaign("a", [LABEL], [NOT_THERE]), campaign("b", [MAILBOX])], "b"),
        ([campaign("a", [NOT_THERE])], None),
        ([campaign("a", [NOT_THERE, MAILBOX])], "a"),
    ],
)
def test_the_most_specific_campaign_wins(campaigns, winner):
    found = campaign_of(campaigns, MATTER)
    assert (found[0].id if found else None) == winner


def test_a_pattern_cannot_take_for_ever():
    condition = Condition(Subject.SUBJECT, "*a" * 30 + "b")
    matter = Matter(frozenset(), ("a" * 5000,), frozenset(), frozenset())
    assert not holds(condition, matter)
