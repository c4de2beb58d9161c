"""The whole settings file as one frozen model, and what the rest of syncd takes from it."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, create_model

from syncd.core.facts import Place
from syncd.core.rules import Rules
from syncd.settings.answers import AnswersSection
from syncd.settings.crawling import CrawlSection
from syncd.settings.earned_links import LinksSection
from syncd.settings.follow_up import FollowUpSection
from syncd.settings.introductions import IntroductionsSection
from syncd.settings.kinds import ConnectorName, KindModel, OneOf, variants
from syncd.settings.people import FavoursSection, Segments
from syncd.settings.section import Section
from syncd.settings.sections import (
    CampaignSection,
    GuardSection,
    LogSection,
    ModesSection,
    RunSection,
    TeamSection,
)
from syncd.settings.serving import AlarmsSection, WebSection
from syncd.settings.state import KeepSection, Runtime, StoreField


class Settings(Section):
    """The settings file of syncd."""

    model_config = ConfigDict(title="syncd settings", validate_default=True)

    team: TeamSection = Field(description="Who we are and when we work.")
    connectors: Mapping[str, BaseModel] = Field(
        description="The services, each under a name of your choice."
    )
    log: LogSection = Field(description="Which mail is logged in the CRM, and how much of it.")
    follow_up: FollowUpSection | None = Field(
        default=None,
        description="Tasks for conversations in which we wait for an answer; none if left out.",
    )
    answers: AnswersSection = Field(
        default=AnswersSection(), description="What follows from what people say in an answer."
    )
    campaigns: tuple[CampaignSection, ...] = Field(
        default=(), description="What the mail is about; the most specific match wins."
    )
    crawl: CrawlSection = Field(
        default=CrawlSection(), description="Crawls of sites: to whom they link."
    )
    introductions: IntroductionsSection = Field(
        default=IntroductionsSection(),
        description="Asking contacts to introduce us to sites we want links from.",
    )
    links: LinksSection = Field(
        default=LinksSection(),
        description="How links to clients are looked after once they are known.",
    )
    segments: Segments = Field(
        default=(),
        description="Lists kept in the CRM of who stands how with us; auto: who linked before, "
        "one for each niche.",
    )
    favours: FavoursSection = Field(
        default=FavoursSection(), description="How tasks tell of favours."
    )
    store: StoreField = Field(
        default=Path("syncd.db"),
        description="The database: a file, relative paths start at the settings file, or a "
        "PostgreSQL server, postgresql://user@host/name; its password goes into "
        "{url: …, password: {file: …}}.",
    )
    runtime: Runtime = Field(
        default=Runtime.EMBEDDED,
        description="Who does the work: embedded (one `syncd run`) or cluster (any number of "
        "`syncd worker`, on one PostgreSQL server).",
    )
    keep: KeepSection = Field(
        default=KeepSection(), description="For how long the state keeps what is over."
    )
    read_only: bool = Field(
        default=False,
        description="Read and show, and write nothing to any service: there is nothing in syncd "
        "then that could. `syncd --read-only` says it for one command.",
    )
    run: RunSection = Field(default=RunSection(), description="How the daemon spends its time.")
    guard: GuardSection = Field(
        default=GuardSection(), description="Plans so large that a person should look first."
    )
    modes: ModesSection = Field(
        default=ModesSection(), description="What may be done for each promise."
    )
    web: WebSection = Field(
        default=WebSection(),
        description="The pages, metrics and health checks that `syncd run` serves.",
    )
    alarms: AlarmsSection = Field(
        default=AlarmsSection(),
        description="Whom syncd tells when something is wrong, and when it is over.",
    )

    def rules(self, now: datetime) -> Rules:
        """What the promises need, with the holidays of the years from `log.since` past `now`."""
        from syncd.settings.rules import rules_of

        return rules_of(self, now)

    def follow_up_of(self, campaign: CampaignSection | None) -> FollowUpSection | None:
        """The follow-up of a campaign, or of mail outside all; None where it is off or absent."""
        section = self.follow_up
        if campaign is not None and campaign.follow_up is not None:
            section = campaign.follow_up.over(self.follow_up)
        return section if section is not None and section.enabled else None

    def waits_of(self, campaign: str) -> list[str]:
        """The spans of a campaign's cadence ("": outside all), in words."""
        section = self.follow_up_of(
            next((one for one in self.campaigns if one.id == campaign), None)
        )
        if section is None:
            return []
        waits = [str(step.after) for step in section.steps]
        return waits if section.then is None else [*waits, str(section.then.after)]

    def follow_ups(self) -> Iterator[FollowUpSection]:
        """Every follow-up that is on: the one outside campaigns, then theirs."""
        for campaign in (None, *self.campaigns):
            section = self.follow_up_of(campaign)
            if section is not None:
                yield section

    def places(self) -> tuple[Place, ...]:
        """Every list that follow-up tasks go to, once each, in order."""
        return tuple(
            dict.fromkeys(it.board.place for it in self.follow_ups() if it.board is not None)
        )

    def campaign_names(self) -> dict[str, str]:
        """Names for people by campaign id."""
        return {campaign.id: campaign.name or campaign.id for campaign in self.campaigns}

    def tags(self) -> tuple[str, ...]:
        """Every tag a campaign gives, sorted."""
        return tuple(sorted({tag for campaign in self.campaigns for tag in campaign.tags}))

    def fingerprint(self) -> str:
        """Changes when the connectors must provide something else, or are others.

        Of secrets it knows the references only.
        """
        needs = [
            self.campaign_names(),
            self.tags(),
            [[place.project, place.task_list] for place in self.places()],
            any(it.crm_task for it in self.follow_ups()),
            sorted({it.inbox_label or "" for it in self.follow_ups()}),
            {name: connector.model_dump() for name, connector in self.connectors.items()},
        ]
        words = json.dumps(_plain(needs), sort_keys=True)
        return hashlib.blake2b(words.encode(), digest_size=10).hexdigest()


def _plain(value: Any) -> Any:
    """`value` as JSON values; sets, which have no order of their own, sorted."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, set | frozenset):
        return sorted(str(item) for item in value)
    return value if isinstance(value, str | int | float | None) else str(value)


def settings_model(kinds: Mapping[str, KindModel]) -> type[Settings]:
    """`Settings` with connectors of these kinds."""
    return _model(tuple(sorted(kinds.items(), key=lambda it: it[0])))


@functools.lru_cache(maxsize=8)
def _model(kinds: tuple[tuple[str, KindModel], ...]) -> type[Settings]:
    connector: Any = Annotated[BaseModel, OneOf(variants(dict(kinds)))]
    connectors: Any = dict[ConnectorName, connector]
    description = Settings.model_fields["connectors"].description
    return create_model(
        "Settings",
        __base__=Settings,
        __doc__=Settings.__doc__,
        connectors=(connectors, Field(description=description)),
    )
