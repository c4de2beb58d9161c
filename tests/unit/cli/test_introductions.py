"""What a link builder is shown of introductions, and how they have drafts written."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from syncd import app, wiring
from syncd.cli.main import main
from syncd.core.introductions import State
from syncd.ports.manifest import Toolbox
from syncd.settings.settings import Settings
from tests.unit.engine.introducing import ANN, BEN, MAYA, SITE, WANTED, Salon


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
def salon(tmp_path: Path) -> Salon:
    salon = Salon(tmp_path / "salon")
    (salon.folder / "syncd.yaml").write_text(salon.text)
    return salon


@pytest.fixture
def syncd(salon: Salon, monkeypatch, capsys) -> Command:
    real = wiring.connect

    def wired(settings: Settings, tools: Toolbox) -> Any:
        return real(settings, replace(tools, clock=salon.clock, transport=salon.transport))

    monkeypatch.setattr(app, "connect", wired)

    def run(*args: str) -> Ended:
        capsys.readouterr()
        path = str(salon.folder / "syncd.yaml")
        code = main(["introductions", *args, "--config", path])
        return Ended(code, *capsys.readouterr())

    return run


def test_the_list_is_numbered_and_says_why(syncd: Command):
    shown = syncd()
    assert shown.code == 0
    assert shown.out.startswith(f"1. Ann Lee <{ANN}>: {WANTED} for acme (score ")
    assert f"   + Ann Lee ({SITE}) links to {WANTED} in an article" in shown.out


def test_programs_get_the_same_as_json(syncd: Command):
    [one] = syncd("--json").json["offers"]
    assert (one["number"], one["introducer"], one["wanted"], one["asked_by"]) == (
        1,
        ANN,
        WANTED,
        MAYA,
    )
    assert one["blocks"] == []
    assert 0 < one["score"] <= 1


def test_only_with_yes_is_a_draft_written_and_until_then_it_is_shown(syncd: Command, salon: Salon):
    shown = syncd("--draft", "1")
    assert shown.code == 2
    assert f"Draft in {MAYA}, to {ANN}, about {WANTED}, in their thread:" in shown.out
    assert "   | Hi Ann," in shown.out
    assert "Nothing was written yet" in shown.err
    assert salon.drafts() == []
    assert salon.askings() == []


def test_with_yes_the_draft_and_its_task_are_written_in_one_run(syncd: Command, salon: Salon):
    done = syncd("--draft", "1", "--yes")
    assert done.code == 0
    assert "it waits there for its person" in done.out
    assert len(salon.drafts()) == 1
    assert salon.titles() == [f"Ask Ann Lee ({SITE}) about {WANTED}"]
    again = syncd()
    assert "There is nobody to ask" in again.out
    assert "1 more may not be asked for now" in again.out
    assert f"   {ANN}: {WANTED}, drafted since" in again.out


def test_what_may_not_be_asked_is_shown_with_all_and_refused(syncd: Command, salon: Salon):
    syncd("--draft", f"{ANN}:{WANTED}", "--yes")
    assert f"   - Ann Lee was asked for {WANTED} today (drafted)" in syncd("--all").out
    refused = syncd("--draft", "1", "--yes")
    assert refused.code == 1
    assert "is not asked for" in refused.err
    assert len(salon.drafts()) == 1


@pytest.mark.parametrize("given", ["2", "0", "x", "1,9"])
def test_a_wrong_number_is_refused_with_the_remedy(syncd: Command, given: str):
    refused = syncd("--draft", given, "--yes")
    assert refused.code == 1
    assert "syncd introductions --all" in refused.err


def test_a_campaign_that_is_none_is_refused(syncd: Command):
    refused = syncd("--campaign", "nobody")
    assert refused.code == 1
    assert "there are: acme" in refused.err
    assert syncd("--campaign", "acme").out.startswith("1. ")


def test_a_contact_narrows_the_list(syncd: Command):
    assert syncd("--contact", ANN.upper()).out.startswith("1. ")
    assert "There is nobody" in syncd("--contact", "who@else.example").out


def test_the_chain_and_the_next_hop_are_told(syncd: Command, salon: Salon):
    salon.ask()
    salon.sends()
    salon.turn()
    salon.later(2)
    salon.introduces()
    salon.turn()
    assert salon.asking().state is State.INTRODUCED
    chain = syncd("--chain", BEN)
    assert chain.out.startswith(f"{ANN} introduced Ben Ray <{BEN}> for acme, ")
    assert syncd("--chain", "who@else.example").out.startswith("Nobody introduced")
    assert f"Next: crawl {WANTED}. Ben Ray, introduced by {ANN}" in syncd().out
    [hop] = syncd("--json").json["crawl_next"]
    assert hop["site"] == WANTED
    salon.crawled((WANTED, "third.example"))
    assert "Next:" not in syncd().out
