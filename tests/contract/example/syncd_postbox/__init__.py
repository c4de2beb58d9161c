"""Mail from Postbox, an imaginary host with a small JSON API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

from syncd.ports.manifest import Manifest, Role, Toolbox
from syncd.ports.secrets import SecretRef

if TYPE_CHECKING:
    from syncd.ports.clock import Clock
    from syncd.ports.mail import MailSource
    from syncd.ports.simulator import Simulator


class PostboxSettings(BaseModel):
    """What a settings file says; the descriptions are what editors show."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["postbox"] = Field(description="Mail comes from Postbox.")
    url: str = Field(description="Where it is, e.g. https://postbox.example.")
    token: SecretRef = Field(description="The account's token.")
    mailboxes: tuple[str, ...] = Field(min_length=1, description="The mailboxes to read.")


def _source(settings: PostboxSettings, tools: Toolbox) -> MailSource:
    from .source import PostboxSource  # late: a manifest costs nothing to look at

    return PostboxSource(settings, tools)


def _simulator(clock: Clock) -> Simulator:
    from .simulator import PostboxSimulator

    return PostboxSimulator(clock)


MANIFEST = Manifest(
    kind="postbox",
    title="Postbox",
    settings=PostboxSettings,
    ports={Role.MAIL: _source},
    simulator=_simulator,
)
