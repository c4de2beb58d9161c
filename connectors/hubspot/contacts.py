"""People: finding them by any of their addresses, adding them, changing syncd's fields."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from connectors.hubspot import mapping
from connectors.hubspot.answers import existing_id, is_conflict
from connectors.hubspot.batches import Failed, Recipe, Written, create, update
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.reads import Record, read_batch
from syncd.core.facts import Contact
from syncd.core.mail.addresses import normalise
from syncd.ports.crm import ContactChange, NewContact
from syncd.ports.verdicts import Changed, Done, Outcome

_RECIPE = Recipe("contacts", lambda values: normalise(str(values.get("email") or "")))


class Contacts:
    def __init__(self, client: HubSpotClient) -> None:
        self._client = client
        self._names = client.settings.properties
        self._properties = mapping.contact_properties(self._names)

    def find(self, addresses: Sequence[str]) -> dict[str, Contact]:
        """By primary and secondary address; one call for each hundred addresses."""
        wanted = {address: normalise(address) for address in addresses}
        asked = [address for address in wanted.values() if "@" in address]
        records = read_batch(self._client, "contacts", asked, self._properties, id_property="email")
        # The answer names only primary addresses: the secondary ones are read along and
        # lead back to what was asked (facts/hubspot.md 2.2).
        by_address = {
            address: one
            for one in (mapping.contact(record, self._names) for record in records)
            for address in one.addresses
        }
        return {
            asked: by_address[address] for asked, address in wanted.items() if address in by_address
        }

    def get(self, ids: Sequence[str]) -> dict[str, Contact]:
        records = self._records(ids)
        return {asked: mapping.contact(record, self._names) for asked, record in records.items()}

    def create(self, batch: Sequence[NewContact]) -> list[Outcome]:
        """One call for a good batch. An address given twice is sent once."""
        first: dict[str, int] = {}
        for place, one in enumerate(batch):
            first.setdefault(normalise(one.address), place)
        senders = list(first.values())
        results = create(
            self._client, _RECIPE, [mapping.new_contact(batch[place]) for place in senders]
        )
        outcomes: dict[int, Outcome] = {}
        nameless: list[int] = []
        for place, result in zip(senders, results, strict=True):
            if isinstance(result, Written):
                outcomes[place] = Done(result.id, note=result.note)
            elif is_conflict(result.error):
                found = existing_id(result.error)
                if found is None:
                    nameless.append(place)
                    outcomes[place] = result.verdict
                else:
                    outcomes[place] = Done(found, found=True)
            else:
                outcomes[place] = result.verdict
        self._adopt(batch, nameless, outcomes)
        return [_repeated(outcomes, first[normalise(one.address)], place)
                for place, one in enumerate(batch)]  # fmt: skip

    def change(self, batch: Sequence[ContactChange]) -> list[Outcome]:
        """Read the present values, then write what differs: two calls, one when nothing does."""
        records = self._records([one.contact_id for one in batch])
        present = {asked: mapping.contact(record, self._names) for asked, record in records.items()}
        # Several changes to one contact, perhaps under an id it was merged from, become one
        # input: HubSpot refuses a batch that names a record twice.
        before = {one.id: one.values for one in present.values()}
        after = dict(before)
        left: list[tuple[str, ...]] = []
        stood: list[Mapping[str, str]] = []
        for one in batch:
            contact = present.get(one.contact_id)
            if contact is None:
                left.append(())
                stood.append({})
                continue
            stood.append(after[contact.id])
            after[contact.id], kept = mapping.fold(after[contact.id], one)
            left.append(kept)
        failures = self._write(before, after)
        return [
            _changed(present.get(one.contact_id), kept, was, failures)
            for one, kept, was in zip(batch, left, stood, strict=True)
        ]

    def _write(
        self, before: Mapping[str, Mapping[str, str]], after: Mapping[str, Mapping[str, str]]
    ) -> dict[str, Failed]:
        inputs: list[dict[str, Any]] = [
            {"id": contact_id, "properties": written, "objectWriteTraceId": contact_id}
            for contact_id, values in after.items()
            if (written := mapping.difference(before[contact_id], values, self._names))
        ]
        results = update(self._client, "contacts", inputs)
        return {
            one["id"]: result
            for one, result in zip(inputs, results, strict=True)
            if isinstance(result, Failed)
        }

    def _records(self, ids: Sequence[str]) -> dict[str, Record]:
        """By the id asked for. A batch does not know ids merged away; a single GET does."""
        asked = list(dict.fromkeys(ids))
        found: dict[str, Record] = {}
        for record in read_batch(self._client, "contacts", asked, self._properties):
            for known in _ids_of(record):
                found[known] = record
        for one in asked:
            if one not in found:
                survivor = self._survivor(one)
                if survivor is not None:
                    found[one] = survivor
        return {one: found[one] for one in asked if one in found}

    def _survivor(self, contact_id: str) -> Record | None:
        reply = self._client.send(
            "GET",
            self._client.path("objects", "contacts", contact_id),
            query=[("properties", ",".join(self._properties))],
            writes=False,
        )
        if reply.good:
            return reply.data
        if reply.status == 404:
            return None
        raise self._client.verdict(reply, writes=False)

    def _adopt(
        self, batch: Sequence[NewContact], places: Sequence[int], outcomes: dict[int, Outcome]
    ) -> None:
        """Look up who has an address when the refusal does not say."""
        if not places:
            return
        found = self.find([batch[place].address for place in places])
        for place in places:
            contact = found.get(batch[place].address)
            if contact is not None:
                outcomes[place] = Done(contact.id, found=True)


def _ids_of(record: Record) -> Iterable[str]:
    yield str(record["id"])
    yield from mapping.split((record.get("properties") or {}).get("hs_merged_object_ids"))


def _repeated(outcomes: Mapping[int, Outcome], first: int, place: int) -> Outcome:
    outcome = outcomes[first]
    if place != first and isinstance(outcome, Done):
        return Done(outcome.id, found=True)
    return outcome


def _changed(
    contact: Contact | None,
    left: tuple[str, ...],
    was: Mapping[str, str],
    failures: Mapping[str, Failed],
) -> Outcome:
    if contact is None:
        return Changed("HubSpot: the contact is not there any more")
    failure = failures.get(contact.id)
    return Done(contact.id, left=left, was=was) if failure is None else failure.verdict
