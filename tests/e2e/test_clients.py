"""Other people's clients, unmodified, over real HTTP against the sandbox."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build_from_document
from googleapiclient.discovery_cache import get_static_doc

from connectors.gmail.simulator import GmailSimulator
from connectors.hubspot.simulator import HubSpotSimulator
from connectors.teamwork.simulator import TeamworkSimulator
from syncd.sandbox.clock import SandboxClock
from syncd.sandbox.server import Sandbox

ME, ANN = "me@my.example", "ann@acme.example"
# Untyped: taken as they are.
HubSpot: Any = import_module("hubspot").HubSpot
contacts: Any = import_module("hubspot.crm.contacts")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    clock = SandboxClock()
    simulators = {
        each.name: each
        for each in (GmailSimulator(clock), HubSpotSimulator(clock), TeamworkSimulator(clock))
    }
    with Sandbox(simulators, clock) as started:
        started.control("gmail", "add_mailbox", {"address": ME})
        yield started


def _keep(answers: dict[str, Any], key: str, said: Any, error: Any) -> None:
    answers[key] = error or said


def _deliver(sandbox: Sandbox, number: int) -> str:
    raw = f"From: {ANN}\r\nTo: {ME}\r\nSubject: {number}\r\nMessage-ID: <{number}@x>\r\n\r\nHi"
    body = {"mailbox": ME, "raw": base64.b64encode(raw.encode()).decode()}
    return str(sandbox.control("gmail", "deliver", body)["id"])


@pytest.fixture
def users(sandbox: Sandbox) -> Iterator[Any]:
    """Google's client as its documentation builds it, with a refresh token and its own HTTP."""
    address = sandbox.url("gmail") + "/"
    document = json.loads(get_static_doc("gmail", "v1"))  # untyped
    credentials: Any = Credentials(
        None,
        refresh_token=f"sandbox:{ME}",
        token_uri=f"{address}token",
        client_id="any",
        client_secret="any",
    )
    with build_from_document(
        document | {"rootUrl": address, "baseUrl": address}, credentials=credentials
    ) as service:
        service.batch = service.new_batch_http_request
        yield service


def test_googles_client_lists_batches_and_sends(sandbox: Sandbox, users: Any) -> None:
    made = {_deliver(sandbox, number) for number in range(30)}
    box = users.users()
    listed = box.messages().list(userId="me", maxResults=500).execute()
    assert {each["id"] for each in listed["messages"]} >= made
    got: dict[str, Any] = {}
    batch = users.batch(callback=lambda key, answer, error: got.update({key: error or answer}))
    for each in (*made, "0123456789abcdef"):
        batch.add(box.messages().get(userId="me", id=each), request_id=each)
    batch.execute()
    assert got.pop("0123456789abcdef").resp.status == 404
    assert {answer["id"] for answer in got.values()} == made
    raw = base64.urlsafe_b64encode(f"To: {ANN}\r\nSubject: Hi\r\n\r\nHi".encode()).decode()
    sent = box.messages().send(userId="me", body={"raw": raw}).execute()
    assert sent["labelIds"] == ["SENT"]


def test_a_puller_follows_the_history_over_gaps_and_empty_pages(sandbox: Sandbox) -> None:
    """As any poller does it: a token, a cursor, pages to the end."""
    form = {"grant_type": "refresh_token", "refresh_token": f"sandbox:{ME}", "client_id": "any"}
    token = requests.post(f"{sandbox.url('gmail')}/token", data=form, timeout=5).json()
    with requests.Session() as session:
        session.headers["authorization"] = f"Bearer {token['access_token']}"
        base = f"{sandbox.url('gmail')}/gmail/v1/users/me"
        cursor = session.get(f"{base}/profile", timeout=5).json()["historyId"]
        made = []
        for number in range(40, 45):
            made.append(_deliver(sandbox, number))
            sandbox.control("gmail", "noise", {"mailbox": ME, "records": 3})
        seen, pages = [], 0
        following: dict[str, str] = {}
        while True:
            asked = {"startHistoryId": cursor, "maxResults": 2, **following}
            page = session.get(f"{base}/history", params=asked, timeout=5).json()
            pages += 1
            for record in page.get("history", []):
                seen += [each["message"]["id"] for each in record.get("messagesAdded", [])]
            if "nextPageToken" not in page:
                break
            following = {"pageToken": page["nextPageToken"]}
        assert seen == made
        assert pages > len(made)
        sandbox.control("gmail", "expire_history", {"mailbox": ME})
        gone = session.get(f"{base}/history", params={"startHistoryId": cursor}, timeout=5)
        assert (gone.status_code, gone.json()["error"]["errors"][0]["reason"]) == (404, "notFound")


def test_a_puller_takes_a_mailbox_in_batches_though_parts_of_them_are_refused(
    sandbox: Sandbox, users: Any
) -> None:
    """As mail pullers on Google's client do it: smaller batches until every part came, raw."""
    made = {_deliver(sandbox, number) for number in range(100, 140)}
    box = users.users()
    assert box.getProfile(userId="me").execute()["emailAddress"] == ME
    sandbox.control("gmail", "limits", {"enforce": True, "concurrent": 15})
    got: dict[str, bytes] = {}
    refused = 0
    size = 40
    try:
        while waiting := sorted(made - got.keys()):
            answers: dict[str, Any] = {}
            batch = users.batch(callback=partial(_keep, answers))
            for each in waiting[:size]:
                batch.add(box.messages().get(userId="me", id=each, format="raw"), request_id=each)
            batch.execute()
            for key, said in answers.items():
                if isinstance(said, dict):
                    # Padded and bare both occur: as much "=" as is too much does no harm.
                    got[key] = base64.urlsafe_b64decode(said["raw"] + "==")
                else:
                    assert said.resp.status == 429
                    refused += 1
            size = max(1, size // 2)
    finally:
        sandbox.control("gmail", "limits", {"enforce": False, "concurrent": None})
    assert got.keys() == made
    assert all(raw.startswith(b"From: ") for raw in got.values())
    assert refused == 25 + 5


def test_the_mailbox_may_be_named_in_a_path_with_its_at_sign_escaped(sandbox: Sandbox) -> None:
    headers = {"authorization": f"Bearer sandbox:{ME}"}
    for name in ("me", ME, ME.replace("@", "%40")):
        url = f"{sandbox.url('gmail')}/gmail/v1/users/{name}/profile?alt=json"
        assert requests.get(url, headers=headers, timeout=5).json()["emailAddress"] == ME


def test_hubspots_client_logs_in_and_uses_its_own_classes(sandbox: Sandbox) -> None:
    address = sandbox.url("hubspot")
    anonymous = HubSpot(host=address, base_url=address)
    tokens = anonymous.oauth.tokens_api.create(
        grant_type="refresh_token",
        refresh_token="sandbox-refresh",
        client_id="sandbox-app",
        client_secret="sandbox-secret",
    )
    assert tokens.expires_in == 1800
    client = HubSpot(access_token=tokens.access_token, host=address, base_url=address)
    new = contacts.BatchInputSimplePublicObjectBatchInputForCreate(
        inputs=[
            {"properties": {"email": address}, "objectWriteTraceId": address, "associations": []}
            for address in (ANN, "no address")
        ]
    )
    said = client.crm.contacts.batch_api.create(new)
    assert (len(said.results), said.num_errors) == (1, 1)
    asked = contacts.PublicObjectSearchRequest(
        filter_groups=[{"filters": [{"propertyName": "email", "operator": "EQ", "value": ANN}]}]
    )
    assert client.crm.contacts.search_api.do_search(asked).total == 1
    plain = client.api_request({"path": "/account-info/v3/details", "method": "GET"})
    assert plain.json()["portalId"] == 24601337


@pytest.mark.parametrize("bearer", [False, True])
def test_plain_requests_work_on_both_of_teamworks_surfaces(sandbox: Sandbox, bearer: bool) -> None:  # noqa: FBT001 - a parameter of the test
    base = sandbox.url("teamwork")
    name = f"P{bearer}"
    place = sandbox.control("teamwork", "add_project", {"name": name, "lists": ["L"]})["lists"]["L"]
    with requests.Session() as session:
        if bearer:
            session.headers["authorization"] = "Bearer twp_sandbox"
        else:
            session.auth = ("twp_sandbox", "x")
        v3 = f"{base}/projects/api/v3"
        made = session.post(
            f"{v3}/tasklists/{place}/tasks.json", json={"task": {"name": "Call"}}, timeout=5
        )
        assert made.status_code == 201
        task = made.json()["task"]["id"]
        assert session.put(f"{base}/tasks/{task}/complete.json", timeout=5).json() == {
            "STATUS": "OK"
        }
        shown = session.get(f"{v3}/tasks.json", params={"tasklistIds": place}, timeout=5)
        assert shown.json()["tasks"] == []
        old = session.get(f"{base}/tasks/{task}.json", timeout=5).json()["todo-item"]
        assert (old["content"], old["completed"]) == ("Call", True)
        assert "x-ratelimit-remaining" in shown.headers
    assert requests.get(f"{v3}/tasks.json", timeout=5).status_code == 401


def test_teamworks_app_login_flow_ends_at_an_address_that_works(sandbox: Sandbox) -> None:
    """As the official SDK goes: discover, consent, exchange as a form, follow the installation."""
    base = sandbox.url("teamwork")
    found = requests.get(f"{base}/.well-known/oauth-authorization-server", timeout=5).json()
    app = {"client_id": "app", "redirect_uri": "http://127.0.0.1:9/back"}
    asked = {**app, "state": "x", "code_challenge": "y", "code_challenge_method": "S256"}
    page = requests.get(
        found["authorization_endpoint"], params=asked, allow_redirects=False, timeout=5
    )
    code = parse_qs(urlsplit(page.headers["location"]).query)["code"][0]
    form = {**app, "code": code, "client_secret": "s", "code_verifier": "y"}
    given = requests.post(found["token_endpoint"], data=form, timeout=5).json()
    assert given["installation"]["apiEndPoint"] == f"{base}/"
    with requests.Session() as session:
        session.headers["authorization"] = f"Bearer {given['access_token']}"
        me = session.get(
            f"{given['installation']['apiEndPoint']}projects/api/v3/me.json", timeout=5
        )
        assert me.json()["person"]["siteOwner"] is True
        assert sandbox.control("teamwork", "expire_tokens")["expired"] == 1
        assert session.get(f"{base}/me.json", timeout=5).status_code == 401


def test_the_calls_of_teamworks_official_sdk_have_the_answers_it_insists_on(
    sandbox: Sandbox,
) -> None:
    """Its statuses, numeric ids and spellings on v3, and v1 where v3 has nothing."""
    base = sandbox.url("teamwork")
    project = sandbox.control("teamwork", "add_project", {"name": "SDK", "lists": ["A", "B"]})
    one, two = project["lists"]["A"], project["lists"]["B"]
    with requests.Session() as session:
        session.headers.update({"authorization": "Bearer twp_sandbox", "jobroles-enabled": "true"})

        def call(method: str, path: str, status: int, body: Any = None) -> Any:
            answer = session.request(method, f"{base}{path}.json", json=body, timeout=5)
            assert answer.status_code == status, (path, answer.text)
            return answer.json() if answer.content else None

        v3 = "/projects/api/v3"
        tag = call("POST", f"{v3}/tags", 201, {"tag": {"name": "sdk"}})["tag"]["id"]
        assert call("POST", f"{v3}/tags", 200, {"tag": {"name": "sdk"}})["tag"]["id"] == tag
        options = {"notify": False, "fireWebhook": False, "checkInvalidusers": True}
        task: dict[str, Any] = {
            "name": "Call",
            "description": "**x**",
            "priority": "high",
            "tagIds": [tag],
        }
        task |= {"dueAt": "2026-12-01", "startAt": "2026-11-30", "estimatedMinutes": 30}
        made = call(
            "POST", f"{v3}/tasklists/{one}/tasks", 201, {"task": task, "taskOptions": options}
        )
        number = made["task"]["id"]
        assert isinstance(number, int)
        assert number
        sub = {"task": {"name": "Sub", "parentTaskId": number}}
        call("POST", f"{v3}/tasklists/{one}/tasks", 201, sub)
        call("PUT", f"{v3}/tasks/{number}", 200, {"task": {"progress": 50}})
        shown = call("GET", f"{v3}/tasks/{number}", 200)["task"]
        assert (shown["progress"], shown["dueDate"][:10], shown["estimateMinutes"]) == (
            50,
            "2026-12-01",
            30,
        )
        moved = call("PUT", f"/tasks/{number}/move", 200, {"taskListId": two})
        assert moved["affectedTaskIds"].split(",")[0] == str(number)
        comment = {"body": "<b>x</b>", "contentType": "HTML", "notify": False}
        said = call("POST", f"/tasks/{number}/comments", 201, {"comment": comment})["id"]
        read = call("GET", f"{v3}/comments/{said}", 200)["comments"]
        assert (read["contentType"], read["object"]["id"]) == ("HTML", number)
        call("PUT", f"/tasks/{number}/complete", 200)
        page = call("GET", f"{v3}/projects/{project['id']}/tasks", 200)
        assert [each["name"] for each in page["tasks"]] == ["Sub"]
        gone = call("DELETE", f"{v3}/tasks/{number}", 200)["affected"]["taskIds"]
        assert len(gone) == 2
        call("DELETE", f"{v3}/tags/{tag}", 204)
        assert call("POST", "/teams", 200, {"team": {"name": "T"}})["STATUS"] == "OK"
