from __future__ import annotations

import email
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import default

import pytest

from syncd.sandbox.example import BadExample, Example, seed_example
from syncd.sandbox.seed import Delivery
from tests.support.pretend import PretendSimulator
from tests.unit.sandbox.brightlink import brightlink, campaigns

NOW = datetime(2026, 11, 25, 8, 30, tzinfo=UTC)  # a Wednesday
OURS = "@brightlink.example"

Seen = tuple[Delivery, EmailMessage]


@pytest.fixture(scope="module")
def copies():
    return brightlink().deliveries(NOW)


@pytest.fixture(scope="module")
def mails(copies) -> list[Seen]:
    return [(copy, _read(copy.raw)) for copy in copies]


def _read(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, policy=default)


def _the(mails: list[Seen], thread: str) -> list[Seen]:
    found = [(copy, mail) for copy, mail in mails if copy.thread == thread]
    assert found, thread
    return found


def _body(mail: EmailMessage) -> str:
    part = mail.get_body(("plain", "html"))
    return part.get_content() if part else ""


def test_it_is_about_120_messages_in_three_mailboxes(copies):
    boxes = Counter(copy.mailbox for copy in copies)
    assert 110 <= len(copies) <= 130
    assert len(boxes) == 3
    assert min(boxes.values()) >= 30


def test_all_of_it_lies_in_the_past_few_working_weeks_on_working_days(copies):
    for copy in copies:
        assert NOW - timedelta(days=35) < copy.at < NOW
        assert copy.at.weekday() < 5
    assert copies == sorted(copies, key=lambda copy: copy.at)


@pytest.mark.parametrize("weekday", range(7))
def test_on_any_day_of_the_week_nothing_is_in_the_future(weekday):
    now = datetime(2026, 11, 23 + weekday, 0, 5, tzinfo=UTC)
    at = [copy.at for copy in brightlink().deliveries(now)]
    assert max(at) < now
    assert min(at) > now - timedelta(days=35)


def test_it_is_the_same_every_time_and_ids_do_not_depend_on_the_day(copies):
    assert brightlink().deliveries(NOW) == copies
    later = brightlink().deliveries(NOW + timedelta(days=40))
    ids = {_read(copy.raw)["message-id"] for copy in copies}
    assert {_read(copy.raw)["message-id"] for copy in later} == ids


def test_every_message_is_well_formed_and_dated_as_delivered(mails):
    for copy, mail in mails:
        assert not mail.defects, mail["subject"]
        assert b"\r\n\r\n" in copy.raw
        assert not re.search(rb"(?<!\r)\n", copy.raw)
        assert mail["date"].datetime == copy.at
        assert mail["from"]
        assert mail["subject"]


def test_everybody_lives_under_a_reserved_name(mails):
    for _, mail in mails:
        said = "\n".join([*map(str, mail.values()), _body(mail)])
        for domain in re.findall(r"(?:@|https?://)([\w.-]+)", said):
            assert domain.rstrip(".").endswith(".example"), domain


def test_a_message_id_names_one_message_and_answers_refer_to_known_ones(mails):
    by_id: dict[str, set[str]] = {}
    for _, mail in mails:
        if mail["message-id"]:
            by_id.setdefault(mail["message-id"], set()).add(mail["date"])
    assert all(len(dates) == 1 for dates in by_id.values())
    for _, mail in mails:
        for reference in (mail["references"] or "").split():
            assert reference in by_id


def test_copies_of_one_message_differ_only_in_how_they_were_delivered(mails):
    shared = Counter(mail["message-id"] for _, mail in mails if mail["message-id"])
    seen_by_two = [key for key, count in shared.items() if count > 1]
    assert seen_by_two
    for key in seen_by_two:
        bodies = {_body(mail) for _, mail in mails if mail["message-id"] == key}
        assert len(bodies) == 1


def test_an_outside_message_is_seen_by_two_mailboxes(mails):
    boxes = {copy.mailbox for copy, mail in _the(mails, "mobility-week") if "Rossi" in mail["from"]}
    assert boxes == {"tom@brightlink.example", "ines@brightlink.example"}


def test_there_is_one_hard_and_one_soft_bounce_as_machines_write_them(mails):
    statuses = {}
    for copy, mail in mails:
        if mail.get_content_type() != "multipart/report":
            continue
        assert mail.get_param("report-type") == "delivery-status"
        text, report, head = mail.iter_parts()
        assert text.get_content_type() == "text/plain"
        blocks = report.get_payload()
        statuses[copy.thread] = (blocks[1]["Status"], blocks[1]["Action"])
        assert mail["x-failed-recipients"] in blocks[1]["Final-Recipient"]
        sent = next(other for c, other in _the(mails, copy.thread) if "SENT" in c.labels)
        assert f"Message-ID: {sent['message-id']}" in head.get_content()
        assert mail["return-path"] == "<>"
    assert statuses == {"old-house-club": ("5.1.1", "failed"), "bike-lanes": ("4.2.2", "failed")}


def test_there_are_out_of_office_answers_in_two_languages(mails):
    automatic = [
        (mail["subject"], _body(mail))
        for copy, mail in mails
        if mail["auto-submitted"] == "auto-replied" and mail.get_content_type() == "text/plain"
    ]
    assert [subject.partition(":")[0] for subject, _ in automatic] == [
        "Automatic reply",
        "Automatische Antwort",
    ]


def test_there_is_bulk_mail_a_list_and_notices(mails):
    assert sum("list-unsubscribe" in mail for _, mail in mails) >= 5
    assert all(mail["list-post"] for _, mail in _the(mails, "outreach-talk"))
    methods = [
        part.get_param("method")
        for _, mail in mails
        for part in mail.walk()
        if part.get_content_type() == "text/calendar"
    ]
    assert sorted(methods) == ["REPLY", "REQUEST"]


def test_a_clients_secret_is_labelled_private(mails):
    private = [mail for copy, mail in mails if "Private" in copy.labels]
    assert len(private) == 2
    assert brightlink().never[0] == {"label": "Private"}


def test_somebody_answers_from_another_address_which_hubspot_knows(mails):
    (answer,) = [m for c, m in _the(mails, "green-roof-blog") if "INBOX" in c.labels]
    assert "mateo@silva-media.example" in answer["from"]
    known = [each.get("additional") for each in brightlink().contacts]
    assert ["mateo@silva-media.example"] in known


def test_somebody_answers_in_a_thread_of_its_own(mails):
    pitch = _the(mails, "kitchen-and-bath")[0][1]
    answer = _the(mails, "kitchen-and-bath-answer")[0][1]
    assert answer["from"] == pitch["to"]
    assert answer["references"] is None


def test_there_is_mail_without_an_id_html_alone_and_with_an_attachment(mails):
    assert [copy.thread for copy, mail in mails if not mail["message-id"]] == ["city-cycling-forum"]
    html = [copy.thread for copy, mail in mails if mail.get_content_type() == "text/html"]
    assert "diy-grand-design" in html
    files = [part.get_filename() for _, mail in mails for part in mail.iter_attachments()]
    assert [name for name in files if name] == ["range-study.csv"]


def test_there_is_german_french_emoji_and_a_long_subject(mails):
    assert "Kräuteratlas" in _the(mails, "teekultur")[0][1]["subject"]
    assert "Am " in _body(_the(mails, "teekultur")[1][1])
    assert "a écrit :" in _body(_the(mails, "thes-du-monde")[1][1])
    subject = _the(mails, "green-travel")[0][1]["subject"]
    assert subject.startswith("🚲")
    assert len(subject) > 150


def test_there_is_internal_mail_a_draft_and_spam(mails):
    inside = [
        copy
        for copy, mail in mails
        if all(OURS in each.addr_spec for name in ("from", "to") for each in mail[name].addresses)
    ]
    assert len(inside) >= 8
    labels = Counter(label for copy, _ in mails for label in copy.labels)
    assert labels["DRAFT"] == labels["SPAM"] == 1


def _last_by_thread(mails: list[Seen]) -> dict[str | None, Seen]:
    last = {}
    for copy, mail in mails:
        if not {"DRAFT", "SPAM"} & set(copy.labels):
            last[copy.thread] = (copy, mail)
    return last


def test_several_conversations_wait_for_an_answer_past_due_and_a_few_not_yet(mails):
    ours_last = [
        copy.at
        for copy, mail in _last_by_thread(mails).values()
        if "SENT" in copy.labels
        and any(label.startswith("Campaigns/") for label in copy.labels)
        and not mail["in-reply-to"]
    ]
    past = [at for at in ours_last if at < NOW - timedelta(days=7)]
    assert len(past) >= 4
    assert sum(at > NOW - timedelta(days=3) for at in ours_last) >= 1


def test_some_answers_come_only_after_the_follow_up_fell_due(mails):
    late = set()
    for copy, mail in mails:
        if "INBOX" in copy.labels and copy.at > NOW - timedelta(days=2) and mail["in-reply-to"]:
            before = [c.at for c, _ in _the(mails, copy.thread) if c.at < copy.at]
            assert copy.at - max(before) > timedelta(days=5)
            late.add(copy.thread)
    assert late == {"construction-insider", "pedal-notes", "slow-living"}


def test_every_campaign_finds_its_mail_by_label_or_subject(mails):
    names = {label for copy, _ in mails for label in copy.labels if label.startswith("Campaigns/")}
    wanted = {
        condition["label"]
        for campaign in campaigns()
        for condition in campaign["match"]["any"]
        if "label" in condition
    }
    assert names == wanted
    unlabelled = [mail for copy, mail in _the(mails, "local-builder")]
    assert "builder's guide" in unlabelled[0]["subject"]


def test_the_alias_is_ours(mails):
    ((copy, mail),) = _the(mails, "renovate-now")
    assert "outreach@brightlink.example" in mail["from"]
    assert (copy.mailbox, copy.labels) == ("maya@brightlink.example", ("SENT",))


def test_seeding_makes_mailboxes_owners_people_and_contacts():
    simulators = {name: PretendSimulator(name) for name in ("gmail", "hubspot", "teamwork")}
    seeded = seed_example(simulators, brightlink(), NOW)
    boxes = simulators["gmail"].bodies("add_mailbox")
    assert [box["address"] for box in boxes] == list(seeded.names)
    assert boxes[0]["aliases"] == ["outreach@brightlink.example"]
    assert [o["email"] for o in simulators["hubspot"].bodies("add_owner")] == list(seeded.names)
    assert [p["email"] for p in simulators["teamwork"].bodies("add_person")] == list(seeded.names)
    assert len(simulators["hubspot"].bodies("add_contact")) == len(brightlink().contacts)
    assert sum(seeded.copies.values()) == seeded.messages == len(brightlink().deliveries(NOW))


def test_it_can_be_seeded_in_two_parts_so_that_answers_come_later():
    example, evening = brightlink(), brightlink().at("-2 23:00", NOW)
    gmail = {"gmail": PretendSimulator()}
    before = seed_example(gmail, example, NOW, until=evening)
    after = seed_example(gmail, example, NOW, since=evening)
    assert before.messages + after.messages == len(example.deliveries(NOW))
    assert after.messages >= 4
    assert before.newest
    assert after.oldest
    assert before.newest <= evening < after.oldest
    assert len(gmail["gmail"].bodies("add_mailbox")) == 3


def _agency(*messages: dict[str, str]) -> Example:
    return Example(
        [
            {
                "agency": {"name": "A", "domain": "a.example", "timezone": "Europe/London"},
                "mailboxes": {"me": {"name": "Me", "address": "me@a.example"}},
                "people": {"you": {"name": "You", "address": "you@b.example"}},
                "threads": [{"id": "t", "subject": "s", "messages": list(messages)}],
            }
        ]
    )


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ([{"at": "-1 10:00", "from": "nobody", "to": "me"}], "nobody is called 'nobody'"),
        ([{"at": "-1 10:00", "from": "you", "to": "you"}], "reaches no mailbox of ours"),
        (
            [
                {"at": "-1 10:00", "from": "me", "to": "you"},
                {"at": "-2 10:00", "from": "me", "to": "you"},
            ],
            "message 1 is not after",
        ),
    ],
)
def test_data_that_contradicts_itself_is_refused_by_name(messages, said):
    with pytest.raises(BadExample, match=said):
        _agency(*messages).deliveries(NOW)


def test_a_day_is_a_working_day_in_the_agencys_zone():
    example = _agency()
    monday = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    assert example.at("-1 10:30", monday) == datetime(2026, 11, 20, 10, 30, tzinfo=UTC)
    summer = datetime(2026, 7, 6, 23, 30, tzinfo=UTC)  # already Tuesday in London
    assert example.at("-1 10:30", summer) == datetime(2026, 7, 6, 9, 30, tzinfo=UTC)
