"""Reports that a message did not arrive, or did, and what they report."""

from __future__ import annotations

import re
from dataclasses import dataclass

from syncd.core.facts import MailClass
from syncd.core.mail import bounce_text
from syncd.core.mail.addresses import normalise, parties, valid
from syncd.core.mail.classification import Classification
from syncd.core.mail.phrases import Phrases, Topic, fold
from syncd.core.mail.reports import Enclosed, Recipient, delivery_report, enclosed, ses_notice
from syncd.core.mail.signs import Signs

# RFC 3463 details that say the address itself is no good. 5.4.1 is how Exchange Online says
# "unknown recipient"; 5.4.4 and 5.4.310 are domains that do not resolve.
_BAD_ADDRESS = re.compile(r"5\.(?:1\.(?:1|2|3|4|6|10|351)|4\.(?:1|4|310))")
# Details that say it is something else: the sender, the size, the policy of the moment.
_BAD_OTHERWISE = re.compile(r"4\..*|5\.(?:1\.[78]|2\.[23]|3\.4|7\.(?!1$)\d+)")
_FULL = re.compile(r"\bfull\b|quota|storage|mail\s?box space")
_SMTP_CODE = re.compile(
    r"(?<![\d.])[45][0-5]\d[ -]#?(?:[45]\.\d{1,3}\.\d{1,3}\b|[^\d\s])"
    r"|(?<![\d.])[45]\.\d\.\d{1,3}(?![\d.])"
    r"|\b(?:smtp|error|code)\b.{0,30}\b[45][0-5]\d\b"
)
_STATUS = re.compile(r"(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?![\d.])")
_FOR_GOOD = re.compile(r"permanent|giving up|gave up|failed after|returned to|undeliverable")
_AT_LINE_START = re.compile(
    r"^[ \t*>-]*(?:(?:failed )?recipients?(?: address)?|to|rcpt to|for|user)?[ \t]*:?[ \t]*"
    r"[<\"'(\[]?([^\s<>;:,()\"'\[\]]{1,64}@[^\s<>;:,()\"'\[\]]{1,255})",
    re.IGNORECASE | re.MULTILINE,
)
# Not where to ask for help, nor who wrote.
_ANYWHERE = re.compile(
    r"^(?!.*(?:contact|support|help|from|sender|kontakt|assistance)).*?"
    r"([^\s<>;:,()\"'\[\]]{1,64}@[^\s<>;:,()\"'\[\]]{1,255})",
    re.IGNORECASE | re.MULTILINE,
)
_RETURNED_PARTS = frozenset({"message/rfc822", "text/rfc822-headers", "message/global"})
_ARRIVED = frozenset({"delivered", "deliverable", "relayed", "expanded"})
_MOST_RECIPIENTS = 50
_MOST_SHOWN = 5


@dataclass(frozen=True, slots=True)
class _Points:
    """Small signs, each worth some points, under the names that evidence shows."""

    of: dict[str, int]

    def give(self, name: str, points: int, *, when: object = True) -> bool:
        if when:
            self.of[name] = points
        return bool(when)

    @property
    def total(self) -> int:
        return sum(self.of.values())


def bounce(signs: Signs) -> Classification | None:
    """The report that `signs` shows, None where it is none."""
    if signs.robot and signs.body.lstrip().startswith("{") and (found := _ses(signs)):
        return found
    evidence = _certain(signs)
    if evidence:
        return _told(signs, evidence, 1.0)
    points, needed = _likely(signs)
    if points.total < needed:
        return None
    return _told(signs, tuple(points.of), min(0.99, 0.6 + 0.08 * (points.total - needed + 1)))


def _ses(signs: Signs) -> Classification | None:
    notice = ses_notice(signs.body)
    if notice is None:
        return None
    kinds = {"complaint": MailClass.COMPLAINT, "delivery": MailClass.DELIVERED}
    failed = MailClass.BOUNCE_HARD if notice.hard else MailClass.BOUNCE_SOFT
    return Classification(
        kinds.get(notice.kind, failed),
        evidence=(f"text: SES {notice.kind} notice",),
        failed_recipients=notice.recipients if notice.kind == "bounce" else (),
        status=notice.status,
        original_message_id=notice.message_id,
    )


def _certain(signs: Signs) -> tuple[str, ...]:
    """Evidence that only mail systems write."""
    evidence = []
    if "report-type=delivery-status" in signs.content_type.replace('"', "").replace(" ", ""):
        evidence.append("Content-Type: report-type=delivery-status")
    # A person who forwards a report may pass on this part too, inside mail of their own.
    if {"message/delivery-status", "message/global-delivery-status"} & signs.types and (
        signs.envelope.sender is None
        or "multipart/report" in signs.content_type
        or signs.keeper
        or signs.postmaster
        or signs.null_sender
        or _subject(signs)[0]
    ):
        evidence.append("part: message/delivery-status")
    evidence += [
        name
        for name in ("X-Failed-Recipients", "X-MS-Exchange-Message-Is-Ndr")
        if name.lower() in signs.headers
    ]
    return tuple(evidence)


def _likely(signs: Signs) -> tuple[_Points, int]:
    """Small signs and how many points of them make a report of this message."""
    points = _Points({})
    machine = (
        points.give("From: mail delivery system", 3, when=signs.daemon)
        or points.give("From: postmaster", 2, when=signs.postmaster)
        or points.give("From: system address", 1, when=signs.keeper)
    )
    returned = points.give("part: returned message", 1, when=_RETURNED_PARTS & signs.types)
    machine |= points.give("Return-Path: empty", 1, when=signs.null_sender)
    machine |= points.give("Auto-Submitted", 1, when=signs.machine_submitted)
    list_server = points.give("X-MLServer", 1, when=signs.keeper and signs.list_server)
    subject, worth = _subject(signs)
    points.give(f"subject: {subject}", worth, when=subject)
    # People's mail ends here, before its text is looked at.
    if not (machine or subject or returned) or (not signs.daemon and signs.answers_automatically):
        return points, points.total + 1

    opening = signs.notice_opening if machine else signs.opening
    text = signs.phrases.in_text(Topic.BOUNCE, opening)
    told = points.give(f"text: {text}", 2, when=text)
    code = points.give("text: SMTP code", 1, when=_SMTP_CODE.search(opening))
    if signs.daemon:
        return points, 3
    if not subject and signs.speaks_of_absence:
        return points, points.total + 1
    # It reads every line, so only where these signs are there but do not settle the matter.
    if 3 <= points.total < 6 and not (machine and told and points.total >= 4):
        found = points.give("flufl.bounce", 2, when=bounce_text.failures(signs))
        told, returned = told or found, returned or found
    if machine:
        # Tickets too say "rejected" or "the following address", and postmasters discuss
        # bounces on lists: something must bear it out.
        on_list = signs.is_list and not (signs.null_sender or list_server)
        borne_out = (
            subject or returned or (not on_list and (signs.postmaster or code or list_server))
        )
        told = bool(told and borne_out) or (signs.postmaster and worth > 1)
        sure = signs.postmaster or signs.null_sender or signs.machine_submitted or list_server
        return points, (4 if sure else 5) if told else points.total + 1
    # Someone without a machine's marks may be quoting a bounce: it must also return something.
    return points, 5 if told and returned else points.total + 1


def _subject(signs: Signs) -> tuple[object, int]:
    """The bounce phrase in the subject and its worth: less where it stands in the middle."""
    if signs.bare.forward:
        return None, 0
    if not signs.bare.reply and (hit := signs.phrases.at_start(Topic.BOUNCE, signs.bare.subject)):
        return hit, 2
    return signs.phrases.in_subject(Topic.BOUNCE, signs.subject), 1


def _told(signs: Signs, evidence: tuple[str, ...], confidence: float) -> Classification:
    """What the report says: kind, recipients, status, and which message it is about."""
    report = delivery_report(signs.mail)
    returned = enclosed(signs.mail, signs.body, signs.pasted)
    notice = signs.notice
    recipients = report.recipients if report else ()
    status = next((one.status for one in recipients if one.status[:1] in ("4", "5")), "")
    words = fold(" ".join(one.diagnostic for one in recipients))
    if not status:
        named = _STATUS.search(notice)
        status = named[1] if named else ""
    kind = _kind(signs, recipients, status, words, fold(notice))
    failed = () if kind is MailClass.DELIVERED else _failed(signs, recipients, returned, notice)
    in_reply_to = signs.envelope.in_reply_to or signs.envelope.references[-1:]
    return Classification(
        kind,
        confidence=round(confidence, 2),
        evidence=evidence,
        failed_recipients=failed,
        status="" if kind is MailClass.DELIVERED else status,
        original_message_id=returned.message_id
        or (report.message_id if report else "")
        or (in_reply_to[0] if in_reply_to else ""),
    )


def _kind(
    signs: Signs, recipients: tuple[Recipient, ...], status: str, words: str, notice: str
) -> MailClass:
    phrases = signs.phrases
    actions = {one.action for one in recipients if one.action}
    if "failed" in actions:
        return _severity(phrases, status, words, notice)
    if "delayed" in actions:
        return MailClass.BOUNCE_DELAYED
    if actions and actions <= _ARRIVED:
        return MailClass.DELIVERED
    subject = signs.subject
    if phrases.in_text(Topic.DELAYED, subject) or (
        phrases.in_text(Topic.DELAYED, signs.notice_opening)
        and not _FOR_GOOD.search(signs.notice_opening)
    ):
        return MailClass.BOUNCE_DELAYED
    if phrases.in_text(Topic.DELIVERED, subject) and not phrases.in_text(Topic.BOUNCE, notice):
        return MailClass.DELIVERED
    return _severity(phrases, status, words, notice)


def _severity(phrases: Phrases, status: str, words: str, notice: str) -> MailClass:
    """Hard only where the address itself is said to be no good: it is then given up."""
    if _BAD_ADDRESS.fullmatch(status) and not _FULL.search(words):
        return MailClass.BOUNCE_HARD
    if _BAD_OTHERWISE.fullmatch(status):
        return MailClass.BOUNCE_SOFT
    for text in (words, notice):
        if phrases.in_text(Topic.UNKNOWN_ADDRESS, text):
            return MailClass.BOUNCE_HARD
        if phrases.in_text(Topic.TRANSIENT, text):
            return MailClass.BOUNCE_SOFT
    return MailClass.BOUNCE_SOFT


def _failed(
    signs: Signs, recipients: tuple[Recipient, ...], returned: Enclosed, notice: str
) -> tuple[str, ...]:
    """Who did not get it, by the addresses that were written to where the report tells."""
    found = [one.address for one in recipients if one.action not in _ARRIVED]
    if not found:
        found = [party.address for party in parties(signs.headers.all("x-failed-recipients"))]
    found = [address for address in found if address]
    if not found:
        found = _named(signs, returned, notice) or list(bounce_text.failures(signs))
    # A forwarding address fails under the name it forwards to.
    if len(returned.recipients) == 1 and not set(found) & set(returned.recipients):
        found.append(returned.recipients[0])
    return tuple(dict.fromkeys(found))[:_MOST_RECIPIENTS]


def _named(signs: Signs, returned: Enclosed, notice: str) -> list[str]:
    """Addresses in the report's words: those of the returned message, else those on show."""
    ours = {party.address for party in signs.envelope.recipients}
    if signs.envelope.sender:
        ours.add(signs.envelope.sender.address)
    among = [address for address in returned.recipients if address in notice.lower()]
    if among:
        return among
    shown: list[str] = []
    for pattern in (_AT_LINE_START, _ANYWHERE):
        found = [normalise(address.strip(".")) for address in pattern.findall(notice)]
        shown = shown or [one for one in found if valid(one) and one not in ours]
    return shown[:_MOST_SHOWN]
