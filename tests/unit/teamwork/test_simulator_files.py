"""Presigned uploads, revoked keys, and fields that are null (facts/teamwork.md 11.8, 11.10)."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl, urlsplit

import pytest

from syncd.ports.simulator import Request
from tests.unit.teamwork.conftest import V3

PRESIGN = "/projects/api/v1/pendingfiles/presignedurl.json"
BYTES = b"%PDF-1.7"


@pytest.fixture
def project(api, tasklist):
    return api.json("GET", f"{V3}/projects.json")["projects"][0]["id"]


@pytest.fixture
def upload(api, simulator):
    def upload(given=BYTES, *, where=None, **headers):
        presigned = where or api.json("GET", PRESIGN, fileName="a.pdf", fileSize=len(BYTES))
        parts = urlsplit(presigned["url"])
        query = tuple(parse_qsl(parts.query))
        sent = {"content-length": str(len(given)), **headers}
        if "x-amz-acl" in dict(query)["X-Amz-SignedHeaders"]:
            sent.setdefault("x-amz-acl", "public-read")
        sent = {name: value for name, value in sent.items() if value}
        answer = simulator.handle(Request("PUT", parts.path, query, sent, given))
        return presigned["ref"], answer.status

    return upload


def _attach(api, project, ref):
    return api.call("POST", f"/projects/{project}/files.json", {"file": {"pendingFileRef": ref}})


def test_an_upload_becomes_a_file_once(api, upload, project):
    ref, status = upload()
    assert (ref[:3], status) == ("tf_", 200)
    made = _attach(api, project, ref)
    assert made.status == 201
    number = json.loads(made.body)["fileId"]
    assert _attach(api, project, ref).status == 400
    [row] = api.json("GET", f"/projects/{project}/files.json")["files"]
    assert (row["id"], row["name"], row["size"]) == (number, "a.pdf", str(len(BYTES)))


@pytest.mark.parametrize(
    ("given", "headers", "status"),
    [
        (BYTES, {"authorization": "Bearer twp_sandbox"}, 400),
        (BYTES[:-1], {}, 403),
        (BYTES, {"content-length": ""}, 411),
        (BYTES, {"x-amz-acl": ""}, 403),
    ],
)
def test_the_store_takes_signed_bytes_of_the_length_said_and_no_keys(
    api, upload, project, given, headers, status
):
    ref, said = upload(given, **headers)
    assert said == status
    assert _attach(api, project, ref).status == 400


def test_the_acl_is_sent_only_where_it_was_signed(upload):
    assert upload()[1] == 200
    assert upload(**{"x-amz-acl": "public-read"})[1] == 403


def test_an_address_dies_after_ten_minutes_and_cannot_be_guessed(api, upload, clock):
    where = api.json("GET", PRESIGN, fileName="a.pdf", fileSize=len(BYTES))
    forged = where | {"url": where["url"].replace("Signature=", "Signature=0")}
    assert upload(where=forged)[1] == 403
    clock.advance(599)
    assert upload(where=where)[1] == 200
    clock.advance(1)
    assert upload(where=where)[1] == 403
    assert api.call("GET", PRESIGN, fileName="a.pdf").status == 400


def test_a_key_is_revoked_and_given_back(api, simulator):
    ann = simulator.control("add_person", {"email": "ann@x.example"})["api_key"]

    def statuses():
        keys = ("twp_sandbox", ann)
        path = f"{V3}/me.json"
        return [api.ask("GET", path, auth=f"Bearer {key}").status for key in keys]

    simulator.control("revoke", {"email": "Ann@x.example"})
    assert statuses() == [200, 401]
    simulator.control("revoke", {})
    assert statuses() == [401, 401]
    simulator.control("restore_access", {})
    assert statuses() == [200, 200]
    with pytest.raises(ValueError, match="no person"):
        simulator.control("revoke", {"email": "nobody@x.example"})


def test_any_optional_field_may_be_null(api, make, simulator):
    task = make(description="x")["id"]
    simulator.control("nulls", {"value": ["description", "assignees", "dueDate"]})
    [row] = api.json("GET", f"{V3}/tasks.json")["tasks"]
    assert (row["description"], row["assignees"], row["name"]) == (None, None, "Call Ann")
    assert api.json("GET", f"/tasks/{task}.json")["todo-item"]["description"] == "x"
    simulator.control("nulls", {})
    assert api.json("GET", f"{V3}/tasks.json")["tasks"][0]["description"] == "x"
