"""What contacts do on a message of ours: one of their character's reactions, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from syncd.sandbox.example_mail import Writer
from syncd.sandbox.people import wording
from syncd.sandbox.people.agenda import Agenda
from syncd.sandbox.people.cast import dice
from syncd.sandbox.people.journal import Kind, Said, Talk
from syncd.sandbox.people.pages import OpenWeb
from syncd.sandbox.people.scenario import Reaction
from syncd.sandbox.people.stage import MAILER, Mailing, Stage

# People outside write at these hours of the agency's day, and seldom at weekends.
_AWAKE = (time(7, 30), time(19, 30))
_WEEKENDS = 0.2
_MOST_ROUNDS = 3


class Contacts:
    """Everybody outside."""

    def __init__(
        self,
        stage: Stage,
        agenda: Agenda,
        characters: Mapping[str, tuple[Reaction, ...]],
        *,
        web: OpenWeb,
        chatty: float,
        seed: int,
    ) -> None:
        self._stage = stage
        self._web = web
        self._agenda = agenda
        self._characters = characters
        self._chatty = chatty
        self._seed = seed

    def heard(self, talk: Talk, said: Said) -> None:
        """A message of ours reached them: decide what becomes of it."""
        if talk.answered:
            self._go_on(talk, said)
        elif not talk.dead:
            self._react(talk, said, "reacts")

    def _react(self, talk: Talk, said: Said, occasion: str) -> None:
        rng = dice(self._seed, occasion, said.id)
        luck = rng.random()
        for reaction in self._characters[talk.contact.character]:
            luck -= reaction.chance
            if luck < 0:
                self._resolve(talk, said, reaction)
                return

    def _resolve(self, talk: Talk, said: Said, reaction: Reaction) -> None:
        rng = dice(self._seed, "when", said.id)
        match reaction.does:
            case "bounce":
                # An address that took one message does not refuse the next.
                if len(talk.ours) == 1:
                    talk.dead = True
                    self._agenda.at(
                        said.at + timedelta(seconds=rng.randint(20, 90)),
                        lambda: self._bounces(talk),
                    )
            case "away":
                if not talk.away_told:
                    talk.away_told = True
                    days = rng.randint(*reaction.back)
                    self._agenda.at(
                        said.at + timedelta(seconds=rng.randint(30, 400)),
                        lambda: self._is_away(talk, days),
                    )
            case _:
                at = self._awake(said.at + timedelta(days=rng.uniform(*reaction.days)), said.id)
                self._agenda.at(at, lambda: self._writes(talk, reaction))

    def _go_on(self, talk: Talk, said: Said) -> None:
        """The talk is under way: another answer, perhaps."""
        rng = dice(self._seed, "goes on", said.id)
        if talk.rounds >= _MOST_ROUNDS or talk.over or rng.random() >= self._chatty:
            return
        at = self._awake(said.at + timedelta(days=rng.uniform(0.05, 2)), said.id)
        self._agenda.at(at, lambda: self._writes(talk, Reaction(does="answer", chance=1)))

    def _writes(self, talk: Talk, reaction: Reaction) -> None:
        if talk.over or not talk.silent:
            return
        contact = talk.contact
        talk.rounds += 1
        writer = Writer(contact.name, talk.partner)
        if reaction.how == "other address":
            writer = Writer(contact.name, contact.other_address)
        elif reaction.how == "colleague":
            writer = Writer(*contact.colleague)
        last = talk.ours[-1]
        rng = dice(self._seed, "words", last.id)
        to = self._stage.writer(last.by)
        other = Writer(*contact.colleague)
        words = rng.choice(wording.answers(contact.language, reaction.does)).format(
            first=to.name.split()[0],
            me=writer.name,
            other=str(other),
            url=self._web.publish(talk, reaction) if reaction.does == "publish" else "",
        )
        if reaction.does in {"decline", "unsubscribe"}:
            talk.over = True
        if reaction.how == "new thread":
            talk = self._anew(talk)
        subject = "" if talk.letters else f"Your message about {contact.site}"
        self._stage.say(
            talk,
            Mailing(
                writer, to, words, subject=subject, language=contact.language, does=reaction.does
            ),
            last.by,
        )

    def _anew(self, talk: Talk) -> Talk:
        """They begin a thread of their own; the first one is left lying."""
        talk.over = True
        return Talk(
            f"{talk.key}/anew",
            talk.campaign,
            talk.contact,
            talk.owner,
            talk.partner,
            begun_by_them=True,
            rounds=talk.rounds,
        )

    def _is_away(self, talk: Talk, days: int) -> None:
        last = talk.ours[-1]
        now = self._stage.clock.now()
        back = self._agenda.calendar.next_working_day(self._agenda.day(now) + timedelta(days=days))
        subject, text = wording.AWAY[talk.contact.language]
        fill = {
            "subject": talk.letters[-1].subject,
            "day": wording.day(talk.contact.language, back),
            "me": talk.contact.name,
        }
        self._stage.say(
            talk,
            Mailing(
                Writer(talk.contact.name, talk.partner),
                self._stage.writer(last.by),
                text.format(**fill),
                Kind.AWAY,
                subject=subject.format(**fill),
                headers={"Auto-Submitted": "auto-replied"},
                returns=back,
            ),
            last.by,
        )
        # What they find when they are back, they read as if it had just come.
        self._agenda.at(self._agenda.moment(back, time(9, 41)), lambda: self._is_back(talk))

    def _is_back(self, talk: Talk) -> None:
        if talk.silent and not talk.over:
            self._react(talk, talk.ours[-1], "reacts at last")

    def _bounces(self, talk: Talk) -> None:
        last = talk.ours[-1]
        self._stage.say(
            talk,
            Mailing(
                MAILER,
                self._stage.writer(last.by),
                "",
                Kind.BOUNCE,
                subject="Undelivered Mail Returned to Sender",
                bounce={
                    "recipient": talk.partner,
                    "status": "5.1.1",
                    "diagnostic": f"550 5.1.1 <{talk.partner}>: user unknown",
                    "text": f"<{talk.partner}>: the address does not exist.",
                },
            ),
            last.by,
        )

    def _awake(self, at: datetime, what: str) -> datetime:
        rng = dice(self._seed, "awake", what)
        local = at.astimezone(self._agenda.calendar.zone)
        day = local.date()
        if rng.random() >= _WEEKENDS:
            day = self._agenda.calendar.next_working_day(day)
        clock = local.time().replace(microsecond=0)
        if day != local.date() or not _AWAKE[0] <= clock <= _AWAKE[1]:
            if day == local.date() and clock > _AWAKE[1]:
                day += timedelta(days=1)
            clock = time(8, rng.randint(5, 55), rng.randint(1, 58))
        return self._agenda.moment(day, clock)
