"""Label names, and changing labels."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.core.facts import MailItem
from syncd.ports.mail import Relabel
from syncd.ports.simulator import Answer, Request
from syncd.ports.verdicts import Done, InDoubt, Locked, Refused
from tests.unit.gmail.scene import MAYA, TOM, Scene, scene

MISSING = "0123456789abcdef"


@pytest.fixture
def stage(tmp_path: Path) -> Scene:
    return scene(tmp_path)


class TestLabels:
    def test_names_are_listed_once_and_only_for_peoples_labels(self, stage: Scene) -> None:
        stage.source.fetch(MAYA, [stage.deliver(labels=("INBOX", "UNREAD", "CATEGORY_SOCIAL"))])
        assert stage.calls("/labels") == 0
        for _ in range(3):
            stage.source.fetch(MAYA, [stage.deliver(labels=("Campaigns/ACME",))])
        assert stage.calls("/labels") == 1

    def test_a_label_that_is_new_is_listed(self, stage: Scene) -> None:
        stage.source.fetch(MAYA, [stage.deliver(labels=("A",))])
        (item,) = stage.source.fetch(MAYA, [stage.deliver(labels=("B",))])
        assert isinstance(item, MailItem)
        assert item.labels == {"B"}

    def test_a_new_name_is_seen_within_the_hour(self, stage: Scene) -> None:
        message = stage.deliver(labels=("Old",))
        stage.source.fetch(MAYA, [message])
        stage.call("PATCH", "labels/Label_1", {"name": "New"})
        stage.clock.advance(3600)
        (item,) = stage.source.fetch(MAYA, [message])
        assert isinstance(item, MailItem)
        assert item.labels == {"New"}

    def test_a_label_deleted_since_is_its_id_and_listed_for_once(self, stage: Scene) -> None:
        message = stage.deliver(labels=("Old",))
        cursor = stage.source.cursor(MAYA)
        stage.control("relabel", mailbox=MAYA, id=message, remove=["Old"])
        stage.call("DELETE", "labels/Label_1")
        for _ in range(2):
            (moved,) = stage.source.changes(MAYA, cursor).relabelled
            assert moved.removed == {"Label_1"}
        assert stage.calls("/labels") == 1


class TestRelabelling:
    def test_two_workers_who_make_the_same_label_share_it(self, stage: Scene) -> None:
        thread = stage.deliver()
        raced: list[object] = []

        def faster(request: Request) -> Answer | None:
            if request.method == "POST" and request.path.endswith("/labels") and not raced:
                raced.append(stage.call("POST", "labels", {"name": "due"}))
            return None

        stage.transport.before = faster
        (outcome,) = stage.source.relabel([Relabel("k", MAYA, thread, ("Due",))])
        assert isinstance(outcome, Done)
        assert raced
        assert stage.call("GET", f"messages/{thread}")[1]["labelIds"] == ["INBOX", "Label_1"]

    def test_a_conflict_with_no_label_to_be_found_is_refused(self, stage: Scene) -> None:
        thread = stage.deliver()
        stage.control("fault", method="POST", path="labels$", status=409, reason="aborted")
        (outcome,) = stage.source.relabel([Relabel("k", MAYA, thread, ("Due",))])
        assert isinstance(outcome, Refused)

    def test_a_label_deleted_behind_our_back_is_made_again(self, stage: Scene) -> None:
        thread = stage.deliver()
        stage.source.relabel([Relabel("k1", MAYA, thread, ("Due",))])
        stage.call("DELETE", "labels/Label_1")
        (outcome,) = stage.source.relabel([Relabel("k2", MAYA, thread, ("Due",))])
        assert isinstance(outcome, Done)
        assert stage.call("GET", f"messages/{thread}")[1]["labelIds"] == ["INBOX", "Label_2"]

    def test_taking_off_a_label_that_does_not_exist_changes_nothing(self, stage: Scene) -> None:
        (outcome,) = stage.source.relabel([Relabel("k", MAYA, MISSING, (), ("Nope",))])
        assert isinstance(outcome, Done)
        assert outcome.found
        assert stage.calls("/modify") == 0

    def test_gmails_own_labels_are_meant_in_any_case(self, stage: Scene) -> None:
        thread = stage.deliver(labels=())
        stage.source.relabel([Relabel("k", MAYA, thread, ("Inbox", "STARRED"))])
        assert stage.call("GET", f"messages/{thread}")[1]["labelIds"] == ["INBOX", "STARRED"]

    @pytest.mark.parametrize("name", ["SENT", "Draft"])
    def test_a_label_only_gmail_may_set_is_refused(self, stage: Scene, name: str) -> None:
        (outcome,) = stage.source.relabel([Relabel("k", MAYA, stage.deliver(), (name,))])
        assert isinstance(outcome, Refused)

    def test_a_name_gmail_will_not_have_is_refused(self, stage: Scene) -> None:
        (outcome,) = stage.source.relabel([Relabel("k", MAYA, stage.deliver(), ("x" * 300,))])
        assert isinstance(outcome, Refused)

    def test_half_an_answer_leaves_the_change_in_doubt(self, stage: Scene) -> None:
        thread = stage.deliver()
        stage.transport.after = lambda asked, answer: (
            Answer(200, b'{"id": ', answer.headers) if asked.path.endswith("modify") else answer
        )
        (outcome,) = stage.source.relabel([Relabel("k", MAYA, thread, ("INBOX", "STARRED"))])
        assert isinstance(outcome, InDoubt)

    def test_a_locked_mailbox_is_not_knocked_at_again_and_the_other_goes_on(
        self, stage: Scene
    ) -> None:
        threads = [stage.deliver(), stage.deliver()]
        other = stage.deliver(to=TOM)
        stage.control("revoke", mailbox=MAYA)
        outcomes = stage.source.relabel(
            [Relabel(each, MAYA, each, ("STARRED",)) for each in threads]
            + [Relabel("t", TOM, other, ("STARRED",))]
        )
        assert [type(each) for each in outcomes] == [Locked, Locked, Done]
        assert stage.calls("/token") == 2

    def test_read_only_changes_nothing_and_asks_for_the_smaller_scope(self, tmp_path: Path) -> None:
        stage = scene(tmp_path, read_only=True)
        thread = stage.deliver()
        (outcome,) = stage.source.relabel([Relabel("k", MAYA, thread, ("Due",))])
        assert isinstance(outcome, Refused)
        assert stage.calls() == 0
        asked: list[Request] = []
        stage.transport.before = asked.append
        stage.source.cursor(MAYA)
        assert stage.source.profile(MAYA).address == MAYA
        token = stage.simulator.handle(asked[0]).body
        assert b"gmail.readonly" in token
        assert b"gmail.modify" not in token
