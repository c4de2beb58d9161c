"""Sections about people: segments in the CRM, and favours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from syncd.core.relationships import Standing
from syncd.core.rules import FavourRules, Segment
from syncd.settings.fields import Unfit, Words, did_you_mean, shown
from syncd.settings.problems import Loc
from syncd.settings.section import Section

if TYPE_CHECKING:
    from syncd.settings.sections import CampaignSection

ANY = "any"
AUTO = "auto"
# Names of lists in the CRM are for people, and end up in a request's path.
SegmentName = Annotated[Words, StringConstraints(max_length=120, pattern=r"^[^/\\?#%]+$")]


class SegmentSection(Section):
    """Contacts held together in the CRM, as a list that we and people fill."""

    name: SegmentName = Field(description="The segment's name in the CRM.")
    contacted: bool = Field(default=False, description="Those we have written to, no more.")
    answered: bool = Field(default=False, description="Those who have answered.")
    agreed: bool = Field(default=False, description="Those who have said yes.")
    linked: bool = Field(
        default=False, description="Those who linked to the client, once or still."
    )
    lost: bool = Field(default=False, description="Those whose link was lost.")
    declined: bool = Field(default=False, description="Those who have said no.")
    niche: Words | None = Field(
        default=None, description="Only of this niche, or with this tag; any where left out."
    )
    client: Words = Field(default=ANY, description="For which client: a campaign's client, or any.")
    campaign: Words | None = Field(
        default=None, description="Only of this campaign, by its id; any where left out."
    )

    @model_validator(mode="after")
    def _some_standing(self) -> SegmentSection:
        if not self.standings():
            names = ", ".join(one.value for one in Standing)
            raise Unfit(f"says not who is in it; write e.g. linked: true (or {names})")
        return self

    def standings(self) -> tuple[str, ...]:
        return tuple(one.value for one in Standing if getattr(self, one.value))

    def segment(self) -> Segment:
        return Segment(
            self.name,
            self.standings(),
            self.niche or "",
            "" if self.client.lower() == ANY else self.client,
            self.campaign or "",
        )


def _list_or_auto(given: Any) -> Any:
    if isinstance(given, str) and given.strip().lower() != AUTO:
        raise Unfit(f"{shown(given)} is neither {AUTO} nor a list of segments")
    return AUTO if isinstance(given, str) else given


Segments = Annotated[Literal["auto"] | tuple[SegmentSection, ...], BeforeValidator(_list_or_auto)]


class FavoursSection(Section):
    """Where favours are told, besides by command: one completed task under a tag counts once."""

    done_tag: Words | None = Field(
        default="favour", description="Tag of tasks in which we did somebody a favour."
    )
    received_tag: Words | None = Field(
        default="favour received", description="Tag of tasks in which somebody did us one."
    )

    on_contacts: bool = Field(
        default=False,
        description="Whether people keep a number on contacts in the CRM: how many more favours "
        "we did them than they did us.",
    )

    def rules(self) -> FavourRules:
        tags = ((self.done_tag or "").lower(), (self.received_tag or "").lower())
        return FavourRules(*tags, self.on_contacts)


def segments_of(
    given: Literal["auto"] | Sequence[SegmentSection], campaigns: Sequence[CampaignSection]
) -> tuple[Segment, ...]:
    """The segments that are meant; `auto`: who linked before, for each niche."""
    if not isinstance(given, str):
        return tuple(one.segment() for one in given)
    niches: dict[str, str] = {}
    for campaign in campaigns:
        for word in (campaign.niche,) if campaign.niche else campaign.tags:
            niches.setdefault(word.lower(), word)
    linked = (Standing.LINKED.value,)
    return tuple(Segment(f"Linked before: {word}", linked, niche=word) for word in niches.values())


def segment_slips(data: Mapping[Any, Any]) -> Iterator[tuple[Loc, str]]:
    """Segments that speak of what no campaign has, and two of one name."""
    given = data.get("segments")
    if not isinstance(given, list):
        return
    campaigns = [one for one in data.get("campaigns") or () if isinstance(one, Mapping)]
    known = {
        "niche": [
            word
            for one in campaigns
            for word in (one.get("niche"), *(one.get("tags") or ()))
            if isinstance(word, str)
        ],
        "client": [ANY, *(str(one.get("client")) for one in campaigns)],
        "campaign": [str(one.get("id")) for one in campaigns],
    }
    names: dict[str, int] = {}
    for at, segment in enumerate(given):
        if not isinstance(segment, Mapping):
            continue
        for key, words in known.items():
            said = segment.get(key)
            if isinstance(said, str) and said.lower() not in {one.lower() for one in words}:
                what = "niche or tag" if key == "niche" else key
                remedy = did_you_mean(said, words)
                yield ("segments", at, key), f"{shown(said)} is no {what} of a campaign{remedy}"
        name = str(segment.get("name", "")).strip().casefold()
        first = names.setdefault(name, at)
        if name and first != at:
            yield ("segments", at, "name"), f"is also the name of segments[{first}]; choose another"
