"""The hubspot simulator's state as a person would see it: contacts and their timelines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from syncd.sandbox.texts import plain_text

_KINDS = ("emails", "tasks", "notes", "calls", "meetings")
_LONGEST_TEXT = 10_000
# What is shown under the name, or says nothing to a person.
_OWN_WORDS = {"hubspot_owner_id": "Owner"}
_NOT_LISTED = frozenset({"firstname", "lastname", "email", "company", "jobtitle"})


@dataclass(frozen=True, slots=True)
class ContactRow:
    id: str
    name: str
    email: str
    others: tuple[str, ...]
    company: str
    values: tuple[tuple[str, str], ...]
    emails: int
    latest: datetime | None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a timeline. `incoming` is None where there is no direction."""

    kind: str
    title: str
    text: str
    at: datetime | None
    incoming: bool | None
    people: str
    owner: str
    done: bool


class ContactsView:
    def __init__(self, state: Mapping[str, Any]) -> None:
        self._objects: Mapping[str, Mapping[str, Any]] = state.get("objects", {})
        self._owners = {
            key: " ".join(filter(None, (each.get("firstName"), each.get("lastName"))))
            or each.get("email", "")
            for key, each in state.get("owners", {}).items()
        }
        definitions = state.get("properties", {}).get("contacts", {})
        self._labels = {name: each.get("label") or name for name, each in definitions.items()}
        self._options = {
            name: {one.get("value"): one.get("label") for one in each.get("options") or ()}
            for name, each in definitions.items()
        }
        self._links: dict[str, dict[str, list[str]]] = {}
        for link in state.get("associations", ()):
            kind, record, other, other_id = link[:4]
            if kind == "contacts" and other in _KINDS:
                self._links.setdefault(record, {}).setdefault(other, []).append(other_id)
        self._lists = [
            (one.get("name", ""), set(one.get("members", ())))
            for one in state.get("lists", {}).values()
            if not one.get("deletedAt")
        ]
        self._live = {
            key: each.get("properties", {})
            for key, each in self._objects.get("contacts", {}).items()
            if not each.get("archived")
        }

    def __len__(self) -> int:
        return len(self._live)

    @property
    def emails(self) -> int:
        return sum(not each.get("archived") for each in self._objects.get("emails", {}).values())

    @property
    def companies(self) -> int:
        companies = self._objects.get("companies", {}).values()
        return sum(not each.get("archived") for each in companies)

    @property
    def segments(self) -> list[tuple[str, int]]:
        """HubSpot's lists, with how many contacts are in each."""
        return sorted((name, len(members & self._live.keys())) for name, members in self._lists)

    def segments_of(self, key: str) -> list[str]:
        return sorted(name for name, members in self._lists if key in members)

    @property
    def owners(self) -> list[str]:
        return sorted(self._owners.values())

    def page(self, wanted: str, start: int, size: int) -> tuple[list[ContactRow], int]:
        """Contacts whose values hold `wanted`, the latest talked to first; and how many."""
        needle = wanted.casefold().strip()
        chosen = [
            key
            for key, values in self._live.items()
            if not needle or needle in " ".join(map(str, values.values())).casefold()
        ]
        latest = {key: self._latest(key) for key in chosen}
        never = datetime.fromtimestamp(0, UTC)
        chosen.sort(key=lambda key: (latest[key] or never, key), reverse=True)
        return [self._row(key, latest[key]) for key in chosen[start : start + size]], len(chosen)

    def contact(self, key: str) -> ContactRow | None:
        return self._row(key, self._latest(key)) if key in self._live else None

    def details(self, key: str) -> list[tuple[str, str]]:
        """What a person filled in, or syncd did: labels and values."""
        return [
            (_OWN_WORDS.get(name) or self._labels.get(name, name), self._value(name, value))
            for name, value in self._live.get(key, {}).items()
            if value
            and name not in _NOT_LISTED
            and not name.startswith(("hs_", "syncd_"))
            and name not in {"createdate", "lastmodifieddate"}
        ]

    def timeline(self, key: str, start: int, size: int) -> tuple[list[Entry], int]:
        """What is associated with a contact, newest first; and how many."""
        found = [
            self._entry(kind, other)
            for kind in _KINDS
            for other in self._links.get(key, {}).get(kind, ())
            if not self._objects.get(kind, {}).get(other, {"archived": True}).get("archived")
        ]
        never = datetime.fromtimestamp(0, UTC)
        found.sort(key=lambda entry: entry.at or never, reverse=True)
        return found[start : start + size], len(found)

    def _row(self, key: str, latest: datetime | None) -> ContactRow:
        values = self._live[key]
        name = " ".join(filter(None, (values.get("firstname"), values.get("lastname"))))
        syncd = tuple(
            (self._labels.get(prop, prop), self._value(prop, value))
            for prop, value in sorted(values.items())
            if prop.startswith("syncd_") and value
        )
        return ContactRow(
            key,
            name or values.get("email", "") or f"Contact {key}",
            values.get("email", ""),
            tuple(filter(None, values.get("hs_additional_emails", "").split(";"))),
            values.get("company", ""),
            syncd,
            len(self._links.get(key, {}).get("emails", ())),
            latest,
        )

    def _value(self, name: str, value: str) -> str:
        if name == "hubspot_owner_id":
            return self._owners.get(value, value)
        options = self._options.get(name, {})
        return ", ".join(str(options.get(one) or one) for one in value.split(";"))

    def _latest(self, key: str) -> datetime | None:
        times = [
            _time(self._objects.get("emails", {}).get(each, {}).get("properties", {}))
            for each in self._links.get(key, {}).get("emails", ())
        ]
        return max((time for time in times if time is not None), default=None)

    def _entry(self, kind: str, key: str) -> Entry:
        values = self._objects[kind][key].get("properties", {})
        text = _text(values)
        incoming = None
        if kind == "emails":
            incoming = "INCOMING" in values.get("hs_email_direction", "")
        people = " → ".join(
            filter(None, (values.get("hs_email_from_email"), values.get("hs_email_to_email")))
        )
        title = values.get("hs_email_subject") or values.get("hs_task_subject")
        title = title or values.get("hs_meeting_title") or values.get("hs_call_title")
        return Entry(
            kind.removesuffix("s"),
            title or ("(no subject)" if kind == "emails" else ""),
            text[:_LONGEST_TEXT],
            _time(values),
            incoming,
            people.replace(";", ", "),
            self._owners.get(values.get("hubspot_owner_id", ""), ""),
            values.get("hs_task_status") == "COMPLETED",
        )


def _text(values: Mapping[str, str]) -> str:
    if values.get("hs_email_text"):
        return values["hs_email_text"]
    for name in ("hs_email_html", "hs_task_body", "hs_note_body", "hs_call_body"):
        if values.get(name):
            return plain_text(values[name])
    return ""


def _time(values: Mapping[str, str]) -> datetime | None:
    """HubSpot's times: ISO text, or epoch milliseconds."""
    given = values.get("hs_timestamp", "")
    try:
        if given.isdigit():
            return datetime.fromtimestamp(int(given) / 1000, UTC)
        at = datetime.fromisoformat(given)
    except (ValueError, OverflowError, OSError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
