from __future__ import annotations

import sys
from pathlib import Path

import pytest

from connectors import registry

MANIFEST = """
from pydantic import BaseModel
from syncd.ports.manifest import Manifest

class Settings(BaseModel):
    kind: str = {kind!r}

MANIFEST = Manifest(kind={kind!r}, title="A board", settings=Settings, ports={{}})
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Put a package with an entry point on the path, as an installer leaves it."""
    monkeypatch.syspath_prepend(tmp_path)
    installed: list[str] = []

    def put(name: str, code: str, *, kind: str, attribute: str = "MANIFEST") -> None:
        module = name.replace("-", "_")
        installed.append(module)
        (tmp_path / f"{module}.py").write_text(code)
        info: Path = tmp_path / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        points = f"[{registry.GROUP}]\n{kind} = {module}:{attribute}\n"
        (info / "entry_points.txt").write_text(points)

    yield put
    for module in installed:
        sys.modules.pop(module, None)


def problems_of(kind: str) -> list[str]:
    return [p.message for p in registry.discover().problems if p.kind == kind]


def test_the_built_in_connectors_are_there():
    found = registry.discover()
    assert not found.problems
    assert found.manifests.keys() >= {"gmail", "hubspot", "teamwork"}
    assert all(manifest.kind == kind for kind, manifest in found.manifests.items())


def test_a_connector_of_another_package_is_found(install):
    install("syncd-plank", MANIFEST.format(kind="plank"), kind="plank")
    assert registry.manifests()["plank"].title == "A board"
    assert not problems_of("plank")


def test_a_connector_that_does_not_load_is_named_and_hides_no_other(install):
    install("syncd-broken", "raise RuntimeError('no licence')", kind="broken")
    install("syncd-plank", MANIFEST.format(kind="plank"), kind="plank")
    found = registry.manifests()
    assert "plank" in found
    assert "teamwork" in found
    assert "broken" not in found
    [message] = problems_of("broken")
    assert "syncd-broken 1.0" in message
    assert "RuntimeError: no licence" in message


def test_a_missing_attribute_is_named(install):
    install("syncd-plank", "", kind="plank")
    [message] = problems_of("plank")
    assert "syncd-plank 1.0" in message
    assert "AttributeError" in message


def test_what_is_not_a_manifest_is_refused(install):
    install("syncd-plank", "MANIFEST = 'plank'", kind="plank")
    assert problems_of("plank") == ["connector 'plank' of syncd-plank 1.0 is a str, not a Manifest"]
    assert "plank" not in registry.manifests()


def test_a_package_cannot_take_a_built_in_kind(install):
    install("syncd-impostor", MANIFEST.format(kind="teamwork"), kind="teamwork")
    assert registry.manifests()["teamwork"].title == "Teamwork.com"
    [message] = problems_of("teamwork")
    assert "syncd-impostor 1.0" in message


def test_of_two_packages_with_one_kind_neither_is_used(install):
    install("syncd-plank", MANIFEST.format(kind="plank"), kind="plank")
    install("syncd-plonk", MANIFEST.format(kind="plank"), kind="plank")
    assert "plank" not in registry.manifests()
    [message] = problems_of("plank")
    assert "syncd-plank 1.0 and syncd-plonk 1.0" in message


def test_a_built_in_connector_that_is_broken_is_reported_and_hides_no_other(monkeypatch):
    monkeypatch.setattr(registry, "BUILT_IN", ("teamwork", "gone"))
    found = registry.discover()
    assert list(found.manifests) == ["teamwork"]
    [problem] = found.problems
    assert problem.kind == "gone"
    assert "connectors.gone" in problem.message
