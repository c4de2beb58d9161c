"""The next batch of a mailbox's backlog, asked for while the one before is being stored.

A service's answer is waited for, a batch is computed with: together they take as long as the
longer of the two. One call at a time all the same: what a mailbox allows is its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context

from syncd.ports.mail import Fetched

Fetch = Callable[[Sequence[str]], Sequence[Fetched]]


class Ahead:
    """Fetches of one mailbox, for one thread. See `fetching_ahead`."""

    def __init__(self, fetch: Fetch, thread: ThreadPoolExecutor) -> None:
        self._fetch = fetch
        self._thread = thread
        self._begun: tuple[Sequence[str], Future[Sequence[Fetched]]] | None = None

    def take(self, ids: Sequence[str]) -> Sequence[Fetched]:
        """These messages. Raises the verdict of the call that was to bring them."""
        begun, self._begun = self._begun, None
        if begun is not None:
            items = begun[1].result()
            if begun[0] == ids:
                return items
        return self._fetch(ids)

    def begin(self, ids: Sequence[str]) -> None:
        """Ask for what `take` will be asked for next; as unhurried as the caller is."""
        if ids:
            self._begun = ids, self._thread.submit(copy_context().run, self._fetch, ids)


@contextmanager
def fetching_ahead(fetch: Fetch) -> Iterator[Ahead]:
    """No call is under way any more when this ends."""
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as thread:
        yield Ahead(fetch, thread)
