"""At whose site each address is, so that what a company wrote is found by an index.

The end of an address can be looked for only by walking through every message there ever was.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection, bindparam, func, select

from syncd.core.mail.addresses import domain_of, registrable
from syncd.store import notes
from syncd.store.schema import messages, participants, sites
from syncd.store.writing import chunks, insert_new

# The newest message whose people are known to be here.
_THROUGH = "sites_through"
_NEWEST = select(func.max(messages.c.id))
_SINCE = (
    select(participants.c.address)
    .where(participants.c.message_id > bindparam("through"))
    .where(participants.c.message_id <= bindparam("newest"))
    .distinct()
)
_AT = select(sites.c.address).where(sites.c.site.in_(bindparam("sites", expanding=True)))


def learn(tx: Connection, addresses: Iterable[str]) -> None:
    rows = [{"address": one, "site": site_of(one)} for one in sorted(set(addresses))]
    insert_new(tx, sites, rows)


def keep_up(tx: Connection, now: datetime) -> None:
    """Learn of the people in messages that came in without: an older syncd took them in.

    Before this table was, and while it works beside this one during an upgrade.
    """
    through = notes.read(tx, _THROUGH) or 0
    newest = tx.execute(_NEWEST).scalar_one() or 0
    if newest > through:
        learn(tx, tx.execute(_SINCE, {"through": through, "newest": newest}).scalars())
        notes.write(tx, _THROUGH, newest, now)


def site_of(address: str) -> str:
    return registrable(domain_of(address))


def at(tx: Connection, wanted: Iterable[str]) -> list[str]:
    """Every address we have met at these sites."""
    found: set[str] = set()
    for some in chunks(sorted(wanted)):
        found.update(tx.execute(_AT, {"sites": some}).scalars())
    return sorted(found)
