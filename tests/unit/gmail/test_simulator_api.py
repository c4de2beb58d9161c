"""Google's own client, unmodified, against the simulator; every answer by Google's schema."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

import httplib2
import pytest
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError
from googleapiclient.http import MediaInMemoryUpload

from connectors.gmail.simulator import METHODS, GmailSimulator
from syncd.ports.simulator import Request
from tests.support.clock import DrivenClock
from tests.unit.gmail.scene import API, MAYA, TOM, mail
from tests.unit.gmail.schema import DOCUMENT, departures, described


class DirectHttp:
    """Takes httplib2's place; asks the simulator without a socket."""

    def __init__(self, simulator: GmailSimulator) -> None:
        self._simulator = simulator
        self.asked: list[Request] = []

    def request(
        self, uri: str, method: str = "GET", body: Any = None, headers: Any = None, **_more: Any
    ) -> tuple[httplib2.Response, bytes]:
        parts = urlsplit(uri)
        given = {name.lower(): value for name, value in (headers or {}).items()}
        asked = Request(
            method,
            unquote(parts.path),
            tuple(parse_qsl(parts.query)),
            {"authorization": f"Bearer sandbox:{MAYA}"} | given,
            body.encode() if isinstance(body, str) else body or b"",
        )
        self.asked.append(asked)
        answer = self._simulator.handle(asked)
        response = httplib2.Response(dict(answer.headers) | {"status": str(answer.status)})
        response.reason = "as simulated"
        return response, answer.body


class Mailboxes:
    def __init__(self) -> None:
        self.clock = DrivenClock()
        self.simulator = GmailSimulator(self.clock)
        self.simulator.control(
            "add_mailbox", {"address": MAYA, "name": "Maya Roe", "aliases": ["press@b.example"]}
        )
        self.simulator.control("add_mailbox", {"address": TOM})
        self.http = DirectHttp(self.simulator)
        document = DOCUMENT | {"rootUrl": API + "/", "baseUrl": API + "/"}
        self.service = build_from_document(document, http=self.http)
        self.users = self.service.users()

    def deliver(self, raw: bytes, *labels: str) -> str:
        body = {
            "mailbox": MAYA,
            "raw": base64.b64encode(raw).decode(),
            "labels": labels or ["INBOX"],
        }
        return str(self.simulator.control("deliver", body)["id"])


@pytest.fixture(scope="module")
def boxes() -> Mailboxes:
    return Mailboxes()


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode()


@pytest.mark.parametrize("method", METHODS, ids=lambda each: each.name)
def test_a_method_has_the_path_and_the_scopes_of_the_discovery_document(method: Any) -> None:
    wanted = described(DOCUMENT)[method.name]
    assert (method.verb, method.template) == (wanted["httpMethod"], "/" + wanted["path"])
    scopes = {
        scope.removeprefix("https://www.googleapis.com/auth/").removeprefix("gmail.")
        for scope in wanted["scopes"]
    }
    assert method.scopes == {scope.replace("https://mail.google.com/", "full") for scope in scopes}
    assert method.upload == bool(wanted.get("supportsMediaUpload"))


RICH = (
    b"From: =?utf-8?Q?J=C3=B6rg=2C_ACME?= <jorg@acme.example>\r\n"
    b"To: maya@brightlink.example\r\n"
    b"Subject: =?utf-8?B?R3LDvMOfZSDwn46J?=\r\n"
    b"Message-ID: <rich@acme.example>\r\n"
    b"MIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="m"\r\n\r\n'
    b"--m\r\nContent-Type: text/plain; charset=iso-8859-1\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\nGr=FC=DFe & <you>\r\n"
    b'--m\r\nContent-Type: application/pdf; name="offer.pdf"\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n--m--\r\n"
)


def requests(boxes: Mailboxes) -> dict[str, Callable[[], Any]]:
    """One request for every method that answers with something."""
    users, me = boxes.users, {"userId": "me"}
    rich = boxes.deliver(RICH, "INBOX", "UNREAD", "Campaigns/ACME")
    label = users.labels().create(**me, body={"name": "Probe"}).execute()["id"]
    draft = {"message": {"raw": encoded(mail("Draft", to="a@acme.example"))}}
    made = users.drafts().create(**me, body=draft).execute()["id"]
    raw = {"raw": encoded(mail("Made", to=TOM, message_id="made@b.example"))}
    attachment = users.messages().get(**me, id=rich).execute()["payload"]["parts"][1]["body"]
    change = {"addLabelIds": [label], "removeLabelIds": ["UNREAD"]}
    hidden = {"labelListVisibility": "labelHide"}
    black = {"textColor": "#000000", "backgroundColor": "#ffffff"}
    topic = {"topicName": "projects/p/topics/t"}
    return {
        "getProfile": users.getProfile(**me),
        "watch": users.watch(**me, body=topic),
        "history.list": users.history().list(**me, startHistoryId="1000"),
        "labels.list": users.labels().list(**me),
        "labels.get": users.labels().get(**me, id=label),
        "labels.create": users.labels().create(**me, body={"name": "Dyed", "color": black}),
        "labels.update": users.labels().update(**me, id=label, body={"name": "Probe 2"}),
        "labels.patch": users.labels().patch(**me, id=label, body=hidden),
        "messages.list": users.messages().list(**me, q="in:inbox"),
        "messages.get": users.messages().get(**me, id=rich),
        "messages.modify": users.messages().modify(**me, id=rich, body=change),
        "messages.trash": users.messages().trash(**me, id=rich),
        "messages.untrash": users.messages().untrash(**me, id=rich),
        "messages.insert": users.messages().insert(**me, body=raw),
        "messages.import": users.messages().import_(**me, body=raw),
        "messages.send": users.messages().send(**me, body=raw),
        "messages.attachments.get": users.messages().attachments().get(
            **me, messageId=rich, id=attachment["attachmentId"]
        ),
        "threads.list": users.threads().list(**me),
        "threads.get": users.threads().get(**me, id=rich),
        "threads.modify": users.threads().modify(**me, id=rich, body=change),
        "threads.trash": users.threads().trash(**me, id=rich),
        "threads.untrash": users.threads().untrash(**me, id=rich),
        "drafts.create": users.drafts().create(**me, body=draft),
        "drafts.update": users.drafts().update(**me, id=made, body=draft),
        "drafts.get": users.drafts().get(**me, id=made),
        "drafts.list": users.drafts().list(**me),
        "drafts.send": users.drafts().send(**me, body={"id": made}),
        "settings.getVacation": users.settings().getVacation(**me),
        "settings.sendAs.list": users.settings().sendAs().list(**me),
        "settings.sendAs.get": users.settings().sendAs().get(**me, sendAsEmail=MAYA),
    }  # fmt: skip


SILENT = {"stop", "labels.delete", "messages.batchModify", "messages.batchDelete"} | {
    "messages.delete",
    "threads.delete",
    "drafts.delete",
}


def test_every_answer_is_as_the_discovery_document_says(boxes: Mailboxes) -> None:
    asked = requests(boxes)
    assert asked.keys() | SILENT == {each.name for each in METHODS}
    for name, request in asked.items():
        schema = described(DOCUMENT)[name]["response"]
        answer = request.execute()  # type: ignore[attr-defined] # the client's request
        assert departures(answer, schema, name) == []


def test_calls_without_an_answer_have_an_empty_body(boxes: Mailboxes) -> None:
    users, me = boxes.users, {"userId": "me"}
    ids = [boxes.deliver(mail(message_id=f"silent{n}@a.example")) for n in range(4)]
    label = users.labels().create(**me, body={"name": "Silent"}).execute()["id"]
    draft = {"message": {"raw": encoded(mail("Draft"))}}
    draft_id = users.drafts().create(**me, body=draft).execute()["id"]
    body = {"ids": ids[:2], "addLabelIds": [label]}
    for request in (
        users.stop(**me),
        users.messages().batchModify(**me, body=body),
        users.labels().delete(**me, id=label),
        users.messages().delete(**me, id=ids[0]),
        users.messages().batchDelete(**me, body={"ids": ids[1:3]}),
        users.threads().delete(**me, id=ids[3]),
        users.drafts().delete(**me, id=draft_id),
    ):
        assert not request.execute()
    for gone in ids:
        with pytest.raises(HttpError, match="404"):
            users.messages().get(**me, id=gone).execute()


def test_the_four_formats(boxes: Mailboxes) -> None:
    rich = boxes.deliver(RICH)

    def get(form: str, **more: Any) -> Any:
        return boxes.users.messages().get(userId="me", id=rich, format=form, **more).execute()

    minimal, full, raw = get("minimal"), get("full"), get("raw")
    metadata = get("metadata", metadataHeaders=["Subject", "Message-ID"])
    assert minimal.keys() == metadata.keys() - {"payload"} == raw.keys() - {"raw"}
    assert base64.urlsafe_b64decode(raw["raw"] + "==") == RICH
    assert "parts" not in metadata["payload"]
    assert {each["name"] for each in metadata["payload"]["headers"]} == {"Subject", "Message-ID"}
    headers = {each["name"]: each["value"] for each in full["payload"]["headers"]}
    assert headers["Subject"] == "Grüße 🎉"
    assert headers["From"] == '"Jörg, ACME" <jorg@acme.example>'
    text, offer = full["payload"]["parts"]
    assert base64.urlsafe_b64decode(text["body"]["data"] + "==").decode() == "Grüße & <you>"
    assert (offer["filename"], offer["body"]["size"]) == ("offer.pdf", 4)
    assert "data" not in offer["body"]
    assert minimal["snippet"] == "Grüße &amp; &lt;you&gt;"


@pytest.mark.parametrize(("style", "padded"), [("padded", {True}), ("bare", {False})])
def test_base64url_is_padded_or_not_as_told(style: str, padded: set[bool]) -> None:
    boxes = Mailboxes()
    boxes.simulator.control("padding", {"style": style})
    found = set()
    for n in range(4):
        message = boxes.deliver(mail(text="a", message_id=f"{n}@a.example"))
        answer = boxes.users.messages().get(userId="me", id=message).execute()
        found.add(answer["payload"]["body"]["data"].endswith("="))
    assert found == padded


def test_a_batch_of_the_clients_own(boxes: Mailboxes) -> None:
    made = [boxes.deliver(mail(message_id=f"batch{n}@a.example")) for n in range(60)]
    answers: dict[str, Any] = {}
    errors: dict[str, Any] = {}

    def keep(request_id: str, answer: Any, error: Any) -> None:
        (errors if error else answers)[request_id] = error or answer

    batch = boxes.service.new_batch_http_request(callback=keep)
    for each in [*made, "0123456789abcdef"]:
        batch.add(boxes.users.messages().get(userId="me", id=each), request_id=each)
    batch.execute()
    assert {key: each["id"] for key, each in answers.items()} == dict(zip(made, made, strict=True))
    assert errors["0123456789abcdef"].resp.status == 404


def test_a_batch_may_write_too(boxes: Mailboxes) -> None:
    message = boxes.deliver(mail(message_id="written@a.example"))
    batch = boxes.service.new_batch_http_request()
    body = {"addLabelIds": ["STARRED"]}
    batch.add(boxes.users.messages().modify(userId=MAYA, id=message, body=body))
    batch.execute()
    got = boxes.users.messages().get(userId="me", id=message, format="minimal").execute()
    assert got["labelIds"] == ["INBOX", "STARRED"]


def test_more_than_a_hundred_calls_in_a_batch_are_refused(boxes: Mailboxes) -> None:
    batch = boxes.service.new_batch_http_request()
    for _ in range(101):
        batch.add(boxes.users.getProfile(userId="me"))
    with pytest.raises(HttpError, match="400"):
        batch.execute()


def test_a_long_search_sent_as_a_post_is_a_search(boxes: Mailboxes) -> None:
    boxes.deliver(mail("needle", message_id="needle@a.example"))
    query = "rfc822msgid:needle@a.example " + " ".join(f"-from:nobody{n}" for n in range(300))
    answer = boxes.users.messages().list(userId="me", q=query).execute()
    assert len(answer["messages"]) == 1
    assert boxes.http.asked[-1].method == "POST"


def test_the_clients_paging_comes_to_an_end(boxes: Mailboxes) -> None:
    box = Mailboxes()
    made = {box.deliver(mail(message_id=f"{n}@a.example")) for n in range(250)}
    request = box.users.messages().list(userId="me")
    seen: list[str] = []
    while request is not None:
        answer = request.execute()
        seen += [each["id"] for each in answer["messages"]]
        request = box.users.messages().list_next(request, answer)
    assert (len(seen), set(seen)) == (250, made)


def test_an_upload_becomes_a_message(boxes: Mailboxes) -> None:
    raw = mail("Uploaded", to=TOM, message_id="up@b.example")
    media = MediaInMemoryUpload(raw, mimetype="message/rfc822")
    sent = boxes.users.messages().send(userId="me", body={}, media_body=media).execute()
    got = boxes.users.messages().get(userId="me", id=sent["id"], format="raw").execute()
    assert base64.urlsafe_b64decode(got["raw"] + "==").startswith(b"Date: ")
    assert b"Subject: Uploaded" in base64.urlsafe_b64decode(got["raw"] + "==")
