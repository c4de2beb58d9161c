"""A HubSpot account, as another client of it sees and changes it.

A run keeps its values in contact properties of its own, which it takes out again, so that
those of a syncd at work there are never touched. What else the connector makes where it is
missing (its group, its mark on emails and tasks) is taken out again if the run made it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import pytest
import requests

from connectors.hubspot.oauth import sign_in
from connectors.hubspot.settings import HubSpotSettings, PropertyNames
from syncd.core.facts import Contact
from syncd.ports.crm import ContactChanges, Crm, Field
from syncd.ports.manifest import Role, Toolbox
from syncd.ports.simulator import Answer, Request
from tests.contract.crm_world import NEEDS, Asked, World
from tests.contract.hubspot_words import WORDS, writes
from tests.contract.live.account import SIGN, Account, CrmUse, wire

_MADE = re.compile(r"/crm/objects/[^/]+/(contacts|emails|tasks)/batch/create$")
_DEFINED = re.compile(r"/crm/properties/[^/]+/(\w+)(/groups)?$")
_A_CALL = 100


class HubSpotAccount:
    """The account, and what this run defined there. `settings` name the run's properties."""

    def __init__(self, account: Account, settings: HubSpotSettings, use: CrmUse) -> None:
        self.account = account
        self.use = use
        self.settings = _with_properties(settings, account.run)
        self.handles: Mapping[str, str] = {}
        self._version = settings.api_version
        self._http = requests.Session()
        self._oauth = sign_in(settings, Toolbox(wire().clock))
        self._defined: list[str] = []

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        missing: bool = False,
        query: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """`missing`: that it is gone already is as good. Raises `requests.HTTPError`."""
        token = self._oauth.token() if self._oauth else None
        if token is None:
            assert self.settings.token is not None
            token = self.settings.token.read()
        answer = self._http.request(
            method,
            f"{self.settings.api_url}{path.replace('{v}', self._version)}",
            params=query,
            json=body,
            headers={"Authorization": f"Bearer {token}"},
            timeout=60,
        )
        if missing and answer.status_code == 404:
            return {}
        if not answer.ok:
            words = f"{method} {path}: {answer.status_code} {answer.text[:300]}"
            raise requests.HTTPError(words, response=answer)
        return dict(answer.json()) if answer.content else {}

    def defined(self, request: Request, answer: Answer) -> None:
        """Remember a definition that the connector made."""
        found = _DEFINED.search(request.path)
        if found and request.method == "POST" and answer.status == 201:
            kind, groups = found.groups()
            name = json.loads(answer.body)["name"]
            self._defined.append(f"/crm/properties/{{v}}/{kind}{groups or ''}/{name}")

    def clean(self) -> None:
        # The latest first: a group can only go when it is empty.
        for path in reversed(self._defined):
            self.call("DELETE", path, missing=True)


class HubSpotPeople:
    """The people of the account: `control` takes the simulator's commands that they can do."""

    def __init__(self, hubspot: HubSpotAccount) -> None:
        self._hubspot = hubspot
        self.made: list[tuple[str, str]] = []
        self._acts: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "add_contact": self._add_contact,
            "person_sets": self._set,
            "person_deletes": self._delete,
            "merge": self._merge,
        }

    def control(self, command: str, body: Mapping[str, Any]) -> dict[str, Any]:
        assert command in self._acts, f"{command}: the test needs a simulator"
        return self._acts[command](body)

    def noted(self, request: Request, answer: Answer) -> None:
        """Remember a record that the connector made."""
        found = _MADE.search(request.path)
        if found and answer.status in {200, 201, 207}:
            made = json.loads(answer.body).get("results") or []
            self.made += [(found[1], str(one["id"])) for one in made]
        self._hubspot.defined(request, answer)

    def clean(self) -> None:
        for kind in ("emails", "tasks", "contacts"):
            ids = [one for each, one in self.made if each == kind]
            for start in range(0, len(ids), _A_CALL):
                inputs = [{"id": one} for one in ids[start : start + _A_CALL]]
                path = f"/crm/objects/{{v}}/{kind}/batch/archive"
                self._hubspot.call("POST", path, {"inputs": inputs}, missing=True)

    def _add_contact(self, body: Mapping[str, Any]) -> dict[str, Any]:
        first, _, last = str(body.get("name", "")).partition(" ")
        values = {"email": body["email"], "firstname": first, "lastname": last}
        person = self._create(values)
        for address in body.get("additional", ()):
            # The one way to a second address that HubSpot documents.
            person = self._merge({"primary": person, "other": self._create({"email": address})})[
                "id"
            ]
        return {"id": person}

    def _create(self, properties: Mapping[str, str]) -> str:
        body = {"properties": {name: value for name, value in properties.items() if value}}
        made = str(self._hubspot.call("POST", "/crm/objects/{v}/contacts", body)["id"])
        self.made.append(("contacts", made))
        return made

    def _set(self, body: Mapping[str, Any]) -> dict[str, Any]:
        kind = body.get("type", "contacts")
        record = body.get("id") or body["contact"]
        path = f"/crm/objects/{{v}}/{kind}/{record}"
        try:
            return self._hubspot.call("PATCH", path, {"properties": body["properties"]})
        except requests.HTTPError as error:
            if error.response is not None and error.response.status_code == 400:
                pytest.skip(f"the account does not take it: {error}")
            raise

    def _delete(self, body: Mapping[str, Any]) -> dict[str, Any]:
        kind = body.get("type", "contacts")
        record = body.get("id") or body["contact"]
        return self._hubspot.call("DELETE", f"/crm/objects/{{v}}/{kind}/{record}")

    def _merge(self, body: Mapping[str, Any]) -> dict[str, Any]:
        pair = {"primaryObjectId": body["primary"], "objectIdToMerge": body["other"]}
        made = self._hubspot.call("POST", "/crm/objects/{v}/contacts/merge", pair)
        self.made = [one for one in self.made if one[1] not in {body["primary"], body["other"]}]
        self.made.append(("contacts", str(made["id"])))
        return {"id": str(made["id"])}


class HubSpotWorld(World):
    """Satisfies `tests.contract.crm_world.World` in a real account."""

    def __init__(self, hubspot: HubSpotAccount) -> None:
        self._hubspot = hubspot
        self._tag = hubspot.account.tag()
        self._wire = wire()
        self._people = people = HubSpotPeople(hubspot)
        self._wire.noted = people.noted
        # What a test defines that begins with nothing is its own; the others share.
        alone = _with_properties(hubspot.settings, self._tag)
        connect = self._connecting(alone)
        super().__init__(
            people, self._wire, self._wire.clock, connect, connect(), _names(alone), writes, WORDS
        )

    def _connecting(self, settings: HubSpotSettings) -> Callable[[], Crm]:
        return partial(self._hubspot.account.connector(Role.CRM, settings, self._wire))

    def settled(self) -> World:
        self.connect = self._connecting(self._hubspot.settings)
        self.properties = _names(self._hubspot.settings)
        self.crm = self.connect()
        if not self._hubspot.handles:
            self.provide()
            self._hubspot.handles = self.crm.readiness(NEEDS).handles
        self.crm.use(self._hubspot.handles)
        self.transport.calls.clear()
        return self

    @property
    def maya(self) -> str:
        """Somebody who works there: whoever comes first."""
        query = {"limit": "1", "archived": "false"}
        return str(self._hubspot.call("GET", "/crm/owners/{v}", query=query)["results"][0]["email"])

    @property
    def ada(self) -> str:
        return self.address("ada")

    @property
    def bob(self) -> str:
        return self.address("bob")

    @property
    def eve(self) -> str:
        return self.address("eve")

    def address(self, word: str) -> str:
        return f"{self._tag}.{word}@{self._hubspot.use.contact_domain}"

    @property
    def nobody(self) -> str:
        """Somebody who was deleted: any other number might be a contact of the account's."""
        gone = self._people.control("add_contact", {"email": self.address("nobody")})["id"]
        self._people.control("person_deletes", {"contact": gone})
        return str(gone)

    def key(self, word: str) -> str:
        return f"{self._tag}x{word}"

    def changes(self, cursor: str | None) -> ContactChanges:
        """Those of this test, whatever else goes on there."""
        changes = super().changes(cursor)
        return ContactChanges(tuple(filter(self._own, changes.contacts)), changes.cursor)

    def _own(self, contact: Contact) -> bool:
        return any(address.startswith(f"{self._tag}.") for address in contact.addresses)

    def settle(self) -> None:
        """`eventually` waits."""

    def eventually(self, ask: Callable[[], Asked], good: Callable[[Asked], object]) -> Asked:
        return self._hubspot.account.eventually(ask, good)

    def later(self) -> str:
        """A cursor from now: what went before is either no change or not looked at."""
        return self.changes(None).cursor

    def clean(self) -> None:
        self._people.clean()


def _with_properties(settings: HubSpotSettings, tag: str) -> HubSpotSettings:
    names = PropertyNames(**{field.value: f"{tag}_{field.value}" for field in Field})
    return settings.model_copy(update={"properties": names})


def _names(settings: HubSpotSettings) -> dict[Field, str]:
    return {field: str(getattr(settings.properties, field.value)) for field in Field}


assert SIGN.isalpha(), "HubSpot's names of properties begin with a letter"
