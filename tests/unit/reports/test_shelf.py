"""Reports for pages are made once for a state of things."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from syncd.core.periods import NoPeriod
from syncd.reports import shelf as shelves
from syncd.reports.gather import Ask, NoCampaign, gather
from syncd.reports.shelf import KEPT_FOR, Shelf
from syncd.store.database import Store, Tx
from syncd.store.schema import messages, participants
from tests.unit.engine.office import Office
from tests.unit.store.rows import put

NOW = datetime(2026, 11, 23, 10, tzinfo=UTC)


class Scene:
    """A shelf over an empty state; `made` counts the reports that were put together."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.store = Store(folder / "state.db")
        self.now = NOW
        self.folder = folder
        self.made = 0
        office = Office(folder / "office", ready=False)
        self.rules = office.settings.rules(NOW)
        self.shelf = Shelf(self.look, lambda: self.rules, lambda: self.now)

        def counted(tx: Tx, asked: Any) -> Any:
            self.made += 1
            return gather(tx, asked)

        monkeypatch.setattr(shelves, "gather", counted)

    @contextmanager
    def look(self) -> Iterator[Tx]:
        with self.store.begin() as tx:
            yield tx

    def contacted(self, ask: Ask | None = None) -> int:
        found, body = self.shelf.shown(ask or Ask())
        assert "How this is counted" in body
        rows = found.sections[0].rows
        return int(rows[0].values[0].value or 0) if rows else 0


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    scene = Scene(tmp_path, monkeypatch)
    yield scene
    scene.store.close()


def _message(tx: Tx) -> None:
    row = {"key": "k", "conversation_id": 1, "direction": "sent", "mail_class": "human", "id": 1}
    put(tx, messages, row | {"at": NOW - timedelta(days=3)})
    put(tx, participants, {"message_id": 1, "address": "ada@x.example", "role": "to"})


def test_a_second_look_costs_nothing(scene: Scene):
    scene.contacted()
    scene.contacted()
    assert scene.made == 1


def test_what_came_in_is_shown_at_once(scene: Scene):
    from syncd.store.schema import conversations

    assert scene.contacted() == 0
    with scene.store.begin() as tx:
        put(tx, conversations, {"id": 1})
        _message(tx)
    assert scene.contacted() == 1
    assert scene.made == 2


@pytest.mark.parametrize(
    ("change", "made"),
    [
        (lambda scene: setattr(scene, "now", NOW + KEPT_FOR - timedelta(seconds=1)), 1),
        (lambda scene: setattr(scene, "now", NOW + KEPT_FOR), 2),
        (lambda scene: setattr(scene, "now", NOW - timedelta(seconds=1)), 2),
        (
            lambda scene: setattr(
                scene, "rules", Office(scene.folder / "again", ready=False).settings.rules(NOW)
            ),
            2,
        ),
    ],
    ids=["young", "old", "of the future", "other rules"],
)
def test_it_grows_old_and_follows_the_settings(
    scene: Scene, change: Callable[[Any], None], made: int
):
    scene.contacted()
    change(scene)
    scene.contacted()
    assert scene.made == made


def test_each_question_has_a_report_of_its_own_and_few_are_kept(scene: Scene):
    for ask in (Ask(), Ask("acme"), Ask("", "90 days"), Ask()):
        scene.contacted(ask)
    assert scene.made == 3
    for day in range(1, 32):
        scene.contacted(Ask("", "", f"2026-10-{day:02}"))
    scene.made = 0
    scene.contacted(Ask("acme"))
    assert scene.made == 1


def test_a_question_without_sense_is_refused(scene: Scene):
    with pytest.raises(NoPeriod):
        scene.shelf.shown(Ask("", "soon"))
    with pytest.raises(NoCampaign):
        scene.shelf.shown(Ask("nothing"))
    assert scene.made == 0
