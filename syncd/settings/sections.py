"""The sections of the settings file: what ops may write, with the words editors show them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ConfigDict, Field, model_validator

from syncd.core.rules import Bodies, Condition, Lists, Mode, Subject, Unknown
from syncd.settings.answers import AnswersSection
from syncd.settings.campaign_file import PlanSection, Prose, Targets
from syncd.settings.fields import (
    ActionKind,
    AddressGlob,
    CrmLogger,
    Day,
    DomainGlob,
    HolidayCode,
    Interval,
    OwnDomain,
    Slug,
    Tag,
    TimeOfDay,
    Unfit,
    Words,
    Zone,
)
from syncd.settings.follow_up import FollowUpSection
from syncd.settings.lists import ListFile, ProspectFile
from syncd.settings.section import Section
from syncd.settings.working_time import HalfDayField, HandOver, OfficeHours


class TeamSection(Section):
    """Who we are and when we work."""

    domains: tuple[OwnDomain, ...] = Field(
        description="Our own mail domains; everyone there is one of us. [] where the mailboxes "
        "alone are ours, as on a free-mail domain."
    )
    timezone: Zone = Field(description="The zone in which days and times of day are counted.")
    holidays: tuple[HolidayCode, ...] = Field(
        default=(),
        description="Countries (GB) or parts of them (GB-SCT) whose public holidays are days off.",
    )
    days_off: tuple[Day, ...] = Field(
        default=(), description="Further days on which nobody works, as dates."
    )
    office_hours: OfficeHours | None = Field(
        default=None,
        description="When we work, e.g. 09:00-17:30; what falls due outside is due when we next "
        "begin. Any time of a working day where left out.",
    )
    half_days: tuple[HalfDayField, ...] = Field(
        default=(),
        description="Days that end at noon or at a time: 12-24 (every year), 2026-12-31, "
        "12-31 until 14:00.",
    )
    hand_over: HandOver = Field(
        default={},
        description="Who takes over the tasks of a teammate who leaves, by address; "
        '"*": of anyone else who does.',
    )


class Pattern(Section):
    """One condition: exactly one of these keys, with a pattern (* any text, ? one letter)."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    address: AddressGlob | None = Field(
        default=None, description="The outside person's address, e.g. *@lawyer.example."
    )
    domain: DomainGlob | None = Field(
        default=None, description="The outside person's domain; domains below it count too."
    )
    label: Words | None = Field(
        default=None, description="A Gmail label by its name; labels nested under it count too."
    )
    subject: Words | None = Field(default=None, description='The subject, e.g. "*builder guide*".')
    mailbox: Words | None = Field(default=None, description="Which of our mailboxes holds it.")

    @model_validator(mode="before")
    @classmethod
    def _one_each(cls, given: Any) -> Any:
        names = list(cls.model_fields)
        if isinstance(given, str):
            raise Unfit(
                f"should say what to look at; write e.g. {{subject: …}} (or {', '.join(names)})"
            )
        if isinstance(given, Mapping):
            present = [name for name in names if given.get(name) is not None]
            if len(present) > 1:
                raise Unfit(f"has {' and '.join(present)}; write each as an item of its own")
            if not given.keys() - set(names) and not present:
                raise Unfit(f"is empty; give one of {', '.join(names)}")
        return given

    def condition(self) -> Condition:
        for subject in Subject:
            pattern = getattr(self, subject.value, None)
            if isinstance(pattern, ProspectFile):
                return Condition(subject, pattern.name, pattern.members)
            if pattern is not None:
                return Condition(subject, pattern)
        raise AssertionError("validated: one is given")


class CampaignCondition(Pattern):
    """One condition: exactly one of these keys."""

    list: ListFile | None = Field(
        default=None,
        description="A CSV or text file of addresses and domains; relative paths start at the "
        "settings file.",
    )


class LogSection(Section):
    """Which mail is logged in the CRM, and how much of it."""

    since: Day = Field(description="Mail from this day on is logged; earlier mail is left alone.")
    bodies: Bodies = Field(
        default=Bodies.FULL,
        description="How much of the text goes into the CRM: full, snippet (the first words) "
        "or none.",
    )
    unknown_contacts: Unknown = Field(
        default=Unknown.CREATE,
        description="People who are not in the CRM: create them, skip their mail, or review "
        "(keep it until someone adds them).",
    )
    lists: Lists = Field(
        default=Lists.KNOWN,
        description="Newsletters and other bulk mail: known (only from known contacts and people "
        "we wrote to), log (all of it) or skip.",
    )
    never: tuple[Pattern, ...] = Field(
        default=(), description="Mail that is never logged nor kept: it matches any of these."
    )
    crm_logger: CrmLogger = Field(
        default="wait 10 minutes",
        validate_default=True,
        description="The CRM's own mail logger may log the same message: how long to wait for "
        "it before logging ourselves, or off where it is known to be switched off.",
    )


class MatchSection(Section):
    """Which conversations belong to the campaign."""

    any: tuple[CampaignCondition, ...] = Field(
        default=(), description="At least one of these must hold."
    )
    all: tuple[CampaignCondition, ...] = Field(
        default=(), description="Each of these must hold as well."
    )

    @model_validator(mode="after")
    def _some(self) -> MatchSection:
        if not self.any and not self.all:
            raise Unfit("has no condition; add one, e.g. any: [{label: Campaigns/ACME}]")
        return self


class CampaignSection(Section):
    """One campaign: for whom, which mail belongs to it, and how it is followed up."""

    id: Slug = Field(
        description="Its name inside the services; changing it later makes a new campaign."
    )
    name: Words | None = Field(
        default=None, description="Its name for people; the id where none is given."
    )
    client: Words = Field(description="The client it is for, usually their domain.")
    tags: tuple[Tag, ...] = Field(
        default=(), description="Tags for every contact of the campaign, e.g. its niche."
    )
    niche: Words | None = Field(
        default=None,
        description="What the sites of its contacts are about; campaigns of one niche share "
        "their targets.",
    )
    goal: Prose | None = Field(
        default=None, description="What it is to achieve; the first lines of its notebook."
    )
    targets: Targets = Field(
        default=(),
        description="The sites we want links from: domains, or {site: …, topic: …}.",
    )
    match: MatchSection = Field(description="Which conversations belong to it.")
    follow_up: FollowUpSection | None = Field(
        default=None, description="What differs from the top-level follow_up."
    )
    answers: AnswersSection | None = Field(
        default=None, description="What differs from the top-level answers."
    )
    plan: PlanSection | None = Field(
        default=None, description="Its work, laid out on the task board; nothing if left out."
    )


class RunSection(Section):
    """How the daemon spends its time."""

    poll: Interval = Field(
        default="1 minute",
        validate_default=True,
        description="How often each mailbox is asked for news.",
    )
    board_poll: Interval = Field(
        default="1 minute",
        validate_default=True,
        description="How often the task board is asked for news.",
    )
    nightly: TimeOfDay = Field(
        default="03:00",
        validate_default=True,
        description="When everything is compared afresh, in the team's time zone.",
    )
    workers: int = Field(
        default=4, ge=1, le=64, description="How many mailboxes are worked on at once."
    )
    takeover: Interval = Field(
        default="15 seconds",
        validate_default=True,
        description="In a cluster: after how long a silence others do what a worker was at.",
    )


class CapSection(Section):
    """Limits of one kind of action, where they differ from the general ones."""

    a_turn: int | None = Field(default=None, ge=0, description="The most in one turn.")
    a_day: int | None = Field(default=None, ge=0, description="The most in 24 hours.")


class ModesSection(Section):
    """What may be done for each promise: observe (nothing; it is only shown), create-only
    (contacts, emails and tasks are made, and nothing that stands is changed) or full.
    """

    log: Mode = Field(default=Mode.FULL, description="Contacts and emails in the CRM.")
    tag: Mode = Field(default=Mode.FULL, description="Campaigns, tags and stages of contacts.")
    follow_up: Mode = Field(default=Mode.FULL, description="Follow-up tasks, their ends included.")
    relate: Mode = Field(
        default=Mode.FULL,
        description="Segments in the CRM; prospects, their companies and campaigns.",
    )
    plan: Mode = Field(
        default=Mode.FULL, description="The campaigns' plans on the board, and their notebooks."
    )
    introduce: Mode = Field(
        default=Mode.FULL, description="Drafts that ask for introductions, and their tasks."
    )
    verify: Mode = Field(
        default=Mode.FULL, description="Tasks for lost links, their ends included."
    )


class GuardSection(Section):
    """Plans so large that a person should look first are held until `syncd approve`."""

    # Twice the largest mailbox we expect at a first run: 10,000 messages are 10,000 actions
    # of one kind, all of them only additions. What can do harm at any size, closing tasks,
    # has a limit of its own below.
    max_actions: int = Field(
        default=20_000, ge=1, description="The most actions of one kind in one turn."
    )
    max_close_share: float = Field(
        default=0.3,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="The largest share of the open tasks that one turn may close.",
    )
    min_population: int = Field(
        default=10, ge=1, description="Below this many open tasks the share is not looked at."
    )
    max_a_day: int = Field(
        default=60_000, ge=1, description="The most actions of one kind in 24 hours."
    )
    max_close_share_a_day: float = Field(
        default=0.6,
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="The largest share of the open tasks that may be closed in 24 hours.",
    )
    kinds: Mapping[ActionKind, CapSection] = Field(
        default={}, description="Limits of their own for kinds of action, e.g. close_task."
    )
