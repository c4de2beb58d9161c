"""What the example's team meets outside its mail: pages of the open web, and people who introduce.

The data is linkbuilding.yaml of the example.
"""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from email.message import EmailMessage

from syncd.core.mail.addresses import normalise
from syncd.ports.simulator import Simulator
from syncd.sandbox.example import Example
from syncd.sandbox.example_mail import Letter, Writer, message_id, rendered
from syncd.sandbox.seed import Delivery

# So much later than our message the answer to it is dated.
_AT_ONCE = timedelta(seconds=1)


def put_pages(web: Simulator, example: Example) -> None:
    """The pages as they were at first."""
    for page in example.pages:
        web.control("put_page", {name: page[name] for name in page if name != "later"})


def change_pages(
    web: Simulator, example: Example, now: datetime, since: datetime, until: datetime | None
) -> None:
    """What became of pages between the two, seen from `now`."""
    for page in example.pages:
        later = page.get("later")
        if later is None:
            continue
        at = example.at(later["at"], now)
        if at > since and (until is None or at <= until):
            web.control("put_page", {**page, **later})


def favours(example: Example, now: datetime) -> Iterator[tuple[str, str, str, date]]:
    """What the team did for whom: the person's address, what, which mailbox's, on which day."""
    for one in example.favours:
        day = example.at(one["at"], now).date()
        by = example.mailboxes[one["by"]].address
        yield example.writer(one["person"]).address, one["about"], by, day


class Introducers:
    """People who answer a message that was sent to them here with an introduction."""

    def __init__(self, example: Example) -> None:
        self._example = example

    def answer(self, mailbox: str, raw: bytes, thread: str, at: datetime) -> Delivery | None:
        """The three-way mail that follows on a message of ours; None where none does.

        `thread`: of the message, in the mailbox of whoever sent it.
        """
        sent = email.message_from_bytes(raw, policy=email.policy.default)
        to = {normalise(one.addr_spec) for one in sent["to"].addresses} if sent["to"] else set()
        body = sent.get_body(("plain", "html"))
        words = "" if body is None else body.get_content()
        for given in self._example.introductions:
            by = self._example.writer(given["by"])
            if by.address in to and given["site"] in words:
                box = next(b for b in self._example.mailboxes.values() if b.address == mailbox)
                ours = Writer(box.name, box.address)
                letter = self._introduction(_asked(sent, ours, by, at), given)
                raw = rendered(letter, delivered_to=mailbox)
                return Delivery(mailbox, raw, ("INBOX", "UNREAD"), letter.at, thread)
        return None

    def _introduction(self, asked: Letter, given: Mapping[str, str]) -> Letter:
        (by,) = asked.to
        return Letter(
            id=message_id(f"introduction/{asked.id}", 0, by),
            at=asked.at + _AT_ONCE,
            writer=by,
            to=(asked.writer,),
            cc=(self._example.writer(given["of"]),),
            subject=f"Re: {asked.subject.removeprefix('Re: ')}",
            text=given["text"],
            answers=asked,
        )


def _asked(sent: EmailMessage, ours: Writer, by: Writer, at: datetime) -> Letter:
    """Our message as far as an answer to it goes."""
    return Letter(
        id=str(sent["message-id"]).strip("<>"),
        at=at,
        writer=ours,
        to=(by,),
        cc=(),
        subject=str(sent["subject"]),
        text="",
    )
