"""A lost link becomes one task for whoever knows the contact, and its return ends it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from syncd.core.links_address import page_key
from syncd.engine import undo
from syncd.store import journal, link_looks, links
from syncd.store.links import EarnedLink
from tests.unit.engine.office import ADA, MAYA, TOM, Office
from tests.unit.engine.test_leavers import assignees

P1 = "p1@brightlink.example"
PAGE = "https://site.example/guides/building"
LIVE = f"Hi Maya,\n\nit is live now: {PAGE}\n\nBest,\nAda\n"
WEB = '\n  web: {kind: webcheck, through: "http://webcheck.test", pause_seconds: 0}\n'
LOST = "Lost link to acme.example: Ada, site.example"


def looking(folder: Path, **more: object) -> Office:
    office = Office(folder, **more)  # type: ignore[arg-type]
    office.text = office.text.replace("connectors:\n", f"connectors:{WEB}")
    return office


def won(folder: Path, **more: object) -> Office:
    """An office whose link on Ada's page stands, and is known to."""
    office = looking(folder, **more)
    office.wrote(f"Ada <{ADA}>", 2, P1)
    office.turn()
    office.got(
        f"Ada <{ADA}>", 0, "r1@site.example", answers=P1, subject="Re: Builder guide", text=LIVE
    )
    publish(office)
    office.turn()
    return office


def publish(office: Office, page: str = PAGE, **more: object) -> None:
    link = {"url": "https://www.acme.example/guide", "text": "ACME", **more}
    office.tell("webcheck", "put_page", url=page, title="Building", links=[link])


def take_off(office: Office, page: str = PAGE) -> None:
    office.tell("webcheck", "put_page", url=page, title="Building", html="<p>Nothing here.</p>")


def days_pass(office: Office, days: int) -> None:
    for _ in range(days):
        office.clock.advance(0, days=1)
        office.turn()


def known(office: Office) -> list[EarnedLink]:
    with office.state() as tx:
        return links.every(tx)


def only(office: Office) -> EarnedLink:
    [link] = known(office)
    return link


def claim(office: Office, urls: list[str], person: str = "") -> None:
    """Links are listed by somebody, and seen at once."""
    with office.works() as engine, engine.ctx.store.begin() as tx:
        claims = [link_looks.Claim(url, "acme.example", person=person) for url in urls]
        now = office.clock.now()
        first = dict.fromkeys((page_key(url) for url in urls), now)
        link_looks.add(tx, claims, link_looks.Origin(links.IMPORT, now), first)
    office.turn()


def test_a_link_that_was_told_of_is_looked_after_from_then_on(tmp_path: Path):
    office = won(tmp_path)
    link = only(office)
    assert (link.url, link.client, link.person) == (PAGE, "acme.example", ADA)
    assert (link.source, link.state, link.anchor) == ("told", "live", "ACME")
    assert link.stands
    assert link.conversation is not None
    assert link.campaign == "acme"
    assert link.next_check_at is not None
    assert link.next_check_at - office.clock.now() <= timedelta(days=1.2)


def test_a_lost_link_becomes_one_task_that_ends_when_it_is_found_again(tmp_path: Path):
    office = won(tmp_path)
    take_off(office)
    days_pass(office, 2)
    assert office.tasks() == []
    assert only(office).state == "missing"
    days_pass(office, 5)
    assert office.open_tasks() == [LOST]
    [task] = office.tasks()
    text = task["description"].replace("\\", "")
    assert PAGE in text
    assert "https://www.acme.example/guide" in text
    assert "mail.google.com" in text
    assert only(office).state == "lost"
    assert office.contact(ADA)["syncd_stage"] == "lost"
    publish(office)
    days_pass(office, 8)
    assert office.open_tasks() == []
    assert office.contact(ADA)["syncd_stage"] == "linked"
    assert only(office).stands
    assert not office.did()


def test_a_page_that_cannot_be_seen_has_lost_nothing_however_long(tmp_path: Path):
    office = won(tmp_path)
    office.tell("webcheck", "fault", host="site.example", status=503, n=None)
    days_pass(office, 45)
    assert office.tasks() == []
    assert only(office).state == "unverifiable"
    assert only(office).stands
    assert office.contact(ADA)["syncd_stage"] == "linked"


def test_a_task_that_a_person_completed_is_not_made_again(tmp_path: Path):
    office = won(tmp_path)
    take_off(office)
    days_pass(office, 7)
    office.person("completes")
    days_pass(office, 20)
    assert office.open_tasks() == []
    assert len(office.tasks()) == 1


def test_a_task_that_a_person_deleted_is_not_made_again(tmp_path: Path):
    office = won(tmp_path)
    take_off(office)
    days_pass(office, 7)
    office.person("deletes")
    days_pass(office, 20)
    assert office.open_tasks() == []


def test_what_is_lost_once_more_is_another_loss(tmp_path: Path):
    office = won(tmp_path)
    take_off(office)
    days_pass(office, 7)
    office.person("completes")
    office.turn()
    publish(office)
    days_pass(office, 8)
    assert only(office).stands
    take_off(office)
    days_pass(office, 14)
    assert office.open_tasks() == []  # it is doubted longer the second time
    days_pass(office, 20)
    assert office.open_tasks() == [LOST]


def test_one_site_that_loses_many_links_makes_one_task(tmp_path: Path):
    office = won(tmp_path)
    pages = [f"https://site.example/page-{n}" for n in range(12)]
    for page in pages:
        publish(office, page)
    claim(office, pages, ADA)
    days_pass(office, 3)
    assert sum(link.stands for link in known(office)) == 13
    for page in [PAGE, *pages]:
        take_off(office, page)
    days_pass(office, 12)
    assert len(office.open_tasks()) == 1
    assert not any(link.stands for link in known(office))
    assert all(link.task for link in known(office))


def test_tasks_come_up_in_daily_portions(tmp_path: Path):
    office = looking(tmp_path, more="links: {a_day: 2}\n")
    pages = [f"https://site-{n}.example/page" for n in range(5)]
    for page in pages:
        publish(office, page)
    claim(office, pages)
    for page in pages:
        take_off(office, page)
    most = 0
    for _ in range(12):
        before = len(office.tasks())
        days_pass(office, 1)
        most = max(most, len(office.tasks()) - before)
    assert most == 2
    assert len(office.open_tasks()) == 5


def test_nobody_is_asked_to_write_to_someone_who_wants_no_mail(tmp_path: Path):
    office = won(tmp_path)
    office.tell(
        "hubspot",
        "person_sets",
        contact=ADA,
        properties={"syncd_do_not_contact": "true"},
    )
    take_off(office)
    days_pass(office, 8)
    assert office.tasks() == []
    assert "not to be contacted" in only(office).no_task


def test_a_stage_that_a_person_set_stays(tmp_path: Path):
    office = won(tmp_path)
    office.tell(
        "hubspot",
        "person_sets",
        contact=ADA,
        properties={"syncd_stage": "agreed"},
    )
    take_off(office)
    days_pass(office, 8)
    assert office.contact(ADA)["syncd_stage"] == "agreed"


def test_another_link_of_theirs_that_stands_keeps_the_stage(tmp_path: Path):
    office = won(tmp_path)
    other = "https://site.example/other"
    publish(office, other)
    claim(office, [other], ADA)
    take_off(office)
    days_pass(office, 8)
    assert office.open_tasks() == [LOST]
    assert office.contact(ADA)["syncd_stage"] == "linked"


def test_whoever_knows_the_contact_gets_the_task(tmp_path: Path):
    office = looking(tmp_path, mailboxes=(MAYA, TOM))
    for n in range(3):
        office.wrote(f"Ada <{ADA}>", 0.5 + n, f"t{n}@brightlink.example", mailbox=TOM, labels=())
        mail = {"mailbox": TOM, "answers": f"t{n}@brightlink.example", "text": "Thanks!"}
        office.got(f"Ada <{ADA}>", 0.4 + n, f"a{n}@site.example", **mail)
    office.wrote(f"Ada <{ADA}>", 0.2, P1)
    office.text = office.text.replace("steps: [3 business days", "steps: [60 days")
    publish(office)
    claim(office, [PAGE], ADA)
    take_off(office)
    days_pass(office, 8)
    assert office.open_tasks() == [LOST]
    assert assignees(office) == [[TOM]]


@pytest.mark.parametrize("mode", ["observe", "create-only"])
def test_a_mode_holds_back_what_it_does_not_allow(tmp_path: Path, mode: str):
    office = won(tmp_path, more=f"modes: {{verify: {mode}}}\n")
    take_off(office)
    days_pass(office, 8)
    assert office.open_tasks() == ([LOST] if mode == "create-only" else [])
    publish(office)
    days_pass(office, 8)
    assert office.open_tasks() == ([LOST] if mode == "create-only" else [])


def test_a_plan_shows_the_task_and_makes_none(tmp_path: Path):
    office = won(tmp_path)
    take_off(office)
    days_pass(office, 4)
    office.clock.advance(0, days=2)
    assert ("open_task", f"open task: {LOST}") in office.plan()
    assert office.tasks() == []
    assert only(office).state == "missing"
    office.turn()
    assert office.open_tasks() == [LOST]


def test_a_lost_answer_makes_no_second_task(tmp_path: Path):
    office = won(tmp_path)
    take_off(office)
    days_pass(office, 4)
    office.tell("teamwork", "fault", method="POST", path=".*/tasks.json$", kind="lose_answer")
    days_pass(office, 4)
    assert office.open_tasks() == [LOST]


def test_a_run_that_opened_the_task_can_be_taken_back_for_good(tmp_path: Path):
    office = won(tmp_path)
    take_off(office)
    days_pass(office, 6)
    with office.state() as tx:
        run = next(one.number for one in journal.lines(tx, 50) if one.counts.get("open_task"))
    with office.works() as engine:
        report = undo.undo(engine, run)
    assert report.counts["reversed"] >= 1
    assert office.open_tasks() == []
    days_pass(office, 6)
    assert office.open_tasks() == []


def test_a_link_that_nobody_wants_looked_after_ends_its_task(tmp_path: Path):
    office = won(tmp_path)
    take_off(office)
    days_pass(office, 6)
    link = only(office).id
    with office.state() as tx:
        link_looks.drop(tx, [link], office.clock.now())
    office.turn()
    assert office.open_tasks() == []
    office.since()
    days_pass(office, 20)
    assert office.calls("webcheck") == []


HOME = "ada@home.example"
OTHER_PAGE = "https://site.example/more"


def two_addresses(folder: Path, *, known: bool) -> Office:
    """Two links of Ada's, each under another address of hers."""
    office = looking(folder)
    more = {"additional": [HOME]} if known else {}
    office.tell("hubspot", "add_contact", email=ADA, **more)
    office.wrote(f"Ada <{ADA}>, Ada <{HOME}>", 2, P1)
    office.turn()
    for page, who in ((PAGE, ADA), (OTHER_PAGE, HOME)):
        publish(office, page)
        claim(office, [page], who)
    return office


def test_two_addresses_of_one_contact_make_one_task(tmp_path: Path):
    office = two_addresses(tmp_path, known=True)
    take_off(office)
    take_off(office, OTHER_PAGE)
    days_pass(office, 9)
    [task] = [one for one in office.tasks() if one["name"].startswith(("Lost", "2 lost"))]
    assert task["name"] == f"2 lost links to acme.example: {ADA}, site.example"
    publish(office)
    publish(office, OTHER_PAGE)
    days_pass(office, 8)
    assert not [name for name in office.open_tasks() if "ost link" in name]
    assert not office.did()


def test_two_tasks_become_one_when_two_addresses_turn_out_to_be_one_contact(tmp_path: Path):
    office = two_addresses(tmp_path, known=False)
    take_off(office)
    take_off(office, OTHER_PAGE)
    days_pass(office, 9)
    assert len([name for name in office.open_tasks() if "ost link" in name]) == 2
    office.tell("hubspot", "merge", primary=ADA, other=HOME)
    # Noticed with the next that is logged of each: HubSpot gives the survivor another id.
    office.got(f"Ada <{HOME}>", 0, "r9@home.example", subject="Hello")
    office.got(f"Ada <{ADA}>", 0, "r8@site.example", subject="Hello")
    days_pass(office, 9)
    assert len([name for name in office.open_tasks() if "ost link" in name]) == 1
