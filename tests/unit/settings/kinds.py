"""Connectors as a settings file may name them, small enough to see through."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from syncd.ports.manifest import Role
from syncd.ports.secrets import SecretRef
from syncd.settings.kinds import KindModel


class Post(BaseModel):
    """Letters."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    service_account: SecretRef = Field(description="The key.")
    mailboxes: tuple[str, ...] = Field(min_length=1, description="Whose mail.")
    api_url: str = Field(default="https://post.example", description="Where the service is.")


class Cards(BaseModel):
    """Index cards. As careless a model as another package may bring: extra keys, not frozen."""

    token: SecretRef = Field(description="The token.")
    mode: str = Field(default="fast", pattern="^(fast|slow)$", description="How.")


class Wall(BaseModel):
    """Notes on a wall."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: str = Field(description="Where the wall is.")
    api_key: SecretRef = Field(description="The key.")


KINDS = {
    "gmail": KindModel(Post, frozenset({Role.MAIL}), "Gmail"),
    "hubspot": KindModel(Cards, frozenset({Role.CRM}), "HubSpot"),
    "teamwork": KindModel(Wall, frozenset({Role.BOARD}), "Teamwork"),
}
