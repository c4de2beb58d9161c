"""What ops decided, as the promises need it: plain data, built by `syncd.settings`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from syncd.core.calendar import Calendar, Span, Unit
from syncd.core.calendars import Calendars, Whose
from syncd.core.campaign_plan import CampaignPlan
from syncd.core.crawling import CrawlRules
from syncd.core.facts import Place
from syncd.core.introductions import AskRules
from syncd.core.links_course import LinkRules
from syncd.core.mail.addresses import registrable
from syncd.core.templates import UNSAID, TaskTemplate

_COLLISION = Span(14, Unit.DAY)
_ABSENCE = Span(5, Unit.BUSINESS_DAY)


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


class StopOn(StrEnum):
    """What ends the wait besides an answer."""

    DECLINE = "decline"
    LINKED = "linked"
    DO_NOT_CONTACT = "do_not_contact"
    BOUNCE = "bounce"


@dataclass(frozen=True, slots=True)
class Stop:
    """`label`: a Gmail label under which a person stops the follow-up of a thread."""

    label: str | None = "syncd/Stop"
    on: frozenset[StopOn] = frozenset(StopOn)


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `amount` within any `per`."""

    amount: int
    per: Span


@dataclass(frozen=True, slots=True)
class Backlog:
    """How conversations that were due before syncd knew them are brought up.

    At most `a_day` of their tasks are opened on one day, and while `at_most` of them stand
    open, no more. One that fell due longer ago than `max_age` is left alone.
    """

    a_day: int = 20
    at_most: int = 200
    max_age: Span | None = None


@dataclass(frozen=True, slots=True)
class Cadence:
    """When a silent conversation gets a task, and where.

    `task` is how every such task looks, `step_tasks` what is different at a step (none, or
    one for each), `nurture_task` at the nurture step. `stages` are the cadences for people
    who are further along, by `syncd.core.promises.tag.Stage`; None: no tasks for those.
    `at_most` limits the tasks about one outside person, over all campaigns. `collision`:
    how recently someone must have written to the same site for another client for a task to
    warn of it. `absence`: how long one without a stated return puts off what is due.
    """

    steps: tuple[Span, ...]
    nurture: Span | None
    place: Place
    crm_task: bool = False
    inbox_label: str | None = None
    same_company: bool = False
    clock: Whose = Whose.TEAM
    task: TaskTemplate = UNSAID
    step_tasks: tuple[TaskTemplate, ...] = ()
    nurture_task: TaskTemplate = UNSAID
    stages: tuple[tuple[str, Cadence | None], ...] = ()
    stop: Stop = Stop()
    at_most: Rate | None = None
    collision: Span | None = _COLLISION
    absence: Span = _ABSENCE
    backlog: Backlog | None = Backlog()

    def at(self, stage: str) -> Cadence | None:
        """The cadence for a person at `stage`; None where they get no tasks."""
        return dict(self.stages).get(stage, self)

    def task_at(self, step: int) -> TaskTemplate:
        """How the task of `step` looks, as far as it is not left to the default words.

        A step past the last is the nurture step. A task of no step (negative: another
        address after a bounce) has words of its own; whose it is and its tags stay.
        """
        if step < 0:
            return TaskTemplate(owner=self.task.owner, tags=self.task.tags)
        if step >= len(self.steps):
            return self.nurture_task.over(self.task)
        own = self.step_tasks[step] if step < len(self.step_tasks) else UNSAID
        return own.over(self.task)

    def templates(self) -> tuple[TaskTemplate, ...]:
        """Every template in it, those of its stages included."""
        staged = [one for _, stage in self.stages if stage is not None for one in stage.templates()]
        return (self.task, *self.step_tasks, self.nurture_task, *staged)


class Does(StrEnum):
    """What follows from what a person says."""

    NOTHING = "nothing"
    TASK = "task"
    REVIEW = "review task"
    NURTURE = "nurture"
    WAIT = "wait"
    DO_NOT_CONTACT = "do not contact"
    CHECK_LINK = "check link"


@dataclass(frozen=True, slots=True)
class Consequence:
    """`span`: how long to nurture or, where they gave no date, to wait. `task`: how it looks."""

    does: Does
    span: Span | None = None
    task: TaskTemplate = UNSAID

    def __str__(self) -> str:
        """As ops write it: "nurture after 180 days", "task, high priority"."""
        words = str(self.does)
        if self.span is not None:
            words += f" after {self.span}" if self.does is Does.NURTURE else f" {self.span}"
        return f"{words}, {self.task.priority} priority" if self.task.priority else words


# By the names of syncd.core.mail.saying.Says.
ANSWERS: Mapping[str, Consequence] = {
    "unsubscribe": Consequence(Does.DO_NOT_CONTACT),
    "decline": Consequence(Does.NURTURE, Span(180, Unit.DAY)),
    "live": Consequence(Does.CHECK_LINK),
    "referral": Consequence(Does.REVIEW),
    "not_now": Consequence(Does.WAIT, Span(30, Unit.DAY)),
    "price": Consequence(Does.TASK, task=TaskTemplate(priority="high")),
    "interest": Consequence(Does.NOTHING),
    "question": Consequence(Does.NOTHING),
    "other": Consequence(Does.NOTHING),
}


@dataclass(frozen=True, slots=True)
class Campaign:
    """`any_of`: at least one must hold (where there are some); `all_of`: each must hold.

    `cadence` None: no follow-up tasks for this campaign. `answers`: what follows from what
    people say, for each kind. `targets`: domains we want links from, without "www.". `plan`
    None: nothing is laid out on the board.
    """

    id: str
    name: str
    client: str
    tags: tuple[str, ...]
    any_of: tuple[Condition, ...]
    all_of: tuple[Condition, ...]
    cadence: Cadence | None
    answers: Mapping[str, Consequence] = field(default_factory=lambda: ANSWERS)
    niche: str = ""
    goal: str = ""
    targets: tuple[str, ...] = ()
    plan: CampaignPlan | None = None


@dataclass(frozen=True, slots=True)
class Team:
    """`domains`: everyone there is one of us. Mailboxes and their aliases are known apart.

    `hand_over`: who takes over from a teammate who leaves; from anyone else: "*".
    """

    domains: frozenset[str]
    calendar: Calendar
    hand_over: tuple[tuple[str, str], ...] = ()

    def heirs(self, address: str) -> tuple[str, ...]:
        """Who takes over from `address`, first choice first; the next where that one left too."""
        rules = dict(self.hand_over)
        found = [address]
        while (heir := rules.get(found[-1])) is not None and heir not in found:
            found.append(heir)
        last = rules.get("*")
        if last is not None and last not in found:
            found.append(last)
        return tuple(found[1:])

    def taking_over(self, left: frozenset[str]) -> dict[str, str]:
        """Who takes over from each who left: the first in line who is still there."""
        found: dict[str, str] = {}
        for address in left:
            line = [one for one in self.heirs(address) if one not in left]
            if line:
                found[address] = line[0]
        return found


class Mode(StrEnum):
    """What may be done for a promise: nothing, only what adds, everything it asks for."""

    OBSERVE = "observe"
    CREATE_ONLY = "create-only"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Cap:
    """The most actions of one kind in a turn, and in a day."""

    a_turn: int
    a_day: int


@dataclass(frozen=True, slots=True)
class GuardRules:
    """A plan is held when one kind of action exceeds its cap in a turn or a day (`caps` by
    kind, else `max_actions` and `max_a_day`), or when it would close more than
    `max_close_share` of at least `min_population` open tasks, in a day
    `max_close_share_a_day`.
    """

    max_actions: int
    max_close_share: float
    min_population: int
    max_a_day: int = 1_000_000
    max_close_share_a_day: float = 1.0
    caps: Mapping[str, Cap] = field(default_factory=dict)

    def cap(self, kind: str) -> Cap:
        return self.caps.get(kind) or Cap(self.max_actions, self.max_a_day)


@dataclass(frozen=True, slots=True)
class Segment:
    """Contacts to be held together in the CRM under a name.

    `standings`: by `syncd.core.relationships.Standing`, any of which will do. `client`,
    `niche`, `campaign`: "" for any.
    """

    name: str
    standings: tuple[str, ...]
    niche: str = ""
    client: str = ""
    campaign: str = ""


@dataclass(frozen=True, slots=True)
class FavourRules:
    """A task completed under one of these tags is a favour, done by us or received; "": none.

    `on_contacts`: people keep a number of them on contacts in the CRM, too.
    """

    done_tag: str = ""
    received_tag: str = ""
    on_contacts: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    team: Team
    log: LogRules
    campaigns: tuple[Campaign, ...]
    cadence: Cadence | None  # for conversations outside every campaign
    guard: GuardRules
    calendars: Calendars = field(compare=False)
    answers: Mapping[str, Consequence] = field(default_factory=lambda: ANSWERS)  # likewise
    modes: Mapping[str, Mode] = field(default_factory=dict)  # by promise; full where not named
    alarm_place: Place | None = None  # the list that gets a task for each trouble
    segments: tuple[Segment, ...] = ()
    favours: FavourRules = field(default_factory=FavourRules)
    links: LinkRules = field(default_factory=LinkRules)  # how earned links are looked after
    asks: AskRules = field(default_factory=AskRules)  # for introductions
    crawls: CrawlRules = field(default_factory=CrawlRules)

    def clients(self) -> dict[str, str]:
        """The client of each campaign, by its id."""
        return {campaign.id: campaign.client for campaign in self.campaigns}

    def targets(self) -> frozenset[str]:
        """The sites that campaigns want links from, as registrable domains."""
        return frozenset(registrable(one) for each in self.campaigns for one in each.targets)

    def cadences(self) -> tuple[Cadence, ...]:
        """Every cadence there is, without those inside for stages."""
        every = [self.cadence, *(campaign.cadence for campaign in self.campaigns)]
        return tuple(cadence for cadence in every if cadence is not None)

    def task_tags(self) -> tuple[str, ...]:
        """Every tag that a task may carry, sorted."""
        templates = [one for cadence in self.cadences() for one in cadence.templates()]
        for answers in (self.answers, *(campaign.answers for campaign in self.campaigns)):
            templates += [consequence.task for consequence in answers.values()]
        return tuple(sorted({tag for one in templates for tag in one.tags or ()}))
