"""What a settings file says about Teamwork."""

from __future__ import annotations

from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator

from syncd.ports.secrets import SecretRef


class TeamworkWebhooks(BaseModel):
    """Events that the site sends to /hooks/NAME of the pages, NAME being this connector's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    secret: SecretRef = Field(
        description="The token given when the webhooks were made: the site signs with it."
    )


class TeamworkSettings(BaseModel):
    """A Teamwork.com site and the key to it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["teamwork"] = Field(description="Tasks live in Teamwork.com.")
    url: str = Field(
        description="The site's whole address, e.g. https://brightlink.teamwork.com; sites in "
        "the EU (https://brightlink.eu.teamwork.com) and own domains work the same."
    )
    api_key: SecretRef = Field(
        description="API key of the user syncd works as: profile, Edit my details, API & "
        "Mobile. It may do exactly what that user may; their name stands on what syncd makes."
    )
    calls_per_minute: int = Field(
        default=110,
        ge=1,
        description="Most calls a minute. The site's own limit, where its answers state a "
        "lower one, wins. Limits are counted per site: leave room for other integrations.",
    )
    mark_field: str = Field(
        default="syncd key",
        min_length=1,
        description="Name of the task custom field that holds syncd's mark. Where the plan has "
        "no custom fields, the mark is the last line of the task's description.",
    )
    tag: str = Field(
        default="syncd",
        min_length=1,
        max_length=49,
        description="Tag put on every task syncd makes, so that people can filter by it.",
    )

    webhooks: TeamworkWebhooks | None = Field(
        default=None,
        description="What people do on the board is noticed at once: the site sends events, "
        "signed, to the address `syncd doctor` names. Polling goes on all the same.",
    )

    @field_validator("url")
    @classmethod
    def _the_site_alone(cls, given: str) -> str:
        parts = urlsplit(given if "://" in given else f"https://{given}")
        site = f"{parts.scheme}://{parts.netloc}"
        if "://" not in given:
            raise ValueError(f"write the whole address: {site}")
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("write an address that begins with https:// (http:// for a sandbox)")
        if parts.username is not None:
            raise ValueError("the key belongs in api_key, not in the address")
        if parts.path.strip("/") or parts.query or parts.fragment:
            raise ValueError(f"write the site alone: {site}")
        return site
