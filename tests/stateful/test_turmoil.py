"""People, faults, crashes and time, in any order Hypothesis likes."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.stateful.people import ANY_LABEL, LABELS, PEOPLE, TOPICS, People
from tests.stateful.promises import assert_kept, assert_portions_come_up
from tests.stateful.truth import Talk
from tests.stateful.words import SAYINGS
from tests.support.world import MAYA, TOM

persons = st.sampled_from(sorted(PEOPLE))
any_one = st.integers(0, 5)

_ANSWERS: dict[str, list[dict[str, Any]]] = {
    "gmail": [
        {"status": 429, "reason": "rateLimitExceeded"},
        {"status": 503},
        {"status": 503, "parts": True},
        {"status": 429, "reason": "rateLimitExceeded", "parts": True},
    ],
    "hubspot": [
        {"status": 429, "policy": "TEN_SECONDLY_ROLLING"},
        {"status": 502},
        {"status": 0},
        {"lose_answer": True},
        {"lose_answer": True, "status": 0},
        {"half": True},
    ],
    "teamwork": [
        {"status": 429},
        {"status": 503},
        {"kind": "lose_request"},
        {"kind": "lose_answer"},
        {"kind": "half_answer"},
        {"kind": "answer_after", "status": 502},
    ],
}
_METHODS = {
    "gmail": ["GET|POST"],
    "hubspot": ["POST", "GET"],
    "teamwork": ["POST|PUT|PATCH", "GET"],
}


def _faults(service: str) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    number = "n" if service == "hubspot" else "count"
    return st.builds(
        lambda answer, method, times: (service, {**answer, "method": method, number: times}),
        st.sampled_from(_ANSWERS[service]),
        st.sampled_from(_METHODS[service]),
        st.integers(1, 2),
    )


faults = st.one_of(*map(_faults, sorted(_ANSWERS)))


class Turmoil(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()

    @initialize(
        logger=st.sampled_from(["off", "wait 10 minutes"]),
        lag=st.sampled_from([0, 20]),
        portions=st.booleans(),
    )
    def begin(self, logger: str, lag: int, *, portions: bool) -> None:
        self.people = People(Path(self._folder.name), crm_logger=logger, portions=portions)
        self.people.lag = lag

    # -- mail

    @rule(
        person=persons,
        topic=st.sampled_from(TOPICS),
        mailbox=st.sampled_from([MAYA, TOM]),
        label=st.sampled_from(["", *LABELS]),
    )
    def we_pitch(self, person: str, topic: str, mailbox: str, label: str) -> None:
        self.people.pitch(person, topic, mailbox, label)

    def _ours(self) -> Sequence[Talk]:
        return [talk for talk in self.people.talks if talk.begun_by_us]

    @precondition(lambda self: self.people.talks)
    @rule(which=any_one)
    def we_write_again(self, which: int) -> None:
        self.people.follow_up(_pick(self.people.talks, which))

    @precondition(lambda self: self._ours())
    @rule(which=any_one)
    def a_colleague_steps_in(self, which: int) -> None:
        self.people.colleague_writes(_pick(self._ours(), which))

    @precondition(lambda self: self._ours())
    @rule(which=any_one, elsewhere=st.booleans(), says=st.sampled_from(sorted(SAYINGS)))
    def they_answer(self, which: int, *, elsewhere: bool, says: str) -> None:
        talk = _pick(self._ours(), which)
        sender = talk.person.replace("@", "@home.") if elsewhere else ""
        self.people.answer(talk, sender, says)

    @rule(person=persons, mailbox=st.sampled_from([MAYA, TOM]))
    def they_write_anew(self, person: str, mailbox: str) -> None:
        self.people.write_anew(person, mailbox)

    @precondition(lambda self: self._ours())
    @rule(which=any_one, days=st.sampled_from([0, 2, 12]))
    def they_are_absent(self, which: int, days: int) -> None:
        self.people.be_absent(_pick(self._ours(), which), days)

    @precondition(lambda self: self._ours())
    @rule(which=any_one)
    def it_bounces(self, which: int) -> None:
        self.people.bounce(_pick(self._ours(), which))

    @rule(what=st.sampled_from(["newsletter", "internal_mail"]))
    def other_mail_comes(self, what: str) -> None:
        getattr(self.people, what)()

    @rule(person=persons)
    def we_write_of_private_things(self, person: str) -> None:
        self.people.private_mail(person)

    @precondition(lambda self: self.people.second_copies)
    @rule()
    def a_second_copy_arrives(self) -> None:
        self.people.second_copy_arrives()

    @precondition(lambda self: self.people.talks)
    @rule(which=any_one, label=st.sampled_from(ANY_LABEL))
    def a_label_is_put_on_or_taken_off(self, which: int, label: str) -> None:
        self.people.relabel(_pick(self.people.talks, which), label)

    # -- HubSpot

    @rule(person=persons)
    def a_contact_is_added_by_hand(self, person: str) -> None:
        self.people.add_contact(person)

    @rule(person=persons, stage=st.sampled_from(["agreed", "declined"]))
    def a_stage_is_set(self, person: str, stage: str) -> None:
        self.people.set_stage(person, stage)

    @rule(person=persons)
    def somebody_is_not_to_be_contacted_or_is_again(self, person: str) -> None:
        self.people.leave_alone(person)

    @rule(person=persons, campaign=st.sampled_from(["acme", "zeta"]))
    def a_campaign_is_ticked(self, person: str, campaign: str) -> None:
        self.people.tick(person, campaign)

    @precondition(lambda self: self.people.talks)
    @rule(which=any_one)
    def hubspot_logs_by_itself(self, which: int) -> None:
        self.people.logger_logs(_pick(self.people.talks, which))

    # -- Teamwork

    @precondition(lambda self: self.people.our_tasks(open_=True))
    @rule(which=any_one, what=st.sampled_from(["rename", "move", "reassign"]))
    def a_task_is_edited(self, which: int, what: str) -> None:
        getattr(self.people, what)(_pick(self.people.our_tasks(open_=True), which))

    @precondition(lambda self: self.people.our_tasks(open_=True))
    @rule(which=any_one, delete=st.booleans())
    def a_task_is_closed_by_hand(self, which: int, *, delete: bool) -> None:
        self.people.complete(_pick(self.people.our_tasks(open_=True), which), delete=delete)

    @precondition(lambda self: self.people.rested and self.people.our_tasks(open_=False))
    @rule(which=any_one)
    def a_task_is_opened_again(self, which: int) -> None:
        self.people.reopen(_pick(self.people.our_tasks(open_=False), which))

    @rule()
    def a_person_makes_a_task(self) -> None:
        self.people.make_own_task()

    # -- services and time

    @rule(mailbox=st.sampled_from([MAYA, TOM]))
    def a_mailbox_locks_us_out(self, mailbox: str) -> None:
        self.people.lock_out(mailbox)

    @rule()
    def the_services_let_us_in_again(self) -> None:
        self.people.let_in()
        self.people.crm_returns()

    @rule()
    def hubspot_refuses_our_token(self) -> None:
        self.people.crm_goes()

    @rule(mailbox=st.sampled_from([MAYA, TOM]))
    def the_history_expires(self, mailbox: str) -> None:
        self.people.expire_history(mailbox)

    @rule(
        span=st.sampled_from(
            [{"minutes": 3}, {"hours": 5}, *({"days": days} for days in (1, 3, 5, 40, 190))]
        )
    )
    def time_passes(self, span: dict[str, float]) -> None:
        self.people.pass_time(**span)

    # -- the daemon

    @rule(turns=st.integers(1, 3))
    def the_daemon_works(self, turns: int) -> None:
        self.people.daemon_works(turns)

    @rule(turns=st.integers(1, 3), some=st.lists(faults, min_size=1, max_size=3))
    def the_daemon_works_among_faults(
        self, turns: int, some: list[tuple[str, dict[str, Any]]]
    ) -> None:
        self.people.daemon_works(turns, some)

    @rule(crash_at=st.integers(1, 30), some=st.lists(faults, max_size=1))
    def the_daemon_is_killed(self, crash_at: int, some: list[tuple[str, dict[str, Any]]]) -> None:
        self.people.daemon_works(2, some, crash_at)

    def teardown(self) -> None:
        try:
            if hasattr(self, "people"):
                self.people.come_to_rest()
                assert_kept(self.people)
                if self.people.portions:
                    assert_portions_come_up(self.people)
        finally:
            if hasattr(self, "people"):
                self.people.daemon_stops()
            self._folder.cleanup()


def _pick(some: Sequence[Any], which: int) -> Any:
    return some[which % len(some)]


# `make soak` sets the number; without one, a few sequences, the same every time.
_SOAK = int(os.environ.get("SOAK_EXAMPLES", "0"))
TestTurmoil = Turmoil.TestCase
TestTurmoil.settings = settings(
    max_examples=_SOAK or 8,
    stateful_step_count=40 if _SOAK else 25,
    derandomize=not _SOAK,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    print_blob=bool(_SOAK),
    phases=[Phase.generate, Phase.shrink] if _SOAK else [Phase.generate],
    database=None,
)
