"""What may be done from the pages, by whom, and from where."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from syncd.ports.simulator import Answer, Request
from syncd.store import tally
from syncd.web.access import AT_ONCE
from syncd.web.app import make_app
from syncd.web.house import NotDone
from tests.support.asgi import Reply, Visitor
from tests.unit.engine.office import BOB, Office
from tests.unit.web.conftest import Running

ROLES = "web: {token: {file: operator}, viewer_token: {file: viewer}}\n"
PROXY = (
    "web: {proxy_header: X-User, proxy_from: [10.1.0.0/16], operators: [ann@brightlink.example]}\n"
)


@pytest.fixture
def guarded(office: Office, runs: Callable[..., Running]) -> Running:
    office.text += ROLES
    return runs(operator="operators-token", viewer="viewers-token")


def logged_in(running: Running, token: str) -> Visitor:
    visitor = running.visitor()
    page = visitor.get("/login")
    [proof] = re.findall(r'name="form_token" value="([^"]+)"', page.text)
    assert visitor.post("/login", form_token=proof, token=token).status == 303
    return visitor


def parked(running: Running) -> str:
    """The number of a message that the CRM refuses."""

    def refuse(request: Request) -> Answer | None:
        if request.path.endswith("/emails/batch/create"):
            return Answer(400, b'{"message": "bad subject"}', {})
        return None

    running.office.transport.before = refuse
    running.office.got(f"Bob <{BOB}>", 0, "n9@x", subject="Refused one")
    running.turn()
    running.office.transport.before = lambda _request: None
    found = re.search(r"/parked/(\d+)/retry", running.visitor().get("/parked").text)
    assert found is not None
    return found[1]


def held(running: Running) -> None:
    running.works.ctx.rules = replace(
        running.works.ctx.rules, guard=replace(running.works.ctx.rules.guard, max_actions=1)
    )
    for number in range(3):
        running.office.got(f"P <p{number}@x{number}.example>", 0, f"h{number}@x")
    running.turn()


def state(running: Running, state: str) -> int:
    with running.works.ctx.store.begin() as tx:
        return sum(n for (_, one), n in tally.states(tx).items() if one == state)


def test_what_is_parked_is_sent_again(running: Running):
    number = parked(running)
    visitor = running.visitor()
    page = visitor.get("/parked").text
    assert "bad subject" in page
    assert "Refused one" in page
    answer = visitor.send("/parked", f"/parked/{number}/retry")
    assert f"Number {number} will be sent again." in visitor.follow(answer).text
    running.turn()
    assert "Refused one" in running.office.emails()
    assert "Nothing is parked." in visitor.get("/parked").text


def test_what_is_parked_is_given_up(running: Running):
    number = parked(running)
    visitor = running.visitor()
    visitor.follow(visitor.send("/parked", f"/parked/{number}/drop"))
    running.turn()
    assert "Refused one" not in running.office.emails()
    assert "Nothing is parked." in visitor.get("/parked").text


def test_doing_it_twice_is_told_not_done(running: Running):
    number = parked(running)
    visitor = running.visitor()
    [proof] = re.findall(
        rf'action="/parked/{number}/drop">\s*<input[^>]*value="([^"]+)"',
        visitor.get("/parked").text,
    )
    assert visitor.post(f"/parked/{number}/drop", form_token=proof).status == 303
    again = visitor.post(f"/parked/{number}/drop", form_token=proof)
    assert again.status == 409
    assert "is not parked any more" in again.text
    assert visitor.post(f"/parked/{number}/burn", form_token=proof).status == 409


def test_what_is_held_is_let_go(running: Running):
    held(running)
    visitor = running.visitor()
    assert "the limit is 1" in visitor.get("/held").text
    done = visitor.follow(visitor.send("/held", "/held/approve"))
    assert "Released 3." in done.text
    assert "Nothing is held." in done.text
    assert "Released" not in visitor.get("/settings").text or visitor.cookies


def test_an_undo_is_offered_where_the_daemon_can(running: Running):
    undone: list[int] = []

    def undo(number: int) -> str:
        if number != 2:
            raise NotDone("Nothing of it can be reversed.")
        undone.append(number)
        return "Reversed 3 of 3."

    house = replace(running.house, deeds=replace(running.house.deeds, undo=undo))
    visitor = Visitor(make_app(house))
    assert "Reversed 3 of 3." in visitor.follow(visitor.send("/runs/2", "/runs/2/undo")).text
    assert undone == [2]
    assert visitor.send("/runs/1", "/runs/1/undo").status == 409


def test_without_an_undo_no_button_is_shown_and_none_works(running: Running):
    house = replace(running.house, deeds=replace(running.house.deeds, undo=None))
    visitor = Visitor(make_app(house))
    assert "/undo" not in visitor.get("/runs/2").text
    [proof] = re.findall(r'name="form_token" value="([^"]+)"', visitor.get("/settings").text)
    assert visitor.post("/runs/2/undo", form_token=proof).status == 409


def test_a_run_is_undone_with_the_next_turn(running: Running):
    assert len(running.office.open_tasks()) == 1
    visitor = running.visitor()
    told = visitor.follow(visitor.send("/runs/2", "/runs/2/undo")).text
    assert re.search(r"Run 2: .*waiting", told)
    running.turn()
    assert running.office.open_tasks() == []
    assert "undoes" in visitor.get("/runs").text


def test_what_cannot_be_undone_is_said_so(running: Running):
    [proof] = re.findall(
        r'name="form_token" value="([^"]+)"', (visitor := running.visitor()).get("/settings").text
    )
    assert visitor.post("/runs/4711/undo", form_token=proof).status == 409


@pytest.mark.parametrize("proof", ["", "0" * 64])
def test_a_form_that_is_not_ours_does_nothing(running: Running, proof: str):
    held(running)
    visitor = running.visitor()
    visitor.get("/held")
    assert visitor.post("/held/approve", form_token=proof).status == 403
    assert state(running, "held") == 3


def test_another_visitors_form_does_nothing(running: Running):
    held(running)
    [proof] = re.findall(r'name="form_token" value="([^"]+)"', running.visitor().get("/held").text)
    other = running.visitor()
    other.get("/held")
    assert other.post("/held/approve", form_token=proof).status == 403
    assert state(running, "held") == 3


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
    ],
)
def test_a_form_sent_from_another_site_does_nothing(running: Running, headers: dict[str, str]):
    held(running)
    visitor = running.visitor()
    [proof] = re.findall(r'name="form_token" value="([^"]+)"', visitor.get("/held").text)
    body = f"form_token={proof}".encode()
    assert visitor.ask("POST", "/held/approve", body, headers).status == 403
    assert state(running, "held") == 3


def test_a_viewer_may_look_and_not_act(guarded: Running):
    held(guarded)
    visitor = logged_in(guarded, "viewers-token")
    page = visitor.get("/held")
    assert page.status == 200
    assert "<button disabled>" in page.text
    [proof] = re.findall(r'name="form_token" value="([^"]+)"', page.text)[:1]
    assert visitor.post("/held/approve", form_token=proof).status == 403
    assert state(guarded, "held") == 3


def test_an_operator_may_act(guarded: Running):
    held(guarded)
    visitor = logged_in(guarded, "operators-token")
    visitor.send("/held", "/held/approve")
    assert state(guarded, "held") == 0


def test_a_program_with_the_token_needs_no_form(guarded: Running):
    held(guarded)
    program = guarded.visitor(authorization="Bearer operators-token")
    answer = program.ask("POST", "/held/approve", b"kind=add_contact", {})
    assert json.loads(answer.body) == {"ok": True, "told": "Released 3."}
    viewer = guarded.visitor(authorization="Bearer viewers-token")
    assert viewer.ask("POST", "/held/approve", b"", {}).status == 403


@pytest.mark.parametrize("path", ["/", "/conversations", "/settings?x=1", "/nothing"])
def test_a_stranger_is_asked_to_log_in(guarded: Running, path: str):
    reply = guarded.visitor().get(path)
    assert reply.status == 303
    assert reply.header("location").startswith("/login?next=%2F")
    assert "brightlink" not in guarded.visitor().follow(reply).text


@pytest.mark.parametrize("path", ["/metrics", "/-/reload"])
def test_a_program_without_a_token_hears_no(guarded: Running, path: str):
    reply = guarded.visitor().get(path)
    assert reply.status == 401
    assert reply.header("www-authenticate") == "Bearer"


def test_a_stranger_hears_whether_it_is_well_and_nothing_else(guarded: Running):
    for path in ("/healthz", "/readyz"):
        assert json.loads(guarded.visitor().get(path).body) == {"ok": True}
    assert "checks" in json.loads(logged_in(guarded, "viewers-token").get("/healthz").body)


@pytest.mark.parametrize(
    ("wanted", "lands"),
    [
        ("/runs", "/runs"),
        ("/conversations%3Fq%3Dx", "/conversations?q=x"),
        ("//elsewhere.example", "/"),
        ("https://elsewhere.example", "/"),
        ("/%5Celsewhere.example", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_after_logging_in_one_is_where_one_wanted_to_be_and_never_elsewhere(
    guarded: Running, wanted: str, lands: str
):
    visitor = guarded.visitor()
    page = visitor.get(f"/login?next={wanted}")
    [proof] = re.findall(r'name="form_token" value="([^"]+)"', page.text)
    reply = visitor.post(f"/login?next={wanted}", form_token=proof, token="operators-token")
    assert (reply.status, reply.header("location")) == (303, lands)


def test_logging_in_changes_the_cookie_and_logging_out_ends_it(guarded: Running):
    visitor = guarded.visitor()
    visitor.get("/login")
    before = visitor.cookies["syncd_session"]
    visitor = logged_in(guarded, "operators-token")
    kept = dict(visitor.cookies)
    assert kept["syncd_session"] != before
    visitor.send("/", "/logout")
    visitor.cookies = kept
    assert visitor.get("/").status == 303


def test_a_wrong_token_is_told_and_many_are_stopped(guarded: Running):
    visitor = guarded.visitor()
    replies: list[Reply] = []
    for _ in range(6):
        [proof] = re.findall(r'name="form_token" value="([^"]+)"', visitor.get("/login").text)
        replies.append(visitor.post("/login", form_token=proof, token="guess"))
    assert [reply.status for reply in replies] == [401] * 5 + [429]
    assert int(replies[-1].header("retry-after")) > 0
    assert guarded.visitor(authorization="Bearer operators-token").get("/metrics").status == 429
    elsewhere = guarded.visitor("192.0.2.9", authorization="Bearer operators-token")
    assert elsewhere.get("/metrics").status == 200


@pytest.fixture
def behind(office: Office, runs: Callable[..., Running]) -> Running:
    office.text += PROXY
    return runs()


def test_people_behind_a_proxy_are_known_by_name(behind: Running):
    held(behind)
    ann = behind.visitor("10.1.2.3", x_user="ann@brightlink.example")
    bob = behind.visitor("10.1.2.3", x_user="bob@brightlink.example")
    assert "ann@brightlink.example, operator" in ann.get("/").text
    assert "<button disabled>" in bob.get("/held").text
    ann.send("/held", "/held/approve")
    assert state(behind, "held") == 0


def test_a_name_that_stands_twice_is_nobodys(behind: Running):
    """A proxy that adds its header behind a stranger's leaves both."""

    async def twice(scope: Scope, receive: Receive, send: Send) -> None:
        scope["headers"] = [*scope["headers"], (b"x-user", b"eve@elsewhere.example")]
        await behind.app(scope, receive, send)

    visitor = behind.visitor("10.1.2.3", x_user="ann@brightlink.example")
    visitor.app = twice
    assert visitor.get("/").status == 403


def test_another_token_in_its_file_counts_from_the_next_reload(guarded: Running):
    before = logged_in(guarded, "operators-token")
    (guarded.office.folder / "operator").write_text("another-token")
    assert before.get("/").status == 200
    assert guarded.daemon._reload() is not None
    assert before.get("/").status == 303
    old = guarded.visitor(authorization="Bearer operators-token")
    assert old.get("/metrics").status == 401
    assert logged_in(guarded, "another-token").get("/").status == 200


def test_nobody_comes_in_beside_the_proxy(behind: Running):
    for peer in ("127.0.0.1", "192.0.2.1"):
        reply = behind.visitor(peer, x_user="ann@brightlink.example").get("/")
        assert (reply.status, reply.text) == (403, "come through the proxy\n")
    assert behind.visitor("10.1.2.3").get("/").status == 403


def test_behind_https_cookies_are_for_https_alone(behind: Running):
    proxied = behind.visitor("10.1.2.3", x_user="ann", x_forwarded_proto="https")
    assert "; Secure" in proxied.get("/").header("set-cookie")
    plain = behind.visitor("10.1.2.3", x_user="ann")
    assert "; Secure" not in plain.get("/").header("set-cookie")


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8385", "", "localhost.evil.example"]
)
def test_on_loopback_another_name_for_this_machine_is_turned_away(running: Running, host: str):
    reply = running.visitor(host=host).get("/")
    assert reply.status == 421


@pytest.mark.parametrize("host", ["127.0.0.1:8385", "localhost", "[::1]:8385", "LOCALHOST:1"])
def test_on_loopback_its_own_names_are_good(running: Running, host: str):
    assert running.visitor(host=host).get("/").status == 200


@pytest.mark.parametrize("path", ["/", "/login", "/metrics", "/healthz", "/nothing", "/style.css"])
def test_every_answer_carries_the_headers_that_keep_browsers_safe(guarded: Running, path: str):
    reply = guarded.visitor().get(path)
    policy = reply.header("content-security-policy")
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert reply.header("x-content-type-options") == "nosniff"
    assert reply.header("x-frame-options") == "DENY"
    assert ("no-store" in reply.header("cache-control")) == (path != "/style.css")
    for value in (value for name, value in reply.headers if name == "set-cookie"):
        assert "HttpOnly" in value
        assert "SameSite=Strict" in value


def test_a_large_form_is_refused(running: Running):
    visitor = running.visitor()
    assert visitor.ask("POST", "/held/approve", b"x" * 70_000, {}).status == 413


def test_scrapes_get_no_cookie(running: Running):
    assert running.visitor().get("/metrics").header("set-cookie") == ""
    assert running.visitor().get("/").header("set-cookie") != ""


_FORM = {"content_type": "application/x-www-form-urlencoded"}


def _posts(running: Running) -> list[str]:
    """Every address that a form or a program may send something to."""
    found = [
        route.path.replace("{number:int}", "1").replace("{what}", "retry")
        for route in running.app.routes
        if isinstance(route, Route) and "POST" in (route.methods or ())
    ]
    assert len(found) > 6
    return [path for path in found if path != "/login"]


def test_no_address_takes_anything_without_proof_that_our_page_sent_it(guarded: Running):
    visitor = logged_in(guarded, "operators-token")
    for path in _posts(guarded):
        for fields in (b"", b"form_token=", b"form_token=" + b"0" * 64):
            reply = visitor.ask("POST", path, fields or b"x=1", _FORM)
            assert reply.status in {400, 403}, (path, reply.status)
            elsewhere = {**_FORM, "sec_fetch_site": "cross-site"}
            assert visitor.ask("POST", path, fields or b"x=1", elsewhere).status == 403


def test_no_address_does_anything_for_a_viewer_or_a_stranger(guarded: Running):
    program = guarded.visitor(authorization="Bearer viewers-token")
    stranger = guarded.visitor()
    for path in _posts(guarded):
        assert stranger.ask("POST", path, b"x=1", _FORM).status == 401
        if path != "/logout":
            assert program.ask("POST", path, b"x=1", _FORM).status == 403, path


@pytest.mark.parametrize(
    "body",
    [
        b"&".join(b"a%d=1" % number for number in range(50)),
        *(b"\xff\xfe", b"form_token=\xed\xa0\xbd", b"{}", b"\0" * 100, b"=&=&=", b"%00=%zz"),
    ],
)
def test_a_form_of_any_kind_is_a_form_without_proof(guarded: Running, body: bytes):
    visitor = guarded.visitor()
    assert visitor.ask("POST", "/login", body, {}).status == 403
    operator = logged_in(guarded, "operators-token")
    for path in ("/held/approve", "/logout", "/-/reload", "/runs/1/undo", "/introductions/draft"):
        assert operator.ask("POST", path, body, {"sec-fetch-site": "same-origin"}).status == 403
    told = {"cookie": f"syncd_told={('[' * 4_000).encode().hex()}"}
    assert guarded.visitor().ask("GET", "/login", b"", told).status == 200


@pytest.mark.parametrize("length", ["many", "-1", "9" * 30, "1e3", "0x10"])
def test_a_length_that_is_none_is_refused(running: Running, length: str):
    assert running.visitor(content_length=length).get("/").status == 413


def test_a_flood_is_stopped(running: Running):
    visitor = running.visitor()
    answers = {visitor.get("/healthz").status for _ in range(int(AT_ONCE) + 100)}
    assert 429 in answers
