"""`make fuzz`: one target after the other, guided by the code it reaches where atheris is there.

`make fuzz` fetches atheris, which has builds for few Pythons; without it Hypothesis tries as
many more examples.

    SECONDS_EACH=60 python -m tests.fuzz [TARGET ...]
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

# Beside the environment, not in it: that holds what requirements.lock names and no more.
LIBRARY = Path("build") / "fuzz" / "lib"
FOUND = Path("build") / "fuzz"
# Longer than any mail of ours needs to show what is wrong with it.
_LONGEST = 20_000
_HERE = "--here"
# Parsers of the standard library and others' that what comes from outside goes through first.
_INSTRUMENTED = ["syncd", "connectors", "email", "csv", "inscriptis", "protego", "ruamel"]


def main(given: list[str]) -> int:
    if LIBRARY.is_dir():
        sys.path.insert(0, str(LIBRARY))
    has_atheris = importlib.util.find_spec("atheris") is not None
    if has_atheris and len(given) == 2 and given[1] == _HERE:
        return _guided(given[0])
    # Only now: what was imported before atheris looked on is not instrumented.
    from tests.fuzz.targets import TARGETS

    wanted = [one for one in given if one in TARGETS] or list(TARGETS)
    if not has_atheris:
        sys.stdout.write("atheris is not installed: Hypothesis looks instead, for long\n")
        chosen = " or ".join(f"[{one}]" for one in wanted)
        command = ["pytest", "-n0", "-q", "tests/fuzz", "-k", chosen, "--hypothesis-profile=long"]
        return subprocess.run([sys.executable, "-m", *command], check=False).returncode
    return max(
        subprocess.run([sys.executable, "-m", "tests.fuzz", one, _HERE], check=False).returncode
        for one in wanted
    )


def _guided(name: str) -> int:
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=_INSTRUMENTED):
        from tests.fuzz.targets import TARGETS
    from tests.fuzz.words import WORDS, seeds

    target = TARGETS[name]
    corpus = FOUND / name
    corpus.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds(name)):
        (corpus / f"seed-{number:02}").write_bytes(seed)
        # What is imported late is imported now, while atheris looks on.
        with atheris.instrument_imports(include=_INSTRUMENTED):
            target(seed)
    words = FOUND / f"{name}.dict"
    words.write_text("".join(f'"{_quoted(one)}"\n' for one in WORDS[name]), encoding="ascii")
    options = [
        f"-max_total_time={os.environ.get('SECONDS_EACH', '60')}",
        f"-max_len={_LONGEST}",
        f"-dict={words}",
        "-timeout=10",
        "-rss_limit_mb=2048",
        f"-artifact_prefix={corpus}-",
        "-print_final_stats=1",
        "-verbosity=0",
    ]
    sys.stdout.write(f"== {name}\n")
    sys.stdout.flush()
    atheris.Setup([sys.argv[0], *options, str(corpus)], target)
    atheris.Fuzz()
    return 0


def _quoted(word: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in word.encode("utf-8", "surrogatepass"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
