"""What people say, what they do with tasks, what stood before a write, and alarms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None
# The oldest schema whose syncd can go on beside this one's: see syncd/store/database.py.
oldest = "0002"


def _create_index_of_few(name: str, table: str, columns: list[str], which: str) -> None:
    op.create_index(
        name, table, columns, sqlite_where=sa.text(which), postgresql_where=sa.text(which)
    )


def upgrade() -> None:
    """Additions only, so that the version before this one can still run on it."""
    op.add_column("messages", sa.Column("says", sa.String(), nullable=False, server_default=""))
    op.add_column("messages", sa.Column("opening", sa.String(), nullable=False, server_default=""))
    op.create_index("ix_messages_at", "messages", ["at"])
    op.create_index("ix_conversations_campaign", "conversations", ["campaign"])
    op.add_column("conversations", sa.Column("backlog_due", sa.Float(precision=53)))
    op.add_column(
        "conversations",
        sa.Column("put_away", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.create_index("ix_conversations_backlog_due", "conversations", ["backlog_due"])
    op.create_table(
        "contact_facts",
        sa.Column("crm_id", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("stage_since", sa.Float(precision=53), nullable=False),
        sa.Column("do_not_contact", sa.Boolean(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("seen_at", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("crm_id", name=op.f("pk_contact_facts")),
    )
    op.add_column(
        "contact_values",
        sa.Column("do_not_contact", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column(
        "contact_values", sa.Column("undone", sa.JSON(), nullable=False, server_default="[]")
    )
    op.add_column("tasks", sa.Column("due_written", sa.Date()))
    op.create_index("ix_tasks_due_written", "tasks", ["due_written"])
    op.add_column("tasks", sa.Column("due_at", sa.Float(precision=53)))
    op.add_column(
        "tasks", sa.Column("assignee_written", sa.String(), nullable=False, server_default="")
    )
    op.create_index("ix_tasks_anchor", "tasks", ["anchor"])
    op.create_table(
        "task_events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_events")),
    )
    op.create_index(op.f("ix_task_events_mark"), "task_events", ["mark"])
    op.create_table(
        "links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("page", sa.String(), nullable=False),
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("bundle", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("campaign", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("known_at", sa.Float(precision=53), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("anchor", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("seen_target", sa.String(), nullable=False),
        sa.Column("seen_anchor", sa.String(), nullable=False),
        sa.Column("won_at", sa.Float(precision=53)),
        sa.Column("lost_at", sa.Float(precision=53)),
        sa.Column("losses", sa.Integer(), nullable=False),
        sa.Column("strikes", sa.Integer(), nullable=False),
        sa.Column("struck_at", sa.Float(precision=53)),
        sa.Column("failing_at", sa.Float(precision=53)),
        sa.Column("checks", sa.Integer(), nullable=False),
        sa.Column("checked_at", sa.Float(precision=53)),
        sa.Column("next_check_at", sa.Float(precision=53)),
        sa.Column("task", sa.String(), nullable=False),
        sa.Column("no_task", sa.String(), nullable=False),
        sa.Column("dropped_at", sa.Float(precision=53)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
        sa.UniqueConstraint("page", "client", name=op.f("uq_links_page_client")),
    )
    for name in ("person", "client", "bundle", "host", "state", "next_check_at"):
        op.create_index(f"ix_links_{name}", "links", [name])
    op.create_table(
        "link_checks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("until", sa.Float(precision=53), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_checks")),
    )
    op.create_index("ix_link_checks_link_id", "link_checks", ["link_id", "id"])
    op.create_table(
        "link_tellings",
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("looked_at", sa.Float(precision=53)),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("message", "url", name=op.f("pk_link_tellings")),
    )
    op.create_index(op.f("ix_link_tellings_link_id"), "link_tellings", ["link_id"])
    op.create_index("ix_effects_planned_at", "effects", ["planned_at"])
    for table in ("copies", "messages", "effects"):
        op.add_column(
            table, sa.Column("backlog", sa.Boolean(), nullable=False, server_default=sa.false())
        )
    op.drop_index("ix_copies_todo", "copies")
    _create_index_of_few(
        "ix_copies_todo", "copies", ["mailbox", "backlog", "id"], "state = 'listed'"
    )
    op.drop_index("ix_messages_undecided", "messages")
    _create_index_of_few("ix_messages_undecided", "messages", ["id"], "verdict = 'pending'")
    op.drop_index("ix_effects_todo", "effects")
    op.create_index("ix_effects_todo", "effects", ["state", "kind", "backlog", "seq"])
    op.create_table(
        "budgets",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("tokens", sa.Float(precision=53), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column("closed_until", sa.Float(precision=53), nullable=False),
        sa.Column("rate", sa.Float(precision=53), nullable=False),
        sa.Column("burst", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_budgets")),
    )
    op.add_column("effects", sa.Column("before", sa.JSON()))
    op.add_column("effects", sa.Column("after", sa.JSON()))
    op.add_column("effects", sa.Column("rule", sa.String(), nullable=False, server_default=""))
    op.add_column("effects", sa.Column("cause", sa.String(), nullable=False, server_default=""))
    op.add_column("runs", sa.Column("undoes", sa.Integer()))
    op.create_table(
        "alarms",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("since", sa.Float(precision=53), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("told_at", sa.Float(precision=53)),
        sa.Column("cleared_at", sa.Float(precision=53)),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_alarms")),
    )
    op.add_column(
        "contact_facts", sa.Column("address", sa.String(), nullable=False, server_default="")
    )
    for name in ("campaigns", "tags"):
        op.add_column(
            "contact_facts", sa.Column(name, sa.JSON(), nullable=False, server_default="[]")
        )
    _people_tables()


def _people_tables() -> None:
    """Members of campaigns, companies, favours, segments."""
    op.create_table(
        "campaign_members",
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("campaign", sa.String(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("belongs", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("address", "campaign", name=op.f("pk_campaign_members")),
    )
    op.create_index("ix_campaign_members_campaign", "campaign_members", ["campaign"])
    op.create_table(
        "companies",
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("crm_id", sa.String()),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("made_by_us", sa.Boolean(), nullable=False),
        sa.Column("checked_at", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_companies")),
    )
    op.create_table(
        "favours",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("way", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("teammate", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("removed_at", sa.Float(precision=53)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_favours")),
        sa.UniqueConstraint("source", "mark", name=op.f("uq_favours_source_mark")),
    )
    op.create_index(op.f("ix_favours_person"), "favours", ["person"])
    op.create_table(
        "segment_members",
        sa.Column("segment", sa.String(), nullable=False),
        sa.Column("crm_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("seen_at", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("segment", "crm_id", name=op.f("pk_segment_members")),
    )
    op.create_index("ix_segment_members_crm_id", "segment_members", ["crm_id"])
    op.create_table(
        "introductions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("introducer", sa.String(), nullable=False),
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("campaign", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("draft", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("standing", sa.String(), nullable=False),
        sa.Column("thread_id", sa.String(), nullable=False),
        sa.Column("edited", sa.Boolean(), nullable=False),
        sa.Column("gone_at", sa.Float(precision=53)),
        sa.Column("offered_at", sa.Float(precision=53), nullable=False),
        sa.Column("drafted_at", sa.Float(precision=53)),
        sa.Column("asked_at", sa.Float(precision=53)),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("conversation_id", sa.Integer()),
        sa.Column("introduced", sa.String(), nullable=False),
        sa.Column("introduced_name", sa.String(), nullable=False),
        sa.Column("introduced_at", sa.Float(precision=53)),
        sa.Column("introduced_in", sa.String(), nullable=False),
        sa.Column("ended_at", sa.Float(precision=53)),
        sa.Column("due_at", sa.Float(precision=53)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_introductions")),
        sa.UniqueConstraint("mark", name=op.f("uq_introductions_mark")),
        sa.UniqueConstraint(
            "introducer",
            "domain",
            "round",
            name=op.f("uq_introductions_introducer_domain_round"),
        ),
    )
    op.create_index("ix_introductions_state", "introductions", ["state"])
    op.create_index("ix_introductions_introduced", "introductions", ["introduced"])
    op.create_index("ix_introductions_conversation_id", "introductions", ["conversation_id"])
    op.create_index("ix_introductions_due_at", "introductions", ["due_at"])
    op.create_table(
        "crawls",
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("at", sa.Float(precision=53)),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("links", sa.Integer(), nullable=False),
        sa.Column("domains", sa.Integer(), nullable=False),
        sa.Column("ignored", sa.Integer(), nullable=False),
        sa.Column("tried_at", sa.Float(precision=53), nullable=False),
        sa.Column("trouble", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_crawls")),
    )
    op.create_table(
        "outbound",
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("domain", sa.String(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("position", sa.String(), nullable=False),
        sa.Column("follow", sa.Boolean(), nullable=False),
        sa.Column("anchor", sa.String(), nullable=False),
        sa.Column("source_url", sa.String(), nullable=False),
        sa.Column("target_url", sa.String(), nullable=False),
        sa.Column("sitewide", sa.Boolean(), nullable=False),
        sa.Column("boilerplate", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.Float(precision=53), nullable=False),
        sa.Column("first_seen_at", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("site", "domain", name=op.f("pk_outbound")),
    )
    op.create_index("ix_outbound_domain", "outbound", ["domain"])
    op.create_table(
        "crawl_links",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("page", sa.String(), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("client", sa.String(), nullable=False),
        sa.Column("anchor", sa.String(), nullable=False),
        sa.Column("follow", sa.Boolean(), nullable=False),
        sa.Column("rel", sa.String(), nullable=False),
        sa.Column("position", sa.String(), nullable=False),
        sa.Column("seen_at", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crawl_links")),
    )
    op.create_index(op.f("ix_crawl_links_site"), "crawl_links", ["site"])
    op.create_index(op.f("ix_crawl_links_client"), "crawl_links", ["client"])
    op.create_table(
        "crawl_files",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_crawl_files")),
    )
    op.create_index(op.f("ix_crawl_files_state"), "crawl_files", ["state"])
    op.create_table(
        "plan_items",
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("campaign", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("remote_id", sa.String(), nullable=False),
        sa.Column("written", sa.JSON(), nullable=False),
        sa.Column("seen", sa.JSON(), nullable=False),
        sa.Column("replaced", sa.JSON(), nullable=False),
        sa.Column("owner_id", sa.String(), nullable=False),
        sa.Column("ours", sa.Boolean(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("done_at", sa.Float(precision=53)),
        sa.Column("deleted", sa.Boolean(), nullable=False),
        sa.Column("ended_by", sa.String(), nullable=False),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.Column("undone", sa.JSON(), nullable=False),
        sa.Column("elsewhere", sa.Boolean(), nullable=False),
        sa.Column("home", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_plan_items")),
        sa.UniqueConstraint("campaign", "item", name=op.f("uq_plan_items_campaign_item")),
    )
    op.create_table(
        "dossiers",
        sa.Column("campaign", sa.String(), nullable=False),
        sa.Column("mark", sa.String(), nullable=False),
        sa.Column("remote_id", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("written_at", sa.Float(precision=53)),
        sa.Column("look_at", sa.Float(precision=53)),
        sa.PrimaryKeyConstraint("campaign", name=op.f("pk_dossiers")),
    )
    op.create_index("ix_dossiers_look_at", "dossiers", ["look_at"])
    op.create_table(
        "tombstones",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("at", sa.Float(precision=53), nullable=False),
        sa.Column("finished_at", sa.Float(precision=53)),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_tombstones")),
    )
