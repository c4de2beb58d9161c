"""The sections about who may look at syncd, and whom it tells when something is wrong."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlsplit

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema, model_validator

from syncd.ports.secrets import SecretRef
from syncd.settings.fields import Interval, QuietAfter, Unfit, Words, shown
from syncd.settings.follow_up import BoardSection
from syncd.settings.section import Section

_LISTEN = re.compile(r"(?P<host>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+):(?P<port>\d{1,5})")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")


class Listen(NamedTuple):
    """Where the pages are served. Port 0: any that is free."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_loopback(self) -> bool:
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def _listen(given: Any) -> Listen | None:
    if given is None or isinstance(given, Listen):
        return given
    # YAML 1.1 tools, and a %YAML 1.1 line, turn a bare off into false.
    if given is False or (isinstance(given, str) and given.strip().lower() == "off"):
        return None
    found = _LISTEN.fullmatch(given.strip()) if isinstance(given, str) else None
    if found is None or int(found["port"]) > 65535:
        raise Unfit('should be an address and a port, e.g. 127.0.0.1:8385, or "off"')
    return Listen(found["host"].strip("[]"), int(found["port"]))


def _header(given: Any) -> str:
    if not isinstance(given, str) or not _HEADER.fullmatch(given.strip()):
        raise Unfit("should be the name of a header, e.g. X-Forwarded-User")
    return given.strip()


def _network(given: Any) -> str:
    try:
        return str(ipaddress.ip_network(str(given).strip()))
    except ValueError:
        raise Unfit(f"{shown(given)} is not an address or network, e.g. 10.0.0.0/8") from None


ListenField = Annotated[
    Listen | None,
    PlainValidator(_listen),
    PlainSerializer(lambda value: "off" if value is None else str(value)),
    WithJsonSchema({"type": "string", "examples": ["127.0.0.1:8385", "off"]}),
]
HeaderName = Annotated[
    str,
    PlainValidator(_header),
    WithJsonSchema({"type": "string", "pattern": r"^\s*[A-Za-z0-9-]{1,64}\s*$"}),
]
Network = Annotated[
    str,
    PlainValidator(_network),
    WithJsonSchema({"type": "string", "examples": ["10.0.0.0/8", "127.0.0.1"]}),
]


def _public(given: Any) -> str:
    parts = urlsplit(given.strip()) if isinstance(given, str) else None
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Unfit("should be a whole address, e.g. https://syncd.example.com")
    if parts.query or parts.fragment or parts.username:
        raise Unfit("should be an address without query, fragment or login")
    return str(given).strip().rstrip("/")


PublicAddress = Annotated[
    str,
    PlainValidator(_public),
    WithJsonSchema({"type": "string", "examples": ["https://syncd.example.com"]}),
]


class HooksSection(Section):
    """What connectors with `webhooks` or `push` are told, at /hooks/NAME."""

    per_minute: int = Field(
        default=600,
        ge=1,
        le=100_000,
        description="The most that each connector is told in a minute; the rest is turned away, "
        "and noticed by polling.",
    )


class WebSection(Section):
    """The pages, metrics and health checks that `syncd run` serves."""

    listen: ListenField = Field(
        default="127.0.0.1:8385",
        validate_default=True,
        description="Where: an address and a port (0: any that is free), or off. Beyond this "
        "machine only with a token or a proxy_header.",
    )
    token: SecretRef | None = Field(
        default=None,
        description="Lets in operators, who may look and act. Without it whoever can reach a "
        "loopback address may.",
    )
    viewer_token: SecretRef | None = Field(
        default=None, description="Lets in viewers, who may only look."
    )
    proxy_header: HeaderName | None = Field(
        default=None,
        description="The header in which a trusted proxy names the person it let in, e.g. "
        "X-Forwarded-User.",
    )
    proxy_from: tuple[Network, ...] = Field(
        default=("127.0.0.0/8", "::1/128"),
        validate_default=True,
        description="Where that proxy calls from; the header is ignored from anywhere else.",
    )
    operators: tuple[Words, ...] = Field(
        default=(),
        description="Whom, as the proxy names them, syncd takes for operators; others may look.",
    )

    public_url: PublicAddress | None = Field(
        default=None,
        description="The address under which services reach these pages from outside, through a "
        "proxy that leads /hooks/ here: HubSpot signs it.",
    )
    hooks: HooksSection = Field(
        default=HooksSection(),
        description="What connectors with webhooks or push are told, at /hooks/NAME.",
    )

    @model_validator(mode="after")
    def _guarded(self) -> WebSection:
        beyond = self.listen is not None and not self.listen.is_loopback
        if beyond and not (self.token or self.viewer_token or self.proxy_header):
            raise Unfit(
                f"listens on {self.listen}, beyond this machine, and lets in anyone; give a "
                "token, or the proxy_header of a proxy that knows people"
            )
        if self.operators and self.proxy_header is None:
            raise Unfit("names operators, whom only a proxy can tell; give its proxy_header")
        return self


class AlarmsSection(Section):
    """Whom syncd tells when something is wrong, and when it is over. The log always is."""

    webhook: SecretRef | None = Field(
        default=None,
        description="The address of an incoming webhook that takes Slack's JSON, by reference: "
        "it is a secret.",
    )
    board: BoardSection | None = Field(
        default=None,
        description="The list on the task board that gets a task for each trouble; setup makes it.",
    )
    assignee: Words | None = Field(
        default=None, description="The address of the person those tasks are for."
    )
    quiet_after: QuietAfter = Field(
        default="1 day",
        validate_default=True,
        description="A mailbox is unusually quiet when so long a time brought next to nothing "
        "although the same time in past weeks did; or off.",
    )
    backlog_after: Interval = Field(
        default="1 hour",
        validate_default=True,
        description="How long something may wait to be sent before it counts as a backlog.",
    )
    clock_skew: Interval = Field(
        default="1 minute",
        validate_default=True,
        description="How far this machine's clock may be from the services'.",
    )
