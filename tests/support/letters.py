"""Raw messages for tests, and when they were written."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any


def letter(
    sender: str,
    to: str,
    at: datetime,
    *,
    subject: str = "Builder guide",
    key: str = "",
    answers: str = "",
    text: str = "Hello there,\n\nwould you take a look?\n",
    cc: str = "",
    headers: Sequence[tuple[str, str]] = (),
) -> bytes:
    """A plain message. `key` is its Message-ID without brackets; `answers` the one answered."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Date"] = format_datetime(at)
    if cc:
        message["Cc"] = cc
    if key:
        message["Message-ID"] = f"<{key}>"
    if answers:
        message["In-Reply-To"] = message["References"] = f"<{answers}>"
    for name, value in headers:
        message[name] = value
    message.set_content(text)
    return message.as_bytes()


def bounce(to: str, failed: str, at: datetime, *, about: str) -> bytes:
    """A hard bounce as a mail server reports it, about the message with that Message-ID."""
    return (
        "From: Mail Delivery Subsystem <mailer-daemon@googlemail.com>\r\n"
        f"To: {to}\r\n"
        "Subject: Delivery Status Notification (Failure)\r\n"
        f"Date: {format_datetime(at)}\r\n"
        f"Message-ID: <bounce-{about}>\r\n"
        f"In-Reply-To: <{about}>\r\nReferences: <{about}>\r\n"
        f"X-Failed-Recipients: {failed}\r\n"
        "Auto-Submitted: auto-replied\r\n"
        "MIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; boundary="b"; report-type=delivery-status\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nAddress not found.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; googlemail.com\r\n\r\n"
        f"Final-Recipient: rfc822; {failed}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{about}>\r\n\r\n--b--\r\n"
    ).encode()


def delivery(
    mailbox: str, raw: bytes, at: datetime, *labels: str, thread: str = ""
) -> dict[str, Any]:
    """A message on its way into a simulated mailbox."""
    item = {
        "mailbox": mailbox,
        "raw": base64.b64encode(raw).decode(),
        "labels": list(labels),
        "at": at.isoformat(),
    }
    return item | ({"thread": thread} if thread else {})
