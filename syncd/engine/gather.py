"""What the follow-up promise must know of a conversation, gathered from the state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from syncd.core.calendar import Calendar
from syncd.core.mail.addresses import domain_of
from syncd.core.mail.saying import Says
from syncd.core.promises.exchange import Exchange, StopSign
from syncd.core.promises.matching import campaign_of, holds
from syncd.core.promises.waiting import Utterance
from syncd.core.rules import Cadence, Campaign, Condition, StopOn, Subject
from syncd.engine import directory
from syncd.engine.context import Context
from syncd.store import chores, contact_facts, exchanges, links, mailboxes, people
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


def case(ctx: Context, tx: Tx, found: exchanges.Conversation) -> Case:
    match = campaign_of(ctx.rules.campaigns, found.matter)
    campaign, why = match if match is not None else (None, "")
    base = campaign.cadence if campaign is not None else ctx.rules.cadence
    if ctx.ports.board is None or not found.logged:
        base = None
    awaited = _awaited(found)
    known = _contacts(tx, awaited)
    first = known.get(awaited[0]) if awaited else None
    stage = first.stage if first is not None else ""
    cadence = base.at(stage) if base is not None else None
    calendar = ctx.rules.team.calendar
    if cadence is not None and first is not None:
        calendar = ctx.rules.calendars.of(first.timezone, first.country, cadence.clock)
    return Case(
        _exchange(ctx, tx, found, campaign, cadence, awaited, known, stage),
        campaign,
        why,
        cadence,
        calendar,
    )


def seen(ctx: Context, tx: Tx, found: exchanges.Conversation) -> list[datetime]:
    """When the conversation's mailboxes were last read to the end.

    What a mailbox has not shown us yet may hold the answer: time stands still there. One
    that is not in the settings any more counts only when no other is left.
    """
    theirs = [mailbox for mailbox, _ in found.threads]
    here = [mailbox for mailbox in theirs if mailbox in ctx.ports.mail] or theirs
    return [mailboxes.get(tx, mailbox).seen_at or _NEVER for mailbox in here]


def thread_url(mailbox: str, thread: str) -> str:
    """Where a person of that mailbox opens the thread."""
    return f"https://mail.google.com/mail/?authuser={mailbox}#all/{thread}"


def _awaited(found: exchanges.Conversation) -> tuple[str, ...]:
    """Whom our newest message went to."""
    ours = [message for message in found.messages if message.ours and message.people]
    return ours[-1].people if ours else ()


def _contacts(tx: Tx, addresses: tuple[str, ...]) -> dict[str, ContactFacts]:
    ids = people.contact_ids(tx, addresses)
    facts = contact_facts.of(tx, ids.values())
    return {address: facts[one] for address, one in ids.items() if one in facts}


def _exchange(  # noqa: PLR0917 - what is gathered, each from another place
    ctx: Context,
    tx: Tx,
    found: exchanges.Conversation,
    campaign: Campaign | None,
    cadence: Cadence | None,
    awaited: tuple[str, ...],
    known: Mapping[str, ContactFacts],
    stage: str,
) -> Exchange:
    person = awaited[0] if awaited else ""
    ours = [message for message in found.messages if message.ours and message.people]
    contact = people.contact_ids(tx, [person]).get(person, "") if person else ""
    lines = [
        (f"Gmail thread of {mailbox}", thread_url(mailbox, thread))
        for mailbox, thread in found.threads
        if ours and mailbox == ours[-1].mailbox
    ]
    if contact:
        lines.append(("HubSpot contact", ctx.ports.crm.contact_url(contact)))
    others: tuple[Utterance, ...] = ()
    stops: tuple[StopSign, ...] = ()
    asked: tuple[datetime, ...] = ()
    if cadence is not None:
        others = exchanges.elsewhere(tx, found, same_company=cadence.same_company)
        stops = _stops(tx, found, cadence, awaited, known)
        if cadence.at_most is not None and person:
            since = ctx.now() - cadence.at_most.per.delta
            asked = tuple(chores.opened_for(tx, person, since, besides=found.id))
    left = directory.left(tx)
    owner = known[person].owner if person in known else ""
    return Exchange(
        id=found.id,
        campaign=campaign.name if campaign else "",
        campaign_id=campaign.id if campaign else "",
        client=campaign.client if campaign else "",
        messages=found.messages,
        elsewhere=others,
        tasks=chores.of_conversation(tx, found.id),
        contact=contact,
        contact_owner=directory.owner_address(tx, owner),
        names=found.names,
        stage=stage,
        threads=found.threads,
        links=tuple(lines),
        answers=campaign.answers if campaign else ctx.rules.answers,
        stops=stops,
        heirs=_heirs(ctx, left),
        gone={directory.known_before(tx, one): one for one in left},
        asked_lately=asked,
        # Without a client there is nothing to look for.
        checks_links=ctx.ports.web is not None and campaign is not None,
        links_seen=links.of_conversation(tx, found.id),
    )


def _stops(
    tx: Tx,
    found: exchanges.Conversation,
    cadence: Cadence,
    awaited: tuple[str, ...],
    known: Mapping[str, ContactFacts],
) -> tuple[StopSign, ...]:
    stop, signs = cadence.stop, []
    if stop.label is not None:
        label = Condition(Subject.LABEL, stop.label)
        if holds(label, found.matter):
            signs.append(StopSign(f"the label {stop.label} is on the thread"))
    for address in awaited:
        facts = known.get(address)
        if StopOn.DO_NOT_CONTACT in stop.on:
            if facts is not None and facts.do_not_contact:
                signs.append(StopSign(f"{address} is not to be contacted"))
            elif people.asked_to_be_left_alone(tx, address, Says.UNSUBSCRIBE):
                signs.append(StopSign(f"{address} asked not to be written to"))
        for on in _STAGES:
            if facts is not None and on in stop.on and facts.stage == _STAGE_OF[on]:
                words = f"{address} stands at {facts.stage} in the CRM"
                signs.append(StopSign(words, facts.stage_since))
    return tuple(signs)


def _heirs(ctx: Context, left: frozenset[str]) -> dict[str, str]:
    """Who takes over from each who left: the first in line who is still there."""
    heirs: dict[str, str] = {}
    for address in left:
        line = [one for one in ctx.rules.team.heirs(address) if one not in left]
        if line:
            heirs[address] = line[0]
    return heirs


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
    for other in exchanges.written_to_site(tx, site, since, besides=found.id):
        client = clients.get(_campaign_of(ctx, tx, other), "")
        if client and client != exchange.client:
            day = ctx.rules.team.calendar.local_date(other.at)
            told = (
                f"{other.mailbox} wrote to {other.person} at the same site for {client} on {day}."
            )
            words[told] = None
    return replace(one, exchange=replace(exchange, collisions=tuple(words))) if words else one


def _campaign_of(ctx: Context, tx: Tx, pitch: exchanges.Pitch) -> str:
    if pitch.campaign is not None:
        return pitch.campaign
    # Read in the same breath as what we decide on, and not decided itself yet.
    found = exchanges.load(tx, pitch.conversation)
    match = campaign_of(ctx.rules.campaigns, found.matter) if found is not None else None
    return match[0].id if match is not None else ""
