"""From the settings to the plain data the promises decide with."""

from __future__ import annotations

from datetime import date, datetime

from syncd.core.calendar import Calendar
from syncd.core.calendars import Calendars
from syncd.core.rules import Cadence, Campaign, GuardRules, LogRules, Rules, Team
from syncd.settings.public_holidays import CountriesKnown, public_holidays
from syncd.settings.sections import CampaignSection, FollowUpSection, LogSection, TeamSection
from syncd.settings.settings import Settings

# Due times reach months ahead; a daemon that runs over New Year must know next year's holidays.
_YEARS_AHEAD = 2


def rules_of(settings: Settings, now: datetime) -> Rules:
    years = _years(settings.log.since, now)
    team = _team(settings.team, years)
    return Rules(
        team=team,
        log=_log(settings.log, team.calendar, now),
        campaigns=tuple(
            _campaign(campaign, settings.follow_up_of(campaign)) for campaign in settings.campaigns
        ),
        cadence=_cadence(settings.follow_up_of(None)),
        guard=GuardRules(
            max_actions=settings.guard.max_actions,
            max_close_share=settings.guard.max_close_share,
            min_population=settings.guard.min_population,
        ),
        calendars=Calendars(team.calendar, CountriesKnown(years)),
    )


def _years(since: date, now: datetime) -> range:
    return range(min(since.year, now.year), now.year + _YEARS_AHEAD + 1)


def _team(section: TeamSection, years: range) -> Team:
    off = frozenset(section.days_off).union(
        *(public_holidays(code, years) for code in section.holidays)
    )
    return Team(frozenset(section.domains), Calendar(section.timezone, off))


def _log(section: LogSection, calendar: Calendar, now: datetime) -> LogRules:
    return LogRules(
        since=calendar.start_of(section.since, like=now),
        bodies=section.bodies,
        unknown=section.unknown_contacts,
        lists=section.lists,
        never=tuple(pattern.condition() for pattern in section.never),
        grace=section.crm_logger,
    )


def _campaign(section: CampaignSection, follow_up: FollowUpSection | None) -> Campaign:
    return Campaign(
        id=section.id,
        name=section.name or section.id,
        client=section.client,
        tags=section.tags,
        any_of=tuple(condition.condition() for condition in section.match.any),
        all_of=tuple(condition.condition() for condition in section.match.all),
        cadence=_cadence(follow_up),
    )


def _cadence(section: FollowUpSection | None) -> Cadence | None:
    if section is None:
        return None
    assert section.board is not None, "checked when the file was read"
    return Cadence(
        steps=section.steps,
        nurture=section.then,
        place=section.board.place,
        crm_task=section.crm_task,
        inbox_label=section.inbox_label,
        same_company=section.same_company,
    )
