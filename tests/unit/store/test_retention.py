"""What is forgotten, and what is kept because a promise leans on it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from syncd.engine import undo
from syncd.store import journal
from syncd.store.database import Store
from syncd.store.retention import prune
from syncd.store.schema import bodies, conversations, effects, messages, participants
from tests.unit.engine.office import ADA, BOB, Office

YEAR = {"facts": timedelta(days=365), "journal": timedelta(days=365)}


@pytest.fixture(params=["file", "server"])
def office(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch) -> Office:
    """An exchange that ended, and one in which we wait, both of long ago; and one of now."""
    monkeypatch.setenv("SYNCD_TEST_STORE", request.param)
    office = Office(tmp_path)
    office.wrote(f"Ada <{ADA}>", 9, "p1@brightlink.example", cc="Cy <cy@site.example>")
    office.got(f"Ada <{ADA}>", 8, "r1@site.example", answers="p1@brightlink.example")
    office.wrote(f"Bob <{BOB}>", 9, "p2@brightlink.example")
    office.turn()
    office.clock.advance(timedelta(days=500).total_seconds())
    office.got("Dee <dee@new.example>", 1, "d1@new.example")
    office.turn()
    return office


def pruned(office: Office, keep: dict[str, timedelta] | None = None) -> dict[str, int]:
    store = Store(office.settings.store)
    try:
        return prune(store, YEAR if keep is None else keep, office.clock.now())
    finally:
        store.close()


def test_bodies_are_not_kept_after_delivery(office: Office):
    with office.state() as tx:
        assert tx.execute(select(func.count()).select_from(messages)).scalar_one() == 4
        assert tx.execute(select(func.count()).select_from(bodies)).scalar_one() == 0


def test_an_exchange_that_ended_long_ago_loses_its_words_and_keeps_who_and_when(office: Office):
    assert pruned(office)["conversations"] == 1
    with office.state() as tx:
        put_away = select(conversations.c.id).where(conversations.c.put_away.is_(True))
        [ended] = tx.execute(put_away).scalars()
        mine = select(messages).where(messages.c.conversation_id == ended)
        rows = tx.execute(mine.order_by(messages.c.at)).mappings().all()
        assert [row["message_id"] for row in rows] == ["p1@brightlink.example", "r1@site.example"]
        assert [row["recipients"] for row in rows] == [{"to": [], "cc": [], "bcc": []}] * 2
        assert all(row["crm_id"] and row["details"] == {} for row in rows)
        who = select(participants.c.address, participants.c.name).where(
            participants.c.message_id.in_([row["id"] for row in rows])
        )
        found = tx.execute(who).all()
        assert {address for address, _ in found} == {ADA, "cy@site.example"}
        assert {name for _, name in found} == {""}


def test_pruning_again_finds_nothing_more_and_nothing_is_done_again(office: Office):
    before = (office.emails(), office.tasks())
    pruned(office)
    assert pruned(office) == {"conversations": 0, "effects": 0, "runs": 0, "links": 0}
    writes = office.writes()
    office.text = office.text.replace("tags: [builders]", "tags: [builders, more]")
    office.turn()
    office.text = office.text.replace("tags: [builders, more]", "tags: [builders]")
    office.turn()
    # Contacts follow the rules as ever; of the old exchange nothing is logged or opened anew.
    assert (office.emails(), office.tasks()) == before
    assert office.writes() >= writes


def test_a_late_answer_finds_its_conversation_and_is_logged_once(office: Office):
    pruned(office)
    office.got(f"Ada <{ADA}>", 0, "r2@site.example", answers="r1@site.example")
    office.turn()
    with office.state() as tx:
        query = select(messages.c.conversation_id).where(
            messages.c.message_id.in_(["p1@brightlink.example", "r2@site.example"])
        )
        assert len(set(tx.execute(query).scalars())) == 1
        away = select(func.count()).where(conversations.c.put_away.is_(True))
        assert tx.execute(away).scalar_one() == 0
    assert len([one for one in office.logged() if one[0] == "r2@site.example"]) == 1


def test_a_mailbox_read_anew_logs_nothing_twice(office: Office):
    pruned(office)
    logged = sorted(office.logged())
    office.nightly()
    office.turn()
    assert sorted(office.logged()) == logged


def test_the_journal_keeps_what_was_done_and_an_old_run_cannot_be_undone_with_half_of_it(
    office: Office,
):
    with office.state() as tx:
        old = journal.lines(tx, 50)[-1].number
        keys = set(tx.execute(select(effects.c.key).where(effects.c.state == "done")).scalars())
    assert pruned(office)["effects"] > 0
    with office.state() as tx:
        kept = set(tx.execute(select(effects.c.key).where(effects.c.state == "done")).scalars())
        assert keys == kept
    with office.works() as engine, pytest.raises(undo.CannotUndo):
        undo.undo(engine, old)


def test_without_a_word_in_the_settings_everything_is_kept(office: Office):
    assert office.settings.keep.spans() == {}
    assert pruned(office, {}) == {"conversations": 0, "effects": 0, "runs": 0, "links": 0}
