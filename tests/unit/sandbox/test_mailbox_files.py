from __future__ import annotations

import mailbox
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from syncd.sandbox.mailbox_files import NotMail, StoredMail, read_date, read_mail

PLAIN = b"From: a@x.example\nSubject: one\nDate: Mon, 2 Nov 2026 10:00:00 +0100\n\nHello\n"


def _mbox(tmp_path: Path, *parts: bytes) -> list[StoredMail]:
    path = tmp_path / "all.mbox"
    path.write_bytes(b"".join(parts))
    return list(read_mail(path))


SEPARATOR = b"From 1790123456789012345@xxx Tue Mar 17 13:32:08 +0000 2026\n"


def test_messages_of_an_mbox_come_byte_for_byte(tmp_path):
    other = PLAIN.replace(b"one", b"two").replace(b"\n", b"\r\n")
    found = _mbox(tmp_path, SEPARATOR, PLAIN, b"\n", SEPARATOR, other, b"\r\n")
    assert [mail.raw for mail in found] == [PLAIN, other]


def test_what_pythons_own_mailbox_wrote_is_read_back(tmp_path):
    messages = []
    box = mailbox.mbox(tmp_path / "all.mbox")
    for number in range(5):
        message = EmailMessage()
        message["Subject"] = f"Nr. {number}"
        message.set_content("From the start this line looks like a separator.\n\nFrom here on\n")
        messages.append(message.as_bytes())
        box.add(message)
    box.close()
    assert [mail.raw for mail in read_mail(tmp_path / "all.mbox")] == messages


def test_one_level_of_quoted_from_lines_is_taken_off(tmp_path):
    text = PLAIN + b"\n>From here\n>>From there\n> From nowhere\n"
    (found,) = _mbox(tmp_path, SEPARATOR, text, b"\n")
    assert found.raw == PLAIN + b"\nFrom here\n>From there\n> From nowhere\n"


def test_a_from_line_that_nobody_quoted_does_not_split_a_message(tmp_path):
    text = PLAIN + b"\nFrom the desk of Maya, 12 November\n\nFrom: not a header\n"
    (found,) = _mbox(tmp_path, SEPARATOR, text, b"\n")
    assert found.raw == text


def test_a_separator_inside_a_paragraph_is_text(tmp_path):
    text = PLAIN + b"quoted:\n" + SEPARATOR + b"and on\n"
    (found,) = _mbox(tmp_path, SEPARATOR, text, b"\n")
    assert found.raw == text


def test_empty_messages_are_messages_too(tmp_path):
    found = _mbox(tmp_path, SEPARATOR, b"\n", SEPARATOR, SEPARATOR, PLAIN, b"\n", SEPARATOR)
    assert [mail.raw for mail in found] == [b"", b"", PLAIN, b""]


def test_a_message_without_an_end_of_line_is_kept_so(tmp_path):
    found = _mbox(tmp_path, SEPARATOR, b"Subject: x\n\nno end")
    assert found[0].raw == b"Subject: x\n\nno end"


@pytest.mark.parametrize(
    ("line", "at"),
    [
        (
            b"From 1@xxx Tue Mar 17 13:32:08 +0000 2026",
            datetime(2026, 3, 17, 13, 32, 8, tzinfo=UTC),
        ),
        (
            b"From 1@xxx Tue Mar 17 13:32:08 +0100 2026",
            datetime(2026, 3, 17, 12, 32, 8, tzinfo=UTC),
        ),
        (b"From a@b.example Tue Mar  7 13:32:08 2026", datetime(2026, 3, 7, 13, 32, 8, tzinfo=UTC)),
        (b"From a@b Tue Mar 17 13:32 2026 -0500", datetime(2026, 3, 17, 18, 32, tzinfo=UTC)),
        (b"From nobody", None),
    ],
)
def test_the_time_on_the_separator_is_read(tmp_path, line, at):
    (found,) = _mbox(tmp_path, line, b"\n", PLAIN)
    assert found.envelope_at == at


def test_takeouts_labels_and_thread_are_read(tmp_path):
    headers = b"X-GM-THRID: 1790123456789012345\r\nX-Gmail-Labels: Inbox,\r\n Project A\r\n"
    (found,) = _mbox(tmp_path, SEPARATOR, headers, PLAIN)
    assert (found.thread, found.labels) == ("1790123456789012345", ("INBOX", "Project A"))
    assert found.placed
    assert found.exact
    assert found.raw == headers + PLAIN


def test_a_file_that_is_no_mbox_is_refused_with_what_would_be_read(tmp_path):
    (tmp_path / "notes.txt").write_text("Dear all")
    with pytest.raises(NotMail, match=r'does not begin with a "From " line'):
        read_mail(tmp_path / "notes.txt")
    with pytest.raises(NotMail, match="No such file"):
        read_mail(tmp_path / "gone.mbox")
    with pytest.raises(NotMail, match=r"neither a Maildir \(cur, new\) nor"):
        read_mail(tmp_path)


def _maildir(tmp_path: Path, files: list[str]) -> dict[str, tuple[set[str], bool]]:
    for name in files:
        path = tmp_path / "Maildir" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(PLAIN.replace(b"one", name.encode()))
    return {
        mail.head[b"subject"][0]: (set(mail.labels), mail.placed)
        for mail in read_mail(tmp_path / "Maildir")
    }


def test_maildir_flags_and_folders_become_labels(tmp_path):
    found = _maildir(
        tmp_path,
        [
            "cur/1:2,S",
            "cur/2:2,FRS",
            "cur/3:2,",
            "new/4",
            ".Sent/cur/5:2,S",
            ".Clients.ACME/cur/6:2,S",
            ".INBOX.Clients/cur/7:2,S",
            ".Junk/cur/8:2,",
            ".Archive/cur/9:2,S",
            "cur/10:2,DS",
            ".Trash/cur/11:2,ST",
        ],
    )
    assert found == {
        "cur/1:2,S": (set(), False),
        "cur/2:2,FRS": ({"STARRED"}, False),
        "cur/3:2,": ({"UNREAD"}, False),
        "new/4": ({"UNREAD"}, False),
        ".Sent/cur/5:2,S": ({"SENT"}, True),
        ".Clients.ACME/cur/6:2,S": ({"Clients/ACME"}, True),
        ".INBOX.Clients/cur/7:2,S": ({"Clients"}, True),
        ".Junk/cur/8:2,": ({"SPAM", "UNREAD"}, True),
        ".Archive/cur/9:2,S": (set(), True),
        "cur/10:2,DS": ({"DRAFT"}, True),
        ".Trash/cur/11:2,ST": ({"TRASH"}, True),
    }


def test_a_folder_of_eml_files_is_read_with_its_subfolders(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "a.eml").write_bytes(PLAIN)
    (tmp_path / "in" / "b.eml").write_bytes(b"")
    (tmp_path / "notes.txt").write_text("not mail")
    assert [mail.raw for mail in read_mail(tmp_path)] == [PLAIN, b""]
    assert [mail.raw for mail in read_mail(tmp_path / "a.eml")] == [PLAIN]


@pytest.mark.parametrize(
    "value",
    [
        "",
        "yesterday",
        "Mon, 99 Nov 2026 10:00:00 +0000",
        "1",
        "Mon, 2 Nov 99999 1:1:1 +0000",
        "Mon, 2 Nov 1901 1:1:1 +0000",
    ],
)
def test_a_date_that_is_none_is_none(value):
    assert read_date(value) is None


def test_a_date_without_a_zone_is_taken_as_utc():
    assert read_date("Mon, 2 Nov 2026 10:00:00 -0000") == datetime(2026, 11, 2, 10, tzinfo=UTC)
