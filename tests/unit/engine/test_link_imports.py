"""Long lists of links come in in portions, and a short one is looked at at once."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from syncd.core.links_file import Left, Listed
from syncd.engine import link_imports
from syncd.store import links
from syncd.store.database import Store
from tests.unit.engine.office import Office


def listed(number: int) -> list[Listed | Left]:
    target = "https://acme.example/"
    return [
        Listed(line, f"https://site{line}.example/page", target, "ACME", "acme.example")
        for line in range(number)
    ]


class Watched(Store):
    """Counts how often others were let in, and looks what had been committed by then."""

    let_in = 0

    def let_others_in(self) -> None:
        self.let_in += 1


def take(office: Office, lines: list[Listed | Left], **more: Any) -> tuple[int, int]:
    now = office.clock.now()
    with closing(Watched(office.settings.store)) as store:
        rules = office.settings.rules(now)
        intake = link_imports.take_all(store, rules, lines, now, **more)
        return len(intake.new), store.let_in


def test_a_long_list_lets_others_in_between_its_portions(tmp_path: Path, monkeypatch: Any):
    monkeypatch.setattr(link_imports, "PORTION", 10)
    office = Office(tmp_path)
    assert take(office, listed(35)) == (35, 3)
    # Ended in the middle and begun again it adds nothing twice, across portions as within one.
    assert take(office, [*listed(35), *listed(5)]) == (0, 3)
    with office.state() as tx:
        assert len(links.every(tx)) == 35


def test_what_stands_in_the_list_twice_counts_once_across_portions(
    tmp_path: Path, monkeypatch: Any
):
    monkeypatch.setattr(link_imports, "PORTION", 2)
    office = Office(tmp_path)
    lines = [*listed(3), *listed(2)]
    with closing(Store(office.settings.store)) as store:
        now = office.clock.now()
        found = link_imports.take_all(store, office.settings.rules(now), lines, now)
    assert [one.why for one in found.left] == ["it stands in the list before"] * 2


def test_a_dry_run_writes_nothing(tmp_path: Path):
    office = Office(tmp_path)
    assert take(office, listed(3), dry_run=True)[0] == 3
    with office.state() as tx:
        assert links.every(tx) == []


@pytest.mark.parametrize(("number", "at_once"), [(60, True), (61, False)])
def test_what_one_round_can_look_at_is_due_at_once(tmp_path: Path, number: int, at_once: bool):  # noqa: FBT001
    office = Office(tmp_path)
    take(office, listed(number))
    with office.state() as tx:
        due = [one.next_check_at for one in links.every(tx)]
    now = office.clock.now()
    assert all(one == now for one in due) is at_once
