"""A crawl taken in, shown and refused, by command."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.unit.cli.wired import Command, wire
from tests.unit.crawler.site import Site, served
from tests.unit.engine.office import Office
from tests.unit.screaming_frog.exports import export, link, some

AT = datetime(2026, 11, 20, tzinfo=UTC)


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path, ready=False)


@pytest.fixture
def syncd(office: Office, monkeypatch, capsys) -> Command:
    return wire(office, monkeypatch, capsys)


@pytest.fixture
def site() -> Iterator[Site]:
    with served(Site()) as there:
        yield there


def file(office: Office, name: str, content: bytes, at: datetime = AT) -> str:
    path = office.folder / name
    path.write_bytes(content)
    os.utime(path, (at.timestamp(), at.timestamp()))
    return str(path)


def test_an_export_is_taken_in_without_a_word_in_the_settings(office: Office, syncd: Command):
    rows = [
        link("https://blog.example/1", "https://friend.example/x", Anchor="A friend"),
        link("https://blog.example/1", "https://shop.example/", Anchor="Powered by Shop"),
        link("https://blog.example/2", "https://www.facebook.com/x"),
    ]
    ended = syncd("import", "crawl", file(office, "external_links.csv", export(rows)))
    assert (ended.code, ended.err) == (0, "")
    assert "blog.example: 2 pages, 3 links out to 2 domains; 1 more" in ended.out
    listed = syncd("crawls")
    assert "2026-11-20 00:00" in listed.out
    shown = syncd("crawls", "www.blog.example").out
    assert "friend.example" in shown
    assert "A friend" in shown
    assert "shop.example" not in shown
    assert "1 more" in shown
    assert "shop.example" in syncd("crawls", "blog.example", "--all").out


def test_programs_are_told_the_same_in_json(office: Office, syncd: Command):
    taken = syncd("import", "crawl", file(office, "a.csv", export(some(3))), "--json").json
    assert taken["kept"]
    assert taken["crawl"]["domains"] == 3
    assert [each["site"] for each in syncd("crawls", "--json").json["crawls"]] == ["blog.example"]
    domains = syncd("crawls", "blog.example", "--json").json["domains"]
    assert [each["domain"] for each in domains] == ["a0.example", "a1.example", "a2.example"]
    assert domains[0]["source_url"] == "https://blog.example/0"


def test_a_bad_file_changes_nothing_and_says_what_to_do(office: Office, syncd: Command):
    syncd("import", "crawl", file(office, "a.csv", export(some(3))))
    cut = file(office, "cut.csv", export(some(500)))
    ended = syncd("import", "crawl", cut)
    assert ended.code == 1
    assert "--complete" in ended.err
    assert syncd("crawls", "--json").json["crawls"][0]["domains"] == 3
    refused = syncd("import", "crawl", cut, "--json")
    assert (refused.code, refused.json["ok"]) == (1, False)
    assert syncd("import", "crawl", cut, "--complete").code == 0


def test_an_older_export_needs_to_be_told_to_replace(office: Office, syncd: Command):
    syncd("import", "crawl", file(office, "a.csv", export(some(3))))
    older = file(office, "b.csv", export(some(5)), datetime(2026, 1, 1, tzinfo=UTC))
    ended = syncd("import", "crawl", older)
    assert ended.code == 1
    assert "newer: that one stays" in ended.err
    assert syncd("import", "crawl", older, "--replace").code == 0


def test_a_list_of_addresses_is_taken_for_a_named_site(office: Office, syncd: Command):
    columns = ("Address", "Content Type", "Status Code")
    rows = [{"Address": "https://a.example/x", "Content Type": "text/html", "Status Code": "200"}]
    path = file(office, "external_all.csv", export(rows, columns))
    assert "--site" in syncd("import", "crawl", path).err
    assert syncd("import", "crawl", path, "--site", "blog.example").code == 0
    assert "a.example" in syncd("crawls", "blog.example").out


def test_a_site_is_crawled_by_our_own_crawler(office: Office, syncd: Command, site: Site):
    office.text = office.text.replace(
        "connectors:\n", "connectors:\n  crawl: {kind: crawler, pause_seconds: 0}\n"
    )
    site.page("/", "/two", "https://friend.example/")
    site.page("/two", "https://other.example/")
    ended = syncd("crawl", site.url, "--allow-private")
    assert (ended.code, ended.err) == (0, "")
    assert "127.0.0.1: 2 pages, 2 links out to 2 domains" in ended.out
    assert "(+https://brightlink.example)" in site.asked[0][2]
    refused = syncd("crawl", site.url)
    assert refused.code == 1
    assert "--allow-private" in refused.err
    shown = syncd("crawls", site.url).out
    assert "friend.example" in shown
    assert "The last try" in shown


def test_a_program_that_is_not_installed_is_told_with_the_way_out(office: Office, syncd: Command):
    office.text = office.text.replace(
        "connectors:\n", "connectors:\n  frog: {kind: screaming_frog, command: no-such-frog}\n"
    )
    ended = syncd("crawl", "blog.example", "--with", "screaming-frog")
    assert ended.code == 1
    assert "--with crawler" in ended.err


def test_a_site_nobody_crawled_says_how_to(office: Office, syncd: Command):
    syncd("import", "crawl", file(office, "a.csv", export(some(3))))
    ended = syncd("crawls", "other.example")
    assert ended.code == 1
    assert "syncd crawl other.example" in ended.err
    assert "is no site" in syncd("crawls", "a b").err
    assert "is no site" in syncd("crawl", "a b").err


def test_a_crawl_runs_beside_a_daemon(office: Office, syncd: Command):
    with office.works():
        ended = syncd("import", "crawl", file(office, "a.csv", export(some(3))))
    assert ended.code == 0


def test_status_says_what_was_not_taken_in_and_the_doctor_what_is_missing(
    office: Office, syncd: Command
):
    office.text = office.text.replace(
        "connectors:\n", "connectors:\n  frog: {kind: screaming_frog, folder: exports}\n"
    )
    office.text += "crawl: {sites: contacts}\n"
    (office.folder / "exports").mkdir()
    file(office, "exports/mail.csv", b"Name\nAnn\n")
    office.turn()
    assert "export not taken in: mail.csv" in syncd("status").out
    assert [one["name"] for one in syncd("status", "--json").json["exports"]] == ["mail.csv"]
    findings = {one["name"] for one in syncd("doctor", "--json").json["checks"]}
    assert {"screaming_frog.folder", "crawler.program"} <= findings
