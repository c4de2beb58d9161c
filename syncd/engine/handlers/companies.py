"""Companies in the CRM, and the people who belong to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from syncd.core.actions import JoinCompany
from syncd.core.facts import Company
from syncd.core.mail.addresses import registrable
from syncd.core.promises.log import Standing
from syncd.engine.context import Context
from syncd.engine.handlers.handler import Handler, InCrm, Trace
from syncd.ports.crm import CompanyJoin, NewCompany
from syncd.ports.verdicts import Changed, Done, Outcome, TryLater, Verdict
from syncd.store import people, prospects
from syncd.store.database import Tx
from syncd.store.effect import Effect, actions

# How long a company waits for people who are being added as contacts.
PATIENCE_SECONDS = 300.0


class JoinCompanies(InCrm):
    """Looks before it makes: at the companies of the contacts, which the CRM itself may have
    tied to them meanwhile, and at the index. What was made is found again by its contacts,
    because the index of domains is late.
    """

    repeatable = False
    leans_on = "crm"

    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        asked = [*actions(JoinCompany, batch)]
        outcomes, contacts = self._ready(asked)
        crm = self.crm
        standing = crm.companies_of([one for several in contacts.values() for one in several])
        there = {
            one.key: found
            for one in asked
            if one.key in contacts
            and (found := _of_domain(one.domain, contacts[one.key], standing)) is not None
        }
        absent = [one for one in asked if one.key in contacts and one.key not in there]
        indexed = crm.find_companies([one.domain for one in absent]) if absent else {}
        there |= {one.key: indexed[one.domain] for one in absent if one.domain in indexed}
        made = [one for one in absent if one.key not in there]
        if made:
            new = [NewCompany(one.key, one.domain, one.name, contacts[one.key]) for one in made]
            outcomes |= dict(zip([one.key for one in made], crm.create_companies(new), strict=True))
        outcomes |= self._join(there, contacts, standing)
        return [outcomes[one.key] for one in asked]

    def find(self, batch: Sequence[Effect]) -> dict[str, Done]:
        asked = [*actions(JoinCompany, batch)]
        _, contacts = self._ready(asked)
        standing = self.crm.companies_of([one for several in contacts.values() for one in several])
        found: dict[str, Done] = {}
        for one in asked:
            company = _of_domain(one.domain, contacts.get(one.key, ()), standing)
            # All of them: where only some are tied to it, the rest is still to be done.
            if company is not None and all(
                company.id in {each.id for each in standing.get(contact, ())}
                for contact in contacts[one.key]
            ):
                found[one.key] = Done(company.id, found=True)
        return found

    def trace(self, tx: Tx, effect: Effect, outcome: Done) -> Trace:
        one = effect.doing(JoinCompany)
        told = {"id": outcome.id, "domain": one.domain, "found": outcome.found}
        return {"after": told | {"addresses": list(one.addresses)}}

    def done(self, tx: Tx, effect: Effect, outcome: Done) -> None:
        one = effect.doing(JoinCompany)
        company = Company(outcome.id, one.domain, one.name)
        prospects.made_company(tx, company, self.ctx.now(), found=outcome.found)

    def changed(self, tx: Tx, effect: Effect) -> None:
        prospects.lost_company(tx, effect.doing(JoinCompany).domain)

    def _ready(
        self, asked: Sequence[JoinCompany]
    ) -> tuple[dict[str, Outcome], dict[str, tuple[str, ...]]]:
        """What cannot be sent, and the contacts of what can, by key."""
        addresses = [address for one in asked for address in one.addresses]
        with self.ctx.store.begin() as tx:
            standings = people.standings(tx, addresses, acquaintances=False)
        outcomes: dict[str, Outcome] = {}
        contacts: dict[str, tuple[str, ...]] = {}
        for one in asked:
            states = {standings.of(address) for address in one.addresses}
            if Standing.CREATING in states:
                words = "the people of the company are being added"
                outcomes[one.key] = TryLater(words, after=PATIENCE_SECONDS)
                continue
            ids = [standings.contacts[each] for each in one.addresses if each in standings.contacts]
            if ids:
                contacts[one.key] = tuple(dict.fromkeys(ids))
            else:
                outcomes[one.key] = Changed("none of its people is a contact")
        return outcomes, contacts

    def _join(
        self,
        there: Mapping[str, Company],
        contacts: Mapping[str, tuple[str, ...]],
        standing: Mapping[str, tuple[Company, ...]],
    ) -> dict[str, Outcome]:
        outcomes: dict[str, Outcome] = {
            key: Done(company.id, found=True) for key, company in there.items()
        }
        joins = [
            CompanyJoin(key, company.id, contact)
            for key, company in there.items()
            for contact in contacts[key]
            if company.id not in {one.id for one in standing.get(contact, ())}
        ]
        size = self.size
        for start in range(0, len(joins), size):
            some = joins[start : start + size]
            for one, outcome in zip(some, self.crm.join_companies(some), strict=True):
                # One contact that could not be tied is looked at again with the whole.
                if isinstance(outcome, Verdict):
                    outcomes[one.key] = outcome
        return outcomes


def _of_domain(
    domain: str, contacts: Sequence[str], standing: Mapping[str, tuple[Company, ...]]
) -> Company | None:
    """The company of the domain that any of the contacts belongs to."""
    return next(
        (
            company
            for contact in contacts
            for company in standing.get(contact, ())
            if company.domain and registrable(company.domain) == domain
        ),
        None,
    )


def handlers(ctx: Context) -> dict[str, Handler]:
    return {JoinCompany.kind: JoinCompanies(ctx)}
