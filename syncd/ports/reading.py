"""Which methods of a port only read, and ports on which no others exist.

Every method of every port is named here, as one or the other: a test goes through the
protocols, so that none can be added without somebody saying which it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from syncd.ports.board import TaskBoard
from syncd.ports.crawl import LinkSource
from syncd.ports.crm import Crm
from syncd.ports.mail import DraftBox, MailSource
from syncd.ports.web import LinkChecker

P = TypeVar("P")

READS: Mapping[type, frozenset[str]] = {
    MailSource: frozenset({"mailboxes", "profile", "cursor", "listing", "changes", "fetch"}),
    DraftBox: frozenset({"find_drafts", "drafts"}),
    Crm: frozenset(
        {
            "readiness",
            "use",
            "owners",
            "find_contacts",
            "get_contacts",
            "contact_url",
            "changes",
            "emails_of",
            "find_tasks",
            "find_companies",
            "companies_of",
            "contacts_at",
            "members",
        }
    ),
    TaskBoard: frozenset(
        {
            "readiness",
            "use",
            "people",
            "changes",
            "find_tasks",
            "find_comments",
            "find_records",
            "records",
            "record",
            "posts",
        }
    ),
    LinkChecker: frozenset({"check"}),
    # A crawl looks at pages, as anybody may.
    LinkSource: frozenset({"crawl", "read", "exports"}),
}

WRITES: Mapping[type, frozenset[str]] = {
    MailSource: frozenset({"relabel"}),
    DraftBox: frozenset({"write_drafts", "delete_drafts"}),
    Crm: frozenset(
        {
            "provide",
            "create_contacts",
            "change_contacts",
            "log_emails",
            "delete_emails",
            "erase",
            "create_tasks",
            "change_tasks",
            "complete_tasks",
            "reopen_tasks",
            "create_companies",
            "join_companies",
            "change_members",
        }
    ),
    TaskBoard: frozenset(
        {
            "provide",
            "create_tasks",
            "change_tasks",
            "complete_tasks",
            "reopen_tasks",
            "erase_tasks",
            "add_comments",
            "create_records",
            "change_records",
            "end_records",
            "reopen_records",
        }
    ),
    LinkChecker: frozenset(),
    LinkSource: frozenset(),
}


def reading(port: P, *protocols: type) -> P:
    """`port` with nothing but `traits` and what `protocols` read.

    What writes is not refused: it is not there, whoever asks for it and however.
    """
    names = frozenset[str]().union(*(READS[protocol] for protocol in protocols))
    methods = {name: _passed_on(getattr(port, name)) for name in names if hasattr(port, name)}
    made = type(
        "Reading", (), {"__slots__": (), **methods, "traits": getattr(port, "traits", None)}
    )
    return cast("P", made())


def _passed_on(method: Callable[..., Any]) -> Any:
    # A function, and not the bound method itself: its `__self__` would be the whole port.
    def call(*given: Any, **named: Any) -> Any:
        return method(*given, **named)

    return staticmethod(call)
