"""Worlds to start from and the ends they must have, written out by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.support.letters import bounce, letter
from tests.support.prepared import set_up
from tests.support.world import MAYA, TOM, World

ADA = "ada@site.example"
BOB = "bob@other.example"
TAGGED = ("acme", "builders")


@dataclass(frozen=True)
class Scenario:
    """`prepare` fills a world; `then`, if given, happens after a first quiet run.

    `from_nothing`: the services lack everything syncd needs, as at the very first start.
    Elsewhere they stand already, which halves the steps there are to be killed at.
    """

    name: str
    prepare: Callable[[World], None]
    contacts: list[Any]
    emails: list[Any]
    tasks: list[Any]
    then: Callable[[World], None] = lambda _world: None
    from_nothing: bool = False

    def world(self, folder: Path, where: str = "") -> World:
        folder.mkdir()
        world = World(folder, where=where)
        if not self.from_nothing:
            set_up(world)
        self.prepare(world)
        return world

    def end(self) -> dict[str, list[Any]]:
        return {"contacts": self.contacts, "emails": self.emails, "tasks": self.tasks}


def _at(world: World, days_ago: float):
    return world.clock.now() - timedelta(days=days_ago)


def pitch(world: World, to: str, days_ago: float, key: str, *, mailbox: str = MAYA, cc: str = ""):
    raw = letter(f"Us <{mailbox}>", to, _at(world, days_ago), key=key, cc=cc)
    world.deliver(mailbox, raw, days_ago, "SENT", "Campaigns/ACME")
    return raw


def answer(world: World, sender: str, days_ago: float, key: str, to: str, *, auto: bool = False):
    raw = letter(
        sender,
        f"Us <{MAYA}>",
        _at(world, days_ago),
        key=key,
        answers=to,
        subject="Automatic reply: Builder guide" if auto else "Re: Builder guide",
        text="I am out of the office.\n" if auto else "Thanks, happy to.\n",
        headers=[("Auto-Submitted", "auto-replied")] if auto else [],
    )
    world.deliver(MAYA, raw, days_ago, "INBOX", "UNREAD")


def silence(world: World) -> None:
    pitch(world, "Ada <ada@site.example>", 6, "p1@brightlink.example")
    pitch(world, "Bob <bob@other.example>", 0.5, "p2@brightlink.example")


def answered_later(world: World) -> None:
    answer(world, "Ada <ada@site.example>", 0, "r1@site.example", "p1@brightlink.example")


def absent_then_bounced(world: World) -> None:
    pitch(world, "Ada <ada@site.example>", 6, "p1@brightlink.example")
    answer(
        world, "Ada <ada@site.example>", 5.9, "a1@site.example", "p1@brightlink.example", auto=True
    )
    pitch(world, "Bob <bob@other.example>", 2, "p2@brightlink.example")
    at = _at(world, 1.9)
    notice = bounce(MAYA, BOB, at, about="p2@brightlink.example")
    world.deliver(MAYA, notice, 1.9, "INBOX")


def seen_by_two(world: World) -> None:
    raw = pitch(world, "Ada <ada@site.example>", 6, "p1@brightlink.example", cc=f"Tom <{TOM}>")
    world.deliver(TOM, raw, 6, "INBOX")
    answer(world, "Ada <ada@site.example>", 5, "r1@site.example", "p1@brightlink.example")


def lose_crm_answers(world: World) -> None:
    silence(world)
    world.tell("hubspot", "fault", method="POST", path="/batch/create$", n=2, lose_answer=True)


def lose_board_answers(world: World) -> None:
    silence(world)
    world.tell("teamwork", "fault", method="POST", path="/tasks.json$", kind="lose_answer")


def people_edit(world: World) -> None:
    [task] = world.tasks()
    world.tell("teamwork", "person_deletes", task=task["id"], by=MAYA)
    contact = world.contact(ADA)["id"]
    world.tell("hubspot", "person_sets", contact=contact, properties={"syncd_stage": "agreed"})
    answer(world, "Ada <ada@site.example>", 0, "r1@site.example", "p1@brightlink.example")


SENT_BOTH = [("EMAIL", "Builder guide", [ADA]), ("EMAIL", "Builder guide", [BOB])]
CONTACTED = [(ADA, *TAGGED, "contacted"), (BOB, *TAGGED, "contacted")]
TASK = "Follow up with Ada (site.example)"

SCENARIOS = [
    Scenario(
        "a pitch without an answer, at the very first start",
        silence,
        CONTACTED,
        SENT_BOTH,
        [(TASK, "new", [])],
        from_nothing=True,
    ),
    Scenario(
        "the answer comes after the task",
        silence,
        [(ADA, *TAGGED, "replied"), (BOB, *TAGGED, "contacted")],
        [*SENT_BOTH, ("INCOMING_EMAIL", "Re: Builder guide", [ADA])],
        [
            (
                TASK,
                "completed",
                ["Answered by ada@site.example on 2026-11-23: Re: Builder guide"],
            )
        ],
        then=answered_later,
    ),
    Scenario(
        "an absence and a bounce are no answers",
        absent_then_bounced,
        [(ADA, *TAGGED, "contacted"), (BOB, *TAGGED, "bounced")],
        [*SENT_BOTH, ("INCOMING_EMAIL", "Automatic reply: Builder guide", [ADA])],
        # Ada's absence puts off what was due on the 20th.
        [("Find another address for Bob (other.example)", "new", [])],
    ),
    Scenario(
        "one message in two mailboxes, answered",
        seen_by_two,
        [(ADA, *TAGGED, "replied")],
        [
            ("EMAIL", "Builder guide", [ADA]),
            ("INCOMING_EMAIL", "Re: Builder guide", [ADA]),
        ],
        [],
    ),
    Scenario(
        "HubSpot's answers are lost",
        lose_crm_answers,
        CONTACTED,
        SENT_BOTH,
        [(TASK, "new", [])],
    ),
    Scenario(
        "Teamwork's answer is lost",
        lose_board_answers,
        CONTACTED,
        SENT_BOTH,
        [(TASK, "new", [])],
    ),
    Scenario(
        "people delete the task and set the stage",
        silence,
        [(ADA, *TAGGED, "agreed"), (BOB, *TAGGED, "contacted")],
        [*SENT_BOTH, ("INCOMING_EMAIL", "Re: Builder guide", [ADA])],
        [(TASK, "deleted", [])],
        then=people_edit,
    ),
]
