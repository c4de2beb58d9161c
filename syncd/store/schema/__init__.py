"""The tables. Migrations under `migrations/` add up to exactly these (a test compares)."""

from __future__ import annotations

from syncd.store.schema.base import Instant, metadata, widen
from syncd.store.schema.daemon import alarms, budgets, dirty, effects, notebook, runs
from syncd.store.schema.mail import (
    LISTED,
    PENDING,
    bodies,
    conversation_keys,
    conversations,
    copies,
    mailboxes,
    messages,
    participants,
    sites,
)
from syncd.store.schema.people import (
    campaign_members,
    companies,
    contact_facts,
    contact_values,
    contacts,
    engagements,
    favours,
    introductions,
    segment_members,
    tombstones,
)
from syncd.store.schema.web import (
    crawl_files,
    crawl_links,
    crawls,
    link_checks,
    link_tellings,
    links,
    outbound,
)
from syncd.store.schema.work import dossiers, plan_items, task_events, tasks

__all__ = [
    "LISTED",
    "PENDING",
    "Instant",
    "alarms",
    "bodies",
    "budgets",
    "campaign_members",
    "companies",
    "contact_facts",
    "contact_values",
    "contacts",
    "conversation_keys",
    "conversations",
    "copies",
    "crawl_files",
    "crawl_links",
    "crawls",
    "dirty",
    "dossiers",
    "effects",
    "engagements",
    "favours",
    "introductions",
    "link_checks",
    "link_tellings",
    "links",
    "mailboxes",
    "messages",
    "metadata",
    "notebook",
    "outbound",
    "participants",
    "plan_items",
    "runs",
    "segment_members",
    "sites",
    "task_events",
    "tasks",
    "tombstones",
    "widen",
]
