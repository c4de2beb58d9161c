"""What we are built of: pinned, listed, compatible, and built twice the same."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.arch.checkout import ROOT, tracked


@pytest.fixture(scope="module")
def supply_chain() -> ModuleType:
    spec = importlib.util.spec_from_file_location("supply_chain", ROOT / ".ci" / "supply_chain.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


LOCKS = (
    *("requirements.lock", "deploy/image.lock", "deploy/build.lock", ".ci/tools.lock"),
    "tests/fuzz/atheris.lock",
)


def test_every_package_is_pinned_with_hashes():
    for lock in LOCKS:
        blocks = re.split(r"\n(?=\S)", (ROOT / lock).read_text(encoding="utf-8").strip())
        packages = [one for one in blocks if not one.startswith("#")]
        assert packages
        for one in packages:
            assert re.match(r"[\w.\[\]-]+==\S+", one), f"{lock}: {one[:60]}"
            assert "--hash=sha256:" in one, f"{lock}: {one[:60]}"


def test_every_licence_is_known_and_compatible(supply_chain: ModuleType):
    every = supply_chain.licences()
    assert len(every) > 50
    every += [*supply_chain.tools(), *supply_chain.desktops()]
    locked = {name for lock in LOCKS for name, _ in supply_chain.pinned(ROOT / lock)}
    assert {one.package for one in every} >= locked
    assert not [one for one in every if not one.fits and one.package not in supply_chain.RUN_ALONE]
    assert not supply_chain.RUN_ALONE & {one.package for one in supply_chain.licences()}


def test_a_licence_that_binds_more_is_not_compatible(supply_chain: ModuleType):
    def fits(words: str) -> Any:
        return supply_chain.Licence("package", "1", words).fits

    assert fits("MIT AND BSD-2-Clause")
    assert fits("GPL-2.0-or-later OR MPL-2.0")
    assert not fits("GPL-3.0-only")
    assert not fits("MIT AND GPL-3.0-only")
    assert not fits("unknown")


def test_the_list_of_licences_is_current(supply_chain: ModuleType):
    written = (ROOT / "deploy" / "LICENCES.md").read_text(encoding="utf-8")
    assert written == supply_chain.table(), "run: make generate"


def found(*packages: dict[str, Any]) -> dict[str, Any]:
    return {"dependencies": list(packages)}


GOOD: dict[str, Any] = {"name": "good", "version": "1", "vulns": []}
BAD: dict[str, Any] = {
    "name": "bad",
    "version": "2",
    "vulns": [{"id": "CVE-1", "fix_versions": ["3"]}],
}
UNKNOWN: dict[str, Any] = {"name": "dark", "skip_reason": "could not be audited: dark (1)"}


def test_an_audit_that_could_look_nothing_up_is_not_a_clean_one(supply_chain: ModuleType):
    assert supply_chain.judged(found(GOOD)) == (0, ["1 packages, no known vulnerability"])
    code, words = supply_chain.judged(found(GOOD, UNKNOWN))
    assert code == supply_chain.NOT_AUDITED != 0
    assert words[0] == "NOT AUDITED: 1 of 2 packages could not be looked up."
    code, words = supply_chain.judged(found(UNKNOWN, BAD))
    assert (code, words[1]) == (1, "bad 2: CVE-1, mended in 3")
    assert words[2] == "and 1 packages could not be looked up"


def test_an_audit_that_left_a_package_out_is_not_a_clean_one(supply_chain: ModuleType):
    for nothing in (found(), {}):
        assert supply_chain.judged(nothing)[0] == supply_chain.NOT_AUDITED
        assert supply_chain.judged(nothing, ["good"])[0] == supply_chain.NOT_AUDITED
    code, words = supply_chain.judged(found(GOOD), ["Good", "dark"])
    assert code == supply_chain.NOT_AUDITED
    assert words[:2] == [
        "NOT AUDITED: 1 of 2 packages could not be looked up.",
        "For example: dark was not looked up",
    ]
    assert supply_chain.judged(found(GOOD), ["good"])[0] == 0


def test_the_audit_asks_about_every_lock(supply_chain: ModuleType, monkeypatch: pytest.MonkeyPatch):
    asked: list[str] = []

    def run(command: list[str], **_more: Any) -> Any:
        asked.extend(command)
        told = [{"name": one, "version": "1", "vulns": []} for one in supply_chain.here()]
        return subprocess.CompletedProcess(command, 0, json.dumps({"dependencies": told}), "")

    monkeypatch.setattr(supply_chain.subprocess, "run", run)
    assert supply_chain.audit() == 0
    named = [one for one in asked if one.endswith(".lock")]
    covered = {name for lock in named for name, _ in supply_chain.pinned(Path(lock))}
    assert covered >= {name for lock in LOCKS for name, _ in supply_chain.pinned(ROOT / lock)}
    assert len(supply_chain.here()) > 100


def test_the_bill_of_materials_names_what_is_shipped_and_nothing_else(
    supply_chain: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    bills = [tmp_path / "1.json", tmp_path / "2.json"]
    for one in bills:
        assert supply_chain.sbom(one) == 0
    assert bills[0].read_bytes() == bills[1].read_bytes()
    bill = json.loads(bills[0].read_text(encoding="utf-8"))
    names = {one["name"] for one in bill["components"]}
    assert "requests" in names
    assert "pytest" not in names
    assert names == {name for name, _ in supply_chain.pinned(supply_chain.SHIPPED)}
    assert str(ROOT) not in bills[0].read_text(encoding="utf-8")
    assert all(one["licenses"] and one["hashes"] for one in bill["components"])
    leans = {one["ref"]: one.get("dependsOn", []) for one in bill["dependencies"]}
    [requests] = [one for one in leans if one.startswith("requests@")]
    assert any(one.startswith("urllib3@") for one in leans[requests])
    assert "components" in capsys.readouterr().out


def test_two_builds_of_the_wheel_are_the_same(tmp_path: Path):
    digests = []
    for name, mask in (("one", 0o022), ("another", 0o077)):
        tree = tmp_path / name / "a tree"
        for file in tracked():
            target = tree / file.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
        was = os.umask(mask)
        try:
            subprocess.run(
                [sys.executable, "-m", "hatchling", "build", "-t", "wheel"],
                cwd=tree,
                check=True,
                capture_output=True,
            )
        finally:
            os.umask(was)
        [wheel] = (tree / "dist").glob("*.whl")
        digests.append(hashlib.sha256(wheel.read_bytes()).hexdigest())
    assert digests[0] == digests[1]
