"""Consent that a person gives in a browser: asked for, kept, listed, really revoked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Grant:
    """One consent as we keep it. `subject`: the mailbox or account it is for.

    `ends_at`: when it dies by itself, None where no end is known. `kept` says where.
    """

    subject: str
    kept: str
    scopes: tuple[str, ...] = ()
    given_at: datetime | None = None
    renewed_at: datetime | None = None
    ends_at: datetime | None = None


class Visit(Protocol):
    """A person's way to the service's page and back."""

    redirect: str  # the address on this machine to which the service sends them back

    def __call__(self, url: str) -> Mapping[str, str]:
        """Lead the person to `url`; what the service says when they come back, as its query.

        Raises `TryLater` when nobody comes.
        """
        ...


class SignIn(Protocol):
    def subjects(self) -> tuple[str, ...]:
        """For whom consent can be given, by the settings. No call is made."""
        ...

    def grant(self, subject: str) -> Grant | None:
        """What is kept for a subject, None where nothing is. No call is made.

        Raises `Locked` where it is kept but cannot be read.
        """
        ...

    def sign_in(self, subject: str, visit: Visit) -> Grant:
        """Have consent given and keep it; a daemon takes it up without a restart.

        Raises verdicts: `Refused` where the person declined, or signed in as somebody else.
        """
        ...

    def revoke(self, subject: str) -> None:
        """Have the service forget the consent, then forget it here. Repeatable.

        Raises verdicts, and then still keeps it: what cannot be revoked must not be lost.
        """
        ...
