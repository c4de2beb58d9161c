"""What was seen. A fact is never edited; the next observation replaces it.

All times are timezone-aware UTC. All addresses are normalised by
`syncd.core.mail.addresses.normalise`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, order=True)
class Party:
    """A person or machine as an address header names it."""

    address: str
    name: str = ""


class Direction(StrEnum):
    SENT = "sent"
    RECEIVED = "received"


class MailClass(StrEnum):
    """What wrote a message, most specific first."""

    BOUNCE_HARD = "bounce_hard"
    BOUNCE_SOFT = "bounce_soft"
    BOUNCE_DELAYED = "bounce_delayed"
    DELIVERED = "delivered"
    COMPLAINT = "complaint"
    RECEIPT = "receipt"
    CALENDAR = "calendar"
    AUTO_REPLY = "auto_reply"
    BULK = "bulk"
    HUMAN = "human"


@dataclass(frozen=True, slots=True)
class Part:
    """One leaf of a MIME tree, in reading order.

    `text` is the decoded text of text/* leaves and of the machine-readable parts of
    reports (message/delivery-status, message/disposition-notification,
    message/feedback-report, text/rfc822-headers). A message/rfc822 leaf carries the
    header block of the enclosed message ("Name: value" lines). Everything else is an
    attachment: never opened, `text` is None.
    """

    mime_type: str
    text: str | None = None
    filename: str | None = None
    size: int = 0


@dataclass(frozen=True, slots=True)
class Mail:
    """The content of one message: headers as sent (order and duplicates kept) and leaves."""

    headers: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...] = ()

    def header(self, name: str) -> str | None:
        """The first header of that name, any case."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    def all(self, name: str) -> list[str]:
        """Every header of that name, any case, in order."""
        wanted = name.lower()
        return [value for key, value in self.headers if key.lower() == wanted]


@dataclass(frozen=True, slots=True)
class MailItem:
    """One copy of a message as one mailbox holds it.

    `labels` are names as a person sees them; Gmail's own are upper case (INBOX, SENT,
    DRAFT, SPAM, TRASH, CHAT). `received_at` is the service's time, not the Date header.
    """

    mailbox: str
    remote_id: str
    thread_id: str
    labels: frozenset[str]
    received_at: datetime
    mail: Mail
    snippet: str = ""
    size: int = 0


@dataclass(frozen=True, slots=True)
class Contact:
    """A person in the CRM.

    `addresses` holds the primary address first, then the additional ones. `values` are
    the fields syncd cares about, by the names of `syncd.ports.crm.Field`. `timezone` is an
    IANA name and `country` an ISO 3166 code of two capitals, "" where the CRM does not say
    or it cannot be told. `do_not_contact`: our field says so, or the CRM's own opt-out from
    all mail (which only people change, there). `owner` is a Person.id of the CRM. `favours`:
    what people set there by hand: how many more favours we did them than they did us.
    """

    id: str
    addresses: tuple[str, ...]
    name: str = ""
    values: dict[str, str] = field(default_factory=dict)
    timezone: str = ""
    country: str = ""
    do_not_contact: bool = False
    owner: str = ""
    favours: int = 0

    @property
    def stage(self) -> str:
        return self.values.get("stage", "")


@dataclass(frozen=True, slots=True)
class Company:
    """A company in the CRM. `domain` is in lower case, without "www."."""

    id: str
    domain: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """A teammate as a service knows them: an owner in the CRM, a user of the task board."""

    id: str
    address: str
    name: str = ""
    active: bool = True


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where tasks go, by the names people gave: a project and a list in it."""

    project: str
    task_list: str

    @property
    def handle(self) -> str:
        """The handle of the list in `syncd.ports.needs.Readiness.handles`."""
        return f"list:{self.project}/{self.task_list}"


@dataclass(frozen=True, slots=True)
class Task:
    """A task as seen on a board.

    `mark` is the key of the effect that made it, None for a task made by a person.
    `revision` changes whenever the task does. `changed_by` is a Person.id where the board
    says who changed it last, "" where it does not; words for people, never a proof. `tags`
    are names, sorted. `text` is its description without the mark, `home` the id of its list.
    """

    id: str
    title: str
    done: bool
    mark: str | None = None
    deleted: bool = False
    due: date | None = None
    assignees: tuple[str, ...] = ()
    place: str = ""
    changed_at: datetime | None = None
    changed_by: str = ""
    revision: str = ""
    url: str = ""
    tags: tuple[str, ...] = ()
    text: str = ""
    home: str = ""


class Trouble(StrEnum):
    """Why a page could not be judged. None of these says that a link is gone."""

    NONE = ""
    NOT_FOUND_HOST = "no such host"
    UNREACHABLE = "unreachable"  # refused, reset, no answer, broken TLS
    TOO_SLOW = "too slow"
    STATUS = "status"  # an answer, but no page: `Page.status` says which
    NOT_HTML = "not html"
    ROBOTS = "robots"  # robots.txt forbids it, or cannot be had
    REDIRECTS = "redirects"  # too many, in a circle, or to nowhere
    FORBIDDEN = "forbidden"  # not an address we go to: private, not http, with credentials
    CHALLENGE = "challenge"  # it asks whether we are a person
    LOGIN = "login"  # it wants to know who we are
    SCRIPTS = "scripts"  # what people see is written by scripts, which are not run


@dataclass(frozen=True, slots=True)
class Hop:
    """One redirect that was followed: what was asked for, and how it was answered."""

    url: str
    status: int


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it stands on a page.

    `url` is absolute. `rel` holds its words in lower case, sorted, with "nofollow" where
    the whole page says so. `text` is the anchor, or an image's alternative text (`image`).
    `hidden`: its own markup, or that around it, keeps people from seeing it.
    """

    url: str
    text: str = ""
    rel: tuple[str, ...] = ()
    image: bool = False
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link as a crawl tells of it, and by it the page that carries it.

    `page` and `target` are whole addresses; no `target`: the page was seen, whatever is on
    it. `position` is one of "content", "aside", "header", "navigation", "footer", or "" where
    the crawl does not know. `follow`: neither nofollow, nor sponsored, nor ugc.
    """

    page: str
    target: str = ""
    anchor: str = ""
    follow: bool = True
    rel: str = ""
    position: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """What was seen of a page, and the links on it to the domains asked about.

    `status` is the last answer's, 0 where none came. `final_url` is where the redirects in
    `hops` led. `noindex` comes from the page or its headers. Absence of a link means
    something only where `judged`: there was no `trouble` and the page was seen `whole`
    (not cut at the size limit). 404 and 410 are `Trouble.STATUS`: the page is gone. One that
    says so itself, with a status of 200, `says_gone`. `canonical`: the address the page gives
    as its own, "" where it gives none.
    """

    url: str
    at: datetime
    status: int = 0
    final_url: str = ""
    hops: tuple[Hop, ...] = ()
    links: tuple[Link, ...] = ()
    noindex: bool = False
    whole: bool = True
    trouble: Trouble = Trouble.NONE
    detail: str = ""
    title: str = ""
    canonical: str = ""
    says_gone: bool = False

    @property
    def judged(self) -> bool:
        return self.trouble is Trouble.NONE and self.whole
