"""Looking at pages: beside the turn, politely, and a bounded part of what is due at a time.

No look writes to the outside, so none passes the ledger: one that was interrupted is made
again. What a look says is recorded in one commit with what must be decided again for it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import zip_longest

from syncd.core.facts import Page, Trouble
from syncd.core.links import Judgement, LinkState, best, judge
from syncd.core.links_address import host_of, is_within, page_key
from syncd.engine.context import Context, log
from syncd.ports.verdicts import TryLater
from syncd.ports.web import LinkChecker
from syncd.store import link_looks
from syncd.store.link_looks import ToLook

# One round: so many hosts, so many pages of each, for so long.
HOSTS = 60
PAGES_A_HOST = 5
LONGEST = timedelta(minutes=2)
# If we die over a round, its pages are due again then.
LEASE = timedelta(minutes=10)
# A host that does not answer is left alone for the rest of a round, and then some.
REST = timedelta(hours=1)
# Clients' own pages are looked at for every link that leads there.
_REMEMBERED = timedelta(hours=12)
_MOST_REMEMBERED = 5_000
# What says that the rest of a host would fare no better just now.
_HOST_IS_DOWN = frozenset({Trouble.NOT_FOUND_HOST, Trouble.UNREACHABLE, Trouble.TOO_SLOW})


class Rounds:
    """Looks at what is due. One round at a time; safe beside everything else."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._one_at_a_time = threading.Lock()
        self._landings: dict[str, tuple[datetime, Page]] = {}

    def next_due(self) -> datetime | None:
        """When there is something to look at; None: never, as things are."""
        if self._ctx.ports.web is None:
            return None
        with self._ctx.store.begin() as tx:
            return link_looks.next_due(tx)

    def look(self) -> int:
        """One round. Returns how many pages were looked at."""
        web = self._ctx.ports.web
        if web is None:
            return 0
        with self._one_at_a_time:
            return self._round(web)

    def _round(self, web: LinkChecker) -> int:
        ctx, began = self._ctx, self._ctx.now()
        with ctx.store.begin() as tx:
            due = link_looks.next_due(tx)
            if due is None or due > began:
                return 0
            taken = link_looks.take(tx, began, hosts=HOSTS, each=PAGES_A_HOST, lease=LEASE)
        looked, left, resting = 0, [], set[str]()
        for one in _by_turns(taken):
            late = ctx.now() - began > LONGEST or ctx.stop.is_set()
            if late or one.host in resting:
                left.append(one)
                continue
            found = self._judged(web, one)
            if found is None:
                resting.add(one.host)
                left.append(one)
                continue
            judgement, page = found
            if page is not None and page.trouble in _HOST_IS_DOWN:
                resting.add(one.host)
            with ctx.store.begin() as tx:
                link_looks.looked(tx, one.id, judgement, ctx.now(), ctx.rules.links)
            looked += 1
        self._put_off(left, resting)
        if looked:
            log.info("links_looked_at", number=looked, put_off=len(left))
        return looked

    def _put_off(self, left: Sequence[ToLook], resting: set[str]) -> None:
        now = self._ctx.now()
        with self._ctx.store.begin() as tx:
            link_looks.put_off(tx, [one.id for one in left if one.host in resting], now + REST)
            link_looks.put_off(tx, [one.id for one in left if one.host not in resting], now)

    def _judged(self, web: LinkChecker, one: ToLook) -> tuple[Judgement, Page | None] | None:
        """None where the host asks for more patience than a round has: nothing was asked."""
        try:
            page = web.check(one.url, self._sought(one))
        except TryLater:
            return None
        except Exception as error:  # noqa: BLE001 - one odd page must not stop the rest
            log.warning("page_not_read", host=one.host, error=type(error).__name__)
            words = f"the page could not be read ({type(error).__name__})"
            return Judgement(LinkState.ERROR, words), None
        page = self._through_redirectors(web, one, page)
        link = best(page, one.expected)
        landing = self._landing(web, link.url, one.client) if link is not None else None
        return judge(page, one.expected, landing), page

    def _sought(self, one: ToLook) -> list[str]:
        """The client's domain, and that of the link we know where it is another one's."""
        if one.expected.target and not is_within(one.expected.target, one.client):
            return [one.client, host_of(one.expected.target)]
        return [one.client]

    def _through_redirectors(self, web: LinkChecker, one: ToLook, page: Page) -> Page:
        """The page with only those links that lead to the client, whichever way.

        Of links elsewhere the one we know counts, where it leads to the client in the end.
        """
        if len(self._sought(one)) == 1:
            return page
        known = page_key(one.expected.target)
        kept = []
        for link in page.links:
            if is_within(link.url, one.client):
                kept.append(link)
            elif page_key(link.url) == known:
                landing = self._landing(web, link.url, one.client)
                if landing is not None and is_within(landing.final_url, one.client):
                    kept.append(link)
        return replace(page, links=tuple(kept))

    def _landing(self, web: LinkChecker, url: str, client: str) -> Page | None:
        """Where a link leads; None where that cannot be seen now."""
        key, now = page_key(url), self._ctx.now()
        known = self._landings.get(key)
        if known is not None and now - known[0] < _REMEMBERED:
            return known[1]
        try:
            page = web.check(url, [client])
        except TryLater:
            return None
        except Exception as error:  # noqa: BLE001 - as above
            log.warning("page_not_read", host=host_of(url), error=type(error).__name__)
            return None
        while len(self._landings) >= _MOST_REMEMBERED:
            del self._landings[next(iter(self._landings))]
        self._landings[key] = (now, page)
        return page


def _by_turns(taken: Sequence[Sequence[ToLook]]) -> Iterator[ToLook]:
    """One of each host in turn, so that the pause of one is the time of the others."""
    for some in zip_longest(*taken):
        yield from (one for one in some if one is not None)
