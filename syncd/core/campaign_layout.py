"""From a campaign's plan to what should stand on the board: project, milestones, lists, tasks.

Pure, and without a clock: the same file gives the same layout on every day, so that nothing
moves because time passes.
"""

from __future__ import annotations

import calendar as months
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from syncd.core.calendar import Calendar
from syncd.core.campaign_plan import CampaignPlan, Each, Month, Step, Target, Topic, What
from syncd.core.rules import Campaign

# Looking back for a working day ends here: a calendar may hold holidays alone.
_MOST_DAYS_OFF = 60
_LISTED = 12


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that should stand. `id` names it within the campaign for ever.

    `text` is Markdown. `owner`: an address. `parent`: the item it stands in. `after`: the
    tasks to be completed before it. `people`: who works in a project.
    """

    id: str
    what: What
    name: str
    text: str = ""
    due: date | None = None
    owner: str = ""
    parent: str = ""
    after: tuple[str, ...] = ()
    people: tuple[str, ...] = ()

    def fields(self) -> dict[str, str]:
        """What is written of it and kept in step, by name."""
        if self.what is What.PROJECT:
            return {"name": self.name}
        if self.what is What.LIST:
            return {"name": self.name, "text": self.text}
        due = self.due.isoformat() if self.due is not None else ""
        said = {"name": self.name, "text": self.text, "due": due, "owner": self.owner}
        return said if self.what is What.MILESTONE else said | {"after": ",".join(self.after)}


PROJECT = "project"


def lay_out(campaign: Campaign, calendar: Calendar) -> tuple[Item, ...]:
    """What should stand for a campaign, each after what it leans on; nothing without a plan."""
    if campaign.plan is None:
        return ()
    return tuple(_Layout(campaign, campaign.plan, calendar).items())


def month_name(month: Month) -> str:
    """The month for people, e.g. December 2026."""
    return f"{months.month_name[month.month]} {month.year}"


class _Layout:
    def __init__(self, campaign: Campaign, plan: CampaignPlan, calendar: Calendar) -> None:
        self._campaign, self._plan, self._calendar = campaign, plan, calendar
        self._topics = {topic.id: topic for topic in plan.topics}
        self._opening, self._closing = _around(plan.steps)

    def items(self) -> Iterator[Item]:
        plan = self._plan
        tasks = list(self._tasks())
        people = sorted({task.owner for task in tasks if task.owner})
        yield Item(PROJECT, What.PROJECT, plan.project, people=tuple(people))
        yield from self._milestones(tasks)
        for step in plan.steps:
            yield Item(f"step/{step.id}", What.LIST, step.name, step.text, parent=PROJECT)
        yield from tasks

    def _milestones(self, tasks: Sequence[Item]) -> Iterator[Item]:
        due: dict[Month, list[Item]] = {}
        for task in tasks:
            if task.due is not None:
                due.setdefault(Month.of(task.due), []).append(task)
        for month in self._plan.every_month():
            if month not in due:
                continue
            topics = [topic for topic in self._plan.topics if topic.due.month == month]
            yield Item(
                f"month/{month}",
                What.MILESTONE,
                f"{month_name(month)}: {self._campaign.name}",
                _month_text(topics, len(due[month])),
                month.last_working_day(self._calendar),
                parent=PROJECT,
            )

    def _tasks(self) -> Iterator[Item]:
        plan = self._plan
        first, last = plan.starts.first, plan.starts.plus(plan.months - 1)
        before = ""
        day = self._calendar.next_working_day(first)
        for step in self._opening:
            day = self._later(day, step.takes)
            task = self._task(step, "campaign", self._campaign.name, day, before, named=False)
            before = task.id
            yield task
        opened = before
        ends: dict[str, Item] = {}
        for topic in plan.topics:
            for task in self._of_topic(topic, opened):
                ends[topic.id] = task
                yield task
        in_order = [target for target in plan.targets if not target.due and not target.topic]
        places = {target.site: at for at, target in enumerate(in_order)}
        for target in plan.targets:
            yield from self._of_target(target, places.get(target.site), ends, opened)
        for month in plan.every_month():
            steps = self._steps(Each.MONTH)
            dues = self._backwards(month.last_working_day(self._calendar), steps)
            yield from self._chain(steps, f"month:{month}", month_name(month), dues, "")
        steps = self._closing
        dues = self._backwards(last.last_working_day(self._calendar), steps)
        before = ""
        for step, due in zip(steps, dues, strict=True):
            task = self._task(step, "campaign", self._campaign.name, due, before, named=False)
            before = task.id
            yield task

    def _of_topic(self, topic: Topic, opened: str) -> Iterator[Item]:
        steps = self._steps(Each.TOPIC)
        dues = self._backwards(topic.due.on(self._calendar), steps)
        told = [f"{topic.kind.value.capitalize()}: {topic.name}", topic.url, topic.text]
        yield from self._chain(
            steps,
            f"topic:{topic.id}",
            topic.name,
            dues,
            opened,
            owner=topic.owner,
            told="\n\n".join(part for part in told if part),
        )

    def _of_target(
        self, target: Target, place: int | None, ends: Mapping[str, Item], opened: str
    ) -> Iterator[Item]:
        steps = self._steps(Each.TARGET)
        topic, end = self._topics.get(target.topic), ends.get(target.topic)
        if target.due is not None:
            dues = self._backwards(target.due.on(self._calendar), steps)
        elif topic is not None:
            dues = self._onwards(topic.due.on(self._calendar), steps)
        else:
            month = min((place or 0) // self._plan.targets_a_month, self._plan.months - 1)
            last = self._plan.starts.plus(month).last_working_day(self._calendar)
            dues = self._backwards(last, steps)
        told = [f"Site: {target.site}", f"Offer: {topic.name}" if topic is not None else ""]
        told += [topic.url if topic is not None else "", target.text]
        yield from self._chain(
            steps,
            f"target:{target.site}",
            target.site,
            dues,
            end.id if end is not None else opened,
            owner=target.owner,
            told="\n\n".join(part for part in told if part),
        )

    def _chain(
        self,
        steps: Sequence[Step],
        thing: str,
        name: str,
        dues: Sequence[date],
        before: str,
        *,
        owner: str = "",
        told: str = "",
    ) -> Iterator[Item]:
        for step, due in zip(steps, dues, strict=True):
            task = self._task(step, thing, name, due, before, owner=owner, told=told)
            before = task.id
            yield task

    def _task(
        self,
        step: Step,
        thing: str,
        name: str,
        due: date,
        before: str,
        *,
        owner: str = "",
        told: str = "",
        named: bool = True,
    ) -> Item:
        ticks = "\n".join(f"- [ ] {one}" for one in step.checklist)
        return Item(
            f"task/{step.id}/{thing}",
            What.TASK,
            f"{step.name}: {name}" if named else step.name,
            "\n\n".join(part for part in (told, step.text, ticks) if part),
            due,
            owner or step.owner,
            f"step/{step.id}",
            (before,) if before else (),
        )

    def _steps(self, each: Each) -> list[Step]:
        return [step for step in self._plan.steps if step.each is each]

    def _backwards(self, last: date, steps: Sequence[Step]) -> list[date]:
        """When each is due for the last one to be done on `last`: each leaves the next its time."""
        dues: list[date] = []
        day = last
        for step in reversed(steps):
            dues.append(day)
            day = self._earlier(day, step.takes)
        return dues[::-1]

    def _onwards(self, day: date, steps: Sequence[Step]) -> list[date]:
        dues: list[date] = []
        for step in steps:
            day = self._later(day, step.takes)
            dues.append(day)
        return dues

    def _later(self, day: date, working_days: int) -> date:
        for _ in range(working_days):
            day = self._calendar.next_working_day(day + timedelta(days=1))
        return day

    def _earlier(self, day: date, working_days: int) -> date:
        for _ in range(working_days):
            day -= timedelta(days=1)
            for _ in range(_MOST_DAYS_OFF):
                if self._calendar.works_on(day):
                    break
                day -= timedelta(days=1)
        return day


def _around(steps: Sequence[Step]) -> tuple[list[Step], list[Step]]:
    """Steps for the campaign as a whole: those that open it, and those that come later."""
    whole = [step for step in steps if step.each is Each.CAMPAIGN]
    opening: list[Step] = []
    for step in steps:
        if step.each is not Each.CAMPAIGN:
            break
        opening.append(step)
    return opening, [step for step in whole if step not in opening]


def _month_text(topics: Sequence[Topic], tasks: int) -> str:
    lines = [f"- {topic.kind.value}: {topic.name}" for topic in topics[:_LISTED]]
    if len(topics) > _LISTED:
        lines.append(f"- and {len(topics) - _LISTED} more")
    number = f"{tasks} task{'' if tasks == 1 else 's'} due this month."
    return "\n".join([number, *(["", "To be done:", *lines] if lines else [])])
