"""The systemd unit: valid, shut in, and in step with what the daemon does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from syncd.cli.output import ExitCode
from syncd.runtime.loop import PATIENCE_AT_END
from syncd.runtime.pulse import HANGS_AFTER
from tests.unit.deploy.files import parsed, read, run, tool

UNIT = "syncd.service"
ANALYZE = "the package systemd brings it; .ci/tools installs it"


def settings(name: str) -> list[str]:
    return re.findall(rf"^{name}=(.*)$", read(UNIT), re.MULTILINE)


@pytest.fixture
def installed(tmp_path: Path) -> str:
    """The unit as on a machine where syncd is installed: verify looks for the program."""
    path = tmp_path / UNIT
    path.write_text(read(UNIT).replace("/opt/syncd/bin/syncd run", "/bin/true run"))
    return str(path)


def test_systemd_finds_nothing_wrong_with_it(installed: str):
    ended = run(tool("systemd-analyze", ANALYZE), "verify", "--man=no", installed)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_it_is_exposed_to_nearly_nothing(installed: str):
    analyze = tool("systemd-analyze", ANALYZE)
    ended = run(analyze, "security", "--offline=true", "--no-pager", installed)
    found = re.search(r"Overall exposure level for syncd.service: ([\d.]+)", ended.stdout)
    if found is None:
        pytest.skip(f"this systemd-analyze does not judge units offline: {ended.stderr[:100]}")
    assert float(found[1]) <= 2.0, ended.stdout


def test_the_hardening_that_matters_stands_whatever_the_tools_say():
    for line in (
        "Type=notify",
        "DynamicUser=yes",
        "StateDirectory=syncd",
        "ProtectSystem=strict",
        "ProtectHome=yes",
        "NoNewPrivileges=yes",
        "CapabilityBoundingSet=",
        "MemoryDenyWriteExecute=yes",
        "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
        "SystemCallFilter=@system-service",
    ):
        assert re.search(rf"^{re.escape(line)}$", read(UNIT), re.MULTILINE), line


def test_its_times_fit_the_daemons():
    [watchdog], [stop] = settings("WatchdogSec"), settings("TimeoutStopSec")
    assert float(stop) > PATIENCE_AT_END
    # A third of it between two words: often enough to be heard before a hang is one.
    assert float(watchdog) <= HANGS_AFTER


def test_bad_settings_are_not_started_over_and_over():
    [code] = settings("RestartPreventExitStatus")
    assert int(code) == ExitCode.INVALID_SETTINGS


def test_every_way_of_running_it_knows_the_same_credentials():
    loaded = {line.partition(":")[0] for line in settings("LoadCredential")}
    named = set(re.findall(r"credential: ([\w.-]+)", parsed("helm/syncd/values.yaml")["settings"]))
    mounted = set(parsed("compose.yaml")["services"]["syncd"]["secrets"])
    assert loaded <= named
    assert named == mounted
