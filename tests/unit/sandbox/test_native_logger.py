"""HubSpot's own logger hears what passes the mailboxes of the sandbox."""

from __future__ import annotations

import base64
import json

import pytest

from connectors.gmail.simulator import GmailSimulator
from connectors.hubspot.simulator import HubSpotSimulator
from syncd.ports.simulator import Request
from syncd.sandbox.server import Sandbox
from tests.support.clock import DrivenClock
from tests.support.pretend import PretendSimulator
from tests.unit.sandbox.test_control import START

MAYA, TOM, ANN = "maya@ours.example", "tom@ours.example", "ann@acme.example"


class Agency:
    def __init__(self) -> None:
        self.clock = DrivenClock()
        self.gmail = GmailSimulator(self.clock)
        self.hubspot = HubSpotSimulator(self.clock)
        simulators = {"gmail": self.gmail, "hubspot": self.hubspot}
        self.sandbox = Sandbox(simulators, self.clock)  # type: ignore[arg-type]  # not started
        for address in (MAYA, TOM):
            self.gmail.control("add_mailbox", {"address": address})
        self.hubspot.control("add_contact", {"email": ANN})

    def deliver(self, number=1, *, mailbox=MAYA, labels=("INBOX",), sender=ANN, to=MAYA):
        raw = f"From: {sender}\r\nTo: {to}\r\nSubject: Hi\r\nMessage-ID: <{number}@x>\r\n\r\nHi"
        body = {"mailbox": mailbox, "raw": base64.b64encode(raw.encode()).decode()}
        self.gmail.control("deliver", {**body, "labels": list(labels)})

    def logged(self):
        self.hubspot.handle(Request("GET", "/"))  # any call lets the logger catch up
        emails = self.hubspot.snapshot()["objects"]["emails"].values()
        return [
            (each["properties"]["hs_email_message_id"], each["properties"]["hs_email_direction"])
            for each in emails
        ]


@pytest.fixture
def agency():
    return Agency()


def test_switched_on_it_logs_each_message_once_in_its_direction(agency):
    agency.deliver(0)
    agency.hubspot.control("native_logger", {"mode": "all"})
    agency.deliver(1)
    agency.deliver(1, mailbox=TOM)
    agency.deliver(2, labels=("SENT",), sender=MAYA, to=ANN)
    agency.deliver(3, labels=("SPAM",))
    agency.deliver(4, labels=("DRAFT",), sender=MAYA, to=ANN)
    agency.deliver(5, labels=("SENT",), sender=MAYA, to="nobody@strange.example")
    assert agency.logged() == [("<1@x>", "INCOMING_EMAIL"), ("<2@x>", "EMAIL")]


def test_what_a_client_sends_through_gmail_is_heard_too(agency):
    agency.hubspot.control("native_logger", {"mode": "all"})
    raw = f"To: {ANN}\r\nSubject: Hi\r\nMessage-ID: <6@x>\r\n\r\nHi"
    sent = agency.gmail.handle(
        Request(
            "POST",
            "/gmail/v1/users/me/messages/send",
            headers={"authorization": f"Bearer sandbox:{MAYA}", "content-type": "application/json"},
            body=json.dumps({"raw": base64.urlsafe_b64encode(raw.encode()).decode()}).encode(),
        )
    )
    assert sent.status == 200
    assert agency.logged() == [("<6@x>", "EMAIL")]


def test_it_is_as_late_as_told_and_hears_connected_inboxes_only(agency):
    agency.hubspot.control("native_logger", {"mode": "all", "delay": 60, "inboxes": [TOM]})
    agency.deliver(1)
    agency.deliver(2, mailbox=TOM)
    assert agency.logged() == []
    agency.clock.advance(61)
    assert agency.logged() == [("<2@x>", "INCOMING_EMAIL")]


def test_it_goes_on_hearing_after_a_restore(agency):
    agency.hubspot.control("native_logger", {"mode": "all"})
    agency.gmail.restore(agency.gmail.snapshot())
    agency.hubspot.restore(agency.hubspot.snapshot())
    agency.deliver(1)
    assert agency.logged() == [("<1@x>", "INCOMING_EMAIL")]


def test_headers_that_cannot_be_read_stop_nothing(agency):
    agency.hubspot.control("native_logger", {"mode": "all"})
    raw = b"From: \xff\xfe <<@>\r\nTo: undisclosed-recipients:;\r\nSubject: \xe9\r\n\r\nHi"
    body = {"mailbox": MAYA, "raw": base64.b64encode(raw).decode()}
    agency.gmail.control("deliver", body)
    assert agency.logged() == []


def test_other_simulators_are_left_alone():
    clock = DrivenClock(START)
    pretend = PretendSimulator("gmail")
    Sandbox({"gmail": pretend, "hubspot": HubSpotSimulator(clock)}, clock)  # type: ignore[arg-type]  # not started
    Sandbox({"gmail": GmailSimulator(clock)}, clock)  # type: ignore[arg-type]  # not started
