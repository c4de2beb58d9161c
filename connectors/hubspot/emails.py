"""Messages as engagements: logged in hundreds, found again by their mark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from connectors.hubspot import mapping
from connectors.hubspot.answers import context_of, holder_of_value, names_property, value_is_taken
from connectors.hubspot.batches import OWNER, Failed, Recipe, Result, Written, archive, create
from connectors.hubspot.client import HubSpotClient
from connectors.hubspot.handles import MARK, Handles
from connectors.hubspot.reads import read_associated, read_batch
from syncd.ports.crm import EmailRecord, EmailRemoval, Logged
from syncd.ports.verdicts import Changed, Done, InDoubt, Outcome, Refused

# HubSpot keeps milliseconds; what we wrote may have had more.
_SAME_TIME = timedelta(seconds=1)
_SPARE = frozenset({OWNER, MARK, "hs_email_message_id", "hs_email_thread_id"})


class Emails:
    def __init__(self, client: HubSpotClient) -> None:
        self._client = client

    def log(self, batch: Sequence[EmailRecord], handles: Handles) -> list[Outcome]:
        made = [mapping.email(record, handles) for record in batch]
        recipe = Recipe("emails", _identify, _SPARE)
        results = create(self._client, recipe, [one for one, _ in made])
        return [
            _outcome(record, note, result)
            for record, (_, note), result in zip(batch, made, results, strict=True)
        ]

    def delete(self, batch: Sequence[EmailRemoval]) -> list[Outcome]:
        """Read, then delete those that are as we made them: two calls, one when none is.

        Deleted engagements do not go to a recycle bin (facts/hubspot.md 2.4).
        """
        ids = [one.email_id for one in batch]
        records = read_batch(self._client, "emails", ids, _AS_MADE)
        rows = {str(record["id"]): record.get("properties") or {} for record in records}
        outcomes = [_taken_over(one, rows.get(one.email_id)) for one in batch]
        wanted = [
            one.email_id for one, outcome in zip(batch, outcomes, strict=True) if outcome is None
        ]
        verdict = archive(self._client, "emails", wanted) if wanted else None
        return [
            outcome or verdict or Done(one.email_id)
            for one, outcome in zip(batch, outcomes, strict=True)
        ]

    def of(
        self, contact_ids: Sequence[str], known: frozenset[str], handles: Handles
    ) -> list[Logged]:
        """Engagements by the associations of the contacts, then in hundreds by id.

        `mark` is read from the unique property, or from the Message-ID syncd gave a message
        that had none. Where the account allows neither, every mark is None: the engine then
        tells its own by `message_id`, or by time, subject and the source INTEGRATION.
        """
        linked = read_associated(self._client, "contacts", "emails", contact_ids)
        contacts: dict[str, list[str]] = {}
        for contact_id, email_ids in linked.items():
            for email_id in dict.fromkeys(email_ids):
                if email_id not in known:
                    contacts.setdefault(email_id, []).append(contact_id)
        names = [*mapping.EMAIL_PROPERTIES, *([MARK] if handles.emails_have_property else [])]
        records = read_batch(self._client, "emails", list(contacts), names)
        return [mapping.logged(record, contacts.get(str(record["id"]), ())) for record in records]


_AS_MADE = ("hs_email_subject", "hs_timestamp")


def _taken_over(one: EmailRemoval, row: Mapping[str, Any] | None) -> Outcome | None:
    """Why an engagement is not ours to delete, or need not be; None where it is."""
    if row is None:
        return Done(one.email_id, found=True, note="it was gone already")
    if (row.get("hs_email_subject") or "") != mapping.fit(one.subject):
        return Changed(f"HubSpot: the subject of email {one.email_id} was changed by hand")
    at = mapping.moment(row.get("hs_timestamp"))
    if at is None or abs(at - one.at) > _SAME_TIME:
        return Changed(f"HubSpot: the time of email {one.email_id} was changed by hand")
    return None


def _identify(values: Any) -> str:
    """The mark, else the Message-ID, where the answer shows it."""
    return str(values.get(MARK) or values.get("hs_email_message_id") or "")


def _outcome(record: EmailRecord, note: str, result: Result) -> Outcome:
    if isinstance(result, Written):
        return Done(result.id, note="; ".join(part for part in (note, result.note) if part))
    if value_is_taken(result.error, MARK):
        # Our key is on a record already: this very message was logged, its answer lost.
        holder = holder_of_value(result.error)
        if holder is None:
            return InDoubt("HubSpot: a record with this mark is there already")
        return Done(holder, found=True)
    if isinstance(result.verdict, Refused) and _is_about_a_contact(record, result):
        return Changed(str(result.verdict))
    return result.verdict


def _is_about_a_contact(record: EmailRecord, failed: Failed) -> bool:
    """Whether the refusal is that a contact was deleted or merged since it was looked up."""
    if context_of(failed.error, "INVALID_OBJECT_IDS"):
        return True
    return any(names_property(failed.error, contact_id) for contact_id in record.contact_ids)
