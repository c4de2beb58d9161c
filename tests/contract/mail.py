"""What every mail connector must do, as `syncd.ports.mail` words it.

A connector's test is a subclass with one fixture, `stage`. Differences between services
come from `traits`, never from a name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

import pytest

from syncd.core.facts import MailItem
from syncd.ports.mail import Gone, MailSource, Relabel
from syncd.ports.verdicts import (
    Changed,
    CursorLost,
    Done,
    InDoubt,
    Locked,
    Refused,
    TryLater,
    Verdict,
)

Asked = TypeVar("Asked")


class Stage(Protocol):
    """The connector, and what people and the network do around it.

    `mailbox` has no mail at first and may send as `aliases`; `colleague` is a second
    mailbox. `label` names are made where missing. `no_mail` are the labels of what is no
    message. `grain`: how much earlier than told a message may seem to have arrived.

    In a real mailbox other mail lies and comes in: a test looks at its `own` alone, and
    waits for what the service shows late.
    """

    source: MailSource
    mailbox: str
    colleague: str
    aliases: tuple[str, ...]
    no_mail: tuple[str, ...]
    grain: timedelta

    def label(self, word: str) -> str:
        """The full name of a label of the test's own."""
        ...

    def own(self, ids: Iterable[str]) -> list[str]:
        """Those that arrived by this test's doing, in their order."""
        ...

    def eventually(self, ask: Callable[[], Asked], good: Callable[[Asked], object]) -> Asked:
        """The answer; where a service takes its time, the first that is `good`."""
        ...

    def now(self) -> datetime: ...

    def receive(self, *, labels: tuple[str, ...] = (), at: datetime | None = None) -> str:
        """A message arrives in `mailbox`; its id."""
        ...

    def save_draft(self) -> str:
        """A person saves a draft; the id of its message."""
        ...

    def move(
        self, message: str, *, add: tuple[str, ...] = (), remove: tuple[str, ...] = ()
    ) -> None:
        """A person puts labels on a message and takes labels off."""
        ...

    def delete(self, message: str) -> None:
        """A person deletes a message for good."""
        ...

    def gone(self) -> str:
        """The id of what was deleted for good."""
        ...

    def forget_cursors(self) -> None:
        """The service forgets its history."""
        ...

    def revoke(self) -> None:
        """The way into `mailbox` is taken away."""
        ...

    def refuse(self, status: int) -> None:
        """Every call is answered so from now on."""
        ...

    def cut(self, *, after: bool) -> None:
        """Every call is cut off: before the service sees it, or `after` it has acted."""
        ...

    def calls(self) -> int:
        """Calls so far, those for access tokens not counted."""
        ...


class MailContract:
    def test_the_mailboxes_are_those_of_the_settings_and_cost_no_call(self, stage: Stage) -> None:
        assert stage.source.mailboxes() == (stage.mailbox, stage.colleague)
        assert stage.calls() == 0

    def test_a_profile_holds_every_address_the_mailbox_may_send_as(self, stage: Stage) -> None:
        profile = stage.source.profile(stage.mailbox)
        assert (profile.address, profile.aliases) == (stage.mailbox, stage.aliases)

    @pytest.mark.many
    def test_a_listing_ends_has_each_message_once_and_the_newest_first(self, stage: Stage) -> None:
        count = stage.source.traits.list_size + 3
        start = stage.now() - timedelta(hours=12)
        made = [stage.receive(at=start + timedelta(seconds=n)) for n in range(count)]
        assert listed(stage, count) == made[::-1]

    def test_a_listing_begins_at_the_time_it_is_given(self, stage: Stage) -> None:
        since = stage.now() - timedelta(days=10)
        stage.receive(at=since - timedelta(seconds=2))
        on_time = stage.receive(at=since)
        assert listed(stage, 1, since) == [on_time]

    def test_a_listing_leaves_out_what_is_no_message(self, stage: Stage) -> None:
        stage.save_draft()
        for label in stage.no_mail:
            stage.receive(labels=(label,))
        real = stage.receive(labels=("SENT",))
        assert listed(stage, 1) == [real]

    @pytest.mark.many
    def test_nothing_falls_between_the_cursor_and_the_listing(self, stage: Stage) -> None:
        size = stage.source.traits.list_size
        before = [stage.receive(at=stage.now() - timedelta(hours=2)) for _ in range(size + 1)]
        cursor = stage.source.cursor(stage.mailbox)
        between = stage.receive()
        since = stage.now() - timedelta(days=1)
        first = stage.source.listing(stage.mailbox, since, None)
        meanwhile = stage.receive()
        listing, seen = first, set(first.ids)
        while listing.next_page is not None:
            listing = stage.source.listing(stage.mailbox, since, listing.next_page)
            seen |= set(listing.ids)
        after = stage.receive()
        wanted = {*before, between, meanwhile, after}
        stage.eventually(
            lambda: set(stage.own({*seen, *stage.source.changes(stage.mailbox, cursor).added})),
            lambda own: own == wanted,
        )

    def test_new_messages_are_changes_oldest_first_and_once(self, stage: Stage) -> None:
        cursor = stage.source.cursor(stage.mailbox)
        made = [stage.receive() for _ in range(3)]
        changes = stage.eventually(
            lambda: stage.source.changes(stage.mailbox, cursor),
            lambda changes: stage.own(changes.added) == made,
        )
        assert stage.own(changes.removed) == []
        assert stage.own(each.remote_id for each in changes.relabelled) == []
        again = stage.source.changes(stage.mailbox, changes.cursor)
        assert stage.own(again.added) == []

    def test_changes_since_the_same_cursor_can_be_asked_for_again(self, stage: Stage) -> None:
        cursor = stage.source.cursor(stage.mailbox)
        message = stage.receive()
        for _ in range(2):
            stage.eventually(
                lambda: stage.source.changes(stage.mailbox, cursor),
                lambda changes: stage.own(changes.added) == [message],
            )

    def test_when_nothing_happened_changes_are_one_call(self, stage: Stage) -> None:
        stage.receive(labels=(stage.label("Campaigns/ACME"),))
        cursor = stage.source.cursor(stage.mailbox)
        before = stage.calls()
        changes = stage.source.changes(stage.mailbox, cursor)
        assert stage.calls() == before + 1
        assert stage.own(changes.added) == []
        assert stage.own(each.remote_id for each in changes.relabelled) == []

    def test_moved_labels_are_changes_by_name_and_net(self, stage: Stage) -> None:
        message = stage.receive(labels=("INBOX",))
        campaign, lost = stage.label("Campaigns/ACME"), stage.label("Lost")
        cursor = stage.source.cursor(stage.mailbox)
        stage.move(message, add=(campaign, lost))
        stage.move(message, remove=("INBOX", lost))
        (moved,) = stage.eventually(
            lambda: [
                each
                for each in stage.source.changes(stage.mailbox, cursor).relabelled
                if each.remote_id == message
            ],
            lambda moved: moved and "INBOX" in moved[0].removed,
        )
        assert moved.added == {campaign}
        # Of a label that came and went a service may say that it went, or nothing.
        assert moved.removed - {lost} == {"INBOX"}

    @pytest.mark.simulated("deleting for good needs a right that syncd never asks for")
    def test_a_message_deleted_for_good_is_removed(self, stage: Stage) -> None:
        message = stage.receive()
        cursor = stage.source.cursor(stage.mailbox)
        short_lived = stage.receive()
        stage.delete(message)
        stage.delete(short_lived)
        changes = stage.source.changes(stage.mailbox, cursor)
        assert changes.added == ()
        assert message in changes.removed

    @pytest.mark.parametrize(
        "label",
        [
            "SPAM",
            "TRASH",
            pytest.param(
                "SCHEDULED",
                marks=pytest.mark.simulated("only the service itself schedules"),
            ),
        ],
    )
    def test_what_becomes_a_message_later_is_added_then(self, stage: Stage, label: str) -> None:
        message = stage.receive(labels=(label,))
        cursor = stage.source.cursor(stage.mailbox)
        stage.move(message, add=("INBOX",), remove=(label,))
        stage.eventually(
            lambda: stage.source.changes(stage.mailbox, cursor).added,
            lambda added: message in added,
        )

    @pytest.mark.simulated("a month passes")
    def test_a_cursor_the_service_has_forgotten_is_lost(self, stage: Stage) -> None:
        cursor = stage.source.cursor(stage.mailbox)
        stage.forget_cursors()
        with pytest.raises(CursorLost):
            stage.source.changes(stage.mailbox, cursor)
        stage.source.changes(stage.mailbox, stage.source.cursor(stage.mailbox))

    def test_messages_are_fetched_in_the_order_asked_for(self, stage: Stage) -> None:
        campaign = stage.label("Campaigns/ACME")
        made = [stage.receive(labels=("INBOX", campaign)) for _ in range(3)]
        asked = [made[2], made[0], made[1]]
        fetched = stage.source.fetch(stage.mailbox, asked)
        assert [each.remote_id for each in items(fetched)] == asked
        assert items(fetched)[0].labels == {"INBOX", campaign}

    def test_a_fetched_message_says_when_the_service_took_it(self, stage: Stage) -> None:
        at = stage.now() - timedelta(days=3, milliseconds=7)
        (item,) = items(stage.source.fetch(stage.mailbox, [stage.receive(at=at)]))
        assert item.mailbox == stage.mailbox
        assert at - stage.grain <= item.received_at <= at
        assert item.mail.header("subject")

    def test_a_whole_page_is_fetched_and_an_empty_one_costs_nothing(self, stage: Stage) -> None:
        made = [stage.receive() for _ in range(stage.source.traits.fetch_size)]
        assert len(items(stage.source.fetch(stage.mailbox, made))) == len(made)
        before = stage.calls()
        assert stage.source.fetch(stage.mailbox, []) == []
        assert stage.calls() == before

    def test_what_is_gone_or_no_message_does_not_spoil_the_rest(self, stage: Stage) -> None:
        deleted, kept = stage.gone(), stage.receive()
        draft, trashed = stage.save_draft(), stage.receive()
        stage.move(trashed, add=("TRASH",))
        fetched = stage.source.fetch(stage.mailbox, [deleted, draft, kept, trashed])
        assert [isinstance(each, Gone) for each in fetched] == [True, True, False, True]

    def test_relabelling_makes_missing_labels_and_may_be_repeated(self, stage: Stage) -> None:
        message = stage.receive(labels=("INBOX",))
        (item,) = items(stage.source.fetch(stage.mailbox, [message]))
        due = stage.label("Follow up/Due")
        change = Relabel("k", stage.mailbox, item.thread_id, (due,), ("INBOX",))
        for _ in range(2):
            (outcome,) = stage.source.relabel([change])
            assert isinstance(outcome, Done)
        (item,) = items(stage.source.fetch(stage.mailbox, [message]))
        assert item.labels == {due}

    @pytest.mark.simulated("deleting for good needs a right that syncd never asks for")
    def test_relabelling_a_thread_that_is_gone_spoils_no_other(self, stage: Stage) -> None:
        gone, kept = stage.receive(), stage.receive()
        threads = [
            each.thread_id for each in items(stage.source.fetch(stage.mailbox, [gone, kept]))
        ]
        stage.delete(gone)
        outcomes = stage.source.relabel(
            [Relabel(thread, stage.mailbox, thread, ("Due",)) for thread in threads]
        )
        assert [type(each) for each in outcomes] == [Changed, Done]

    @pytest.mark.simulated("an administrator takes the access away")
    def test_a_revoked_mailbox_is_locked_with_a_remedy_and_the_other_goes_on(
        self, stage: Stage
    ) -> None:
        stage.revoke()
        for ask in reads(stage, "0123456789abcdef"):
            with pytest.raises(Locked) as locked:
                ask()
            assert locked.value.remedy
        assert stage.source.cursor(stage.colleague)

    @pytest.mark.parametrize("status", [429, 500, 502, 503])
    def test_a_throttled_or_failing_read_is_tried_later(self, stage: Stage, status: int) -> None:
        message = stage.receive()
        stage.refuse(status)
        for ask in reads(stage, message):
            with pytest.raises(TryLater):
                ask()

    @pytest.mark.parametrize("after", [False, True])
    def test_a_read_without_an_answer_is_tried_later(self, stage: Stage, *, after: bool) -> None:
        message = stage.receive()
        stage.cut(after=after)
        for ask in reads(stage, message):
            with pytest.raises(TryLater):
                ask()

    @pytest.mark.parametrize(
        ("status", "verdict"),
        [
            (429, TryLater),
            (500, InDoubt),
            (503, InDoubt),
            (404, Changed),
            (412, Changed),
            (403, Locked),
            (422, Refused),
        ],
    )
    def test_the_answer_to_a_write_decides_its_outcome(
        self, stage: Stage, status: int, verdict: type[Verdict]
    ) -> None:
        change = ready_to_relabel(stage)
        stage.refuse(status)
        (outcome,) = stage.source.relabel([change])
        assert isinstance(outcome, verdict)

    def test_a_write_without_an_answer_is_in_doubt(self, stage: Stage) -> None:
        change = ready_to_relabel(stage)
        stage.cut(after=True)
        (outcome,) = stage.source.relabel([change])
        assert isinstance(outcome, InDoubt)


def listed(stage: Stage, count: int, since: datetime | None = None) -> list[str]:
    """The test's own messages on every page of a listing, once `count` are there."""
    start = since or stage.now() - timedelta(days=1)

    def pages() -> list[str]:
        ids: list[str] = []
        page: str | None = None
        while True:
            listing = stage.source.listing(stage.mailbox, start, page)
            ids += listing.ids
            page = listing.next_page
            if page is None:
                return stage.own(ids)

    return stage.eventually(pages, lambda ids: len(ids) == count)


def items(fetched: object) -> list[MailItem]:
    """What was fetched, all of it being mail."""
    assert isinstance(fetched, list)
    for each in fetched:
        assert isinstance(each, MailItem)
    return fetched


def reads(stage: Stage, message: str) -> list[Callable[[], object]]:
    """Every read of the port that makes a call."""
    source, mailbox = stage.source, stage.mailbox
    return [
        lambda: source.profile(mailbox),
        lambda: source.cursor(mailbox),
        lambda: source.listing(mailbox, stage.now(), None),
        lambda: source.changes(mailbox, "1"),
        lambda: source.fetch(mailbox, [message]),
    ]


def ready_to_relabel(stage: Stage) -> Relabel:
    """A change whose labels are known already, so that it is one call."""
    message = stage.receive(labels=("INBOX",))
    (item,) = items(stage.source.fetch(stage.mailbox, [message]))
    due = stage.label("Due")
    made = Relabel("k0", stage.mailbox, item.thread_id, (due,))
    assert isinstance(stage.source.relabel([made])[0], Done)
    return Relabel("k1", stage.mailbox, item.thread_id, ("INBOX",), (due,))
