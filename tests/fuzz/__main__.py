"""`make fuzz`: one target after the other, guided by coverage where atheris is installed.

Without it (it is no dependency of ours) Hypothesis tries as many more examples.
"""

from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

SECONDS = 60


def main(given: list[str]) -> int:
    from tests.fuzz.targets import TARGETS

    wanted = [one for one in given if one in TARGETS] or list(TARGETS)
    if importlib.util.find_spec("atheris") is None:
        sys.stdout.write("atheris is not installed: Hypothesis looks instead, for long\n")
        chosen = " or ".join(wanted)
        command = ["pytest", "-n0", "-q", "tests/fuzz", "-k", chosen, "--hypothesis-profile=long"]
        return subprocess.run([sys.executable, "-m", *command], check=False).returncode
    if len(wanted) == 1 and "--here" in given:
        return _guided(wanted[0])
    codes = [
        subprocess.run([sys.executable, "-m", "tests.fuzz", one, "--here"], check=False).returncode
        for one in wanted
    ]
    return max(codes)


def _guided(name: str) -> int:
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["syncd", "connectors"]):
        from tests.fuzz.targets import TARGETS

    found = Path("build") / "fuzz" / name
    found.mkdir(parents=True, exist_ok=True)
    options = [f"-max_total_time={SECONDS}", "-timeout=10", f"-artifact_prefix={found}/crash-"]
    atheris.Setup([sys.argv[0], str(found), *options], TARGETS[name])
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
