"""What HubSpot's answers mean: the words, the waiting times, the verdicts. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, tzinfo
from typing import Any

from connectors._kit import verdicts
from connectors._kit.reading import parsed
from connectors._kit.redaction import redact
from syncd.ports.verdicts import Changed, InDoubt, Locked, Refused, TryLater, Verdict

# Where HubSpot gives no time of its own (facts/hubspot.md 3).
LOCKED_SECONDS = 2.0
MIGRATION_SECONDS = 600.0
UNKNOWN_MIDNIGHT_SECONDS = 3600.0

_INNER = re.compile(r"^Property values were not valid: (\[.*\])$", re.DOTALL)
_EXISTING = re.compile(r"Existing ID: (\d+)")
# Bounded: what it looks through may be digits, megabytes of them.
_HOLDER = re.compile(r"(?<!\d)(\d{1,20}) already has that value")
_KEYS_PAGE = "HubSpot: Settings, Integrations, Service keys (or Private apps)"


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that came. `data` is {} where the body is empty or no JSON object."""

    status: int
    data: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300


def verdict(reply: Reply, *, writes: bool, now: datetime, zone: tzinfo | None) -> Verdict:
    """The verdict on an answer outside 2xx. `zone` is the account's, for its daily limit."""
    said = words(reply.data)
    named = f"HubSpot {reply.status}: {said}"
    match reply.status:
        case 401:
            remedy = f"make a new key under {_KEYS_PAGE} and put it where `token` points"
            return Locked(named, remedy=remedy)
        case 403:
            return _forbidden(reply, named)
        case status if 300 <= status < 400:
            return Locked(named, remedy="check api_url: something there sends us elsewhere")
    after = wait(reply, now, zone)
    return verdicts.of_status(reply.status, said, service="HubSpot", writes=writes, after=after)


def wait(reply: Reply, now: datetime, zone: tzinfo | None) -> float | None:
    """How long to wait, in seconds: the service's own word first (facts/hubspot.md 3)."""
    told = verdicts.retry_after(reply.headers.get("retry-after"), now)
    if reply.status == 423:
        return max(told or 0.0, LOCKED_SECONDS)
    if told is not None:
        return told
    if reply.status == 477:
        return MIGRATION_SECONDS
    if reply.status != 429:
        return None
    policy = f"{reply.data.get('policyName', '')} {reply.data.get('message', '')}".upper()
    if "DAILY" in policy:
        return _until_midnight(now, zone)
    if "SECONDLY" in policy and "TEN_SECONDLY" not in policy:
        return 1.0
    return 10.0


def item_verdict(error: Mapping[str, Any]) -> Verdict:
    """The verdict on one error of a 207. What stands there was certainly not written."""
    said = f"HubSpot: {words(error)}"
    match str(error.get("category", "")).upper():
        case "CONFLICT" | "OBJECT_NOT_FOUND" | "OBJECT_ALREADY_EXISTS":
            return Changed(said)
        case "RATE_LIMITS":
            return TryLater(said)
        case "MISSING_SCOPES" | "INVALID_AUTHENTICATION":
            return _forbidden(Reply(403, error), said)
        case "INTERNAL_ERROR":
            # The one category that does not say what happened.
            return InDoubt(said)
    return Refused(said)


def words(error: Mapping[str, Any]) -> str:
    """What an error says, without its JSON. Every field is optional (facts/hubspot.md 2.1)."""
    message = str(error.get("message") or "")
    inner = _INNER.match(message)
    said: list[str] = []
    if inner:
        said += _property_words(inner[1])
    elif message:
        said.append(message)
    for detail in _details(error):
        text = str(detail.get("message") or "")
        if text and not any(text in one for one in said):
            said.append(text)
    said += [
        text for name, texts in _context(error) if name == "INVALID_OBJECT_IDS" for text in texts
    ]
    return redact("; ".join(said))[: verdicts.WORDS] or "no reason given"


def names_property(error: Mapping[str, Any], name: str) -> bool:
    """Whether an error is about one property."""
    return re.search(rf"\b{re.escape(name)}\b", json.dumps(error, default=str)) is not None


def existing_id(error: Mapping[str, Any]) -> str | None:
    """The contact that has the address already, from a 409 or its item in a 207."""
    for name, texts in _context(error):
        if name == "existingId" and texts:
            return texts[0]
    found = _EXISTING.search(str(error.get("message", "")))
    return found[1] if found else None


def is_conflict(error: Mapping[str, Any]) -> bool:
    conflict = str(error.get("category", "")).upper() == "CONFLICT"
    return conflict or "already exists" in str(error.get("message", "")).lower()


def value_is_taken(error: Mapping[str, Any], name: str) -> bool:
    """Whether a unique property refused a value because a record has it already."""
    text = json.dumps(error, default=str)
    taken = "CONFLICTING_UNIQUE_VALUE" in text or "already has that value" in text
    return taken and names_property(error, name)


def holder_of_value(error: Mapping[str, Any]) -> str | None:
    """The id of the record that has the value already."""
    found = _HOLDER.search(json.dumps(error, default=str))
    return found[1] if found else None


def context_of(error: Mapping[str, Any], name: str) -> list[str]:
    return [text for key, texts in _context(error) if key == name for text in texts]


def missing_scopes(data: Mapping[str, Any]) -> list[str]:
    return [
        scope
        for detail in _details(data)
        for name, scopes in _context(detail)
        if name in {"requiredGranularScopes", "missingScopes"}
        for scope in scopes
    ]


def _forbidden(reply: Reply, named: str) -> Locked:
    scopes = missing_scopes(reply.data)
    if not scopes:
        return Locked(named, remedy=f"check what the key may do under {_KEYS_PAGE}")
    listed = ", ".join(scopes)
    return Locked(
        f"{named} ({listed})",
        remedy=f"give the key these scopes under {_KEYS_PAGE}: {listed}",
    )


def _until_midnight(now: datetime, zone: tzinfo | None) -> float:
    """The daily budget is new at midnight where the account is (facts/hubspot.md 3)."""
    if zone is None:
        return UNKNOWN_MIDNIGHT_SECONDS
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return (datetime.combine(tomorrow, time(), zone) - now).total_seconds()


def _property_words(text: str) -> list[str]:
    try:
        problems = parsed(text.encode("utf-8", "replace"))
    except ValueError:
        return [text]
    return [
        f"{problem.get('name', 'a property')}: {problem.get('message', problem.get('error', ''))}"
        for problem in problems
        if isinstance(problem, dict)
    ]


def _details(error: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    details = error.get("errors")
    if not isinstance(details, list):
        return ()
    return [detail for detail in details if isinstance(detail, dict)]


def _context(error: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    context = error.get("context")
    if isinstance(context, dict):
        for name, texts in context.items():
            yield (
                str(name),
                [str(one) for one in texts] if isinstance(texts, list) else [str(texts)],
            )
