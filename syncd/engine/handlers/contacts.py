"""People in the CRM: adding them, and the fields syncd keeps on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from syncd.core.actions import AddContact, ChangeContact
from syncd.core.promises import tag
from syncd.engine.context import Context
from syncd.engine.directory import owner_ids
from syncd.engine.handlers.handler import Handler, Trace
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
from syncd.store.ledger import Effect


class AddContacts(Handler):
    role = "crm"
    repeatable = False
    waits_for_full_batches = True

    @property
    def size(self) -> int:
        return self.ctx.ports.crm.traits.batch_size

    @property
    def settle_seconds(self) -> float:
        return self.ctx.ports.crm.traits.settle_seconds

    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        owners = owner_ids(self.ctx, {_adding(effect).owner for effect in batch})
        return self.ctx.ports.crm.create_contacts(
            [
                NewContact(one.key, one.address, one.name, owners[one.owner])
                for one in map(_adding, batch)
            ]
        )

    def find(self, batch: Sequence[Effect]) -> dict[str, Done]:
        actions = [_adding(effect) for effect in batch]
        found = self.ctx.ports.crm.find_contacts([one.address for one in actions])
        return {
            one.key: Done(found[one.address].id, found=True)
            for one in actions
            if one.address in found
        }

    def trace(self, tx: Tx, effect: Effect, outcome: Done) -> Trace:
        found = {"id": outcome.id, "address": _adding(effect).address, "found": outcome.found}
        return {"after": found}

    def done(self, tx: Tx, effect: Effect, outcome: Done) -> None:
        one = _adding(effect)
        people.created(tx, one.address, outcome.id, found=outcome.found, name=one.name)
        dirty.mark(tx, "contact", [outcome.id])
        introduction_mail.wake_people(tx, [outcome.id])
        letters.reconsider(tx, [one.address])

    def refused(self, tx: Tx, effect: Effect) -> None:
        people.refused(tx, _adding(effect).address)


class ChangeContacts(Handler):
    role = "crm"
    leans_on = "crm"

    @property
    def size(self) -> int:
        return self.ctx.ports.crm.traits.batch_size

    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        return self.ctx.ports.crm.change_contacts(
            [
                ContactChange(
                    key=one.key,
                    contact_id=one.contact,
                    add=_fields(one.add),
                    remove=_fields(one.remove),
                    put={Field(name): value for name, value in one.put.items()},
                    expect={Field(name): value for name, value in one.expect.items()},
                )
                for one in map(_changing, batch)
            ]
        )

    def trace(self, tx: Tx, effect: Effect, outcome: Done) -> Trace:
        one = _changing(effect)
        concerned = {*one.add, *one.remove, *one.put}
        # An earlier try may have taken place: then what was read is what we wrote ourselves.
        was = tag.stood(outcome.was, one) if effect.doubted else outcome.was
        stands = tag.stands(was, one, outcome.left)
        return {
            "before": {name: was.get(name, "") for name in sorted(concerned)},
            "after": {name: stands.get(name, "") for name in sorted(concerned)},
        }

    def done(self, tx: Tx, effect: Effect, outcome: Done) -> None:
        one, left = _changing(effect), outcome.left
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
        letters.reconsider(tx, people.gone(tx, _changing(effect).contact))


def _fields(values: Mapping[str, tuple[str, ...]]) -> dict[Field, tuple[str, ...]]:
    return {Field(name): tuple(several) for name, several in values.items()}


def _adding(effect: Effect) -> AddContact:
    assert isinstance(effect.action, AddContact)
    return effect.action


def _changing(effect: Effect) -> ChangeContact:
    assert isinstance(effect.action, ChangeContact)
    return effect.action


def handlers(ctx: Context) -> dict[str, Handler]:
    return {AddContact.kind: AddContacts(ctx), ChangeContact.kind: ChangeContacts(ctx)}
