"""The people we write to, and how we stand with them."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    false,
)

from syncd.store.schema.base import Instant, metadata

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

tombstones = Table(  # people who are to be forgotten: nothing of them is kept again
    "tombstones",
    metadata,
    Column("digest", String, primary_key=True),  # syncd.store.tombstones.digest
    Column("at", Instant, nullable=False),
    Column("finished_at", Instant),  # None: what was there of them is not all gone yet
)
