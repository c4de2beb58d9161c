"""Who could introduce us to whom, from what is known now; and choosing whom to ask.

Computed when somebody asks, never in a turn: it looks at every crawl and every contact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from syncd.core.actions import Planned, WriteDraft
from syncd.core.introduction_words import Ask, greeted, reply_subject, sender, write
from syncd.core.introductions import Asked, Knows, Offer, State, Tie, Wanted, ago, rank
from syncd.core.mail.addresses import domain_of, is_free_mail, is_robot, registrable
from syncd.core.promises.introduce import RULE
from syncd.core.promises.introduce_matter import PROMISE, about, draft_key, message_id_of
from syncd.core.rules import Campaign
from syncd.core.templates import About
from syncd.engine import directory
from syncd.engine.context import Context, log
from syncd.engine.decide import record
from syncd.engine.introductions import box_of, follow, why_silent
from syncd.engine.turn import Engine
from syncd.store import (
    crawls,
    favours,
    introduction_mail,
    introduction_sites,
    introductions,
    ledger,
    relationships,
)
from syncd.store.database import Tx
from syncd.store.introductions import Introduction
from syncd.store.relationships import Person


class CannotAsk(Exception):
    """This introduction is not to be asked for, or cannot be. The message says why."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """An offer that was taken up: the asking's number, and the draft that is being written."""

    number: int
    offer: Offer
    draft: WriteDraft


def every(
    ctx: Context, tx: Tx, *, campaign: str | None = None, contact: str | None = None
) -> list[Offer]:
    """The introductions that could be asked for, the best first; then those that may not be.

    `campaign`: for that one alone. `contact`: from that person, by any of their addresses.
    """
    wanted = _wanted(ctx, tx, campaign)
    ties = [
        Tie(
            one.site,
            one.domain,
            one.pages,
            one.position,
            one.follow,
            one.sitewide,
            one.source_url,
            one.seen_at,
            one.boilerplate,
        )
        for one in crawls.outbound(tx, domains=wanted)
    ]
    by_site = introduction_sites.people(tx, {tie.site for tie in ties} | wanted.keys())
    persons = relationships.by_asked(tx, {each for some in by_site.values() for each in some})
    asked = _asked(tx, persons)
    targets = _with_dialogue(ctx, tx, wanted, by_site, persons)
    people = _people(ctx, tx, by_site, persons, {tie.site for tie in ties})
    if contact is not None:
        mine = relationships.by_asked(tx, [contact]).get(contact)
        stands_for = mine.address if mine is not None else contact
        people = [one for one in people if one.address == stands_for]
    return rank(people, targets, ties, asked, ctx.rules.asks, now=ctx.now())


def choose(ctx: Context, tx: Tx, wanted: Sequence[tuple[str, str]]) -> list[Chosen]:
    """Have drafts written for these (contact, site): planned here, delivered by the next turn.

    All or none of them. Raises `CannotAsk`.
    """
    chosen: list[Chosen] = []
    for introducer, domain in wanted:
        # Looked at one after the other: the first ask of a person stands against a second.
        offers = {(one.introducer, one.domain): one for one in every(ctx, tx, contact=introducer)}
        person = relationships.by_asked(tx, [introducer]).get(introducer)
        offer = offers.get((person.address if person is not None else introducer, domain))
        if offer is None:
            raise CannotAsk(
                f"nothing known leads from {introducer} to {domain}; `syncd introductions --all` "
                "lists what there is"
            )
        if offer.blocks:
            raise CannotAsk(f"{introducer} is not asked for {domain}: {'; '.join(offer.blocks)}")
        chosen.append(_choose(ctx, tx, offer))
    return chosen


def _choose(ctx: Context, tx: Tx, offer: Offer) -> Chosen:
    if box_of(ctx, offer.writer) is None:
        raise CannotAsk(
            f"drafts are off for {offer.writer}: set drafts: true in the mail connector's settings"
        )
    earlier = [
        one
        for one in introductions.every(tx)
        if (one.introducer, one.domain) == (offer.introducer, offer.domain)
    ]
    round_ = len(earlier)
    key = draft_key(offer.introducer, offer.domain, round_)
    draft = _draft(ctx, tx, offer, key)
    row = Introduction(
        id=0,
        introducer=offer.introducer,
        domain=offer.domain,
        campaign=offer.campaign,
        state=State.OFFERED,
        asked_by=offer.writer,
        asked_at=None,
        introduced="",
        introduced_at=None,
        message="",
        round=round_,
        site=offer.site,
        words="\n".join(offer.reasons),
        mark=key,
        subject=draft.subject,
        message_id=draft.message_id,
        offered_at=ctx.now(),
    )
    number = introductions.offer(tx, row)
    summary = f"draft to {offer.introducer} about {offer.domain}, in {offer.writer}"
    planned = Planned(draft, PROMISE, about(number), summary, RULE)
    record(ctx, tx, [planned])
    return Chosen(number, offer, draft)


def _draft(ctx: Context, tx: Tx, offer: Offer, key: str) -> WriteDraft:
    rules = ctx.rules.asks
    person = relationships.by_asked(tx, [offer.introducer]).get(offer.introducer)
    addresses = {offer.introducer} | (person.addresses if person is not None else set())
    since = ctx.now() - rules.thread_within
    thread = introduction_mail.thread_of(tx, offer.writer, addresses, since)
    campaign = next((one for one in ctx.rules.campaigns if one.id == offer.campaign), None)
    name = introduction_mail.sender_name(tx, offer.writer)
    ask = Ask(
        person=greeted(offer.name, offer.introducer),
        site=offer.site,
        wanted=offer.domain,
        page=offer.source_url,
        campaign=About(offer.campaign, campaign.name if campaign is not None else ""),
        client=campaign.client if campaign is not None else "",
        sender=sender(name, offer.writer),
        last_subject=thread.subject if thread is not None else "",
        owed=_owed(tx, [offer.introducer]).get(offer.introducer, 0),
    )
    words = write(rules.subject, rules.text, ask)
    for problem in words.problems:
        log.warning("template_fails", introducer=offer.introducer, words=problem)
    return WriteDraft(
        key=key,
        mailbox=offer.writer,
        sender_name=name,
        to=offer.introducer,
        to_name=offer.name,
        subject=words.subject if thread is None else reply_subject(thread.subject),
        text=words.text,
        html=words.html,
        message_id=message_id_of(key, offer.writer),
        thread=thread.id if thread is not None else "",
        in_reply_to=thread.in_reply_to if thread is not None else "",
        references=thread.references if thread is not None else (),
    )


def _wanted(ctx: Context, tx: Tx, only: str | None) -> dict[str, Wanted]:
    """The sites we want: targets first, then those of the niche; the first campaign counts."""
    campaigns = [one for one in ctx.rules.campaigns if only in {None, one.id}]
    found: dict[str, Wanted] = {}
    for one in campaigns:
        for target in one.targets:
            domain = registrable(target)
            found.setdefault(domain, Wanted(domain, one.id, f"a target of {one.name}"))
    for one in campaigns:
        for domain, why in _of_the_niche(ctx, tx, one):
            found.setdefault(domain, Wanted(domain, one.id, why))
    ours = {registrable(one) for one in ctx.rules.team.domains}
    ours |= {registrable(domain_of(box)) for box in ctx.ports.mail}
    clients = {registrable(one.client) for one in ctx.rules.campaigns}
    return {
        domain: one
        for domain, one in found.items()
        if domain not in ours | clients and not is_free_mail(domain)
    }


def wanted_sites(ctx: Context, tx: Tx) -> dict[str, str]:
    """Every site we want a link from, and the campaign it is for."""
    return {domain: one.campaign for domain, one in _wanted(ctx, tx, None).items()}


def _of_the_niche(ctx: Context, tx: Tx, campaign: Campaign) -> Iterable[tuple[str, str]]:
    niche = _folded(campaign.niche)
    if not niche:
        return
    for other in ctx.rules.campaigns:
        if other.id != campaign.id and _folded(other.niche) == niche:
            for target in other.targets:
                yield registrable(target), f"a target of {other.name} in the same niche"
    for address in introduction_sites.of_the_niche(tx, niche):
        domain = registrable(domain_of(address))
        yield domain, f"a site of the niche {campaign.niche} ({address})"


def _folded(niche: str) -> str:
    return "-".join(niche.lower().split())


def _with_dialogue(
    ctx: Context,
    tx: Tx,
    wanted: Mapping[str, Wanted],
    by_site: Mapping[str, Iterable[str]],
    persons: Mapping[str, Person],
) -> list[Wanted]:
    found: list[Wanted] = []
    now = ctx.now()
    for domain, one in wanted.items():
        known = [persons[each] for each in by_site.get(domain, ()) if each in persons]
        there = {person.address: person for person in known}
        silent = why_silent(tx, list(there.values()))
        spoken = cold = ""
        for person in there.values():
            depth = person.depth
            if depth.last_answer_at is not None:
                spoken = f"{person.name or person.address} wrote {ago(depth.last_answer_at, now)}"
            elif depth.sent:
                last = max(said.at for said in person.spoken)
                cold = f"{person.address}, {ago(last, now)}"
        found.append(replace(one, spoken=spoken, cold=cold, silent=next(iter(silent.values()), "")))
    return found


def _people(
    ctx: Context,
    tx: Tx,
    by_site: Mapping[str, Iterable[str]],
    persons: Mapping[str, Person],
    sites: Iterable[str],
) -> list[Knows]:
    theirs: dict[str, set[str]] = {}
    for site in sites:
        for each in by_site.get(site, ()):
            if each in persons and not is_robot(each):
                theirs.setdefault(persons[each].address, set()).add(site)
    by_address = {one.address: one for one in persons.values()}
    owed = _owed(tx, list(theirs))
    silent = why_silent(tx, [by_address[one] for one in theirs])
    left = directory.left(tx)
    found = []
    for address, own in sorted(theirs.items()):
        person = by_address[address]
        writer, instead_of = _writer(ctx, person, left)
        found.append(
            Knows(
                address=address,
                name=person.name,
                sites=tuple(sorted(own)),
                depth=person.depth,
                known_by=person.known_by,
                owed=owed.get(address, 0),
                silent=silent.get(address, ""),
                writer=writer,
                instead_of=instead_of,
            )
        )
    return found


def _writer(ctx: Context, person: Person, left: frozenset[str]) -> tuple[str, str]:
    """Whose mailbox asks: of those who know them best, or of who took over from them."""
    for one in person.known_by:
        if one.teammate in ctx.ports.mail and one.teammate not in left:
            return one.teammate, ""
        for heir in ctx.rules.team.heirs(one.teammate):
            if heir in ctx.ports.mail and heir not in left:
                return heir, one.teammate
    return "", ""


def _owed(tx: Tx, people: Sequence[str]) -> dict[str, int]:
    return {one: balance.owed_to_us for one, balance in favours.balances(tx, people).items()}


def _asked(tx: Tx, persons: Mapping[str, Person]) -> list[Asked]:
    """Every asking there was, by the addresses that stand for people now."""
    found: list[Asked] = []
    for one in introductions.every(tx):
        at = one.ended_at if one.state is State.DROPPED else one.asked_at
        at = at or one.drafted_at or one.offered_at
        assert at is not None
        person = persons.get(one.introducer)
        who = person.address if person is not None else one.introducer
        found.append(Asked(who, one.domain, one.state, at, one.campaign))
    return found


def ask(ctx: Context, wanted: Sequence[tuple[str, str]]) -> tuple[int, list[Chosen]]:
    """As `choose`, in one commit and a run of its own. Returns the run's number."""
    ctx.turn_began = ctx.now()
    with ctx.store.begin() as tx:
        chosen = choose(ctx, tx, wanted)
        return ctx.run.number(tx, ctx.now()), chosen


def ask_now(
    works: Engine, wanted: Sequence[tuple[str, str]]
) -> tuple[list[Chosen], dict[str, str]]:
    """As `ask`, and carried out at once. With it how each draft stands, by its key."""
    run, chosen = ask(works.ctx, wanted)
    works.carry_out(run)
    # The tasks that go with them, in the same run: undone, they go together.
    follow(works.ctx)
    works.carry_out(run)
    return chosen, states(works.ctx, chosen)


def states(ctx: Context, chosen: Sequence[Chosen]) -> dict[str, str]:
    with ctx.store.begin() as tx:
        return ledger.states_of(tx, [one.draft.key for one in chosen])
