"""What a settings file says about looking at pages."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from typing import Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator


class WebcheckSettings(BaseModel):
    """How pages are looked at to see whether they carry a link. Everything has a default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["webcheck"] = Field(
        description="Pages that people say link to a client are looked at."
    )
    user_agent: str = Field(
        default="syncd-linkcheck/1.0",
        pattern=r"^[A-Za-z][A-Za-z_-]*[ -~]*$",
        description="How syncd names itself to web sites. The word it begins with is the name "
        "that robots.txt rules are looked up by; a web address or mail address in it lets "
        "site owners ask.",
    )
    pause_seconds: float = Field(
        default=2.0,
        ge=0,
        le=60,
        description="Seconds between two requests to one host. A longer Crawl-delay in its "
        "robots.txt wins, up to a minute.",
    )
    seconds: float = Field(
        default=30.0,
        gt=0,
        le=300,
        description="Most seconds a page, and each redirect on the way to it, may take.",
    )
    megabytes: float = Field(
        default=4.0,
        gt=0,
        le=64,
        description="How much of a page is read, unpacked. A page cut here never counts as one "
        "without the link.",
    )
    redirects: int = Field(default=8, ge=0, le=20, description="Most redirects followed.")
    allow_private: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(),
        description="Networks to look at although they are not public, e.g. 10.1.0.0/16 for a "
        "staging server. All others that are not public are refused: a link in a mail must not "
        "lead syncd into your own network.",
    )
    through: str | None = Field(
        default=None,
        description="For a sandbox: an address that plays the whole web; pages are asked of it "
        "as THROUGH/https/HOST/PATH, and no host is looked up.",
    )

    @field_validator("through")
    @classmethod
    def _whole(cls, given: str | None) -> str | None:
        parts = urlsplit(given or "http://none")
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("write a whole address that starts with http://")
        return given.rstrip("/") if given is not None else None

    @property
    def product(self) -> str:
        """The name robots.txt rules are looked up by: the letters the user agent begins with."""
        letters = (n for n, one in enumerate(self.user_agent) if not (one.isalpha() or one in "_-"))
        return self.user_agent[: next(letters, len(self.user_agent))]
