"""Which message is which: one name for all copies of a message, and what it refers to."""

from __future__ import annotations

import hashlib

from syncd.core.mail.envelope import Envelope

_LONGEST_ID = 400


def message_key(envelope: Envelope) -> str:
    """The name that all copies of one message share, however many mailboxes hold it.

    "mid:" and the Message-ID; where a sender left it out, "hash:" and a hash of author,
    date, subject, recipients and opening words.
    """
    if envelope.message_id:
        return _by_id(envelope.message_id)
    return "hash:" + _digest(
        envelope.sender.address if envelope.sender else "",
        envelope.date.isoformat() if envelope.date else "",
        envelope.subject,
        *sorted(party.address for party in (*envelope.to, *envelope.cc)),
        envelope.content,
    )


def fingerprint(envelope: Envelope) -> str:
    """Tells two messages apart that bear the same Message-ID: author and Date header.

    Subject, recipients and body are left out: a list changes them in its own copy.
    """
    return _digest(
        envelope.sender.address if envelope.sender else "",
        envelope.date.isoformat() if envelope.date else "",
    )


def reference_keys(envelope: Envelope) -> tuple[str, ...]:
    """The keys of the messages this one answers or is about, nearest first."""
    nearest = (*envelope.in_reply_to, *envelope.links, *reversed(envelope.references))
    return tuple(dict.fromkeys(_by_id(one) for one in nearest if one != envelope.message_id))


def _by_id(message_id: str) -> str:
    # Keys are indexed columns; some senders put whole certificates into the id.
    if len(message_id) > _LONGEST_ID:
        return "mid:" + _digest(message_id)
    return "mid:" + message_id


def _digest(*parts: str) -> str:
    joined = "\x1f".join(parts).encode("utf-8", "replace")
    return hashlib.blake2b(joined, digest_size=16).hexdigest()
