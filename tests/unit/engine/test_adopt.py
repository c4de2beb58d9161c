"""Rules that change between two starts hold for what was seen before, too."""

from __future__ import annotations

import pytest

from tests.crash.scenarios import ADA, BOB, answered_later, silence
from tests.support.letters import letter
from tests.support.world import MAYA, World


@pytest.fixture
def world(tmp_path):
    it = World(tmp_path)
    silence(it)
    return it


def test_a_new_tag_reaches_old_conversations(world):
    world.run()
    world.text = world.text.replace("[builders]", "[builders, round-two]")
    world.run()
    assert world.contact(ADA)["syncd_tags"] == "builders;round-two"


def test_a_campaign_taken_away_takes_back_what_it_gave(world):
    world.run()
    world.text = world.text[: world.text.index("campaigns:")]
    world.run()
    assert not world.contact(ADA)["syncd_campaigns"]
    assert world.contact(ADA)["syncd_stage"] == "contacted"


def test_no_follow_up_any_more_closes_our_tasks_and_says_why(world):
    world.run()
    world.text = world.text.replace("  steps:", "  enabled: false\n  steps:")
    world.run()
    [(_, status, comments)] = world.end()["tasks"]
    assert status == "completed"
    assert comments == ["No follow-up is configured for this conversation."]


def test_mail_skipped_by_a_rule_that_is_gone_is_logged_with_its_body(world):
    world.text = world.text.replace("crm_logger: off", "crm_logger: off, unknown_contacts: skip")
    world.run()
    assert world.end()["emails"] == []
    world.text = world.text.replace(", unknown_contacts: skip", "")
    world.run()
    assert len(world.end()["emails"]) == 2
    assert "would you take a look" in world.objects("emails")[0]["hs_email_text"]


def test_mail_hidden_by_a_rule_that_is_gone_is_logged(world):
    hidden = "crm_logger: off, never: [{domain: site.example}]"
    world.text = world.text.replace("crm_logger: off", hidden)
    world.run()
    assert [people for _, _, people in world.end()["emails"]] == [[BOB]]
    world.text = world.text.replace(hidden, "crm_logger: off")
    world.run()
    assert len(world.end()["emails"]) == 2


def test_an_earlier_log_since_brings_in_older_mail(world):
    at = world.clock.now()
    old = letter("Eve <eve@old.example>", f"Us <{MAYA}>", at, key="old@old.example", subject="Old")
    world.deliver(MAYA, old, 100, "INBOX")
    world.run()
    assert len(world.end()["emails"]) == 2
    world.text = world.text.replace("since: 2026-09-01", "since: 2026-08-01")
    world.run()
    assert len(world.end()["emails"]) == 3


def test_the_same_rules_decide_nothing_again(world):
    world.run()
    answered_later(world)
    world.run()
    calls = len(world.transport.calls)
    with world.process() as engine:
        engine.start()
        assert engine.settle().quiet
    assert len(world.transport.calls) == calls
