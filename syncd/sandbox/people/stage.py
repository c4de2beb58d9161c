"""Where the people act: mail that goes out and comes in, and the services' back doors."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from syncd.sandbox.clock import SandboxClock
from syncd.sandbox.example import answers_subject
from syncd.sandbox.example_mail import Letter, Writer, message_id, rendered
from syncd.sandbox.people.journal import Handled, Journal, Kind, Said, Talk

MAILER = Writer("Mail Delivery Subsystem", "mailer-daemon@mx.mailhub.example")
_QUOTES = ("en", "de", "fr")


class Control(Protocol):
    """`Sandbox.control`."""

    def __call__(
        self, simulator: str, command: str, body: Mapping[str, Any] | None = None
    ) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Seen:
    """A task as the board shows it to a person."""

    id: str
    title: str
    text: str
    done: bool
    due: date | None
    assignees: tuple[str, ...]
    place: str
    ours: bool  # made by syncd


@dataclass(frozen=True, slots=True)
class Mailing:
    """One message to be. `labels` go on the sender's own copy, or on the receiver's."""

    writer: Writer
    to: Writer
    text: str
    kind: Kind = Kind.HUMAN
    subject: str = ""
    labels: tuple[str, ...] = ()
    language: str = "en"
    headers: Mapping[str, str] | None = None
    bounce: Mapping[str, str] | None = None
    does: str = ""
    returns: date | None = None


class Stage:
    """Acts now, by the sandbox's clock, and writes down what was done."""

    def __init__(self, control: Control, clock: SandboxClock, mailboxes: Mapping[str, str]) -> None:
        self.journal = Journal()
        self.clock = clock
        self._control = control
        self._names = dict(mailboxes)
        self.on_sent: Callable[[Talk, Said], None] = lambda _talk, _said: None
        self.on_received: Callable[[Talk, Said], None] = lambda _talk, _said: None

    def writer(self, mailbox: str) -> Writer:
        return Writer(self._names[mailbox], mailbox)

    # mail

    def say(self, talk: Talk, mailing: Mailing, mailbox: str) -> Said:
        """A message of a talk, in the copy of `mailbox`."""
        ours = mailing.writer.address in self._names
        last = talk.letters[-1] if talk.letters else None
        if mailing.bounce is not None:
            last = next(one for one in reversed(talk.letters) if one.writer.address in self._names)
        letter = Letter(
            id=message_id(talk.key, len(talk.said), mailing.writer),
            at=self.clock.now(),
            writer=mailing.writer,
            to=(mailing.to,),
            cc=(),
            subject=mailing.subject or answers_subject(last),
            text=mailing.text,
            answers=last,
            quote=self._quote(mailing, last),
            headers=mailing.headers or {},
            bounce=mailing.bounce,
        )
        labels = ("SENT", *mailing.labels) if ours else ("INBOX", "UNREAD", *mailing.labels)
        raw = rendered(letter, delivered_to=None if ours else mailbox)
        found = self._deliver(mailbox, raw, labels, talk.key)
        talk.threads[mailbox] = found["threadId"]
        self.journal.threads[found["threadId"]] = talk.key
        said = Said(
            letter.id,
            letter.at,
            talk.key,
            mailing.writer.address,
            (mailing.to.address,),
            ours,
            mailing.kind,
            (mailbox, found["id"]),
            mailing.does,
            mailing.returns,
        )
        talk.said.append(said)
        # Where a campaign has no label its subjects say it, which their own threads lack.
        talk.labelled |= ours and (bool(mailing.labels) or not talk.begun_by_them)
        if mailing.kind is Kind.HUMAN:
            talk.letters.append(letter)
        self.journal.talks[talk.key] = talk
        self.journal.said.append(said)
        (self.on_sent if ours else self.on_received)(talk, said)
        return said

    def aside(self, key: str, mailing: Mailing, copies: Sequence[tuple[str, str]]) -> None:
        """A message that is no talk's: in each mailbox of `copies` under a label of Gmail's."""
        letter = Letter(
            id=message_id(key, 0, mailing.writer),
            at=self.clock.now(),
            writer=mailing.writer,
            to=(mailing.to,),
            cc=(),
            subject=mailing.subject,
            text=mailing.text,
            headers=mailing.headers or {},
        )
        delivered = ""
        for mailbox, label in copies:
            raw = rendered(letter, delivered_to=None if label == "SENT" else mailbox)
            delivered = self._deliver(mailbox, raw, (label,), key)["id"]
        self.journal.said.append(
            Said(
                letter.id,
                letter.at,
                "",
                mailing.writer.address,
                (mailing.to.address,),
                mailing.writer.address in self._names,
                mailing.kind,
                (copies[-1][0], delivered),
            )
        )

    # the board and the CRM

    def board(self) -> list[Seen]:
        """Every task that is not in the trash."""
        found = self._control("teamwork", "board")
        return [
            Seen(
                id=str(task["id"]),
                title=task["name"],
                text=task["description"],
                done=task["done"],
                due=date.fromisoformat(task["due"][:10]) if task["due"] else None,
                assignees=tuple(task["assignees"]),
                place=f"{project['name']}/{tasklist['name']}",
                ours=task["mark"] is not None,
            )
            for project, tasklist in _lists(found)
            for task in tasklist["tasks"]
        ]

    def touch(self, task: Seen, talk: str, by: str, touch: str, **more: Any) -> None:
        """A person does something to a task: `touch` is what the board calls it."""
        self._control("teamwork", f"person_{touch}", {"task": task.id, "by": by, **more})
        value = next(iter(more.values()), None)
        handled = Handled(self.clock.now(), task.id, talk, by, touch, step_of(task), value)
        self.journal.handled.append(handled)

    def web(self, command: str, body: Mapping[str, Any]) -> None:
        """Change a page of the open web; see the commands of its simulator."""
        self._control("webcheck", command, body)

    def set_stage(self, address: str, stage: str) -> None:
        """In HubSpot; without effect where the contact or the property is not there yet."""
        body = {"contact": address, "properties": {"syncd_stage": stage}}
        try:
            self._control("hubspot", "person_sets", body)
        except ValueError:
            return
        self.journal.stages[address] = stage

    def tell(self, simulator: str, command: str, **body: Any) -> dict[str, Any]:
        return self._control(simulator, command, body)

    def _deliver(
        self, mailbox: str, raw: bytes, labels: Sequence[str], thread: str
    ) -> dict[str, str]:
        body = {
            "mailbox": mailbox,
            "raw": base64.b64encode(raw).decode(),
            "labels": list(dict.fromkeys(labels)),
            "thread": thread,
            "at": self.clock.now().isoformat(),
        }
        return self._control("gmail", "deliver", body)

    @staticmethod
    def _quote(mailing: Mailing, last: Letter | None) -> str:
        if last is None or mailing.kind is not Kind.HUMAN:
            return ""
        return mailing.language if mailing.language in _QUOTES else "en"


def step_of(task: Seen) -> str:
    """What the task says which step it is for, "" where a person wrote it."""
    for line in task.text.splitlines():
        head, _, words = line.partition("Step:**")
        if words and head.endswith("**"):
            return words.strip().replace("\\", "")
    return ""


def thread_of(task: Seen) -> str:
    """The Gmail thread the task links to, "" where it names none."""
    _, found, rest = task.text.partition("#all/")
    return rest.partition(")")[0] if found else ""


def _lists(board: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    for project in board["projects"]:
        for tasklist in project["lists"]:
            yield project, tasklist
