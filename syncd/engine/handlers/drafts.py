"""Drafts that ask for introductions: written, found again after a lost answer, taken back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from syncd.core.actions import DeleteDraft, WriteDraft
from syncd.core.facts import Party
from syncd.core.introductions import State
from syncd.engine.context import LOCKED_PAUSE, Context
from syncd.engine.handlers.handler import Handler, OneByOne, Trace
from syncd.engine.introductions import box_of, is_paused, pause, why_silent
from syncd.ports.mail import Draft, DraftBox, DraftRemoval, NewDraft
from syncd.ports.verdicts import Changed, Done, Locked, Outcome, Refused, TryLater, Verdict
from syncd.store import (
    dirty,
    introduction_mail,
    introductions,
    ledger,
    mailboxes,
    relationships,
)
from syncd.store.database import Tx
from syncd.store.effect import Effect, actions

OFF = "set drafts: true in the mail connector's settings"


class InMailbox(Handler):
    """What one mailbox refuses pauses that mailbox, never its reading nor the others."""

    role = "mail"

    def box(self, mailbox: str) -> DraftBox | Verdict:
        if mailbox not in self.ctx.ports.mail:
            return Refused(f"{mailbox} is not in the settings any more")
        if is_paused(self.ctx, mailbox):
            return self._later(f"{mailbox} takes no drafts for now")
        box = box_of(self.ctx, mailbox)
        if box is None:
            return self.locked(mailbox, Locked(f"drafts are off for {mailbox}", remedy=OFF))
        return box

    def locked(self, mailbox: str, verdict: Locked) -> Verdict:
        pause(self.ctx, mailbox, verdict)
        return self._later(str(verdict))

    @staticmethod
    def _later(words: str) -> TryLater:
        return TryLater(words, after=LOCKED_PAUSE.total_seconds())


class WriteDrafts(OneByOne, InMailbox):
    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._made: dict[str, Draft] = {}

    @property
    def settle_seconds(self) -> float:
        return max((one.traits.settle_seconds for one in self.ctx.ports.mail.values()), default=0.0)

    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        return [self._send(effect.doing(WriteDraft)) for effect in batch]

    def find(self, batch: Sequence[Effect]) -> dict[str, Done]:
        found: dict[str, Done] = {}
        for effect in batch:
            one = effect.doing(WriteDraft)
            box = self.box(one.mailbox)
            if isinstance(box, Verdict):
                raise box
            draft = box.find_drafts(one.mailbox, [one.message_id]).get(one.message_id)
            if draft is not None:
                # Whether a person has edited it meanwhile cannot be told: it counts as theirs.
                self._made[one.key] = Draft(draft.id, "", draft.thread_id)
                found[one.key] = Done(draft.id, found=True)
            elif self._was_sent(one, effect.sent_at or self.ctx.now()):
                found[one.key] = Done("", found=True, note="a person has sent it already")
        return found

    def trace(self, tx: Tx, effect: Effect, outcome: Done) -> Trace:
        one = effect.doing(WriteDraft)
        del tx
        after = {"id": outcome.id, "mailbox": one.mailbox, "to": one.to, "subject": one.subject}
        return {"after": after}

    def done(self, tx: Tx, effect: Effect, outcome: Done) -> None:
        row = introductions.marked(tx, effect.key)
        if row is None:
            return
        made = self._made.pop(effect.key, Draft(outcome.id, "", effect.doing(WriteDraft).thread))
        introductions.becomes(
            tx,
            row.id,
            state=State.DRAFTED.value,
            draft=made.id,
            version=made.version,
            standing=made.version,
            thread_id=made.thread_id,
            # From when it was first sent out: an answer that was lost may have been read.
            drafted_at=effect.sent_at or self.ctx.now(),
            gone_at=None if made.id else self.ctx.now(),
        )
        dirty.mark(tx, "introduction", [row.id])

    def changed(self, tx: Tx, effect: Effect) -> None:
        row = introductions.marked(tx, effect.key)
        if row is not None:
            dirty.mark(tx, "introduction", [row.id])

    def _send(self, one: WriteDraft) -> Outcome:
        box = self.box(one.mailbox)
        if isinstance(box, Verdict):
            return box
        with self.ctx.store.begin() as tx:
            people = relationships.by_asked(tx, [one.to])
            silent = why_silent(tx, list(people.values()))
        if silent:
            # They may have said so since it was planned, or a person in the CRM.
            return Changed(next(iter(silent.values())))
        (outcome,) = box.write_drafts([_new(one)])
        if isinstance(outcome, Changed) and one.thread:
            # The thread was deleted: nothing was written, and the ask stands without it.
            (outcome,) = box.write_drafts([_new(one, alone=True)])
        if isinstance(outcome, Locked):
            return self.locked(one.mailbox, outcome)
        if isinstance(outcome, Verdict):
            return outcome
        self._made[one.key] = outcome
        return Done(outcome.id)

    def _was_sent(self, one: WriteDraft, since: datetime) -> bool:
        """Whether a person has sent it before we looked for it.

        Only a mailbox that was read since can say no: a second draft would be a second ask.
        """
        with self.ctx.store.begin() as tx:
            if introduction_mail.was_sent(
                tx, one.mailbox, one.to, since, message_id=one.message_id, subject=one.subject
            ):
                return True
            seen_at = mailboxes.get(tx, one.mailbox).seen_at
        if seen_at is None or seen_at <= since + timedelta(seconds=self.settle_seconds):
            raise TryLater(f"{one.mailbox} must be read first: it may have been sent")
        return False


class DeleteDrafts(InMailbox):
    @property
    def size(self) -> int:
        return 5

    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for one in actions(DeleteDraft, batch):
            box = self.box(one.mailbox)
            if isinstance(box, Verdict):
                outcomes.append(box)
                continue
            removal = DraftRemoval(one.key, one.mailbox, one.draft, one.version)
            (outcome,) = box.delete_drafts([removal])
            if isinstance(outcome, Locked):
                outcome = self.locked(one.mailbox, outcome)
            outcomes.append(outcome)
        return outcomes

    def trace(self, tx: Tx, effect: Effect, outcome: Done) -> Trace:
        del tx, outcome
        return {"before": {"id": effect.doing(DeleteDraft).draft}}

    def done(self, tx: Tx, effect: Effect, outcome: Done) -> None:
        row = introductions.marked(tx, effect.doing(DeleteDraft).mark)
        if row is not None and effect.promise == ledger.UNDO:
            introductions.becomes(
                tx,
                row.id,
                state=State.DROPPED.value,
                words=effect.rule,
                ended_at=self.ctx.now(),
                due_at=None,
            )
            dirty.mark(tx, "introduction", [row.id])

    def changed(self, tx: Tx, effect: Effect) -> None:
        """A person has edited it: it is theirs, and may still be sent."""
        row = introductions.marked(tx, effect.doing(DeleteDraft).mark)
        if row is not None and row.state is State.DROPPED:
            introductions.becomes(tx, row.id, state=State.DRAFTED.value, edited=True, ended_at=None)
            dirty.mark(tx, "introduction", [row.id])


def _new(one: WriteDraft, *, alone: bool = False) -> NewDraft:
    """`alone`: outside the thread it was meant for."""
    return NewDraft(
        key=one.key,
        mailbox=one.mailbox,
        message_id=one.message_id,
        sender=Party(one.mailbox, one.sender_name),
        to=Party(one.to, one.to_name),
        subject=one.subject,
        text=one.text,
        html=one.html,
        thread_id="" if alone else one.thread,
        in_reply_to="" if alone else one.in_reply_to,
        references=() if alone else one.references,
    )


def handlers(ctx: Context) -> dict[str, Handler]:
    return {WriteDraft.kind: WriteDrafts(ctx), DeleteDraft.kind: DeleteDrafts(ctx)}
