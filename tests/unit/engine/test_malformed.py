"""Whatever a mailbox holds: each message is logged once or skipped for a reason."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from syncd.core.facts import MailItem
from syncd.core.mail.reading import read
from syncd.store import overview
from tests.support.letters import letter
from tests.unit.engine.office import ADA, BOB, MAYA, TOM, Office

HEAD = f"From: Ada <{ADA}>\r\nTo: {MAYA}\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\n"

STRANGE: dict[str, bytes] = {
    "empty": b"",
    "a line end": b"\r\n",
    "no headers": b"\r\nJust some words.\r\n",
    "no header block": b"these are words and not a header\r\nmore words\r\n",
    "nul bytes": (HEAD + "Subject: n\0ul\r\nMessage-ID: <nul@x>\r\n\r\nb\0ody\0\r\n").encode(),
    "no message id": (HEAD + "Subject: anonymous\r\n\r\nHello.\r\n").encode(),
    "no from": f"To: {MAYA}\r\nSubject: who\r\nMessage-ID: <nofrom@x>\r\n\r\nHi.\r\n".encode(),
    "no date": f"From: {ADA}\r\nTo: {MAYA}\r\nMessage-ID: <nodate@x>\r\n\r\nHi.\r\n".encode(),
    "impossible date": (
        f"From: {ADA}\r\nTo: {MAYA}\r\nDate: 99 Foo 0000 99:99:99 +9999\r\n"
        "Message-ID: <baddate@x>\r\n\r\nHi.\r\n"
    ).encode(),
    "raw bytes in the headers": (HEAD + "Message-ID: <raw@x>\r\n").encode()
    + b"Subject: caf\xe9 \xff\xfe \xed\xa0\x80\r\n\r\nHi \xe9.\r\n",
    "unknown charset": (
        HEAD + "Message-ID: <cs@x>\r\nSubject: =?x-nope?B?////?=\r\n"
        "Content-Type: text/plain; charset=x-nope\r\n\r\nHi.\r\n"
    ).encode(),
    "broken mime": (
        HEAD + "Message-ID: <mime@x>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n'
        "Content-Type: multipart/alternative; boundary=\r\n\r\n--\r\n--b\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n!!!!\r\n"
    ).encode(),
    "many parts in parts": (
        HEAD
        + "Message-ID: <deep@x>\r\nMIME-Version: 1.0\r\n"
        + "".join(
            f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(60)
        )
        + "\r\nHi.\r\n"
    ).encode(),
    "invalid addresses": (
        f"From: Ada <ada@@site..example>\r\nTo: {MAYA}, nobody, <@>, a b@c, x@localhost\r\n"
        "Message-ID: <addr@x>\r\n\r\nHi.\r\n"
    ).encode(),
    "a very long subject": (
        HEAD + f"Message-ID: <long@x>\r\nSubject: {'word ' * 20_000}\r\n\r\nHi.\r\n"
    ).encode(),
    "a very long message id": (HEAD + f"Message-ID: <{'i' * 9000}@x>\r\n\r\nHi.\r\n").encode(),
    "an id without brackets": (HEAD + "Message-ID: odd id\r\n\r\nHi.\r\n").encode(),
}


def deliver(office: Office, raw: bytes) -> str:
    return str(office.deliver(MAYA, raw, 1, "INBOX")["id"])


@pytest.fixture(scope="module")
def strange(tmp_path_factory: pytest.TempPathFactory) -> tuple[Office, dict[str, str]]:
    """An office that met all of it, and the messages' ids by name."""
    office = Office(tmp_path_factory.mktemp("strange"), mailboxes=(MAYA, TOM))
    ids = {name: deliver(office, raw) for name, raw in STRANGE.items()}
    office.got(f"Bob <{BOB}>", 1, "fine@other.example", mailbox=TOM, subject="All is well")
    assert office.turn().quiet
    return office, ids


@pytest.mark.parametrize("name", STRANGE)
def test_it_is_logged_or_skipped_for_a_reason(name: str, strange: tuple[Office, dict[str, str]]):
    office, ids = strange
    with office.state() as tx:
        [message] = overview.find_messages(tx, ids[name])
    if message["verdict"] == "log":
        assert message["crm_id"] in {row["id"] for row in office.objects("emails")}
    else:
        assert message["verdict"] == "skip"
        assert message["reason"]


def test_none_of_it_is_lost_or_doubled(strange: tuple[Office, dict[str, str]]):
    office, _ = strange
    covered = office.coverage()
    assert sum(covered.values()) == len(STRANGE) + 1
    assert {outcome for outcome, _ in covered} == {"logged", "skipped"}
    logged = sum(n for (outcome, _), n in covered.items() if outcome == "logged")
    assert len(office.emails()) == logged


def test_the_other_mailbox_goes_on(strange: tuple[Office, dict[str, str]]):
    assert "All is well" in strange[0].emails()


def test_it_is_not_looked_at_again(strange: tuple[Office, dict[str, str]]):
    office, _ = strange
    office.since()
    office.turn()
    assert office.calls("gmail", path="/batch") == []
    assert office.calls("hubspot") == []


def test_ten_megabytes_are_logged_in_part(tmp_path: Path):
    office = Office(tmp_path)
    office.got(f"Ada <{ADA}>", 1, "big@site.example", text="Lots of words.\n" * 700_000)
    assert office.turn().quiet
    [email] = office.objects("emails")
    assert len(email["hs_email_text"]) <= 65_536
    assert "cut here by syncd" in email["hs_email_text"]


def test_five_hundred_recipients_are_logged_once_with_all_of_them(tmp_path: Path):
    office = Office(tmp_path)
    crowd = ", ".join(f"Person {n} <p{n}@crowd{n}.example>" for n in range(500))
    office.wrote(crowd, 1, "crowd@brightlink.example")
    assert office.turn().quiet
    [email] = office.objects("emails")
    assert len(email["contacts"]) == 500


def test_five_hundred_bystanders_do_not_all_become_contacts(tmp_path: Path):
    office = Office(tmp_path)
    crowd = ", ".join(f"Person {n} <p{n}@crowd{n}.example>" for n in range(500))
    office.got(f"Ada <{ADA}>", 1, "crowd@site.example", cc=crowd)
    assert office.turn().quiet
    assert office.people() == [ADA]
    assert len(office.emails()) == 1


def test_a_reused_message_id_is_another_message_when_author_or_date_differ(tmp_path: Path):
    office = Office(tmp_path)
    office.got(f"Ada <{ADA}>", 3, "same@site.example", subject="One")
    office.got(f"Ada <{ADA}>", 2, "same@site.example", subject="Two")
    office.turn()
    office.got(f"Bob <{BOB}>", 2, "same@site.example", subject="Three")
    assert office.turn().quiet
    assert office.emails() == ["One", "Three", "Two"]
    assert office.coverage() == {("logged", ""): 3}


def test_two_messages_without_an_id_are_two_messages(tmp_path: Path):
    office = Office(tmp_path)
    at = office.clock.now() - timedelta(days=1)
    for text in ("First.\n", "Second.\n"):
        deliver(office, letter(f"Ada <{ADA}>", MAYA, at, text=text))
    assert office.turn().quiet
    assert len(office.emails()) == 2


def test_one_message_without_an_id_in_two_mailboxes_is_one_message(tmp_path: Path):
    office = Office(tmp_path, mailboxes=(MAYA, TOM))
    at = office.clock.now() - timedelta(days=1)
    raw = letter(f"Ada <{ADA}>", f"{MAYA}, {TOM}", at)
    for mailbox in (MAYA, TOM):
        office.deliver(mailbox, raw, 1, "INBOX")
    assert office.turn().quiet
    assert len(office.emails()) == 1
    assert office.coverage() == {("logged", ""): 2}


def test_a_message_that_even_syncd_trips_over_is_counted_and_stops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    office = Office(tmp_path)
    office.got(f"Ada <{ADA}>", 1, "a@site.example", subject="Fine")
    office.got(f"Ada <{ADA}>", 1, "b@site.example", subject="Trips")

    def trips(item: MailItem, *rest: Any, **more: Any) -> Any:
        if item.mail.header("Subject") == "Trips":
            raise RecursionError
        return read(item, *rest, **more)

    monkeypatch.setattr("syncd.engine.ingest.read", trips)
    assert office.turn().quiet
    assert office.coverage() == {
        ("logged", ""): 1,
        ("unreadable", "syncd cannot read it: RecursionError"): 1,
    }
    monkeypatch.undo()
    office.nightly()
    assert office.emails() == ["Fine", "Trips"]
