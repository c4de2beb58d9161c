"""What ops decided, as the promises need it: plain data, built by `syncd.settings`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from syncd.core.calendar import Calendar, Span
from syncd.core.facts import Place


class Subject(StrEnum):
    """What a condition looks at."""

    ADDRESS = "address"
    DOMAIN = "domain"
    LABEL = "label"
    SUBJECT = "subject"
    MAILBOX = "mailbox"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Condition:
    """One test of a message.

    `pattern` is a glob, matched without regard to case: against the outside address,
    its domain (and parent domains), a label (and labels nested under it), the subject,
    the mailbox. For LIST `pattern` is the file's name and `members` what stood in it:
    addresses and domains, lower case.
    """

    subject: Subject
    pattern: str
    members: frozenset[str] = frozenset()


class Bodies(StrEnum):
    FULL = "full"
    SNIPPET = "snippet"
    NONE = "none"


class Unknown(StrEnum):
    """What happens to people who are not in the CRM."""

    CREATE = "create"
    SKIP = "skip"
    REVIEW = "review"


class Lists(StrEnum):
    """List and bulk mail: logged when the person is known or was written to, always, never."""

    KNOWN = "known"
    LOG = "log"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class LogRules:
    since: datetime
    bodies: Bodies
    unknown: Unknown
    lists: Lists
    never: tuple[Condition, ...]
    grace: Span | None  # wait this long for the CRM's own logger; None: it is known to be off


@dataclass(frozen=True, slots=True)
class Cadence:
    """When a silent conversation gets a task, and where."""

    steps: tuple[Span, ...]
    nurture: Span | None
    place: Place
    crm_task: bool = False
    inbox_label: str | None = None
    same_company: bool = False


@dataclass(frozen=True, slots=True)
class Campaign:
    """`any_of`: at least one must hold (where there are some); `all_of`: each must hold.

    `cadence` None: no follow-up tasks for this campaign.
    """

    id: str
    name: str
    client: str
    tags: tuple[str, ...]
    any_of: tuple[Condition, ...]
    all_of: tuple[Condition, ...]
    cadence: Cadence | None


@dataclass(frozen=True, slots=True)
class Team:
    """`domains`: everyone there is one of us. Mailboxes and their aliases are known apart."""

    domains: frozenset[str]
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class GuardRules:
    """A plan is held when one kind of action exceeds `max_actions` in a turn, or when it
    would close more than `max_close_share` of at least `min_population` open tasks.
    """

    max_actions: int
    max_close_share: float
    min_population: int


@dataclass(frozen=True, slots=True)
class Rules:
    team: Team
    log: LogRules
    campaigns: tuple[Campaign, ...]
    cadence: Cadence | None  # for conversations outside every campaign
    guard: GuardRules
