"""Teamwork's webhooks: one event each, signed over the raw body alone (facts/teamwork.md 7)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from typing import Any

from connectors.teamwork.client import TeamworkClient
from connectors.teamwork.settings import TeamworkSettings
from syncd.ports.hints import Hint, Hints, Notification, Reason, Refusal
from syncd.ports.manifest import Finding, State, Toolbox
from syncd.ports.secrets import MissingSecret
from syncd.ports.verdicts import Verdict

# What people do to tasks that decides anything here.
EVENTS = (
    "TASK.COMPLETED",
    "TASK.DELETED",
    "TASK.MOVED",
    "TASK.REOPENED",
    "TASK.UPDATED",
)
_SIGNATURE, _DELIVERY = "x-projects-signature", "x-projects-delivery"
_NAME = "teamwork.webhooks"


def hints(settings: TeamworkSettings, tools: Toolbox) -> Hints | None:
    """None where the settings ask for no webhooks."""
    if settings.webhooks is None:
        return None
    secret = settings.webhooks.secret

    def receive(told: Notification) -> Hint | Refusal:
        try:
            return judge(told, secret.read())
        except MissingSecret:
            return Refusal(Reason.UNREADY)

    return Hints(receive=receive, check=lambda address: _check(settings, tools, address))


def judge(told: Notification, secret: str) -> Hint | Refusal:
    """Whether the site sent it. What it tells of is not read: the board is asked.

    Only the body is signed: neither a time nor the event nor the delivery's id. The same
    body again is told as the same seal, and the site itself may send it again, an hour later.
    """
    signature = told.headers.get(_SIGNATURE, "")
    if not signature:
        return Refusal(Reason.UNSIGNED)
    expected = hmac.new(secret.encode(), told.body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), signature.encode()):
        return Refusal(Reason.FORGED)
    delivery = told.headers.get(_DELIVERY, "")
    return Hint(board=True, seal=signature, events=(delivery,) if delivery else ())


def _check(settings: TeamworkSettings, tools: Toolbox, address: str) -> list[Finding]:
    """Whether the site has active webhooks to our address for every event we want."""
    if not address:
        remedy = "set web.public_url to the address under which the site reaches syncd"
        return [Finding(_NAME, State.WARN, "where they should go is not known", "", remedy)]
    try:
        client = TeamworkClient(settings, tools)
        rows = client.get("/webhooks", accept={400, 403, 404}).body.get("webhooks")
    except MissingSecret as error:
        return [Finding(_NAME, State.FAIL, str(error), "", "put the secret there")]
    except Verdict as verdict:
        remedy = "check the network and url, then try again"
        return [Finding(_NAME, State.FAIL, str(verdict), "", remedy)]
    if not isinstance(rows, list):
        words = "only a site administrator's key may read them, on a paid plan"
        return [Finding(_NAME, State.SKIPPED, words)]
    return [_standing(rows, address)]


def _standing(rows: Iterable[Any], address: str) -> Finding:
    ours = [row for row in rows if isinstance(row, dict) and row.get("url") == address]
    active = {row.get("event") for row in ours if row.get("status") == "ACTIVE"}
    stopped = {str(row.get("event")) for row in ours} - active
    missing = [event for event in EVENTS if event not in active]
    if not missing:
        return Finding(_NAME, State.OK, f"all {len(EVENTS)} stand and are active")
    if stopped:
        words = f"not active: {', '.join(sorted(stopped))}; the site stops one that fails often"
        return Finding(_NAME, State.WARN, words, "", "resume them in the site's settings, Webhooks")
    remedy = f"add them in the site's settings, Webhooks: version 2, JSON, to {address}"
    return Finding(_NAME, State.WARN, f"missing: {', '.join(missing)}", "", remedy)
