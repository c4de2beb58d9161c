from __future__ import annotations

import json
import stat
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from connectors.registry import manifests
from syncd.sandbox.config_out import (
    ConfigOut,
    example_config,
    personal_config,
    settings_text,
    write_config,
)
from syncd.sandbox.example_files import example_files
from syncd.sandbox.seed import Seeded
from syncd.settings.kinds import KindModel
from syncd.settings.loading import load
from syncd.settings.shipped import shipped
from tests.unit.sandbox.brightlink import brightlink

ADDRESSES = {
    "control": "http://127.0.0.1:4400",
    "gmail": "http://127.0.0.1:4401",
    "hubspot": "http://127.0.0.1:4402",
    "teamwork": "http://127.0.0.1:4403",
    "webcheck": "http://127.0.0.1:4404",
}


def _load(path: Path, *, secrets: bool = True) -> Any:  # whose connectors may be of any kind
    kinds = {
        kind: KindModel(each.settings, frozenset(each.ports), each.title)
        for kind, each in manifests().items()
    }
    return load(path, kinds, {}, secrets=secrets)


def test_the_examples_settings_are_accepted_with_every_secret_in_place(tmp_path):
    seeded = Seeded(oldest=datetime(2026, 10, 28, 9, 40, tzinfo=UTC))
    path = tmp_path / "new" / "sandbox.yaml"
    files = example_files(shipped("sandbox/example/files"), date(2026, 11, 23))
    made = datetime(2026, 11, 11, 15, tzinfo=UTC)
    write_config(path, ADDRESSES, example_config(brightlink(), seeded, files, made))
    settings = _load(path)
    assert settings.team.domains == ("brightlink.example",)
    assert settings.log.since < date(2026, 10, 28)
    assert settings.log.crm_logger is None
    assert [each.id for each in settings.campaigns] == [
        "acme-home-builders",
        "northwind-e-bikes",
        "alpenglow-tea",
    ]
    acme = settings.follow_up_of(settings.campaigns[0])
    assert [str(step.after) for step in acme.steps] == ["2 business days", "5 business days"]
    plan = settings.rules(datetime(2026, 11, 23, tzinfo=UTC)).campaigns[0].plan
    assert plan is not None
    assert str(plan.starts) == "2026-12"
    assert [str(topic.due) for topic in plan.topics] == ["2026-12", "2027-01", "2027-02"]
    crawls = settings.connectors["crawls"].folder
    assert {file.stat().st_mtime for file in crawls.iterdir()} == {made.timestamp()}
    assert settings.connectors["mail"].drafts
    roles = ("mail", "crm", "board", "web")
    mail, crm, board, web = (settings.connectors[name] for name in roles)
    assert (mail.api_url, crm.api_url, board.url, web.through) == tuple(
        list(ADDRESSES.values())[1:]
    )
    assert (crm.token.read(), board.api_key.read()) == ("pat-sandbox", "twp_sandbox")


def test_settings_for_somebodys_own_mail_count_nobody_else_as_the_team(tmp_path):
    seeded = Seeded(names={"me@my.example": "Me"}, oldest=datetime(2002, 8, 14, tzinfo=UTC))
    write_config(tmp_path / "my.yaml", ADDRESSES, personal_config(seeded))
    settings = _load(tmp_path / "my.yaml")
    assert settings.team.domains == ()
    assert settings.connectors["mail"].mailboxes == ("me@my.example",)
    assert settings.log.since == date(2002, 8, 13)
    assert settings.campaigns == ()


def test_mail_older_than_settings_allow_is_logged_from_the_earliest_day_they_do(tmp_path):
    seeded = Seeded(names={"me@my.example": "Me"}, oldest=datetime(1996, 1, 1, tzinfo=UTC))
    write_config(tmp_path / "my.yaml", ADDRESSES, personal_config(seeded))
    assert _load(tmp_path / "my.yaml").log.since == date(2000, 1, 1)


def test_the_key_is_a_working_service_account_whose_tokens_come_from_the_sandbox(tmp_path):
    written = write_config(tmp_path / "s.yaml", ADDRESSES, ConfigOut(["me@my.example"]))
    key = json.loads(written[1].read_text())
    assert (key["type"], key["token_uri"]) == ("service_account", "http://127.0.0.1:4401/token")
    private: Any = load_pem_private_key(key["private_key"].encode(), password=None)
    assert private.key_size == 2048


def test_secrets_are_for_their_owner_alone_even_where_a_file_was_there_before(tmp_path):
    (tmp_path / "s.hubspot-token").write_text("old")
    (tmp_path / "s.hubspot-token").chmod(0o644)
    written = write_config(tmp_path / "s.yaml", ADDRESSES, ConfigOut(["me@my.example"]))
    assert [path.name for path in written] == [
        "s.yaml",
        "s.google.json",
        "s.hubspot-token",
        "s.teamwork-key",
    ]
    for secret in written[1:]:
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ['a"b', "x: y", "#1", "ä", "- z", "{a}", "%", "a\u2028b"])
def test_whatever_stands_in_a_value_the_file_stays_readable(tmp_path, name):
    config = ConfigOut(
        ["me@my.example"],
        domains=["my.example"],
        campaigns=[
            {"id": "c", "name": name, "client": "c.example", "match": {"any": [{"label": name}]}}
        ],
    )
    text = settings_text(ADDRESSES, config, google="g", hubspot="h", teamwork="t")
    (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
    assert _load(tmp_path / "s.yaml", secrets=False).campaigns[0].name == name
