"""Everything the stand-in remembers: records, links, definitions, owners, switches."""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.hubspot.simulator_index import SearchIndex
from connectors.hubspot.simulator_kinds import BY_NAME, KINDS, Kind
from connectors.hubspot.simulator_links import Links
from connectors.hubspot.simulator_wire import iso, parse_time, value_time
from syncd.ports.clock import Clock

# What a portal may be switched to; NOTES.md explains each.
SWITCHES: dict[str, Any] = {
    "id": "24601337",
    "time_zone": "Europe/London",
    "email_properties": "allowed",  # allowed | refused | hidden
    "email_message_id": "writable",  # writable | read_only
    "read_only_writes": "refused",  # refused | ignored
    "echo_trace": True,
    "bare_errors": False,  # False | True | "random"
    "scopes": None,  # None grants all, else a list
    "required": {},  # kind -> property names, enforced by 2026-09 on creation
    "conditional": {},  # kind -> {property: [name, value that makes it required]}
    "never_log": [],
    "association_page": 500,
    "association_cap": 50_000,
    "auto_company": False,
    "auto_company_delay": 5.0,  # seconds
}


@dataclass(slots=True)
class Record:
    id: str
    properties: dict[str, str]
    created: str
    updated: str
    archived: bool = False


@dataclass(slots=True)
class Table:
    """The records of one kind: by id, in order of creation, and by unique values."""

    rows: dict[str, Record] = field(default_factory=dict)
    order: list[int] = field(default_factory=list)
    unique: dict[str, dict[str, str]] = field(default_factory=dict)

    def after(self, last: int) -> Iterator[Record]:
        """Records with an id above `last`, oldest first, without walking the earlier ones."""
        for position in range(bisect.bisect_right(self.order, last), len(self.order)):
            row = self.rows.get(str(self.order[position]))
            if row is not None:
                yield row


class Portal:
    """One HubSpot account."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.switches: dict[str, Any] = deepcopy(SWITCHES)
        self.tables: dict[str, Table] = {kind.name: Table() for kind in KINDS}
        self.definitions: dict[str, dict[str, dict[str, Any]]] = {}
        self.groups: dict[str, dict[str, dict[str, Any]]] = {}
        self.owners: dict[str, dict[str, Any]] = {}
        self.identities: dict[str, str] = {}  # address -> contact id
        self.aliases: dict[str, str] = {}  # id merged away -> survivor
        self.blocked: set[str] = set()
        self.lists: dict[str, dict[str, Any]] = {}
        self.pipelines: dict[str, dict[str, Any]] = {}
        self.links = Links()
        self.index = SearchIndex(clock)
        # Told of what happens: kind, event, record, its properties before. None: nobody is.
        self.heard: Callable[..., None] | None = None
        self.bad_items: list[dict[str, Any]] = []  # what a switch has batches refuse
        self.to_join: list[tuple[datetime, str]] = []  # contacts not yet tied to their company
        self._last_id = 1000

    def next_id(self) -> str:
        self._last_id += 1
        return str(self._last_id)

    def now_text(self) -> str:
        return iso(self.clock.now())

    # records

    def get(self, kind: Kind, record_id: str) -> Record | None:
        row = self.tables[kind.name].rows.get(record_id)
        return None if row is None or row.archived else row

    def insert(self, kind: Kind, values: Mapping[str, str], *, source: str) -> Record:
        now = self.clock.now()
        record_id = self.next_id()
        properties = {
            **{name: value for name, value in values.items() if value != ""},
            "hs_object_id": record_id,
            "hs_object_source": source,
            "hs_object_source_label": source,
            kind.created: value_time(now),
            kind.modified: value_time(now),
        }
        row = Record(record_id, properties, iso(now), iso(now))
        table = self.tables[kind.name]
        table.rows[record_id] = row
        table.order.append(int(record_id))
        self._claim(kind, row)
        self.index.written(kind.name, record_id, None, properties)
        self.tell(kind, "creation", row, {}, changeFlag="NEW")
        return row

    def update(self, kind: Kind, row: Record, values: Mapping[str, str]) -> None:
        now = self.clock.now()
        before = row.properties
        self._release(kind, row)
        # A new mapping each time: the search index holds on to the one it last saw.
        after = {**before, **values, kind.modified: value_time(now)}
        row.properties = {name: value for name, value in after.items() if value != ""}
        row.updated = iso(now)
        self._claim(kind, row)
        self.index.written(kind.name, row.id, before, row.properties)
        self.tell(kind, "propertyChange", row, before)

    def tell(
        self, kind: Kind, event: str, row: Record, before: Mapping[str, str], **more: Any
    ) -> None:
        if self.heard is not None:
            self.heard(kind.name, event, row, before, **more)

    def remove(self, kind: Kind, row: Record, *, permanent: bool, event: str = "deletion") -> None:
        """`event` is what webhooks call it; "" where they are told otherwise."""
        self._release(kind, row)
        self.links.drop(kind.name, row.id)
        self.index.written(kind.name, row.id, row.properties, None)
        if permanent:
            del self.tables[kind.name].rows[row.id]
        else:
            row.archived = True
            row.updated = self.now_text()
        if event:
            self.tell(kind, event, row, {}, changeFlag="DELETED")

    def revive(self, kind: Kind, row: Record) -> None:
        """Out of the recycle bin, with the values it had; associations are not brought back."""
        row.archived = False
        row.updated = self.now_text()
        self._claim(kind, row)
        self.index.written(kind.name, row.id, None, row.properties)
        self.tell(kind, "restore", row, {}, changeFlag="CREATED")

    def holder(self, kind: Kind, name: str, value: str) -> str | None:
        """The id of the record that holds a unique value."""
        return self.tables[kind.name].unique.get(name, {}).get(value)

    def unique_names(self, kind: Kind) -> list[str]:
        return [
            name
            for name, one in self.definitions[kind.name].items()
            if one["hasUniqueValue"] and not one["archived"]
        ]

    def addresses(self, row: Record) -> list[str]:
        """A contact's addresses, the primary one first."""
        given = [row.properties.get("email", "")]
        given += row.properties.get("hs_additional_emails", "").split(";")
        return [address.lower() for address in given if address]

    def _claim(self, kind: Kind, row: Record) -> None:
        if kind.name == "contacts":
            for address in self.addresses(row):
                self.identities[address] = row.id
        unique = self.tables[kind.name].unique
        for name in self.unique_names(kind):
            if name in row.properties:
                unique.setdefault(name, {})[row.properties[name]] = row.id

    def _release(self, kind: Kind, row: Record) -> None:
        if kind.name == "contacts":
            for address in self.addresses(row):
                self.identities.pop(address, None)
        for name, holders in self.tables[kind.name].unique.items():
            if name in row.properties:
                holders.pop(row.properties[name], None)

    # owners

    def add_owner(self, address: str, name: str) -> dict[str, Any]:
        found = next((one for one in self.owners.values() if one["email"] == address.lower()), None)
        first, _, last = name.partition(" ")
        owner_id = found["id"] if found else self.next_id()
        at = self.now_text()
        self.owners[owner_id] = {
            "id": owner_id,
            "email": address.lower(),
            "type": "PERSON",
            "firstName": first,
            "lastName": last,
            # Another number than the id: using it where an owner id belongs fails (facts 2.8).
            "userId": int(owner_id) + 500_000,
            "userIdIncludingInactive": int(owner_id) + 500_000,
            "createdAt": found["createdAt"] if found else at,
            "updatedAt": at,
            "archived": False,
            "teams": [],
        }
        return self.owners[owner_id]

    # keeping

    def snapshot(self) -> dict[str, Any]:
        return {
            "portal": deepcopy(self.switches),
            "last_id": self._last_id,
            "objects": {
                name: {
                    row.id: {
                        "id": row.id,
                        "properties": dict(sorted(row.properties.items())),
                        "createdAt": row.created,
                        "updatedAt": row.updated,
                        "archived": row.archived,
                    }
                    for row in table.after(0)
                }
                for name, table in self.tables.items()
            },
            "associations": self.links.snapshot(),
            "properties": deepcopy(self.definitions),
            "groups": deepcopy(self.groups),
            "owners": deepcopy(self.owners),
            "aliases": dict(self.aliases),
            "blocked": sorted(self.blocked),
            "lists": deepcopy(self.lists),
            "pipelines": deepcopy(self.pipelines),
            "search_index": self.index.snapshot(),
            "to_join": [[iso(at), contact] for at, contact in self.to_join],
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        self.switches = deepcopy({**SWITCHES, **state["portal"]})
        self._last_id = state["last_id"]
        self.definitions = deepcopy(state["properties"])
        self.groups = deepcopy(state["groups"])
        self.owners = deepcopy(state["owners"])
        self.aliases = dict(state["aliases"])
        self.blocked = set(state["blocked"])
        self.lists = deepcopy(state["lists"])
        self.pipelines = deepcopy(state["pipelines"])
        self.index.restore(state["search_index"])
        waiting = ((parse_time(at), contact) for at, contact in state.get("to_join", ()))
        self.to_join = [(at, contact) for at, contact in waiting if at is not None]
        self.links.restore(state["associations"])
        self.identities = {}
        self.tables = {kind.name: Table() for kind in KINDS}
        for name, rows in state["objects"].items():
            table = self.tables[name]
            for one in rows.values():
                row = Record(
                    one["id"],
                    dict(one["properties"]),
                    one["createdAt"],
                    one["updatedAt"],
                    one["archived"],
                )
                table.rows[row.id] = row
                table.order.append(int(row.id))
                if not row.archived:
                    self._claim(BY_NAME[name], row)
            table.order.sort()
