"""The commented file that `syncd init` writes: what most teams need, the rest one `#` away."""

from __future__ import annotations

_TEXT = """\
# yaml-language-server: $schema={schema}
#
# What syncd keeps together: mail in Gmail, people in HubSpot, tasks in Teamwork.
# Edit the lines marked <--, then: syncd validate
#
# Every value can also come from the environment by its path: SYNCD_LOG__BODIES=none
# Spans of time: 30 minutes, 2 hours, 3 business days, 10 days, 1 week

team:
  domains: [brightlink.example]          # <-- our mail domains; everyone there is one of us
  timezone: Europe/London                # <-- counts days and times of day
  holidays: [GB-ENG]                     # public holidays: a country (US) or a part of it (US-CA)
  # days_off: [2026-12-24, 2026-12-31]   # further days on which nobody works
  # office_hours: 09:00-17:30            # due outside is due when we next begin
  # half_days: [12-24, "12-31 until 14:00"] # end at noon or then; with the year: only once
  # hand_over: {{tom@brightlink.example: maya@brightlink.example, "*": ops@brightlink.example}}

# Secrets are never written here, but found: {{env: NAME}}, {{file: PATH}} or {{credential: NAME}}.
connectors:
  mail:
    kind: gmail
    service_account: {{file: secrets/google.json}}   # <-- key of an account with delegation
    mailboxes:                                     # <-- whose mail
      - maya@brightlink.example
      - tom@brightlink.example
    # push: {{topic: projects/ME/topics/mail, subscription: projects/ME/subscriptions/syncd}}
  crm:
    kind: hubspot
    token: {{env: HUBSPOT_TOKEN}}          # a private app's access token
    # webhooks: {{secret: {{env: HUBSPOT_SECRET}}}} # changes at once; the app's client secret
  board:
    kind: teamwork
    url: https://brightlink.teamwork.com # <-- the site
    api_key: {{env: TEAMWORK_API_KEY}}
    # webhooks: {{secret: {{env: TEAMWORK_SECRET}}}} # edits at once; the webhooks' token
  # web: {{kind: webcheck}}                # looks at pages that are said to link to a client
  # crawler: {{kind: crawler, contact: https://brightlink.example/bot}} # crawls sites, politely
  # frog: {{kind: screaming_frog, folder: crawls}} # takes in exports that are put there

# Every message exchanged with an outside person goes into HubSpot exactly once.
log:
  since: 2026-09-01                      # <-- mail from this day on; earlier mail is left alone
  bodies: full                           # full | snippet | none
  unknown_contacts: create               # people HubSpot does not know: create | skip | review
  lists: known                           # newsletters and bulk mail: known | log | skip
  crm_logger: wait 10 minutes            # HubSpot's own logger may come first; off: it is not used
  never:                                 # matching mail is neither logged nor kept
    - {{label: Private}}
    - {{domain: lawyer.example}}
    # - {{address: "*@bank.example"}}
    # - {{subject: "*salary*"}}
    # - {{mailbox: boss@brightlink.example}}

# A conversation in which we wait for an answer gets a task; the answer closes it.
follow_up:
  # A step may have a task of its own: {{after: 5 business days, task: {{priority: high}}}}
  steps: [3 business days, 5 business days, 10 business days]
  then: nurture after 90 days            # after the last step; or: none
  board: {{project: Outreach, task_list: Follow-ups}}
  # task:                                # how tasks look, in Jinja; a wrong name is told all names
  #   title: "Chase {{{{ person.first_name }}}} ({{{{ site }}}})"
  #   body: "Silent for {{{{ days_waiting }}}} days: {{{{ last.subject }}}}. {{{{ links }}}}"
  #   owner: contact owner               # in the CRM; sender: of our last message; or an address
  #   priority: medium                   # none | low | medium | high
  #   tags: [outreach]
  #   checklist: ["Look at {{{{ site }}}}", Write to them]
  # stages:                              # people further along, by their stage in the CRM
  #   replied: {{steps: [2 business days, 1 week], then: none, task: {{priority: high}}}}
  #   linked: {{enabled: false}}
  # clock: team                          # contact: the zone of theirs, where the CRM knows it
  # stop:                                # what ends the wait besides an answer
  #   label: syncd/Stop                  # on the thread, in Gmail; or: none
  #   on: [decline, linked, do_not_contact, bounce]
  # at_most: {{per_person: 2 per week}}    # tasks about one person, over all campaigns; or: none
  # collision: 14 days                   # warn of mail to the site for another client; or: none
  # absence: 5 business days             # puts off what is due, when no day of return is named
  # backlog: {{a_day: 20, at_most: 200, max_age: 180 days}} # overdue when syncd came; none: at once
  # crm_task: true                       # a task on the HubSpot contact as well
  # inbox_label: Follow up               # the thread returns to the inbox under this label
  # same_company: true                   # an answer from a colleague of theirs counts too
  # enabled: false                       # no tasks, except where a campaign says enabled: true

# The most specific match wins. A campaign's follow_up says only what differs from the above.
# With its plan a campaign is best kept in a file of its own, which is then named here as
# "file: campaigns/acme.yaml"; to start one: syncd init --campaign acme
campaigns:
  - id: acme-home-builders               # its name inside HubSpot: keep it
    name: ACME / home builders
    client: acme.example
    tags: [home-builders]
    match:
      any:                               # at least one of these ...
        - {{label: Campaigns/ACME}}
        - {{subject: "*builder guide*"}}
        # - {{list: prospects/acme.csv}}   # addresses and domains, one a line or a CSV
      # all:                             # ... and each of these
      #   - {{mailbox: maya@brightlink.example}}
    follow_up:
      steps: [2 business days, 5 business days]
    # answers: {{price: nothing}}          # what differs from the answers below
    # niche: home builders               # campaigns of one niche share their targets
    # goal: 40 links to the builder guide by June
    # targets: [homes.example]           # sites we want links from
    # plan: {{starts: 2026-12, steps: [{{name: Pitch, each: target, takes: 1 week}}]}} # its work

# What follows are the values syncd uses anyway.
# answers:                               # what follows when people answer, which ends the wait
#   unsubscribe: do not contact          # by any client
#   decline: nurture after 180 days
#   live: check link
#   referral: review task                # before anybody writes to the person named
#   not_now: wait 30 days                # until the day they name, where they do
#   price: task, high priority
#   interest: nothing                    # or e.g. {{do: task, task: {{owner: contact owner}}}}
#   question: nothing
#   other: nothing
# links:                                 # pages with links to clients, once they are known
#   check_every: 14 days                 # new ones sooner
#   strikes: 3                           # looks in a row that miss it, before it is lost
#   over: 3 days                         # the time those looks span at least
#   unverifiable_after: 30 days          # pages that cannot be seen: you are told
#   a_day: 10                            # tasks for lost links
#   priority: high                       # of such a task: none | low | medium | high
#   # board: {{project: Outreach, task_list: Lost links}} # else that of the follow-ups
#   # owner: maya@brightlink.example     # where none of us knows the contact
#   # tags: [lost link]
# crawl:                                 # to whom sites link; by hand: syncd crawl SITE
#   sites: contacts                      # again and again: theirs, others: [contacts, a.example]
#   every: 90 days
#   by: crawler                          # syncd's own, or screaming-frog
#   a_night: 3                           # sites
#   ignore_hosts: []                     # beside the social networks and such that syncd knows
#   look_at_hosts: []                    # although syncd would leave them out
# introductions:                         # drafts want drafts: true under the mail connector
#   ask_again_after: 90 days             # for the same site, whomever
#   per_contact: 60 days                 # the same contact for anything else
#   min_answers: 2                       # of a contact, before a favour is asked of them
#   tasks: true                          # one for each draft
#   thank: true                          # and one for each introduction
#   # board: {{project: Outreach, task_list: Introductions}} # else that of the follow-ups
#   # tags: [introduction]
#   # template: {{subject: "Do you know {{{{ wanted }}}}?"}} # and text, with the same names
# segments: []                           # lists in the CRM; auto: who linked before, by niche
#   # - {{name: "Linked before: home builders", linked: true, niche: home-builders, client: any}}
# favours:                               # a task completed under such a tag counts once
#   done_tag: favour                     # what we did for the person it is about
#   received_tag: favour received        # what they did for us
#   on_contacts: false                   # true: a number on contacts that people keep, too
# store: syncd.db                        # the database, beside this file
# run:
#   poll: 1 minute                       # ask each mailbox for news
#   board_poll: 1 minute                 # ask the task board for news
#   nightly: "03:00"                     # compare everything afresh
#   workers: 4                           # mailboxes worked on at once
#   takeover: 15 seconds                 # in a cluster: when others go on with a dead worker's work
# guard:                                 # larger plans wait for: syncd approve
#   max_actions: 20000                   # of one kind in one turn
#   max_close_share: 0.3                 # of the open tasks
#   min_population: 10                   # below this many open tasks the share does not matter
#   max_a_day: 60000                     # of one kind in 24 hours
#   max_close_share_a_day: 0.6           # of the open tasks in 24 hours
#   # kinds: {{close_task: {{a_turn: 20, a_day: 50}}}} # limits of their own
# modes:                                 # observe (only shown) | create-only | full
#   log: full
#   tag: full
#   follow_up: full
#   introduce: full                      # drafts that ask for introductions, and their tasks
#   verify: full                         # tasks for lost links
#   relate: full                         # segments; prospects, their companies and campaigns
#   plan: full                           # the campaigns' work on the board, and their notebooks
# web:                                   # the pages, metrics and health checks of: syncd run
#   listen: 127.0.0.1:8385               # beyond this machine only with a token or a proxy; or: off
#   proxy_from: [127.0.0.0/8, "::1/128"] # where a trusted proxy calls from
#   hooks: {{per_minute: 600}}             # the most that a connector with webhooks is told
#   # public_url: https://syncd.example.com # where services reach /hooks/ from outside
#   # token: {{env: SYNCD_WEB_TOKEN}}      # lets in operators
#   # viewer_token: {{file: secrets/view}} # lets in viewers, who only look
#   # proxy_header: X-Forwarded-User     # how a trusted proxy names whom it let in
#   # operators: [maya@brightlink.example] # of those; the others are viewers
# alarms:                                # told in the log, and where these say
#   quiet_after: 1 day                   # a mailbox brings nothing so long, unlike before
#   backlog_after: 1 hour                # something waits so long to be sent
#   clock_skew: 1 minute                 # this machine's clock is so far off
#   # webhook: {{env: SYNCD_ALARM_WEBHOOK}} # gets Slack's JSON
#   # board: {{project: Outreach, task_list: Ops}} # gets a task
#   # assignee: maya@brightlink.example  # for this person
"""


def starter(schema: str = "schema.json") -> str:
    """The text; `schema` is the path from the file to its JSON Schema, for editors."""
    return _TEXT.format(schema=schema)
