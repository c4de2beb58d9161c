"""What people did, since we wrote, to what is to be taken back: read from the services."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial

from syncd.core.actions import Action, ChangeContact, CloseTask, DeleteEmail, ReopenTask
from syncd.core.facts import Contact
from syncd.engine.context import Context, log
from syncd.engine.handlers.tasks import made_theirs, reopened_by_hand
from syncd.ports.crm import Logged
from syncd.ports.verdicts import Verdict

_AT_ONCE = 50
_SAME_TIME = timedelta(seconds=1)


def changed_by_people(
    ctx: Context, actions: Sequence[Action], contacts: Mapping[str, Sequence[str]]
) -> dict[str, str]:
    """Why these actions would change nothing, in words, by their keys. Reads only.

    `contacts`: the CRM contacts of messages, by the message's key. What cannot be read now is
    not in the answer: whoever carries the actions out looks once more before the write.
    """
    looks: tuple[Callable[[Sequence[Action]], dict[str, str]], ...] = (
        partial(_contacts, ctx),
        partial(_emails, ctx, contacts),
        partial(_tasks, ctx),
    )
    found: dict[str, str] = {}
    for start in range(0, len(actions), _AT_ONCE):
        some = actions[start : start + _AT_ONCE]
        for look in looks:
            try:
                found |= look(some)
            except Verdict as verdict:
                log.warning("undo_not_compared", words=str(verdict))
    return found


def _contacts(ctx: Context, actions: Sequence[Action]) -> dict[str, str]:
    changes = [one for one in actions if isinstance(one, ChangeContact)]
    if not changes:
        return {}
    seen = ctx.ports.crm.get_contacts(sorted({one.contact for one in changes}))
    words = {one.key: _of_contact(one, seen.get(one.contact)) for one in changes}
    return {key: what for key, what in words.items() if what}


def _of_contact(change: ChangeContact, contact: Contact | None) -> str:
    if contact is None:
        return "the contact is not there any more"
    have = {
        field: set(contact.values.get(field, "").split(";"))
        for field in {*change.add, *change.remove}
    }
    moves = any(have[field] & set(values) for field, values in change.remove.items())
    moves = moves or any(set(values) - have[field] for field, values in change.add.items())
    for field, value in change.put.items():
        present = contact.values.get(field, "")
        moves = moves or (present == change.expect.get(field, "") and present != value)
    return "" if moves else "a person has changed it since"


def _emails(
    ctx: Context, contacts: Mapping[str, Sequence[str]], actions: Sequence[Action]
) -> dict[str, str]:
    removals = [one for one in actions if isinstance(one, DeleteEmail)]
    asked = sorted({contact for one in removals for contact in contacts.get(one.message, ())})
    if not asked:
        return {}
    seen = {one.id: one for one in ctx.ports.crm.emails_of(asked)}
    words = {
        one.key: _of_email(one, seen.get(one.email))
        for one in removals
        if contacts.get(one.message)
    }
    return {key: what for key, what in words.items() if what}


def _of_email(removal: DeleteEmail, logged: Logged | None) -> str:
    if logged is None:
        return "a person has deleted it, or taken it off its contacts"
    if " ".join(logged.subject.split()) != " ".join(removal.subject.split()):
        return "a person has changed its subject"
    if logged.at is None or abs(logged.at - removal.at) > _SAME_TIME:
        return "a person has changed its time"
    return ""


def _tasks(ctx: Context, actions: Sequence[Action]) -> dict[str, str]:
    closing = [one for one in actions if isinstance(one, CloseTask)]
    reopening = [one for one in actions if isinstance(one, ReopenTask)]
    if ctx.ports.board is None or not (closing or reopening):
        return {}
    seen = ctx.ports.board.find_tasks(
        [*(one.mark for one in closing), *(one.mark for one in reopening)]
    )
    words = {one.key: made_theirs(one.expect, seen.get(one.mark)) for one in closing}
    words |= {one.key: reopened_by_hand(seen.get(one.mark)) for one in reopening}
    return {key: what for key, what in words.items() if what}
