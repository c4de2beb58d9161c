"""The data files that come with syncd, in a checkout and in the wheel."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from syncd.settings.shipped import contents, shipped
from syncd.settings.source import load_yaml

ROOT = Path(__file__).parents[3]


def build(into: Path) -> Path:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(into)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    [wheel] = into.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build(tmp_path_factory.mktemp("wheel"))


def test_a_checkout_has_the_files():
    assert shipped("example.yaml").read_bytes() == (ROOT / "config" / "example.yaml").read_bytes()
    assert "en.yaml" in {one.name for one in shipped("phrases").iterdir()}


@pytest.mark.parametrize("folder", ["phrases", "hosts"])
def test_the_quick_reader_reads_what_the_strict_one_does(folder: str):
    """Which finds keys given twice, and would not take an unquoted "no" for a word."""
    for file in shipped(folder).iterdir():
        if file.name.endswith(".yaml"):
            assert contents(file) == load_yaml(file), file.name


def test_what_does_not_come_with_syncd_is_told():
    with pytest.raises(FileNotFoundError, match=r"config/none\.yaml does not come with this syncd"):
        shipped("none.yaml")


def test_the_wheel_holds_every_file_of_the_config_folder(wheel):
    config = ROOT / "config"
    here = {it.relative_to(config).as_posix() for it in config.rglob("*") if it.is_file()}
    names = zipfile.ZipFile(wheel).namelist()
    assert here == {
        name.removeprefix("syncd/_config/") for name in names if name.startswith("syncd/_config/")
    }


def test_the_wheel_holds_nothing_but_the_two_packages(wheel):
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"syncd", "connectors"}


def test_an_installed_wheel_finds_its_files(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path)
    program = (
        "import syncd; from syncd.settings.shipped import shipped; "
        "print(syncd.__file__); print(shipped('example.yaml').read_text())"
    )
    # Isolated from the checkout, which is on the path of this environment as well.
    found = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {program}"],
        cwd=tmp_path,
        env={key: value for key, value in os.environ.items() if key != "PYTHONPATH"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert found.stdout.startswith(str(tmp_path))
    assert (ROOT / "config" / "example.yaml").read_text() in found.stdout


def test_two_builds_are_identical(wheel, tmp_path):
    assert build(tmp_path).read_bytes() == wheel.read_bytes()
