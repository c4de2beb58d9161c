"""The promises that are proved once, at the end: what is in HubSpot, and people's edits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests

from syncd.sandbox.people.journal import Handled, Journal, Kind, Said
from syncd.sandbox.people.stage import Seen

_PAGE = 100
_LOGGED = (Kind.HUMAN, Kind.AWAY)


class HubSpot:
    """HubSpot's own API, read to the end, without anything of syncd's."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["authorization"] = f"Bearer {token}"

    def every(self, kind: str, *properties: str) -> Iterator[dict[str, str]]:
        """The properties of all records of a kind."""
        query: dict[str, Any] = {"limit": _PAGE, "properties": ",".join(properties)}
        with self._session as session:
            while True:
                found = session.get(
                    f"{self._url}/crm/objects/2026-09/{kind}", params=query, timeout=60
                )
                found.raise_for_status()
                page = found.json()
                for row in page["results"]:
                    yield {name: row["properties"].get(name) or "" for name in properties}
                after = page.get("paging", {}).get("next", {}).get("after")
                if after is None:
                    return
                query["after"] = after


@dataclass(frozen=True, slots=True)
class Counted:
    """How many messages came to which end. `skipped`: by reason."""

    messages: int
    logged: int
    skipped: Mapping[str, int]


def check_log(
    said: Iterable[Said],
    emails: Iterable[Mapping[str, str]],
    reasons: Mapping[tuple[str, str], str],
    *,
    strict: bool,
) -> tuple[Counted, list[str]]:
    """Every message exactly once in HubSpot, or skipped with a reason.

    `reasons`: syncd's, by mailbox and Gmail id. `strict`: what people wrote must be logged, and
    nothing else; otherwise a reason is enough, because the rules may say so.
    """
    rows: dict[str, list[Mapping[str, str]]] = {}
    for email in emails:
        rows.setdefault(email["hs_email_message_id"].strip("<>"), []).append(email)
    broken: list[str] = []
    skipped: Counter[str] = Counter()
    logged = 0
    known = list(said)
    for one in known:
        found = rows.pop(one.id, [])
        words = f"{one.kind} message {one.id} of {one.at:%Y-%m-%d %H:%M}"
        if len(found) > 1:
            broken.append(f"logged {len(found)} times: {words}")
        elif found:
            logged += 1
            broken += [f"{wrong}: {words}" for wrong in _wrong(one, found[0])]
            if strict and one.kind not in _LOGGED:
                broken.append(f"logged, though it should be left out: {words}")
        elif (strict and one.kind in _LOGGED) or not reasons.get(one.copy):
            broken.append(f"neither logged nor skipped for a reason: {words}")
        else:
            skipped[reasons[one.copy]] += 1
    broken += [f"in HubSpot, but nobody wrote it: {one or '(no Message-ID)'}" for one in rows]
    return Counted(len(known), logged, skipped), broken


def check_campaigns(
    journal: Journal, contacts: Iterable[Mapping[str, str]], campaigns: Collection[str]
) -> list[str]:
    """Every contact carries exactly the campaigns of its conversations, and people's stages."""
    wanted: dict[str, set[str]] = {}
    for talk in journal.talks.values():
        outside = {one.by for one in talk.said if not one.ours and one.kind in _LOGGED}
        for address in outside | {to for one in talk.ours for to in one.to}:
            mine = wanted.setdefault(address, set())
            if talk.labelled and talk.campaign in campaigns:
                mine.add(talk.campaign)
    broken = []
    for contact in contacts:
        address = contact["email"]
        if address not in wanted:
            broken.append(f"a contact nobody exchanged mail with: {address}")
            continue
        carried = {one for one in contact["syncd_campaigns"].split(";") if one}
        mine = wanted.pop(address)
        if carried != mine:
            broken.append(f"{address} carries {sorted(carried)}, its mail says {sorted(mine)}")
        stage = journal.stages.get(address)
        if stage is not None and contact["syncd_stage"] != stage:
            broken.append(f"{address}: a person set {stage}, now {contact['syncd_stage']}")
    return broken + [f"not a contact: {address}" for address in wanted]


def check_edits(journal: Journal, tasks: Iterable[Seen]) -> list[str]:
    """What people last did to each task still stands."""
    here = {task.id: task for task in tasks}
    last: dict[tuple[str, str], Handled] = {}
    for one in journal.handled:
        aspect = "list" if one.touch == "moves" and "/" in str(one.value) else one.touch
        last[one.task, aspect] = one
    broken = []
    for (task, aspect), one in last.items():
        seen = here.get(task)
        if seen is None:
            if (task, "deletes") not in last:
                broken.append(f"task {task} is gone")
        elif not _stands(seen, aspect, one):
            broken.append(f"{seen.title}: {one.by} {one.touch} {one.value or ''}, not so any more")
    return broken


def _stands(task: Seen, aspect: str, handled: Handled) -> bool:
    match aspect:
        case "completes":
            return task.done
        case "deletes":
            return False
        case "moves":
            return task.due is not None and task.due.isoformat() == handled.value
        case "list":
            return bool(task.place == handled.value)
        case "reassigns":
            return task.assignees == (handled.value,)
        case "renames":
            return bool(task.title == handled.value)
        case _:
            return True


def _wrong(said: Said, email: Mapping[str, str]) -> Iterator[str]:
    direction = "EMAIL" if said.ours else "INCOMING_EMAIL"
    if email["hs_email_direction"] != direction:
        yield f"logged as {email['hs_email_direction']}"
    at = datetime.fromisoformat(email["hs_timestamp"])
    if abs((at - said.at).total_seconds()) >= 1:
        yield f"logged for {at.isoformat()}"
