"""`syncd report`."""

from __future__ import annotations

import csv
import io
import json
import sys
from pathlib import Path

import pytest

from syncd.cli.main import main
from tests.unit.engine.office import ADA, BOB, Office


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    office = Office(tmp_path_factory.mktemp("office"))
    office.wrote(f"Ada <{ADA}>", 10, "p1@b", subject="Guest post")
    office.wrote(f"Bob <{BOB}>", 9, "p2@b", subject="Hello", labels=())
    office.got(f"Ada <{ADA}>", 8, "a1@x", answers="p1@b", text="Yes, we are interested, send it.")
    office.turn()
    (office.folder / "syncd.yaml").write_text(office.text)
    return office


def run(office: Office, *args: str) -> int:
    return main(["report", "--config", str(office.folder / "syncd.yaml"), *args])


def told(capsys: pytest.CaptureFixture[str], office: Office, *args: str) -> str:
    assert run(office, *args) == 0
    return " ".join(capsys.readouterr().out.split())


def test_it_prints_the_tables(office: Office, capsys: pytest.CaptureFixture[str]):
    words = told(capsys, office)
    assert "2 pitches reached somebody; 50% of them were answered (9 to 91%)" in words
    assert "Written to 2 100%" in words
    assert "Answered 1 50% (9 to 91%)*" in words
    assert "outside all campaigns 1" in words
    assert "rests on fewer than ten" in words


def test_a_campaign_is_asked_for_by_id_or_name(office: Office, capsys):
    for name in ("acme", "ACME"):
        words = told(capsys, office, "--campaign", name)
        assert words.startswith("ACME, up to")
        assert "1 pitch reached" in words
    assert run(office, "--campaign", "acne") == 1
    assert 'did you mean "acme"' in capsys.readouterr().err


def test_json_is_one_document(office: Office, capsys):
    assert run(office, "--json", "--since", "2020") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["ok"], found["schema"]) == (True, 1)
    assert found["period"]["last_day"] == "2020-12-31"
    assert found["sections"]["funnel"]["rows"] == []


def test_csv_is_one_table(office: Office, capsys):
    assert run(office, "--csv") == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    [one] = [
        r
        for r in rows
        if (r["section"], r["row"], r["measure"]) == ("campaigns", "acme", "response")
    ]
    assert (one["value"], one["count"], one["of"]) == ("1.0", "1", "1")


@pytest.mark.parametrize("ending", ["html", "csv", "json", "htm"])
def test_a_file_is_what_its_ending_says(office: Office, tmp_path: Path, capsys, ending: str):
    out = tmp_path / f"report.{ending}"
    assert f"wrote {out}" in told(capsys, office, "--out", str(out))
    start = {"csv": "section,row", "json": "{"}.get(ending, "<!DOCTYPE html>")
    assert out.read_text().startswith(start)
    assert told(capsys, office, "--out", str(out), "--html").startswith("wrote")
    assert out.read_text().startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--html", "--csv"], "give one of --html, --csv, --json, --pdf"),
        (["--out", "report.doc"], "cannot be told from its name"),
        (["--since", "soon"], '"soon" is no day or span of days'),
        (["--since", "2026-09", "--until", "2026-08"], "the end is before the beginning"),
        (["--campaign", "nobody"], 'there is no campaign "nobody"'),
    ],
)
def test_what_makes_no_sense_is_told(office: Office, capsys, args: list[str], words: str):
    assert run(office, *args) == 1
    assert words in capsys.readouterr().err
    if "--csv" not in args and "--out" not in args:
        assert run(office, "--json", *args) == 1
        assert words in json.loads(capsys.readouterr().out)["message"]


def test_a_pdf_is_no_text_for_a_terminal(office: Office, capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    assert run(office, "--pdf") == 1
    assert "give --out FILE" in capsys.readouterr().err


def test_a_machine_without_weasyprint_is_told_what_to_install(
    office, capsys, monkeypatch, tmp_path
):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    out = tmp_path / "report.pdf"
    assert run(office, "--out", str(out)) == 1
    assert "pip install 'syncd[pdf]'" in capsys.readouterr().err
    assert not out.exists()


def test_nothing_to_report_is_said(tmp_path: Path, capsys):
    office = Office(tmp_path)
    office.turn()
    (office.folder / "syncd.yaml").write_text(office.text)
    words = told(capsys, office)
    assert "There is nothing to report yet" in words
    assert "syncd status" in words


def test_no_state_is_told_with_its_remedy(tmp_path: Path, capsys):
    office = Office(tmp_path, ready=False)
    (office.folder / "syncd.yaml").write_text(office.text)
    assert run(office) == 1
    assert "syncd once" in capsys.readouterr().err
