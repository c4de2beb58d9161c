"""What a settings file says about Screaming Frog."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, model_validator


class ScreamingFrogSettings(BaseModel):
    """Crawls made with Screaming Frog's SEO Spider. Everything has a default."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["screaming_frog"] = Field(
        description="Exports of Screaming Frog, and the program where it is installed."
    )
    folder: Path | None = Field(
        default=None,
        description="Folder to watch for exports (CSV, xlsx, also as gz or zip, in folders "
        "below it too). Each is taken in once; nothing in it is moved or changed. A relative "
        "path starts at the settings file. Best is the bulk export Links > External Links.",
    )
    command: str = Field(
        default="screamingfrogseospider",
        min_length=1,
        description="The program: a name that is found on the PATH, or a whole path.",
    )
    config: Path | None = Field(
        default=None,
        description="Configuration saved by the program (.seospiderconfig): limits, speed and "
        "robots can be set only there. Needs a licence. A relative path starts at the "
        "settings file.",
    )
    licence: Path = Field(
        default=Path("~/.ScreamingFrogSEOSpider/licence.txt"),
        description="Where the program keeps its licence. Without one it stops at 500 URLs.",
    )
    hours: float = Field(
        default=4.0,
        gt=0,
        le=72,
        description="Most hours a crawl may take; then the program is ended, and nothing of "
        "that crawl is kept.",
    )

    @model_validator(mode="after")
    def _start_at_the_settings_file(self, info: ValidationInfo) -> ScreamingFrogSettings:
        base = (info.context or {}).get("base")
        for name in ("folder", "config"):
            path = getattr(self, name)
            if base is not None and path is not None and not path.is_absolute():
                object.__setattr__(self, name, Path(base) / path)
        return self
