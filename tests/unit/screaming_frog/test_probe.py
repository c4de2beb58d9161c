from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connectors.screaming_frog import MANIFEST
from connectors.screaming_frog.probe import probe
from connectors.screaming_frog.settings import ScreamingFrogSettings
from syncd.ports.manifest import State


def found(**given: Any) -> dict[str, State]:
    findings = probe(ScreamingFrogSettings(kind="screaming_frog", **given))
    assert all(each.remedy for each in findings if each.state in {State.WARN, State.FAIL})
    return {each.name.removeprefix("screaming_frog."): each.state for each in findings}


def test_a_folder_alone_is_enough(tmp_path: Path):
    assert found(folder=tmp_path, command="no-such-program") == {
        "folder": State.OK,
        "program": State.SKIPPED,
    }


def test_neither_folder_nor_program_is_told(tmp_path: Path):
    assert found(command="no-such-program") == {"program": State.WARN}
    assert found(folder=tmp_path / "none", command="no-such-program")["folder"] is State.FAIL


def test_what_the_program_lacks_is_told(tmp_path: Path):
    program = tmp_path / "frog"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    given = {"command": str(program), "config": tmp_path / "x", "licence": tmp_path / "y"}
    assert found(**given) == {
        "program": State.OK,
        "config": State.FAIL,
        "licence": State.WARN,
    }
    (tmp_path / "x").touch()
    (tmp_path / "y").touch()
    assert found(**given) == {"program": State.OK}


def test_paths_start_at_the_settings_file(tmp_path: Path):
    given = {"kind": "screaming_frog", "folder": "crawls", "config": "/etc/x"}
    read = MANIFEST.settings.model_validate(given, context={"base": tmp_path})
    assert read.folder == tmp_path / "crawls"  # type: ignore[attr-defined] # a settings model
    assert read.config == Path("/etc/x")  # type: ignore[attr-defined] # a settings model


@pytest.mark.parametrize("given", [{"hours": 0}, {"hours": 100}, {"command": ""}, {"folders": "x"}])
def test_what_makes_no_sense_is_refused(given: dict[str, Any]):
    with pytest.raises(ValueError, match="1 validation error"):
        MANIFEST.settings.model_validate({"kind": "screaming_frog"} | given)
