"""People in the CRM: adding them, and the fields syncd keeps on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from syncd.core.actions import AddContact, ChangeContact
from syncd.core.promises import tag
from syncd.engine.context import Context
from syncd.engine.directory import owner_ids
from syncd.engine.handlers.handler import Handler, InCrm, Trace
from syncd.ports.crm import ContactChange, Field, NewContact
from syncd.ports.verdicts import Done, Outcome
from syncd.store import (
    contact_facts,
    dirty,
    exchanges,
    introduction_mail,
    ledger,
    letters,
    people,
)
from syncd.store.database import Tx
from syncd.store.effect import Effect, actions


class AddContacts(InCrm):
    repeatable = False
    waits_for_full_batches = True

    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        owners = owner_ids(self.ctx, {effect.doing(AddContact).owner for effect in batch})
        return self.crm.create_contacts(
            [
                NewContact(one.key, one.address, one.name, owners[one.owner])
                for one in actions(AddContact, batch)
            ]
        )

    def find(self, batch: Sequence[Effect]) -> dict[str, Done]:
        asked = [*actions(AddContact, batch)]
        found = self.crm.find_contacts([one.address for one in asked])
        return {
            one.key: Done(found[one.address].id, found=True)
            for one in asked
            if one.address in found
        }

    def trace(self, tx: Tx, effect: Effect, outcome: Done) -> Trace:
        found = {
            "id": outcome.id,
            "address": effect.doing(AddContact).address,
            "found": outcome.found,
        }
        return {"after": found}

    def done(self, tx: Tx, effect: Effect, outcome: Done) -> None:
        one = effect.doing(AddContact)
        people.created(tx, one.address, outcome.id, found=outcome.found, name=one.name)
        dirty.mark(tx, "contact", [outcome.id])
        introduction_mail.wake_people(tx, [outcome.id])
        letters.reconsider(tx, [one.address])

    def refused(self, tx: Tx, effect: Effect) -> None:
        people.refused(tx, effect.doing(AddContact).address)


class ChangeContacts(InCrm):
    leans_on = "crm"

    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        return self.crm.change_contacts(
            [
                ContactChange(
                    key=one.key,
                    contact_id=one.contact,
                    add=_fields(one.add),
                    remove=_fields(one.remove),
                    put={Field(name): value for name, value in one.put.items()},
                    expect={Field(name): value for name, value in one.expect.items()},
                )
                for one in actions(ChangeContact, batch)
            ]
        )

    def trace(self, tx: Tx, effect: Effect, outcome: Done) -> Trace:
        one = effect.doing(ChangeContact)
        concerned = {*one.add, *one.remove, *one.put}
        # An earlier try may have taken place: then what was read is what we wrote ourselves.
        was = tag.stood(outcome.was, one) if effect.doubted else outcome.was
        stands = tag.stands(was, one, outcome.left)
        return {
            "before": {name: was.get(name, "") for name in sorted(concerned)},
            "after": {name: stands.get(name, "") for name in sorted(concerned)},
        }

    def done(self, tx: Tx, effect: Effect, outcome: Done) -> None:
        one, left = effect.doing(ChangeContact), outcome.left
        if effect.doubted:
            # What stands there of what we add is from our first try: ours to remove again.
            left = tuple(name for name in left if "=" not in name)
        follows = tag.undone if effect.promise == ledger.UNDO else tag.after
        people.wrote(tx, one.contact, follows(people.written(tx, one.contact), one, left))
        contact_facts.wrote(
            tx,
            one.contact,
            self.ctx.now(),
            stage=None if "stage" in outcome.left else one.put.get("stage"),
            do_not_contact=None
            if tag.DO_NOT_CONTACT in outcome.left or tag.DO_NOT_CONTACT not in one.put
            else one.put[tag.DO_NOT_CONTACT] == "true",
        )
        if tag.DO_NOT_CONTACT in one.put:
            # It ends what we have under way with them, for every client.
            dirty.mark(tx, "conversation", exchanges.with_contact(tx, [one.contact]))
        dirty.mark(tx, "contact", [one.contact])

    def changed(self, tx: Tx, effect: Effect) -> None:
        letters.reconsider(tx, people.gone(tx, effect.doing(ChangeContact).contact))


def _fields(values: Mapping[str, tuple[str, ...]]) -> dict[Field, tuple[str, ...]]:
    return {Field(name): tuple(several) for name, several in values.items()}


def handlers(ctx: Context) -> dict[str, Handler]:
    return {AddContact.kind: AddContacts(ctx), ChangeContact.kind: ChangeContacts(ctx)}
