"""The tables. Migrations under `migrations/` add up to exactly these (a test compares).

Instants are UTC; addresses are normalised. Bodies stand in a table of their own because
they leave it as soon as the message is delivered or skipped.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    event,
    false,
    literal,
    text,
)
from sqlalchemy.engine import Dialect


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept as seconds since 1970 so that every database compares it alike."""

    impl = Float(precision=53)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:  # noqa: ARG002
        return None if value is None else value.timestamp()

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        return None if value is None else datetime.fromtimestamp(value, UTC)


def _index_of_few(name: str, *columns: str, which: str) -> Index:
    """An index of the few rows that wait, out of all there ever were.

    One of all of them is taken for the way to what was done long ago, too, and leads through
    the whole history. A query comes here only with the very words of `which`: see `PENDING`.
    """
    return Index(name, *columns, sqlite_where=text(which), postgresql_where=text(which))


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def widen(column: Column[Any]) -> None:
    """Numbers have 64 bits everywhere: SQLite's always do, PostgreSQL's 32 last some months."""
    if type(column.type) is Integer:
        column.type = BigInteger().with_variant(Integer(), "sqlite")


@event.listens_for(Table, "after_parent_attach")
def _complete(table: Table, parent: MetaData) -> None:
    if parent is metadata:
        for column in table.columns:
            widen(column)


mailboxes = Table(
    "mailboxes",
    metadata,
    Column("address", String, primary_key=True),
    Column("cursor", String),  # None: never read
    Column("backfill", String, nullable=False),  # listing | done
    Column("page", String),  # the listing page to ask for next
    Column("listed_since", Instant),  # how far back the listing goes
    Column("aliases", JSON, nullable=False),
    Column("profiled_at", Instant),
    Column("locked", String),  # the service's words, while access is refused
    Column("seen_at", Instant),  # last successful look
)

messages = Table(
    "messages",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("key", String, nullable=False, unique=True),
    Column("message_id", String, nullable=False),
    Column("fingerprint", String, nullable=False),
    Column("conversation_id", Integer, nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("direction", String, nullable=False),
    Column("mail_class", String, nullable=False),
    Column("subclass", String, nullable=False),
    Column("is_list", Boolean, nullable=False),
    Column("says", String, nullable=False, server_default=""),  # a person's message: what it says
    Column("opening", String, nullable=False, server_default=""),  # ours: what its text resembles
    Column("subject", String, nullable=False),
    Column("sender", String, nullable=False),
    Column("sender_name", String, nullable=False),
    Column("recipients", JSON, nullable=False),  # {"to": [[address, name], …], "cc": …, "bcc": …}
    Column("mailbox", String, nullable=False),  # whose message it is, among ours
    Column("verdict", String, nullable=False),  # pending | log | skip | review
    Column("reason", String, nullable=False),
    Column("not_before", Instant),  # pending messages: the end of the grace time
    Column("crm_id", String),
    Column("details", JSON, nullable=False),  # what classification found, without bodies
    Column("backlog", Boolean, nullable=False, server_default=false()),  # see copies
    _index_of_few("ix_messages_undecided", "id", which="verdict = 'pending'"),
    Index("ix_messages_at", "at"),  # reports on a span of time
)

bodies = Table(
    "bodies",
    metadata,
    Column("message_id", ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True),
    Column("text", Text, nullable=False),
    Column("html", Text, nullable=False),
)

copies = Table(
    "copies",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mailbox", String, nullable=False),
    Column("remote_id", String, nullable=False),
    Column("thread_id", String, nullable=False),
    Column("message_id", ForeignKey("messages.id")),
    Column("state", String, nullable=False),  # listed | stored | gone | never | unreadable
    Column("reason", String, nullable=False),
    Column("labels", JSON, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("at", Instant),  # received; None until fetched
    # Listed because it was there before us: what comes in meanwhile is read and sent first.
    Column("backlog", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("mailbox", "remote_id"),
    _index_of_few("ix_copies_todo", "mailbox", "backlog", "id", which="state = 'listed'"),
    Index("ix_copies_message_id", "message_id"),
)

participants = Table(  # outside people only
    "participants",
    metadata,
    Column("message_id", ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True),
    Column("address", String, primary_key=True),
    Column("role", String, nullable=False),  # from | to | cc | bcc
    Column("name", String, nullable=False),
    Index("ix_participants_address", "address", "message_id"),
)

conversation_keys = Table(
    "conversation_keys",
    metadata,
    Column("key", String, primary_key=True),
    Column("conversation_id", Integer, nullable=False, index=True),
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("campaign", String, nullable=False),
    Column("status", String, nullable=False),  # new | waiting | answered | bounced | quiet
    Column("person", String, nullable=False),  # whose answer is awaited
    Column("due_at", Instant),  # when to decide again
    Column("story", JSON, nullable=False),  # why, for `explain`
    Column("backlog_due", Instant),  # fell due before we came, and waits for its portion
    # Ended long ago: what it said is forgotten, and it is not decided again (store/retention).
    Column("put_away", Boolean, nullable=False, server_default=false()),
    Index("ix_conversations_due_at", "due_at"),
    Index("ix_conversations_backlog_due", "backlog_due"),
    Index("ix_conversations_person", "person", "status"),
    Index("ix_conversations_campaign", "campaign"),
)

contacts = Table(  # what an address is in the CRM
    "contacts",
    metadata,
    Column("address", String, primary_key=True),
    Column("state", String, nullable=False),  # found | absent | creating | refused
    Column("crm_id", String, index=True),
    Column("name", String, nullable=False),
    Column("made_by_us", Boolean, nullable=False),
    Column("version", Integer, nullable=False),  # how often it was found gone
    Column("checked_at", Instant, nullable=False),
)

contact_values = Table(  # what we last wrote on a contact
    "contact_values",
    metadata,
    Column("crm_id", String, primary_key=True),
    Column("campaigns", JSON, nullable=False),
    Column("tags", JSON, nullable=False),
    Column("stage", String, nullable=False),
    Column("stage_is_theirs", Boolean, nullable=False),
    Column("theirs", JSON, nullable=False),  # values that stood there before us
    Column("do_not_contact", Boolean, nullable=False, server_default=false()),  # written once
    Column("version", Integer, nullable=False),  # how often we have written
    Column("undone", JSON, nullable=False, server_default="[]"),  # not written again for now
)

contact_facts = Table(  # what the CRM says of a contact, as last seen
    "contact_facts",
    metadata,
    Column("crm_id", String, primary_key=True),
    Column("timezone", String, nullable=False),  # an IANA name, "" where unknown
    Column("country", String, nullable=False),  # ISO 3166 alpha-2, "" where unknown
    Column("stage", String, nullable=False),
    Column("stage_since", Instant, nullable=False),  # when we first saw this stage
    Column("do_not_contact", Boolean, nullable=False),
    Column("owner", String, nullable=False),  # the CRM's id of the contact's owner
    Column("seen_at", Instant, nullable=False),
    Column("address", String, nullable=False, server_default=""),  # the primary one
    Column("campaigns", JSON, nullable=False, server_default="[]"),  # whoever put them there
    Column("tags", JSON, nullable=False, server_default="[]"),
)

campaign_members = Table(  # who was brought into a campaign by an import, whatever their mail says
    "campaign_members",
    metadata,
    Column("address", String, primary_key=True),
    Column("campaign", String, primary_key=True),
    Column("tags", JSON, nullable=False),  # those the file asks for
    Column("source", String, nullable=False),  # where they were found, in the file's words
    Column("note", String, nullable=False),
    Column("file", String, nullable=False),
    Column("belongs", Boolean, nullable=False),  # false: the import was undone
    Column("version", Integer, nullable=False),  # how often they came or went
    Column("added_at", Instant, nullable=False),
    Index("ix_campaign_members_campaign", "campaign"),
)

companies = Table(  # what a domain is in the CRM
    "companies",
    metadata,
    Column("domain", String, primary_key=True),
    Column("state", String, nullable=False),  # found | creating | refused
    Column("crm_id", String),
    Column("name", String, nullable=False),
    Column("made_by_us", Boolean, nullable=False),
    Column("checked_at", Instant, nullable=False),
)

favours = Table(  # what we did for people, and they for us
    "favours",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("person", String, nullable=False, index=True),
    Column("way", String, nullable=False),  # done (by us) | received (from them)
    Column("about", String, nullable=False),
    Column("teammate", String, nullable=False),
    Column("day", Date, nullable=False),
    Column("source", String, nullable=False),  # told | task | crm
    Column("mark", String, nullable=False),  # what makes it one favour: the task's id, …
    Column("number", Integer, nullable=False),  # how many it counts for
    Column("removed_at", Instant),  # taken back by a person: a task does not bring it again
    UniqueConstraint("source", "mark"),
)

segment_members = Table(  # who is in a segment of ours in the CRM, as last told
    "segment_members",
    metadata,
    Column("segment", String, primary_key=True),
    Column("crm_id", String, primary_key=True),
    # ours | theirs: a person put them in | removed: a person took them out | out: we did
    Column("state", String, nullable=False),
    Column("version", Integer, nullable=False),  # how often we have written
    Column("seen_at", Instant, nullable=False),
    Index("ix_segment_members_crm_id", "crm_id"),
)

engagements = Table(  # emails seen on contacts in the CRM, ours and others'
    "engagements",
    metadata,
    Column("id", String, primary_key=True),
    Column("contact_id", String, primary_key=True),
    Column("message_id", String, nullable=False, index=True),
    Column("ours", Boolean, nullable=False),
    Index("ix_engagements_contact_id", "contact_id"),
)

tasks = Table(  # follow-up tasks we made, as last seen
    "tasks",
    metadata,
    Column("mark", String, primary_key=True),
    Column("where", String, nullable=False),  # board | crm
    Column("conversation_id", Integer, nullable=False, index=True),
    Column("anchor", String, nullable=False),  # key of the message the wait began with
    Column("step", Integer, nullable=False),
    Column("remote_id", String, index=True),
    Column("title", String, nullable=False),
    Column("due", Date),
    Column("assignee", String, nullable=False),
    Column("done", Boolean, nullable=False),
    Column("deleted", Boolean, nullable=False),
    Column("closed_by", String, nullable=False),  # "" | us | person | undo
    Column("closed_at", Instant),
    Column("kept_by_person", Boolean, nullable=False),  # reopened by a person: theirs now
    Column("subject_id", String, nullable=False),  # the CRM contact it is about
    Column("due_written", Date),  # what we last wrote: anything else is a person's
    Column("due_at", Instant),  # a task in the CRM: the same, to the second
    Column("assignee_written", String, nullable=False, server_default=""),
    Index("ix_tasks_due_written", "due_written"),  # reports on a span of time
    Index("ix_tasks_anchor", "anchor"),  # what is about something that is no conversation
)

task_events = Table(  # what happened to our tasks, for `explain`
    "task_events",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("mark", String, nullable=False, index=True),
    Column("at", Instant, nullable=False),
    Column("what", String, nullable=False),
    Column("by", String, nullable=False),  # us | the board's id of a person | ""
    Column("words", String, nullable=False),
)

links = Table(  # pages that carry, carried or are said to carry a link to one of our clients
    "links",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("page", String, nullable=False),  # the page, however its address is written
    Column("client", String, nullable=False),
    Column("url", String, nullable=False),  # its address as we were told of it
    Column("host", String, nullable=False),  # one host is asked slowly
    Column("bundle", String, nullable=False),  # whose losses make one task
    Column("source", String, nullable=False),  # told | import | crawl | hand
    Column("campaign", String, nullable=False),
    Column("person", String, nullable=False),
    Column("message", String, nullable=False),  # key of the message that told of it first
    Column("known_at", Instant, nullable=False),
    Column("target", String, nullable=False),  # as first seen or claimed, "" until then
    Column("anchor", String, nullable=False),
    Column("state", String, nullable=False),  # syncd.core.links.LinkState
    Column("words", String, nullable=False),
    Column("seen_target", String, nullable=False),  # at the last look at which it stood
    Column("seen_anchor", String, nullable=False),
    Column("won_at", Instant),  # first seen by ourselves
    Column("lost_at", Instant),  # None while it stands, or was never seen
    Column("losses", Integer, nullable=False),  # how often it was lost
    Column("strikes", Integer, nullable=False),  # looks in a row that did not find it
    Column("struck_at", Instant),  # the first of them
    Column("failing_at", Instant),  # since when the page cannot be judged
    Column("checks", Integer, nullable=False),
    Column("checked_at", Instant),
    Column("next_check_at", Instant),  # None: not looked at any more
    Column("task", String, nullable=False),  # mark of the task for its present loss
    Column("no_task", String, nullable=False),  # why its loss has none, in words
    Column("dropped_at", Instant),  # a person does not want it looked at
    UniqueConstraint("page", "client"),
    Index("ix_links_person", "person"),
    Index("ix_links_client", "client"),
    Index("ix_links_bundle", "bundle"),
    Index("ix_links_host", "host"),
    Index("ix_links_state", "state"),
    Index("ix_links_next_check_at", "next_check_at"),
)

link_checks = Table(  # how it stood over time: a row for each change of state
    "link_checks",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("link_id", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    Column("state", String, nullable=False),
    Column("words", String, nullable=False),
    Column("until", Instant, nullable=False),  # the last look that saw it so
    Column("times", Integer, nullable=False),
    Index("ix_link_checks_link_id", "link_id", "id"),
)

link_tellings = Table(  # which message told of which page, and what came of looking there
    "link_tellings",
    metadata,
    Column("message", String, primary_key=True),  # its key
    Column("url", String, primary_key=True),
    Column("link_id", Integer, nullable=False, index=True),
    Column("state", String, nullable=False),  # "" before the first look
    Column("looked_at", Instant),
    Column("tries", Integer, nullable=False),
    Column("asked", Boolean, nullable=False),  # a look is asked for
)

effects = Table(
    "effects",
    metadata,
    Column("seq", Integer, primary_key=True),
    Column("key", String, nullable=False, unique=True),
    Column("run_id", Integer, nullable=False),
    Column("promise", String, nullable=False),
    Column("object", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("body", JSON, nullable=False),
    Column("summary", String, nullable=False),
    # planned | held | sending | done | parked | withdrawn
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("not_before", Instant),
    Column("sent_at", Instant),
    Column("remote_id", String),
    Column("note", String, nullable=False),
    Column("planned_at", Instant, nullable=False),
    Column("settled_at", Instant),
    # The journal: what stood there, what stands now, and the rule and fact it came from.
    Column("before", JSON),
    Column("after", JSON),
    Column("rule", String, nullable=False, server_default=""),
    Column("cause", String, nullable=False, server_default=""),
    Column("backlog", Boolean, nullable=False, server_default=false()),  # see copies
    Index("ix_effects_todo", "state", "kind", "backlog", "seq"),
    Index("ix_effects_object", "object", "promise", "state"),
    Index("ix_effects_run_id", "run_id"),
    Index("ix_effects_planned_at", "planned_at"),  # what a day brought, however long the history
)

dirty = Table(  # what must be decided again
    "dirty",
    metadata,
    Column("kind", String, primary_key=True),  # conversation | contact | relation
    Column("id", String, primary_key=True),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("command", String, nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("counts", JSON, nullable=False),
    Column("undoes", Integer),  # the run that this one reverses
)

alarms = Table(  # one notice when something begins, one all-clear when it ends
    "alarms",
    metadata,
    Column("name", String, primary_key=True),  # kind/subject, e.g. quiet/maya@…
    Column("since", Instant, nullable=False),
    Column("words", String, nullable=False),
    Column("told_at", Instant),
    Column("cleared_at", Instant),
)

introductions = Table(  # each time somebody is asked to introduce us to somebody at a site
    "introductions",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("introducer", String, nullable=False),  # the address that stands for the contact
    Column("domain", String, nullable=False),  # the site wanted
    Column("round", Integer, nullable=False),  # how often this was asked for before
    Column("campaign", String, nullable=False),
    Column("site", String, nullable=False),  # the introducer's, which links there
    Column("state", String, nullable=False),  # syncd.core.introductions.State
    Column("words", String, nullable=False),  # why it is offered; once it has ended, why
    Column("mark", String, nullable=False, unique=True),  # the key of the draft's effect
    Column("asked_by", String, nullable=False),  # the mailbox the draft is in
    Column("subject", String, nullable=False),
    Column("message_id", String, nullable=False),  # what we gave the draft
    Column("draft", String, nullable=False),  # the service's id of it, "" before it stands
    Column("version", String, nullable=False),  # of the draft as we wrote it
    Column("standing", String, nullable=False),  # its version as last seen
    Column("thread_id", String, nullable=False),
    Column("edited", Boolean, nullable=False),  # a person has changed the draft: theirs
    Column("gone_at", Instant),  # when the draft was first found gone: sent or deleted
    Column("offered_at", Instant, nullable=False),
    Column("drafted_at", Instant),
    Column("asked_at", Instant),
    Column("message", String, nullable=False),  # key of the message that asked
    Column("conversation_id", Integer),  # of that message
    Column("introduced", String, nullable=False),  # address of the new person
    Column("introduced_name", String, nullable=False),
    Column("introduced_at", Instant),
    Column("introduced_in", String, nullable=False),  # key of the message that introduced
    Column("ended_at", Instant),
    Column("due_at", Instant),  # when to decide again
    UniqueConstraint("introducer", "domain", "round"),
    Index("ix_introductions_state", "state"),
    Index("ix_introductions_introduced", "introduced"),
    Index("ix_introductions_conversation_id", "conversation_id"),
    Index("ix_introductions_due_at", "due_at"),
)

crawls = Table(  # the last good crawl of a site, and how the tries since have gone
    "crawls",
    metadata,
    Column("site", String, primary_key=True),  # a registrable domain
    Column("at", Instant),  # when it was crawled; None: never yet
    Column("source", String, nullable=False),  # screaming-frog | crawler, "" where never
    Column("file", String, nullable=False),  # the export's name, "" for a crawl of our own
    Column("whole", Boolean, nullable=False),  # False: it stopped at a limit of pages
    Column("pages", Integer, nullable=False),
    Column("links", Integer, nullable=False),  # out of the site, ignored hosts among them
    Column("domains", Integer, nullable=False),  # linked to, without ignored hosts
    Column("ignored", Integer, nullable=False),  # domains left out
    Column("tried_at", Instant, nullable=False),
    Column("trouble", String, nullable=False),  # why the last try brought nothing
    Column("failures", Integer, nullable=False),  # tries in a row that brought nothing
)

outbound = Table(  # which domains a site links to, as last crawled
    "outbound",
    metadata,
    Column("site", String, primary_key=True),
    Column("domain", String, primary_key=True),
    Column("pages", Integer, nullable=False),  # of the site that carry such a link
    Column("position", String, nullable=False),  # the best one, "" where unknown
    Column("follow", Boolean, nullable=False),
    Column("anchor", String, nullable=False),  # of the link that stands as the example
    Column("source_url", String, nullable=False),
    Column("target_url", String, nullable=False),
    Column("sitewide", Boolean, nullable=False),
    Column("boilerplate", Boolean, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("first_seen_at", Instant, nullable=False),  # by the first crawl that showed it
    Index("ix_outbound_domain", "domain"),
)

crawl_links = Table(  # links to our clients that crawls came across, page by page
    "crawl_links",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("site", String, nullable=False, index=True),
    Column("page", String, nullable=False),
    Column("target", String, nullable=False),
    Column("client", String, nullable=False, index=True),  # a registrable domain
    Column("anchor", String, nullable=False),
    Column("follow", Boolean, nullable=False),
    Column("rel", String, nullable=False),
    Column("position", String, nullable=False),
    Column("seen_at", Instant, nullable=False),
)

crawl_files = Table(  # exports from the watched folder, each taken or refused once
    "crawl_files",
    metadata,
    Column("digest", String, primary_key=True),  # of its content
    Column("name", String, nullable=False),
    Column("site", String, nullable=False),  # "" where it could not be told
    Column("state", String, nullable=False, index=True),  # taken | refused
    Column("words", String, nullable=False),
    Column("at", Instant, nullable=False),
)

budgets = Table(  # what a service's limits still allow to all machines together
    "budgets",
    metadata,
    Column("name", String, primary_key=True),  # the service, its account, what the limit is for
    Column("tokens", Float(precision=53), nullable=False),  # below zero while callers wait
    Column("at", Instant, nullable=False),  # when there were so many
    Column("closed_until", Instant, nullable=False),  # the service asked us to wait
    Column("rate", Float(precision=53), nullable=False),  # as last stated by the service
    Column("burst", Float(precision=53), nullable=False),
)

plan_items = Table(  # what of campaigns' plans stands on the board
    "plan_items",
    metadata,
    Column("mark", String, primary_key=True),
    Column("campaign", String, nullable=False),
    Column("item", String, nullable=False),  # syncd.core.campaign_layout.Item.id
    Column("what", String, nullable=False),  # syncd.core.campaign_plan.What
    Column("remote_id", String, nullable=False),  # "" of one that was given up unmade
    Column("written", JSON, nullable=False),  # what we last wrote, by field
    Column("seen", JSON, nullable=False),  # what stands there
    Column("replaced", JSON, nullable=False),  # what stood there before our last write
    Column("owner_id", String, nullable=False),  # the board's id of the owner we wrote
    Column("ours", Boolean, nullable=False),  # false: it stood there before us
    Column("done", Boolean, nullable=False),
    Column("done_at", Instant),
    Column("deleted", Boolean, nullable=False),
    Column("ended_by", String, nullable=False),  # "" | us | undo
    Column("kept", Boolean, nullable=False),
    Column("undone", JSON, nullable=False),
    Column("elsewhere", Boolean, nullable=False),  # a person moved it to another list
    Column("home", String, nullable=False),  # the board's id of the list we put it in
    Column("version", Integer, nullable=False),
    Column("written_at", Instant, nullable=False),
    UniqueConstraint("campaign", "item"),
)

dossiers = Table(  # campaigns' notebooks on the board
    "dossiers",
    metadata,
    Column("campaign", String, primary_key=True),
    Column("mark", String, nullable=False),
    Column("remote_id", String, nullable=False),  # "" until it stands
    Column("text", Text, nullable=False),  # our part of it, as last written
    Column("wanted", Text, nullable=False),  # our part of it, as last put together
    Column("version", Integer, nullable=False),
    Column("gone", Boolean, nullable=False),  # a person deleted it
    Column("written_at", Instant),
    Column("look_at", Instant),  # when to put it together again
    Index("ix_dossiers_look_at", "look_at"),
)

tombstones = Table(  # people who are to be forgotten: nothing of them is kept again
    "tombstones",
    metadata,
    Column("digest", String, primary_key=True),  # syncd.store.tombstones.digest
    Column("at", Instant, nullable=False),
    Column("finished_at", Instant),  # None: what was there of them is not all gone yet
)

notebook = Table(  # small things worth remembering: handles, owners, the board's cursor
    "notebook",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", JSON, nullable=False),
    Column("written_at", Instant, nullable=False),
)

# As the indexes of the few say it: a value that is sent apart from the statement would not do.
PENDING = messages.c.verdict == literal("pending", literal_execute=True)
LISTED = copies.c.state == literal("listed", literal_execute=True)
