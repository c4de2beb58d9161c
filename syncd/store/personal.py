"""Where the state holds something of people outside: every text column of every table.

A test compares this with the schema: whoever adds a column says here what it may hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import JSON, Column, String, Table

from syncd.store.schema import metadata


@dataclass(frozen=True, slots=True)
class Rows:
    """The text columns of a table.

    A row is about the person whose address is in one of `address`, or whose id in the CRM is
    in one of `contact`, and goes with them. In rows that stay, a name column of `names` is
    emptied where its address is theirs, and what is in `texts` is cleared of them: words, or
    addresses among other things. `nothing` never holds anything of a person outside.
    """

    address: tuple[str, ...] = ()
    contact: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    texts: tuple[str, ...] = ()
    nothing: tuple[str, ...] = ()

    @property
    def all(self) -> frozenset[str]:
        return frozenset((*self.address, *self.contact, *self.names, *self.texts, *self.nothing))


TABLES: Mapping[str, Rows] = {
    "alarms": Rows(texts=("name", "words")),
    "bodies": Rows(texts=("text", "html")),
    "budgets": Rows(nothing=("name",)),
    "campaign_members": Rows(
        address=("address",), texts=("source", "note", "file"), nothing=("campaign", "tags")
    ),
    "companies": Rows(texts=("name",), nothing=("domain", "state", "crm_id")),
    "contact_facts": Rows(
        address=("address",),
        contact=("crm_id",),
        nothing=("timezone", "country", "stage", "owner", "campaigns", "tags"),
    ),
    "contact_values": Rows(
        contact=("crm_id",), nothing=("campaigns", "tags", "stage", "theirs", "undone")
    ),
    "contacts": Rows(
        address=("address",), contact=("crm_id",), names={"name": "address"}, nothing=("state",)
    ),
    "conversation_keys": Rows(texts=("key",)),
    "conversations": Rows(texts=("person", "story"), nothing=("campaign", "status")),
    "copies": Rows(
        texts=("reason", "labels"), nothing=("mailbox", "remote_id", "thread_id", "state")
    ),
    "crawl_files": Rows(texts=("name", "words"), nothing=("digest", "site", "state")),
    "crawl_links": Rows(
        texts=("page", "target", "anchor"), nothing=("site", "client", "rel", "position")
    ),
    "crawls": Rows(texts=("file", "trouble"), nothing=("site", "source")),
    "dirty": Rows(texts=("id",), nothing=("kind",)),
    "dossiers": Rows(texts=("text", "wanted"), nothing=("campaign", "mark", "remote_id")),
    "effects": Rows(
        texts=("object", "body", "summary", "note", "before", "after", "rule", "cause"),
        nothing=("key", "promise", "kind", "state", "remote_id"),
    ),
    "engagements": Rows(contact=("contact_id",), texts=("message_id",), nothing=("id",)),
    "favours": Rows(
        address=("person",), texts=("about", "mark"), nothing=("way", "teammate", "source")
    ),
    "introductions": Rows(
        address=("introducer",),
        names={"introduced_name": "introduced"},
        # Who asked for them stays, and is not asked again: of whom they were, nothing does.
        texts=("introduced", "words", "subject", "message_id", "message", "introduced_in"),
        nothing=(
            "domain",
            "campaign",
            "site",
            "state",
            "mark",
            "asked_by",
            "draft",
            "version",
            "standing",
            "thread_id",
        ),
    ),
    "link_checks": Rows(texts=("words",), nothing=("state",)),
    "link_tellings": Rows(texts=("message", "url"), nothing=("state",)),
    "links": Rows(
        texts=(
            "page",
            "url",
            "bundle",
            "person",
            "message",
            "target",
            "anchor",
            "words",
            "seen_target",
            "seen_anchor",
            "no_task",
        ),
        nothing=("client", "host", "source", "campaign", "state", "task"),
    ),
    "mailboxes": Rows(nothing=("address", "cursor", "backfill", "page", "aliases", "locked")),
    "messages": Rows(
        names={"sender_name": "sender"},
        texts=(
            "key",
            "message_id",
            "fingerprint",
            "subject",
            "sender",
            "recipients",
            "reason",
            "details",
        ),
        nothing=(
            "direction",
            "mail_class",
            "subclass",
            "says",
            "opening",
            "mailbox",
            "verdict",
            "crm_id",
        ),
    ),
    "notebook": Rows(texts=("value",), nothing=("name",)),
    "outbound": Rows(
        texts=("anchor", "source_url", "target_url"), nothing=("site", "domain", "position")
    ),
    "participants": Rows(names={"name": "address"}, texts=("address",), nothing=("role",)),
    "plan_items": Rows(
        texts=("written", "seen", "replaced"),
        nothing=(
            "mark",
            "campaign",
            "item",
            "what",
            "remote_id",
            "owner_id",
            "ended_by",
            "undone",
            "home",
        ),
    ),
    "runs": Rows(nothing=("command", "counts")),
    "segment_members": Rows(contact=("crm_id",), nothing=("segment", "state")),
    "sites": Rows(address=("address",), nothing=("site",)),
    "task_events": Rows(texts=("words",), nothing=("mark", "what", "by")),
    "tasks": Rows(
        texts=("anchor", "title"),
        nothing=(
            "mark",
            "where",
            "remote_id",
            "assignee",
            "closed_by",
            "subject_id",
            "assignee_written",
        ),
    ),
    "tombstones": Rows(nothing=("digest",)),
}


def textual(table: Table) -> list[Column[object]]:
    """The columns of a table that could hold words."""
    return [column for column in table.columns if isinstance(column.type, String | JSON)]


def tables() -> list[tuple[Table, Rows]]:
    return [(table, TABLES[table.name]) for table in metadata.sorted_tables]
