"""The pages of reports."""

from __future__ import annotations

import json
import re

import pytest

from tests.unit.web.conftest import Running
from tests.unit.web.test_pages import words


def test_the_reports_page_tells_the_funnel_and_how_it_is_counted(running: Running):
    text = words(running, "/reports")
    assert "2 pitches reached somebody; 50% of them were answered" in text
    assert "From pitch to link" in text
    assert "How this is counted" in text
    assert "days of Europe/London" in text


def test_a_campaign_has_a_report_of_its_own_and_its_name(running: Running):
    text = words(running, "/reports/campaign/acme")
    assert "Report: ACME" in text
    assert "By campaign" not in text
    assert running.visitor().get("/reports/campaign/nothing").status == 404


def test_the_form_leads_to_the_campaigns_page(running: Running):
    reply = running.visitor().get("/reports?campaign=acme&since=90+days&until=")
    assert reply.status == 307
    assert reply.header("location") == "/reports/campaign/acme?since=90+days"
    assert 'value="90 days"' in running.visitor().get(reply.header("location")).text


def test_words_that_name_no_day_are_told_and_kept(running: Running):
    text = running.visitor().get("/reports?since=%3Csoon%3E").text
    assert "is no day or span of days" in text
    assert 'value="&lt;soon&gt;"' in text
    assert "<soon>" not in text


@pytest.mark.parametrize(
    ("form", "kind", "start"),
    [
        ("html", "text/html; charset=utf-8", "<!DOCTYPE html>"),
        ("csv", "text/csv; charset=utf-8", "section,row"),
        ("json", "application/json", "{"),
    ],
)
def test_the_same_can_be_taken_along(running: Running, form: str, kind: str, start: str):
    links = re.findall(r'href="(/reports/file\.\w+[^"]*)"', running.visitor().get("/reports").text)
    [path] = [one for one in links if f"file.{form}" in one]
    reply = running.visitor().get(path)
    assert reply.status == 200
    assert reply.header("content-type") == kind
    assert f'filename="syncd-report.{form}"' in reply.header("content-disposition")
    assert reply.text.startswith(start)


def test_a_file_is_asked_for_as_its_page(running: Running):
    visitor = running.visitor()
    found = json.loads(visitor.get("/reports/file.json?campaign=acme&since=2020").text)
    assert (found["campaign"], found["period"]["last_day"]) == ("acme", "2020-12-31")
    assert visitor.get("/reports/file.pdf").status == 404
    assert visitor.get("/reports/file.csv?campaign=nothing").status == 404
    assert visitor.get("/reports/file.csv?since=soon").status == 400


def test_what_came_in_is_on_the_page_at_once(running: Running):
    assert "2 pitches" in words(running, "/reports")
    running.office.wrote("Cy <cy@third.example>", 1, "p3@brightlink.example", subject="Hello")
    running.works.look("maya@brightlink.example")
    running.turn()
    assert "3 pitches" in words(running, "/reports")
