"""Mail in any amount: pitches to people at sites of their own, and their answers."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import Any

DOMAIN = "agency.example"
# The last of every four messages of a conversation is an answer, so that no follow-up falls due
# and what is measured is mail. A quarter carries HTML.
_TURNS = ("pitch", "chaser", "another", "answer")
_PARAGRAPH = (
    "we have been reading your pieces on timber houses and would love to add one on heat pumps "
    "in old walls, with our own measurements of forty houses over two winters. "
)


def mailboxes(count: int) -> tuple[str, ...]:
    return tuple(f"mate{number}@{DOMAIN}" for number in range(count))


def items(
    count: int, boxes: tuple[str, ...], people: int, newest: datetime
) -> Iterator[dict[str, Any]]:
    """`count` messages as the gmail simulator's `deliver_many` takes them, oldest first.

    Each mailbox writes to its own share of the `people`; a conversation has four messages.
    """
    for number in range(count):
        box = boxes[number % len(boxes)]
        nth = number // len(boxes)
        conversation, turn = divmod(nth, len(_TURNS))
        share = max(1, people // len(boxes))
        person = boxes.index(box) * share + conversation % share
        at = newest - timedelta(minutes=count - number)
        yield item(box, person, conversation, turn, at)


def item(box: str, person: int, conversation: int, turn: int, at: datetime) -> dict[str, Any]:
    mine, theirs = f"Mate <{box}>", f"Editor {person} <editor{person}@site{person}.example>"
    sent = _TURNS[turn] != "answer"
    name = f"{box.partition('@')[0]}.{conversation}"
    lines = [
        f"From: {mine if sent else theirs}",
        f"To: {theirs if sent else mine}",
        f"Subject: {'Re: ' if turn else ''}Timber houses {name}",
        f"Date: {format_datetime(at)}",
        f"Message-ID: <{name}.{turn}@{DOMAIN if sent else f'site{person}.example'}>",
        "MIME-Version: 1.0",
    ]
    if turn:
        lines.append(f"References: <{name}.0@{DOMAIN}>")
        lines.append(f"In-Reply-To: <{name}.0@{DOMAIN}>")
    text = (
        f"Hello,\r\n\r\n{_PARAGRAPH * 4}\r\n\r\nKind regards\r\n{'Mate' if sent else 'Editor'}\r\n"
    )
    if conversation % 4 == 0:
        lines += ['Content-Type: multipart/alternative; boundary="x"', "", "--x"]
        lines += ["Content-Type: text/plain; charset=utf-8", "", text, "--x"]
        lines += ["Content-Type: text/html; charset=utf-8", "", f"<p>{text}</p>", "--x--", ""]
    else:
        lines += ["Content-Type: text/plain; charset=utf-8", "", text]
    raw = "\r\n".join(lines).encode()
    return {
        "mailbox": box,
        "raw": base64.b64encode(raw).decode(),
        "labels": ["SENT"] if sent else ["INBOX"],
        "at": at.isoformat(),
        "thread": name,
    }
