"""What we made on the task board, as last seen there."""

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
    Text,
    UniqueConstraint,
)

from syncd.store.schema.base import Instant, metadata

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
