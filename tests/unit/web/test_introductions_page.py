"""The page about introductions, and the button that has a draft written."""

from __future__ import annotations

import re
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.unit.engine.introducing import ANN, BEN, MAYA, SITE, WANTED, Salon
from tests.unit.web.conftest import Running

PATH = "/introductions"
FIELDS = {"introducer": ANN, "site": WANTED}


@pytest.fixture
def salon(tmp_path: Path) -> Salon:
    return Salon(tmp_path / "salon")


@pytest.fixture
def running(salon: Salon):
    with ExitStack() as stack:
        made = Running(salon, stack)
        made.turn()
        yield made


def token(page: str) -> str:
    found = re.search(r'name="form_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_the_page_shows_who_could_be_asked_and_why(running: Running):
    page = running.visitor().get(PATH)
    assert page.status == 200
    assert f"Ann Lee: {WANTED}" in page.text
    assert f"Ann Lee ({SITE}) links to {WANTED} in an article" in page.text
    assert f"Write the draft in {MAYA}" in page.text


def test_the_button_writes_the_draft_with_the_next_turn(running: Running, salon: Salon):
    visitor = running.visitor()
    answer = visitor.send(PATH, f"{PATH}/draft", **FIELDS)
    assert answer.status == 303
    running.turn()
    assert len(salon.drafts()) == 1
    page = running.visitor().get(PATH).text
    assert "Under way" in page
    assert "1 may not be asked now" in page


def test_without_the_form_token_nothing_is_written(running: Running, salon: Salon):
    assert running.visitor().post(f"{PATH}/draft", **FIELDS).status == 403
    running.turn()
    assert salon.drafts() == []


def test_what_may_not_be_asked_is_refused_in_words(running: Running, salon: Salon):
    visitor = running.visitor()
    form = {"form_token": token(visitor.get(PATH).text), **FIELDS}
    visitor.post(f"{PATH}/draft", **form)
    again = visitor.post(f"{PATH}/draft", **form)
    assert again.status == 409
    assert "is not asked for" in again.text
    running.turn()
    assert len(salon.drafts()) == 1


def test_a_chain_and_where_to_go_on_are_shown(running: Running, salon: Salon):
    visitor = running.visitor()
    visitor.send(PATH, f"{PATH}/draft", **FIELDS)
    running.turn()
    salon.sends()
    running.turn()
    salon.later(2)
    salon.introduces(text='Ben, meet Maya <script>alert("x")</script>.\n')
    running.turn()
    page = running.visitor().get(PATH).text
    assert "introduced <b>Ben Ray</b> for ACME" in page
    assert f"syncd crawl {WANTED}" in page
    assert BEN in page
    assert "<script>" not in page
