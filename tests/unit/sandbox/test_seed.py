from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest

from syncd.sandbox import seed
from syncd.sandbox.mailbox_files import NotMail
from syncd.sandbox.seed import add_mailboxes, seed_files
from tests.support.clock import START, DrivenClock
from tests.support.pretend import PretendSimulator

ME = "me@my.example"
SEPARATOR = b"From x@y Sun Nov  1 08:00:00 2026\n"


def _message(**headers: str | None) -> bytes:
    lines: dict[str, str | None] = {
        "from": "Ann <ann@site.example>",
        "to": ME,
        "date": "Mon, 2 Nov 2026 10:00:00 +0100",
    }
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\n" for name, value in lines.items() if value is not None)
    return f"{head}\ntext\n".encode()


class World:
    def __init__(self, tmp_path) -> None:
        self.path = tmp_path / "all.mbox"
        self.gmail = PretendSimulator()
        self.hubspot = PretendSimulator("hubspot")
        self.teamwork = PretendSimulator("teamwork")
        self.clock = DrivenClock()

    def seed(self, *messages, me=(ME,), **more):
        self.path.write_bytes(b"".join(SEPARATOR + each + b"\n" for each in messages))
        simulators = {"gmail": self.gmail, "hubspot": self.hubspot, "teamwork": self.teamwork}
        return seed_files(simulators, self.path, me, self.clock, **more)

    @property
    def items(self):
        return [item for body in self.gmail.bodies("deliver_many") for item in body["items"]]

    def raws(self):
        return [base64.b64decode(item["raw"]) for item in self.items]

    def labels(self):
        return [(item["mailbox"], set(item["labels"])) for item in self.items]


@pytest.fixture
def world(tmp_path) -> World:
    return World(tmp_path)


def test_mail_from_me_is_sent_and_the_rest_is_in_the_inbox(world):
    found = world.seed(
        _message(), _message(**{"from": f"Me Myself <{ME.upper()}>", "to": "a@b.example"})
    )
    assert world.labels() == [(ME, {"INBOX"}), (ME, {"SENT"})]
    assert (found.messages, found.copies) == (2, {ME: 2})


def test_mail_to_myself_is_sent_and_in_the_inbox(world):
    world.seed(_message(**{"from": ME}))
    assert world.labels() == [(ME, {"INBOX", "SENT"})]


def test_takeouts_labels_and_threads_are_honoured_as_they_stand(world):
    world.seed(
        _message(x_gmail_labels="Archived,Opened,Project", x_gm_thrid="17"),
        _message(**{"from": ME, "x-gmail-labels": "Inbox"}),
    )
    assert world.labels() == [(ME, {"Project"}), (ME, {"INBOX"})]
    assert [item.get("thread") for item in world.items] == ["17", None]


def test_the_mailboxes_and_their_people_are_known_everywhere(world):
    world.seed(_message(**{"from": f"=?utf-8?q?J=C3=B6rg_M=C3=BCller?= <{ME}>"}), _message())
    assert world.gmail.bodies("add_mailbox") == [{"address": ME, "name": "Jörg Müller"}]
    assert world.hubspot.bodies("add_owner") == [{"email": ME, "name": "Jörg Müller"}]
    assert world.teamwork.bodies("add_person") == [{"email": ME, "name": "Jörg Müller"}]


def test_a_mailbox_whose_owner_never_wrote_gets_a_name_from_its_address(world):
    found = world.seed(_message(to="jo.doe@my.example"), me=["Jo.Doe@my.example"])
    assert found.names == {"jo.doe@my.example": "Jo Doe"}


def test_with_several_mailboxes_a_message_goes_to_each_that_sent_or_received_it(world):
    you = "you@my.example"
    found = world.seed(
        _message(**{"from": ME, "to": f"ann@site.example, You <{you}>"}),
        _message(to=you),
        _message(to="list@site.example", delivered_to=you),
        _message(to="list@site.example"),
        me=[ME, you],
    )
    assert world.labels() == [
        (ME, {"SENT"}),
        (you, {"INBOX"}),
        (you, {"INBOX"}),
        (you, {"INBOX"}),
        (ME, {"INBOX"}),
    ]
    assert (found.messages, found.unaddressed, found.copies) == (4, 1, {ME: 2, you: 3})


def test_the_receiver_of_an_exported_sent_message_has_it_in_the_inbox(world):
    you = "you@my.example"
    world.seed(_message(**{"from": ME, "to": you, "x-gmail-labels": "Sent,Project"}), me=[ME, you])
    assert world.labels() == [(ME, {"SENT", "Project"}), (you, {"INBOX", "Project"})]


def test_the_time_is_the_date_header_else_the_separator_else_the_message_before(world):
    found = world.seed(_message(), _message(date="soon"), _message(date=None))
    assert [item["at"] for item in world.items] == [
        "2026-11-02T09:00:00+00:00",
        "2026-11-01T08:00:00+00:00",
        "2026-11-01T08:00:00+00:00",
    ]
    assert found.undated == 2
    assert (found.oldest, found.newest) == (
        datetime(2026, 11, 1, 8, tzinfo=UTC),
        datetime(2026, 11, 2, 9, tzinfo=UTC),
    )


def test_without_any_time_the_message_before_gives_it_and_before_the_first_the_clock(world):
    world.path.write_bytes(b"From nobody\n" + _message(date=None) + b"\n")
    seed_files({"gmail": world.gmail}, world.path, [ME], world.clock)
    assert world.items[0]["at"] == START.isoformat()


def test_shifting_moves_the_newest_to_the_moment_and_the_rest_with_it(world):
    target = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
    found = world.seed(
        _message(date="Thu, 1 Oct 2026 10:00:00 +0200 (CEST)"),
        _message(),
        _message(date="never"),
        shift_to=target,
    )
    by = target - datetime(2026, 11, 2, 9, tzinfo=UTC)
    assert found.newest == target
    assert found.oldest == datetime(2026, 10, 1, 8, tzinfo=UTC) + by
    assert [datetime.fromisoformat(item["at"]) for item in world.items] == [
        datetime(2026, 10, 1, 8, tzinfo=UTC) + by,
        target,
        datetime(2026, 11, 1, 8, tzinfo=UTC) + by,
    ]


def test_shifting_rewrites_the_date_and_leaves_every_other_byte(world):
    folded = _message(
        date="Mon,\n  2 Nov 2026 10:00:00 +0100", x_date="Mon, 2 Nov 2026 10:00:00 +0100"
    )
    body = b"date: Mon, 2 Nov 2026 10:00:00 +0100\n\xff\x00\r\n"
    world.seed(folded + body, shift_to=datetime(2026, 11, 3, 9, tzinfo=UTC))
    assert world.raws() == [
        (folded + body).replace(
            b"date: Mon,\n  2 Nov 2026 10:00:00 +0100\nx-",
            b"date: Tue, 03 Nov 2026 10:00:00 +0100\nx-",
        )
    ]


def test_unshifted_messages_are_delivered_byte_for_byte_however_broken(world):
    broken = [b"\n", b"\xff\xfe no header at all\n", b"From :\nTo: <<\nDate:\n\n\x00\n", _message()]
    world.seed(*broken)
    assert world.raws() == broken


def test_long_mail_is_delivered_in_several_calls(world, monkeypatch):
    monkeypatch.setattr(seed, "_MOST_ITEMS", 2)
    world.seed(*[_message(subject=str(number)) for number in range(5)])
    assert [len(body["items"]) for body in world.gmail.bodies("deliver_many")] == [2, 2, 1]
    monkeypatch.setattr(seed, "_MOST_ITEMS", 500)
    monkeypatch.setattr(seed, "_MOST_BYTES", 1)
    world.gmail.told.clear()
    world.seed(_message(), _message())
    assert [len(body["items"]) for body in world.gmail.bodies("deliver_many")] == [1, 1]


def test_progress_is_told_message_by_message(world):
    told = []
    world.seed(_message(), _message(), progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]


def test_nobodys_mail_and_no_mail_are_refused(world):
    with pytest.raises(NotMail, match="--me ADDRESS"):
        world.seed(_message(), me=[])
    (world.path.parent / "Maildir" / "cur").mkdir(parents=True)
    with pytest.raises(NotMail, match="holds no message"):
        seed_files({"gmail": world.gmail}, world.path.parent / "Maildir", [ME], world.clock)


def test_empty_mailboxes_are_known_everywhere_too(world):
    found = add_mailboxes({"gmail": world.gmail, "hubspot": world.hubspot}, ["Me@My.example"])
    assert world.gmail.bodies("add_mailbox") == [{"address": ME, "name": "Me"}]
    assert world.hubspot.bodies("add_owner") == [{"email": ME, "name": "Me"}]
    assert found.copies == {}


def test_a_date_at_which_there_was_no_mail_is_no_date_and_stays(world):
    message = _message(date="Fri, 31 Dec 9999 10:00:00 +0000")
    found = world.seed(message, _message(), shift_to=START)
    by = START - datetime(2026, 11, 2, 9, tzinfo=UTC)
    assert (found.undated, found.moved_by) == (1, by)
    assert world.raws()[0] == message


def test_a_message_larger_than_gmail_takes_is_left_out_and_counted(world, monkeypatch):
    monkeypatch.setattr(seed, "_LARGEST", 200)
    found = world.seed(_message(subject="x" * 300), _message())
    assert (found.messages, found.oversized, found.copies) == (2, 1, {ME: 1})
