"""The log promise alone: which messages become engagements, and of whom."""

from __future__ import annotations

from datetime import timedelta

import pytest

from syncd.core.facts import Direction, MailClass
from syncd.core.promises import log
from syncd.core.promises.log import CROWD, Log, Review, Skip, Standing, Standings, Wait
from syncd.core.rules import Lists, Unknown
from tests.support.mail import ADA, MONDAY, candidate, log_rules

BOB = "bob@site.example"


def standings(*, met=(), **states):
    named = {ADA: states.get("ada"), BOB: states.get("bob")}
    known = {address: state for address, state in named.items() if state is not None}
    ids = {a: f"id-{a}" for a, state in known.items() if state is Standing.FOUND}
    return Standings(known, ids, {}, frozenset(met))


FOUND = standings(ada=Standing.FOUND)
ABSENT = standings(ada=Standing.ABSENT)


@pytest.mark.parametrize(
    ("message", "rules", "reason"),
    [
        (candidate(), log_rules(), "internal"),
        (
            candidate(("from", ADA), at=MONDAY - timedelta(days=91)),
            log_rules(),
            "before log.since",
        ),
        (candidate(("from", ADA), mail_class=MailClass.BOUNCE_HARD), log_rules(), "bounce"),
        (candidate(("from", ADA), mail_class=MailClass.RECEIPT), log_rules(), "read receipt"),
        (
            candidate(("from", ADA), mail_class=MailClass.BULK),
            log_rules(lists=Lists.SKIP),
            "list or bulk mail",
        ),
        (candidate(("from", "not an address")), log_rules(), "no person outside"),
    ],
    ids=lambda it: it if isinstance(it, str) else "",
)
def test_what_is_skipped_without_asking_says_why(message, rules, reason):
    assert log.early_skip(message, rules) == Skip(reason)
    assert log.decide(message, FOUND, rules) == Skip(reason)


def test_mail_with_a_contact_is_logged_on_it():
    decision = log.decide(candidate(("from", ADA)), FOUND, log_rules())
    assert isinstance(decision, Log)
    assert decision.plan.action.contacts == (f"id-{ADA}",)


def test_an_absence_notice_is_logged_like_any_message_of_the_person():
    message = candidate(("from", ADA), mail_class=MailClass.AUTO_REPLY)
    assert isinstance(log.decide(message, FOUND, log_rules()), Log)


def test_a_stranger_is_added_first():
    decision = log.decide(candidate(("from", ADA)), ABSENT, log_rules())
    assert isinstance(decision, Wait)
    assert [planned.action.address for planned in decision.creates] == [ADA]


def test_nothing_is_decided_about_people_never_looked_up():
    assert log.decide(candidate(("from", ADA)), standings(), log_rules()) == Wait()


def test_people_being_added_are_waited_for():
    creating = standings(ada=Standing.FOUND, bob=Standing.CREATING)
    message = candidate(("to", ADA), ("to", BOB), direction=Direction.SENT)
    assert log.decide(message, creating, log_rules()) == Wait()


def test_a_person_the_crm_refuses_does_not_keep_the_others_from_being_logged():
    refused = standings(ada=Standing.FOUND, bob=Standing.REFUSED)
    message = candidate(("to", ADA), ("to", BOB), direction=Direction.SENT)
    decision = log.decide(message, refused, log_rules())
    assert isinstance(decision, Log)
    assert decision.plan.action.contacts == (f"id-{ADA}",)


def test_unknown_people_can_be_skipped():
    rules = log_rules(unknown=Unknown.SKIP)
    assert log.decide(candidate(("from", ADA)), ABSENT, rules) == Skip("unknown people")


def test_unknown_people_can_be_set_aside_for_review():
    rules = log_rules(unknown=Unknown.REVIEW)
    assert log.decide(candidate(("from", ADA)), ABSENT, rules) == Review((ADA,))


@pytest.mark.parametrize("kind", ["bulk", "list"])
def test_list_mail_is_logged_only_from_acquaintances(kind):
    bulk = MailClass.BULK if kind == "bulk" else MailClass.HUMAN
    message = candidate(("from", ADA), mail_class=bulk, is_list=kind == "list")
    assert log.decide(message, ABSENT, log_rules()) == Skip("list or bulk mail")
    assert isinstance(log.decide(message, FOUND, log_rules()), Log)
    met = standings(ada=Standing.ABSENT, met=[ADA])
    assert isinstance(log.decide(message, met, log_rules()), Wait)


def test_list_mail_is_logged_from_anyone_when_told_so():
    message = candidate(("from", ADA), is_list=True)
    assert isinstance(log.decide(message, ABSENT, log_rules(lists=Lists.LOG)), Wait)


def test_a_robot_is_not_made_a_contact():
    message = candidate(("from", "no-reply@shop.example"))
    known = Standings({"no-reply@shop.example": Standing.ABSENT}, {}, {})
    assert log.decide(message, known, log_rules()) == Skip("list or bulk mail")


def test_bystanders_in_a_crowd_are_not_made_contacts():
    crowd = [("to", f"p{n}@many.example") for n in range(CROWD + 1)]
    states = {address: Standing.ABSENT for _, address in crowd} | {ADA: Standing.ABSENT}
    decision = log.decide(candidate(("from", ADA), *crowd), Standings(states, {}, {}), log_rules())
    assert isinstance(decision, Wait)
    assert [planned.action.address for planned in decision.creates] == [ADA]
