"""Mailboxes, and what was read in them.

Bodies stand in a table of their own because they leave it as soon as the message is delivered
or skipped.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
    literal,
)

from syncd.store.schema.base import Instant, index_of_few, metadata

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
    index_of_few("ix_messages_undecided", "id", which="verdict = 'pending'"),
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
    index_of_few("ix_copies_todo", "mailbox", "backlog", "id", which="state = 'listed'"),
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

sites = Table(  # at whose site each participant is; see store/sites.py
    "sites",
    metadata,
    Column("address", String, primary_key=True),
    Column("site", String, nullable=False, index=True),  # a registrable domain
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

# As the indexes of the few say it: a value that is sent apart from the statement would not do.
PENDING = messages.c.verdict == literal("pending", literal_execute=True)
LISTED = copies.c.state == literal("listed", literal_execute=True)
