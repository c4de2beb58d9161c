"""A Pub/Sub subscription that we ask, over REST: for machines nobody can reach from outside.

https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions; the service
account needs roles/pubsub.subscriber on the subscription (facts/gmail.md A6).
"""

from __future__ import annotations

from typing import Any

import requests

from connectors._kit import verdicts as http
from connectors._kit.http import Session
from connectors._kit.reading import parsed
from connectors.gmail import verdicts
from connectors.gmail.client_http import asks
from connectors.gmail.client_login import Login
from connectors.gmail.settings import GmailPush, GmailSettings
from connectors.gmail.verdicts import Refusal
from syncd.ports.manifest import Finding, State, Toolbox
from syncd.ports.verdicts import Locked, Verdict

SERVICE = "pubsub"
_SCOPE = "https://www.googleapis.com/auth/pubsub"
# A pull is held until something comes, for about a minute and a half.
_TIMEOUT = (5.0, 120.0)
_AT_ONCE = 100
_NAME = "gmail.subscription"
_REMEDY = (
    "make the subscription on the topic, for pulling, and give the service account "
    "roles/pubsub.subscriber (to be checked here: roles/pubsub.viewer) on it"
)


class Subscription:
    def __init__(self, settings: GmailSettings, push: GmailPush, tools: Toolbox) -> None:
        self._push = push
        self._clock = tools.clock
        self._session = Session(SERVICE, tools, timeout=_TIMEOUT, asks=asks)
        account = push.service_account or settings.service_account
        self._login = Login("", settings, self._session, tools.clock, account=account, scope=_SCOPE)

    def pull(self) -> list[dict[str, Any]]:
        """Messages as soon as there are some, perhaps after a while none. Raises verdicts.

        They are acknowledged before they are used: what is lost of them, polling finds.
        """
        try:
            said = self._call("POST", ":pull", {"maxMessages": _AT_ONCE})
        except requests.ReadTimeout:
            return []
        received = said.get("receivedMessages")
        rows = [one for one in received if isinstance(one, dict)] if received else []
        tickets = [str(one["ackId"]) for one in rows if one.get("ackId")]
        if tickets:
            self._call("POST", ":acknowledge", {"ackIds": tickets})
        messages = (one.get("message") for one in rows)
        return [one for one in messages if isinstance(one, dict)]

    def check(self) -> Finding:
        """Whether it stands, on our topic, and waits to be asked."""
        subject = str(self._push.subscription)
        try:
            said = self._call("GET", "")
        except (Verdict, requests.RequestException) as error:
            remedy = error.remedy if isinstance(error, Locked) and error.remedy else _REMEDY
            words = str(error) if isinstance(error, Verdict) else type(error).__name__
            return Finding(_NAME, State.FAIL, words, subject, remedy)
        topic = said.get("topic")
        if topic != self._push.topic:
            words = f"it is on {topic}, and the mailboxes tell {self._push.topic}"
            return Finding(_NAME, State.FAIL, words, subject, _REMEDY)
        if (said.get("pushConfig") or {}).get("pushEndpoint"):
            words = "it pushes to an address, so that there is nothing to pull"
            return Finding(_NAME, State.FAIL, words, subject, "make it one for pulling")
        return Finding(_NAME, State.OK, "it stands, on the topic", subject)

    def _call(self, method: str, verb: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        url = f"{self._push.pubsub_url}/v1/{self._push.subscription}{verb}"
        token = self._login.token()
        try:
            answer = self._session.request(
                method, url, json=body, headers={"Authorization": f"Bearer {token}"}
            )
        except requests.ReadTimeout:
            raise
        except requests.RequestException as error:
            raise http.of_exception(error, service=SERVICE, writes=False) from error
        if answer.status_code == 401:
            self._login.drop(token)
        if answer.status_code != 200:
            refusal = Refusal.read(
                answer.status_code, answer.content, answer.headers.get("retry-after")
            )
            if answer.status_code in {403, 404}:
                raise Locked(f"{SERVICE} {refusal.status}: {refusal.words}", remedy=_REMEDY)
            now = self._clock.now()
            after = http.retry_after(refusal.retry_after, now)
            raise http.of_status(
                refusal.status, refusal.words, service=SERVICE, writes=False, after=after
            )
        try:
            said = parsed(answer.content)
        except ValueError as error:
            raise verdicts.unreadable(writes=False) from error
        return said if isinstance(said, dict) else {}
