"""What a settings file says about Gmail."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from connectors._kit.tokens import KeptTokens
from syncd.core.mail.addresses import normalise
from syncd.ports.secrets import SecretRef


class InstalledApp(KeptTokens):
    """Consent given mailbox by mailbox, for organisations without domain-wide delegation."""

    client: SecretRef = Field(
        description="Content of the OAuth client's JSON (type Desktop app), as downloaded "
        "from the Google Cloud console."
    )


class GmailSettings(BaseModel):
    """Mailboxes in Gmail and how to get into them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["gmail"] = Field(description="Mail comes from Gmail.")
    service_account: SecretRef | None = Field(
        default=None,
        description="Content of a service account's key JSON; the account needs domain-wide "
        "delegation for the scope gmail.modify (gmail.readonly with read_only).",
    )
    installed_app: InstalledApp | None = Field(
        default=None,
        description="Instead of a service account: an OAuth client and a token per mailbox.",
    )
    mailboxes: tuple[str, ...] = Field(
        min_length=1, description="The mailboxes to read, by their primary address."
    )
    api_url: str = Field(
        default="https://gmail.googleapis.com",
        description="Where the Gmail API is; a sandbox's address makes it the sandbox.",
    )
    units_per_minute: int = Field(
        default=6000,
        ge=1200,
        description="Quota units to use per mailbox and minute: 6000 for projects made since "
        "May 2026, up to 15000 for older ones.",
    )
    read_only: bool = Field(
        default=False,
        description="Ask for the scope gmail.readonly only; syncd then never changes a label.",
    )

    @field_validator("mailboxes")
    @classmethod
    def _addresses_once_each(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        found: list[str] = []
        for entry in given:
            address = normalise(entry)
            local, _, domain = address.rpartition("@")
            if not local or not domain or " " in address:
                msg = f"{entry!r} is not an address"
                raise ValueError(msg)
            if address in found:
                msg = f"{address} is named twice"
                raise ValueError(msg)
            found.append(address)
        return tuple(found)

    @field_validator("api_url")
    @classmethod
    def _a_web_address(cls, given: str) -> str:
        parts = urlsplit(given)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            msg = "write an address that begins with https:// (http:// for a sandbox)"
            raise ValueError(msg)
        return given.rstrip("/")

    @model_validator(mode="after")
    def _one_way_in(self) -> GmailSettings:
        if (self.service_account is None) == (self.installed_app is None):
            msg = "give exactly one of service_account and installed_app"
            raise ValueError(msg)
        return self
