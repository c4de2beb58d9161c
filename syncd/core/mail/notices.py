"""Complaints, read receipts, calendar notices, and mail sent to many."""

from __future__ import annotations

import re

from syncd.core.facts import MailClass
from syncd.core.mail.addresses import is_robot
from syncd.core.mail.classification import Classification
from syncd.core.mail.phrases import Topic
from syncd.core.mail.reports import enclosed
from syncd.core.mail.signs import Signs

_METHOD = re.compile(r"^METHOD:\s*([A-Z]+)", re.MULTILINE | re.IGNORECASE)
_CALENDAR = {
    "REQUEST": "invitation",
    "ADD": "invitation",
    "REPLY": "response",
    "COUNTER": "response",
    "DECLINECOUNTER": "response",
    "REFRESH": "response",
    "CANCEL": "cancellation",
}
_ABOUT = re.compile(r"^(?:original-)?message-id:\s*<?([^<>\s]+)>?", re.IGNORECASE | re.MULTILINE)
_COMPLAINT_SUBJECT = re.compile(
    r"\s*(?:complaint about message from|email feedback report for ip)", re.IGNORECASE
)

# Set by services that send to many.
_SENDING_SERVICES = re.compile(
    r"x-(?:mailgun-|sg-eid|mc-user|mandrill-|campaign|csa-complaints|roving-|sfmc-|mj-|mailin-|sib-"
    r"|klaviyo|pm-message-id|ses-outgoing|msys-api|report-abuse|mailing|newsletter)"
)
_BULK_MAILER = re.compile(
    r"mailchimp|constant ?contact|sendgrid|campaign|newsletter|listmanager|phplist|mailman/announce"
    r"|sendy|acymailing|interspire|php ?mass|groupmail|accucast|lyris|dada mail|sendblaster|mautic",
    re.IGNORECASE,
)
_SENDS_TO_MANY = re.compile(
    r"^(?:news|newsletters?|mailings?|marketing|offers?|deals|promo(?:tion)?s?|digest|announce(?:ments?)?"
    r"|updates?|subscriptions?|campaigns?|bulletin|infolettre|alerts?)(?:$|[+_.@-])",
    re.IGNORECASE,
)
_VERP = re.compile(
    r"(?:bounces?|return|verp|msprvs|prvs|b)[-+_.=].*@|[+=].*=.*@|\w+=[\w.-]+@", re.IGNORECASE
)

_LONGEST_PATH = 320


def complaint(signs: Signs) -> Classification | None:
    """A mailbox provider's report that someone marked our mail as spam (RFC 5965, JMRP)."""
    evidence = ""
    if "report-type=feedback-report" in signs.content_type.replace('"', "").replace(" ", ""):
        evidence = "Content-Type: report-type=feedback-report"
    elif "message/feedback-report" in signs.types:
        evidence = "part: message/feedback-report"
    elif "message/rfc822" in signs.types:
        about = enclosed(signs.mail, signs.body, signs.pasted)
        if about.complained:
            evidence = "X-HmXmrOriginalRecipient"
        elif _COMPLAINT_SUBJECT.match(signs.envelope.subject):
            evidence = "subject: complaint"
    if not evidence:
        return None
    about = enclosed(signs.mail, signs.body, signs.pasted)
    return Classification(
        MailClass.COMPLAINT, evidence=(evidence,), original_message_id=about.message_id
    )


def receipt(signs: Signs) -> Classification | None:
    """A read receipt (RFC 8098), or Exchange's where only its subject is left of it."""
    if "report-type=disposition-notification" in signs.content_type.replace('"', "").replace(
        " ", ""
    ):
        evidence = "Content-Type: report-type=disposition-notification"
    elif any(name.endswith("disposition-notification") for name in signs.types):
        evidence = "part: message/disposition-notification"
    elif signs.null_sender and (hit := signs.phrases.at_start(Topic.RECEIPT, signs.subject)):
        evidence = f"subject: {hit}"
    elif "report.ipm.note.ipnrn" in signs.headers.first("x-ms-exchange-message-class").lower():
        evidence = "X-MS-Exchange-Message-Class"
    else:
        return None
    texts = [p.text for p in signs.mail.parts if p.text and "disposition" in p.mime_type]
    found = next((found for text in texts if (found := _ABOUT.search(text))), None)
    answered = signs.envelope.in_reply_to or signs.envelope.references[-1:]
    return Classification(
        MailClass.RECEIPT,
        confidence=0.8 if evidence.startswith("subject") else 1.0,
        evidence=(evidence,),
        original_message_id=found[1] if found else answered[0] if answered else "",
    )


def calendar(signs: Signs) -> Classification | None:
    """An invitation, an answer to one, or its cancellation. A calendar file sent along is not."""
    for part in signs.mail.parts:
        if part.mime_type == "text/calendar" and not part.filename and part.text:
            method = _METHOD.search(part.text)
            subclass = _CALENDAR.get(method[1].upper()) if method else None
            if subclass:
                return Classification(
                    MailClass.CALENDAR, subclass, evidence=("part: text/calendar with a method",)
                )
    if "calendarmessage" in signs.headers.first("content-class").lower():
        return Classification(MailClass.CALENDAR, evidence=("Content-Class: calendarmessage",))
    return None


def bulk(signs: Signs) -> Classification | None:
    """Newsletters, marketing and notifications: mail to many, or from nobody.

    People writing on a mailing list are not bulk, whatever headers the list adds; nor is
    anything that answers.
    """
    posting = signs.envelope.list_address or "x-beenthere" in signs.headers
    if posting or signs.answers or signs.bare.reply:
        return None
    # Each mark alone is on people's mail too: outreach tools add List-Unsubscribe, and the
    # senders of newsletters carry one-to-one mail as well.
    if "list-unsubscribe" in signs.headers and (marks := _marks(signs)):
        confidence = min(0.99, round(0.8 + 0.1 * len(marks), 2))
        evidence = ("List-Unsubscribe", *marks)
        return Classification(MailClass.BULK, "newsletter", confidence, evidence)
    if signs.robot and not (signs.postmaster and signs.is_list) and not _someone_answers(signs):
        evidence = ("From: no-reply", *(["Auto-Submitted"] if signs.machine_submitted else []))
        return Classification(MailClass.BULK, "notification", 0.8, evidence)
    if signs.machine_submitted:
        return Classification(MailClass.BULK, "notification", 0.7, ("Auto-Submitted",))
    return None


def _marks(signs: Signs) -> list[str]:
    headers, sender = signs.headers, signs.envelope.sender
    marks = {
        "List-Unsubscribe-Post": "list-unsubscribe-post" in headers,
        "Precedence": headers.first("precedence").strip().lower() in {"bulk", "list", "junk"},
        "Feedback-ID": "feedback-id" in headers,
        "List-Id": "list-id" in headers,
        "sending service": any(_SENDING_SERVICES.match(name) for name in headers.names()),
        "X-Mailer": _BULK_MAILER.search(headers.first("x-mailer")),
        "Return-Path: bounce address": _VERP.search(headers.first("return-path")[:_LONGEST_PATH]),
        "From: sends to many": signs.robot
        or (sender is not None and _SENDS_TO_MANY.match(sender.address)),
    }
    return [name for name, there in marks.items() if there]


def _someone_answers(signs: Signs) -> bool:
    """Whether Reply-To names somebody: a form or a helpdesk passing on a person's words."""
    sender = signs.envelope.sender
    return any(
        not is_robot(party.address) and (sender is None or party.address != sender.address)
        for party in signs.envelope.reply_to
    )
