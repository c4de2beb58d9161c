"""Where tokens that people's consent gave us are kept: 0600 files or the system keyring.

A token outlives the process, and the one who loses it must ask people again. So a file is
replaced whole, after its content is on the disk; and where a key is given, what is kept is
worth nothing without it.
"""

from __future__ import annotations

import fcntl
import json
import os
import stat
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, model_validator

from connectors._kit.reading import json_object
from syncd.ports.secrets import MissingSecret, SecretRef
from syncd.ports.verdicts import Locked

KEYRING = "keyring"
# The name under which a system keyring lists what is ours.
SERVICE = "syncd"
_SEALED = "encrypted"


class KeptTokens(BaseModel):
    """The keys of a settings section that say where its tokens are kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tokens: Path | Literal["keyring"] = Field(
        description="Folder with a JSON file for each token, readable by its owner only; a "
        "relative path starts at the settings file. Or the word keyring: the system's own, "
        "with the extra syncd[keyring]. `syncd auth` fills it."
    )
    encrypt_with: SecretRef | None = Field(
        default=None,
        description="Key that tokens are encrypted with where they are kept: one that `syncd "
        "auth new-key` prints. Several, one a line: the first encrypts, all decrypt.",
    )

    @model_validator(mode="after")
    def _start_at_the_settings_file(self, info: ValidationInfo) -> KeptTokens:
        base = (info.context or {}).get("base")
        tokens = self.tokens
        if base is not None and isinstance(tokens, Path) and not tokens.is_absolute():
            object.__setattr__(self, "tokens", Path(base) / tokens)
        return self


class Tokens:
    """Token records by name, as JSON objects. Threads and processes may share them.

    `remedy` is what a person does about one that is missing or unreadable.
    """

    def __init__(self, kept: KeptTokens, remedy: str) -> None:
        self._folder = None if kept.tokens == KEYRING else Path(kept.tokens)
        self._key = kept.encrypt_with
        self._remedy = remedy
        self._lock = threading.RLock()

    def where(self, name: str) -> str:
        """Where a record is kept, for people."""
        sealed = ", encrypted" if self._key is not None else ""
        place = f"keyring, {SERVICE}/{name}" if self._folder is None else str(self._path(name))
        return place + sealed

    def read(self, name: str) -> dict[str, Any]:
        """The record. Raises `Locked` where it is not there or cannot be read."""
        found = self.find(name)
        if found is None:
            if self._folder is not None:
                said = f"cannot read {self._path(name)}: {os.strerror(2)}"
            else:
                said = f"the keyring holds no token {SERVICE}/{name}"
            raise Locked(said, remedy=self._remedy)
        return found

    def find(self, name: str) -> dict[str, Any] | None:
        """As `read`, but None where nothing is kept."""
        body = self._from_keyring(name) if self._folder is None else self._from_file(name)
        if body is None:
            return None
        given = json_object(body)
        if not given:
            raise Locked(f"{self.where(name)} is not JSON", remedy=self._remedy)
        return self._opened(given, name)

    def write(self, name: str, record: Mapping[str, Any]) -> None:
        """Keep a record, in the place of an older one. Raises `Locked` where that fails."""
        body = json.dumps(self._sealed(record), indent=2, sort_keys=True) + "\n"
        if self._folder is None:
            with _keyring(self._remedy) as keyring:
                keyring.set_password(SERVICE, name, body)
            return
        path = self._path(name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _replace(path, body)
        except OSError as error:
            remedy = f"let the user syncd runs as write in {path.parent}"
            raise Locked(f"cannot write {path}: {error.strerror}", remedy=remedy) from error

    def remove(self, name: str) -> None:
        """Forget a record. Repeatable."""
        if self._folder is not None:
            self._path(name).unlink(missing_ok=True)
        elif self._from_keyring(name) is not None:
            with _keyring(self._remedy) as keyring:
                keyring.delete_password(SERVICE, name)

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """Nobody else changes this record while the block runs: no thread, no process.

        Where a service gives a new refresh token for every use of the old one, two that
        renew at the same time would leave one of them with a token that is worth nothing.
        """
        with self._lock:
            if self._folder is None:
                yield
                return
            path = self._path(name)
            try:
                path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                descriptor = os.open(path.with_suffix(".lock"), os.O_CREAT | os.O_RDWR, 0o600)
            except OSError:
                # Read-only: tokens then come from elsewhere, and nobody here replaces them.
                yield
                return
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                yield
            finally:
                os.close(descriptor)

    def _path(self, name: str) -> Path:
        assert self._folder is not None
        return self._folder / f"{name}.json"

    def _from_file(self, name: str) -> bytes | None:
        path = self._path(name)
        try:
            mode = path.stat().st_mode
            body = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            said = f"cannot read {path}: {error.strerror}"
            raise Locked(said, remedy=self._remedy) from error
        if stat.S_IMODE(mode) & 0o077:
            raise Locked(f"{path} can be read by others", remedy=f"chmod 600 {path}")
        return body

    def _from_keyring(self, name: str) -> bytes | None:
        with _keyring(self._remedy) as keyring:
            kept = keyring.get_password(SERVICE, name)
        return None if kept is None else str(kept).encode()

    def _sealed(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        if self._key is None:
            return record
        return {_SEALED: self._cipher().encrypt(json.dumps(record).encode()).decode()}

    def _opened(self, given: dict[str, Any], name: str) -> dict[str, Any]:
        sealed = given.get(_SEALED)
        if sealed is None:
            return given
        if self._key is None:
            remedy = "name the key in encrypt_with"
            raise Locked(f"{self.where(name)} is encrypted", remedy=remedy)
        from cryptography.fernet import InvalidToken

        try:
            return json_object(self._cipher().decrypt(str(sealed)))
        except InvalidToken as error:
            remedy = f"put the key it was encrypted with into {self._key}, or {self._remedy}"
            raise Locked(f"{self.where(name)} does not open", remedy=remedy) from error

    def _cipher(self) -> Any:
        from cryptography.fernet import Fernet, MultiFernet

        assert self._key is not None
        try:
            return MultiFernet([Fernet(key) for key in self._key.read().split()])
        except MissingSecret as error:
            remedy = "put the key there; syncd then goes on by itself"
            raise Locked(str(error), remedy=remedy) from error
        except ValueError as error:
            remedy = "put a key there that `syncd auth new-key` prints"
            raise Locked(f"{self._key}: no encryption key", remedy=remedy) from error


@contextmanager
def _keyring(remedy: str) -> Iterator[Any]:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError as error:
        words = "tokens are kept in the keyring, but syncd was installed without it"
        advice = "install syncd[keyring], or name a folder in tokens"
        raise Locked(words, remedy=advice) from error
    try:
        yield keyring
    except KeyringError as error:
        words = f"the system keyring refuses: {type(error).__name__}"
        raise Locked(words, remedy=f"unlock it, or {remedy}") from error


def _replace(path: Path, body: str) -> None:
    """Either the old content stands there or the new, whatever happens in between."""
    fresh = path.with_suffix(f".{os.getpid()}.new")
    fresh.unlink(missing_ok=True)
    # Opened with the mode, not changed to it later: nobody else reads it even for a moment.
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    # Without this a power cut may bring the old file back, with a token already used up.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
