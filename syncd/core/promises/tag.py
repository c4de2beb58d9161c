"""Promise: every contact carries the campaigns, tags and stage that its mail says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from syncd.core.actions import ChangeContact, Planned
from syncd.core.identity import effect_key

PROMISE = "tag"
DO_NOT_CONTACT = "do_not_contact"  # as the contact field is named
_SAID_NO = f"{DO_NOT_CONTACT}=false"


class Stage(StrEnum):
    """How far we are with a person. Written in this order, and only forward."""

    CONTACTED = "contacted"
    REPLIED = "replied"
    AGREED = "agreed"
    LINKED = "linked"
    DECLINED = "declined"
    LOST = "lost"
    BOUNCED = "bounced"


LABELS = {stage: stage.value.capitalize() for stage in Stage}
_ORDER = {"": -1, Stage.CONTACTED: 0, Stage.BOUNCED: 1, Stage.REPLIED: 2, Stage.LINKED: 3}
_FURTHEST_BY_ITSELF = 4  # every other stage is further than we can say ourselves


@dataclass(frozen=True, slots=True)
class Dialogue:
    """What the logged mail with one contact says."""

    campaigns: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    written_to: bool = False
    answered: bool = False
    bounced: bool = False
    unsubscribed: bool = False
    newest: str = ""  # the key of the latest of these messages
    linked: bool = False
    lost: bool = False  # a link of theirs was lost
    logged: bool = True  # something of it stands in the CRM: not all was taken back


@dataclass(frozen=True, slots=True)
class Written:
    """What we last wrote on the contact, and how often we have written.

    `stage_is_theirs` once a person has set it. `theirs`: values ("campaigns=acme") that
    stood there before we came; they hold, and are not ours to remove. `undone`: what a person
    had us take back ("tags=x", "stage=contacted"): not written again while the rules stay.
    """

    campaigns: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()
    stage: str = ""
    stage_is_theirs: bool = False
    theirs: frozenset[str] = frozenset()
    version: int = 0
    do_not_contact: bool = False  # written once; taken back by a person, it stays so
    undone: frozenset[str] = frozenset()


def stage_of(dialogue: Dialogue) -> str:
    if dialogue.linked:
        return Stage.LINKED
    if dialogue.lost:
        return Stage.LOST
    if dialogue.answered:
        return Stage.REPLIED
    if dialogue.bounced:
        return Stage.BOUNCED
    return Stage.CONTACTED if dialogue.written_to else ""


def decide(contact: str, who: str, dialogue: Dialogue, written: Written) -> Planned | None:
    """The change that makes the contact say what its mail says; None when it does.

    `who` is the contact's address, for the person who reads the plan.

    Only values we added are removed. The stage moves forward by itself; what a person
    set stays, whatever happens later.
    """
    add: dict[str, tuple[str, ...]] = {}
    remove: dict[str, tuple[str, ...]] = {}
    put: dict[str, str] = {}
    expect: dict[str, str] = {}
    for field, wanted, ours in (
        ("campaigns", dialogue.campaigns, written.campaigns),
        ("tags", dialogue.tags, written.tags),
    ):
        kept = written.theirs | written.undone
        standing = {value for value in wanted if f"{field}={value}" in kept}
        if missing := wanted - ours - standing:
            add[field] = tuple(sorted(missing))
        if surplus := ours - wanted:
            remove[field] = tuple(sorted(surplus))
    # Only what we have called linked ourselves can be lost again.
    losable = written.stage in {Stage.LINKED, Stage.LOST}
    stage = stage_of(dialogue if losable else replace(dialogue, lost=False))
    stays = written.stage_is_theirs or f"stage={stage}" in written.undone
    stays = stays or is_let_go(written.undone, logged=dialogue.logged)
    if not stays and _moves(written.stage, stage):
        put["stage"], expect["stage"] = stage, written.stage
    told = written.do_not_contact or f"{DO_NOT_CONTACT}=true" in written.undone
    if dialogue.unsubscribed and not told:
        # A "no" that stood there is older than their asking. Taken back once more after we
        # have written, it is a person's word and stays.
        put[DO_NOT_CONTACT] = "true"
        expect[DO_NOT_CONTACT] = "false" if _SAID_NO in written.theirs else ""
    if not (add or remove or put):
        return None
    # Tags come and go: without the count of writes, adding one for the second time would
    # have the key of the first time, and be taken for done.
    wants = ";".join([*sorted(dialogue.campaigns), "|", *sorted(dialogue.tags), "|", stage])
    if DO_NOT_CONTACT in put:
        wants += "|do not contact"
    action = ChangeContact(
        key=effect_key(PROMISE, contact, str(written.version), wants),
        contact=contact,
        add=add,
        remove=remove,
        put=put,
        expect=expect,
    )
    return Planned(
        action,
        PROMISE,
        f"contact:{contact}",
        summary(who, action),
        rule=_rule(action, dialogue),
        cause=dialogue.newest,
    )


def is_let_go(undone: Iterable[str], *, logged: bool) -> bool:
    """Whether a person took back how we stand with a contact, and all mail with them with it.

    Then what pages and crawls show is no reason to write anything of it: their word holds until
    mail is `logged` again.
    """
    return not logged and any(one.startswith("stage=") for one in undone)


def after(was: Written, change: ChangeContact, left: Sequence[str]) -> Written:
    """What we have written on a contact once `change` is done, but for what was `left`.

    Values that stood there already were not added by us, so they are not ours to remove.
    """

    def values(field: str, before: frozenset[str]) -> frozenset[str]:
        added = {v for v in change.add.get(field, ()) if f"{field}={v}" not in left}
        return (before | added) - set(change.remove.get(field, ()))

    theirs = was.stage_is_theirs or "stage" in left
    stage = was.stage if "stage" in left else change.put.get("stage", was.stage)
    # Found otherwise at the first try it was an older "no"; at the second, a person's word.
    older_no = DO_NOT_CONTACT in left and change.expect.get(DO_NOT_CONTACT) == ""
    values_left = {one for one in left if "=" in one} | ({_SAID_NO} if older_no else set())
    return Written(
        campaigns=values("campaigns", was.campaigns),
        tags=values("tags", was.tags),
        stage=stage,
        stage_is_theirs=theirs,
        theirs=was.theirs | values_left,
        version=was.version + 1,
        do_not_contact=was.do_not_contact or (DO_NOT_CONTACT in change.put and not older_no),
        undone=was.undone,
    )


def undone(was: Written, change: ChangeContact, left: Sequence[str]) -> Written:
    """As `after`, where `change` takes back what we wrote, at a person's word.

    What is taken off stays off although the mail says otherwise; what is put back is theirs,
    for otherwise it would be taken off again.
    """
    now = after(was, replace(change, add={}), left)
    off = {f"{field}={value}" for field, values in change.remove.items() for value in values}
    back = {f"{field}={value}" for field, values in change.add.items() for value in values}
    gone = {name for name in change.put if name not in left}
    off |= {f"{name}={change.expect.get(name, '')}" for name in gone}
    # What they asked of us holds, whatever becomes of the word for it in the CRM.
    told = was.do_not_contact and DO_NOT_CONTACT not in gone
    return replace(now, theirs=now.theirs | back, undone=now.undone | off, do_not_contact=told)


def given_up(was: Written, change: ChangeContact) -> Written:
    """What we have written, where `change` was never made and is not to be made."""
    never = {f"{field}={value}" for field, values in change.add.items() for value in values}
    never |= {f"{name}={value}" for name, value in change.put.items()}
    return replace(was, undone=was.undone | never)


def stands(was: Mapping[str, str], change: ChangeContact, left: Sequence[str]) -> dict[str, str]:
    """The values of a contact after `change`, from those before and what was `left`."""
    now = {name: value for name, value in was.items() if value}
    for field in {*change.add, *change.remove}:
        have = {value for value in was.get(field, "").split(";") if value}
        have = (have | set(change.add.get(field, ()))) - set(change.remove.get(field, ()))
        now[field] = ";".join(sorted(have))
    now |= {field: value for field, value in change.put.items() if field not in left}
    return now


def stood(now: Mapping[str, str], change: ChangeContact) -> dict[str, str]:
    """The values of a contact before `change`, as far as those after it tell."""
    was = dict(now)
    for field in {*change.add, *change.remove}:
        have = {value for value in now.get(field, "").split(";") if value}
        have = (have - set(change.add.get(field, ()))) | set(change.remove.get(field, ()))
        was[field] = ";".join(sorted(have))
    for field, value in change.put.items():
        if now.get(field, "") == value:
            was[field] = change.expect.get(field, "")
    return was


def _rule(change: ChangeContact, dialogue: Dialogue) -> str:
    rules = []
    if change.add or change.remove:
        rules.append(f"campaigns: {', '.join(sorted(dialogue.campaigns)) or 'none'}")
    if "stage" in change.put:
        rules.append("stage: forward with the mail")
    if DO_NOT_CONTACT in change.put:
        rules.append("answers.unsubscribe")
    return "; ".join(rules)


def _moves(was: str, stage: str) -> bool:
    """Whether a stage of ours moves on. A link is lost and found again, which is both ways."""
    if Stage.LOST in {stage, was}:
        return {was, stage} == {Stage.LINKED, Stage.LOST}
    return _rank(stage) > _rank(was)


def _rank(stage: str) -> int:
    return _ORDER.get(stage, _FURTHEST_BY_ITSELF)


def summary(who: str, action: ChangeContact) -> str:
    parts = [f"add {name} {', '.join(values)}" for name, values in action.add.items()]
    parts += [f"remove {name} {', '.join(values)}" for name, values in action.remove.items()]
    parts += [_put_in_words(name, value) for name, value in action.put.items()]
    return f"contact {who}: {'; '.join(parts)}"


def _put_in_words(name: str, value: str) -> str:
    if name == DO_NOT_CONTACT:
        return "do not contact any more" if value else "may be contacted again"
    return f"{name} becomes {value or 'empty'}"
