"""Label names: ids never change, names do, and only people's own labels have both."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from connectors.gmail.client import GmailClient
from connectors.gmail.mapping import objects
from syncd.ports.clock import Clock
from syncd.ports.verdicts import Changed, Refused

# Gmail's own labels, whose ids are their names (facts/gmail.md A6, discovery document).
SYSTEM = frozenset(
    {
        "CHAT", "DRAFT", "IMPORTANT", "INBOX", "SCHEDULED", "SENT", "SPAM", "STARRED", "TRASH",
        "UNREAD", "CATEGORY_FORUMS", "CATEGORY_PERSONAL", "CATEGORY_PROMOTIONS",
        "CATEGORY_SOCIAL", "CATEGORY_UPDATES",
    }
)  # fmt: skip

# People rename labels. An hour's delay costs a rule that matches by name little.
_STALE = timedelta(hours=1)


class Labels:
    """The labels of one mailbox, listed when one is met that we do not know."""

    def __init__(self, mailbox: str, client: GmailClient, clock: Clock) -> None:
        self._mailbox = mailbox
        self._client = client
        self._clock = clock
        self._lock = threading.Lock()
        self._names: dict[str, str] = {}
        self._listed_at: datetime | None = None

    def names(self, ids: Iterable[str]) -> Mapping[str, str]:
        """Names by id. An id that stands for no label any more is its own name."""
        wanted = set(ids) - SYSTEM
        if not wanted:
            return {}
        with self._lock:
            if self._stale() or not wanted <= self._names.keys():
                self._list()
            for each in wanted - self._names.keys():
                # Deleted since. Remembered, or every message that had it would list again.
                self._names[each] = each
            return dict(self._names)

    def id_of(self, name: str) -> str | None:
        """The id of a label by its name, in any case as Gmail compares them."""
        with self._lock:
            return self._known(name) or self._found(name)

    def make(self, name: str) -> str:
        """The id of a label, made if it is missing. Repeatable."""
        known = self.id_of(name)
        if known is not None:
            return known
        try:
            made = str(self._client.create_label(self._mailbox, name).get("id") or "")
        except Changed as conflict:
            # "Label name exists or conflicts": someone was faster (facts/gmail.md A5, D20).
            with self._lock:
                found = self._found(name)
            if found is None:
                raise Refused(f"no label {name!r} can be made: {conflict}") from conflict
            return found
        with self._lock:
            self._names[made] = name
        return made

    def forget(self) -> None:
        """List again before the next answer: what we know has been proven wrong."""
        with self._lock:
            self._names, self._listed_at = {}, None

    def _known(self, name: str) -> str | None:
        # Nobody can have a label of their own by such a name, in any case.
        if name.upper() in SYSTEM:
            return name.upper()
        wanted = name.casefold()
        return next((key for key, each in self._names.items() if each.casefold() == wanted), None)

    def _found(self, name: str) -> str | None:
        self._list()
        return self._known(name)

    def _stale(self) -> bool:
        return self._listed_at is None or self._clock.now() >= self._listed_at + _STALE

    def _list(self) -> None:
        listed = objects(self._client.labels(self._mailbox).get("labels"))
        self._names = {str(each.get("id")): str(each.get("name")) for each in listed}
        self._listed_at = self._clock.now()
