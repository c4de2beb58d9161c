"""`syncd plan` shows all that `syncd once` would do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.unit.cli.wired import wire
from tests.unit.engine.office import ADA, Office


def test_what_an_earlier_run_has_left_undone_is_shown_too(
    tmp_path: Path, monkeypatch: Any, capsys: Any
):
    office = Office(tmp_path / "office")
    syncd = wire(office, monkeypatch, capsys)
    office.wrote(f"Ada <{ADA}>", 6, "p1@brightlink.example")
    office.transport.down.add("teamwork")
    office.turn()
    office.transport.down.clear()
    office.clock.advance(3600)
    assert not office.tasks()
    shown = syncd("plan", "--json")
    assert (shown.code, shown.json["changes"]) == (2, 1), shown
    assert [one["kind"] for one in shown.json["actions"]] == ["open_task"]
    assert not office.tasks()
    office.turn()
    assert len(office.open_tasks()) == 1
    assert syncd("plan", "--json").json["changes"] == 0
