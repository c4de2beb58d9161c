"""The settings that the benches write are ones that syncd takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd import wiring
from syncd.settings.loading import load
from tests.bench import cluster, letters, services


@pytest.mark.parametrize(("more", "runtime"), [("", "embedded"), (cluster.CLUSTER, "cluster")])
def test_syncd_takes_them(tmp_path: Path, more: str, runtime: str):
    for secret in ("syncd.google.json", "syncd.hubspot-token", "syncd.teamwork-key"):
        (tmp_path / secret).write_text("s3cret")
    here = dict.fromkeys(("gmail", "hubspot", "teamwork"), "http://127.0.0.1:4401")
    at = more.format(url="postgresql://syncd@127.0.0.1/syncd", schema="syncd")
    config = tmp_path / "syncd.yaml"
    config.write_text(services.settings(letters.mailboxes(2), 60, here) + at)
    taken = load(config, wiring.kinds(), {})
    assert taken.runtime == runtime
