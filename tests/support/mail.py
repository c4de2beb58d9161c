"""Small messages and rules for tests of the promises."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from syncd.core.calendar import Calendar, Span
from syncd.core.facts import Direction, MailClass, Party, Place
from syncd.core.promises.log import Candidate
from syncd.core.promises.waiting import Utterance
from syncd.core.rules import Bodies, Cadence, Lists, LogRules, Unknown

MONDAY = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
LONDON = Calendar(ZoneInfo("Europe/London"))
ADA = "ada@site.example"
MAYA = "maya@brightlink.example"
BOARD = Place("Outreach", "Follow-ups")


def cadence(*steps: str, nurture: str | None = None, label: str | None = None) -> Cadence:
    return Cadence(
        tuple(Span.parse(step) for step in steps),
        Span.parse(nurture) if nurture else None,
        BOARD,
        inbox_label=label,
    )


def sent(key: str, days: float = 0, *, to: Sequence[str] = (ADA,)) -> Utterance:
    return Utterance(
        key,
        MONDAY + timedelta(days=days),
        ours=True,
        mail_class=MailClass.HUMAN,
        people=tuple(to),
        mailbox=MAYA,
        subject="Guide",
    )


def received(
    key: str,
    days: float,
    *,
    mail_class: MailClass = MailClass.HUMAN,
    sender: str = ADA,
    failed: Sequence[str] = (),
) -> Utterance:
    at = MONDAY + timedelta(days=days)
    return Utterance(
        key,
        at,
        ours=False,
        mail_class=mail_class,
        people=(sender,),
        mailbox=MAYA,
        subject="Re: Guide",
        failed=tuple(failed),
    )


def log_rules(
    *,
    unknown: Unknown = Unknown.CREATE,
    lists: Lists = Lists.KNOWN,
    bodies: Bodies = Bodies.FULL,
) -> LogRules:
    return LogRules(MONDAY - timedelta(days=90), bodies, unknown, lists, (), None)


def candidate(
    *outside: tuple[str, str],
    direction: Direction = Direction.RECEIVED,
    mail_class: MailClass = MailClass.HUMAN,
    is_list: bool = False,
    at: datetime = MONDAY,
) -> Candidate:
    return Candidate(
        "mid:1@x",
        at,
        direction,
        mail_class,
        is_list,
        "Guide",
        MAYA,
        tuple((role, Party(address)) for role, address in outside),
    )
