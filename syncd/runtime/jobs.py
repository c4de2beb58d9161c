"""The jobs that workers share, and the locks that keep two of them from doing the same.

procrastinate is spoken here and in `crew` alone. A job says what to look at, never what was
seen: doing one twice, or late, does no harm, and whatever is missed comes up again.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from syncd.runtime.loop import FOLDER_SECONDS, LINKS_SECONDS, WATCH_SECONDS

# Looking at what comes in goes before everything; reading a backlog goes after everything.
FIRST, USUAL, LAST = 10, 5, 0
# More jobs than these at once only slow down the finding of the next.
MOST_GROUPS = 500


@dataclass(frozen=True, slots=True)
class Job:
    """`lock`: only one of those that say so is done at a time. One of a kind waits at most.

    A lock is the same in every version of syncd that may run beside this one.
    """

    task: str
    lock: str
    priority: int = USUAL
    about: Mapping[str, str | int] | None = None

    @property
    def waiting(self) -> str:
        """What keeps a second one from waiting."""
        about = ",".join(f"{key}={value}" for key, value in sorted((self.about or {}).items()))
        return f"{self.task}({about})"


def look(group: str) -> Job:
    return Job("look", f"mail {group}", FIRST, {"group": group})


def read_on(group: str) -> Job:
    return Job("read_on", f"mail {group}", LAST, {"group": group})


def relist(group: str) -> Job:
    return Job("relist", f"mail {group}", LAST, {"group": group})


def deliver(account: str) -> Job:
    return Job("deliver", f"account {account}", USUAL, {"account": account})


WATCH = Job("watch", "board", FIRST)
WATCH_CONTACTS = Job("watch_contacts", "board", FIRST)
DECIDE = Job("decide", "decide")
INTRODUCE = Job("introduce", "introduce", FIRST)
ALARMS = Job("alarms", "alarms")
LINKS = Job("links", "links", LAST)
EXPORTS = Job("exports", "exports", LAST)
CRAWLS = Job("crawls", "crawls", LAST)
NIGHTLY = Job("nightly", "nightly", LAST)


class Groups:
    """Mailboxes, each worked on by one job at a time: alone, or where they are many in groups.

    Workers with other settings may group them otherwise for a while: two that read one
    mailbox at once take in the same.
    """

    def __init__(self, mailboxes: Iterable[str]) -> None:
        every = list(mailboxes)
        few = len(every) <= MOST_GROUPS
        self._of = {
            one: one if few else f"group {zlib.crc32(one.encode()) % MOST_GROUPS}" for one in every
        }
        self.members: dict[str, list[str]] = {}
        for one, group in self._of.items():
            self.members.setdefault(group, []).append(one)

    def of(self, address: str) -> str | None:
        return self._of.get(address)

    def due(self, at: int, span: int, every: float) -> list[str]:
        """Those to look at in the `span` seconds up to `at`, when each is every so often.

        Each has a moment of its own, so that they come one after another.
        """
        return [group for group in self.members if comes(at, span, every, group)]


def comes(at: int, span: int, every: float, name: str) -> bool:
    """Whether the moment of `name` lies in the `span` seconds up to `at`."""
    offset = zlib.crc32(name.encode()) % 100_000 / 100_000 * every
    return (at - offset) // every != (at - span - offset) // every


def besides(at: int, span: int, board_poll: float) -> list[Job]:
    """The jobs, besides mailboxes, whose moment lies in the `span` seconds up to `at`."""
    spans = (
        (WATCH, board_poll),
        (DECIDE, 30.0),
        (ALARMS, WATCH_SECONDS),
        (LINKS, LINKS_SECONDS),
        (EXPORTS, FOLDER_SECONDS),
    )
    return [job for job, every in spans if comes(at, span, every, job.task)]


def night_before(now: datetime, nightly: time, zone: ZoneInfo) -> datetime:
    """The last moment of the nightly look that was."""
    local = now.astimezone(zone)
    tonight = datetime.combine(local.date(), nightly, zone)
    return tonight if tonight <= local else tonight - timedelta(days=1)
