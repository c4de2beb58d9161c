"""Messages into the CRM, exactly once, beside a logger that may do the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from syncd.core.actions import DeleteEmail, LogEmail
from syncd.core.promises.log import NATIVE, UNDONE
from syncd.engine.bodies import refetch
from syncd.engine.context import Context, log
from syncd.engine.directory import owner_ids
from syncd.engine.handlers.handler import Handler, InCrm, Trace
from syncd.ports.crm import EmailRecord, EmailRemoval, Logged
from syncd.ports.verdicts import Changed, Done, Outcome, Verdict
from syncd.store import letters, people
from syncd.store.database import Tx
from syncd.store.effect import Effect, actions

REFUSED = "the CRM refuses it; it is parked"
# The CRM's word for a record made through its API.
INTEGRATION = "INTEGRATION"
# A CRM that keeps no mark of ours still keeps the time, to the second.
SAME_TIME = timedelta(seconds=1)


class LogEmails(InCrm):
    repeatable = False
    waits_for_full_batches = True

    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        kept_out = refetch(self.ctx, [_message(effect) for effect in batch])
        outcomes = {
            effect.key: kept_out[_message(effect)]
            for effect in batch
            if _message(effect) in kept_out
        }
        batch_now = [effect for effect in batch if effect.key not in outcomes]
        contents = self._contents(batch_now)
        outcomes |= self._native(batch_now, contents)
        fresh = [effect for effect in batch_now if effect.key not in outcomes]
        owners = owner_ids(self.ctx, {effect.doing(LogEmail).owner for effect in fresh})
        records = [self._record(effect, contents[_message(effect)], owners) for effect in fresh]
        sent = self.crm.log_emails(records) if records else []
        self._follow_merges(fresh, sent)
        outcomes |= zip((effect.key for effect in fresh), sent, strict=True)
        return [outcomes[effect.key] for effect in batch]

    def find(self, batch: Sequence[Effect]) -> dict[str, Done]:
        contents = self._contents(batch)
        seen = self._unseen(batch)
        found: dict[str, Done] = {}
        for effect in batch:
            content = contents[_message(effect)]
            match = next((one for one in seen if _is_ours(one, effect.key, content)), None)
            if match is not None:
                found[effect.key] = Done(match.id, found=True)
        return found

    def trace(self, tx: Tx, effect: Effect, outcome: Done) -> Trace:
        if not outcome.id:
            return {}
        ours = outcome.note != NATIVE
        return {
            "after": {
                "id": outcome.id,
                "contacts": list(effect.doing(LogEmail).contacts),
                "ours": ours,
            }
        }

    def all_done(self, tx: Tx, batch: Sequence[tuple[Effect, Done]]) -> None:
        delivered: list[tuple[str, str, str]] = []
        ours: list[tuple[str, Sequence[str], str, bool]] = []
        for effect, outcome in batch:
            action = effect.doing(LogEmail)
            if not outcome.id:
                letters.hide(tx, action.message, outcome.note)
                continue
            reason = NATIVE if outcome.note == NATIVE else ""
            delivered.append((action.message, outcome.id, reason))
            if not reason:
                ours.append((outcome.id, action.contacts, "", True))
        letters.delivered(tx, delivered)
        self.ctx.logged([_message(one) for one, done in batch if done.id and not one.backlog])
        people.seen_engagements(tx, ours)

    def refused(self, tx: Tx, effect: Effect) -> None:
        letters.explain(tx, _message(effect), REFUSED)

    def changed(self, tx: Tx, effect: Effect) -> None:
        # A contact was deleted or merged: its people are looked up, then decided afresh.
        for contact in effect.doing(LogEmail).contacts:
            letters.reconsider(tx, people.gone(tx, contact))
        letters.undecide(tx, _message(effect))

    def _follow_merges(self, batch: Sequence[Effect], outcomes: Sequence[Outcome]) -> None:
        """Contacts that moved may live on as others; what we wrote on them moves along."""
        moved = [e for e, one in zip(batch, outcomes, strict=True) if isinstance(one, Changed)]
        ids = sorted({contact for effect in moved for contact in effect.doing(LogEmail).contacts})
        if not ids:
            return
        try:
            found = self.crm.get_contacts(ids)
        except Verdict as verdict:
            # The rest of the batch was sent: its outcomes must not be lost for this.
            log.warning("merge_not_followed", words=str(verdict))
            return
        with self.ctx.store.begin() as tx:
            for old, contact in found.items():
                if contact.id != old:
                    people.merged(tx, old, contact.id)

    def _contents(self, batch: Sequence[Effect]) -> dict[str, letters.Content]:
        keys = [_message(effect) for effect in batch]
        with self.ctx.store.begin() as tx:
            return letters.contents(tx, keys)

    def _native(
        self, batch: Sequence[Effect], contents: dict[str, letters.Content]
    ) -> dict[str, Outcome]:
        """What the CRM's own logger, or another tool, has logged already: adopted."""
        if self.ctx.rules.log.grace is None:
            return {}
        seen = self._unseen(batch)
        with self.ctx.store.begin() as tx:
            # Remembered so that each is read once. Not those that an integration made:
            # one of them may be ours, its answer lost, and `find` must still see it.
            people.seen_engagements(
                tx,
                [
                    (one.id, one.contact_ids, one.message_id, False)
                    for one in seen
                    if not one.ours and one.source != INTEGRATION
                ],
            )
            others = people.engagements_with(tx, [c.message_id for c in contents.values()])
        others |= {one.message_id: one.id for one in seen if one.message_id and not one.ours}
        return {
            effect.key: Done(others[message_id], found=True, note=NATIVE)
            for effect in batch
            if (message_id := contents[_message(effect)].message_id) in others
        }

    def _unseen(self, batch: Sequence[Effect]) -> list[Logged]:
        """The engagements on the contacts of the batch that were never read."""
        contacts = sorted(
            {contact for effect in batch for contact in effect.doing(LogEmail).contacts}
        )
        with self.ctx.store.begin() as tx:
            known = people.known_engagements(tx, contacts)
        return self.crm.emails_of(contacts, known)

    def _record(
        self, effect: Effect, content: letters.Content, owners: dict[str, str | None]
    ) -> EmailRecord:
        action = effect.doing(LogEmail)
        return EmailRecord(
            key=effect.key,
            message_id=content.message_id,
            thread_key=f"syncd:{content.conversation}",
            direction=content.direction,
            at=content.at,
            subject=content.subject,
            sender=content.sender,
            to=content.to,
            cc=content.cc,
            bcc=content.bcc,
            text=content.text,
            html=content.html,
            owner_id=owners[action.owner],
            contact_ids=action.contacts,
        )


class DeleteEmails(InCrm):
    """Takes messages back out of the CRM, when the run that logged them is taken back."""

    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        return self.crm.delete_emails(
            [
                EmailRemoval(one.key, one.email, one.subject, one.at)
                for one in actions(DeleteEmail, batch)
            ]
        )

    def trace(self, tx: Tx, effect: Effect, outcome: Done) -> Trace:
        return {"before": {"id": effect.doing(DeleteEmail).email}}

    def done(self, tx: Tx, effect: Effect, outcome: Done) -> None:
        one = effect.doing(DeleteEmail)
        letters.took_back(tx, one.message, f"{UNDONE} {effect.run}")
        people.took_back(tx, one.email)

    def changed(self, tx: Tx, effect: Effect) -> None:
        """A person made it theirs: it stays, and counts as logged."""


def _is_ours(one: Logged, key: str, content: letters.Content) -> bool:
    if one.mark is not None:
        return one.mark == key
    if one.source != INTEGRATION:
        return False
    if one.message_id:
        return one.message_id == content.message_id
    same_time = one.at is not None and abs(one.at - content.at) <= SAME_TIME
    return same_time and one.subject == content.subject


def _message(effect: Effect) -> str:
    return effect.doing(LogEmail).message


def handlers(ctx: Context) -> dict[str, Handler]:
    return {LogEmail.kind: LogEmails(ctx), DeleteEmail.kind: DeleteEmails(ctx)}
