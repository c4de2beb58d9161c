"""The answer to "what wrote this message?"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from syncd.core.facts import MailClass


@dataclass(frozen=True, slots=True)
class Classification:
    """What wrote a message and how that is known.

    `subclass` says more where more is known. For an auto-reply: out_of_office,
    left_company, ticket, challenge, other; for calendar: invitation, response,
    cancellation; for bulk: newsletter, notification. `confidence` is 0 to 1. `evidence`
    names headers and rules, never words of the message. `failed_recipients` are those of
    a bounce, `status` its RFC 3463 code ("5.1.1"). `original_message_id` is the message
    that a report is about, without brackets. `returns_on` is the first day on
    which an absent person says to be back. `is_list`: it came through a mailing list,
    whoever wrote it.
    """

    mail_class: MailClass
    subclass: str = ""
    confidence: float = 1.0
    evidence: tuple[str, ...] = ()
    failed_recipients: tuple[str, ...] = ()
    status: str = ""
    original_message_id: str = ""
    returns_on: date | None = None
    is_list: bool = False
