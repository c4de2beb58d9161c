"""What a settings file says about HubSpot."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from connectors._kit.tokens import KeptTokens
from syncd.ports.secrets import SecretRef


def _web_address(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        msg = "write a whole address that starts with https://"
        raise ValueError(msg)
    return text.rstrip("/")


WebAddress = Annotated[str, AfterValidator(_web_address)]
# HubSpot's internal names: lower case, digits and underscores (facts/hubspot.md 2.6).
PropertyName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,99}$")]


class PropertyNames(BaseModel):
    """Internal names of the contact properties syncd keeps."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    campaigns: PropertyName = Field(
        default="syncd_campaigns",
        description="Multiple checkboxes: the campaigns a contact belongs to.",
    )
    tags: PropertyName = Field(
        default="syncd_tags", description="Multiple checkboxes: the tags of those campaigns."
    )
    stage: PropertyName = Field(
        default="syncd_stage", description="Dropdown: how far outreach to the contact has come."
    )
    do_not_contact: PropertyName = Field(
        default="syncd_do_not_contact",
        description="Single checkbox: nobody of the team writes to this contact again. syncd "
        "ticks it when somebody asks not to be written to; a person may, too.",
    )
    introduced_by: PropertyName = Field(
        default="syncd_introduced_by",
        description="Single-line text: who introduced the contact to us.",
    )
    favours: PropertyName = Field(
        default="syncd_favours",
        description="Number, set by people alone: how many more favours we did a contact than "
        "they did us. Made where favours.on_contacts asks for it.",
    )


class HubSpotApp(KeptTokens):
    """An app of the account's own, to which a person consents with `syncd auth hubspot`."""

    client_id: str = Field(min_length=1, description="The app's client ID, from its Auth page.")
    client_secret: SecretRef = Field(description="The app's client secret.")


class HubSpotWebhooks(BaseModel):
    """Events that the app sends to /hooks/NAME of the pages, NAME being this connector's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    secret: SecretRef | None = Field(
        default=None,
        description="The client secret of the app whose webhooks these are: it signs them. May "
        "be left out with oauth, which names it. Service keys have no webhooks.",
    )


class HubSpotSettings(BaseModel):
    """A HubSpot account and the key to it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["hubspot"] = Field(description="Contacts and their mail live in HubSpot.")
    token: SecretRef | None = Field(
        default=None,
        description="A service key, or the token of an existing private app, with the scopes "
        "crm.objects.contacts.read and .write, crm.objects.owners.read, "
        "crm.schemas.contacts.read and .write, and sales-email-read; "
        "connected-email-data-access lets syncd mark the mail it logs; segments need "
        "crm.lists.read and .write, prospects crm.objects.companies.read and .write.",
    )
    oauth: HubSpotApp | None = Field(
        default=None,
        description="Instead of a token: an app, whose redirect URL is http://localhost:8386/.",
    )
    api_url: WebAddress = Field(
        default="https://api.hubapi.com",
        description="Where the API is; the same for every region. Another one for a sandbox.",
    )
    api_version: Literal["2026-09", "2026-03"] = Field(
        default="2026-09",
        description="Version of the API. 2026-03 ignores the account's own rules about "
        "required properties, for accounts whose rules refuse what syncd writes.",
    )
    app_url: WebAddress = Field(
        default="https://app.hubspot.com",
        description="Where people look at HubSpot; links in tasks start with it.",
    )
    properties: PropertyNames = Field(
        default_factory=PropertyNames,
        description="Internal names of the contact properties syncd keeps.",
    )
    calls_per_10_seconds: int = Field(
        default=90,
        ge=5,
        description="Most calls in any 10 seconds. The account's own limit (100 on Free and "
        "Starter, 190 on Professional and Enterprise) wins where its answers state a lower one.",
    )
    mark_emails: Literal["auto", "never"] = Field(
        default="auto",
        description="auto: try to add a unique property to emails, so that mail logged twice "
        "is refused by HubSpot itself; HubSpot does not allow it to every key. never: do not.",
    )

    webhooks: HubSpotWebhooks | None = Field(
        default=None,
        description="What people change in HubSpot is noticed at once: an app sends events, "
        "signed, to the address `syncd doctor` names. Polling goes on all the same.",
    )

    @model_validator(mode="after")
    def _webhooks_are_signed(self) -> HubSpotSettings:
        if self.webhooks is not None and self.webhooks.secret is None and self.oauth is None:
            raise ValueError("give webhooks.secret, the client secret of the app that sends them")
        return self

    @model_validator(mode="after")
    def _one_way_in(self) -> HubSpotSettings:
        if (self.token is None) == (self.oauth is None):
            msg = "give exactly one of token and oauth"
            raise ValueError(msg)
        return self
