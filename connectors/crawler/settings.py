"""What a settings file says about the crawler."""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class CrawlerSettings(BaseModel):
    """How sites are crawled to see whom they link to. Everything has a default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["crawler"] = Field(
        description="syncd's own crawler; wants the extra syncd[crawl]."
    )
    user_agent: str = Field(
        default="syncd-crawler/1.0",
        pattern=r"^[A-Za-z][A-Za-z_-]*[ -~]*$",
        description="How the crawler names itself. The word it begins with is the name that "
        "robots.txt rules are looked up by.",
    )
    contact: str | None = Field(
        default=None,
        pattern=r"^[!-~]+$",
        description="A mail or web address that site owners can turn to; stands in the user "
        "agent. The first of the team's domains if left out.",
    )
    pages: int = Field(
        default=500,
        ge=1,
        le=100_000,
        description="Most pages of a site that are looked at. A crawl that ends there is kept "
        "as a part of the site, and never takes the place of a whole one.",
    )
    depth: int = Field(
        default=6, ge=0, le=50, description="How many links away from the first page it goes."
    )
    pause_seconds: float = Field(
        default=2.0,
        ge=0,
        le=60,
        description="Seconds between two requests to a site; more where the site answers "
        "slowly, or where its robots.txt asks for more (Crawl-delay, up to a minute).",
    )
    seconds: float = Field(
        default=30.0, gt=0, le=300, description="Most seconds that a page may take."
    )
    megabytes: float = Field(
        default=4.0, gt=0, le=64, description="Pages larger than this, unpacked, are passed over."
    )
    minutes: float = Field(
        default=60.0,
        gt=0,
        le=24 * 60,
        description="Most minutes a crawl may take; it then counts as one that ended at a limit "
        "of pages.",
    )
    allow_private: tuple[IPv4Network | IPv6Network, ...] = Field(
        default=(),
        description="Networks to crawl although they are not public, e.g. 10.1.0.0/16. All "
        "others that are not public are refused: a site must not lead syncd into your own "
        "network.",
    )

    @property
    def product(self) -> str:
        """The name robots.txt rules are looked up by: the letters the user agent begins with."""
        letters = (n for n, one in enumerate(self.user_agent) if not (one.isalpha() or one in "_-"))
        return self.user_agent[: next(letters, len(self.user_agent))]
