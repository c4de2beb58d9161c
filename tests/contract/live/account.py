"""The accounts of a settings file, and what tests may use there."""

from __future__ import annotations

import itertools
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from connectors.registry import manifests
from syncd import wiring
from syncd.ports.manifest import Manifest, Role, Toolbox
from syncd.sandbox.clock import SandboxClock
from syncd.settings.loading import load
from syncd.settings.source import load_yaml
from tests.contract.live.wire import LiveWire
from tests.support.eventually import eventually

Asked = TypeVar("Asked")

# All that tests make is called so, or marked so: for whoever finds it after a run that was
# killed before it could clean up.
SIGN = "syncdtest"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MailUse(_Section):
    """A mailbox of the settings, in which tests put messages, drafts and labels."""

    mailbox: str


class CrmUse(_Section):
    """The domain of the contacts that tests make."""

    contact_domain: str


class BoardUse(_Section):
    """A project that stands, in which tests make lists and tasks. `teammate`, a member of it,
    is given some; without, the tests that hand tasks over are skipped.
    """

    project: str
    teammate: str = ""


class WebUse(_Section):
    """A page, and the domain that a followed link on it leads to."""

    page: str
    links_to: str


class Use(_Section):
    """What tests may use. A part that is not named is left alone and its suite skipped."""

    mail: MailUse | None = None
    crm: CrmUse | None = None
    board: BoardUse | None = None
    web: WebUse | None = None
    patience: float = Field(default=60.0, ge=0, le=900)


@dataclass
class Account:
    """What `--live` named. `run` tells this run's records from all others."""

    use: Use
    sections: dict[Role, tuple[Manifest, Any]]
    run: str = field(default_factory=lambda: f"{SIGN}{int(time.time()):x}{secrets.token_hex(2)}")
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def tag(self) -> str:
        """A new test's own."""
        return f"{self.run}n{next(self.numbers)}"

    def connector(self, role: Role, section: Any, wire: LiveWire) -> Callable[[], Any]:
        """Makes the port of `role` as another process with these settings would."""
        make = self.sections[role][0].ports[role]
        return lambda: make(section, Toolbox(wire.clock, wire.observe, transport=wire.adapter))

    def eventually(self, ask: Callable[[], Asked], good: Callable[[Asked], object]) -> Asked:
        answer = eventually(ask, good, seconds=self.use.patience)
        assert good(answer), f"after {self.use.patience:g} s still: {answer}"
        return answer


def account(path: Path) -> Account:
    """The accounts of the settings file at `path`. Raises `InvalidSettings`, `ValidationError`."""
    settings = load(path, wiring.kinds(), secrets=True)
    use = Use.model_validate(load_yaml(path.with_suffix(".contract.yaml")) or {})
    known = manifests()
    sections: dict[Role, tuple[Manifest, Any]] = {}
    for section in settings.connectors.values():
        manifest = known[section.kind]  # type: ignore[attr-defined] # each kind has its own model
        sections |= dict.fromkeys(manifest.ports, (manifest, section))
    return Account(use, sections)


def wire(*, direct: bool = True) -> LiveWire:
    """A wire to the network. Not `direct`: the connector keeps its own way there."""
    return LiveWire(SandboxClock(), direct=direct)
