"""What a settings file says about Gmail."""

from __future__ import annotations

from typing import Annotated, Literal
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


Topic = Annotated[str, Field(pattern=r"^projects/[^/\s]+/topics/[^/\s:]+$")]
SubscriptionName = Annotated[str, Field(pattern=r"^projects/[^/\s]+/subscriptions/[^/\s:]+$")]


class GmailPush(BaseModel):
    """How Google tells of new mail: over a Pub/Sub topic, pulled by syncd or pushed to it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    topic: Topic = Field(
        description="projects/PROJECT/topics/TOPIC, on which "
        "gmail-api-push@system.gserviceaccount.com may publish. Every mailbox is told to, daily."
    )
    subscription: SubscriptionName | None = Field(
        default=None,
        description="projects/PROJECT/subscriptions/NAME, which syncd pulls from; nothing has to "
        "reach this machine from outside. Either this or signed_by.",
    )
    service_account: SecretRef | None = Field(
        default=None,
        description="Key JSON of the service account that may pull (roles/pubsub.subscriber); "
        "the one that reads mail, where left out.",
    )
    pubsub_url: str = Field(
        default="https://pubsub.googleapis.com",
        description="Where the Pub/Sub API is; a sandbox's address makes it the sandbox.",
    )
    signed_by: str | None = Field(
        default=None,
        description="The service account that signs what a push subscription sends to /hooks/NAME "
        "of the pages, NAME being this connector's. Either this or subscription.",
    )
    audience: str | None = Field(
        default=None,
        min_length=1,
        description="The audience of that subscription's tokens, as entered there.",
    )
    certs_url: str = Field(
        default="https://www.googleapis.com/oauth2/v1/certs",
        description="Where Google's certificates are, by which those tokens are checked.",
    )

    @field_validator("signed_by")
    @classmethod
    def _an_address(cls, given: str | None) -> str | None:
        if given is not None and "@" not in given:
            raise ValueError("write the service account's address, NAME@PROJECT.iam...")
        return given and given.strip().lower()

    @field_validator("pubsub_url", "certs_url")
    @classmethod
    def _web_addresses(cls, given: str) -> str:
        return _web_address(given)

    @model_validator(mode="after")
    def _one_way_to_hear(self) -> GmailPush:
        if (self.subscription is None) == (self.signed_by is None):
            raise ValueError("give exactly one of subscription (pulled) and signed_by (pushed)")
        if self.signed_by is not None and self.audience is None:
            raise ValueError("give the audience too, as entered in the push subscription")
        return self


class GmailSettings(BaseModel):
    """Mailboxes in Gmail and how to get into them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["gmail"] = Field(description="Mail comes from Gmail.")
    service_account: SecretRef | None = Field(
        default=None,
        description="Content of a service account's key JSON; the account needs domain-wide "
        "delegation for the scope gmail.modify (gmail.readonly with read_only, and then "
        "gmail.compose with drafts).",
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
    project_units_per_minute: int = Field(
        default=1_080_000,
        ge=1200,
        description="Quota units to use per minute for all mailboxes of the Google project "
        "together; Google allows 1,200,000.",
    )
    quota_table: Literal["new", "older"] = Field(
        default="new",
        description="What Gmail's methods cost: new for projects made since May 2026, older for "
        "those from before, for which reading a message costs a quarter.",
    )
    read_only: bool = Field(
        default=False,
        description="Ask for the scope gmail.readonly only; syncd then never changes a label.",
    )
    drafts: bool = Field(
        default=False,
        description="Let syncd write drafts for introductions, which people send or delete. With "
        "read_only this asks for the scope gmail.compose, too; gmail.modify holds it.",
    )

    push: GmailPush | None = Field(
        default=None,
        description="New mail is noticed at once: Google tells of it over Pub/Sub. Polling goes "
        "on all the same.",
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
        return _web_address(given)

    @model_validator(mode="after")
    def _one_way_in(self) -> GmailSettings:
        if (self.service_account is None) == (self.installed_app is None):
            msg = "give exactly one of service_account and installed_app"
            raise ValueError(msg)
        if self.push is not None and self.push.subscription is not None:
            account = self.push.service_account or self.service_account
            if account is None:
                raise ValueError("give push.service_account: people's consent opens no Pub/Sub")
        return self


def _web_address(given: str) -> str:
    parts = urlsplit(given)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        msg = "write an address that begins with https:// (http:// for a sandbox)"
        raise ValueError(msg)
    return given.rstrip("/")
