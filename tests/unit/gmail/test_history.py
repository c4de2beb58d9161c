"""What history records add up to, from the shapes of facts/gmail.md A6."""

from __future__ import annotations

from typing import Any

from connectors.gmail.history import History


def message(id_: str, *labels: str) -> dict[str, Any]:
    return {"id": id_, "threadId": id_} | ({"labelIds": list(labels)} if labels else {})


def added(id_: str, *labels: str) -> dict[str, Any]:
    return {"messagesAdded": [{"message": message(id_, *labels)}]}


def moved(kind: str, id_: str, *moved_: str, now: tuple[str, ...] = ()) -> dict[str, Any]:
    return {kind: [{"message": message(id_, *now), "labelIds": list(moved_)}]}


def deleted(id_: str) -> dict[str, Any]:
    return {"messagesDeleted": [{"message": message(id_)}]}


def history(*records: dict[str, Any]) -> History:
    found = History()
    for record in records:
        found.take(record)
    return found


def test_an_entry_without_labels_is_added_because_only_a_fetch_can_tell() -> None:
    assert history(added("a")).added == ("a",)


def test_drafts_spam_and_chats_are_not_worth_a_fetch() -> None:
    kinds = ("DRAFT", "SPAM", "TRASH", "CHAT", "SCHEDULED")
    assert history(*(added(kind, kind, "UNREAD") for kind in kinds)).added == ()


def test_five_autosaves_and_a_send_add_one_message() -> None:
    saves: list[dict[str, Any]] = []
    for n in range(5):
        saves += [added(f"d{n}", "DRAFT"), deleted(f"d{n - 1}")]
    assert history(*saves, added("sent", "SENT"), deleted("d4")).added == ("sent",)


def test_one_record_may_carry_every_array_at_once() -> None:
    record = {
        **added("a", "INBOX"),
        **moved("labelsAdded", "b", "Label_1", now=("Label_1",)),
        **moved("labelsRemoved", "b", "INBOX", now=("Label_1",)),
        **deleted("c"),
        "messages": [message("a"), message("b"), message("c")],
    }
    found = history(record)
    assert (found.added, found.removed) == (("a",), ("c",))
    assert list(found.relabelled()) == [("b", frozenset({"Label_1"}), frozenset({"INBOX"}))]


def test_a_label_put_on_and_taken_off_again_is_off() -> None:
    found = history(
        moved("labelsAdded", "a", "Label_1"),
        moved("labelsRemoved", "a", "Label_1"),
        moved("labelsAdded", "a", "Label_2"),
    )
    assert list(found.relabelled()) == [("a", frozenset({"Label_2"}), frozenset({"Label_1"}))]


def test_a_label_taken_off_and_put_on_again_is_on() -> None:
    found = history(moved("labelsRemoved", "a", "Label_1"), moved("labelsAdded", "a", "Label_1"))
    assert list(found.relabelled()) == [("a", frozenset({"Label_1"}), frozenset())]


def test_a_message_taken_out_of_spam_is_added() -> None:
    found = history(added("a", "SPAM"), moved("labelsRemoved", "a", "SPAM", now=("INBOX",)))
    assert found.added == ("a",)


def test_a_message_moved_from_spam_to_the_trash_is_not() -> None:
    found = history(moved("labelsRemoved", "a", "SPAM", now=("TRASH",)))
    assert found.added == ()


def test_scheduled_mail_is_added_when_it_is_sent() -> None:
    found = history(
        added("a", "SCHEDULED"),
        moved("labelsRemoved", "a", "SCHEDULED", now=("SCHEDULED", "SENT")),
        moved("labelsAdded", "a", "SENT", now=("SENT",)),
    )
    assert found.added == ("a",)


def test_what_is_added_and_deleted_at_once_is_only_removed() -> None:
    found = history(added("a"), moved("labelsAdded", "a", "Label_1"), deleted("a"))
    assert (found.added, found.removed, list(found.relabelled())) == ((), ("a",), [])


def test_records_that_say_nothing_or_nonsense_change_nothing() -> None:
    found = history(
        {"id": "7"},
        {"messagesAdded": None, "labelsAdded": [None, {}, {"message": None}]},
        {"messagesAdded": [{"message": {"id": 4}}]},
    )
    assert (found.added, found.removed, list(found.relabelled())) == ((), (), [])
