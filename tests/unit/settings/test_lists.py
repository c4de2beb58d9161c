"""Prospect lists as people keep them."""
# ruff: noqa: E501 - lists are read by rows

from __future__ import annotations

import os

import pytest

from syncd.core.rules import Condition, Subject
from syncd.settings.fields import Unfit
from syncd.settings.lists import read_list
from tests.support.clock import START
from tests.unit.settings.sample import good, problems, spoilt

BOTH = {"jane@acme.example", "press.example"}
FORMS = {
    "one a line": "jane@acme.example\npress.example\n",
    "capitals, spaces, blank lines": "\n  Jane@ACME.example \n\n\tPress.Example\n",
    "Windows line ends": "jane@acme.example\r\npress.example\r\n",
    "comments": "# from May\njane@acme.example\n#press2.example\npress.example\n",
    "a heading": "Email\njane@acme.example\npress.example\n",
    "columns, headed": "Name,E-Mail,Website\nJane J.,jane@acme.example,\nPress,,https://www.press.example/about\n",
    "semicolons": "Name;Email address\nJane, J.;jane@acme.example\nJ.;press.example\n",
    "tabs": "Company\tOwner\npress.example\tTom\n\t\nhttp://press.example:8080/x\tT\njane@acme.example\tx\n",
    "quotes": 'email,notes\n"jane@acme.example","likes, commas"\npress.example,"and ""quotes"""\n',
    "columns, not headed": "Jane,jane@acme.example\nTom,press.example\n",
    "columns, headed otherwise": "who,where\nJane,jane@acme.example\nTom,press.example\n",
    "a prospect still without an address": "name,email\nA,jane@acme.example\nB,\nC,press.example\n",
    "twice": "jane@acme.example\npress.example\nJANE@acme.example\n",
}  # fmt: skip


@pytest.mark.parametrize("text", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_list_is_read_in_every_form_people_keep_it(tmp_path, text, encoding):
    file = tmp_path / "list.csv"
    file.write_text(text, encoding=encoding, newline="")
    assert read_list("list.csv", file).members == BOTH


def test_names_in_any_encoding_do_not_matter(tmp_path):
    file = tmp_path / "list.csv"
    file.write_bytes("name,email\nJosé,jane@acme.example\n".encode("latin-1"))
    assert read_list("list.csv", file).members == {"jane@acme.example"}


WRONG = {
    "jane@acme.example\nfoo bar\n": r'line 2 \("foo bar"\): neither an address nor a domain; correct',
    "jane@acme\njane@acme.example\n": r'line 1 \("jane@acme"\): neither',
    "a\nx\ny\nz\nx y\nv\n": r'line 2 \("x"\), line 3 \("y"\), line 4 \("z"\) and 2 more: neither',
    "jane@acme.example\ngmail.com\n": "holds gmail.com, where anyone can have an address; list people",
    "": "is empty; put an address or a domain on each line",
    "email\n": "is empty; put an address or a domain on each line",
    "email,x\n" + '"' + "y" * 200_000 + "\n": "this list is not CSV: field larger than field limit",
}  # fmt: skip


@pytest.mark.parametrize(("text", "complaint"), WRONG.items(), ids=WRONG.values())
def test_what_is_no_list_is_told_by_line(tmp_path, text, complaint):
    file = tmp_path / "list.csv"
    file.write_text(text)
    with pytest.raises(Unfit, match=complaint):
        read_list("list.csv", file)


def test_a_folder_or_a_pipe_is_no_list(tmp_path):
    with pytest.raises(Unfit, match="is a folder; check the name"):
        read_list("x", tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Unfit, match="is not there; check the name"):
        read_list("x", tmp_path / "pipe")


def test_a_file_too_large_to_be_a_list_is_not_read(tmp_path):
    file = tmp_path / "list.csv"
    with file.open("wb") as handle:
        handle.truncate(20_000_001)
    with pytest.raises(Unfit, match="is over 20 MB"):
        read_list("list.csv", file)


def test_a_list_beside_the_settings_file_becomes_a_condition(tmp_path):
    (tmp_path / "prospects").mkdir()
    (tmp_path / "prospects" / "acme.csv").write_text("email\njane@acme.example\n")
    text = spoilt("{label: Campaigns/ACME}", "{list: prospects/acme.csv}")
    [campaign] = good(text, file=tmp_path / "syncd.yaml").rules(START).campaigns
    assert campaign.any_of[0] == Condition(
        Subject.LIST, "prospects/acme.csv", frozenset({"jane@acme.example"})
    )


def test_a_mistake_in_a_list_is_told_at_the_setting_that_names_it(tmp_path):
    (tmp_path / "acme.csv").write_text("jane@acme.example\noops\n")
    text = spoilt("{label: Campaigns/ACME}", "{list: acme.csv}")
    [problem] = problems(text, file=tmp_path / "syncd.yaml")
    assert (problem.line, problem.path) == (21, "campaigns[0].match.any[0].list")
    assert 'acme.csv, line 2 ("oops"): neither an address nor a domain' in problem.message
