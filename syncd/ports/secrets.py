"""References to secrets. A value never stands in a settings file, a log or a message."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, model_validator


class MissingSecret(Exception):
    """The referenced secret is not there. The message names the reference and the remedy."""


# Where systemd puts what LoadCredential= names, and where the container image sets it to.
CREDENTIALS = "CREDENTIALS_DIRECTORY"


class SecretRef(BaseModel):
    """Where a secret is found: a variable, a file or a credential, never the value itself."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    env: str | None = Field(default=None, description="Name of an environment variable.")
    file: Path | None = Field(
        default=None, description="Path of a file; relative ones start at the settings file."
    )

    credential: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9_.-]+$",
        description="Name of a credential that the service manager hands over: systemd's "
        "LoadCredential, a container's secret. A file in $CREDENTIALS_DIRECTORY.",
    )

    @model_validator(mode="before")
    @classmethod
    def _a_reference_not_a_value(cls, given: Any) -> Any:
        if isinstance(given, str):
            msg = "write a reference, {env: NAME} or {file: PATH}, never the secret itself"
            raise ValueError(msg)  # noqa: TRY004 - pydantic reports ValueError with its place
        return given

    @model_validator(mode="after")
    def _exactly_one_place(self, info: ValidationInfo) -> SecretRef:
        if sum(one is not None for one in (self.env, self.file, self.credential)) != 1:
            msg = "give exactly one of env, file and credential"
            raise ValueError(msg)
        base = (info.context or {}).get("base")
        if self.file is not None and base is not None and not self.file.is_absolute():
            object.__setattr__(self, "file", Path(base) / self.file)
        return self

    def __str__(self) -> str:
        if self.credential is not None:
            return f"credential {self.credential}"
        return f"env {self.env}" if self.env is not None else f"file {self.file}"

    def read(self) -> str:
        """The secret, without surrounding white space. Raises `MissingSecret`."""
        if self.env is not None:
            value = os.environ.get(self.env, "").strip()
            if not value:
                msg = f"environment variable {self.env} is not set; export it for this process"
                raise MissingSecret(msg)
            return value
        path = self._path()
        try:
            value = path.read_text(encoding="utf-8").strip()
        except OSError as error:
            msg = f"cannot read {path}: {error.strerror}; check the path and its owner"
            raise MissingSecret(msg) from error
        except UnicodeDecodeError:
            msg = f"{path} holds no text; put the secret in it as it is written"
            raise MissingSecret(msg) from None  # the cause would quote it
        if not value:
            msg = f"{path} is empty; put the secret in it"
            raise MissingSecret(msg)
        return value

    def _path(self) -> Path:
        if self.file is not None:
            return self.file
        assert self.credential is not None
        folder = os.environ.get(CREDENTIALS, "")
        if not folder:
            msg = (
                f"the credential {self.credential} was not handed over: {CREDENTIALS} is not set; "
                f"start syncd as a service with LoadCredential={self.credential}:PATH"
            )
            raise MissingSecret(msg)
        return Path(folder) / self.credential
