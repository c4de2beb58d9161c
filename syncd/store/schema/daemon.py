"""What syncd itself must remember: effects, runs, alarms, and what to decide again."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Float, Index, Integer, String, Table, false

from syncd.store.schema.base import Instant, metadata

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

notebook = Table(  # small things worth remembering: handles, owners, the board's cursor
    "notebook",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", JSON, nullable=False),
    Column("written_at", Instant, nullable=False),
)
