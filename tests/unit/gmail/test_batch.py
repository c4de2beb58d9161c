"""Our way of writing the parts of a batch says what the library's own says."""

from __future__ import annotations

from typing import Any

import pytest
from googleapiclient.http import BatchHttpRequest

from connectors.gmail.client import _built
from connectors.gmail.client_batch import Batch

API = _built("http://gmail.test/")
REQUESTS = {
    "a get": API.messages.get(userId="maya@brightlink.example", id="18c", format="full"),
    "no query": API.users.getProfile(userId="me"),
    "an address that needs quoting": API.messages.get(userId="a+b@x.example", id="1 2"),
    "a body": API.threads.modify(userId="me", id="1", body={"addLabelIds": ["Label_1"]}),
}


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
def test_a_part_is_written_as_the_library_writes_it(request_: Any):
    ours = Batch(batch_uri="http://gmail.test/batch")._serialize_request(request_)
    theirs = BatchHttpRequest(batch_uri="http://gmail.test/batch")._serialize_request(request_)
    assert ours == theirs


def test_parts_of_a_get_do_not_pass_through_the_mail_library(monkeypatch: pytest.MonkeyPatch):
    def refused(*_args: Any, **_more: Any) -> None:
        raise AssertionError("the slow way was taken")

    monkeypatch.setattr("googleapiclient.http.MIMENonMultipart", refused)
    assert Batch(batch_uri="")._serialize_request(REQUESTS["a get"]).startswith("GET /gmail/v1/")
