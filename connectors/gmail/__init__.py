"""Gmail: mail of the team's mailboxes, over google-api-python-client."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.gmail.settings import GmailSettings
from syncd.ports.manifest import Finding, Manifest, Role, Toolbox, Wants

if TYPE_CHECKING:
    from syncd.ports.clock import Clock
    from syncd.ports.hints import Hints
    from syncd.ports.mail import MailSource
    from syncd.ports.signin import SignIn
    from syncd.ports.simulator import Simulator


def _source(settings: GmailSettings, tools: Toolbox) -> MailSource:
    from connectors.gmail.adapter import GmailSource

    return GmailSource(settings, tools)


def _probe(settings: GmailSettings, tools: Toolbox, wants: Wants) -> list[Finding]:
    from connectors.gmail.probe import probe

    return probe(settings, tools, wants)


def _sign_in(settings: GmailSettings, tools: Toolbox) -> SignIn | None:
    from connectors.gmail.signin import sign_in

    return sign_in(settings, tools)


def _hints(settings: GmailSettings, tools: Toolbox) -> Hints | None:
    from connectors.gmail.hooks import hints

    return hints(settings, tools)


def _simulator(clock: Clock) -> Simulator:
    from connectors.gmail.simulator import GmailSimulator

    return GmailSimulator(clock)


MANIFEST = Manifest(
    kind="gmail",
    title="Gmail",
    settings=GmailSettings,
    ports={Role.MAIL: _source},
    probe=_probe,
    sign_in=_sign_in,
    hints=_hints,
    simulator=_simulator,
)
