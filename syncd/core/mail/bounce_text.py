"""Failed recipients in the free text of old and odd mail systems, by flufl.bounce.

Its detectors raise on headers and texts they do not expect, so each runs alone: what one
of them cannot read, the next may.
"""

from __future__ import annotations

from collections.abc import Iterator
from email.message import Message

from syncd.core.mail.addresses import normalise, valid
from syncd.core.mail.signs import Signs

# Its expressions take the square of a line's length and worse, and any line may be one word.
_LONGEST_TEXT = 30_000
_LONGEST_LINE = 200


def failures(signs: Signs) -> tuple[str, ...]:
    """Addresses reported as failed or delayed; () where nothing is recognised."""
    from flufl.bounce import _scan

    message = _message(signs)
    for detector in _scan._DETECTORS:  # noqa: SLF001 - scan_message gives up at the first that raises, and logs it
        try:
            temporary, permanent = detector().process(message)
        except Exception:  # noqa: BLE001, S112 - of any type; it only means "not mine"
            continue
        found = {
            normalise(address.decode("ascii", "replace")) for address in (*permanent, *temporary)
        }
        if usable := sorted(address for address in found if valid(address)):
            return tuple(usable)
    return ()


def _message(signs: Signs) -> Message:
    """The message as the detectors want it, from what has been read of it."""
    message = Message()
    sender = signs.envelope.sender
    message["From"] = sender.address if sender else "mailer-daemon@invalid"
    message["Subject"] = signs.envelope.subject
    texts = list(_texts(signs))
    if len(texts) == 1:
        message.set_payload(texts[0])
        return message
    message["Content-Type"] = "multipart/mixed"
    message.set_payload([_text(text) for text in texts])
    return message


def _texts(signs: Signs) -> Iterator[str]:
    """What is said in all its parts together, up to a bound."""
    left = _LONGEST_TEXT
    for part in signs.mail.parts:
        if part.text and left > 0 and part.mime_type.startswith("text/"):
            text = part.text[:left]
            left -= len(text)
            yield "\n".join(line[:_LONGEST_LINE] for line in text.split("\n"))


def _text(text: str) -> Message:
    part = Message()
    part["Content-Type"] = "text/plain"
    part.set_payload(text)
    return part
