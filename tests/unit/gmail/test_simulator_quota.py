"""Google's two tables of what a call costs, as facts/gmail.md A4 has them."""

from __future__ import annotations

import pytest

from connectors.gmail.simulator_quota import Quota
from tests.unit.gmail.scene import MAYA


@pytest.mark.parametrize(
    ("method", "new", "old"),
    [
        ("getProfile", 1, 1),
        ("labels.list", 1, 1),
        ("labels.get", 1, 1),
        ("settings.sendAs.list", 1, 1),
        ("history.list", 2, 2),
        ("messages.list", 5, 5),
        ("drafts.list", 5, 5),
        ("messages.modify", 5, 5),
        ("labels.create", 5, 5),
        ("labels.update", 5, 5),
        ("labels.delete", 5, 5),
        ("messages.untrash", 5, 5),
        ("messages.get", 20, 5),
        ("messages.attachments.get", 20, 5),
        ("messages.trash", 20, 5),
        ("threads.list", 10, 10),
        ("threads.get", 40, 10),
        ("threads.modify", 10, 10),
        ("drafts.create", 10, 10),
        ("drafts.update", 15, 15),
        ("drafts.get", 20, 5),
        ("drafts.send", 100, 100),
        ("messages.send", 100, 100),
        ("messages.batchModify", 50, 50),
        ("messages.batchDelete", 50, 50),
        ("stop", 50, 50),
        ("watch", 100, 100),
        ("messages.insert", 25, 25),
        ("messages.import", 25, 25),
    ],
)
def test_a_method_costs_what_both_tables_say(method: str, new: int, old: int) -> None:
    for table, units in (("new", new), ("old", old)):
        quota = Quota()
        quota.configure({"table": table})
        quota.charge(MAYA, method, 0.0)
        assert quota.used == {MAYA: units}
