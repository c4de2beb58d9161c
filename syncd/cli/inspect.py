"""Commands that only look: status, coverage, explain."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from syncd.cli.output import (
    DEFAULT_CONFIG,
    ConfigOption,
    ExitCode,
    JsonOption,
    complain,
    print_json,
    print_table,
    say,
)

if TYPE_CHECKING:
    from syncd.settings.settings import Settings
    from syncd.store.database import Tx
    from syncd.store.overview import Coverage

PER_DAY = typer.Option("--by-day", help="A line for each day (UTC), not only the sums.")


def register(app: typer.Typer) -> None:
    for command in (status, coverage, explain):
        app.command()(command)


def status(*, config: ConfigOption = DEFAULT_CONFIG, as_json: JsonOption = False) -> int:
    """How the promises, the mailboxes and the queue stand."""
    from syncd.app import state
    from syncd.store import exchanges, ledger, overview

    with state(_settings(config)) as store, store.begin() as tx:
        boxes = overview.standing(tx)
        totals = overview.totals(tx)
        effects = ledger.states(tx)
        held = ledger.release_reasons(tx)
        parked = ledger.in_state(tx, "parked", 20)
        due = exchanges.next_due(tx)
    if as_json:
        print_json(
            {
                "ok": True,
                "mailboxes": boxes,
                "totals": totals,
                "effects": {f"{kind}.{name}": n for (kind, name), n in effects.items()},
                "held": [{"kind": k, "reason": why, "number": n} for k, why, n in held],
                "parked": [{"key": e.key, "summary": e.summary, "why": e.note} for e in parked],
                "next_due": due,
            }
        )
        return ExitCode.OK
    print_table(
        ["mailbox", "last look (UTC)", "reading", "trouble"],
        [
            (
                box["address"],
                f"{box['seen_at']:%Y-%m-%d %H:%M:%S}" if box["seen_at"] else "never",
                "first reading" if box["backfill"] == "listing" else "changes",
                box["locked"] or "",
            )
            for box in boxes
        ],
    )
    for name, number in sorted(totals.items()):
        say(f"{number:>8}  {name}")
    waiting: Counter[str] = Counter()
    for (_, name), number in effects.items():
        waiting[name] += number
    say("effects: " + (", ".join(f"{n} {name}" for name, n in sorted(waiting.items())) or "none"))
    for kind, reason, number in held:
        say(f"held: {number} {kind}: {reason}; `syncd approve` lets them go")
    for effect in parked:
        say(f"parked: {effect.summary}: {effect.note}")
    if due is not None:
        say(f"next follow-up falls due {due:%Y-%m-%d %H:%M} UTC")
    return ExitCode.OK


def coverage(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    by_day: Annotated[bool, PER_DAY] = False,
    as_json: JsonOption = False,
) -> int:
    """Per mailbox: messages seen = logged + skipped, with a reason for each skip."""
    from syncd.app import state
    from syncd.store import overview

    with state(_settings(config)) as store, store.begin() as tx:
        rows = overview.coverage(tx, by_day=by_day)
        doubles = overview.doubles(tx)
    sums = _sums(rows)
    if as_json:
        print_json({"ok": True, "mailboxes": sums, "rows": rows, "doubles": doubles})
        return ExitCode.OK
    for mailbox, counted in sums.items():
        rest = {name: n for name, n in counted.items() if name != "seen"}
        parts = " + ".join(f"{n} {name}" for name, n in sorted(rest.items()))
        say(f"{mailbox}: {counted['seen']} seen = {parts}")
    print_table(
        ["mailbox", "day", "outcome", "reason", "messages"],
        [(r.mailbox, r.day or "", r.outcome, r.reason, r.number) for r in rows],
    )
    for subject, ours, theirs in doubles:
        say(f"double in the CRM: {ours} (ours) and {theirs}: {subject}")
    return ExitCode.OK


def explain(
    what: Annotated[
        str, typer.Argument(help="A Message-ID, Gmail id, address, task id or conversation number.")
    ],
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    as_json: JsonOption = False,
) -> int:
    """Why a message, contact or task is as it is: rules, facts, times and what was done."""
    from syncd.app import state

    settings = _settings(config)
    with state(settings) as store, store.begin() as tx:
        story = _story(tx, what)
    if story is None:
        complain(f"nothing is known of {what}; see `syncd coverage` for what was hidden or skipped")
        return ExitCode.FAILED
    if as_json:
        print_json({"ok": True, **story})
    else:
        for line in _in_words(story, settings):
            say(line)
    return ExitCode.OK


def _settings(config: Any) -> Any:
    from syncd.app import kinds
    from syncd.settings.loading import load

    return load(config, kinds())


def _sums(rows: list[Coverage]) -> dict[str, dict[str, int]]:
    sums: dict[str, Counter[str]] = {}
    for row in rows:
        counted = sums.setdefault(row.mailbox, Counter())
        counted["seen"] += row.number
        counted[row.outcome] += row.number
    return {mailbox: dict(counted) for mailbox, counted in sums.items()}


def _story(tx: Tx, what: str) -> dict[str, Any] | None:
    from syncd.core.mail.addresses import normalise
    from syncd.store import overview

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


def _in_words(story: dict[str, Any], settings: Settings) -> list[str]:
    lines: list[str] = []
    for message in story["messages"]:
        lines.append(f"Message {message['key']}: {message['subject']}")
        lines.append(f"  {message['direction']} at {message['at']:%Y-%m-%d %H:%M} UTC")
        kind = f"{message['mail_class']} {message['subclass']}".strip()
        evidence = ", ".join(message["details"].get("evidence", []))
        lines.append(f"  read as {kind}" + (f", because of {evidence}" if evidence else ""))
        if message["crm_id"]:
            lines.append(f"  logged as engagement {message['crm_id']} {message['reason']}".rstrip())
        else:
            lines.append(f"  {message['verdict']}: {message['reason'] or 'not decided yet'}")
        lines.append(f"  people outside: {', '.join(message['outside']) or 'none'}")
        seen = [f"{one['mailbox']} ({', '.join(one['labels'])})" for one in message["copies"]]
        lines.append(f"  seen in {'; '.join(seen)}")
    if story["contact"] is not None:
        lines += _contact_in_words(story["contact"])
    for one in story["conversations"]:
        lines += _conversation_in_words(one, settings)
    lines.append("What was done:")
    for effect in story["effects"]:
        note = f" ({effect['note']})" if effect["note"] else ""
        lines.append(f"  {effect['state']}: {effect['summary']}{note}")
    if not story["effects"]:
        lines.append("  nothing")
    return lines


def _contact_in_words(contact: dict[str, Any]) -> list[str]:
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
    return lines


def _conversation_in_words(one: dict[str, Any], settings: Settings) -> list[str]:
    campaign = one["campaign"] or "none"
    because = one["story"].get("campaign_because", "")
    lines = [
        f"Conversation {one['id']}: {one['status']}",
        f"  campaign {campaign}" + (f", because of {because}" if because else ""),
    ]
    lines += [f"  {words}" for words in _why(one["story"], _waits(settings, one["campaign"]))]
    if one["due_at"] is not None:
        lines.append(f"  looked at again {one['due_at']:%Y-%m-%d %H:%M} UTC")
    for task in one["tasks"]:
        state = "deleted" if task["deleted"] else "done" if task["done"] else "open"
        by = f" by {task['closed_by']}" if task["closed_by"] else ""
        step = f"step {task['step'] + 1}" if task["step"] >= 0 else "finding another address"
        lines.append(f"  task {task['remote_id']} for {step}: {state}{by}")
    return lines


def _waits(settings: Settings, campaign: str) -> list[str]:
    """The spans of a campaign's cadence as the settings have them now, in words."""
    section = settings.follow_up_of(
        next((one for one in settings.campaigns if one.id == campaign), None)
    )
    if section is None:
        return []
    spans = [*section.steps, *([section.then] if section.then else [])]
    return [str(span) for span in spans]


def _why(story: dict[str, Any], waits: list[str]) -> list[str]:
    """What the decision rested on. A story that was not decided yet has nothing in it."""
    if "because" in story:
        return [f"nothing to wait for: {story['because']}"]
    if "answered_by" in story:
        return [f"answered by {story['from']} at {_time(story['at'])}: {story['answered_by']}"]
    if "bounced_by" in story:
        return [f"{story['last']} could not be delivered, says {story['bounced_by']}"]
    if "due" not in story:
        return []
    step = story["step"]
    span = f": {waits[step]} later" if step < len(waits) else ""
    return [
        f"unanswered: {story['last']}",
        f"waiting for step {step + 1} since {_time(story['since'])}",
        f"due {_time(story['due'])}{span}",
    ]


def _time(iso: str) -> str:
    return f"{datetime.fromisoformat(iso):%a %Y-%m-%d %H:%M} UTC"
