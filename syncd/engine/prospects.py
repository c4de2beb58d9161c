"""A file of prospects, from what is known of its people to effects on their way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from syncd.core import prospects as judging
from syncd.core.facts import Company, Contact
from syncd.core.mail.addresses import domain_of, is_free_mail, registrable
from syncd.core.promises.log import Standing, Standings
from syncd.core.promises.relate import PROMISE
from syncd.core.prospects import Intake, Wish, World
from syncd.core.prospects_file import Broken, Prospect
from syncd.core.rules import Mode
from syncd.engine import decide
from syncd.engine.context import Context, Progress
from syncd.engine.prepare import prepare, recall
from syncd.engine.turn import Engine
from syncd.store import contact_facts, forgotten, ledger, people, prospects, tombstones
from syncd.store.database import Tx

# How many of those known at a site are named.
_NAMED = 3


class NotAllowed(Exception):
    """The mode of the promise keeps everything back. The words say so."""


@dataclass(frozen=True, slots=True)
class Planned:
    """`run` None: there was nothing to do. `waiting`: effects not done yet, `held` of them for
    a person.
    """

    run: int | None
    waiting: int
    held: int
    parked: int


def judge(ctx: Context, given: Sequence[Prospect | Broken], wish: Wish) -> Intake:
    """What becomes of each line. The CRM is read, and nothing is written anywhere."""
    recall(ctx)
    given = _cleared(ctx, given)
    world = _look(ctx, [one for one in given if isinstance(one, Prospect)])
    intake = judging.decide(given, world, ctx.rules.campaigns, ctx.rules.log.never, wish)
    with ctx.store.begin() as tx:
        known = ledger.states_of(tx, [one.action.key for one in intake.plan])
    # On its way, or done before: what a person has changed of it since stays theirs.
    fresh = tuple(one for one in intake.plan if one.action.key not in known)
    return replace(intake, plan=fresh)


def plan(
    ctx: Context, given: Sequence[Prospect | Broken], wish: Wish, *, approved: bool
) -> tuple[Intake, int | None]:
    """Record what the file asks for, under a run of its own. `approved`: a person has seen how
    much it is, and the guard's caps hold nothing of it. Raises `NotAllowed`.
    """
    if ctx.rules.modes.get(PROMISE, Mode.FULL) is Mode.OBSERVE:
        raise NotAllowed(f"the mode of {PROMISE} is observe: nothing is written")
    intake = judge(ctx, given, wish)
    if not intake.plan:
        return intake, None
    with ctx.store.begin() as tx:
        number = ctx.run.number(tx, ctx.now())
        decide.record(ctx, tx, intake.plan)
        if approved:
            prospects.let_go(tx, number)
        adding = [one.object for one in intake.plan if one.action.kind == "add_contact"]
        people.creating(tx, [one.removeprefix("address:") for one in adding])
    return intake, number


def carry_out(works: Engine, run: int) -> Planned:
    """Send what a run has planned, and what its contacts are to carry for it."""
    ctx = works.ctx
    with ctx.turn:
        prepare(ctx)
    works.carry_out(run)
    with ctx.turn:
        decide.contacts(ctx)
    works.carry_out(run)
    return standing(ctx, run)


def standing(ctx: Context, run: int) -> Planned:
    with ctx.store.begin() as tx:
        effects = ledger.of_run(tx, run)
    states = [one.state for one in effects]
    waiting = sum(state in {"planned", "sending", "held"} for state in states)
    return Planned(run, waiting, states.count("held"), states.count("parked"))


def _cleared(ctx: Context, given: Sequence[Prospect | Broken]) -> list[Prospect | Broken]:
    """What a file tells of somebody may name another who is to be forgotten."""
    with ctx.store.begin() as tx:

        def clear(one: Prospect | Broken) -> Prospect | Broken:
            if isinstance(one, Broken) or "@" not in f"{one.note}{one.source}":
                return one
            note, source = forgotten.cleared(tx, one.note, one.source)
            return replace(one, note=note, source=source)

        return [clear(one) for one in given]


def _look(ctx: Context, every: Sequence[Prospect]) -> World:
    with ctx.store.begin() as tx:
        gone = tombstones.among(tx, {one.address for one in every})
    given = [one for one in every if one.address not in gone]
    addresses = list(dict.fromkeys(one.address for one in given))
    domains = list(dict.fromkeys(one.domain for one in given if one.domain))
    found = _contacts(ctx, addresses)
    companies = _companies(ctx, domains)
    known = {contact.id: contact for contact in found.values()}
    with_company = _with_company(ctx, list(known))
    at_company = _at_company(ctx, companies)
    with ctx.store.begin() as tx:
        before = people.standings(tx, addresses, acquaintances=False)
        # Who is being added is not to be taken for absent: the write may be under way.
        told = [
            one
            for one in addresses
            if one in found or before.of(one) not in {Standing.CREATING, Standing.REFUSED}
        ]
        people.looked_up(tx, told, found, ctx.now())
        prospects.saw_companies(tx, companies.values(), ctx.now())
        standings = people.standings(tx, addresses, acquaintances=False)
        enrolled, times = _enrolled(tx, ctx, addresses, found)
        ours = ctx.own(tx)
        return World(
            contacts=found,
            forgotten=gone,
            silent=people.asked_to_be_left_alone(tx, addresses),
            refused=frozenset(one for one in addresses if standings.of(one) is Standing.REFUSED),
            adding=frozenset(one for one in addresses if standings.of(one) is Standing.CREATING),
            versions=_versions(tx, [one for one in addresses if one not in found], standings),
            ours=frozenset(one for one in addresses if ours.has(one)),
            enrolled=enrolled,
            times=times,
            companies=companies,
            with_company=with_company,
            at_site=_at_site(tx, domains, at_company),
        )


def _versions(tx: Tx, absent: Sequence[str], standings: Standings) -> dict[str, int]:
    """How often each was found gone: who was made once and is not there any more is made again."""
    versions = {one: standings.versions.get(one, 0) for one in absent}
    waiting = set(versions)
    while waiting:
        keys = {judging.contact_key(one, versions[one]): one for one in waiting}
        states = ledger.states_of(tx, keys)
        waiting = {keys[key] for key, state in states.items() if state == "done"}
        versions |= {one: versions[one] + 1 for one in waiting}
    return versions


def _contacts(ctx: Context, addresses: Sequence[str]) -> dict[str, Contact]:
    size, found = ctx.ports.crm.traits.batch_size, dict[str, Contact]()
    for start in range(0, len(addresses), size):
        found |= ctx.ports.crm.find_contacts(addresses[start : start + size])
        done = min(start + size, len(addresses))
        ctx.progress(Progress("people looked up", done, len(addresses)))
    return found


def _companies(ctx: Context, domains: Sequence[str]) -> dict[str, Company]:
    return ctx.ports.crm.find_companies(domains) if domains else {}


def _with_company(ctx: Context, ids: Sequence[str]) -> frozenset[str]:
    found = ctx.ports.crm.companies_of(ids) if ids else {}
    return frozenset(contact for contact, several in found.items() if several)


def _at_company(ctx: Context, companies: dict[str, Company]) -> dict[str, list[Contact]]:
    """Some of the people of each company, by its domain."""
    ids = {company.id: domain for domain, company in companies.items()}
    there = ctx.ports.crm.contacts_at(list(ids)) if ids else {}
    some = {one: several[:_NAMED] for one, several in there.items()}
    known = ctx.ports.crm.get_contacts([one for several in some.values() for one in several])
    return {
        ids[company]: [known[one] for one in several if one in known]
        for company, several in some.items()
        if company in ids
    }


def _enrolled(
    tx: Tx, ctx: Context, addresses: Sequence[str], found: dict[str, Contact]
) -> tuple[frozenset[tuple[str, str]], dict[tuple[str, str], int]]:
    """Who is a member of what, by address and by CRM id; and how often they came or went."""
    campaigns = [one.id for one in ctx.rules.campaigns]
    also = {other for contact in found.values() for other in contact.addresses}
    everyone = list(dict.fromkeys([*addresses, *also]))
    pairs = [(address, campaign) for address in everyone for campaign in campaigns]
    known = prospects.enrolled(tx, pairs)
    keys = {
        judging.enrol_key(*pair, known.get(pair, prospects.Enrolment()).version): pair
        for pair in pairs
    }
    under_way = {keys[key] for key in ledger.states_of(tx, keys)}
    ids = {other: contact.id for contact in found.values() for other in contact.addresses}
    members: set[tuple[str, str]] = set()
    for pair in pairs:
        enrolment = known.get(pair, prospects.Enrolment())
        if enrolment.belongs or pair in under_way:
            members |= {pair, (ids.get(pair[0], pair[0]), pair[1])}
    return frozenset(members), {pair: one.version for pair, one in known.items()}


def _at_site(
    tx: Tx, domains: Iterable[str], at_company: dict[str, list[Contact]]
) -> dict[str, tuple[str, ...]]:
    """Who is known at each site: of the mail, and of the CRM's companies."""
    wanted = set(domains)
    found: dict[str, dict[str, None]] = {}
    for address in contact_facts.everyone(tx):
        site = registrable(domain_of(address))
        if site in wanted and not is_free_mail(site):
            found.setdefault(site, {})[address] = None
    for domain, contacts in at_company.items():
        for contact in contacts:
            if contact.addresses:
                found.setdefault(domain, {})[contact.addresses[0]] = None
    return {domain: tuple(several)[:20] for domain, several in found.items()}
