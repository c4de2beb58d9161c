"""Who is at whose site, also of mail that an older syncd took in."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete

from syncd.store import sites
from syncd.store.database import Store
from syncd.store.schema import notebook
from syncd.store.schema import sites as table
from tests.unit.engine.office import ADA, Office

NOW = datetime(2026, 11, 23, tzinfo=UTC)
BEN = "ben@blog.timberframe.example"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    office = Office(tmp_path)
    office.wrote(f"Ada <{ADA}>", 6, "p1@brightlink.example")
    office.wrote(f"Ben <{BEN}>", 6, "p2@brightlink.example")
    office.turn()
    return Store(office.settings.store)


def test_everybody_at_a_site_is_found_whatever_the_host_of_their_address(store: Store):
    with store.begin() as tx:
        assert sites.at(tx, [sites.site_of(BEN)]) == [BEN]
        assert sites.at(tx, [sites.site_of(ADA), sites.site_of(BEN)]) == sorted([ADA, BEN])
        assert sites.at(tx, ["frame.example"]) == []
    store.close()


def test_people_in_mail_that_an_older_syncd_took_in_are_learnt_of_once(store: Store):
    with store.begin() as tx:
        tx.execute(delete(table))
        tx.execute(delete(notebook).where(notebook.c.name == "sites_through"))
        sites.keep_up(tx, NOW)
        assert sites.at(tx, [sites.site_of(BEN)]) == [BEN]
        tx.execute(delete(table))
        sites.keep_up(tx, NOW)
        assert sites.at(tx, [sites.site_of(BEN)]) == []
    store.close()
