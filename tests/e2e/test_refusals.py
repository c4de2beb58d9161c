"""What is wrong outside: each gets clear words and an exit code, and stops nothing else."""

from __future__ import annotations

import socket

import pytest

from tests.e2e.conftest import Course
from tests.e2e.processes import INES, MAYA, TOM, Home, Services


def closed_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_revoked_mailbox_is_named_with_its_remedy_and_the_others_go_on(
    course: Course, services: Services, home: Home
):
    services.tell("gmail/revoke", mailbox=MAYA, reason="invalid_grant")
    ended = home.syncd("once")
    assert ended.code == 1
    assert f"not done: mailbox:{MAYA}: gmail: no access to {MAYA}" in ended.err
    assert "check the service account's key" in ended.err
    seen = home.here("coverage", "--json").json["mailboxes"]
    assert seen.keys() == {TOM, INES}
    assert 50 < len(services.logged()) < len(course.logged)
    boxes = {box["address"]: box for box in home.here("status", "--json").json["mailboxes"]}
    assert "no access" in boxes[MAYA]["locked"]
    assert not boxes[TOM]["locked"]
    # Let in again, it catches up by itself.
    services.tell("gmail/restore_access", mailbox=MAYA)
    assert home.here("once").code == 0
    assert services.logged() == course.logged


@pytest.mark.parametrize(
    ("service", "variable", "role"),
    [
        ("hubspot", "SYNCD_CONNECTORS__CRM__API_URL", "crm"),
        ("teamwork", "SYNCD_CONNECTORS__BOARD__URL", "board"),
    ],
)
def test_a_service_out_of_reach_is_named_and_done_once_it_answers(
    course: Course, services: Services, home: Home, service: str, variable: str, role: str
):
    nowhere = {variable: f"http://127.0.0.1:{closed_port()}"}
    ended = home.syncd("once", "--json", **nowhere)
    assert ended.code == 1
    answer = ended.json
    assert not answer["ok"]
    [words] = {words for name, words in answer["failing"].items() if name.startswith(role)}
    assert service in words.lower()
    assert "no connection" in words
    assert home.here("once").code == 0
    assert services.end() == course.end


def test_a_service_that_refuses_the_key_is_named_with_the_remedy(services: Services, home: Home):
    (home.folder / "syncd.hubspot-token").write_text("pat-of-somebody-else\n")
    ended = home.syncd("once")
    assert ended.code == 1
    assert "not done: crm: HubSpot 401" in ended.err
    assert "pat-of-somebody-else" not in ended.out + ended.err
    assert services.logged() == []


def test_a_missing_secret_ends_it_before_anything_is_touched(services: Services, home: Home):
    (home.folder / "syncd.hubspot-token").unlink()
    before = services.asked()
    for command in ("once", "plan"):
        ended = home.here(command)
        assert ended.code == 78
        assert "syncd.yaml:" in ended.err
        assert "syncd.hubspot-token: No such file" in ended.err
    assert services.asked() == before
    assert not home.state.exists()


def test_a_wrong_file_ends_it_with_every_mistake_and_its_place(home: Home):
    text = home.config.read_text()
    home.config.write_text(text.replace("team:", "taem:").replace("bodies: full", "bodies: some"))
    ended = home.syncd("run")
    assert ended.code == 78
    assert "syncd.yaml:2:1: " in ended.err
    assert 'did you mean "team"' in ended.err
    assert "log.bodies" in ended.err
    assert not home.state.exists()


def test_a_state_that_is_no_database_is_left_alone_and_named(home: Home):
    home.state.write_bytes(b"not a database, but somebody may need it" * 200)
    before = home.state.read_bytes()
    ended = home.syncd("once")
    assert ended.code == 1
    name = home.state.name
    assert ended.err.startswith(f"syncd: unusable state: the state {name} is damaged: ")
    assert "restore the newest backup, or `syncd rebuild`" in ended.err
    assert home.state.read_bytes() == before


def test_without_a_state_there_is_nothing_to_look_at_yet(home: Home):
    for command in (["status"], ["explain", MAYA]):
        ended = home.here(*command)
        assert ended.code == 1
        assert "syncd once or syncd run makes it" in ended.err
    assert not home.state.exists()
