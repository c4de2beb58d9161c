"""Promise: an ask for an introduction is a draft a person sends, followed to where it leads.

Everything is read anew from the mail and from the draft itself, so that a message found late
only gives a better answer. What a person does to the draft or to its task stands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from syncd.core.actions import (
    Action,
    AddContact,
    ChangeContact,
    CloseTask,
    CommentTask,
    DeleteDraft,
    OpenTask,
    Planned,
)
from syncd.core.facts import Party
from syncd.core.identity import effect_key
from syncd.core.introductions import AskRules, State
from syncd.core.mail.saying_kinds import Says
from syncd.core.markdown import escaped, link
from syncd.core.promises.hand_over import hand_over
from syncd.core.promises.introduce_matter import (
    PROMISE,
    Draft,
    Heard,
    Matter,
    Outcome,
    about,
    asking,
    introduction,
    task_mark,
    thanks_mark,
)
from syncd.core.promises.task_plan import close_key

RULE: Final = "introductions"
INTRODUCED_BY: Final = "introduced_by"  # as the contact field is named

_NO: Final = frozenset({Says.DECLINE.value, Says.UNSUBSCRIBE.value})


def decide(matter: Matter, rules: AskRules, now: datetime) -> Outcome:
    """How the asking stands now, and what follows from it."""
    outcome = _decide(matter, rules, now)
    return replace(outcome, plan=(*outcome.plan, *_hand_over(matter, outcome.plan)))


def _hand_over(matter: Matter, plan: Sequence[Planned]) -> Iterator[Planned]:
    """What stays open of somebody who has left."""
    closing = {one.action.mark for one in plan if isinstance(one.action, CloseTask)}
    for task in matter.tasks.values():
        if not task.ours or task.mark in closing:
            continue
        written = task.assignee_written
        change = hand_over(PROMISE, task.mark, task.assignee, written, matter.leavers)
        if change is not None and task.mark == task_mark(matter.mark):
            where = f"{change.comment} The draft lies in the mailbox of {matter.asked_by}."
            change = replace(change, comment=where)
        if change is not None:
            yield _planned(matter, change, change.comment)


def _decide(matter: Matter, rules: AskRules, now: datetime) -> Outcome:
    match matter.state:
        case State.OFFERED:
            return _offered(matter, now)
        case State.DRAFTED:
            return _drafted(matter, rules, now)
        case State.ASKED | State.LAPSED | State.DECLINED:
            return _asked(matter, rules, now)
        case State.INTRODUCED:
            return _introduced(matter)
        case State.DROPPED:
            return Outcome(plan=_close(matter, task_mark(matter.mark), matter.words))


def _offered(matter: Matter, now: datetime) -> Outcome:
    if matter.effect in {"withdrawn", "dropped", ""}:
        return _ended(matter, State.DROPPED, "the draft was not written", now)
    if matter.silent and matter.effect in {"planned", "held", "observed", "parked"}:
        outcome = _ended(matter, State.DROPPED, matter.silent, now)
        return Outcome(outcome.changes, outcome.plan, withdraw=matter.silent)
    return Outcome()


def _drafted(matter: Matter, rules: AskRules, now: datetime) -> Outcome:
    if (met := introduction(matter)) is not None:
        return _met(matter, *met, rules)
    if (asked := asking(matter)) is not None:
        changes = {
            "state": State.ASKED.value,
            "asked_at": asked.at,
            "message": asked.key,
            "conversation_id": asked.conversation,
            "due_at": asked.at + rules.ask_again,
        }
        return Outcome(changes, _close(matter, task_mark(matter.mark), "The ask was sent."))
    if matter.draft is Draft.GONE:
        if matter.settled:
            return _ended(matter, State.DROPPED, "a person deleted the draft", now)
        return Outcome()
    changes = {"edited": True} if matter.draft is Draft.EDITED else {}
    if matter.silent:
        return _hushed(matter, changes, now)
    return Outcome(changes, _open(matter, rules))


def _hushed(matter: Matter, changes: Mapping[str, Any], now: datetime) -> Outcome:
    """They are not to be written to any more, and the draft still lies there."""
    if matter.draft is Draft.STANDS and matter.draft_id and matter.version:
        delete = DeleteDraft(
            effect_key(PROMISE, "delete", matter.mark),
            matter.mark,
            matter.asked_by,
            matter.draft_id,
            matter.version,
        )
        ended = _ended(matter, State.DROPPED, matter.silent, now)
        words = f"delete the draft to {matter.introducer}: {matter.silent}"
        return Outcome(ended.changes, (_planned(matter, delete, words), *ended.plan))
    # One that a person has edited is theirs: they are told.
    words = f"Please do not send the draft: {matter.silent}."
    comment = CommentTask(effect_key(PROMISE, "silent", matter.mark), task_mark(matter.mark), words)
    task = matter.tasks.get(task_mark(matter.mark))
    said = (_planned(matter, comment, words),) if task is not None and task.ours else ()
    return Outcome(changes, said)


def _asked(matter: Matter, rules: AskRules, now: datetime) -> Outcome:
    if (met := introduction(matter)) is not None:
        return _met(matter, *met, rules)
    closing = _close(matter, task_mark(matter.mark), "The ask was sent.")
    if matter.state is not State.ASKED or matter.asked_at is None:
        return Outcome(plan=closing)
    answers = [
        one
        for one in matter.heard
        if not one.ours
        and one.at >= matter.asked_at
        and one.conversation == matter.conversation
        and one.says
    ]
    if any(_NO & {one.says} for one in answers):
        ended = _ended(matter, State.DECLINED, f"{matter.introducer} said no", now)
        return Outcome(ended.changes, closing)
    if matter.quiet and not answers:
        ended = _ended(matter, State.LAPSED, "every follow-up was made without an answer", now)
        return Outcome(ended.changes, closing)
    if now >= matter.asked_at + rules.ask_again:
        ended = _ended(matter, State.LAPSED, "no introduction came of it", now)
        return Outcome(ended.changes, closing)
    return Outcome(plan=closing)


def _met(matter: Matter, person: Party, said: Heard, rules: AskRules) -> Outcome:
    """It happened: somebody of theirs is now somebody of ours."""
    changes = {
        "state": State.INTRODUCED.value,
        "introduced": person.address,
        "introduced_name": person.name,
        "introduced_at": said.at,
        "introduced_in": said.key,
        "ended_at": said.at,
        "due_at": None,
        "words": f"{matter.introducer} introduced {person.address}",
    }
    if matter.asked_at is None and (asked := asking(matter)) is not None:
        changes |= {
            "asked_at": asked.at,
            "message": asked.key,
            "conversation_id": asked.conversation,
        }
    plan = list(_close(matter, task_mark(matter.mark), f"{person.address} was introduced."))
    if person.address not in matter.known:
        add = AddContact(
            # As the log promise would make it: whichever comes first, it is one contact.
            effect_key("log", "contact", person.address, "0"),
            person.address,
            person.name,
            matter.asked_by,
        )
        words = f"add contact {person.address}, introduced by {matter.introducer}"
        plan.append(_planned(matter, add, words, said.key))
    if rules.thank and rules.place is not None and thanks_mark(matter.mark) not in matter.tasks:
        plan.append(_thanks(matter, person, said, rules))
    return Outcome(changes, tuple(plan))


def _introduced(matter: Matter) -> Outcome:
    closing = _close(matter, task_mark(matter.mark), "The introduction was made.")
    if matter.introduced_at is None:
        return Outcome(plan=closing)
    thanked = any(
        one.ours
        and one.at > matter.introduced_at
        and any(party.address in matter.addresses for party in one.others)
        for one in matter.heard
    )
    if thanked:
        closing += _close(matter, thanks_mark(matter.mark), "They were written to.")
    return Outcome(plan=(*closing, *_credit(matter)))


def _credit(matter: Matter) -> tuple[Planned, ...]:
    """The new contact says who introduced them; what a person wrote there stays."""
    if not matter.contact:
        return ()
    who = f"{matter.name} <{matter.introducer}>" if matter.name else matter.introducer
    change = ChangeContact(
        key=effect_key(PROMISE, "introduced by", matter.mark, matter.contact),
        contact=matter.contact,
        put={INTRODUCED_BY: who},
        expect={INTRODUCED_BY: ""},
    )
    words = f"contact {matter.introduced}: introduced by {who}"
    # For the contact: the tag promise waits for whatever is under way there.
    return (Planned(change, PROMISE, f"contact:{matter.contact}", words, RULE),)


def _open(matter: Matter, rules: AskRules) -> tuple[Planned, ...]:
    """The task of whoever is to send the draft; one that was made before is not made again."""
    mark = task_mark(matter.mark)
    if rules.place is None or mark in matter.tasks:
        return ()
    title = f"Ask {matter.called} ({matter.site}) about {matter.domain}"
    lines = [
        (
            f"A draft to {escaped(matter.called)} waits in your mailbox: please read it, make it "
            "yours, and send it or delete it. syncd never sends it."
        ),
        *(f"- {escaped(one)}" for one in matter.words.splitlines()),
    ]
    if matter.link:
        lines.append(str(link("The draft's thread", matter.link)))
    task = OpenTask(
        key=mark,
        anchor="",
        step=0,
        place=rules.place,
        title=title,
        body="\n\n".join(lines),
        due=matter.due,
        assignee=matter.asked_by,
        tags=rules.tags,
        about=about(matter.id),
    )
    return (_planned(matter, task, title),)


def _thanks(matter: Matter, person: Party, said: Heard, rules: AskRules) -> Planned:
    assert rules.place is not None
    title = f"Thank {matter.called} for introducing {person.name or person.address}"
    body = (
        f"{escaped(matter.called)} introduced us to "
        f"{escaped(person.name or person.address)} ({escaped(person.address)}). "
        "The task closes itself when you write to them."
    )
    task = OpenTask(
        key=thanks_mark(matter.mark),
        anchor="",
        step=1,
        place=rules.place,
        title=title,
        body=body,
        due=matter.due,
        assignee=matter.asked_by,
        tags=rules.tags,
        about=about(matter.id),
    )
    return _planned(matter, task, title, said.key)


def _ended(matter: Matter, state: State, words: str, now: datetime) -> Outcome:
    changes = {"state": state.value, "words": words, "ended_at": now, "due_at": None}
    return Outcome(changes, _close(matter, task_mark(matter.mark), f"{words.capitalize()}."))


def _close(matter: Matter, mark: str, words: str) -> tuple[Planned, ...]:
    task = matter.tasks.get(mark)
    if task is None or not task.ours:
        return ()
    close = CloseTask(close_key(mark), mark, comment=words)
    return (_planned(matter, close, f"close task: {words}"),)


def _planned(matter: Matter, action: Action, summary: str, cause: str = "") -> Planned:
    return Planned(action, PROMISE, about(matter.id), summary, RULE, cause)
