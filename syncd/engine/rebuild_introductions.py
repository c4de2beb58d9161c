"""Asks for introductions found again by their marks, after the state was lost.

A draft's Message-ID and the tasks that go with it are made of who was asked for what: they
cannot be read, only made again from everybody we know and every site we want. So an ask that
is not found this way is for a site that no campaign wants any more, and is not offered again.
What became of each is decided from the mail, as ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from syncd.core.facts import Task
from syncd.core.introductions import State
from syncd.core.mail.addresses import domain_of, registrable
from syncd.core.promises.introduce_matter import (
    about,
    draft_key,
    message_id_of,
    task_mark,
    thanks_mark,
)
from syncd.engine.context import Context
from syncd.engine.introductions import box_of
from syncd.engine.offers import wanted_sites
from syncd.store import chores, contact_facts, introduction_mail, introduction_marks, introductions
from syncd.store.database import Tx
from syncd.store.introduction_marks import Sent
from syncd.store.introductions import Introduction

# How often the same person is asked for the same site, at the very most.
_ROUNDS = range(5)


@dataclass(frozen=True, slots=True)
class _Ask:
    """One that may have been: of whom, for what, how often before."""

    introducer: str
    domain: str
    campaign: str
    round: int
    mark: str


def recover(ctx: Context, seen: Mapping[str, Task]) -> int:
    """Write down every ask that left a mark. `seen`: our tasks on the board by mark.

    Returns how many of these tasks belong to one. Raises verdicts.
    """
    with ctx.store.begin() as tx:
        sent = introduction_marks.sent_by_mark(tx)
        found = [one for one in _possible(ctx, tx) if _left_a_mark(one, sent, seen)]
        rows = [_row(ctx, tx, one, sent.get(one.mark), seen) for one in found]
    rows = [_found(ctx, row, seen) if row.state is State.DRAFTED else row for row in rows]
    tied = 0
    with ctx.store.begin() as tx:
        for row in rows:
            tied += _tie(ctx, tx, introductions.offer(tx, row), row, seen)
        introduction_mail.wake_live(tx)
    return tied


def _possible(ctx: Context, tx: Tx) -> Iterator[_Ask]:
    sites = wanted_sites(ctx, tx)
    for address in contact_facts.everyone(tx):
        for domain, campaign in sites.items():
            for again in _ROUNDS:
                yield _Ask(address, domain, campaign, again, draft_key(address, domain, again))


def _left_a_mark(one: _Ask, sent: Mapping[str, Sent], seen: Mapping[str, Task]) -> bool:
    return one.mark in sent or task_mark(one.mark) in seen or thanks_mark(one.mark) in seen


def _row(
    ctx: Context, tx: Tx, one: _Ask, sent: Sent | None, seen: Mapping[str, Task]
) -> Introduction:
    task = seen.get(task_mark(one.mark))
    if sent is None and (task is None or task.done or task.deleted):
        # Sent in other words, or not at all. Taken for sent, it is not asked a second time soon.
        until = task.changed_at if task is not None else None
        sent = introduction_marks.last_to(tx, one.introducer, until or ctx.now())
    at: datetime = sent.at if sent is not None else ctx.now()
    asked = sent is not None
    before = introduction_marks.last_to(tx, one.introducer, at) if sent is None else sent
    return Introduction(
        id=0,
        introducer=one.introducer,
        domain=one.domain,
        campaign=one.campaign,
        state=State.ASKED if asked else State.DRAFTED,
        asked_by=before.mailbox if before is not None else "",
        asked_at=at if asked else None,
        introduced="",
        introduced_at=None,
        message=sent.key if sent is not None else "",
        round=one.round,
        site=registrable(domain_of(one.introducer)),
        words="found again by its mark",
        mark=one.mark,
        subject=sent.subject if sent is not None else "",
        message_id=message_id_of(one.mark, sent.mailbox) if sent is not None else "",
        offered_at=at,
        drafted_at=at,
        conversation=sent.conversation if sent is not None else None,
        due_at=at + ctx.rules.asks.ask_again if asked else None,
    )


def _found(ctx: Context, row: Introduction, seen: Mapping[str, Task]) -> Introduction:
    """One whose draft may still lie there: in the mailbox of whoever has the task, or wrote last.

    Without the draft somebody has put it in their own words, or it is gone: it stays under way,
    until its task or a person says otherwise.
    """
    task = seen.get(task_mark(row.mark))
    assignees = set(task.assignees) if task is not None else set()
    board = ctx.ports.board
    people = board.people(list(ctx.ports.mail)) if assignees and board is not None else {}
    whose = [address for address, one in people.items() if one.id in assignees]
    for mailbox in dict.fromkeys([*whose, *filter(None, [row.asked_by])]):
        box, name = box_of(ctx, mailbox), message_id_of(row.mark, mailbox)
        draft = box.find_drafts(mailbox, [name]).get(name) if box is not None else None
        if draft is not None:
            # Whether a person has edited it cannot be told: without a version it is theirs.
            return replace(
                row,
                asked_by=mailbox,
                message_id=name,
                draft=draft.id,
                standing=draft.version,
                thread_id=draft.thread_id,
            )
    return replace(row, asked_by=next(iter(whose), row.asked_by))


def _tie(ctx: Context, tx: Tx, number: int, row: Introduction, seen: Mapping[str, Task]) -> int:
    marks = (task_mark(row.mark), thanks_mark(row.mark))
    tasks: Iterable[Task] = [seen[mark] for mark in marks if mark in seen]
    tied = 0
    for task in tasks:
        assert task.mark is not None
        chore = chores.Chore(
            mark=task.mark,
            where="board",
            conversation=chores.NO_CONVERSATION,
            anchor=about(number),
            step=marks.index(task.mark),
            remote_id=task.id,
            title=task.title,
            due=task.due,
            assignee=",".join(sorted(task.assignees)),
        )
        chores.made(tx, chore, ctx.now())
        chores.observed(tx, [task], frozenset({task.mark}), ctx.now())
        tied += 1
    return tied
