"""`make bench`: measure syncd against the sandbox; build/bench.json and build/bench.md."""

from __future__ import annotations

import json
import os
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench.measures import MEASURES

OUT = Path("build")


def main(wanted: list[str]) -> int:
    unknown = [one for one in wanted if one not in MEASURES]
    if unknown:
        print(f"no such measure: {', '.join(unknown)}; there are {', '.join(MEASURES)}")  # noqa: T201
        return 2
    found: dict[str, Any] = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "cores": os.cpu_count(),
    }
    # Starting up is measured as an installation starts: with its modules compiled.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    OUT.mkdir(exist_ok=True)
    for name, measure in MEASURES.items():
        if wanted and name not in wanted:
            continue
        with TemporaryDirectory(prefix="syncd-bench-") as folder:
            found[name] = measure(Path(folder) / name)
        print(f"{name}: {json.dumps(_short(found[name]))}", flush=True)  # noqa: T201 - a report
        (OUT / "bench.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
        (OUT / "bench.md").write_text(table(found), encoding="utf-8")
    return 0


def table(found: dict[str, Any]) -> str:
    """The numbers as a table of measure, number and value."""
    head = f"Measured {found['at']}, Python {found['python']}, {found['cores']} cores."
    lines = ["# What syncd costs", "", head, "", "| measure | number | value |", "|---|---|---|"]
    for name in MEASURES:
        if name in found:
            lines += [f"| {name} | {what} | {value} |" for what, value in _flat(found[name])]
    return "\n".join([*lines, ""])


def _flat(value: Any, name: str = "") -> list[tuple[str, Any]]:
    if not isinstance(value, dict):
        return [(name, value)]
    return [
        row
        for key, inner in value.items()
        for row in _flat(inner, f"{name} {key}".strip().replace("|", " "))
    ]


def _short(value: Any) -> Any:
    return {k: v for k, v in value.items() if k != "by_call"} if isinstance(value, dict) else value


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
