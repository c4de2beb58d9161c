"""Which prospects of a file are taken in, and why the others are not. Nothing is written here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum

from syncd.core.actions import AddContact, Enrol, JoinCompany, Planned
from syncd.core.facts import Company, Contact
from syncd.core.identity import effect_key
from syncd.core.mail.addresses import domain_of, is_free_mail, is_robot, registrable
from syncd.core.promises import log
from syncd.core.promises.matching import Matter, holds
from syncd.core.promises.relate import PROMISE
from syncd.core.prospects_file import Broken, Prospect
from syncd.core.rules import Campaign, Condition, Subject

# Read by whoever is on duty: fine to write to, but nobody one gets to know.
_ROLES = frozenset(
    {"abuse", "accounts", "admin", "administration", "advertise", "advertising", "billing"}
    | {"contact", "contactus", "customerservice", "editor", "editorial", "editors", "enquiries"}
    | {"enquiry", "feedback", "hello", "help", "hi", "hr", "info", "information", "inquiries"}
    | {"inquiry", "jobs", "kontakt", "legal", "mail", "marketing", "media", "news", "newsletter"}
    | {"office", "partnerships", "post", "postmaster", "pr", "press", "privacy", "redaktion"}
    | {"sales", "security", "service", "social", "submissions", "support", "team", "tips"}
    | {"web", "webmaster"}
)
_ABOUT_PEOPLE = frozenset({Subject.ADDRESS, Subject.DOMAIN, Subject.LIST})


class Becomes(StrEnum):
    """What becomes of a line of the file, best first."""

    ADDED = "added"  # a contact is made
    JOINS = "joins"  # a contact stands, and joins a campaign
    NOTHING = "nothing new"
    DOUBLED = "doubled"  # stands further up in the file
    LEFT_OUT = "left out"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. `why`: in words; `notes`: what a person should know besides."""

    line: int
    address: str
    becomes: Becomes
    why: str = ""
    notes: tuple[str, ...] = ()

    @property
    def taken(self) -> bool:
        return self.becomes in {Becomes.ADDED, Becomes.JOINS}


@dataclass(frozen=True, slots=True)
class Wish:
    """What the person who imports wants. `owner`: address of the teammate who gets them."""

    file: str
    owner: str = ""
    skip_roles: bool = False
    skip_known_sites: bool = False


@dataclass(frozen=True, slots=True)
class World:
    """What is known of the people of a file.

    `contacts`, `silent` (asked to be left alone), `refused` (by the CRM) are by address;
    `versions`: how often a contact of that address was found gone; `ours`: addresses of our
    own; `forgotten`: to be kept nowhere. `enrolled`: (address or CRM id, campaign) of those who
    are members, `times`: how often they came or went. `companies` by domain, `with_company`:
    ids of contacts that belong to one. `at_site`: who is known there, in words, by domain.
    """

    contacts: Mapping[str, Contact] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()
    forgotten: frozenset[str] = frozenset()
    adding: frozenset[str] = frozenset()
    versions: Mapping[str, int] = field(default_factory=dict)
    ours: frozenset[str] = frozenset()
    enrolled: frozenset[tuple[str, str]] = frozenset()
    times: Mapping[tuple[str, str], int] = field(default_factory=dict)
    companies: Mapping[str, Company] = field(default_factory=dict)
    with_company: frozenset[str] = frozenset()
    at_site: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Intake:
    """What becomes of a file: its lines, and what is to be done."""

    findings: tuple[Finding, ...]
    plan: tuple[Planned, ...]

    @property
    def counts(self) -> Counter[str]:
        return Counter(one.becomes.value for one in self.findings)


def enrol_key(address: str, campaign: str, times: int) -> str:
    """Without how often they came or went, coming back would have the key of the first time."""
    return effect_key(PROMISE, "enrol", address, campaign, str(times))


def contact_key(address: str, version: int) -> str:
    """The key under which their first mail would make them: whichever comes first does it."""
    return effect_key(log.PROMISE, "contact", address, str(version))


def is_role(address: str) -> bool:
    local = address.rpartition("@")[0].partition("+")[0]
    return "".join(filter(str.isalpha, local)) in _ROLES


def decide(
    given: Iterable[Prospect | Broken],
    world: World,
    campaigns: Sequence[Campaign],
    never: Iterable[Condition],
    wish: Wish,
) -> Intake:
    """Judge each line, and plan what the good ones ask for."""
    return _Judging(world, campaigns, [one for one in never if one.subject in _ABOUT_PEOPLE], wish)(
        given
    )


class _Judging:
    def __init__(
        self,
        world: World,
        campaigns: Sequence[Campaign],
        never: Sequence[Condition],
        wish: Wish,
    ) -> None:
        self._world = world
        self._never = never
        self._wish = wish
        self._campaigns = {one.id: one for one in campaigns}
        self._by_word = {
            word.casefold(): one.id for one in campaigns for word in (one.name, one.id)
        }
        self._tags = {tag.casefold(): tag for one in campaigns for tag in one.tags}
        # Who stood where first: by address, and by contact for those with several.
        self._lines: dict[str, int] = {}
        self._plan: dict[str, Planned] = {}
        self._at_company: dict[str, list[Prospect]] = {}

    def __call__(self, given: Iterable[Prospect | Broken]) -> Intake:
        findings = [
            Finding(one.line, one.text, Becomes.BROKEN, one.words)
            if isinstance(one, Broken)
            else self._judge(one)
            for one in given
        ]
        for domain, people in self._at_company.items():
            self._join_company(domain, people)
        return Intake(tuple(findings), tuple(self._plan.values()))

    def _judge(self, one: Prospect) -> Finding:
        contact = self._world.contacts.get(one.address)
        who = contact.id if contact is not None else one.address
        first = self._lines.get(who)
        if why := self._kept_out(one, contact):
            return Finding(one.line, one.address, Becomes.LEFT_OUT, why)
        wanted, notes = self._campaigns_of(one)
        tags, unknown = self._tags_of(one, wanted)
        notes += unknown
        notes += self._remarks(one, contact)
        joins = [
            campaign
            for campaign in wanted
            if (who, campaign) not in self._world.enrolled
            and f"enrol:{who}:{campaign}" not in self._plan
        ]
        for campaign in joins:
            self._enrol(one, who, campaign, tags)
        if first is not None and not joins:
            same = (
                ""
                if contact is None or contact.addresses[:1] == (one.address,)
                else (f", as {contact.addresses[0]}")
            )
            return Finding(
                one.line, one.address, Becomes.DOUBLED, f"stands in line {first}{same}", notes
            )
        self._lines.setdefault(who, one.line)
        new = contact is None and one.address not in self._world.adding
        if new and first is None:
            self._add(one)
        if one.domain and (contact is None or contact.id not in self._world.with_company):
            self._at_company.setdefault(one.domain, []).append(one)
        why = f"joins {', '.join(joins)}" if joins else ""
        if new and first is None:
            return Finding(one.line, one.address, Becomes.ADDED, why, notes)
        if contact is not None and contact.addresses[:1] not in {(), (one.address,)}:
            notes += (f"is {contact.addresses[0]} in the CRM",)
        return Finding(
            one.line, one.address, Becomes.JOINS if joins else Becomes.NOTHING, why, notes
        )

    def _kept_out(self, one: Prospect, contact: Contact | None) -> str:
        """Why somebody is not taken in; "" where they are."""
        address = one.address
        if address in self._world.ours:
            return "one of us"
        if address in self._world.forgotten:
            return "to be forgotten: nothing of them is kept"
        if is_robot(address):
            return "nobody reads this address"
        matter = Matter(frozenset({address}), (), frozenset(), frozenset())
        rule = next((each for each in self._never if holds(each, matter)), None)
        if rule is not None:
            return f'log.never: {rule.subject} "{rule.pattern}"'
        if contact is not None and contact.do_not_contact:
            return "not to be contacted, says the CRM"
        if address in self._world.silent:
            return "asked not to be written to"
        if contact is None and address in self._world.refused:
            return "the CRM refuses this address"
        if self._wish.skip_roles and is_role(address):
            return "an address of no person"
        known = self._world.at_site.get(one.domain, ())
        if self._wish.skip_known_sites and contact is None and known:
            return f"somebody there is known: {', '.join(known[:3])}"
        return ""

    def _remarks(self, one: Prospect, contact: Contact | None) -> tuple[str, ...]:
        said: list[str] = []
        if is_role(one.address):
            said.append("an address of no person")
        known = [
            each for each in self._world.at_site.get(one.domain, ()) if one.address not in each
        ]
        if contact is None and known:
            said.append(f"somebody there is known: {', '.join(known[:3])}")
        company = self._world.companies.get(one.domain)
        if company is not None and contact is None:
            said.append(f"the company is in the CRM: {company.name or company.domain}")
        site = registrable(domain_of(one.address))
        if one.domain and site != one.domain and not is_free_mail(site):
            said.append(f"the address is at {site}, the site is {one.domain}")
        return tuple(said)

    def _campaigns_of(self, one: Prospect) -> tuple[list[str], tuple[str, ...]]:
        found: list[str] = []
        notes: list[str] = []
        for word in one.campaigns:
            known = self._by_word.get(word.casefold())
            if known is None:
                notes.append(f'no campaign "{word}"{_near(word, self._by_word)}')
            elif known not in found:
                found.append(known)
        return found, tuple(notes)

    def _tags_of(
        self, one: Prospect, campaigns: Sequence[str]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        # A campaign says its niche by itself.
        said = {self._campaigns[each].niche.casefold() for each in campaigns}
        found = [self._tags[word.casefold()] for word in one.tags if word.casefold() in self._tags]
        notes = [
            f'no tag "{word}" in the settings{_near(word, self._tags)}'
            for word in one.tags
            if word.casefold() not in self._tags.keys() | said
        ]
        return tuple(dict.fromkeys(found)), tuple(notes)

    def _add(self, one: Prospect) -> None:
        key = contact_key(one.address, self._world.versions.get(one.address, 0))
        action = AddContact(key, one.address, one.name, self._wish.owner)
        self._note(f"add:{one.address}", action, f"address:{one.address}",
                   f"add contact {one.address}")  # fmt: skip

    def _enrol(self, one: Prospect, who: str, campaign: str, tags: tuple[str, ...]) -> None:
        times = self._world.times.get((one.address, campaign), 0)
        key = enrol_key(one.address, campaign, times)
        action = Enrol(key, one.address, campaign, tags, one.source, one.note, self._wish.file)
        name = self._campaigns[campaign].name
        self._note(
            f"enrol:{who}:{campaign}",
            action,
            f"enrol:{one.address}:{campaign}",
            f"{one.address} joins the campaign {name}",
        )

    def _join_company(self, domain: str, people: Sequence[Prospect]) -> None:
        addresses = tuple(sorted({one.address for one in people}))
        name = next((one.company for one in people if one.company), "")
        standing = self._world.companies.get(domain)
        name = (standing.name if standing is not None else "") or name or domain
        key = effect_key(PROMISE, "company", domain, *addresses)
        action = JoinCompany(key, domain, name, addresses)
        self._note(
            f"company:{domain}",
            action,
            f"company:{domain}",
            f"company {name}: {', '.join(addresses)}",
        )

    def _note(
        self, name: str, action: AddContact | Enrol | JoinCompany, thing: str, words: str
    ) -> None:
        rule = f"import prospects {self._wish.file}"
        self._plan[name] = Planned(action, PROMISE, thing, words, rule=rule)


def _near(word: str, choices: Mapping[str, str]) -> str:
    near = get_close_matches(word.casefold(), choices, n=1, cutoff=0.6)
    return f'; did you mean "{choices[near[0]]}"?' if near else ""
