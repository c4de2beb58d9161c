"""Links from the command line: taken in, shown, looked at, dropped."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from syncd import app, wiring
from syncd.cli.main import main
from syncd.ports.manifest import Toolbox
from syncd.runtime.hold import hold
from syncd.settings.settings import Settings
from tests.unit.engine.office import ADA, Office
from tests.unit.engine.test_lost_links import PAGE, WEB, publish

OTHER = "https://stranger.example/post"
LIST = (
    "URL,Target URL,Anchor\n"
    f"{PAGE},https://acme.example/old-guide,ACME\n"
    f"{PAGE}/?utm_source=x,https://acme.example/guide,ACME\n"
    f"{OTHER},https://acme.example/,\n"
    "https://third.example/x,https://nobody.example/,\n"
)


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Command = Callable[..., Ended]


@pytest.fixture
def office(tmp_path: Path) -> Office:
    office = Office(tmp_path)
    office.text = office.text.replace("connectors:\n", f"connectors:{WEB}")
    office.wrote(f"Ada <{ADA}>", 1, "p1@brightlink.example")
    office.turn()
    (office.folder / "syncd.yaml").write_text(office.text)
    (office.folder / "links.csv").write_text(LIST)
    return office


@pytest.fixture
def syncd(office: Office, monkeypatch, capsys) -> Command:
    real = wiring.connect

    def wired(settings: Settings, tools: Toolbox) -> Any:
        return real(settings, replace(tools, transport=office.transport))

    monkeypatch.setattr(app, "connect", wired)

    def run(*args: str) -> Ended:
        capsys.readouterr()
        code = main([*args, "--config", str(office.folder / "syncd.yaml")])
        return Ended(code, *capsys.readouterr())

    return run


def taken(syncd: Command, office: Office, *more: str) -> Ended:
    return syncd("import", "links", str(office.folder / "links.csv"), *more)


def test_a_list_is_taken_in_once(syncd: Command, office: Office):
    before = taken(syncd, office, "--dry-run", "--json")
    assert before.code == 2
    assert len(before.json["new"]) == 2
    assert syncd("links", "--json").json["links"] == []
    told = taken(syncd, office)
    assert told.code == 0
    assert "none of our clients (line 5)" in told.out
    assert "it stands in the list before (line 3)" in told.out
    assert "nobody" in told.out
    links = syncd("links", "--json").json["links"]
    assert [(one["url"], one["person"], one["state"]) for one in links] == [
        (PAGE, ADA, "unchecked"),
        (OTHER, "", "unchecked"),
    ]
    assert taken(syncd, office, "--json").json["new"] == []
    assert taken(syncd, office, "--dry-run").code == 0


def test_a_claim_counts_when_its_page_has_been_seen(syncd: Command, office: Office):
    taken(syncd, office)
    publish(office)
    looked = syncd("links", "check", PAGE, "--json")
    assert [one["state"] for one in looked.json["looked_at"]] == ["changed target"]
    [link] = syncd("links", "--state", "changed-target", "--json").json["links"]
    assert link["stands"]
    assert [at["state"] for at in link["history"]] == ["changed target"]
    assert "unchecked" not in syncd("links", "--person", ADA).out
    assert "https://www.acme.example/guide" not in syncd("links", "--state", "lost").out


def test_links_are_shown_as_csv_without_formulas(syncd: Command, office: Office):
    (office.folder / "links.csv").write_text(
        'URL,Target URL,Anchor\nhttps://x.example/a,https://acme.example/,"=1+1"\n'
    )
    taken(syncd, office)
    [row] = csv.DictReader(io.StringIO(syncd("links", "--csv").out))
    assert row["anchor"] == "'=1+1"
    assert row["client"] == "acme.example"


def test_a_link_is_added_shown_and_dropped(syncd: Command):
    assert syncd("links", "add", OTHER, "--person", "eve@stranger.example").code == 0
    shown = syncd("links", "show", OTHER.upper().replace("/POST", "/post")).out
    assert "eve@stranger.example" in shown
    assert "unchecked" in shown
    assert syncd("links", "drop", OTHER).code == 0
    assert syncd("links", "--json").json["links"] == []
    assert syncd("links", "add", OTHER).code == 0
    assert len(syncd("links", "--json").json["links"]) == 1


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("add", "nonsense://x"), "no web address"),
        (("add", OTHER, "--client", "nobody.example"), "acme.example"),
        (("add", OTHER, "--person", "nobody"), "no mail address"),
        (("drop", "https://unknown.example"), "no link is known"),
        (("check", "https://unknown.example"), "no link is known"),
        (("show", "https://unknown.example"), "no link is known"),
        (("--state", "alive"), "live"),
    ],
)
def test_what_cannot_be_meant_is_told(syncd: Command, args: tuple[str, ...], words: str):
    ended = syncd("links", *args)
    assert ended.code == 1
    assert words in ended.err


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--client", "nobody.example"), "no client"),
        (("--campaign", "nothing"), "no campaign"),
    ],
)
def test_a_list_for_nobody_is_refused(syncd: Command, office: Office, args, words):
    ended = taken(syncd, office, *args)
    assert ended.code == 1
    assert words in ended.err


def test_beside_a_daemon_a_look_is_asked_for(syncd: Command, office: Office):
    taken(syncd, office)
    with hold(office.settings.store, "run"):
        ended = syncd("links", "check", PAGE)
    assert ended.code == 0
    assert "daemon" in ended.out
    [link] = [one for one in syncd("links", "--json").json["links"] if one["url"] == PAGE]
    assert link["checked_at"] is None
