"""Which mail is logged, how much of it, and what is forgotten at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from syncd.store import overview
from tests.unit.engine.office import ADA, BOB, MAYA, TOM, Office

CANARY = "kingfisher"
LIST = [("List-Id", "<news.site.example>"), ("List-Unsubscribe", "<https://site.example/u>")]
NEVER: dict[str, tuple[str, dict[str, Any]]] = {
    "address": ("{address: ada@*}", {}),
    "domain": ("{domain: site.example}", {}),
    "label": ("{label: Private}", {"labels": ("INBOX", "Private/Family")}),
    "subject": ('{subject: "*kingfisher*"}', {}),
    "mailbox": (f"{{mailbox: {MAYA}}}", {}),
}


@pytest.mark.parametrize("rule", NEVER)
def test_of_mail_that_is_never_logged_nothing_is_kept(rule: str, tmp_path: Path):
    condition, how = NEVER[rule]
    office = Office(tmp_path, log=f"never: [{condition}]")
    office.got(
        f"Ada {CANARY} <{ADA}>",
        1,
        f"{CANARY}@site.example",
        subject=f"About the {CANARY}",
        text=f"It is a {CANARY}.\n",
        **how,
    )
    office.turn()
    [((outcome, reason), number)] = office.coverage().items()
    assert (outcome, number) == ("never", 1)
    assert rule in reason
    assert office.people() == office.emails() == []
    kept = office.settings.store.read_bytes().replace(b"*kingfisher*", b"")  # the rule itself
    assert CANARY.encode() not in kept


def test_of_mail_with_an_address_that_is_never_logged_nobody_becomes_a_contact(tmp_path: Path):
    office = Office(tmp_path, log="never: [{domain: lawyer.example}]")
    office.wrote(f"Ada <{ADA}>, Law <l@eu.lawyer.example>", 1, "p1@brightlink.example")
    office.turn()
    assert office.people() == []


def test_internal_mail_is_skipped(tmp_path: Path):
    office = Office(tmp_path, mailboxes=(MAYA, TOM))
    office.wrote(f"Tom <{TOM}>", 1, "i1@brightlink.example")
    office.got(f"Maya <{MAYA}>", 1, "i1@brightlink.example", mailbox=TOM)
    office.got("Old <old@uk.brightlink.example>", 1, "i2@brightlink.example")
    office.turn()
    assert office.coverage() == {("skipped", "internal"): 3}
    assert office.people() == []


@pytest.mark.parametrize(
    ("bodies", "text"),
    [("full", "First line.\n\nLast line."), ("snippet", "First line. Last line."), ("none", "")],
)
def test_as_much_of_the_text_is_logged_as_the_rules_allow(bodies: str, text: str, tmp_path: Path):
    office = Office(tmp_path, log=f"bodies: {bodies}")
    office.got(f"Ada <{ADA}>", 1, "r1@site.example", text="First line.\n\nLast line.\n")
    office.turn()
    [email] = office.objects("emails")
    assert (email["hs_email_text"] or "").strip() == text


def test_no_body_is_kept_once_it_was_delivered_or_skipped(tmp_path: Path):
    office = Office(tmp_path)
    office.got(f"Ada <{ADA}>", 1, "r1@site.example")
    office.got("News <news@site.example>", 1, "n1@site.example", headers=LIST)
    office.turn()
    with office.state() as tx:
        assert overview.totals(tx)["bodies"] == 0


def test_mail_of_unknown_people_can_be_skipped_until_someone_adds_them(tmp_path: Path):
    office = Office(tmp_path, log="unknown_contacts: skip")
    office.got(f"Ada <{ADA}>", 1, "r1@site.example", text=f"{CANARY}\n")
    office.turn()
    assert office.coverage() == {("skipped", "unknown people"): 1}
    office.tell("hubspot", "add_contact", email=ADA)
    office.nightly()
    [email] = office.objects("emails")
    assert email["hs_email_text"].strip() == CANARY
    assert email["contacts"] == [office.contact(ADA)["id"]]


def test_mail_of_unknown_people_can_be_set_aside_for_review(tmp_path: Path):
    office = Office(tmp_path, log="unknown_contacts: review")
    office.got(f"Ada <{ADA}>", 1, "r1@site.example")
    office.turn()
    assert office.coverage() == {("review", ADA): 1}
    office.tell("hubspot", "add_contact", email=ADA)
    office.nightly()
    assert office.coverage() == {("logged", ""): 1}


def test_list_mail_is_skipped_until_the_person_is_known(tmp_path: Path):
    office = Office(tmp_path)
    office.got("News <news@site.example>", 1, "n1@site.example", headers=LIST)
    office.turn()
    assert office.coverage() == {("skipped", "list or bulk mail"): 1}
    office.tell("hubspot", "add_contact", email="news@site.example")
    office.nightly()
    assert office.coverage() == {("logged", ""): 1}


def test_list_mail_skipped_before_is_logged_once_we_write_to_that_person(tmp_path: Path):
    office = Office(tmp_path)
    office.got(f"Ada <{ADA}>", 2, "n1@site.example", subject="Newsletter", headers=LIST)
    office.got(f"Bob <{BOB}>", 2, "n2@other.example", subject="Offers", headers=LIST)
    office.turn()
    assert office.emails() == []
    office.wrote(f"Ada <{ADA}>", 1, "p1@brightlink.example")
    office.turn()
    assert office.emails() == ["Builder guide", "Newsletter"]


def test_list_mail_skipped_before_is_logged_once_that_person_writes_by_hand(tmp_path: Path):
    office = Office(tmp_path)
    office.got(f"Ada <{ADA}>", 2, "n1@site.example", subject="Newsletter", headers=LIST)
    office.turn()
    office.got(f"Ada <{ADA}>", 1, "r1@site.example", subject="By hand")
    office.turn()
    assert office.emails() == ["By hand", "Newsletter"]


def test_list_mail_skipped_before_is_reviewed_once_we_write_to_that_person(tmp_path: Path):
    office = Office(tmp_path, log="unknown_contacts: review")
    office.got(f"Ada <{ADA}>", 2, "n1@site.example", headers=LIST)
    office.turn()
    office.wrote(f"Ada <{ADA}>", 1, "p1@brightlink.example")
    office.turn()
    assert office.coverage() == {("review", ADA): 2}


def test_whom_we_wrote_to_is_known_whichever_mailbox_is_read_first(tmp_path: Path):
    office = Office(tmp_path, mailboxes=(MAYA, TOM))
    office.got(f"Ada <{ADA}>", 2, "n1@site.example", subject="Newsletter", headers=LIST)
    office.wrote(f"Ada <{ADA}>", 1, "p1@brightlink.example", mailbox=TOM)
    office.turn()
    assert office.emails() == ["Builder guide", "Newsletter"]


def test_bodies_of_mail_decided_afresh_are_fetched_together(tmp_path: Path):
    office = Office(tmp_path)
    for number in range(8):
        office.got(f"Ada <{ADA}>", 2, f"n{number}@site.example", headers=LIST)
    office.turn()
    office.wrote(f"Ada <{ADA}>", 1, "p1@brightlink.example")
    office.since()
    office.turn()
    assert len(office.emails()) == 9
    assert len(office.calls("gmail", path="/batch")) == 2


def test_a_mailbox_that_locks_while_bodies_are_fetched_afresh_does_not_lock_the_crm(
    tmp_path: Path,
):
    office = Office(tmp_path, mailboxes=(MAYA, TOM), log="unknown_contacts: skip")
    office.got(f"Ada <{ADA}>", 2, "r1@site.example", subject="From Maya's")
    office.got(f"Ada <{ADA}>", 2, "r2@site.example", subject="From Tom's", mailbox=TOM)
    office.turn()
    office.tell("gmail", "revoke", mailbox=MAYA)
    office.tell("hubspot", "add_contact", email=ADA)
    office.nightly()
    assert office.emails() == ["From Tom's"]
    office.tell("gmail", "restore_access", mailbox=MAYA)
    office.clock.advance(3700)
    office.turn()
    assert office.emails() == ["From Maya's", "From Tom's"]


def skipped_then_known(office: Office) -> str:
    found = office.got(f"Ada <{ADA}>", 1, "r1@site.example", labels=("INBOX", "Private"))
    office.turn()
    office.tell("hubspot", "add_contact", email=ADA)
    return found


def test_a_rule_written_since_it_was_skipped_still_keeps_it_out(tmp_path: Path):
    office = Office(tmp_path, log="unknown_contacts: skip")
    skipped_then_known(office)
    office.text = office.text.replace("log: {", "log: {never: [{label: Private}], ")
    office.nightly()
    assert office.emails() == []
    assert office.coverage() == {("skipped", "never log: label Private"): 1}


def test_what_was_deleted_since_it_was_skipped_is_logged_without_its_body(tmp_path: Path):
    office = Office(tmp_path, log="unknown_contacts: skip")
    gone = skipped_then_known(office)
    office.tell("gmail", "delete", mailbox=MAYA, id=gone)
    office.nightly()
    [email] = office.objects("emails")
    assert not email["hs_email_text"]


def test_a_stumble_while_bodies_are_fetched_afresh_delays_only_those(tmp_path: Path):
    office = Office(tmp_path, mailboxes=(MAYA, TOM), log="unknown_contacts: skip")
    office.got(f"Ada <{ADA}>", 2, "r1@site.example")
    office.got(f"Ada <{ADA}>", 2, "r2@site.example", mailbox=TOM)
    office.turn()
    office.tell("hubspot", "add_contact", email=ADA)
    office.tell("gmail", "fault", path="/batch", status=503, count=1)
    office.nightly()
    assert len(office.emails()) == 1
    office.clock.advance(3700)
    office.turn()
    assert len(office.emails()) == 2


def test_all_list_mail_can_be_logged(tmp_path: Path):
    office = Office(tmp_path, log="lists: log")
    office.got("News <no-reply@site.example>", 1, "n1@site.example", headers=LIST)
    office.turn()
    assert office.people() == ["no-reply@site.example"]
    assert len(office.emails()) == 1


def test_a_message_in_two_mailboxes_is_one_record_with_everyone_outside(tmp_path: Path):
    office = Office(tmp_path, mailboxes=(MAYA, TOM))
    office.wrote(f"Ada <{ADA}>", 1, "p1@brightlink.example", cc=f"Tom <{TOM}>, Bob <{BOB}>")
    office.got(f"Maya <{MAYA}>", 1, "p1@brightlink.example", mailbox=TOM, cc=f"{ADA}, {BOB}")
    office.turn()
    [email] = office.objects("emails")
    assert len(email["contacts"]) == 2
    assert email["hs_email_direction"] == "EMAIL"


@pytest.mark.parametrize("first", [MAYA, TOM])
def test_a_hidden_recipient_is_logged_whichever_mailbox_is_read_first(first: str, tmp_path: Path):
    boxes = (MAYA, TOM) if first == MAYA else (TOM, MAYA)
    office = Office(tmp_path, mailboxes=boxes)
    bob = [("Bcc", f"Bob <{BOB}>")]
    office.wrote(f"Ada <{ADA}>", 1, "p1@brightlink.example", cc=TOM, headers=bob)
    office.got(f"Maya <{MAYA}>", 1, "p1@brightlink.example", mailbox=TOM, cc=f"{TOM}, {ADA}")
    office.turn()
    assert office.people() == [ADA, BOB]
    assert len(office.emails()) == 1


def test_an_alias_nobody_told_us_of_is_no_contact_once_its_owner_is_read(tmp_path: Path):
    office = Office(tmp_path, mailboxes=(TOM, MAYA))
    alias = "maya@freelance.example"
    office.got(f"Maya <{alias}>", 1, "p1@x", mailbox=TOM, cc=ADA)
    office._arrived(MAYA, f"Maya <{alias}>", ADA, 1, "p1@x", ("SENT",), {"cc": TOM})
    office.turn()
    assert office.people() == [ADA]
    [email] = office.objects("emails")
    assert email["hs_email_direction"] == "EMAIL"


def test_internal_mail_with_a_hidden_recipient_is_logged_once_the_senders_copy_is_read(
    tmp_path: Path,
):
    office = Office(tmp_path, mailboxes=(TOM, MAYA))
    office.got(f"Maya <{MAYA}>", 1, "p1@brightlink.example", mailbox=TOM)
    office.turn()
    assert office.coverage() == {("skipped", "internal"): 1}
    office.wrote(TOM, 1, "p1@brightlink.example", headers=[("Bcc", f"Bob <{BOB}>")])
    office.turn()
    assert office.people() == [BOB]
    assert office.coverage() == {("logged", ""): 2}


def test_a_label_put_on_before_it_was_logged_still_keeps_it_out(tmp_path: Path):
    office = Office(
        tmp_path,
        mailboxes=(MAYA, TOM),
        crm_logger="wait 10 minutes",
        log="never: [{label: Private}]",
    )
    office.tell("hubspot", "add_contact", email=ADA)
    late = office.got(f"Ada <{ADA}>", 0, "r1@site.example", cc=TOM)
    office.got(f"Ada <{ADA}>", 0, "r1@site.example", cc=TOM, mailbox=TOM)
    office.turn()
    office.tell("gmail", "relabel", mailbox=MAYA, id=late, add=["Private"])
    office.turn()
    office.clock.advance(3600)
    assert office.turn().quiet
    assert office.emails() == []
    assert office.coverage() == {("never", "never log: label Private"): 2}
    with office.state() as tx:
        assert not overview.find_messages(tx, "r1@site.example")


def test_a_label_put_on_after_it_was_logged_changes_nothing(tmp_path: Path):
    office = Office(tmp_path, log="never: [{label: Private}]")
    late = office.got(f"Ada <{ADA}>", 1, "r1@site.example")
    office.turn()
    office.tell("gmail", "relabel", mailbox=MAYA, id=late, add=["Private"])
    office.turn()
    assert office.coverage() == {("logged", ""): 1}
