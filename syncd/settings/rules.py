"""From the settings to the plain data the promises decide with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from syncd.core.calendar import Calendar
from syncd.core.calendars import Calendars
from syncd.core.campaign_plan import CampaignPlan, Step, Target, Topic
from syncd.core.facts import Place
from syncd.core.mail.addresses import normalise
from syncd.core.promises.tag import Stage
from syncd.core.rules import (
    Backlog,
    Cadence,
    Campaign,
    Cap,
    GuardRules,
    LogRules,
    Mode,
    Rules,
    Stop,
    Team,
)
from syncd.core.templates import UNSAID, TaskTemplate
from syncd.settings.answers import AnswersSection, consequences
from syncd.settings.follow_up import (
    BacklogSection,
    FollowUpSection,
    StageSection,
    StagesSection,
    StepSection,
)
from syncd.settings.people import segments_of
from syncd.settings.public_holidays import CountriesKnown, public_holidays
from syncd.settings.sections import (
    CampaignSection,
    CapSection,
    GuardSection,
    LogSection,
    ModesSection,
    TeamSection,
)
from syncd.settings.settings import Settings
from syncd.settings.task import TaskSection

# Due times reach months ahead; a daemon that runs over New Year must know next year's holidays.
_YEARS_AHEAD = 2


def rules_of(settings: Settings, now: datetime) -> Rules:
    years = _years(settings.log.since, now)
    team = _team(settings.team, years)
    return Rules(
        team=team,
        log=_log(settings.log, team.calendar, now),
        campaigns=tuple(
            _campaign(campaign, settings.follow_up_of(campaign), settings.answers)
            for campaign in settings.campaigns
        ),
        cadence=_cadence(settings.follow_up_of(None)),
        guard=GuardRules(
            max_actions=settings.guard.max_actions,
            max_close_share=settings.guard.max_close_share,
            min_population=settings.guard.min_population,
            max_a_day=settings.guard.max_a_day,
            max_close_share_a_day=settings.guard.max_close_share_a_day,
            caps={kind: _cap(cap, settings.guard) for kind, cap in settings.guard.kinds.items()},
        ),
        calendars=Calendars(team.calendar, CountriesKnown(years)),
        answers=consequences(settings.answers),
        modes={
            promise: mode
            for promise in ModesSection.model_fields
            if (mode := _mode(settings, promise)) is not Mode.FULL
        },
        links=settings.links.rules(),
        asks=settings.introductions.rules(_usual_place(settings)),
        crawls=settings.crawl.rules(_home(settings.team)),
        segments=segments_of(settings.segments, settings.campaigns),
        favours=settings.favours.rules(),
        alarm_place=settings.alarms.board.place if settings.alarms.board is not None else None,
    )


def _home(team: TeamSection) -> str:
    """A web address of ours, where somebody can be found."""
    return f"https://{team.domains[0]}" if team.domains else ""


def _mode(settings: Settings, promise: str) -> Mode:
    """Where nothing may be written, every promise is only observed, and so decided again before
    anything is done once it may.
    """
    return Mode.OBSERVE if settings.read_only else Mode(getattr(settings.modes, promise))


def _usual_place(settings: Settings) -> Place | None:
    """Where follow-up tasks go, whatever the campaign."""
    return next(iter(settings.places()), None)


def _cap(section: CapSection, guard: GuardSection) -> Cap:
    return Cap(
        guard.max_actions if section.a_turn is None else section.a_turn,
        guard.max_a_day if section.a_day is None else section.a_day,
    )


def _years(since: date, now: datetime) -> range:
    return range(min(since.year, now.year), now.year + _YEARS_AHEAD + 1)


def _team(section: TeamSection, years: range) -> Team:
    off = frozenset(section.days_off).union(
        *(public_holidays(code, years) for code in section.holidays)
    )
    return Team(
        domains=frozenset(section.domains),
        calendar=Calendar(section.timezone, off, section.office_hours, section.half_days),
        hand_over=tuple(sorted(section.hand_over.items())),
    )


def _log(section: LogSection, calendar: Calendar, now: datetime) -> LogRules:
    return LogRules(
        since=calendar.start_of(section.since, like=now),
        bodies=section.bodies,
        unknown=section.unknown_contacts,
        lists=section.lists,
        never=tuple(pattern.condition() for pattern in section.never),
        grace=section.crm_logger,
    )


def _campaign(
    section: CampaignSection, follow_up: FollowUpSection | None, answers: AnswersSection
) -> Campaign:
    return Campaign(
        id=section.id,
        name=section.name or section.id,
        client=section.client,
        tags=section.tags,
        any_of=tuple(condition.condition() for condition in section.match.any),
        all_of=tuple(condition.condition() for condition in section.match.all),
        cadence=_cadence(follow_up),
        answers=consequences(answers, section.answers),
        niche=section.niche or "",
        goal=section.goal or "",
        targets=tuple(target.site for target in section.targets),
        plan=_plan(section),
    )


def _plan(section: CampaignSection) -> CampaignPlan | None:
    plan = section.plan
    if plan is None:
        return None
    topics = {name: topic.key for topic in plan.topics for name in (topic.name, topic.key)}

    def owner(role: str | None) -> str:
        return plan.people.get(role or "", normalise(role or ""))

    return CampaignPlan(
        project=plan.project or section.name or section.id,
        starts=plan.starts,
        months=plan.months,
        steps=tuple(
            Step(
                id=step.key,
                name=step.name,
                each=step.each,
                takes=step.takes,
                owner=owner(step.owner),
                text=step.text or "",
                checklist=step.checklist,
            )
            for step in plan.steps
        ),
        topics=tuple(
            Topic(
                id=topic.key,
                name=topic.name,
                kind=topic.kind,
                due=topic.due,
                text=topic.text or "",
                url=topic.url or "",
                owner=owner(topic.owner),
            )
            for topic in plan.topics
        ),
        targets=tuple(
            Target(
                site=target.site,
                topic=topics.get(target.topic or "", ""),
                due=target.due,
                text=target.text or "",
                owner=owner(target.owner),
            )
            for target in section.targets
        ),
        targets_a_month=plan.targets_a_month,
        dossier=plan.dossier,
    )


def _cadence(section: FollowUpSection | None) -> Cadence | None:
    if section is None:
        return None
    assert section.board is not None, "checked when the file was read"
    whole = Cadence(
        steps=tuple(step.after for step in section.steps),
        nurture=section.then.after if section.then is not None else None,
        place=section.board.place,
        crm_task=section.crm_task,
        inbox_label=section.inbox_label,
        same_company=section.same_company,
        clock=section.clock,
        task=_template(section.task),
        step_tasks=_step_tasks(section.steps),
        nurture_task=_template(section.then.task if section.then is not None else None),
        stop=Stop(section.stop.label, frozenset(section.stop.on)),
        at_most=section.at_most.per_person,
        collision=section.collision,
        absence=section.absence,
        backlog=_backlog(section.backlog),
    )
    stages = section.stages if section.stages is not None else StagesSection()
    return replace(
        whole,
        stages=tuple(
            (stage.value, _at_stage(whole, own))
            for stage in Stage
            if (own := getattr(stages, stage)) is not None
        ),
    )


def _at_stage(whole: Cadence, own: StageSection) -> Cadence | None:
    if not own.enabled:
        return None
    said: dict[str, Any] = {"task": _template(own.task).over(whole.task)}
    if own.steps is not None:
        said["steps"] = tuple(step.after for step in own.steps)
        said["step_tasks"] = _step_tasks(own.steps)
    if "then" in own.model_fields_set:
        said["nurture"] = own.then.after if own.then is not None else None
        said["nurture_task"] = _template(own.then.task if own.then is not None else None)
    return replace(whole, **said)


def _step_tasks(steps: Sequence[StepSection]) -> tuple[TaskTemplate, ...]:
    if all(step.task is None for step in steps):
        return ()
    return tuple(_template(step.task) for step in steps)


def _backlog(section: BacklogSection | None) -> Backlog | None:
    return None if section is None else Backlog(section.a_day, section.at_most, section.max_age)


def _template(section: TaskSection | None) -> TaskTemplate:
    return UNSAID if section is None else section.template()
