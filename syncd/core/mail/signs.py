"""What there is to see of a message when asking what wrote it, each looked at when asked."""

from __future__ import annotations

import re
from functools import cached_property

from syncd.core.facts import Mail
from syncd.core.mail.addresses import is_robot
from syncd.core.mail.bodies import QUOTED_HTML, stripped
from syncd.core.mail.envelope import Envelope, Headers
from syncd.core.mail.phrases import Bare, Phrases, Topic, fold

_OPENING_CHARS = 1800
_NOTICE_CHARS = 8000
_BODY_CHARS = 60_000
_MAILER_DAEMON = re.compile(r"mailer[ ._-]?daemon|mail[ ._-]?daemon|\bMDaemon\b", re.IGNORECASE)
_DELIVERY_SYSTEM = re.compile(
    r"mail\s?deliver\w*\s(?:sub)?system|mail\.delivery\.system|delivery\s(?:sub)?system"
    r"|mail\s?delivery\sservice|mail\s(?:transport|transfer)\sagent|e-?mail interconnect",
    re.IGNORECASE,
)
_POSTMASTER = re.compile(
    r"\bpo+st[ ._-]?master\b|system\s?administrator|\bsys[._-]?admin\b|microsoft exchange"
    r"|\bmail\s?(?:system|server|gateway|marshal)|\b(?:interscan|m(?:ime|ail)sweeper|ironport)\b"
    r"|メール(?:配信)?(?:システム|サーバ)",
    re.IGNORECASE,
)
_KEEPER = re.compile(
    r"\b(?:listserv|majordomo|mailman|jetmail)\b|[\w.]-(?:admin|owner|bounces|request)@"
    r"|\bowner-[\w.-]{1,60}@"
    r"|(?:^|<|\s)(?:admin|administrator|mail|email|system|exchange|root)@",
    re.IGNORECASE,
)
_RETURNED_HEADER = re.compile(
    r"^[ \t>]*(?:return-path|received|mime-version|dkim-signature|delivered-to|x-[a-z-]{1,60}):",
    re.IGNORECASE | re.MULTILINE,
)
_SPACES = re.compile(r"[ \t]+")
_NULL_SENDER = re.compile(
    r"\s*(?:<\s*>|<?\s*(?:mailer-daemon|postmaster)(?:@[^>\s]*)?\s*>?)\s*", re.IGNORECASE
)
# Longer is nobody's, and a header of nothing but spaces would take minutes.
_LONGEST_SENDER = 320
_MACHINE = re.compile(r"\s*auto[- ](replied|generated|notified)\b", re.IGNORECASE)


class Signs:
    """One message, looked at from the sides that tell machines from people."""

    def __init__(self, mail: Mail, envelope: Envelope, phrases: Phrases, headers: Headers) -> None:
        self.mail = mail
        self.envelope = envelope
        self.phrases = phrases
        self.headers = headers

    @cached_property
    def sender(self) -> str:
        """The From header as sent: a mailer-daemon often has no address."""
        return self.headers.first("from")

    @cached_property
    def daemon(self) -> bool:
        """Whether a mail transport agent says it is the author: it writes nothing but reports."""
        return (
            _MAILER_DAEMON.search(self.sender) is not None
            or _DELIVERY_SYSTEM.search(self._sender_name) is not None
            or ("from" in self.headers and self.sender.strip().endswith("<>"))
        )

    @cached_property
    def _sender_name(self) -> str:
        sender = self.envelope.sender
        return f"{self.sender} {sender.name}" if sender else self.sender

    @cached_property
    def postmaster(self) -> bool:
        """Whether the author is a mail system, which may also write other things."""
        return _POSTMASTER.search(self._sender_name) is not None

    @cached_property
    def keeper(self) -> bool:
        """Whether the author is whoever keeps a site or a list: a machine or a person."""
        return self.robot or _KEEPER.search(self.sender) is not None

    @cached_property
    def robot(self) -> bool:
        """Whether nobody reads answers to it."""
        sender = self.envelope.sender
        return self.daemon or (sender is not None and is_robot(sender.address))

    @cached_property
    def null_sender(self) -> bool:
        """Whether bounces of this message would go nowhere: a machine's mail, of any kind."""
        return any(
            _NULL_SENDER.fullmatch(value.strip()[:_LONGEST_SENDER])
            for name in ("return-path", "x-envelope-from", "x-envelope-sender")
            for value in self.headers.all(name)
        )

    @cached_property
    def submitted(self) -> str:
        """RFC 3834's Auto-Submitted: "replied", "generated", "notified", "no" or "" (unsaid)."""
        for value in self.headers.all("auto-submitted"):
            found = _MACHINE.match(value)
            if found:
                return found[1].lower()
            if value.strip().lower().startswith("no"):
                return "no"
        return ""

    @property
    def machine_submitted(self) -> bool:
        return self.submitted not in {"", "no"}

    @cached_property
    def list_server(self) -> bool:
        return "x-mlserver" in self.headers or "x-list-administrivia" in self.headers

    @cached_property
    def answers_automatically(self) -> bool:
        """Whether the subject starts as out-of-office messages and the like do."""
        starts = self.phrases.at_start
        return bool(starts(Topic.AUTOMATIC, self.subject) or starts(Topic.ABSENCE, self.subject))

    @cached_property
    def speaks_of_absence(self) -> bool:
        """Whether its first lines say that someone is away or has left."""
        told = self.phrases.in_text
        return bool(told(Topic.ABSENCE, self.opening) or told(Topic.LEFT, self.opening))

    @cached_property
    def subject(self) -> str:
        return fold(self.envelope.subject[:_OPENING_CHARS])

    @cached_property
    def bare(self) -> Bare:
        return self.phrases.bare(self.envelope.subject)

    @cached_property
    def content_type(self) -> str:
        return self.headers.first("content-type").lower()

    @cached_property
    def types(self) -> frozenset[str]:
        return frozenset(part.mime_type for part in self.mail.parts)

    @cached_property
    def answers(self) -> bool:
        """Whether its headers refer to an earlier message."""
        return bool(self.envelope.in_reply_to or self.envelope.references or self.envelope.links)

    @cached_property
    def is_list(self) -> bool:
        headers = self.headers
        return (
            "list-id" in headers
            or "list-post" in headers
            or "x-mailing-list" in headers
            or "x-google-group-id" in headers
            or "x-beenthere" in headers
            or bool(self.envelope.list_address)
            or headers.first("precedence").strip().lower() == "list"
        )

    @cached_property
    def body(self) -> str:
        """The text before any enclosed message, HTML stripped where there is no plain text."""
        plain: list[str] = []
        html: list[str] = []
        for part in self.mail.parts:
            if part.mime_type.startswith("message/") or part.mime_type == "text/rfc822-headers":
                if plain or html:
                    break
            elif part.text and not part.filename:
                if part.mime_type == "text/plain":
                    plain.append(part.text)
                elif part.mime_type == "text/html":
                    html.append(part.text)
        text = "\n".join(plain)
        if not text.strip() and html:
            whole = "\n".join(html)[:_BODY_CHARS]
            quoted = QUOTED_HTML.search(whole)
            text = stripped(whole[: quoted.start()] if quoted else whole)
        return text[:_BODY_CHARS].replace("\r\n", "\n").replace("\r", "\n")

    @cached_property
    def opening(self) -> str:
        """Folded, the first lines its author wrote, quoted messages left out."""
        return fold(self.phrases.unquoted(self.body[: 3 * _OPENING_CHARS])[:_OPENING_CHARS])

    @cached_property
    def _returned_at(self) -> int | None:
        found = _RETURNED_HEADER.search(self.body)
        return found.start() if found else None

    @property
    def pasted(self) -> str:
        """The returned message where it is part of the text, from the start of its header."""
        if self._returned_at is None:
            return ""
        # The header line that gave it away need not be the first.
        return self.body[self.body.rfind("\n\n", 0, self._returned_at) + 1 :]

    @cached_property
    def notice(self) -> str:
        """The text before the header of a returned message, pasted headers of a few lines kept."""
        text = self.body[: self._returned_at][:_NOTICE_CHARS]
        # Runs of spaces say nothing, and patterns that allow some take long over many.
        return _SPACES.sub(" ", text)

    @cached_property
    def notice_opening(self) -> str:
        """Folded, the first lines of what a machine wrote. Machines do not quote: they list."""
        return fold(self.notice[: 2 * _OPENING_CHARS])[:_OPENING_CHARS]
