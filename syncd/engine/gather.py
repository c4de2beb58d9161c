"""What the follow-up promise must know of a conversation, gathered from the state."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from syncd.core.calendar import Calendar
from syncd.core.links import LinkSeen
from syncd.core.mail.addresses import domain_of
from syncd.core.mail.saying_kinds import Says
from syncd.core.promises.exchange import Exchange, StepTask, StopSign
from syncd.core.promises.hand_over import Leavers
from syncd.core.promises.matching import campaign_of, holds
from syncd.core.promises.waiting import newest_of_ours
from syncd.core.rules import Cadence, Campaign, Condition, StopOn, Subject
from syncd.engine import directory
from syncd.engine.context import Context
from syncd.store import (
    chores,
    contact_facts,
    elsewhere,
    exchanges,
    introduction_mail,
    links,
    mailboxes,
    people,
)
from syncd.store.contact_facts import ContactFacts
from syncd.store.database import Tx

# When a mailbox that was never read to the end was last read.
_NEVER = datetime.min.replace(tzinfo=UTC)
_STAGES = (StopOn.DECLINE, StopOn.LINKED)
_STAGE_OF = {StopOn.DECLINE: "declined", StopOn.LINKED: "linked"}


@dataclass(frozen=True, slots=True)
class Case:
    """One conversation to decide on, with the rules that hold for it."""

    exchange: Exchange
    campaign: Campaign | None
    campaign_because: str
    cadence: Cadence | None
    calendar: Calendar


@dataclass(frozen=True, slots=True)
class Known:
    """What a batch of conversations needs of the state, asked for at once.

    `seen`: when each mailbox was last read to the end. `ids`: of contacts in the CRM, by
    address; `facts` by id. `silent`: who asked to be left alone. `gone`: addresses of those
    who left, by their ids on the board. `asks`: for which campaign, and to which site, an
    introduction was asked for there.
    """

    seen: Mapping[str, datetime | None]
    ids: Mapping[str, str]
    facts: Mapping[str, ContactFacts]
    silent: frozenset[str]
    tasks: Mapping[int, tuple[StepTask, ...]]
    links: Mapping[int, Mapping[str, LinkSeen]]
    owners: Mapping[str, str]
    left: frozenset[str]
    gone: Mapping[str, str]
    asks: Mapping[int, tuple[str, str]]
    introduced_in: frozenset[str]

    @classmethod
    def of(cls, tx: Tx, batch: Collection[exchanges.Conversation]) -> Known:
        numbers = [one.id for one in batch]
        awaited = {address for one in batch for address in _awaited(one)}
        everyone = awaited.union(*(one.people for one in batch))
        referrals = [
            said.key for one in batch for said in one.messages if said.says == Says.REFERRAL
        ]
        ids = people.contact_ids(tx, everyone)
        left = directory.left(tx)
        return cls(
            seen={box.address: box.seen_at for box in mailboxes.every(tx)},
            ids=ids,
            facts=contact_facts.of(tx, {ids[one] for one in awaited if one in ids}),
            silent=people.asked_to_be_left_alone(tx, awaited),
            tasks=chores.of_conversations(tx, numbers),
            links=links.of_conversations(tx, numbers),
            owners=directory.owners(tx),
            left=left,
            gone={directory.known_before(tx, one): one for one in left},
            asks=introduction_mail.campaigns_of(tx, numbers),
            introduced_in=introduction_mail.introduced_in(tx, referrals),
        )

    def of_address(self, address: str) -> ContactFacts | None:
        return self.facts.get(self.ids.get(address, ""))

    def contacts(self, found: exchanges.Conversation) -> list[str]:
        """The CRM's ids of everyone whose logged mail this is."""
        return sorted({self.ids[one] for one in found.people if one in self.ids})


def case(ctx: Context, tx: Tx, found: exchanges.Conversation, known: Known) -> Case:
    match = campaign_of(ctx.rules.campaigns, found.matter)
    campaign, why = match if match is not None else _asked_for(ctx, found, known)
    base = campaign.cadence if campaign is not None else ctx.rules.cadence
    if ctx.ports.board is None or not found.logged:
        base = None
    awaited = _awaited(found)
    first = known.of_address(awaited[0]) if awaited else None
    cadence = base.at(first.stage if first is not None else "") if base is not None else None
    calendar = ctx.rules.team.calendar
    if cadence is not None and first is not None:
        calendar = ctx.rules.calendars.of(first.timezone, first.country, cadence.clock)
    exchange = _exchange(ctx, found, campaign, known)
    if cadence is not None:
        exchange = _while_waiting(ctx, tx, found, known, exchange, cadence=cadence)
    return Case(exchange, campaign, why, cadence, calendar)


def _asked_for(
    ctx: Context, found: exchanges.Conversation, known: Known
) -> tuple[Campaign | None, str]:
    """The campaign an introduction was asked for here, where nothing else tells."""
    campaign, domain = known.asks.get(found.id, ("", ""))
    for one in ctx.rules.campaigns:
        if one.id == campaign:
            return one, f"an introduction to {domain} was asked for"
    return None, ""


def seen(ctx: Context, found: exchanges.Conversation, known: Known) -> list[datetime]:
    """When the conversation's mailboxes were last read to the end.

    What a mailbox has not shown us yet may hold the answer: time stands still there. Whose
    message we know from a colleague's copy alone has not shown us theirs. One that is not in
    the settings any more counts only when no other is left.
    """
    theirs = [mailbox for mailbox, _ in found.threads]
    theirs += {one.mailbox for one in found.messages}.difference(theirs)
    here = [mailbox for mailbox in theirs if mailbox in ctx.ports.mail] or theirs
    return [known.seen.get(mailbox) or _NEVER for mailbox in here]


def thread_url(mailbox: str, thread: str) -> str:
    """Where a person of that mailbox opens the thread."""
    return f"https://mail.google.com/mail/?authuser={mailbox}#all/{thread}"


def _awaited(found: exchanges.Conversation) -> tuple[str, ...]:
    """Whom our newest message went to."""
    newest = newest_of_ours(found.messages)
    return newest.people if newest is not None else ()


def _exchange(
    ctx: Context, found: exchanges.Conversation, campaign: Campaign | None, known: Known
) -> Exchange:
    newest = newest_of_ours(found.messages)
    person = newest.person if newest is not None else ""
    contact = known.ids.get(person, "")
    facts = known.of_address(person)
    lines = [
        (f"Gmail thread of {mailbox}", thread_url(mailbox, thread))
        for mailbox, thread in found.threads
        if newest is not None and mailbox == newest.mailbox
    ]
    if contact:
        lines.append(("HubSpot contact", ctx.ports.crm.contact_url(contact)))
    return Exchange(
        id=found.id,
        campaign=campaign.name if campaign else "",
        campaign_id=campaign.id if campaign else "",
        client=campaign.client if campaign else "",
        messages=found.messages,
        tasks=known.tasks.get(found.id, ()),
        contact=contact,
        contact_owner=known.owners.get(facts.owner, "") if facts is not None else "",
        names=found.names,
        stage=facts.stage if facts is not None else "",
        threads=found.threads,
        links=tuple(lines),
        answers=campaign.answers if campaign else ctx.rules.answers,
        heirs=ctx.rules.team.taking_over(known.left),
        gone=known.gone,
        # Without a client there is nothing to look for.
        checks_links=ctx.ports.web is not None and campaign is not None,
        links_seen=known.links.get(found.id, {}),
        introduced_in=known.introduced_in,
    )


def _while_waiting(
    ctx: Context,
    tx: Tx,
    found: exchanges.Conversation,
    known: Known,
    exchange: Exchange,
    *,
    cadence: Cadence,
) -> Exchange:
    """With what only a cadence asks for."""
    asked: tuple[datetime, ...] = ()
    if cadence.at_most is not None and exchange.awaited:
        since = ctx.now() - cadence.at_most.per.delta
        asked = tuple(chores.opened_for(tx, exchange.awaited, since, besides=found.id))
    return replace(
        exchange,
        elsewhere=elsewhere.said(tx, found, same_company=cadence.same_company),
        stops=_stops(found, cadence, known),
        asked_lately=asked,
    )


def _stops(found: exchanges.Conversation, cadence: Cadence, known: Known) -> tuple[StopSign, ...]:
    stop, signs = cadence.stop, []
    if stop.label is not None:
        label = Condition(Subject.LABEL, stop.label)
        if holds(label, found.matter):
            signs.append(StopSign(f"the label {stop.label} is on the thread"))
    for address in _awaited(found):
        facts = known.of_address(address)
        if StopOn.DO_NOT_CONTACT in stop.on:
            if facts is not None and facts.do_not_contact:
                signs.append(StopSign(f"{address} is not to be contacted"))
            elif address in known.silent:
                signs.append(StopSign(f"{address} asked not to be written to"))
        for on in _STAGES:
            if facts is not None and on in stop.on and facts.stage == _STAGE_OF[on]:
                words = f"{address} stands at {facts.stage} in the CRM"
                signs.append(StopSign(words, facts.stage_since))
    return tuple(signs)


def leavers(ctx: Context, tx: Tx) -> Leavers:
    """Who of us is not there any more, as last asked."""
    left = directory.left(tx)
    return Leavers(
        {directory.known_before(tx, one): one for one in left}, ctx.rules.team.taking_over(left)
    )


def with_collisions(ctx: Context, tx: Tx, found: exchanges.Conversation, one: Case) -> Case:
    """With whoever else of us has lately written to the same site for another client.

    Looked up only where a task opens: a first reading would look once for every message.
    """
    exchange, cadence = one.exchange, one.cadence
    if cadence is None or cadence.collision is None or not exchange.awaited:
        return one
    clients = {each.id: each.client for each in ctx.rules.campaigns}
    since = ctx.now() - cadence.collision.delta
    words: dict[str, None] = {}
    site = domain_of(exchange.awaited)
    for other in elsewhere.written_to_site(tx, site, since, besides=found.id):
        client = clients.get(_campaign_of(ctx, tx, other), "")
        if client and client != exchange.client:
            day = ctx.rules.team.calendar.local_date(other.at)
            told = (
                f"{other.mailbox} wrote to {other.person} at the same site for {client} on {day}."
            )
            words[told] = None
    return replace(one, exchange=replace(exchange, collisions=tuple(words))) if words else one


def _campaign_of(ctx: Context, tx: Tx, pitch: elsewhere.Pitch) -> str:
    if pitch.campaign is not None:
        return pitch.campaign
    # Read in the same breath as what we decide on, and not decided itself yet.
    found = exchanges.load(tx, [pitch.conversation]).get(pitch.conversation)
    match = campaign_of(ctx.rules.campaigns, found.matter) if found is not None else None
    return match[0].id if match is not None else ""
