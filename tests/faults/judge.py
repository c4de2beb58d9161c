"""What passes: nothing lost, nothing doubled, no traceback, in time, and not too many calls.

Counted from the services' own APIs, against the truth the script wrote down.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from tests.faults.place import Place, Site
from tests.faults.script import CLOSED, NONE, OPEN, Truth

# Calls may be so many times those of the same script undisturbed.
MOST_CALLS = 2.5
_TRACES = re.compile(r"Traceback|unexpected error|this is a bug in syncd|assertion", re.IGNORECASE)
_SITE = re.compile(r"\(([^()]+\.example)\)")


@dataclass(slots=True)
class Trial:
    """How a row went. `wrong`: what else is not as it must be."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    traces: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0
    calls: int = 0
    floor: int = 0
    kills: int = 0
    starts: int = 0
    struck: int = 0
    what: str = ""

    @property
    def share(self) -> float | None:
        return self.calls / self.floor if self.floor else None

    @property
    def passed(self) -> bool:
        dear = self.share is not None and self.share > MOST_CALLS
        return not (self.lost or self.doubled or self.traces or self.wrong or dear)

    def why(self) -> list[str]:
        """What is held against it."""
        found = [f"lost: {one}" for one in self.lost]
        found += [f"doubled: {one}" for one in self.doubled]
        found += [f"traceback: {one}" for one in self.traces]
        found += self.wrong
        if self.share is not None and self.share > MOST_CALLS:
            found.append(f"{self.calls} calls where {self.floor} are the floor")
        return found


def judge(place: Place, truth: Truth, trial: Trial) -> Trial:
    """Add to the trial what is to be said of the place at the end of a row."""
    trial.calls = place.calls
    trial.kills, trial.starts = place.kills, place.starts
    trial.lost += lost(place.site, truth)
    trial.doubled += doubled(place.site)
    trial.traces += traces(place.heard)
    return trial


def traces(heard: list[str]) -> list[str]:
    found = []
    for text in heard:
        met = _TRACES.search(text)
        if met is not None:
            found.append(" ".join(text[max(0, met.start() - 200) : met.start() + 1200].split()))
    return found


def lost(site: Site, truth: Truth) -> list[str]:
    return [*_mail(site, truth), *_people(site, truth), *_follow_ups(site, truth)]


def doubled(site: Site) -> list[str]:
    """What is there more than once: engagements, contacts, tasks and comments."""
    found = [f"email {key}" for key in _twice(key for key, _, _ in site.logged())]
    found += [f"contact {one}" for one in _twice(r["email"] for r in site.objects("contacts"))]
    tasks = site.tasks()
    found += [f"task {mark}" for mark in _twice(marks(site).values())]
    found += [f"task called {name}" for name in _twice(str(one["name"]) for one in tasks)]
    for one in tasks:
        again = _twice(site.comments(one["id"])) if one["status"] != "deleted" else []
        found += [f"comment on {one['name']}: {words}" for words in again]
    return found


def marks(site: Site) -> dict[int, str]:
    """Our mark on each task that has one: the value of our field, or the description's end."""
    page = site.get(
        "teamwork",
        "/projects/api/v3/tasks.json",
        includeCompletedTasks="true",
        includeCustomFields="true",
        include="customfieldTasks",
        pageSize=500,
    )
    found: dict[int, str] = {}
    for row in (page.get("included") or {}).get("customfieldTasks", {}).values():
        task = row.get("taskId") or row["task"]["id"]
        found[int(task)] = str(row["value"])
    for row in page["tasks"]:
        _, there, mark = str(row["description"]).rpartition("syncd-ref: ")
        if there:
            found[int(row["id"])] = mark.split()[0]
    return found


def _twice(all_of_them: Iterable[str]) -> list[str]:
    counted = Counter(all_of_them)
    return sorted(f"{one} ({number} times)" for one, number in counted.items() if number > 1)


def _mail(site: Site, truth: Truth) -> Iterator[str]:
    there = {key: (direction, tuple(sorted(who))) for key, direction, who in site.logged()}
    for key, wanted in truth.logged.items():
        if key not in there:
            yield f"email {key}"
        elif there[key] != wanted:
            yield f"email {key} is {there[key]}, not {wanted}"
    for key in sorted(there.keys() - truth.logged.keys()):
        yield f"email {key} is there, and nobody sent it"


def _people(site: Site, truth: Truth) -> Iterator[str]:
    there = {row["email"]: row for row in site.objects("contacts")}
    for one in sorted(truth.people - there.keys()):
        yield f"contact {one}"
    for one in sorted(truth.tasks.keys() & there.keys()):
        if not there[one].get("syncd_stage"):
            yield f"the stage of {one}"


def _follow_ups(site: Site, truth: Truth) -> Iterator[str]:
    states: dict[str, list[str]] = {}
    said: dict[str, list[str]] = {}
    for task in site.tasks():
        named = _SITE.search(str(task["name"]))
        if named is not None:
            states.setdefault(named[1], []).append(str(task["status"]))
            said.setdefault(named[1], []).extend(site.comments(task["id"]))
    for person, wanted in truth.tasks.items():
        where = person.partition("@")[2]
        found = states.get(where, [])
        if truth.hasty and wanted == CLOSED and not found:
            continue
        if found != ([] if wanted == NONE else [wanted]):
            yield f"the follow-up of {person} is {found or 'not there'}, not {wanted}"
        if wanted == CLOSED and len(said.get(where, [])) != 1:
            yield f"why the follow-up of {person} was closed: {said.get(where, [])}"
        if wanted == OPEN and said.get(where):
            yield f"nobody answered for {person}, and it says {said[where]}"
