"""Forgetting what of crawls, links, introductions and plans no promise needs any more.

What is kept, because a promise leans on it: who was asked for which site and when (nobody is
asked again too soon), that a favour was done, which pages carry a link, how each stands and who
told of it (nobody is sent to look when an old exchange goes on), where crawled sites lead that
we want, and what of a plan was done or taken out by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import (
    Connection,
    Integer,
    Select,
    Table,
    bindparam,
    delete,
    func,
    or_,
    select,
    update,
)

from syncd.core.dossier import disguised
from syncd.core.introductions import LIVE
from syncd.core.mail.addresses import domain_of, registrable
from syncd.store.chores import NO_CONVERSATION
from syncd.store.database import Store
from syncd.store.introduction_mail import WATCHED
from syncd.store.schema import (
    campaign_members,
    contacts,
    crawl_links,
    dirty,
    dossiers,
    introductions,
    link_checks,
    outbound,
    plan_items,
    task_events,
    tasks,
)
from syncd.store.writing import chunks

# Rows of one commit: nobody waits for long for theirs.
PORTION = 500

# Decided upon no more, and looked at only for how long ago it was.
_WORDLESS = {
    "words": "",
    "subject": "",
    "message_id": "",
    "draft": "",
    "version": "",
    "standing": "",
    "thread_id": "",
}
_ASKS = (
    select(introductions.c.id)
    .where(
        introductions.c.state.not_in([state.value for state in LIVE]),
        introductions.c.ended_at < bindparam("cutoff"),
        introductions.c.message_id != "",
    )
    .order_by(introductions.c.id)
    .limit(bindparam("most", type_=Integer))
)
_LAST_CHECKS = select(func.max(link_checks.c.id)).group_by(link_checks.c.link_id)
_CHECKS = (
    select(link_checks.c.id)
    .where(link_checks.c.until < bindparam("cutoff"), link_checks.c.id.not_in(_LAST_CHECKS))
    .order_by(link_checks.c.id)
    .limit(bindparam("most", type_=Integer))
)
_CRAWLED = (
    select(crawl_links.c.id)
    .where(
        crawl_links.c.seen_at < bindparam("cutoff"),
        # Not taken in yet.
        crawl_links.c.site.not_in(select(dirty.c.id).where(dirty.c.kind == "crawl")),
    )
    .order_by(crawl_links.c.id)
    .limit(bindparam("most", type_=Integer))
)
_ENDED_TASKS = select(tasks.c.mark).where(
    tasks.c.conversation_id == NO_CONVERSATION, or_(tasks.c.done, tasks.c.deleted)
)
_ENDED_ITEMS = select(plan_items.c.mark).where(or_(plan_items.c.done, plan_items.c.deleted))
_EVENTS = (
    select(task_events.c.id)
    .where(
        task_events.c.at < bindparam("cutoff"),
        or_(task_events.c.mark.in_(_ENDED_TASKS), task_events.c.mark.in_(_ENDED_ITEMS)),
    )
    .order_by(task_events.c.id)
    .limit(bindparam("most", type_=Integer))
)
_OLD_SITES = (
    select(outbound.c.site)
    .where(outbound.c.seen_at < bindparam("cutoff"), outbound.c.site > bindparam("after"))
    .distinct()
    .order_by(outbound.c.site)
    .limit(20)
)


def prune(store: Store, cutoff: datetime, now: datetime, wanted: Collection[str]) -> int:
    """Forget what is older than `cutoff`. `wanted`: the sites that campaigns want links from.

    Returns how many rows were removed or cut short.
    """
    late = min(cutoff, now - WATCHED)
    done = _portions(store, _ASKS, late, _cut_asks)
    done += _portions(store, _CHECKS, cutoff, partial(_drop, link_checks))
    done += _portions(store, _CRAWLED, cutoff, partial(_drop, crawl_links))
    done += _portions(store, _EVENTS, cutoff, partial(_drop, task_events))
    done += _outbound(store, cutoff, wanted)
    with store.begin() as tx:
        return done + _notebooks(tx, cutoff)


def _portions(
    store: Store,
    query: Select[Any],
    cutoff: datetime,
    cut: Callable[[Connection, list[Any]], object],
) -> int:
    done = 0
    while True:
        with store.begin() as tx:
            ids = list(tx.execute(query, {"cutoff": cutoff, "most": PORTION}).scalars())
            if not ids:
                return done
            cut(tx, ids)
        done += len(ids)
        if len(ids) == PORTION:
            store.let_others_in()


def _cut_asks(tx: Connection, ids: list[int]) -> None:
    tx.execute(update(introductions).where(introductions.c.id.in_(ids)).values(**_WORDLESS))


def _drop(table: Table, tx: Connection, ids: list[int]) -> None:
    tx.execute(delete(table).where(table.c.id.in_(ids)))


def _outbound(store: Store, cutoff: datetime, wanted: Collection[str]) -> int:
    """Where sites led long ago, as far as nobody wants to go there: a new crawl tells it anew."""
    done, after = 0, ""
    while True:
        with store.begin() as tx:
            sites = list(tx.execute(_OLD_SITES, {"cutoff": cutoff, "after": after}).scalars())
            if not sites:
                return done
            kept = frozenset(wanted) | _of_people(tx)
            for site in sites:
                query = select(outbound.c.domain).where(outbound.c.site == site)
                gone = [one for one in tx.execute(query).scalars() if one not in kept]
                for some in chunks(gone):
                    mine = (outbound.c.site == site, outbound.c.domain.in_(some))
                    done += tx.execute(delete(outbound).where(*mine)).rowcount
        after = sites[-1]


def _of_people(tx: Connection) -> frozenset[str]:
    """The sites of everybody we know: those of a niche are among them."""
    found: set[str] = set()
    for table in (contacts, campaign_members):
        found |= {
            registrable(domain_of(one)) for one in tx.execute(select(table.c.address)).scalars()
        }
    return frozenset(found)


def _notebooks(tx: Connection, cutoff: datetime) -> int:
    """Of those that are not written any more it is kept by what to know our lines again."""
    done = 0
    old = or_(dossiers.c.look_at.is_(None), dossiers.c.gone)
    query = select(dossiers.c.campaign, dossiers.c.text, dossiers.c.wanted).where(
        old, dossiers.c.written_at < cutoff
    )
    for campaign, text, wanted in tx.execute(query).all():
        if wanted or text != disguised(text):
            values = {"text": disguised(text), "wanted": ""}
            tx.execute(update(dossiers).where(dossiers.c.campaign == campaign).values(**values))
            done += 1
    return done
