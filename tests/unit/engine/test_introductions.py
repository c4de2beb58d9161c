"""An ask for an introduction, from the offer to what comes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.core.introductions import State
from syncd.engine.offers import CannotAsk
from syncd.store import exchanges, favours
from tests.unit.engine.introducing import ANN, BEN, MAYA, SITE, TOM, WANTED, Salon


@pytest.fixture
def salon(tmp_path: Path) -> Salon:
    return Salon(tmp_path / "salon")


def test_an_offer_says_why(salon: Salon):
    [one] = salon.offers()
    assert (one.introducer, one.site, one.domain, one.campaign, one.writer) == (
        ANN,
        SITE,
        WANTED,
        "acme",
        MAYA,
    )
    assert one.blocks == ()
    assert one.reasons == (
        f"Ann Lee ({SITE}) links to {WANTED} in an article (on 2 pages, seen today)",
        f"{MAYA} has had 2 answers from them, the last 12 days ago",
        f"{WANTED} is a target of ACME",
    )


def test_a_draft_waits_in_the_thread_of_whoever_knows_them(salon: Salon):
    salon.ask()
    draft = salon.draft()
    assert salon.drafts(TOM) == []
    assert draft["to"] == f"Ann Lee <{ANN}>"
    assert draft["subject"] == "Re: Huts"
    assert draft["in-reply-to"] == f"<they1.{ANN}>"
    assert draft["references"].split()[-1] == f"<they1.{ANN}>"
    assert "Hi Ann," in draft["body"]
    assert WANTED in draft["body"]
    assert salon.asking().state is State.DRAFTED
    assert salon.titles() == [f"Ask Ann Lee ({SITE}) about {WANTED}"]


def test_choosing_twice_asks_once(salon: Salon):
    salon.ask()
    with pytest.raises(CannotAsk, match="still under way"):
        salon.ask()
    assert len(salon.drafts()) == 1


def test_two_sites_are_not_asked_of_one_person_at_once(salon: Salon):
    salon.text = salon.text.replace(f"[{WANTED}]", f"[{WANTED}, second.example]")
    salon.crawled((SITE, WANTED), (SITE, "second.example"))
    with pytest.raises(CannotAsk, match=f"was asked for {WANTED}"):
        salon.ask((ANN, WANTED), (ANN, "second.example"))
    salon.turn()
    assert salon.drafts() == []
    assert salon.askings() == []


def test_a_sent_draft_is_the_ask_and_ends_its_task(salon: Salon):
    salon.ask()
    salon.sends()
    salon.turn()
    one = salon.asking()
    assert (one.state, one.asked_by) == (State.ASKED, MAYA)
    assert one.asked_at is not None
    assert salon.titles() == []
    assert salon.drafts() == []


def test_an_edited_draft_is_theirs_and_still_the_ask_once_sent(salon: Salon):
    salon.ask()
    salon.edits()
    salon.turn()
    assert salon.asking().edited
    assert salon.draft()["body"].startswith("Hi Ann, in my own words.")
    salon.sends()
    salon.turn()
    assert salon.asking().state is State.ASKED


def test_another_mail_in_the_thread_is_no_ask_while_the_draft_stands(salon: Salon):
    salon.ask()
    salon.wrote(f"Ann Lee <{ANN}>", 0, "chat@us", subject="Re: Huts", answers=f"they1.{ANN}")
    salon.turn()
    assert salon.asking().state is State.DRAFTED
    assert len(salon.titles()) == 1


def test_a_draft_that_a_person_deletes_is_dropped_and_not_written_again(salon: Salon):
    salon.ask()
    salon.discards()
    salon.turn()
    salon.clock.advance(300)
    salon.turn()
    salon.clock.advance(300)
    salon.turn()
    assert salon.asking().state is State.DROPPED
    assert salon.titles() == []
    assert salon.drafts() == []
    assert "a draft for it was dropped" in salon.why_not()[0]
    salon.later(91)
    assert salon.open_offers() == [(ANN, WANTED)]


def test_a_task_that_a_person_deletes_is_not_made_again_and_the_draft_stays(salon: Salon):
    salon.ask()
    salon.person("deletes")
    salon.turn()
    salon.nightly()
    assert salon.titles() == []
    assert len(salon.drafts()) == 1
    assert salon.asking().state is State.DRAFTED


def test_a_three_way_mail_is_the_introduction(salon: Salon):
    salon.ask()
    salon.sends()
    salon.turn()
    salon.later(2)
    salon.introduces()
    salon.turn()
    one = salon.asking()
    assert (one.state, one.introduced, one.introduced_name) == (State.INTRODUCED, BEN, "Ben Ray")
    assert BEN in salon.people()
    assert salon.titles() == ["Thank Ann Lee for introducing Ben Ray"]
    # The answer that introduces somebody calls for nothing else.
    assert salon.open_tasks() == salon.titles()
    ben = salon.contact(BEN)
    assert ben["syncd_campaigns"] == "acme"
    assert ben["syncd_introduced_by"] == f"Ann Lee <{ANN}>"
    with salon.state() as tx:
        assert favours.balances(tx, [ANN])[ANN].owed_to_us == -1


def test_thanking_ends_the_task_for_it(salon: Salon):
    salon.ask()
    salon.sends()
    salon.turn()
    salon.later(2)
    salon.introduces()
    salon.turn()
    salon.later(1)
    salon.wrote(f"Ann Lee <{ANN}>", 0, "thanks@us", cc=f"Ben Ray <{BEN}>", subject="Re: Huts")
    salon.turn()
    assert salon.titles() == []
    assert "Thank Ann Lee for introducing Ben Ray" in salon.titles(done=True)


def test_somebody_new_in_copy_is_an_introduction_where_the_text_says_so(salon: Salon):
    salon.ask()
    salon.sends()
    salon.turn()
    salon.later(2)
    cara = "cara@agency.example"
    salon.introduces(
        cc=f"Cara <{cara}>", text="I have copied in Cara, who is the right person to talk to.\n"
    )
    salon.turn()
    assert salon.asking().introduced == cara
    assert salon.open_tasks() == ["Thank Ann Lee for introducing Cara"]


def test_somebody_in_copy_is_none_where_the_text_does_not(salon: Salon):
    salon.ask()
    salon.sends()
    salon.turn()
    salon.later(2)
    salon.introduces(cc="Cara <cara@agency.example>", text="Let me think about it.\n")
    salon.turn()
    assert salon.asking().state is State.ASKED


def test_naming_the_one_to_write_to_is_an_introduction(salon: Salon):
    salon.ask()
    salon.sends()
    salon.turn()
    salon.later(2)
    salon.introduces(cc="", text=f"Sure, please contact Ben Ray <{BEN}> instead.\n")
    salon.turn()
    assert salon.asking().introduced == BEN
    assert BEN in salon.people()
    assert salon.open_tasks() == ["Thank Ann Lee for introducing Ben Ray"]


def test_somebody_of_the_site_who_writes_out_of_the_blue_was_introduced(salon: Salon):
    salon.ask()
    salon.sends()
    salon.turn()
    salon.later(2)
    salon.got(f"Ben Ray <{BEN}>", 0, "blue@ben", subject="Ann says hello")
    salon.turn()
    assert salon.asking().introduced == BEN


def test_a_no_ends_it(salon: Salon):
    salon.ask()
    salon.sends()
    salon.turn()
    salon.later(2)
    salon.introduces(cc="", text="Sorry, we are not interested.\n")
    salon.turn()
    assert salon.asking().state is State.DECLINED


def test_an_ask_is_followed_up_by_the_cadence_of_its_campaign(salon: Salon):
    salon.ask()
    salon.sends()
    salon.turn()
    salon.later(8)
    salon.turn()
    assert any("Ann Lee" in name for name in salon.open_tasks())
    conversation = salon.asking().conversation
    assert conversation is not None
    with salon.state() as tx:
        assert exchanges.load(tx, [conversation])[conversation].campaign == "acme"


def test_an_ask_without_any_answer_lapses(salon: Salon):
    salon.ask()
    salon.sends()
    salon.turn()
    salon.later(91)
    salon.turn()
    assert salon.asking().state is State.LAPSED


def test_a_late_introduction_counts_all_the_same(salon: Salon):
    salon.ask()
    salon.sends()
    salon.turn()
    salon.later(91)
    salon.turn()
    salon.introduces()
    salon.turn()
    assert salon.asking().state is State.INTRODUCED
