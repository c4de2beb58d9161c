"""The people around syncd.

Everything done here is done to the simulated services, as people would, and noted in
`truth`. Plain tests use it directly; the state machine calls it in any order.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.stateful.about import About, about
from tests.stateful.setting import NEVER, Setting
from tests.stateful.truth import (
    STOP_LABEL,
    Absence,
    Answer,
    Closing,
    Letter,
    Talk,
)
from tests.stateful.words import AWAY, BACK_ON, SAYINGS, day_in_words
from tests.support.letters import bounce, delivery, letter
from tests.support.world import MAYA, TOM

PEOPLE = {
    "ada@site.example": "Ada",
    "bob@other.example": "Bob",
    "cleo@third.example": "Cleo",
}
TOPICS = ("Builder guide", "A question")
LABELS = ("Campaigns/ACME", "Campaigns/Zeta")
ANY_LABEL = (*LABELS, STOP_LABEL)


class People(Setting):
    """A world at work. `tasks` are those that people have touched, by id."""

    def __init__(self, folder: Path, *, crm_logger: str = "off", portions: bool = False):
        super().__init__(folder, crm_logger=crm_logger, portions=portions)
        self.crm_logger = crm_logger != "off"
        self.talks: list[Talk] = []
        self.unlogged: list[Letter] = []  # mail that is no part of a conversation outside
        self.written = 0
        self.known: set[str] = set()  # contacts that people made themselves
        self.edits: dict[int, dict[str, Any]] = {}  # what people did to tasks, field by field
        self.taken_back: set[int] = set()  # tasks that a person opened again: theirs now
        self.own_tasks: dict[int, dict[str, Any]] = {}
        self.stages: dict[str, str] = {}
        self.staged_at: dict[str, datetime] = {}  # since when a contact is at that stage
        self.left_alone: dict[str, str] = {}  # address: on | off | either
        self.absences: list[Absence] = []
        self.answers_handled: set[tuple[str, int]] = set()  # whose task a person closed
        self.ticks: dict[tuple[str, str], str] = {}  # (address, campaign): on | off | either
        self._lying: list[tuple[int, str]] = []  # (talk, Gmail's id of a message in it)

    # -- mail ---------------------------------------------------------------------------

    def pitch(self, person: str, topic: str, mailbox: str = MAYA, label: str = "") -> Talk:
        """We write to somebody, in a new thread."""
        talk = Talk(len(self.talks), person, mailbox, topic, begun_by_us=True)
        self.talks.append(talk)
        talk.labels |= {label} - {""}
        self._we_write(talk, person, [label] if label else [])
        return talk

    def follow_up(self, talk: Talk) -> None:
        """We write again in the thread, without waiting for any task."""
        self._we_write(talk, talk.person, [])

    def colleague_writes(self, talk: Talk) -> None:
        """One of us who has no mailbox here steps in, with a copy to the one who began."""
        self._we_write(talk, talk.person, [], by="zoe@brightlink.example")

    def answer(self, talk: Talk, sender: str = "", says: str = "other") -> None:
        """They answer in the thread, perhaps from another address."""
        subject = self._subject(talk, "Re: ")
        until = (self.now + timedelta(days=20)).date() if says == "not_now" else None
        text = SAYINGS[says].format(day=day_in_words(until))
        whose = sender or talk.person
        self._they_write(talk, whose, subject, text=text)
        talk.they_answered(Answer(subject, self.now, says, until))
        if says == "unsubscribe":
            # What a person has said of it before is not overruled.
            self.left_alone[whose] = {"off": "either"}.get(self.left_alone.get(whose, ""), "on")

    def write_anew(self, person: str, mailbox: str = MAYA) -> Talk:
        """Somebody outside begins a thread of their own; it answers whatever awaited them."""
        talk = Talk(len(self.talks), person, mailbox, "Something else", begun_by_us=False)
        self.talks.append(talk)
        self.write_there(talk)
        return talk

    def write_there(self, talk: Talk) -> None:
        """Somebody writes in a thread that they began."""
        subject = self._subject(talk)
        self._they_write(talk, talk.person, subject)
        answer = Answer(subject, self.now, "other")
        for other in self.talks:
            if talk.person in other.awaited and other is not talk:
                other.they_answered(answer)
        talk.they_answered(answer)

    def be_absent(self, talk: Talk, days: int = 0) -> None:
        """An automatic answer, which answers nothing. `days`: until they are back, if told."""
        subject = self._subject(talk, "Automatic reply: ")
        auto = [("Auto-Submitted", "auto-replied")]
        back = (self.now + timedelta(days=days)).date() if days else None
        text = BACK_ON.format(day=day_in_words(back)) if days else AWAY
        self._they_write(talk, talk.person, subject, headers=auto, text=text)
        self.absences.append(Absence(talk.person, self.now, back, talk.number))

    def bounce(self, talk: Talk) -> None:
        """Our newest message there cannot be delivered."""
        ours = [one for one in talk.letters if one.ours]
        self._pass_a_minute()
        notice = bounce(talk.mailbox, talk.person, self.now, about=ours[-1].key)
        notice = notice.replace(b"<bounce-", f"<bounce-{self._next()}-".encode())
        key = f"bounce-{self.written}-{ours[-1].key}"
        self._deliver_in(talk, notice, "INBOX")
        talk.bounces += 1
        subject = "Delivery Status Notification (Failure)"
        self._note(Letter(key, subject, self.now, ours=False, outside=(), logged=False,
                          reason="bounce"))  # fmt: skip
        if talk.wait is not None:
            talk.wait.bounced_by = talk.wait.ours[-1][1]

    def newsletter(self) -> None:
        """Bulk mail from somebody nobody knows."""
        self._pass_a_minute()
        key, sender = f"n{self._next()}@bulk.example", "news@bulk.example"
        headers = [("List-Id", "<news.bulk.example>"), ("List-Unsubscribe", "<mailto:x@b.ex>"),
                   ("Precedence", "bulk")]  # fmt: skip
        raw = letter(sender, MAYA, self.now, subject="Our news", key=key, headers=headers)
        self._deliver(MAYA, raw, "INBOX")
        self._note(Letter(key, "Our news", self.now, ours=False, outside=(sender,), logged=False,
                          reason="list or bulk mail"))  # fmt: skip

    def internal_mail(self) -> None:
        """One of us to another: nobody else's business."""
        self._pass_a_minute()
        key = f"i{self._next()}@brightlink.example"
        raw = letter(f"Maya <{MAYA}>", TOM, self.now, subject="Lunch", key=key)
        self._deliver(MAYA, raw, "SENT")
        self._deliver(TOM, raw, "INBOX")
        self._note(Letter(key, "Lunch", self.now, ours=True, outside=(), logged=False,
                          reason="internal"))  # fmt: skip

    def private_mail(self, person: str) -> None:
        """Mail that a rule keeps out of everything."""
        self._pass_a_minute()
        key = f"s{self._next()}@brightlink.example"
        raw = letter(f"Maya <{MAYA}>", person, self.now, subject=NEVER, key=key)
        self._deliver(MAYA, raw, "SENT")
        self._note(Letter(key, NEVER, self.now, ours=True, outside=(person,), logged=False))

    def relabel(self, talk: Talk, label: str) -> None:
        """A person puts a label on the thread, or takes it off.

        Not on an old thread while the history is lost: of labels changed meanwhile only
        those on the last week's mail are noticed.
        """
        if self.expired and self.now - talk.letters[0].at > timedelta(days=6):
            return
        self._pass_a_minute()
        self.relabelled.append(talk)
        on = label not in talk.labels
        talk.labels ^= {label}
        for one in self._messages(talk):
            how = {"add": [label]} if on else {"remove": [label]}
            self.world.tell("gmail", "relabel", mailbox=talk.mailbox, id=one, **how)
        self._any_tick(talk.people)

    # -- HubSpot ------------------------------------------------------------------------

    def add_contact(self, person: str) -> None:
        if not self.contact(person):
            self._pass_a_minute()
            self.world.tell("hubspot", "add_contact", email=person, name=PEOPLE[person])
            self.known.add(person)

    def set_stage(self, person: str, stage: str) -> None:
        if self.contact(person):
            self._pass_a_minute()
            self._set(person, syncd_stage=stage)
            if self.stages.get(person) != stage:
                self.staged_at[person] = self.now
            self.stages[person] = stage

    def leave_alone(self, person: str) -> None:
        """A person says that somebody is not to be contacted, or takes it back."""
        row = self.contact(person)
        if row:
            self._pass_a_minute()
            on = row["syncd_do_not_contact"] != "true"
            self._set(person, syncd_do_not_contact="true" if on else "false")
            self.left_alone[person] = "on" if on else "off"

    def tick(self, person: str, campaign: str) -> None:
        """A person ticks a campaign's box on a contact, or unticks it."""
        row = self.contact(person)
        if not row:
            return
        self._pass_a_minute()
        ticked = set(filter(None, (row["syncd_campaigns"] or "").split(";")))
        before = self.ticks.get((person, campaign))
        if campaign not in ticked:
            # Where we ticked it ourselves before and took it back, who owns it is not known.
            said = "on"
        else:
            said = "off" if before is None and self.rested else "either"
        self._set(person, syncd_campaigns=";".join(sorted(ticked ^ {campaign})))
        self.ticks[person, campaign] = said

    def logger_logs(self, talk: Talk) -> None:
        """HubSpot's own logger logs the newest message, where nobody did yet."""
        one = talk.letters[-1]
        if not self.crm_logger:
            return  # known to be switched off
        logged = {key for key, _, _ in self.world.logged()}
        if one.logged and one.key not in logged and all(self.contact(p) for p in one.outside):
            self.world.tell(
                "hubspot",
                "native_log",
                contacts=list(one.outside),
                subject=one.subject,
                at=one.at.isoformat(),
                direction="sent" if one.ours else "received",
                message_id=f"<{one.key}>",
            )

    def contact(self, person: str) -> dict[str, Any]:
        found = [row for row in self.world.objects("contacts") if row["email"] == person]
        return found[0] if found else {}

    # -- Teamwork -----------------------------------------------------------------------

    def our_tasks(self, *, open_: bool) -> list[int]:
        """Follow-up tasks as a person sees them."""
        return sorted(
            row["id"]
            for row in self.world.tasks()
            if row["id"] not in self.own_tasks and (row["status"] in {"new", "reopened"}) is open_
        )

    def complete(self, task: int, *, delete: bool = False) -> None:
        about = self.task_of(task)
        self._touch(task, "person_deletes" if delete else "person_completes")
        self.edits[task]["status"] = "deleted" if delete else "completed"
        if about.wait is not None:
            # Reopened and closed once more: the later time counts.
            closings = [one for one in about.wait.closings if one.task != task]
            about.wait.closings = [*closings, Closing(task, about.step, self.now)]
            about.wait.searched |= {about.bounced} - {""}
        if about.answer:
            self.answers_handled.add((about.answer, about.step))
        self.taken_back.discard(task)

    def reopen(self, task: int) -> None:
        """Only once syncd had time to see it closed: sooner, nobody can tell."""
        deleted = self._row(task)["status"] == "deleted"
        self._touch(task, "person_restores" if deleted else "person_reopens")
        self.edits[task]["status"] = "open"
        self.taken_back.add(task)

    def rename(self, task: int) -> None:
        self._touch(task, "person_renames", name=f"Ring them {self._next()}")

    def move(self, task: int) -> None:
        due = (self.now + timedelta(days=9)).date().isoformat()
        self._touch(task, "person_moves", due=due)

    def reassign(self, task: int) -> None:
        self._touch(task, "person_reassigns", to=TOM)

    def make_own_task(self) -> None:
        made = self.world.tell(
            "teamwork",
            "add_task",
            list="Outreach/Follow-ups",
            name="Follow up with Ada (site.example)",
            by=MAYA,
        )
        self.own_tasks[made["id"]] = self._row(made["id"])

    def task_of(self, task: int) -> About:
        """What a task of ours is for, by what it says."""
        return about(self._row(task)["description"].replace("\\", ""), self.talks)

    # -- how ----------------------------------------------------------------------------

    def _next(self) -> int:
        self.written += 1
        return self.written

    def _subject(self, talk: Talk, prefix: str = "") -> str:
        """A subject of its own for each message, by which its task is known."""
        return f"{prefix}{talk.topic} /{talk.number}/{self._next()}"

    def _we_write(self, talk: Talk, to: str, labels: list[str], by: str = "") -> None:
        self._pass_a_minute()
        subject = self._subject(talk)
        key = f"p{self.written}@brightlink.example"
        # A new thread says nothing of earlier mail.
        answers = talk.letters[-1].key if talk.letters else ""
        copied = [talk.mailbox] if by else []
        shared = self.written % 3 == 0 and talk.mailbox == MAYA
        copied += [TOM] if shared else []
        raw = letter(
            f"Us <{by or talk.mailbox}>",
            f"{PEOPLE.get(to, 'Somebody')} <{to}>",
            self.now,
            subject=subject,
            key=key,
            answers=answers,
            cc=", ".join(copied),
        )
        self._deliver_in(talk, raw, "INBOX" if by else "SENT", *labels)
        if shared:
            self.second_copies.append((TOM, delivery(TOM, raw, self.now, "INBOX")))
        talk.we_wrote(Letter(key, subject, self.now, ours=True, outside=(to,)))

    def _they_write(
        self,
        talk: Talk,
        sender: str,
        subject: str,
        headers: Iterable[tuple[str, str]] = (),
        text: str = "Thanks, happy to.\n",
    ) -> None:
        self._pass_a_minute()
        key = f"r{self._next()}@{sender.partition('@')[2]}"
        ours = [one for one in talk.letters if one.ours]
        raw = letter(
            f"{PEOPLE.get(sender, 'Somebody')} <{sender}>",
            f"Us <{talk.mailbox}>",
            self.now,
            subject=subject,
            key=key,
            answers=ours[-1].key if ours else "",
            headers=list(headers),
            text=text,
        )
        self._deliver_in(talk, raw, "INBOX", "UNREAD")
        talk.letters.append(Letter(key, subject, self.now, ours=False, outside=(sender,)))

    def _deliver(self, mailbox: str, raw: bytes, *labels: str, thread: str = "") -> str:
        body = delivery(mailbox, raw, self.now, *labels, thread=thread)
        return str(self.world.tell("gmail", "deliver", **body)["id"])

    def _deliver_in(self, talk: Talk, raw: bytes, *labels: str) -> None:
        made = self._deliver(talk.mailbox, raw, *labels, thread=f"talk {talk.number}")
        self._lying.append((talk.number, made))

    def _note(self, one: Letter) -> None:
        self.unlogged.append(one)

    def _messages(self, talk: Talk) -> list[str]:
        """The ids of the thread's messages in the mailbox it was written from."""
        return [one for number, one in self._lying if number == talk.number]

    def _any_tick(self, people: Iterable[str]) -> None:
        """What we want of these has changed: an earlier untick need not hold for the new."""
        for key, said in self.ticks.items():
            if key[0] in people and said == "off":
                self.ticks[key] = "either"

    def _set(self, person: str, **properties: str) -> None:
        self.world.tell("hubspot", "person_sets", contact=person, properties=properties)

    def _row(self, task: int) -> dict[str, Any]:
        return next(row for row in self.world.tasks() if row["id"] == task)

    def _touch(self, task: int, command: str, **how: Any) -> None:
        self._pass_a_minute()
        self.world.tell("teamwork", command, task=task, by=MAYA, **how)
        row = self._row(task)
        kept = self.edits.setdefault(task, {})
        for name, command_of in FIELDS.items():
            if command_of == command:
                kept[name] = row[name]


FIELDS = {
    "name": "person_renames",
    "dueDate": "person_moves",
    "assigneeUserIds": "person_reassigns",
}
