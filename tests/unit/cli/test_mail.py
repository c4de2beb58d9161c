"""classify."""

from __future__ import annotations

import io
import json

import pytest
import typer
from typer.main import get_command

from syncd.cli.mail import register
from tests.unit.mail.letters import raw


@pytest.fixture
def classify(tmp_path, monkeypatch, capsys):
    """Run the command in a folder with a few messages."""
    app = typer.Typer()
    app.callback()(lambda: None)
    register(app)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "person.eml").write_bytes(raw())
    (tmp_path / "away.eml").write_bytes(
        raw("I am out of the office until 8 June.", Auto_Submitted="auto-replied")
    )
    (tmp_path / "bounce.txt").write_bytes(
        b"From MAILER-DAEMON Mon Jun  1 10:00:00 2026\n"
        + raw(
            "<jane@homeblog.example>: could not be delivered\n550 5.1.1 user unknown\n",
            From="MAILER-DAEMON",
            Subject="failure notice",
        )
    )
    separator = b"From x@y Mon Jun  1 10:00:00 2026\n"
    (tmp_path / "all.mbox").write_bytes(
        b"\n".join(separator + raw(Message_ID=f"<{n}@b.example>") + b"\n" for n in range(2))
    )
    (tmp_path / "empty.eml").write_bytes(b"")

    def run(*args: str) -> tuple[int, str, str]:
        code = get_command(app)(["classify", *args], standalone_mode=False)
        return int(code), *capsys.readouterr()

    return run


def records(out: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.splitlines()]


def test_each_file_is_one_json_object_on_one_line(classify):
    code, out, _ = classify("person.eml", "away.eml", "bounce.txt", "--json")
    assert code == 0
    person, away, bounce = records(out)
    assert person == {
        "file": "person.eml",
        "class": "human",
        "subclass": "",
        "confidence": 0.95,
        "evidence": ["interest: sounds good (en)"],
        "failed_recipients": [],
        "status": "",
        "returns_on": None,
        "original_message_id": "",
        "list": False,
        "says": "interest",
        "says_also": [],
        "says_confidence": 0.9,
        "until": None,
        "referred": [],
        "urls": [],
    }
    assert (away["class"], away["subclass"], away["returns_on"]) == (
        "auto_reply",
        "out_of_office",
        "2026-06-09",
    )
    assert (bounce["class"], bounce["status"]) == ("bounce_hard", "5.1.1")
    assert bounce["failed_recipients"] == ["jane@homeblog.example"]


def test_what_a_person_says_is_told(classify, tmp_path):
    letters = {
        "later.eml": "Not right now, try again in September.",
        "other.eml": "I'm not the right person, please write to Ann Lee <ann@homeblog.example>.",
        "live.eml": "It is live: https://partner.example/guide",
    }
    for name, body in letters.items():
        (tmp_path / name).write_bytes(raw(body))
    code, out, _ = classify(*letters, "bounce.txt", "--json", "--target", "Partner.example")
    assert code == 0
    later, other, live, bounce = records(out)
    assert (later["says"], later["until"]) == ("not_now", "2026-09-01")
    assert other["says"] == "referral"
    assert other["referred"] == [{"address": "ann@homeblog.example", "name": "Ann Lee"}]
    assert (live["says"], live["urls"]) == ("live", ["https://partner.example/guide"])
    assert "live: is live (en)" in str(live["evidence"])
    assert (bounce["says"], bounce["referred"], bounce["urls"]) == (None, [], [])

    _, out, _ = classify(*letters)
    first, second, third = out.splitlines()
    assert first.startswith("later.eml: human, says not_now (95%; says so at 95%; until 2026-09-01")
    assert "referred to Ann Lee <ann@homeblog.example>" in second
    assert third.startswith("live.eml: human, says interest (")


def test_a_mailbox_is_one_line_for_each_message(classify):
    code, out, _ = classify("all.mbox", "--json")
    assert code == 0
    assert [record["message"] for record in records(out)] == [1, 2]


def test_a_person_gets_a_line_to_read(classify):
    code, out, _ = classify("away.eml", "bounce.txt", "all.mbox")
    assert code == 0
    first, second, *rest = out.splitlines()
    assert first.startswith("away.eml: auto_reply/out_of_office (100%; returns on 2026-06-09; ")
    assert "failed: jane@homeblog.example; status 5.1.1" in second
    assert [line.partition(":")[0] for line in rest] == ["all.mbox#1", "all.mbox#2"]


def test_a_file_that_cannot_be_read_does_not_stop_the_others(classify):
    code, out, err = classify("nowhere.eml", "person.eml")
    assert code == 1
    assert out.startswith("person.eml: human")
    assert err == "nowhere.eml: cannot be read: No such file or directory\n"
    code, out, err = classify("nowhere.eml", "person.eml", "--json")
    assert (code, err) == (1, "")
    assert records(out)[0] == {
        "file": "nowhere.eml",
        "error": "cannot be read: No such file or directory",
    }
    assert records(out)[1]["class"] == "human"


def test_a_folder_without_mail_is_said_to_be_one(classify, tmp_path):
    (tmp_path / "photos").mkdir()
    code, _, err = classify("photos")
    assert code == 1
    assert err.startswith("photos: ")


def test_an_empty_file_is_a_message_of_nobody(classify):
    code, out, _ = classify("empty.eml", "--json")
    assert code == 0
    assert (records(out)[0]["class"], records(out)[0]["confidence"]) == ("human", 0.0)


def test_a_message_on_standard_input(classify, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(raw(X_Autoreply="yes"))))
    code, out, _ = classify("-", "--json")
    assert code == 0
    assert (records(out)[0]["file"], records(out)[0]["class"]) == ("-", "auto_reply")


def test_a_line_says_what_came_through_a_list(classify, tmp_path):
    (tmp_path / "list.eml").write_bytes(raw(List_Id="<seo.lists.example>"))
    assert (
        classify("list.eml")[1] == "list.eml: human, says interest "
        "(95%; through a list; says so at 90%; interest: sounds good (en))\n"
    )
