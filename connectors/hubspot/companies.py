"""Companies: found by their domain, made with the contacts they are known by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors._kit.reading import Turning
from connectors.hubspot.answers import context_of
from connectors.hubspot.batches import Recipe, Result, Written, create
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.mapping import associated, fit
from connectors.hubspot.reads import Record, read_associated, read_batch
from syncd.core.facts import Company
from syncd.ports.crm import CompanyJoin, NewCompany
from syncd.ports.verdicts import Changed, Done, Outcome, Refused, TryLater, Verdict

COMPANY_TO_CONTACT = 280  # facts/hubspot.md 2.5
_PROPERTIES = ("domain", "name")
_RECIPE = Recipe("companies", lambda values: str(values.get("domain") or ""), frozenset())
_PAGE = 200
# A search's body has 3,000 characters at most (facts/hubspot.md 2.3).
_LONGEST = 2_400
# Refusals of a whole batch of associations that are certain to have written nothing.
_ALL_OR_NOTHING = frozenset({400, 404, 409})


class Companies:
    def __init__(self, client: HubSpotClient) -> None:
        self._client = client

    def find(self, domains: Sequence[str]) -> dict[str, Company]:
        """By search: companies have no unique domain that a batch could be read by.

        Both forms are asked for, because people type "www." into the field.
        """
        wanted = list(dict.fromkeys(bare(one) for one in domains))
        oldest: dict[str, Company] = {}
        for some in _fitting(wanted):
            for record in self._search([form for one in some for form in (one, f"www.{one}")]):
                found = company(record)
                kept = oldest.get(found.domain)
                if kept is None or int(found.id) < int(kept.id):
                    oldest[found.domain] = found
        return {asked: oldest[bare(asked)] for asked in domains if bare(asked) in oldest}

    def of(self, contact_ids: Sequence[str]) -> dict[str, tuple[Company, ...]]:
        linked = read_associated(self._client, "contacts", "companies", contact_ids)
        ids = [one for several in linked.values() for one in several]
        records = read_batch(self._client, "companies", ids, _PROPERTIES)
        known = {str(record["id"]): company(record) for record in records}
        return {
            contact: tuple(known[one] for one in dict.fromkeys(several) if one in known)
            for contact, several in linked.items()
        }

    def contacts_at(self, company_ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        linked = read_associated(self._client, "companies", "contacts", company_ids)
        return {one: tuple(dict.fromkeys(several)) for one, several in linked.items()}

    def create(self, batch: Sequence[NewCompany]) -> list[Outcome]:
        inputs = [
            associated(
                {"domain": one.domain, "name": fit(one.name)},
                one.key,
                one.contact_ids,
                COMPANY_TO_CONTACT,
            )
            for one in batch
        ]
        return [_made(result) for result in create(self._client, _RECIPE, inputs)]

    def join(self, batch: Sequence[CompanyJoin]) -> list[Outcome]:
        """The default association: it adds one, and takes no label of a person's away."""
        return self._halving(list(batch)) if batch else []

    def _halving(self, batch: Sequence[CompanyJoin]) -> list[Outcome]:
        path = self._client.path(
            "associations", "contacts", "companies", "batch", "associate", "default"
        )
        inputs = [{"from": {"id": one.contact_id}, "to": {"id": one.company_id}} for one in batch]
        try:
            reply = self._client.send("POST", path, {"inputs": inputs}, writes=True)
        except Verdict as verdict:
            return [verdict] * len(batch)
        if reply.good:
            return _joined(batch, reply.data)
        if reply.status in _ALL_OR_NOTHING:
            if len(batch) == 1:
                return [Changed(str(self._client.verdict(reply, writes=True)))]
            middle = len(batch) // 2
            return [*self._halving(batch[:middle]), *self._halving(batch[middle:])]
        return [self._client.verdict(reply, writes=True)] * len(batch)

    def _search(self, domains: Sequence[str]) -> Iterator[Record]:
        """By id, a query a page: paging one query ends at 10,000 rows (facts/hubspot.md 2.3)."""
        path = self._client.path("objects", "companies", "search")
        last, turning = "0", Turning("HubSpot: a search")
        while True:
            filters = [
                {"propertyName": "domain", "operator": "IN", "values": list(domains)},
                {"propertyName": "hs_object_id", "operator": "GT", "value": last},
            ]
            body = {
                "filterGroups": [{"filters": filters}],
                "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
                "properties": list(_PROPERTIES),
                "limit": _PAGE,
            }
            data = self._client.call("POST", path, body, writes=False).data
            results = data.get("results")
            if not isinstance(results, list):
                raise TryLater("HubSpot: half an answer to a search")
            yield from results
            if not (data.get("paging") or {}).get("next") or not results:
                return
            last = turning.to(max(int(one["id"]) for one in results))


def bare(domain: str) -> str:
    return domain.strip().lower().removeprefix("www.").rstrip(".")


def company(record: Mapping[str, Any]) -> Company:
    values = record.get("properties") or {}
    return Company(str(record["id"]), bare(values.get("domain") or ""), values.get("name") or "")


def _fitting(domains: Sequence[str]) -> Iterator[list[str]]:
    """In lots whose two forms fit into one search."""
    some: list[str] = []
    length = 0
    for one in domains:
        more = 2 * len(one) + 14
        if some and length + more > _LONGEST:
            yield some
            some, length = [], 0
        some.append(one)
        length += more
    if some:
        yield some


def _made(result: Result) -> Outcome:
    if isinstance(result, Written):
        return Done(result.id, note=result.note)
    if isinstance(result.verdict, Refused) and context_of(result.error, "INVALID_OBJECT_IDS"):
        return Changed(str(result.verdict))
    return result.verdict


def _joined(batch: Sequence[CompanyJoin], data: Mapping[str, Any]) -> list[Outcome]:
    pairs = {
        (str((one.get("from") or {}).get("id")), str((one.get("to") or {}).get("id")))
        for one in data.get("results") or ()
    }
    whole = not data.get("errors")
    gone = Changed("HubSpot: the contact or the company is not there any more")
    return [
        Done(one.company_id) if whole or (one.contact_id, one.company_id) in pairs else gone
        for one in batch
    ]
