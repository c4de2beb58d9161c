"""What no tracked file may hold, and how large one may grow."""

from __future__ import annotations

import re

import pytest

from tests.arch.checkout import ROOT, text, tracked

# Put together here, so that this file does not hold them either.
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("files", "pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("index", "docker", "io"),
        ("proxy", "golang", "org"),
    )
]
# Folders that people and machines keep checkouts in.
MACHINE = re.compile(rb"(?<![\w.~-])/(?:home|root|Users|work|mnt)/\w")
LONGEST = 450


def test_no_file_names_a_package_registry():
    for path in tracked():
        body = path.read_bytes()
        named = [host for host in REGISTRIES if host.encode() in body]
        assert not named, f"{path}: {named}"


def test_no_file_names_a_place_on_somebodys_machine():
    for path in tracked():
        found = MACHINE.search(path.read_bytes())
        assert found is None, f"{path}: {found}"


@pytest.mark.parametrize("package", ["syncd", "connectors"])
def test_no_module_is_too_long_to_have_one_idea(package: str):
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in tracked()
        if path.suffix == ".py" and path.relative_to(ROOT).parts[0] == package
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


def test_the_lock_file_has_hashes_for_everything_and_no_address():
    lock = text("requirements.lock")
    assert "://" not in lock
    assert "--index-url" not in lock
    pins = re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE | re.IGNORECASE)[1:]
    assert len(pins) > 50
    for pin in pins:
        assert re.match(r"[\w.\[\]-]+==\S+", pin), pin
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", pin), pin


def test_nothing_is_left_over_at_the_top():
    tops = {path.relative_to(ROOT).parts[0] for path in tracked()}
    folders = {name for name in tops if (ROOT / name).is_dir()}
    assert folders == {".ci", "config", "connectors", "deploy", "syncd", "tests"}
