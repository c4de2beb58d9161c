"""What our own people do all day: pitch, answer, follow up, and handle their tasks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta

from syncd.sandbox.example_mail import Writer
from syncd.sandbox.people import wording
from syncd.sandbox.people.agenda import Agenda
from syncd.sandbox.people.cast import Contact, contacts, dice
from syncd.sandbox.people.journal import Kind, Said, Talk
from syncd.sandbox.people.scenario import Campaign, Scenario, Teammate
from syncd.sandbox.people.stage import Mailing, Seen, Stage, thread_of

# When the team looks at its board; most follow-ups are written right after.
LOOKS = (time(9, 25), time(14, 10))
LATER = ("Someday", "Later")
_MOST_MESSAGES = 4
_PUT_OFF = 0.5  # of a plan's tasks that are due and not done
_LEAVING = time(19, 45)


class Teammates:
    """Everybody inside."""

    def __init__(self, stage: Stage, agenda: Agenda, scenario: Scenario, seed: int) -> None:
        self._stage = stage
        self._agenda = agenda
        self._seed = seed
        self._mates = {mate.address: mate for mate in scenario.teammates}
        self._gone: set[str] = set()
        self._campaigns = {campaign.id: campaign for campaign in scenario.campaigns}
        self._projects = {one.project for one in scenario.campaigns} - {""}
        self._queues: dict[str, list[Contact]] = {}
        self._starts = scenario.starts
        self._everyday = scenario.everyday
        taken: set[str] = set()
        for campaign in scenario.campaigns:
            found = [c for c in contacts(campaign, seed) if c.address not in taken]
            taken |= {one.address for one in found}
            self._queues[campaign.id] = found[::-1]

    def plan(self, day: date) -> None:
        """Fill the day's agenda. Called once a day, before anybody is up."""
        for mate in self._present():
            if mate.leaves is not None and (day - self._starts).days + 1 == mate.leaves:
                self._agenda.at(self._agenda.moment(day, _LEAVING), self._leaving(mate))
        if not self._agenda.calendar.works_on(day):
            return
        for clock in LOOKS:
            slot = LOOKS.index(clock)
            self._agenda.at(self._agenda.moment(day, clock), self._looking(day, slot))
        for mate in self._present():
            self._pitching(mate, day)
            if mate.follows_up == "by hand":
                self._by_hand(mate, day)
        self._everyday_mail(day)

    def heard(self, talk: Talk, said: Said) -> None:
        """A message came in: answer it tomorrow, if it asks for one."""
        if said.kind is not Kind.HUMAN or said.does not in {"answer", "price", "refer"}:
            return
        mate = self._now_of(talk)
        rng = dice(self._seed, "answers", said.id)
        if rng.random() >= mate.diligence:
            return
        at = self._somewhen(mate, self._agenda.workday_after(said.at), "answer", said.id)
        match said.does:
            case "refer":
                self._agenda.at(at, lambda: self._referred(talk))
            case "answer" if rng.random() < mate.sets_stage:
                self._agenda.at(at, lambda: self._stage.set_stage(talk.partner, "agreed"))
                self._agenda.at(at + timedelta(minutes=2), lambda: self._answer(talk))
            case _:
                self._agenda.at(at, lambda: self._answer(talk))

    # writing

    def _pitching(self, mate: Teammate, day: date) -> None:
        rng = dice(self._seed, "pitches", mate.address, day)
        number = int(mate.pitches + rng.random())
        mine = [one for one in self._campaigns.values() if mate.address in one.by]
        for each in range(number):
            if not mine:
                return
            campaign = mine[(each + day.toordinal()) % len(mine)]
            at = self._somewhen(mate, day, "pitch", each)
            self._agenda.at(at, lambda it=campaign: self._pitch(mate.address, it))  # type: ignore[misc]  # mypy cannot type a default

    def _pitch(self, mailbox: str, campaign: Campaign) -> None:
        queue = self._queues[campaign.id]
        if queue and mailbox not in self._gone:
            self._write_to(mailbox, campaign, queue.pop(), campaign.pitch)

    def _write_to(self, mailbox: str, campaign: Campaign, contact: Contact, text: str) -> None:
        talk = Talk(
            f"{campaign.id}/{contact.address}", campaign.id, contact, mailbox, contact.address
        )
        if talk.key in self._stage.journal.talks:
            return
        rng = dice(self._seed, "subject", talk.key)
        fill = {"site": contact.site, "first": contact.first, "client": campaign.client}
        words = f"{text.format(**fill).strip()}\n\n{self._mates[mailbox].name}\n"
        subject = rng.choice(campaign.subjects).format(**fill)
        self._say(talk, mailbox, words, subject=subject)

    def _answer(self, talk: Talk) -> None:
        if talk.over or talk.silent:
            return
        rng = dice(self._seed, "reply", talk.said[-1].id)
        self._say(talk, self._now_of(talk).address, self._filled(talk, rng.choice(wording.REPLIES)))

    def _referred(self, talk: Talk) -> None:
        """Write to the person we were sent to, in a thread of its own."""
        name, address = talk.contact.colleague
        campaign = self._campaigns[talk.campaign]
        talk.over = True
        site, language = talk.contact.site, talk.contact.language
        other = Contact(
            name, address, site, talk.contact.character, language, address, talk.contact.colleague
        )
        rng = dice(self._seed, "referred", talk.key)
        text = rng.choice(wording.REFERRED).format(
            to=other.first, other=talk.contact.name, pitch=campaign.pitch
        )
        self._write_to(self._now_of(talk).address, campaign, other, text)

    def _follow_up(self, talk: Talk, mailbox: str) -> None:
        if talk.silent and not talk.over:
            text = wording.FOLLOW_UPS[min(len(talk.ours), len(wording.FOLLOW_UPS)) - 1]
            self._say(talk, mailbox, self._filled(talk, text))

    def _say(self, talk: Talk, mailbox: str, words: str, *, subject: str = "") -> None:
        to = Writer(talk.contact.name, talk.partner)
        label = self._campaigns[talk.campaign].label
        mailing = Mailing(
            self._stage.writer(mailbox), to, words, subject=subject, labels=(label,) * bool(label)
        )
        self._stage.say(talk, mailing, mailbox)

    def _filled(self, talk: Talk, text: str) -> str:
        mate = self._now_of(talk)
        return text.format(to=talk.contact.first, first=mate.name.split()[0])

    def _by_hand(self, mate: Teammate, day: date) -> None:
        """Who keeps no tasks looks through the sent mail."""
        for talk in list(self._stage.journal.talks.values()):
            if self._now_of(talk) is not mate or not self._worth_another(talk):
                continue
            silent = self._agenda.workday_after(talk.ours[-1].at, mate.after) <= day
            if silent and dice(self._seed, "hand", talk.key, day).random() < mate.diligence:
                at = self._somewhen(mate, day, "hand", talk.key)
                self._agenda.at(at, lambda it=talk: self._follow_up(it, mate.address))  # type: ignore[misc]  # mypy cannot type a default

    @staticmethod
    def _worth_another(talk: Talk) -> bool:
        fresh = talk.silent and not talk.over and not talk.dead
        return fresh and len(talk.ours) < _MOST_MESSAGES

    # the board

    def _looking(self, day: date, slot: int) -> Callable[[], None]:
        def look() -> None:
            tasks = [task for task in self._stage.board() if not task.done]
            for task in tasks:
                if task.place.rpartition("/")[0] in self._projects:
                    self._work_off(task, day, slot)
                    continue
                talk = self._stage.journal.by_thread(thread_of(task))
                if talk is None:
                    continue
                mate = self._whose(task, talk)
                if mate is not None:
                    self._consider(task, talk, mate, day, slot)

        return look

    def _work_off(self, task: Seen, day: date, slot: int) -> None:
        """A task of a campaign's plan: done when it is due, or put off."""
        mine = [one for one in task.assignees if one in self._mates and one not in self._gone]
        if not mine or task.due is None or task.due > day:
            return
        by, rng = mine[0], dice(self._seed, "plan", task.id, day, slot)
        if rng.random() < self._mates[by].diligence:
            self._stage.touch(task, "", by, "completes")
        elif rng.random() < _PUT_OFF:
            later = self._agenda.calendar.next_working_day(day + timedelta(days=7))
            self._stage.touch(task, "", by, "moves", due=later.isoformat())

    def _whose(self, task: Seen, talk: Talk) -> Teammate | None:
        """Who minds the task. What is nobody's, or a leaver's, the successor takes."""
        owner = self._now_of(talk)
        here = [one for one in task.assignees if one in self._mates and one not in self._gone]
        if here:
            return self._mates[here[0]]
        if owner.address in self._gone:
            return None
        self._stage.touch(task, talk.key, owner.address, "reassigns", to=owner.address)
        return owner

    def _consider(self, task: Seen, talk: Talk, mate: Teammate, day: date, slot: int) -> None:
        rng = dice(self._seed, "task", task.id, day, slot)
        luck = rng.random()
        for touch, chance in mate.touches.items() if slot == 0 else ():
            luck -= chance
            if luck < 0:
                self._touch(task, talk, mate, touch, day)
                return
        if mate.follows_up != "tasks" or (task.due is not None and task.due > day):
            return
        if rng.random() >= mate.diligence:
            return
        if talk.dead or not self._worth_another(talk):
            # Nothing more to write: they tick it off.
            self._stage.touch(task, talk.key, mate.address, "completes")
        else:
            now = self._stage.clock.now()
            at = now + timedelta(minutes=rng.randint(3, 150), seconds=rng.randint(1, 58))
            self._agenda.at(at, lambda: self._follow_up(talk, mate.address))

    def _touch(self, task: Seen, talk: Talk, mate: Teammate, touch: str, day: date) -> None:
        by, act = mate.address, self._stage.touch
        match touch:
            case "complete":
                act(task, talk.key, by, "completes")
            case "delete":
                act(task, talk.key, by, "deletes")
            case "postpone":
                later = self._agenda.calendar.next_working_day(day + timedelta(days=3))
                act(task, talk.key, by, "moves", due=later.isoformat())
            case "move":
                act(task, talk.key, by, "moves", list="/".join(LATER))
            case "rename":
                act(task, talk.key, by, "renames", name=f"{task.title} - important")
            case "reassign":
                others = [one for one in self._present() if one is not mate]
                if others:
                    to = dice(self._seed, "hands", task.id, day).choice(others).address
                    act(task, talk.key, by, "reassigns", to=to)
            case _:
                act(task, talk.key, by, "comments", body="I will look at this.")

    # coming and going

    def _leaving(self, mate: Teammate) -> Callable[[], None]:
        def leave() -> None:
            self._gone.add(mate.address)
            self._stage.journal.left.append(mate.address)
            self._stage.tell("teamwork", "deactivate_person", email=mate.address)
            self._stage.tell("hubspot", "remove_owner", email=mate.address)

        return leave

    def _now_of(self, talk: Talk) -> Teammate:
        """Whose talk it is now: the owner, or who took over from them."""
        mate = self._mates[talk.owner]
        for _ in self._mates:
            if mate.address not in self._gone or mate.successor is None:
                break
            mate = self._mates[mate.successor]
        return mate

    def _present(self) -> list[Teammate]:
        return [mate for mate in self._mates.values() if mate.address not in self._gone]

    # the rest of the mail

    def _everyday_mail(self, day: date) -> None:
        rng = dice(self._seed, "everyday", day)
        for mate in self._present():
            for each in range(int(self._everyday.newsletters / 5 + rng.random())):
                at = self._somewhen(mate, day, "news", each)
                self._agenda.at(at, self._newsletter(mate, day, each))
        here = self._present()
        if len(here) < 2:
            return
        for each in range(int(self._everyday.internal / 5 + rng.random())):
            one, other = rng.sample(here, 2)
            self._agenda.at(
                self._somewhen(one, day, "internal", each), self._internal(one, other, day, each)
            )

    def _newsletter(self, mate: Teammate, day: date, number: int) -> Callable[[], None]:
        writer = Writer("The Link Digest", "news@linkdigest.example")
        headers = {
            "List-Id": "<digest.linkdigest.example>",
            "List-Unsubscribe": "<https://linkdigest.example/leave>",
            "Precedence": "bulk",
        }
        mailing = Mailing(
            writer,
            self._stage.writer(mate.address),
            "What happened in search this week.\n",
            Kind.NEWSLETTER,
            subject=f"The Link Digest, {day:%d %B}",
            headers=headers,
        )
        copies: Sequence[tuple[str, str]] = ((mate.address, "INBOX"),)
        key = f"news/{mate.address}/{day}/{number}"
        return lambda: self._stage.aside(key, mailing, copies)

    def _internal(
        self, one: Teammate, other: Teammate, day: date, number: int
    ) -> Callable[[], None]:
        mailing = Mailing(
            self._stage.writer(one.address),
            self._stage.writer(other.address),
            "Can you take the call at four?\n",
            Kind.INTERNAL,
            subject=f"Today, {day:%d %B}",
        )
        copies = ((one.address, "SENT"), (other.address, "INBOX"))
        return lambda: self._stage.aside(f"internal/{day}/{number}", mailing, copies)

    def _somewhen(self, mate: Teammate, day: date, *what: object) -> datetime:
        """A moment of their working day, to the second, never on the hour."""
        rng = dice(self._seed, "when", mate.address, day, *what)
        begins, ends = (clock.hour * 60 + clock.minute for clock in (mate.begins, mate.ends))
        minute = rng.randrange(begins + 1, max(begins + 2, ends))
        return self._agenda.moment(day, time(minute // 60, minute % 60, rng.randint(1, 58)))
