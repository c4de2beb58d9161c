"""Promise: the team can pull who linked to our clients before, here and as segments in the CRM.

A segment is filled by us and by people. Whom a person put in stays in; whom a person took out
is not put back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from syncd.core.actions import ChangeSegment, Planned
from syncd.core.identity import effect_key
from syncd.core.relationships import Relationship, Standing
from syncd.core.rules import Campaign, Segment

PROMISE = "relate"


class Membership(StrEnum):
    """How a contact stands with a segment, as last told."""

    OURS = "ours"
    THEIRS = "theirs"  # a person put them in
    REMOVED = "removed"  # a person took them out
    OUT = "out"  # we took them out


@dataclass(frozen=True, slots=True)
class Member:
    """`version`: how often we have written."""

    state: Membership = Membership.OUT
    version: int = 0


@dataclass(frozen=True, slots=True)
class Profile:
    """A contact as segments and lists see them."""

    relationships: tuple[Relationship, ...] = ()
    campaigns: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    do_not_contact: bool = False


def niches(profile: Profile, campaigns: Iterable[Campaign]) -> frozenset[str]:
    """What a contact's site is about, as far as their campaigns and tags say. Lower case."""
    of_campaigns = {
        word
        for campaign in campaigns
        if campaign.id in profile.campaigns
        for word in (campaign.niche, *campaign.tags)
    }
    return frozenset(word.lower() for word in of_campaigns | profile.tags if word)


def has_linked(one: Relationship) -> bool:
    """Whether they ever linked to the client: a link that was lost was one before."""
    return one.standing in {Standing.LINKED, Standing.LOST} or one.linked


def is_at(one: Relationship, standing: Standing) -> bool:
    return has_linked(one) if standing is Standing.LINKED else one.standing is standing


def belongs(segment: Segment, profile: Profile, campaigns: Iterable[Campaign]) -> bool:
    """Whether a contact is to be in a segment. Nobody is who is not to be contacted."""
    if profile.do_not_contact:
        return False
    if segment.niche and segment.niche.lower() not in niches(profile, campaigns):
        return False
    if segment.campaign and segment.campaign not in profile.campaigns:
        return False
    return any(
        is_at(one, Standing(standing))
        for one in profile.relationships
        if not segment.client or one.client == segment.client
        for standing in segment.standings
    )


def decide(
    segment: Segment, contact: str, who: str, member: Member, *, wanted: bool
) -> Planned | None:
    """The change that makes a segment hold a contact, or not; None where nothing is to be done.

    Only those we put in are taken out.
    """
    if wanted and member.state is not Membership.OUT:
        return None
    if not wanted and member.state is not Membership.OURS:
        return None
    # Contacts come and go: without the count of writes, the second time of joining would have
    # the key of the first, and be taken for done.
    into = "in" if wanted else "out"
    key = effect_key(PROMISE, segment.name, contact, str(member.version), into)
    words = f"put {who} into" if wanted else f"take {who} out of"
    return Planned(
        ChangeSegment(key, segment.name, contact, joins=wanted),
        PROMISE,
        f"member:{contact}:{segment.name}",
        f"segment {segment.name}: {words} it",
        rule=f"segments: {segment.name}",
    )


def after(member: Member, change: ChangeSegment, *, unchanged: bool, doubted: bool) -> Member:
    """How a contact stands with a segment once `change` is done.

    `unchanged`: it was so already, by a person's hand; but where an earlier try may have taken
    place (`doubted`), by ours.
    """
    by_hand = unchanged and not doubted
    if change.joins:
        state = Membership.THEIRS if by_hand else Membership.OURS
    else:
        state = Membership.REMOVED if by_hand else Membership.OUT
    return Member(state, member.version + 1)


def undone(member: Member, change: ChangeSegment) -> Member:
    """As `after`, where `change` takes back what we did, at a person's word: it stays so."""
    state = Membership.THEIRS if change.joins else Membership.REMOVED
    return Member(state, member.version + 1)


def given_up(member: Member, change: ChangeSegment) -> Member:
    """Where `change` was never made and is not to be made."""
    state = Membership.REMOVED if change.joins else Membership.THEIRS
    return Member(state, member.version + 1)


def seen(member: Member | None, *, inside: bool) -> Membership | None:
    """What a look at the segment says that we did not know; None where nothing."""
    state = member.state if member is not None else Membership.OUT
    if inside and state in {Membership.OUT, Membership.REMOVED}:
        return Membership.THEIRS
    if not inside and state is Membership.OURS:
        return Membership.REMOVED
    if not inside and state is Membership.THEIRS:
        return Membership.REMOVED
    return None
