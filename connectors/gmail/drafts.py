"""Drafts for people to send: written, found again, looked at, taken back. Never sent.

A draft keeps its id through every save, but each save gives it another message
(facts/gmail.md A6): that message's id is its version. It is found again by the Message-ID we
gave it, which Gmail's search knows as `rfc822msgid:`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any

from connectors.gmail import mapping
from connectors.gmail.client import GmailClient
from connectors.gmail.settings import GmailSettings
from syncd.core.facts import Party
from syncd.ports.mail import Draft, DraftRemoval, NewDraft
from syncd.ports.verdicts import Changed, Done, InDoubt, Locked, Outcome, Refused, TryLater, Verdict

OFF = "set drafts: true in the mail connector's settings"
_REMEDY = (
    "authorise the scope gmail.compose for the service account (gmail.modify holds it, too), or "
    "run `syncd auth gmail` again for this mailbox"
)
# By default Python cuts a long Message-ID in two and encodes its parts, and nothing threads.
_WHOLE_IDS = SMTP.clone(max_line_length=900)


class GmailDrafts:
    def __init__(self, settings: GmailSettings, client: GmailClient) -> None:
        self._on = settings.drafts
        self._client = client

    def write(self, batch: Sequence[NewDraft]) -> list[Draft | Verdict]:
        stopped: dict[str, Verdict] = {}
        outcomes: list[Draft | Verdict] = []
        for one in batch:
            if one.mailbox not in stopped:
                outcomes.append(self._written(one))
                if isinstance(made := outcomes[-1], Locked | TryLater):
                    stopped[one.mailbox] = made
            else:
                # Nothing was sent for this one, and nothing would be let in.
                outcomes.append(stopped[one.mailbox])
        return outcomes

    def find(self, mailbox: str, message_ids: Sequence[str]) -> dict[str, Draft]:
        found: dict[str, Draft] = {}
        for message_id in message_ids:
            answer = self._client.list_drafts(mailbox, f"rfc822msgid:{message_id}")
            for each in mapping.objects(answer.get("drafts")):
                found.setdefault(message_id, _draft(each))
        return found

    def standing(self, mailbox: str, ids: Sequence[str]) -> dict[str, Draft]:
        found: dict[str, Draft] = {}
        for draft_id in ids:
            try:
                found[draft_id] = _draft(self._client.draft(mailbox, draft_id))
            except Changed:
                continue
        return found

    def delete(self, batch: Sequence[DraftRemoval]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for one in batch:
            try:
                outcomes.append(self._deleted(one))
            except Verdict as verdict:
                outcomes.append(_worded(verdict))
        return outcomes

    def _written(self, one: NewDraft) -> Draft | Verdict:
        if not self._on:
            return Locked(f"gmail: {one.mailbox}: drafts are off", remedy=OFF)
        try:
            raw = _raw(one)
        except (MessageError, ValueError, LookupError, AttributeError, TypeError) as error:
            # The library's parser of addresses trips over odd ones in ways of its own.
            return Refused(f"gmail: no message can be made of it: {error}")
        try:
            made = _draft(self._client.create_draft(one.mailbox, raw, one.thread_id))
        except Verdict as verdict:
            return _worded(verdict)
        # Without its id it could be neither looked at nor taken back: it is looked for.
        return made if made.id and made.version else InDoubt("gmail: an answer without the draft")

    def _deleted(self, one: DraftRemoval) -> Done:
        try:
            stands = _draft(self._client.draft(one.mailbox, one.draft_id))
        except Changed:
            return Done(one.draft_id, found=True)
        if stands.version != one.version:
            raise Changed("a person has edited the draft")
        try:
            self._client.delete_draft(one.mailbox, one.draft_id)
        except Changed:
            return Done(one.draft_id, found=True)
        return Done(one.draft_id)


def _worded(verdict: Verdict) -> Verdict:
    """A refusal of the scope, with the remedy that is about drafts."""
    words = str(verdict)
    told = ("insufficientPermissions", "unauthorized_client", "invalid_scope")
    if isinstance(verdict, Locked) and any(one in words for one in told):
        return Locked(words, remedy=_REMEDY)
    return verdict


def _draft(said: Mapping[str, Any]) -> Draft:
    message = said.get("message")
    inner: Mapping[str, Any] = message if isinstance(message, dict) else {}
    return Draft(
        str(said.get("id") or ""), str(inner.get("id") or ""), str(inner.get("threadId") or "")
    )


def _raw(one: NewDraft) -> bytes:
    """The message with both bodies; Gmail joins it to a thread by its references, too."""
    message = EmailMessage(policy=_WHOLE_IDS)
    message["From"] = _address(one.sender)
    message["To"] = _address(one.to)
    message["Subject"] = one.subject
    message["Message-ID"] = f"<{one.message_id}>"
    if one.in_reply_to:
        message["In-Reply-To"] = f"<{one.in_reply_to}>"
    if one.references:
        message["References"] = " ".join(f"<{each}>" for each in one.references)
    message.set_content(one.text)
    message.add_alternative(one.html, subtype="html")
    return message.as_bytes()


def _address(party: Party) -> Address:
    return Address(party.name, addr_spec=party.address)
