"""compose.yaml: the daemon locked down, and a cluster of workers for those who ask for it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from pydantic import TypeAdapter

from syncd.settings.overrides import Overrides
from syncd.settings.settings import settings_model
from syncd.settings.state import StoreField
from syncd.store.server import Server
from syncd.wiring import kinds
from tests.unit.deploy.files import DEPLOY, parsed, read, run, tool
from tests.unit.settings.json_schema import Judge

_WORDS = {"type": "array", "items": {"type": "string"}}
# The part of the Compose Specification that we use; what is not in it is a slip of the pen.
WHOLE: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["name", "services"],
    "properties": {
        "name": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]*$"},
        "services": {"type": "object"},
        "volumes": {"type": "object"},
        "secrets": {"type": "object"},
    },
}
SECRET: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["file"],
    "properties": {"file": {"type": "string"}},
}
SERVICE: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["image", "restart"],
    "properties": {
        "build": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"context": {"type": "string"}, "dockerfile": {"type": "string"}},
        },
        "image": {"type": "string", "pattern": ":"},
        "restart": {"enum": ["no", "always", "on-failure", "unless-stopped"]},
        "stop_grace_period": {"type": "string", "pattern": "^[0-9]+(s|m)$"},
        "init": {"type": "boolean"},
        "read_only": {"type": "boolean"},
        "user": {"type": "string"},
        "cap_drop": _WORDS,
        "security_opt": _WORDS,
        "pids_limit": {"type": "integer"},
        "mem_limit": {"type": "string"},
        "shm_size": {"type": "string"},
        "tmpfs": _WORDS,
        "volumes": _WORDS,
        "secrets": _WORDS,
        "ports": _WORDS,
        "profiles": _WORDS,
        "environment": {"type": "object"},
        "command": _WORDS,
        "depends_on": {"type": "object"},
        "healthcheck": {
            "type": "object",
            "additionalProperties": False,
            "required": ["test"],
            "properties": {
                "test": _WORDS,
                "interval": {"type": "string"},
                "timeout": {"type": "string"},
                "retries": {"type": "integer"},
            },
        },
    },
}


def compose() -> Any:
    return parsed("compose.yaml")


def test_it_is_written_as_compose_wants_it():
    whole = compose()
    assert Judge(WHOLE).complaints(whole) == []
    for name, secret in whole["secrets"].items():
        assert Judge(SECRET).complaints(secret) == [], name
    for name, service in whole["services"].items():
        assert Judge(SERVICE).complaints(service) == [], name


def test_compose_itself_takes_it():
    docker = tool("docker", "the schema above was asked instead")
    if run(docker, "compose", "version").returncode:
        pytest.skip("docker has no compose here; the schema above was asked instead")
    ended = run(docker, "compose", "--file", str(DEPLOY / "compose.yaml"), "config", "--quiet")
    assert ended.returncode == 0, ended.stderr


def test_every_volume_and_secret_is_declared_and_used():
    whole = compose()
    used: dict[str, set[str]] = {"volumes": set(), "secrets": set()}
    for service in whole["services"].values():
        used["secrets"] |= set(service.get("secrets", ()))
        mounted = {volume.split(":")[0] for volume in service.get("volumes", ())}
        used["volumes"] |= {name for name in mounted if not name.startswith((".", "/"))}
    for kind, names in used.items():
        assert names == set(whole[kind])


def test_the_daemon_can_change_nothing_but_its_state():
    daemon = compose()["services"]["syncd"]
    assert daemon["read_only"] is True
    assert daemon["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in daemon["security_opt"]
    writable = [volume for volume in daemon["volumes"] if not volume.endswith(":ro")]
    assert writable == ["state:/var/lib/syncd"]
    [user] = re.findall(r"^USER (\S+)$", read("Dockerfile"), re.MULTILINE)
    assert daemon["user"] == user
    assert all(port.startswith("127.0.0.1:") for port in daemon["ports"])


def test_a_cluster_is_asked_for_and_its_workers_are_locked_down_like_the_daemon():
    services = compose()["services"]
    daemon, worker = services["syncd"], services["worker"]
    assert services["postgres"]["profiles"] == worker["profiles"] == ["cluster"]
    assert "profiles" not in daemon
    assert "POSTGRES" not in str(daemon)
    for key in ("user", "read_only", "cap_drop", "security_opt", "stop_grace_period", "mem_limit"):
        assert worker[key] == daemon[key], key
    assert all(one.endswith(":ro") for one in worker["volumes"])


def test_a_workers_settings_are_those_of_a_cluster_on_the_database_beside_it():
    environment = compose()["services"]["worker"]["environment"]
    overrides = Overrides(settings_model(kinds()), environment)
    assert overrides.problems == []
    store = overrides.values["store"]
    assert store["password"] == {"credential": "postgres-password"}
    assert overrides.values["runtime"] == "cluster"
    where = TypeAdapter(StoreField).validate_python(store)
    assert isinstance(where, Server)
    assert where.url == "postgresql://syncd@postgres/syncd"


def test_it_runs_longer_than_the_daemon_takes_to_end():
    from syncd.runtime.loop import PATIENCE_AT_END

    assert int(compose()["services"]["syncd"]["stop_grace_period"][:-1]) > PATIENCE_AT_END
