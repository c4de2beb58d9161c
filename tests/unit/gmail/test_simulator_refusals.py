"""Everything facts/gmail.md A3 to A6 says Gmail refuses, refused."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from syncd.ports.simulator import Request
from tests.unit.gmail.scene import MAYA, TOM, Scene, mail, reason, scene

AUTH = "https://www.googleapis.com/auth/gmail."


@pytest.fixture
def stage(tmp_path: Path) -> Scene:
    return scene(tmp_path)


def assertion(**changed: Any) -> str:
    claims = {"iss": "sa", "scope": AUTH + "modify", "sub": MAYA, "iat": 100, "exp": 3700}
    claims |= {"aud": "https://oauth2.googleapis.com/token"} | changed
    parts = [{"alg": "RS256"}, {name: each for name, each in claims.items() if each is not None}]
    head = [
        base64.urlsafe_b64encode(json.dumps(each).encode()).decode().rstrip("=") for each in parts
    ]
    return ".".join([*head, "c2ln"])


def token(stage: Scene, **form: str) -> tuple[int, Any]:
    answer = stage.simulator.handle(Request("POST", "/token", body=urlencode(form).encode()))
    return answer.status, json.loads(answer.body)


def by_key(stage: Scene, **changed: Any) -> tuple[int, Any]:
    grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
    return token(stage, grant_type=grant, assertion=assertion(**changed))


def with_scope(stage: Scene, scope: str) -> str:
    return str(by_key(stage, scope=AUTH + scope)[1]["access_token"])


class TestTokens:
    def test_a_good_assertion_brings_a_token_for_an_hour(self, stage: Scene) -> None:
        status, said = by_key(stage)
        assert (status, said["expires_in"], said["token_type"]) == (200, 3600, "Bearer")
        assert stage.call("GET", "profile", as_=said["access_token"])[0] == 200
        stage.clock.advance(3600)
        assert stage.call("GET", "profile", as_=said["access_token"])[0] == 401

    @pytest.mark.parametrize(
        ("changed", "error"),
        [
            ({"sub": "nobody@brightlink.example"}, "invalid_grant"),
            ({"exp": 9999}, "invalid_grant"),
            ({"aud": None}, "invalid_request"),
            ({"scope": AUTH + "everything"}, "invalid_scope"),
        ],
    )
    def test_a_bad_assertion(self, stage: Scene, changed: dict[str, Any], error: str) -> None:
        status, said = by_key(stage, **changed)
        assert (status, said["error"]) == (400, error)

    @pytest.mark.parametrize("given", ["", "a.b", "x.y.z", assertion().rsplit(".", 1)[0] + "."])
    def test_what_is_no_assertion(self, stage: Scene, given: str) -> None:
        grant = "urn:ietf:params:oauth:grant-type:jwt-bearer"
        status, said = token(stage, grant_type=grant, assertion=given)
        assert (status, said["error"]) == (400, "invalid_grant")

    @pytest.mark.parametrize(
        ("form", "error"),
        [
            ({"grant_type": "password"}, "unsupported_grant_type"),
            ({"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_request"),
            (
                {"grant_type": "refresh_token", "refresh_token": "x", "client_id": "c"},
                "invalid_grant",
            ),
        ],
    )
    def test_other_grants(self, stage: Scene, form: dict[str, str], error: str) -> None:
        status, said = token(stage, **form)
        assert (status, said["error"]) == (400, error)

    def test_a_revoked_mailbox_gets_none_and_says_why(self, stage: Scene) -> None:
        stage.control("revoke", mailbox=MAYA, reason="invalid_rapt")
        status, said = by_key(stage)
        assert (status, said["error_subtype"]) == (400, "invalid_rapt")
        stage.control("revoke", mailbox=MAYA)
        assert by_key(stage)[1]["error_description"] == "Token has been expired or revoked."

    def test_a_service_account_that_acts_for_nobody_has_no_mailbox(self, stage: Scene) -> None:
        bearer = by_key(stage, sub=None)[1]["access_token"]
        status, said = stage.call("GET", "profile", as_=bearer)
        assert (status, reason(said)) == (400, "failedPrecondition")
        assert said["error"]["message"] == "Precondition check failed."


class TestAccess:
    @pytest.mark.parametrize("bearer", ["", "ya29.unknown", "sandbox:nobody@b.example"])
    def test_nobody_gets_in_without_a_token(self, stage: Scene, bearer: str) -> None:
        assert stage.call("GET", "profile", as_=bearer)[0] == 401

    def test_the_envelope_is_googles(self, stage: Scene) -> None:
        _, said = stage.call("GET", "profile", as_="ya29.unknown")
        error = said["error"]
        assert (error["code"], error["status"]) == (401, "UNAUTHENTICATED")
        assert error["message"] == "Invalid Credentials"
        assert error["errors"][0]["domain"] == "global"
        assert error["errors"][0]["locationType"] == "header"

    def test_a_token_opens_one_mailbox(self, stage: Scene) -> None:
        path = f"/gmail/v1/users/{TOM}/profile"
        status, said = stage.call("GET", path)
        assert (status, reason(said)) == (403, "forbidden")
        assert stage.call("GET", f"/gmail/v1/users/{MAYA}/profile")[0] == 200

    @pytest.mark.parametrize(
        ("scope", "method", "path", "status"),
        [
            ("readonly", "GET", "messages", 200),
            ("readonly", "POST", "labels", 403),
            ("readonly", "POST", "drafts", 403),
            ("modify", "POST", "messages/batchDelete", 403),
            ("modify", "GET", "settings/sendAs", 200),
            ("metadata", "GET", "messages", 200),
            ("metadata", "GET", "history?startHistoryId=1000", 200),
            ("metadata", "GET", "messages?q=x", 403),
            ("compose", "GET", "profile", 200),
            ("compose", "GET", "messages", 403),
            ("labels", "GET", "labels", 200),
            ("labels", "GET", "profile", 403),
            ("send", "GET", "drafts", 403),
        ],
    )
    def test_a_scope_allows_what_the_table_says(
        self, stage: Scene, scope: str, method: str, path: str, status: int
    ) -> None:
        path, _, query = path.partition("?")
        asked = dict(pair.split("=") for pair in query.split("&") if pair)
        got, said = stage.call(method, path, {}, as_=with_scope(stage, scope), **asked)
        assert got == status
        if status == 403:
            assert reason(said) == "insufficientPermissions"

    @pytest.mark.parametrize(("form", "status"), [("minimal", 200), ("full", 403), ("raw", 403)])
    def test_the_metadata_scope_shows_no_body(self, stage: Scene, form: str, status: int) -> None:
        message = stage.deliver()
        bearer = with_scope(stage, "metadata")
        assert stage.call("GET", f"messages/{message}", as_=bearer, format=form)[0] == status

    def test_a_batch_needs_a_token_too(self, stage: Scene) -> None:
        assert stage.call("POST", "/batch", as_="")[0] == 401

    def test_unknown_paths_and_verbs(self, stage: Scene) -> None:
        assert stage.call("GET", "nothing")[0] == 404
        assert stage.call("PUT", "messages")[0] == 405
        assert stage.call("GET", "/elsewhere")[0] == 404


class TestMessages:
    @pytest.mark.parametrize(
        ("method", "path", "body", "status", "why", "words"),
        [
            ("GET", "messages/xyz", None, 400, "invalidArgument", "Invalid id value"),
            ("GET", "messages/0123456789abcdef", None, 404, "notFound", "entity was not found"),
            ("GET", "threads/0123456789abcdef", None, 404, "notFound", "entity was not found"),
            ("GET", "threads/xyz", None, 400, "invalidArgument", "Invalid id value"),
            ("GET", "drafts/r1", None, 404, "notFound", "not found"),
            ("POST", "messages/send", {"raw": "!"}, 400, "invalidArgument", "Base64"),
            ("POST", "messages/send", {}, 400, "invalidArgument", "raw"),
            ("POST", "messages/batchModify", {"ids": []}, 400, "invalidArgument", ""),
            ("POST", "messages/batchDelete", {"ids": ["a"] * 1001}, 400, "invalidArgument", "1001"),
            ("POST", "drafts/send", {"id": "r1"}, 404, "notFound", ""),
            ("PUT", "drafts/r1", {}, 404, "notFound", ""),
        ],
    )
    def test_a_request_that_cannot_be_served(
        self, stage: Scene, method: str, path: str, body: Any, status: int, why: str, words: str
    ) -> None:
        got, said = stage.call(method, path, body)
        assert (got, reason(said)) == (status, why)
        assert words in said["error"]["message"]

    @pytest.mark.parametrize(
        "query",
        [
            {"format": "everything"},
            {"maxResults": "many"},
            {"pageToken": "7"},
            {"labelIds": "Label_9"},
        ],
    )
    def test_a_parameter_with_an_unknown_value(self, stage: Scene, query: dict[str, str]) -> None:
        path = f"messages/{stage.deliver()}" if "format" in query else "messages"
        status, said = stage.call("GET", path, **query)
        assert (status, reason(said)) == (400, "invalidArgument")

    @pytest.mark.parametrize(
        "change",
        [
            {"addLabelIds": ["Label_9"]},
            {"removeLabelIds": ["Label_9"]},
            {"addLabelIds": ["SENT"]},
            {"removeLabelIds": ["SENT"]},
            {"addLabelIds": ["DRAFT"]},
            {"addLabelIds": ["STARRED"] * 101},
            {},
        ],
    )
    def test_labels_that_cannot_be_moved(self, stage: Scene, change: dict[str, Any]) -> None:
        message = stage.deliver()
        for path in (f"messages/{message}/modify", f"threads/{message}/modify"):
            assert stage.call("POST", path, change)[0] == 400

    def test_sending_to_nobody(self, stage: Scene) -> None:
        raw = base64.urlsafe_b64encode(b"Subject: x\r\n\r\ny").decode()
        status, said = stage.call("POST", "messages/send", {"raw": raw})
        assert (status, said["error"]["message"]) == (400, "Recipient address required")

    def test_a_message_too_large(self, stage: Scene) -> None:
        raw = base64.urlsafe_b64encode(b"To: a@b.example\r\n\r\n" + bytes(36_700_160)).decode()
        assert stage.call("POST", "messages/send", {"raw": raw})[0] == 413

    def test_json_that_is_none(self, stage: Scene) -> None:
        headers = {"authorization": f"Bearer sandbox:{MAYA}"}
        for body in (b"{", b"[]"):
            asked = Request("POST", "/gmail/v1/users/me/labels", (), headers, body)
            assert stage.simulator.handle(asked).status == 400

    def test_a_joined_thread_must_exist(self, stage: Scene) -> None:
        raw = base64.urlsafe_b64encode(mail()).decode()
        body = {"message": {"raw": raw, "threadId": "0123456789abcdef"}}
        assert stage.call("POST", "drafts", body)[0] == 404

    def test_an_attachment_that_is_not_there(self, stage: Scene) -> None:
        assert stage.call("GET", f"messages/{stage.deliver()}/attachments/ANGjdJx")[0] == 400

    @pytest.mark.parametrize("kind", ["resumable", "else", ""])
    def test_an_upload_of_another_kind(self, stage: Scene, kind: str) -> None:
        path = "/upload/gmail/v1/users/me/messages/send"
        assert stage.call("POST", path, {}, uploadType=kind)[0] == 400

    @pytest.mark.parametrize(
        "content_type", ["", "text/plain", "multipart/mixed", "multipart/mixed; boundary=b"]
    )
    def test_a_batch_that_is_none(self, stage: Scene, content_type: str) -> None:
        headers = {"authorization": f"Bearer sandbox:{MAYA}", "content-type": content_type}
        assert stage.simulator.handle(Request("POST", "/batch", (), headers, b"x")).status == 400


class TestLabelsAndHistory:
    @pytest.mark.parametrize(
        ("body", "status", "why"),
        [
            ({"name": "Taken"}, 409, "aborted"),
            ({"name": "tAKEN"}, 409, "aborted"),
            ({"name": "INBOX"}, 400, "invalidArgument"),
            ({"name": "Spam"}, 400, "invalidArgument"),
            ({"name": ""}, 400, "invalidArgument"),
            ({"name": "x" * 226}, 400, "invalidArgument"),
            ({"name": "Half", "color": {"textColor": "#000000"}}, 400, "invalidArgument"),
        ],
    )
    def test_a_label_that_cannot_be_made(
        self, stage: Scene, body: dict[str, Any], status: int, why: str
    ) -> None:
        assert stage.call("POST", "labels", {"name": "Taken"})[0] == 200
        got, said = stage.call("POST", "labels", body)
        assert (got, reason(said)) == (status, why)

    def test_a_label_cannot_take_anothers_name(self, stage: Scene) -> None:
        for name in ("A", "B"):
            stage.call("POST", "labels", {"name": name})
        assert stage.call("PATCH", "labels/Label_2", {"name": "a"})[0] == 409
        assert stage.call("PATCH", "labels/Label_2", {"name": "b"})[0] == 200

    @pytest.mark.parametrize(("label", "status"), [("INBOX", 400), ("Label_9", 404)])
    def test_gmails_own_labels_stay(self, stage: Scene, label: str, status: int) -> None:
        assert stage.call("DELETE", f"labels/{label}")[0] == status
        assert stage.call("PATCH", f"labels/{label}", {"name": "x"})[0] == status

    def test_a_label_that_is_gone_cannot_be_read(self, stage: Scene) -> None:
        assert stage.call("GET", "labels/Label_9")[0] == 404

    @pytest.mark.parametrize("start", ["", "soon", "-4"])
    def test_history_needs_a_number_to_start_from(self, stage: Scene, start: str) -> None:
        assert stage.call("GET", "history", startHistoryId=start)[0] == 400

    def test_history_forgets(self, stage: Scene) -> None:
        cursor = stage.call("GET", "profile")[1]["historyId"]
        stage.control("expire_history", mailbox=MAYA)
        status, said = stage.call("GET", "history", startHistoryId=cursor)
        assert (status, reason(said)) == (404, "notFound")
        again = stage.call("GET", "profile")[1]["historyId"]
        assert stage.call("GET", "history", startHistoryId=again)[0] == 200

    def test_history_is_forgotten_with_time(self, stage: Scene) -> None:
        def ask(start: str) -> int:
            return stage.call("GET", "history", startHistoryId=start)[0]

        def now() -> str:
            return str(stage.call("GET", "profile")[1]["historyId"])

        before = now()
        stage.deliver()
        after = now()
        stage.clock.advance(31 * 86_400)
        # Nothing happened since the second cursor: nothing it needs is gone.
        assert (ask(before), ask(after)) == (404, 200)
        stage.control("keep_history", days=60)
        assert ask(before) == 200

    def test_history_of_a_deleted_label_is_not_found(self, stage: Scene) -> None:
        status, _ = stage.call("GET", "history", startHistoryId="1000", labelId="Label_9")
        assert status == 404

    @pytest.mark.parametrize("query", [{"historyTypes": "messages"}, {"pageToken": "x"}])
    def test_history_of_an_unknown_kind(self, stage: Scene, query: dict[str, str]) -> None:
        assert stage.call("GET", "history", startHistoryId="1000", **query)[0] == 400

    def test_an_unknown_alias(self, stage: Scene) -> None:
        assert stage.call("GET", "settings/sendAs/x@b.example")[0] == 404

    @pytest.mark.parametrize("topic", ["", "topics/t", "projects/p/topics/"])
    def test_a_watch_needs_a_topic(self, stage: Scene, topic: str) -> None:
        assert stage.call("POST", "watch", {"topicName": topic})[0] == 400


class TestQuota:
    @pytest.mark.parametrize(("table", "gets"), [("new", 300), ("old", 3000)])
    def test_a_minute_holds_what_the_table_says(self, stage: Scene, table: str, gets: int) -> None:
        message = stage.deliver()
        stage.control("limits", table=table, enforce=True)
        for _ in range(gets):
            assert stage.call("GET", f"messages/{message}", format="minimal")[0] == 200
        status, said = stage.call("GET", f"messages/{message}")
        assert (status, reason(said)) == (403, "rateLimitExceeded")
        assert said["error"]["errors"][0]["domain"] == "usageLimits"
        assert "Queries per minute per user" in said["error"]["message"]
        # Another mailbox has a minute of its own, and this one the next.
        assert stage.call("GET", "profile", as_=f"sandbox:{TOM}")[0] == 200
        stage.clock.advance(60)
        assert stage.call("GET", f"messages/{message}")[0] == 200

    def test_it_is_counted_and_not_enforced_unless_told(self, stage: Scene) -> None:
        for _ in range(100):
            stage.call("POST", "watch", {"topicName": "projects/p/topics/t"})
        assert stage.control("stats")["units"][MAYA] == 10_000

    def test_a_table_that_does_not_exist(self, stage: Scene) -> None:
        with pytest.raises(ValueError, match="new, old"):
            stage.control("limits", table="newest")
