"""Promise: while links that one contact gave us are lost, exactly one open task says so.

It lists every loss, closes itself when all of them are found again, and is not made again for
a loss that a person has dealt with: completed, deleted or taken back by hand, it stays so. A
link that is lost once more is another loss.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from syncd.core.actions import Action, CloseTask, CommentTask, OpenTask, Planned
from syncd.core.facts import Place
from syncd.core.identity import effect_key
from syncd.core.links import LinkCheck
from syncd.core.links_address import host_of
from syncd.core.markdown import escaped, link
from syncd.core.promises.follow_up import close_key
from syncd.core.promises.hand_over import Leavers, hand_over

PROMISE: Final = "verify"
RULE: Final = "links: a task for what is lost"
# What a task can say before nobody reads it.
_MOST_TOLD = 20
_MOST_HISTORY = 4


@dataclass(frozen=True, slots=True)
class Loss:
    """A link of the bundle. `since` None: it is not lost (any more). `version`: how often it was.

    `task`: the mark of the task that tells of this loss, "" where none does yet.
    """

    id: int
    url: str
    client: str
    target: str = ""
    anchor: str = ""
    won: date | None = None
    since: date | None = None
    version: int = 0
    words: str = ""
    task: str = ""
    history: tuple[LinkCheck, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.id}.{self.version}"


@dataclass(frozen=True, slots=True)
class LossTask:
    """A task for losses as last seen. `theirs`: a person reopened it, and it is theirs.

    `assignee` is whose it is, by the board's id, `assignee_written` whose we made it.
    """

    mark: str
    open: bool
    theirs: bool = False
    assignee: str = ""
    assignee_written: str = ""


@dataclass(frozen=True, slots=True)
class Bundle:
    """The links whose losses make one task: a contact's, or a site's of which we know nobody.

    `name` is kind:id. `who`: the contact's name or address, "" where there is none.
    `because`: why no task may be made, in words. `notes`: what its owner should know.
    `leavers`: who of us is not there any more.
    """

    name: str
    who: str
    links: Sequence[Loss]
    tasks: Sequence[LossTask] = ()
    owner: str = ""
    place: Place | None = None
    due: date | None = None
    priority: str = ""
    tags: tuple[str, ...] = ()
    lines: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    because: str = ""
    leavers: Leavers = field(default_factory=Leavers)

    @property
    def about(self) -> str:
        """What its tasks are about, as `OpenTask.about`."""
        return f"losses:{self.name}"


@dataclass(frozen=True, slots=True)
class Verdict:
    """`covers`: the task that tells of each of these links from now on ("": none any more).

    `untold`: those that are lost and get no task, and `why_not`.
    """

    plan: tuple[Planned, ...] = ()
    covers: Mapping[int, str] = field(default_factory=dict)
    untold: tuple[int, ...] = ()
    why_not: str = ""

    def put_off(self, why: str) -> Verdict:
        """The same without the task that it opens."""
        told = {one: mark for one, mark in self.covers.items() if not mark}
        return Verdict((), told, tuple(one for one in self.covers if one not in told), why)

    @property
    def opens(self) -> str:
        """The key of the task it opens, "" for none."""
        return next((one.action.key for one in self.plan if isinstance(one.action, OpenTask)), "")


def decide(bundle: Bundle) -> Verdict:
    verdict = _decide(bundle)
    return replace(verdict, plan=(*verdict.plan, *_hand_over(bundle, verdict.plan)))


def _hand_over(bundle: Bundle, plan: Sequence[Planned]) -> Iterator[Planned]:
    """What stays open of somebody who has left."""
    closing = {one.action.mark for one in plan if isinstance(one.action, CloseTask)}
    for task in bundle.tasks:
        if not task.open or task.theirs or task.mark in closing:
            continue
        written = task.assignee_written
        change = hand_over(PROMISE, task.mark, task.assignee, written, bundle.leavers)
        if change is not None:
            yield _planned(change, change.comment, bundle.about)


def _decide(bundle: Bundle) -> Verdict:
    lost = [one for one in bundle.links if one.since is not None]
    made = {task.mark for task in bundle.tasks}
    new = [one for one in lost if one.task not in made]
    # One whose task was never made needs no word that it is back.
    covers = {one.id: "" for one in bundle.links if one.since is None and one.task}
    standing = [task for task in bundle.tasks if task.open]
    if standing:
        # Two, where two addresses have turned out to be one contact's: one of them goes on.
        doubled = [task for task in standing[:-1] if not task.theirs]
        marks = {task.mark for task in doubled}
        new += [one for one in lost if one.task in marks]
        verdict = _go_on(bundle, standing[-1], lost, new, covers)
        return replace(verdict, plan=verdict.plan + tuple(_ends(bundle, one) for one in doubled))
    if not new:
        return Verdict((), covers)
    if bundle.because or bundle.place is None or bundle.due is None:
        why = bundle.because or "no list on the board is named for it"
        return Verdict((), covers, tuple(one.id for one in new), why)
    task = _opened(bundle, new, bundle.place, bundle.due)
    return Verdict((task,), covers | {one.id: task.action.key for one in new})


def _go_on(
    bundle: Bundle,
    task: LossTask,
    lost: Sequence[Loss],
    new: Sequence[Loss],
    covers: dict[int, str],
) -> Verdict:
    """While a task stands: what is new is said on it, and it ends with the last loss."""
    found = [one for one in bundle.links if one.since is None and one.task == task.mark]
    left = [one for one in lost if one.task == task.mark]
    if not (left or new):
        words = f"Found again: {_named(found)}." if found else "No longer looked after."
        if task.theirs:
            return Verdict((), covers)
        action = CloseTask(close_key(task.mark), task.mark, comment=words)
        return Verdict((_planned(action, f"close task: {words}", bundle.about),), covers)
    plan = []
    for what, some in (("Found again", found), ("Also lost", new)):
        if some:
            names = sorted(one.name for one in some)
            key = effect_key(PROMISE, what, task.mark, *names)
            words = f"{what}: {_named(some)}."
            # For the task: what is decided next does not take back what was to be said.
            said = CommentTask(key, task.mark, words)
            plan.append(_planned(said, f"comment: {words}", f"task:{task.mark}"))
    return Verdict(tuple(plan), covers | {one.id: task.mark for one in new})


def _ends(bundle: Bundle, task: LossTask) -> Planned:
    words = "The same contact's other task tells of these, too."
    action = CloseTask(close_key(task.mark), task.mark, comment=words)
    return _planned(action, f"close task: {words}", bundle.about)


def _opened(bundle: Bundle, new: Sequence[Loss], place: Place, due: date) -> Planned:
    # The losses are the version seen: the same ones are told of once.
    key = effect_key(PROMISE, "task", bundle.name, *sorted(one.name for one in new))
    title = _title(bundle, new)
    task = OpenTask(
        key=key,
        anchor="",
        step=0,
        place=place,
        title=title,
        body=_body(bundle, new),
        due=due,
        assignee=bundle.owner,
        priority=bundle.priority,
        tags=bundle.tags,
        about=bundle.about,
    )
    return _planned(task, f"open task: {title}", bundle.about)


def _planned(action: Action, summary: str, name: str) -> Planned:
    return Planned(action, PROMISE, name, summary, rule=RULE)


def _title(bundle: Bundle, new: Sequence[Loss]) -> str:
    clients = sorted({one.client for one in new})
    sites = sorted({host_of(one.url) for one in new})
    site = sites[0] if len(sites) == 1 else f"{len(sites)} sites"
    whose = f"{bundle.who}, {site}" if bundle.who else site
    many = "Lost link" if len(new) == 1 else f"{len(new)} lost links"
    return f"{many} to {', '.join(clients)}: {whose}"[:200]


def _body(bundle: Bundle, new: Sequence[Loss]) -> str:
    parts = [_told(one) for one in sorted(new, key=lambda one: (one.since or date.min, one.id))]
    if len(parts) > _MOST_TOLD:
        rest = len(parts) - _MOST_TOLD
        parts = [*parts[:_MOST_TOLD], f"- and {rest} more; `syncd links --state lost` lists them"]
    if bundle.lines:
        parts += ["", "  ".join(f"{link(words, url)}" for words, url in bundle.lines)]
    parts += [f"\n{escaped(note)}" for note in bundle.notes]
    parts.append("\nsyncd completes this task when what is listed is found again.")
    return "\n".join(parts)


def _told(one: Loss) -> str:
    leads = f", to {escaped(one.target)}" if one.target else ""
    says = f', saying "{escaped(one.anchor)}"' if one.anchor else ""
    stood = f"It stood since {one.won}. " if one.won is not None else ""
    lines = [
        f"- {escaped(one.url)}{leads}{says}",
        f"  {stood}Not there since {one.since}: {escaped(one.words)}.",
    ]
    if len(one.history) > 1:
        steps = ", ".join(f"{at.at:%Y-%m-%d} {at.state}" for at in one.history[-_MOST_HISTORY:])
        lines.append(f"  History: {steps}.")
    return "\n".join(lines)


def _named(some: Sequence[Loss]) -> str:
    shown = [escaped(one.url) for one in some[:_MOST_TOLD]]
    if len(some) > _MOST_TOLD:
        shown.append(f"and {len(some) - _MOST_TOLD} more")
    return ", ".join(shown)
