"""Real processes: the sandbox in one, syncd in others, HTTP between them."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import requests
import structlog

from syncd.cli.main import main
from tests.support.sight import Sight

# The console script beside this interpreter: what people start.
SYNCD = str(Path(sys.executable).with_name("syncd"))
# Generous: machines that run this are busy with the rest of the suite.
PATIENCE = 100.0

MAYA = "maya@brightlink.example"
TOM = "tom@brightlink.example"
INES = "ines@brightlink.example"


@dataclass(frozen=True)
class Ended:
    """A process that ended: exit code and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def environment(**more: str) -> dict[str, str]:
    """This environment without what would steer syncd or lead it off this machine."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SYNCD_", "HUBSPOT_", "TEAMWORK_"))
        and not name.lower().endswith("_proxy")
    }
    # Several daemons at once would want the same port for their pages.
    return kept | {"SYNCD_WEB__LISTEN": "127.0.0.1:0"} | more


def wait_for(true: Callable[[], Any], what: str, *, patience: float = PATIENCE) -> Any:
    """Ask until the answer is true, and give it.

    What takes long to answer is asked less often: else those who are waited for would wait, too.
    """
    deadline = time.monotonic() + patience
    while True:
        began = time.monotonic()
        if found := true():
            return found
        assert time.monotonic() < deadline, f"waited {patience:g} s in vain: {what}"
        time.sleep(max(0.01, 2 * (time.monotonic() - began)))


class Services(Sight):
    """`syncd sandbox` in a process of its own, seen and steered over HTTP."""

    def __init__(self, folder: Path, *options: str, **env: str) -> None:
        self.config = folder / "syncd.yaml"
        addresses = folder / "addresses.json"
        files = ("--config-out", str(self.config), "--addresses-out", str(addresses))
        self._process = subprocess.Popen(
            [SYNCD, "sandbox", "--port", "0", *files, *options],
            cwd=folder,
            env=environment(**env),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._http = requests.Session()
        self._http.trust_env = False
        wait_for(lambda: addresses.exists() or self._process.poll() is not None, "the sandbox")
        assert self._process.poll() is None, self._process.communicate()[1]
        self.addresses: dict[str, str] = json.loads(addresses.read_text())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.terminate()
        err = self._process.communicate(timeout=10)[1]
        assert "Traceback" not in err, err

    def get(self, service: str, path: str, **query: Any) -> Any:
        auth = {"hubspot": "Bearer pat-sandbox", "teamwork": "Bearer twp_sandbox"}.get(service, "")
        answer = self._http.get(
            self.addresses[service] + path,
            params=query,
            headers={"Authorization": auth},
            timeout=30,
        )
        assert answer.ok, answer.text
        return answer.json()

    def tell(self, path: str, **body: Any) -> Any:
        """A command of the control port, e.g. `tell("gmail/revoke", mailbox=...)`."""
        answer = self._http.post(f"{self.addresses['control']}/api/{path}", json=body, timeout=30)
        assert answer.ok, answer.text
        return answer.json()

    def snapshot(self) -> dict[str, Any]:
        found: dict[str, Any] = self.get("control", "/api/snapshot")
        return found

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """Everything as it was then, but for the time, which stays the real one."""
        self.fault()
        for command in ("gmail", "hubspot", "teamwork"):
            self.tell(f"{command}/clear_faults")
        self.tell("restore", simulators=snapshot["simulators"])

    def fault(self, *rules: Mapping[str, Any]) -> None:
        """These faults of the wire from now on, and no others."""
        self.tell("faults", seed=1, rules=list(rules))

    def faulted(self) -> bool:
        """Whether a call has met a fault yet."""
        return any(rule["hit"] for rule in self.get("control", "/api/faults")["rules"])

    def asked(self) -> int:
        """How many calls the three services have been asked so far."""
        totals = self.get("control", "/api/requests", limit=0)["totals"]
        return sum(totals.get(name, 0) for name in ("gmail", "hubspot", "teamwork"))

    def calls(self, since: int = 0) -> list[tuple[str, str, str]]:
        """The calls after the first `since`, in order, but for those for access tokens."""
        recent = self.get("control", "/api/requests", limit=self.asked() - since)["recent"]
        made = [(one["service"], one["method"], one["path"]) for one in reversed(recent)]
        return [call for call in made if call[2] != "/token"]

    def deliver(self, mailbox: str, raw: str, *, labels: tuple[str, ...] = ("INBOX",)) -> None:
        import base64

        encoded = base64.b64encode(raw.encode()).decode()
        self.tell("gmail/deliver", mailbox=mailbox, raw=encoded, labels=list(labels))


class Home:
    """A folder with settings and a state, where syncd is started."""

    def __init__(self, folder: Path, config: Path) -> None:
        self.folder = folder
        self.config = folder / config.name
        self.state = folder / "syncd.db"
        folder.mkdir(parents=True, exist_ok=True)
        for file in config.parent.glob(f"{config.stem}.*"):
            shutil.copy2(file, folder)
        if (config.parent / "campaigns").is_dir():
            shutil.copytree(config.parent / "campaigns", folder / "campaigns", dirs_exist_ok=True)
        # Nobody has crawled anything yet, so that what happens comes from the services alone.
        (folder / "crawls").mkdir(exist_ok=True)

    def syncd(self, *args: str, **env: str) -> Ended:
        """Run a command to its end. It must not show a traceback, whatever happens."""
        process = self.start(*args, **env)
        out, err = process.communicate(timeout=PATIENCE)
        assert "Traceback" not in out + err, err
        return Ended(process.returncode, out, err)

    def here(self, *args: str) -> Ended:
        """As `syncd`, but in this process, which is quicker and enough for looking."""
        out, err = io.StringIO(), io.StringIO()
        before = structlog.get_config()
        with redirect_stdout(out), redirect_stderr(err), chdir(self.folder):
            code = main(args)
        structlog.configure(**before)
        assert "Traceback" not in err.getvalue(), err.getvalue()
        return Ended(code, out.getvalue(), err.getvalue())

    def start(self, *args: str, **env: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [SYNCD, *args],
            cwd=self.folder,
            env=environment(**env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def until_quiet(self) -> None:
        """`once` until nothing waits and nothing is in doubt, as a patient person would."""

        def quiet() -> bool:
            ended = self.syncd("once", "--json")
            assert ended.code == 0, ended.err
            return not (ended.json["waiting"] or ended.json["in_doubt"])

        wait_for(quiet, "nothing is left in doubt")
