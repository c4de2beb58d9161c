"""What a newcomer tries first: the demo, and somebody's own mail."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from syncd.settings.shipped import shipped
from tests.e2e.processes import Home, Services
from tests.unit.sandbox.brightlink import brightlink

# Public mail to try with; it lies beside the checkout where there is any.
MBOX = Path(__file__).parents[3] / "shared" / "mail" / "matthias.mbox"
ME = "matthias@egwn.net"


def test_the_demo_ends_by_itself_and_its_numbers_add_up(home: Home):
    ended = home.syncd("demo", "--port", "0", "--json")
    assert ended.code == 0
    told = ended.json
    assert told["ok"]
    assert told["seen"] == sum(told["outcomes"].values()) > 80
    reasons: Counter[str] = Counter()
    for one in told["reasons"]:
        reasons[one["outcome"]] += one["number"]
    assert reasons == told["outcomes"]
    assert told["outcomes"]["logged"] == told["done"]["log_email"]
    assert told["totals"]["contacts.created"] == told["done"]["add_contact"]
    opened, closed = told["done"]["open_task"], told["done"]["close_task"]
    assert opened > closed > 0
    assert told["totals"]["tasks.open"] == opened - closed
    assert all(told["examples"].values())
    _link_building_is_shown(told["link_building"])


def _link_building_is_shown(told: dict[str, Any]) -> None:
    """What the example's files and pages say, come to stand."""
    plan = told["plan"]
    assert plan["made"] == plan["wished"] > 25
    assert plan["notebook"]
    table = shipped("sandbox/example/files/prospects/home-builders.csv").read_text()
    assert sum(told["prospects"].values()) == len(table.splitlines()) - 1
    assert told["prospects"] == {"added": 4, "joins": 2, "doubled": 1, "left out": 1, "broken": 1}
    lost = {page["url"]: "later" in page for page in brightlink().pages if page.get("links")}
    assert told["links"] == {url: "lost" if gone else "live" for url, gone in lost.items()}
    assert len(told["linked"]) == len(lost)
    (draft,) = told["drafts"]
    (introduction,) = brightlink().introductions
    assert draft["about"] == introduction["site"]
    assert draft["to"] == brightlink().writer(introduction["by"]).address
    assert draft["state"] == "done"
    assert any("owe us 1 favour" in reason for reason in draft["reasons"])
    assert introduction["site"] in draft["text"]
    assert told["report"]


@pytest.mark.skipif(not MBOX.exists(), reason="the shared mail is not beside this checkout")
def test_every_message_of_somebodys_own_export_is_logged_exactly_once(tmp_path: Path):
    seeds = tmp_path / "sandbox"
    seeds.mkdir()
    with Services(seeds, "--mail", str(MBOX), "--me", ME) as services:
        home = Home(tmp_path / "home", services.config)
        home.until_quiet()
        counted = home.here("coverage", "--json").json["mailboxes"][ME]
        assert counted == {"seen": 195, "logged": 195}
        logged = services.logged()
    ids = [message_id for message_id, _, _ in logged]
    assert len(ids) == len(set(ids)) == 195
    directions = Counter(direction for _, direction, _ in logged)
    assert directions == {"EMAIL": 63, "INCOMING_EMAIL": 132}
    assert all(people for _, _, people in logged)
