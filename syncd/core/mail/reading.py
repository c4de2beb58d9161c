"""Reading one copy of a message: whose it is, what it is, who outside takes part."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from syncd.core.facts import Direction, Mail, MailClass, MailItem, Party
from syncd.core.mail.addresses import canonical, domain_of
from syncd.core.mail.bodies import cut, html_of, text_of
from syncd.core.mail.classification import Classification
from syncd.core.mail.classify import classify
from syncd.core.mail.envelope import Envelope, envelope
from syncd.core.mail.identity import fingerprint, message_key, reference_keys
from syncd.core.mail.opening import fingerprint as likeness
from syncd.core.mail.phrases import Phrases
from syncd.core.mail.saying import Saying, saying
from syncd.core.mail.saying_text import said
from syncd.core.promises.matching import Matter, first_match
from syncd.core.rules import Bodies, LogRules

# As much of a text as its opening can stand in, greeting and all.
_LONGEST_OPENING = 1500
CUT = "[cut here by syncd: {left} more characters]"

# Logos under a signature are smaller than this; photographs that somebody sends are not.
_SIGNATURE_PICTURE = 50_000
_MOST_FILES = 20


@dataclass(frozen=True, slots=True)
class Own:
    """Who we are. `addresses` maps every address of ours to the mailbox behind it."""

    addresses: Mapping[str, str]
    domains: frozenset[str] = frozenset()

    @classmethod
    def of(cls, mailboxes: Mapping[str, Iterable[str]], domains: frozenset[str]) -> Own:
        """From each mailbox's aliases and the team's domains."""
        known = {canonical(address): address for address in mailboxes}
        for address, aliases in mailboxes.items():
            known |= {canonical(alias): address for alias in aliases}
        return cls(known, domains)

    def has(self, address: str) -> bool:
        domain = domain_of(address)
        return canonical(address) in self.addresses or any(
            domain == ours or domain.endswith("." + ours) for ours in self.domains
        )

    def mailbox(self, address: str) -> str | None:
        """The mailbox of ours behind an address, if there is one."""
        return self.addresses.get(canonical(address))


@dataclass(frozen=True, slots=True)
class Reading:
    """What a mailbox's copy of a message says. `outside` holds (role, party), each once.

    `says` is what a person outside says, "" for everything else. `subject_keys` name what is
    spoken of with whom: a reply that has lost its references is put where it belongs by them.
    `opening`: what our text resembles, where we begin an exchange with somebody outside.
    """

    key: str
    message_id: str
    fingerprint: str
    conversation_keys: tuple[str, ...]
    at: datetime
    direction: Direction
    mail_class: MailClass
    subclass: str
    is_list: bool
    subject: str
    sender: Party | None
    to: tuple[Party, ...]
    cc: tuple[Party, ...]
    bcc: tuple[Party, ...]
    outside: tuple[tuple[str, Party], ...]
    mailbox: str
    text: str
    html: str
    details: Mapping[str, object] = field(default_factory=dict)
    says: str = ""
    subject_keys: tuple[str, ...] = ()
    is_reply: bool = False
    failed: tuple[str, ...] = ()
    opening: str = ""


@dataclass(frozen=True, slots=True)
class Never:
    """A message the rules keep out of everything: nothing of it is stored but this."""

    reason: str


def read(
    item: MailItem,
    own: Own,
    rules: LogRules,
    phrases: Phrases,
    *,
    body_limit: int,
    targets: Collection[str] = (),
) -> Reading | Never:
    """Read `item` as one of ours would. Never raises on any content.

    `body_limit` is the most characters a body may have, the note of a cut included.
    `targets` are the domains of the sites we want links to.
    """
    head = envelope(item.mail)
    sender_is_ours = head.sender is not None and own.has(head.sender.address)
    direction = Direction.SENT if "SENT" in item.labels or sender_is_ours else Direction.RECEIVED
    outside = _outside(head, own, sender_is_ours=direction is Direction.SENT)
    matter = Matter(
        addresses=frozenset(party.address for _, party in outside),
        subjects=(head.subject,),
        labels=item.labels,
        mailboxes=frozenset({item.mailbox}),
    )
    if (never := kept_out(rules, matter)) is not None:
        return never

    found = classify(item.mail, head, phrases)
    answer = None
    by_hand = found.mail_class is MailClass.HUMAN and not found.is_list
    ours = direction is Direction.SENT and by_hand
    # What is said to a list is said to nobody: nothing follows from it.
    if direction is Direction.RECEIVED and by_hand:
        answer = saying(item.mail, head, phrases, targets=targets, today=item.received_at.date())
    bare = phrases.bare(head.subject)
    text, html = _bodies(item, rules.bodies, body_limit)
    names = {name.lower() for name, _ in item.mail.headers}
    is_reply = bare.reply or "in-reply-to" in names
    # What begins an exchange quotes nothing, and nothing else is ever compared.
    begins = ours and bool(outside) and not (is_reply or "references" in names)
    keys = [message_key(head), *reference_keys(head), f"thread:{item.mailbox}:{item.thread_id}"]
    if found.original_message_id:
        keys.append(f"mid:{found.original_message_id}")
    return Reading(
        key=keys[0],
        message_id=head.message_id or "",
        fingerprint=fingerprint(head),
        conversation_keys=tuple(dict.fromkeys(keys)),
        at=item.received_at,
        direction=direction,
        mail_class=found.mail_class,
        subclass=found.subclass,
        is_list=found.is_list,
        subject=head.subject,
        sender=head.sender,
        to=head.to,
        cc=head.cc,
        bcc=head.bcc,
        outside=outside,
        mailbox=_owner(item, head, own, direction),
        text=text,
        html=html,
        details=_details(found, answer, words=rules.bodies is not Bodies.NONE) | _files(item.mail),
        says="" if answer is None else answer.kind.value,
        subject_keys=_subject_keys(bare.subject, outside),
        is_reply=is_reply,
        failed=found.failed_recipients,
        opening=_opening(item, rules.bodies, text, phrases) if begins else "",
    )


def kept_out(rules: LogRules, matter: Matter) -> Never | None:
    """The rule that keeps such mail out of everything, if there is one."""
    hit = first_match(rules.never, matter)
    return None if hit is None else Never(f"never log: {hit.subject} {hit.pattern}")


def reused_key(reading: Reading) -> str:
    """Another key for a message whose Message-ID another message already has."""
    digest = hashlib.blake2b(reading.fingerprint.encode(), digest_size=8).hexdigest()
    return f"{reading.key}#{digest}"


def _outside(head: Envelope, own: Own, *, sender_is_ours: bool) -> tuple[tuple[str, Party], ...]:
    roles = [] if sender_is_ours or head.sender is None else [("from", head.sender)]
    roles += [("to", party) for party in head.to]
    roles += [("cc", party) for party in head.cc]
    roles += [("bcc", party) for party in head.bcc]
    found: dict[str, tuple[str, Party]] = {}
    for role, party in roles:
        if party.address and not own.has(party.address):
            found.setdefault(party.address, (role, party))
    return tuple(found.values())


def _owner(item: MailItem, head: Envelope, own: Own, direction: Direction) -> str:
    """Whose message it is: the same answer from every copy, in whatever order they come."""
    if direction is Direction.SENT:
        sender = head.sender and own.mailbox(head.sender.address)
        return sender or item.mailbox
    for party in (*head.to, *head.cc, *head.bcc):
        if (mailbox := own.mailbox(party.address)) is not None:
            return mailbox
    return item.mailbox


def _bodies(item: MailItem, wanted: Bodies, limit: int) -> tuple[str, str]:
    match wanted:
        case Bodies.NONE:
            return "", ""
        case Bodies.SNIPPET:
            return cut(item.snippet, limit, CUT), ""
        case Bodies.FULL:
            html = html_of(item.mail)
            # HTML cannot be cut without breaking it; the text, cut, then stands alone.
            return cut(text_of(item.mail), limit, CUT), html if len(html) <= limit else ""


def _opening(item: MailItem, bodies: Bodies, text: str, phrases: Phrases) -> str:
    whole = text if bodies is Bodies.FULL else text_of(item.mail)
    return likeness(said(whole[:_LONGEST_OPENING], phrases.wordings))


def _subject_keys(
    subject: str, outside: Iterable[tuple[str, Party]], most: int = 5
) -> tuple[str, ...]:
    people = [party.address for _, party in outside]
    if not subject or len(people) > most:
        # What goes out to a crowd under one subject is not one conversation.
        return ()
    digest = hashlib.blake2b(subject.encode(), digest_size=8).hexdigest()
    return tuple(f"subject:{digest}:{address}" for address in people)


def _files(mail: Mail) -> dict[str, object]:
    """The names of what is attached; the small pictures of signatures are no files."""
    names = [
        part.filename
        for part in mail.parts
        if part.filename
        and not (part.mime_type.startswith("image/") and part.size < _SIGNATURE_PICTURE)
    ]
    return {"files": names[:_MOST_FILES]} if names else {}


def _details(found: Classification, answer: Saying | None, *, words: bool) -> dict[str, object]:
    """What classification found, JSON-friendly, without what is empty.

    `words`: whether words of theirs may be kept.
    """
    details: dict[str, object] = {
        "evidence": list(found.evidence),
        "failed_recipients": list(found.failed_recipients),
        "status": found.status,
        "original_message_id": found.original_message_id,
        "until": found.returns_on and found.returns_on.isoformat(),
    }
    if answer is not None:
        details |= {
            "says_because": list(answer.evidence) if words else [],
            "says_also": [kind.value for kind in answer.also],
            "until": answer.until and answer.until.isoformat(),
            "referred": [[party.address, party.name] for party in answer.referred],
            "urls": list(answer.urls),
        }
    return {name: value for name, value in details.items() if value}
