"""Why a message, contact or task is as it is, in words: for `syncd explain` and the pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from syncd.core.mail.addresses import normalise
from syncd.core.promises.exchange import ANSWER_STEP, BOUNCE_STEP, LATER_STEP
from syncd.store import overview
from syncd.store.database import Tx
from syncd.store.task_events import US, TaskEvent

# messages, contact, conversations, effects: rows as `syncd.store.overview` gives them.
Story = dict[str, Any]
# The spans of a campaign's cadence, in words, as the settings have them now.
Waits = Callable[[str], Sequence[str]]


def find(tx: Tx, what: str) -> Story | None:
    """What is known of a message, contact, task or conversation; None where nothing is."""
    messages = overview.find_messages(tx, what)
    contact = overview.find_contact(tx, normalise(what)) if "@" in what and not messages else None
    ids = [message["conversation_id"] for message in messages]
    if contact is not None:
        ids = contact["conversations"]
    elif not ids and (conversation := overview.find_task(tx, what)) is not None:
        ids = [conversation]
    elif not ids and what.isdigit():
        ids = [int(what)]
    conversations = overview.find_conversations(tx, ids)
    if not (messages or contact or conversations):
        return None
    names = [f"message:{message['key']}" for message in messages]
    names += [f"conversation:{one['id']}" for one in conversations]
    names += [f"task:{task['mark']}" for one in conversations for task in one["tasks"]]
    if contact is not None:
        names.append(f"address:{contact['address']}")
        if contact["contact"] is not None and contact["contact"]["crm_id"]:
            names.append(f"contact:{contact['contact']['crm_id']}")
    return {
        "messages": messages,
        "contact": contact,
        "conversations": conversations,
        "effects": overview.effects_on(tx, names),
    }


def in_words(story: Story, waits: Waits) -> list[str]:
    """The whole story, line by line; what belongs to a line is indented."""
    lines: list[str] = []
    for message in story["messages"]:
        lines.append(f"Message {message['key']}: {message['subject']}")
        lines += [f"  {words}" for words in message_in_words(message)]
    if story["contact"] is not None:
        lines += _contact_in_words(story["contact"])
    for one in story["conversations"]:
        lines += conversation_in_words(one, waits(one["campaign"]))
    return [*lines, *done_in_words(story["effects"])]


def done_in_words(effects: Sequence[Mapping[str, Any]]) -> list[str]:
    """What we did, and by which rule."""
    lines = ["What was done:"]
    for effect in effects:
        note = f" ({effect['note']})" if effect["note"] else ""
        lines.append(f"  {effect['state']}: {effect['summary']}{note}")
        if effect["rule"]:
            cause = f", because of {effect['cause']}" if effect["cause"] else ""
            lines.append(f"    by the rule {effect['rule']}{cause}")
    return lines if effects else [*lines, "  nothing"]


def message_in_words(message: Mapping[str, Any]) -> list[str]:
    """How a message was read, and what became of it."""
    evidence = ", ".join(message["details"].get("evidence", []))
    kind = f"{message['mail_class']} {message['subclass']}".strip()
    lines = [
        f"{message['direction']} at {message['at']:%Y-%m-%d %H:%M} UTC",
        f"read as {kind}" + (f", because of {evidence}" if evidence else ""),
    ]
    lines += _saying_in_words(message)
    if message["crm_id"]:
        lines.append(f"logged as engagement {message['crm_id']} {message['reason']}".rstrip())
    else:
        lines.append(f"{message['verdict']}: {message['reason'] or 'not decided yet'}")
    seen = [f"{one['mailbox']} ({', '.join(one['labels'])})" for one in message["copies"]]
    return [
        *lines,
        f"people outside: {', '.join(message['outside']) or 'none'}",
        f"seen in {'; '.join(seen)}",
    ]


def _saying_in_words(message: Mapping[str, Any]) -> list[str]:
    details, lines = message["details"], []
    if message["says"]:
        because = ", ".join(details.get("says_because", []))
        lines.append(f"says {message['says']}" + (f", because of {because}" if because else ""))
    if "until" in details:
        lines.append(f"until {details['until']}")
    if referred := details.get("referred"):
        people = [f"{name} <{address}>".strip() for address, name in referred]
        lines.append(f"names {', '.join(people)}")
    return lines


def _contact_in_words(contact: Mapping[str, Any]) -> list[str]:
    lines = [f"Contact {contact['address']}"]
    if (row := contact["contact"]) is not None:
        made = ", made by syncd" if row["made_by_us"] else ""
        there = f"contact {row['crm_id']}" if row["crm_id"] else row["state"]
        lines.append(f"  in the CRM: {there}{made}")
    if (written := contact["written"]) is not None:
        whose = "set by a person" if written["stage_is_theirs"] else "set by syncd"
        lines += [
            f"  campaigns: {', '.join(written['campaigns']) or 'none'}",
            f"  tags: {', '.join(written['tags']) or 'none'}",
            f"  stage: {written['stage'] or 'none'}, {whose}",
        ]
    if (facts := contact["facts"]) is not None:
        if facts.do_not_contact:
            lines.append("  not to be contacted")
        where = ", ".join(one for one in (facts.timezone, facts.country) if one)
        if where:
            lines.append(f"  lives in {where}")
    return lines


def conversation_in_words(one: Mapping[str, Any], waits: Sequence[str]) -> list[str]:
    campaign = one["campaign"] or "none"
    because = one["story"].get("campaign_because", "")
    lines = [
        f"Conversation {one['id']}: {one['status']}",
        f"  campaign {campaign}" + (f", because of {because}" if because else ""),
    ]
    lines += [f"  {words}" for words in _why(one["story"], waits)]
    if one["due_at"] is not None:
        lines.append(f"  looked at again {one['due_at']:%Y-%m-%d %H:%M} UTC")
    for task in one["tasks"]:
        state = "deleted" if task["deleted"] else "done" if task["done"] else "open"
        by = f" by {task['closed_by']}" if task["closed_by"] else ""
        what = _STEPS.get(task["step"], f"step {task['step'] + 1}")
        lines.append(f"  task {task['remote_id']} for {what}: {state}{by}")
        lines += [f"    {event_in_words(event)}" for event in task["events"]]
    return lines


_STEPS = {
    BOUNCE_STEP: "finding another address",
    ANSWER_STEP: "what they answered",
    LATER_STEP: "later, as they answered",
}


def event_in_words(event: TaskEvent) -> str:
    """What somebody did to a task of ours."""
    who = "by us" if event.by == US else f"by person {event.by}" if event.by else "by a person"
    words = f": {event.words}" if event.words else ""
    return f"{event.at:%Y-%m-%d %H:%M} UTC {event.what} {who}{words}"


def _why(story: Mapping[str, Any], waits: Sequence[str]) -> list[str]:
    """What the decision rested on. A story that was not decided yet has nothing in it."""
    lines: list[str] = []
    if "because" in story:
        lines.append(f"nothing to wait for: {story['because']}")
    elif "answered_by" in story:
        lines.append(f"answered by {story['from']} at {_time(story['at'])}: {story['answered_by']}")
        if "says" in story:
            lines.append(f"which says {story['says']}: {story['then']}")
        if "due" in story:
            lines.append(f"due {_time(story['due'])}")
    elif "bounced_by" in story:
        lines.append(f"{story['last']} could not be delivered, says {story['bounced_by']}")
    elif "due" in story:
        lines += _waiting_in_words(story, waits)
    if "put_off" in story:
        lines.append(f"no task yet: {story['put_off']}")
    if "template" in story:
        lines.append(f"said in our own words: {story['template']}")
    return lines


def _waiting_in_words(story: Mapping[str, Any], waits: Sequence[str]) -> list[str]:
    step = story["step"]
    span = f": {waits[step]} later" if step < len(waits) else ""
    lines = [
        f"unanswered: {story['last']}",
        f"waiting for step {step + 1} since {_time(story['since'])}",
        f"due {_time(story['due'])}{span}",
    ]
    if "absence" in story:
        back = f", back on {story['back']}" if story["back"] else ""
        lines.append(f"put off, because they are away{back}, says {story['absence']}")
    return lines


def _time(iso: str) -> str:
    return f"{datetime.fromisoformat(iso):%a %Y-%m-%d %H:%M} UTC"
