"""Why a task of a plan, an introduction or a lost link is as it is, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from syncd.core.introductions import State
from syncd.engine.story import done_in_words, event_in_words
from syncd.store.introductions import Introduction
from syncd.store.links import EarnedLink

Story = dict[str, Any]


def in_words(story: Story) -> list[str]:
    """The whole story, line by line; what belongs to a line is indented."""
    lines = list(_of_plan(story) if story["about"] == "plan" else _of_task(story))
    lines += [f"  {event_in_words(event)}" for event in story["events"]]
    return [*lines, *done_in_words(story["effects"])]


def _of_plan(story: Story) -> Iterator[str]:
    row = story["task"]
    seen, written = row["seen"], row["written"]
    name = seen.get("name") or written.get("name") or row["item"]
    yield f"{row['what'].capitalize()} {row['remote_id']}: {name}"
    yield f"  of the plan of campaign {row['campaign']}, as its item {row['item']}"
    yield "  made by syncd" if row["ours"] else "  stood there before syncd"
    yield f"  {_state(row)}"
    for field, wrote in sorted(written.items()):
        stands = seen.get(field, "")
        if field == "owner" and stands == row["owner_id"]:
            stands = wrote
        if stands.split() == wrote.split():
            if field != "text":
                yield f"  {_FIELDS.get(field, field)}: {wrote or 'none'}, as written from the file"
        else:
            said = "" if field == "text" else f" {stands or 'none'}, written was {wrote or 'none'};"
            yield f"  {_FIELDS.get(field, field)}:{said} a person's, and stays"
    for field in sorted(row["undone"]):
        yield f"  {_FIELDS.get(field, field)}: taken back by a person, not written again"
    if row["elsewhere"]:
        yield "  a person moved it to another list"


_FIELDS = {"name": "title", "text": "description", "due": "due", "owner": "assignee"}


def _of_task(story: Story) -> Iterator[str]:
    task = story["task"]
    yield f"Task {task['remote_id']}: {task['title']}"
    yield f"  {_state(task)}"
    for one in story.get("introductions", ()):
        yield from _introduction(one)
    for link in story.get("links", ()):
        yield from _link(link, story)


def _state(row: Mapping[str, Any]) -> str:
    by = row.get("closed_by") or row.get("ended_by") or ""
    if row["deleted"]:
        return "deleted by a person: not made again"
    if row["done"]:
        return f"done by {by}" if by else "done"
    return "open, and a person's since they reopened it" if _kept(row) else "open"


def _kept(row: Mapping[str, Any]) -> bool:
    return bool(row.get("kept_by_person") or row.get("kept"))


def _introduction(one: Introduction) -> Iterator[str]:
    yield f"  of introduction {one.id}: {one.introducer} ({one.site}) about {one.domain}"
    yield f"  for campaign {one.campaign or 'none'}, {_STANDS[one.state]}"
    yield f"  asked by {one.asked_by}" + (f" on {one.asked_at:%Y-%m-%d}" if one.asked_at else "")
    if one.edited:
        yield "  a person has edited the draft: it is theirs"
    if one.introduced:
        on = f" on {one.introduced_at:%Y-%m-%d}" if one.introduced_at else ""
        yield f"  introduced {one.introduced_name or one.introduced}{on}: {one.introduced_in}"
    for words in one.words.splitlines():
        yield f"  because {words}"


_STANDS = {
    State.OFFERED: "the draft is on its way",
    State.DRAFTED: "the draft waits for a person to send it",
    State.ASKED: "asked, no answer has settled it yet",
    State.INTRODUCED: "introduced",
    State.DECLINED: "declined",
    State.LAPSED: "lapsed",
    State.DROPPED: "dropped",
}


def _link(one: EarnedLink, story: Story) -> Iterator[str]:
    told = "" if one.task == story["task"]["mark"] or one.lost_at is None else ", told elsewhere"
    yield f"  link {one.url} to {one.client}: {one.state} ({one.words or 'not looked at'}){told}"
    if one.lost_at is not None:
        yield f"    lost since {one.lost_at:%Y-%m-%d}"
    for seen in story["history"].get(one.id, ()):
        yield f"    {seen.at:%Y-%m-%d %H:%M} UTC {seen.state}: {seen.words}"
