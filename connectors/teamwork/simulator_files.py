"""Presigned uploads and the files made of them (facts/teamwork.md 4.3, 11.8)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from connectors.teamwork.simulator_answers import (
    Call,
    Route,
    ok,
    route,
    v1_fields,
    v1_invalid,
    v1_listing,
)
from connectors.teamwork.simulator_site import Record, Site
from syncd.ports.simulator import Answer, Request

STORE = "/pending-files/"
_GOOD_FOR = timedelta(minutes=10)
_ACL = "x-amz-acl"


@dataclass(slots=True)
class Pending:
    """An upload asked for. `arrived`: the bytes are there; a ref is good for one file."""

    name: str
    size: int
    until: datetime
    signature: str
    arrived: bool = False


class Files:
    """Uploads are of the moment and not saved; the files made of them are."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._pending: dict[str, Pending] = {}
        self._given = 0

    def routes(self) -> list[Route]:
        return [
            route("GET", "/projects/api/v1/pendingfiles/presignedurl", self.presign),
            route("POST", "/projects/#/files", self.add),
            route("GET", "/projects/#/files", listing),
        ]

    def presign(self, call: Call) -> Answer:
        """?fileName&fileSize → {ref, url}: where to PUT the bytes, for ten minutes."""
        name, size = call.text("fileName"), call.text("fileSize")
        if not name or not size.isdecimal() or int(size) == 0:
            raise v1_invalid("fileName and fileSize are required")
        self._given += 1
        signature = hashlib.blake2b(f"{self._given}/{name}".encode(), digest_size=16).hexdigest()
        ref = f"tf_{signature[:12]}"
        self._pending[ref] = Pending(name, int(size), self._site.now() + _GOOD_FOR, signature)
        host = call.request.headers.get("host", "127.0.0.1")
        # Every other store signs the ACL too, and then wants it sent.
        signed = f"host%3B{_ACL}" if self._given % 2 else "host"
        query = f"X-Amz-Signature={signature}&X-Amz-SignedHeaders={signed}"
        return ok({"ref": ref, "url": f"http://{host}{STORE}{ref}?{query}"})

    def stored(self, request: Request) -> Answer:
        """PUT of the bytes: a store of its own, which knows signatures and no API keys."""
        pending = self._pending.get(request.path.removeprefix(STORE))
        if request.method != "PUT":
            return _refused(405, "MethodNotAllowed")
        if "authorization" in request.headers:
            return _refused(400, "InvalidArgument", "Only one auth mechanism allowed")
        if pending is None or request.param("X-Amz-Signature") != pending.signature:
            return _refused(403, "SignatureDoesNotMatch")
        wanted = _ACL in request.param("X-Amz-SignedHeaders")
        if wanted != (_ACL in request.headers):
            return _refused(403, "SignatureDoesNotMatch", _ACL)
        if self._site.now() >= pending.until:
            return _refused(403, "AccessDenied", "Request has expired")
        if request.headers.get("content-length") != str(len(request.body)):
            return _refused(411, "MissingContentLength")
        if len(request.body) != pending.size:
            return _refused(403, "SignatureDoesNotMatch", "content-length")
        pending.arrived = True
        return Answer(200)

    def add(self, call: Call) -> Answer:
        """{"file": {"pendingFileRef", ...}}: the upload becomes a file of the project."""
        home, given = call.found("projects"), v1_fields(call.envelope("file"))
        ref = str(given.get("pendingfileref") or "")
        pending = self._pending.get(ref)
        if pending is None or not pending.arrived:
            raise v1_invalid("the pending file reference is not valid")
        del self._pending[ref]
        row = {
            "name": pending.name,
            "size": pending.size,
            "description": str(given.get("description") or ""),
            "projectId": home["id"],
            "createdBy": call.actor,
        }
        made = call.site.add("files", row)
        call.site.tell("CREATED", made, call.actor)
        number = str(made["id"])
        told = {"STATUS": "OK", "id": number, "fileId": number, "fileIds": number}
        return ok(told, 201, {"id": number})


def listing(call: Call) -> Answer:
    home = call.found("projects")
    rows = [row for row in call.site.table("files").values() if row["projectId"] == home["id"]]
    return v1_listing(call, "files", rows, _shown)


def _shown(row: Record) -> Record:
    return {
        "id": str(row["id"]),
        "name": row["name"],
        "originalName": row["name"],
        "description": row["description"],
        "size": str(row["size"]),
        "project-id": str(row["projectId"]),
        "uploaded-by-user-id": str(row["createdBy"]),
        "uploaded-date": row["createdAt"],
    }


def _refused(status: int, code: str, words: str = "") -> Answer:
    body = f"<Error><Code>{code}</Code><Message>{words}</Message></Error>"
    return Answer(status, body.encode(), {"content-type": "application/xml"})
