"""What would take an effect back, and why some are left: one answer for each kind."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, get_args

from syncd.core.actions import (
    Action,
    AddContact,
    ChangeContact,
    ChangeSegment,
    ChangeTask,
    CheckLink,
    CloseCrmTask,
    CloseTask,
    CommentTask,
    DeleteDraft,
    DeleteEmail,
    Enrol,
    JoinCompany,
    LabelThread,
    LogEmail,
    MoveCrmTask,
    OpenCrmTask,
    OpenTask,
    Provide,
    ReopenCrmTask,
    ReopenTask,
    WriteDraft,
)
from syncd.core.introductions import State
from syncd.core.promises import relate, tag
from syncd.core.promises.relate import Membership
from syncd.engine import plan_reversals
from syncd.engine.plan_reversals import PlanAction
from syncd.store import (
    chores,
    dirty,
    introductions,
    journal,
    letters,
    people,
    prospects,
    segments,
)
from syncd.store.database import Tx
from syncd.store.effect import Effect

_IN_DOUBT = "no answer came yet; undo the run again when `syncd once` knows what happened"
_OPENED_IT = "the run opened the task itself"
# Labels of Gmail's own that we put on: a thread that came to the inbox stays there, for
# somebody may be about to read it.
_INBOX = "INBOX"


@dataclass(frozen=True, slots=True)
class Reversal:
    """`action` None: it is left, and `words` say why. With one, they say what stays all the same.

    `unsent`: there is nothing to take back, only to be given up.
    """

    action: Action | None = None
    object: str = ""
    words: str = ""
    unsent: bool = False


class Reversals:
    """What takes the effects of one run back, asked for one after the other, the newest first.

    `comment`: what is said on tasks that are touched. `opened`: marks of the tasks that the
    run itself has opened.
    """

    def __init__(self, tx: Tx, comment: str, opened: Collection[str]) -> None:
        self.tx = tx
        self.comment = comment
        self.opened = opened
        self._written: dict[str, tag.Written] = {}

    def of(self, effect: Effect, key: str) -> Reversal | None:
        """What takes `effect` back under `key`; None where it left nothing behind."""
        return of(self, effect, key)

    def written(self, contact: str) -> tag.Written:
        """What we have written on a contact, as it is once what was asked for is taken back."""
        if contact not in self._written:
            self._written[contact] = people.written(self.tx, contact)
        return self._written[contact]

    def take_back(self, change: ChangeContact) -> None:
        now = self.written(change.contact)
        self._written[change.contact] = tag.after(now, change, ())


def of(asked: Reversals, effect: Effect, key: str) -> Reversal | None:
    match effect.state:
        case "done":
            return _REVERSE.get(effect.action.kind, _cannot)(asked, effect, key)
        case "planned" | "held" | "parked":
            if isinstance(effect.action, Provide):
                return Reversal(words="everything else waits for this")
            return Reversal(unsent=True, words="it was not sent")
        case "sending":
            return Reversal(words=_IN_DOUBT)
    return None


def _plan(asked: Reversals, effect: Effect, key: str) -> Reversal:
    action, words = plan_reversals.of(asked.tx, effect, key, asked.comment, asked.opened)
    return Reversal(action, effect.object, words)


def _nothing(_asked: Reversals, _effect: Effect, _key: str) -> Reversal | None:
    """It wrote nothing to the outside."""
    return None


def _cannot(_asked: Reversals, _effect: Effect, _key: str) -> Reversal:
    return Reversal(words="nothing takes this back")


def _provide(_asked: Reversals, _effect: Effect, _key: str) -> Reversal:
    return Reversal(words="what other runs have written leans on it")


def _comment(_asked: Reversals, _effect: Effect, _key: str) -> Reversal:
    return Reversal(words="comments stay")


def _add_contact(_asked: Reversals, effect: Effect, _key: str) -> Reversal | None:
    if _told(effect.after, "found"):
        return None
    # Whether nobody has used it since cannot be proven: what we log on a contact, and what
    # HubSpot computes of that, changes it just as people do.
    return Reversal(words="contacts are kept, because people may have used them")


def _join_company(_asked: Reversals, _effect: Effect, _key: str) -> Reversal:
    return Reversal(words="companies and who belongs to them are kept, as people may use them")


def _enrol(asked: Reversals, effect: Effect, key: str) -> Reversal:
    one = effect.doing(Enrol)
    pair = (one.address, one.campaign)
    if not prospects.enrolled(asked.tx, [pair]).get(pair, prospects.Enrolment()).belongs:
        return Reversal(words="they are not in the campaign any more")
    return Reversal(replace(one, key=key, joins=False), effect.object)


def _change_segment(asked: Reversals, effect: Effect, key: str) -> Reversal:
    one = effect.doing(ChangeSegment)
    member = segments.of(asked.tx, [one.contact]).get((one.segment, one.contact))
    stands = Membership.OURS if one.joins else Membership.OUT
    if member is None or member.state is not stands:
        return Reversal(words="a person, or a later run, has changed it since")
    return Reversal(replace(one, key=key, joins=not one.joins), effect.object)


def _log_email(asked: Reversals, effect: Effect, key: str) -> Reversal | None:
    one = effect.doing(LogEmail)
    if not effect.remote_id:
        return None
    if _told(effect.after, "ours") is False:
        return Reversal(words="the CRM's own logger made it")
    found = letters.logged_as(asked.tx, one.message)
    if found is None or found.crm_id != effect.remote_id:
        return Reversal(words="the message is logged otherwise since")
    action = DeleteEmail(key, one.message, found.crm_id, found.subject, found.at)
    return Reversal(action, f"message:{one.message}")


def _change_contact(asked: Reversals, effect: Effect, key: str) -> Reversal:
    one = effect.doing(ChangeContact)
    written = asked.written(one.contact)
    ours = {"campaigns": written.campaigns, "tags": written.tags}
    since = [each for each in journal.since(asked.tx, effect) if isinstance(each, ChangeContact)]
    moved = {name for each in since for name in each.put}
    touched = {value for each in since for value in (*_values(each.add), *_values(each.remove))}
    before: Mapping[str, str] = effect.before or {}
    remove = {
        name: kept
        for name, values in one.add.items()
        if (kept := _besides(name, ours[name] & set(values), touched))
    }
    add = {
        name: back
        for name, values in one.remove.items()
        if (back := _besides(name, set(values) & set(before.get(name, "").split(";")), touched))
    }
    put: dict[str, str] = {}
    for name, value in one.put.items():
        stood = before.get(name, one.expect.get(name, ""))
        if name not in moved and stood != value and _told(effect.after, name) in {value, None}:
            put[name] = stood
    if not (remove or add or put):
        return Reversal(words="nothing of it stands any more: it has changed since")
    expect = {name: one.put[name] for name in put}
    words = f"{', '.join(sorted(moved & one.put.keys()))} has changed since"
    action = ChangeContact(key, one.contact, add, remove, put, expect)
    asked.take_back(action)
    return Reversal(action, f"contact:{one.contact}", words if moved & one.put.keys() else "")


def _open_task(asked: Reversals, effect: Effect, key: str) -> Reversal:
    row = chores.known(asked.tx, effect.key)
    if row is None or _not_ours(row):
        return Reversal(words=_not_ours(row))
    one = effect.doing(OpenTask)
    due = row["due_written"].isoformat() if row["due_written"] is not None else ""
    expect = {"title": one.title, "due": due, "assignee": row["assignee_written"]}
    return Reversal(CloseTask(key, one.key, expect, asked.comment), f"task:{one.key}")


def _close_task(asked: Reversals, effect: Effect, key: str) -> Reversal:
    mark = effect.doing(CloseTask).mark
    if mark in asked.opened:
        return Reversal(words=_OPENED_IT)
    row = chores.known(asked.tx, mark)
    if row is None or row["closed_by"] != "us":
        return Reversal(words="the task has changed since")
    return Reversal(ReopenTask(key, mark, asked.comment), f"task:{mark}")


def _change_task(asked: Reversals, effect: Effect, key: str) -> Reversal:
    one = effect.doing(ChangeTask)
    row = chores.known(asked.tx, one.mark)
    before: Mapping[str, str] = effect.before or {}
    if one.due is None:
        return Reversal(words="whoever had the task has left")
    if row is None or _not_ours(row):
        return Reversal(words=_not_ours(row))
    if row["due_written"] != one.due or one.expect_due is None or not before.get("due"):
        return Reversal(words="the task has been moved since")
    action = ChangeTask(key, one.mark, asked.comment, due=one.expect_due, expect_due=one.due)
    return Reversal(action, f"task:{one.mark}")


def _open_crm_task(asked: Reversals, effect: Effect, key: str) -> Reversal:
    row = chores.known(asked.tx, effect.key)
    if row is None or _not_ours(row):
        return Reversal(words=_not_ours(row))
    return Reversal(CloseCrmTask(key, effect.key, row["due_at"]), f"task:{effect.key}")


def _close_crm_task(asked: Reversals, effect: Effect, key: str) -> Reversal:
    mark = effect.doing(CloseCrmTask).mark
    if mark in asked.opened:
        return Reversal(words=_OPENED_IT)
    row = chores.known(asked.tx, mark)
    if row is None or row["closed_by"] != "us":
        return Reversal(words="the task has changed since")
    return Reversal(ReopenCrmTask(key, mark), f"task:{mark}")


def _move_crm_task(asked: Reversals, effect: Effect, key: str) -> Reversal:
    one = effect.doing(MoveCrmTask)
    row = chores.known(asked.tx, one.mark)
    if row is None or _not_ours(row) or row["due_at"] != one.due:
        return Reversal(words="the task has changed since")
    return Reversal(
        MoveCrmTask(key, one.mark, due=one.expect_due, expect_due=one.due), f"task:{one.mark}"
    )


def _label_thread(_asked: Reversals, effect: Effect, key: str) -> Reversal | None:
    one = effect.doing(LabelThread)
    stood = set(_told(effect.before, "labels") or ())
    back = replace(
        one,
        key=key,
        add=tuple(label for label in one.remove if label in stood),
        remove=tuple(label for label in one.add if label not in stood and label != _INBOX),
    )
    words = "the thread stays in the inbox" if _INBOX in one.add and _INBOX not in stood else ""
    if not (back.add or back.remove):
        return Reversal(words=words) if words else None
    return Reversal(back, effect.object, words)


def _write_draft(asked: Reversals, effect: Effect, key: str) -> Reversal | None:
    one = effect.doing(WriteDraft)
    row = introductions.marked(asked.tx, effect.key)
    if row is None or row.state is not State.DRAFTED:
        return Reversal(words="the draft was sent, or deleted")
    if row.edited or not row.version:
        return Reversal(words="a person may have edited the draft: delete it by hand")
    action = DeleteDraft(key, effect.key, one.mailbox, row.draft, row.version)
    return Reversal(action, effect.object)


_REVERSE: dict[str, Callable[[Reversals, Effect, str], Reversal | None]] = {
    Provide.kind: _provide,
    AddContact.kind: _add_contact,
    JoinCompany.kind: _join_company,
    Enrol.kind: _enrol,
    ChangeSegment.kind: _change_segment,
    LogEmail.kind: _log_email,
    ChangeContact.kind: _change_contact,
    OpenTask.kind: _open_task,
    ChangeTask.kind: _change_task,
    CommentTask.kind: _comment,
    CloseTask.kind: _close_task,
    OpenCrmTask.kind: _open_crm_task,
    MoveCrmTask.kind: _move_crm_task,
    CloseCrmTask.kind: _close_crm_task,
    LabelThread.kind: _label_thread,
    CheckLink.kind: _nothing,
    WriteDraft.kind: _write_draft,
    **dict.fromkeys((kind.kind for kind in get_args(PlanAction)), _plan),
}


def give_up(tx: Tx, effect: Effect, words: str) -> None:
    """What follows from giving up an effect that was not sent: its promise must not redo it."""
    match effect.action:
        case LogEmail(message=message):
            letters.hide(tx, message, words)
        case AddContact(address=address):
            people.refused(tx, address)
        case WriteDraft(key=mark):
            row = introductions.marked(tx, mark)
            dirty.mark(tx, "introduction", [] if row is None else [row.id])
        case ChangeContact() as change:
            was = people.written(tx, change.contact)
            people.wrote(tx, change.contact, tag.given_up(was, change))
        case Enrol() as one:
            assert effect.planned_at is not None
            member = prospects.Membership(one.address, one.campaign)
            prospects.enrol(tx, member, effect.planned_at, belongs=False)
        case ChangeSegment() as change:
            now = segments.of(tx, [change.contact])
            stood = now.get((change.segment, change.contact), relate.Member())
            never = {change.contact: relate.given_up(stood, change)}
            assert effect.planned_at is not None
            segments.stands(tx, change.segment, never, effect.planned_at)
        case _ if isinstance(effect.action, PlanAction):
            plan_reversals.give_up(tx, effect)
        case _:
            pass


def _not_ours(row: Mapping[str, Any] | None) -> str:
    """Why a task that we made is not ours to touch; "" where it is."""
    if row is None:
        return "the task is not known any more"
    if row["deleted"]:
        return "a person has deleted the task"
    if row["kept_by_person"]:
        return "a person has reopened the task, and it is theirs"
    if row["done"]:
        by = "a person has" if row["closed_by"] == "person" else "syncd has since"
        return f"{by} completed the task"
    return ""


def _besides(name: str, values: set[str] | frozenset[str], touched: set[str]) -> tuple[str, ...]:
    return tuple(sorted(value for value in values if f"{name}={value}" not in touched))


def _values(fields: Mapping[str, tuple[str, ...]]) -> list[str]:
    return [f"{name}={value}" for name, values in fields.items() for value in values]


def _told(trace: Any, name: str) -> Any:
    return trace.get(name) if isinstance(trace, Mapping) else None
