"""A stand-in for HubSpot, written from facts/hubspot.md section 6 and from nothing of ours.

NOTES.md lists the control commands and what is not simulated.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from connectors.hubspot import (
    simulator_account,
    simulator_associations,
    simulator_associations_v3,
    simulator_lists,
    simulator_objects,
    simulator_pipelines,
    simulator_properties,
)
from connectors.hubspot.simulator_access import CONSENT_PATH, KNOWN_PATH, TOKEN_PATH, Access
from connectors.hubspot.simulator_bare import thinned
from connectors.hubspot.simulator_definitions import default_definitions, default_groups
from connectors.hubspot.simulator_faults import Faults, worded
from connectors.hubspot.simulator_limits import Limits
from connectors.hubspot.simulator_people import People
from connectors.hubspot.simulator_state import SWITCHES, Portal
from connectors.hubspot.simulator_webhooks import Webhooks
from connectors.hubspot.simulator_wire import Call, Problem, answer, missing
from syncd.ports import outbox
from syncd.ports.clock import Clock
from syncd.ports.simulator import Answer, Request

_ROUTES: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (family, re.compile(pattern))
    for family, pattern in (
        ("objects", r"/crm/objects/(?P<v>2026-\d\d)/(?P<rest>.+)"),
        ("objects", r"/crm/(?P<v>v3|v4)/objects/(?P<rest>.+)"),
        ("associations", r"/crm/associations/(?P<v>2026-\d\d)/(?P<rest>.+)"),
        ("associations", r"/crm/(?P<v>v4)/associations/(?P<rest>.+)"),
        ("old associations", r"/crm/(?P<v>v3)/associations/(?P<rest>.+)"),
        ("properties", r"/crm/properties/(?P<v>2026-\d\d)/(?P<rest>.+)"),
        ("properties", r"/crm/(?P<v>v3)/properties/(?P<rest>.+)"),
        ("owners", r"/crm/owners/(?P<v>2026-\d\d)/?(?P<rest>.*)"),
        ("owners", r"/crm/(?P<v>v3)/owners/?(?P<rest>.*)"),
        ("lists", r"/crm/lists/(?P<v>2026-\d\d)/?(?P<rest>.*)"),
        ("lists", r"/crm/(?P<v>v3)/lists/?(?P<rest>.*)"),
        ("pipelines", r"/crm/pipelines/(?P<v>2026-\d\d)/(?P<rest>.+)"),
        ("pipelines", r"/crm/(?P<v>v3)/pipelines/(?P<rest>.+)"),
        ("account", r"/account-info/(?P<v>2026-\d\d|v3)/(?P<rest>.+)"),
    )
)
_VERSIONS = {"2026-09", "2026-03", "v3", "v4"}
_SERVE: Mapping[str, Callable[[Portal, Call], Answer]] = {
    "objects": simulator_objects.serve,
    "associations": simulator_associations.serve,
    "old associations": simulator_associations_v3.serve,
    "properties": simulator_properties.serve,
    "owners": simulator_account.serve_owners,
    "lists": simulator_lists.serve,
    "pipelines": simulator_pipelines.serve,
    "account": simulator_account.serve_account,
}
_IDS = re.compile(r"/\d+(?=/|$)")


class HubSpotSimulator:
    name = "hubspot"

    def __init__(self, clock: Clock) -> None:
        self._portal = portal = Portal(clock)
        portal.definitions = default_definitions(portal.now_text())
        portal.groups = default_groups()
        portal.pipelines = simulator_pipelines.default_pipelines(portal.now_text())
        self._people = People(portal)
        self._limits = Limits(portal)
        self._faults = Faults(clock)
        self._access = Access(portal)
        self._webhooks = Webhooks(portal)
        self._calls: Counter[str] = Counter()
        self._served = 0
        self._commands: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "add_owner": self._people.add_owner,
            "remove_owner": self._people.remove_owner,
            "add_contact": self._people.add_contact,
            "person_sets": self._people.person_sets,
            "person_deletes": self._people.person_deletes,
            "person_restores": self._people.person_restores,
            "merge": self._people.merge,
            "native_log": self._people.native_log,
            "native_logger": self._people.native_logger,
            "native_hears": self._people.native_hears,
            "fault": self._faults.add,
            "clear_faults": self._clear_faults,
            "bad_items": self._spoil,
            "add_key": self._access.add_key,
            "oauth": self._access.configure,
            "expire_tokens": self._access.expire,
            "revoke": self._access.revoke,
            "restore_access": self._access.restore,
            "subscribe": self._webhooks.subscribe,
            "unsubscribe": self._webhooks.unsubscribe,
            **{name: partial(self._webhooks.command, name) for name in outbox.COMMANDS},
            "portal": self._switch,
            "limits": self._limit,
            "lag": self._lag,
            "stats": self._stats,
            "reset_stats": self._reset_stats,
        }

    @property
    def commands(self) -> tuple[str, ...]:
        """What the sandbox's control port lists."""
        return tuple(self._commands)

    def handle(self, request: Request) -> Answer:
        """Serve one call."""
        self._served += 1
        self._calls[f"{request.method} {_IDS.sub('/{id}', request.path)}"] += 1
        self._people.catch_up()
        served = self._faults.around(request, lambda: self._serve(request))
        if not TOKEN_PATH.fullmatch(request.path):  # it speaks OAuth, not HubSpot's envelope
            served = thinned(served, self._portal.switches["bare_errors"], self._served)
        headers = {"x-hubspot-correlation-id": self._correlation(), **served.headers}
        return Answer(served.status, served.body, headers)

    def worded(self, request: Request, status: int, variant: str) -> Answer:
        """An error as HubSpot says it; `variant` is the policy of a 429."""
        return worded(request, status, variant)

    def control(self, command: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Run one of the commands in NOTES.md. Raises `ValueError` for an impossible wish."""
        run = self._commands[command]
        try:
            return run(body)
        except Problem as problem:
            raise ValueError(problem.message) from problem

    def snapshot(self) -> dict[str, Any]:
        return {
            **self._portal.snapshot(),
            "people": self._people.snapshot(),
            "limits": dict(self._limits.settings),
            "keys": {token: scopes and [*scopes] for token, scopes in self._access.keys.items()},
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        self._portal.restore(state)
        self._people.restore(state["people"])
        self._limits.settings = dict(state["limits"])
        self._access.keys = dict(state.get("keys", self._access.keys))
        self._webhooks.forget()

    def _serve(self, request: Request) -> Answer:
        if TOKEN_PATH.fullmatch(request.path):
            return self._access.token(request)
        if request.path == CONSENT_PATH:
            return self._access.consent(request)
        try:
            if KNOWN_PATH.fullmatch(request.path):
                return self._access.known(request)
            token = self._access.check(request)
            family, call = _routed(request)
            search = family == "objects" and call.rest[-1] == "search"
            # The endpoints behind one record count as the batches do (facts 2.5).
            counted = "associations" if "associations" in call.rest[2:3] else family
            refused = self._limits.refusal(counted, search=search, token=token)
            if refused is None:
                granted = self._access.scopes(token)
                simulator_account.check_scopes(self._portal, family, call, granted)
                refused = _SERVE[family](self._portal, call)
        except Problem as problem:
            return answer(problem.status, problem.envelope(self._correlation()))
        oauth = self._access.oauth(token)
        limits = self._limits.headers(counted, search=search, token=token, oauth=oauth)
        return Answer(refused.status, refused.body, {**refused.headers, **limits})

    def _correlation(self) -> str:
        return f"{self._served:08x}-0000-4000-8000-000000000000"

    def _switch(self, body: Mapping[str, Any]) -> dict[str, Any]:
        unknown = sorted(set(body) - set(SWITCHES))
        if unknown:
            raise ValueError(f"unknown switches: {', '.join(unknown)}")
        self._portal.switches.update(body)
        return dict(self._portal.switches)

    def _clear_faults(self, body: Mapping[str, Any]) -> dict[str, Any]:
        self._portal.bad_items.clear()
        return self._faults.clear(body)

    def _spoil(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """Batch inputs that contain `containing` are refused, `n` of them (null: all)."""
        wanted = {"containing": str(body["containing"]), "n": body.get("n")}
        said = {"status": 400, "category": "VALIDATION_ERROR", "message": "refused by a switch"}
        chosen = {key: body.get(key, default) for key, default in said.items()}
        self._portal.bad_items.append(wanted | chosen)
        return {"bad_items": len(self._portal.bad_items)}

    def _limit(self, body: Mapping[str, Any]) -> dict[str, Any]:
        unknown = sorted(set(body) - set(self._limits.settings))
        if unknown:
            raise ValueError(f"unknown limits: {', '.join(unknown)}")
        self._limits.settings.update(body)
        return dict(self._limits.settings)

    def _lag(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """`seconds`, or `from` and `to`: how late search sees what was written."""
        index = self._portal.index
        index.low = float(body.get("seconds", body.get("from", 5.0)))
        index.high = float(body.get("seconds", body.get("to", 30.0)))
        return {"from": index.low, "to": index.high}

    def _stats(self, _body: Mapping[str, Any]) -> dict[str, Any]:
        return {"calls": sum(self._calls.values()), "by": dict(sorted(self._calls.items()))}

    def _reset_stats(self, _body: Mapping[str, Any]) -> dict[str, Any]:
        self._calls.clear()
        return {"calls": 0}


def _routed(request: Request) -> tuple[str, Call]:
    for family, pattern in _ROUTES:
        found = pattern.fullmatch(request.path)
        if found and found["v"] in _VERSIONS:
            rest = tuple(part for part in found["rest"].split("/") if part)
            return family, Call(request.method, found["v"], rest, request)
    raise missing()
