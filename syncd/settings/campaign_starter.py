"""The commented campaign file that `syncd init --campaign` writes."""

from __future__ import annotations

_TEXT = """\
# yaml-language-server: $schema={schema}
#
# One campaign: whom it is for, which mail belongs to it, and its work, month by month.
# Named in the settings under campaigns: {{file: campaigns/{id}.yaml}}
# syncd lays the plan out in Teamwork and keeps it in step with this file. What people change
# there stays as they changed it: `syncd campaigns {id}` shows where the two differ.

id: {id}                          # its name inside the services: keep it
name: ACME / home builders         # <-- its name for people
client: acme.example               # <-- the client's site
niche: home builders               # campaigns of one niche share their targets
goal: |
  40 links to the builder guide and its cost pages by June, from sites that home buyers read.
tags: [home-builders]              # on every contact of the campaign

# The mail that belongs to it. Paths start at this file.
match:
  any:
    - {{label: Campaigns/ACME}}
    - {{subject: "*builder guide*"}}
    # - {{list: ../prospects/acme.csv}}

# The cadence of its follow-ups, as far as it differs from the settings' own.
# follow_up:
#   steps: [2 business days, 5 business days]

# The sites we want links from: a domain, or with more to say.
targets:
  - site: homesandgardens.example
    topic: guide                   # offered once that page is done; the topic's id or name
  - site: buildersweekly.example
    topic: guide
    text: Their editor prefers a call.
  - selfbuild.example              # without topic and month: taken up in this order
  - movingday.example
  # - {{site: estates.example, due: 2027-03, owner: writer}}

plan:
  # project: ACME                  # one that stands is used, else it is made; or the name above
  starts: 2026-12                  # <-- the first month
  months: 6                        # usually 4 to 12
  targets_a_month: 10              # of those without topic and month
  # dossier: 1 hour                # its notebook in Teamwork is written so often at most; or: off

  people:                          # <-- who does what
    lead: maya@brightlink.example
    writer: tom@brightlink.example

  # Each step is a task list; each task in it waits for the one of the step before. Due days are
  # counted back from the end: from a topic's month, over working days, by what the steps take.
  steps:
    - {{name: Kick-off, each: campaign, takes: 3 business days, owner: lead}}
    - name: Research
      each: topic                  # topic | target | month | campaign
      takes: 3 business days
      owner: lead
      checklist: [What ranks now, What nobody says, Who would link to it]
    - {{name: Write, takes: 2 weeks, owner: writer}}
    - name: Publish
      takes: 2 business days
      owner: lead
      text: Publish, then look at it on a phone.
    - {{name: Find the right person, each: target, takes: 2 business days, owner: lead}}
    - {{name: Pitch, each: target, takes: 3 business days, owner: lead}}
    - {{name: Report to the client, each: month, takes: 2 business days, owner: lead}}

  # A new name makes a new topic; with an id of its own it is the same one.
  topics:
    - id: guide
      name: The home builder's guide
      kind: core page              # or: post
      due: 2026-12                 # its last step; a month, or a day: 2026-12-15
      url: https://acme.example/guide
      text: Everything from the plot to the keys, with prices.
    - {{name: What a house costs in 2027, due: 2027-01}}
    - {{name: Ten mistakes with architects, due: 2027-02, owner: writer}}
    - {{name: Timber or brick, due: 2027-03}}
    - {{name: Permits in every county, kind: core page, due: 2027-04}}
    - {{name: Moving in, due: 2027-05}}
"""


def campaign_starter(name: str = "example", schema: str = "campaign.schema.json") -> str:
    """The text, for a campaign of this id; `schema` is the path to its JSON Schema."""
    return _TEXT.format(id=name, schema=schema)
