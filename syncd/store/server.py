"""A state on a PostgreSQL server: where it is, without what lets us in."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from syncd.ports.secrets import SecretRef

SCHEMA = "syncd"


@dataclass(frozen=True, slots=True)
class Server:
    """`url`: postgresql://user@host/database, never with a password. The tables are in `schema`.

    Without `password` libpq looks for one itself (PGPASSWORD, ~/.pgpass), or needs none.
    """

    url: str
    schema: str = SCHEMA
    password: SecretRef | None = None

    def __str__(self) -> str:
        return f"{self.url} (schema {self.schema})"

    def lock(self, name: str) -> int:
        """The number of an advisory lock; those of other states in the database differ."""
        words = f"{self.schema}/{name}".encode()
        digest = hashlib.blake2b(words, digest_size=8, person=b"syncd").digest()
        return int.from_bytes(digest, "big", signed=True)

    def secret(self) -> str | None:
        """The password. Raises `MissingSecret`."""
        return None if self.password is None else self.password.read()

    def options(self, *more: str) -> str:
        """What every connection is told as it is made, so that no statement names the schema."""
        told = [f"search_path={self.schema}", "application_name=syncd", *more]
        return " ".join(f"-c {one}" for one in told)
