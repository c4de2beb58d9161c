"""The small web of the sandbox."""

from __future__ import annotations

import pytest

from connectors.webcheck.simulator import WebSimulator
from syncd.ports.simulator import Request
from tests.support.clock import DrivenClock

SITE = "https://reedhomes.example"


@pytest.fixture
def web():
    web = WebSimulator(DrivenClock())
    web.control("put_page", {"url": f"{SITE}/post?id=1", "links": [{"url": "https://a.example"}]})
    return web


def get(web, path, query=(), method="GET"):
    return web.handle(Request(method, path, query))


def test_a_page_is_served_by_scheme_host_path_and_query(web):
    page = get(web, "/https/ReedHomes.example/post", (("id", "1"),))
    assert (page.status, b"https://a.example" in page.body) == (200, True)
    assert get(web, "/https/reedhomes.example/post").status == 404
    assert get(web, "/http/reedhomes.example/post", (("id", "1"),)).status == 404
    assert get(web, "/https/nobody.example/").status == 0
    assert get(web, "/https/reedhomes.example/post", (("id", "1"),), "POST").status == 405


def test_its_front_page_lists_what_there_is(web):
    front = get(web, "/")
    assert b"/https/reedhomes.example/post?id=1" in front.body


def test_a_page_can_go_in_two_ways(web):
    web.control("remove_page", {"url": f"{SITE}/post?id=1"})
    assert get(web, "/https/reedhomes.example/post", (("id", "1"),)).status == 404
    web.control("remove_page", {"url": f"{SITE}/post?id=1", "status": 410})
    assert get(web, "/https/reedhomes.example/post", (("id", "1"),)).status == 410


def test_faults_strike_a_host_or_a_page_so_often(web):
    web.control("fault", {"host": "reedhomes.example", "status": 500})
    assert get(web, "/https/reedhomes.example/").status == 500
    assert get(web, "/https/reedhomes.example/").status == 404
    web.control("fault", {"url": f"{SITE}/", "n": None})
    assert [get(web, "/https/reedhomes.example/").status for _ in range(3)] == [0, 0, 0]
    web.control("clear_faults", {})
    assert get(web, "/https/reedhomes.example/").status == 404


def test_its_state_is_kept_and_an_unknown_command_is_an_error(web):
    web.control("robots", {"site": SITE, "text": "User-agent: *\nDisallow: /"})
    again = WebSimulator(DrivenClock())
    again.restore(web.snapshot())
    assert again.snapshot() == web.snapshot()
    assert again.control("pages", {}) == {"pages": [f"{SITE}/post?id=1", f"{SITE}/robots.txt"]}
    assert "put_page" in again.commands
    with pytest.raises(KeyError):
        web.control("invent", {})


def test_visits_are_counted_until_told_otherwise(web):
    get(web, "/https/reedhomes.example/")
    assert web.control("stats", {})["visits"] == {f"{SITE}/": 1}
    web.control("reset_stats", {})
    assert web.control("stats", {}) == {"visits": {}, "agents": {}}
