"""Links to our clients, and where sites lead."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, UniqueConstraint

from syncd.store.schema.base import Instant, metadata

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
