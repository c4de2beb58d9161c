"""Teamwork's App Login Flow, and what a person may not do (facts/teamwork.md 2, 11.2)."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from syncd.ports.simulator import Request
from tests.unit.teamwork.conftest import V3

BACK = "http://127.0.0.1:9/back"
APP = {"client_id": "app", "client_secret": "s", "redirect_uri": BACK}
HOST = {"host": "127.0.0.1:4403"}


@pytest.fixture
def login(simulator):
    def login(**more):
        query = {"redirect_uri": BACK, "client_id": "app", "state": "x", **more}
        path = "/launchpad/login"
        return simulator.handle(Request("GET", path, tuple(query.items()), HOST))

    return login


@pytest.fixture
def code(login):
    def code(**more):
        sent = login(**more)
        assert sent.status == 302
        found = parse_qs(urlsplit(sent.headers["location"]).query)
        assert found["state"] == ["x"]
        return found["code"][0]

    return code


@pytest.fixture
def exchange(simulator):
    def exchange(code, *, form=False, **changed):
        given = APP | {"code": code} | changed
        body = urlencode(given).encode() if form else json.dumps(given).encode()
        answer = simulator.handle(Request("POST", "/launchpad/v1/token.json", (), HOST, body))
        return answer.status, json.loads(answer.body)

    return exchange


def me(api, token):
    return api.ask("GET", f"{V3}/me.json", auth=f"Bearer {token}")


@pytest.mark.parametrize("form", [False, True])
def test_a_code_becomes_a_token_that_opens_the_site_it_names(api, code, exchange, form):
    status, said = exchange(code(), form=form)
    assert (status, said["token_type"]) == (200, "Bearer")
    # The documentation and the official SDK spell it differently.
    base = {said["installation"][key] for key in ("apiEndPoint", "apiEndpoint")}
    assert base == {"http://127.0.0.1:4403/"}
    assert me(api, said["access_token"]).status == 200


def test_a_token_is_the_persons_who_consented(api, simulator, code, exchange):
    simulator.control("add_person", {"email": "ann@x.example", "name": "Ann Reed"})
    _, said = exchange(code(user="ann@x.example"))
    assert said["user"]["email"] == "ann@x.example"
    assert json.loads(me(api, said["access_token"]).body)["person"]["firstName"] == "Ann"
    simulator.control("deactivate_person", {"email": "ann@x.example"})
    assert me(api, said["access_token"]).status == 401


def test_a_code_is_good_once_and_for_fifteen_minutes(code, exchange, clock):
    one, two = code(), code()
    assert exchange(one)[0] == 200
    assert exchange(one)[1]["error"] == "invalid_grant"
    clock.advance(15 * 60)
    assert exchange(two)[0] == 400
    assert exchange("made up")[0] == 400


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"client_id": "other"}, "invalid_client"),
        ({"redirect_uri": "http://127.0.0.1:9/other"}, "invalid_client"),
        ({"client_secret": ""}, "invalid_grant"),
    ],
)
def test_a_code_is_one_apps(code, exchange, changed, error):
    status, said = exchange(code(), **changed)
    assert (status, said["error"]) == (400, error)


@pytest.mark.parametrize(
    "wrong", [{"client_id": ""}, {"redirect_uri": "nowhere"}, {"user": "nobody@x.example"}]
)
def test_a_consent_that_cannot_be_asked_for(login, wrong):
    assert login(**wrong).status == 400


def test_tokens_last_until_they_are_taken_back(api, simulator, code, exchange, clock):
    token = exchange(code())[1]["access_token"]
    clock.advance(400 * 86_400)
    assert me(api, token).status == 200
    assert simulator.control("expire_tokens", {}) == {"expired": 1}
    assert me(api, token).status == 401
    # Keys are something else.
    assert me(api, "twp_sandbox").status == 200
    token = exchange(code())[1]["access_token"]
    simulator.control("revoke", {})
    assert me(api, token).status == 401


def test_a_token_is_no_password(api, code, exchange):
    import base64

    token = exchange(code())[1]["access_token"]
    basic = base64.b64encode(f"{token}:x".encode()).decode()
    assert api.ask("GET", f"{V3}/me.json", auth=f"Basic {basic}").status == 401


def test_whoever_holds_a_token_can_ask_whose_it_is(simulator, code, exchange):
    token = exchange(code())[1]["access_token"]

    def ask(token):
        headers = HOST | {"authorization": f"Bearer {token}"}
        return simulator.handle(Request("GET", "/launchpad/v1/userinfo.json", (), headers))

    told = json.loads(ask(token).body)
    assert (told["user_id"], told["url"]) == (simulator.site.me["id"], "http://127.0.0.1:4403/")
    assert ask("other").status == 401


def test_clients_discover_where_to_log_in(simulator):
    path = "/.well-known/oauth-authorization-server"
    said = json.loads(simulator.handle(Request("GET", path, (), HOST)).body)
    assert said["token_endpoint"] == "http://127.0.0.1:4403/launchpad/v1/token.json"
    assert said["token_endpoint_auth_methods_supported"] == ["client_secret_post"]


# what a person may not do


@pytest.fixture
def as_person(api, simulator, tasklist):
    """A member of the project of `tasklist`, an outsider, or a client's user, by key."""

    def as_person(role, method, path, body=None):
        email = f"{role}@x.example"
        person = {"email": email, "client": role == "client"}
        known = simulator.site.person_by_email(email)
        key = simulator.control("add_person", person)["api_key"]
        if known is None and role == "outsider":
            for project in simulator.site.table("projects").values():
                project["memberIds"].remove(int(key.removeprefix("twp_")))
        return api.ask(method, path, body, auth=f"Bearer {key}")

    return as_person


def test_a_member_works_in_the_projects_they_belong_to(api, as_person, make, tasklist):
    task = make()["id"]
    body = {"task": {"name": "x"}}
    assert as_person("member", "POST", f"{V3}/tasklists/{tasklist}/tasks.json", body).status == 201
    assert as_person("member", "PUT", f"/tasks/{task}/complete.json").status == 200


def test_an_outsider_is_refused_in_the_words_of_each_surface(api, as_person, make, tasklist):
    task = make()["id"]
    made = api.json("POST", f"/tasks/{task}/comments.json", {"comment": {"body": "x"}})["id"]
    for method, path, body in (
        ("GET", f"{V3}/tasks/{task}.json", None),
        ("POST", f"{V3}/tasklists/{tasklist}/tasks.json", {"task": {"name": "x"}}),
        ("PUT", f"/tasks/{task}/complete.json", None),
        ("PUT", f"/comments/{made}.json", {"comment": {"body": "y"}}),
        ("GET", f"{V3}/tasklists/{tasklist}.json", None),
    ):
        answer = as_person("outsider", method, path, body)
        assert answer.status == 403
        assert ("errors" if path.startswith("/projects/api") else "MESSAGE") in json.loads(
            answer.body
        )
    assert as_person("outsider", "GET", f"{V3}/tasks/99999.json").status == 404


def test_a_clients_user_looks_and_comments(as_person, make):
    task = make()["id"]
    path = f"/tasks/{task}/comments.json"
    assert as_person("client", "GET", f"{V3}/tasks/{task}.json").status == 200
    assert as_person("client", "POST", path, {"comment": {"body": "x"}}).status == 201
    change = {"task": {"name": "x"}}
    assert as_person("client", "PATCH", f"{V3}/tasks/{task}.json", change).status == 403


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        (
            "POST",
            f"{V3}/customfields.json",
            {"customfield": {"name": "x", "type": "text-short", "entity": "task"}},
        ),
        ("POST", f"{V3}/workflows.json", {"workflow": {"name": "x"}}),
        ("POST", "/people.json", {"person": {"email-address": "a@x.example"}}),
        ("POST", "/teams.json", {"team": {"name": "x"}}),
        ("PUT", "/webhooks/enable.json", None),
        ("POST", "/webhooks.json", {"webhook": {}}),
        ("DELETE", "/projects/1.json", None),
    ],
)
def test_what_is_the_sites_is_the_administrators(as_person, method, path, body):
    assert as_person("member", method, path, body).status == 403
