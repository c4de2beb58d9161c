"""What comes in goes before what was there before us: by one batch at most it waits for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update

from syncd.engine import ingest
from syncd.engine.shares import Share
from syncd.store.schema import copies, mailboxes, messages
from tests.support.world import MAYA, TOM
from tests.unit.engine.office import ADA, Office

LIVE = "live@now.example"


@pytest.fixture(params=["file", "server"])
def office(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch) -> Office:
    monkeypatch.setenv("SYNCD_TEST_STORE", request.param)
    return Office(tmp_path, mailboxes=(MAYA, TOM))


def gets(office: Office) -> int:
    return len(office.calls("gmail", path="/batch"))


def test_a_look_takes_in_what_is_new_and_leaves_a_backlog_alone(office: Office):
    for number in range(120):
        office.got(f"P <p{number}@old.example>", 9, f"o{number}@old.example")
    with office.works() as engine:
        engine.start()
        first = engine.glance(MAYA)
        assert (first.taken, first.more, gets(office)) == (0, True, 0)
        office.got(f"Live <{LIVE}>", 0, "live@now.example")
        assert engine.glance(MAYA).taken == 1
        portions = [engine.read_on(MAYA)]
        while portions[-1].more:
            portions.append(engine.read_on(MAYA, portions[-1]))
        # A page is listed, then a batch at a time.
        assert [one.taken for one in portions] == [0, 50, 50, 20, 0]
        assert [one.left for one in portions] == [0, 70, 20, 0, 0]
        assert not engine.glance(MAYA).more


def test_reading_in_portions_costs_no_call_more_than_reading_at_once(office: Office):
    for number in range(120):
        office.got(f"P <p{number}@old.example>", 9, f"o{number}@old.example")
    with office.works() as engine:
        engine.look(MAYA)
    lists = len(office.calls("gmail", path="/messages"))
    assert (lists, gets(office)) == (1, 3)


def test_the_first_backlog_of_one_mailbox_holds_up_no_other(office: Office):
    office.turn()
    for number in range(120):
        office.got(f"P <p{number}@old.example>", 9, f"o{number}@old.example", mailbox=TOM)
    with office.state() as tx:
        tx.execute(update(mailboxes).where(mailboxes.c.address == TOM).values(cursor=None))
    with office.works() as engine:
        engine.start()
        portion = engine.glance(TOM)
        assert portion.more
        engine.read_on(TOM)
        office.got(f"Live <{LIVE}>", 0, "live@now.example")
        assert engine.glance(MAYA).taken == 1
        engine.settle()
        # The other mailbox is still being read, and nobody waited for it.
        assert len(office.emails()) == 1


def test_what_comes_in_is_logged_before_a_backlog_that_was_decided_before_it(office: Office):
    office.turn()
    for number in range(430):
        office.got(f"P <p{number % 5}@old.example>", 9, f"o{number}@old.example", subject="Old")
    with office.works() as engine:
        engine.start()
        ingest.look(engine.ctx, MAYA)
        with engine.ctx.store.begin() as tx:
            # Nobody told us of them: they were there before us.
            tx.execute(update(copies).values(backlog=True))
            tx.execute(update(messages).values(backlog=True))
        office.transport.meanwhile(
            "/emails",
            lambda: (
                office.got(f"Live <{LIVE}>", 0, "live@now.example", subject="Live"),
                engine.glance(MAYA),
            ),
        )
        engine.settle()
    subjects = [row["hs_email_subject"] for row in office.objects("emails")]
    assert len(subjects) == 431
    # While it came, while its sender was made a contact: a batch of a hundred each time.
    assert subjects.index("Live") <= 300


def test_parts_of_a_turn_done_apart_end_where_a_whole_turn_ends(office: Office):
    office.wrote(f"Ada <{ADA}>", 6, "p1@brightlink.example")
    office.got(f"Ada <{ADA}>", 5, "r1@site.example", answers="p1@brightlink.example")
    office.wrote("Bob <bob@other.example>", 6, "p2@brightlink.example")
    with office.works() as engine:
        share = Share(engine.ctx)
        share.start()
        assert not share.introduced()
        share.introduce()
        assert share.introduced()
        for address in (MAYA, TOM):
            ingest.look(share.ctx, address)
        for _ in range(12):
            deciding = share.apart()
            accounts = deciding.decide()
            deciding.finish()
            if not sum(share.apart().deliver(account) for account in sorted(accounts)):
                break
    end = office.end()
    other = Office(office.folder / "whole", mailboxes=(MAYA, TOM))
    other.wrote(f"Ada <{ADA}>", 6, "p1@brightlink.example")
    other.got(f"Ada <{ADA}>", 5, "r1@site.example", answers="p1@brightlink.example")
    other.wrote("Bob <bob@other.example>", 6, "p2@brightlink.example")
    other.turn()
    assert end == other.end()
    assert len(end["tasks"]) == 1


def test_what_is_to_be_decided_again_is_not_sent_meanwhile(office: Office):
    office.wrote(f"Ada <{ADA}>", 6, "p1@brightlink.example")
    with office.works() as engine:
        share = Share(engine.ctx)
        share.start()
        for address in (MAYA, TOM):
            ingest.look(share.ctx, address)
        for _ in range(6):
            for account in sorted(share.apart().decide() - {"board"}):
                share.apart().deliver(account)
        assert "board" in share.apart().decide()
        # Their answer comes in after the decision, and before it is sent.
        office.got(f"Ada <{ADA}>", 0, "r1@site.example", answers="p1@brightlink.example")
        share.glance(MAYA)
        share.apart().deliver("board")
        assert office.tasks() == []
        for _ in range(6):
            for account in sorted(share.apart().decide()):
                share.apart().deliver(account)
    assert office.tasks() == []
