"""Commands about mail files: classify."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from syncd.cli.output import ExitCode, JsonOption, complain, print_json, say

if TYPE_CHECKING:
    from syncd.core.mail.classify import Classification
    from syncd.core.mail.saying import Saying

# One message each, even where a mail program left its "From " line at the top.
_SINGLE = frozenset({".eml", ".txt", ".msg"})


def register(app: typer.Typer) -> None:
    app.command()(classify)


def classify(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE...",
            help="Messages (.eml), mailboxes (mbox, Maildir, a folder of .eml files), or - for "
            "a message on standard input.",
        ),
    ],
    *,
    targets: Annotated[
        list[str] | None,
        typer.Option(
            "--target",
            metavar="DOMAIN",
            help="A site that links are wanted on or for, beside the sender's own: a page there "
            "may be a link gone live. May be given more than once.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> int:
    """What wrote each message (a person, a bounce, ...), what people say, and how that is known."""
    from syncd.core.facts import MailClass
    from syncd.core.mail import classify as core
    from syncd.core.mail.envelope import envelope
    from syncd.core.mail.raw import from_bytes
    from syncd.core.mail.saying import saying
    from syncd.sandbox.mailbox_files import NotMail
    from syncd.settings.phrases import phrases

    code = ExitCode.OK
    for file in files:
        try:
            for number, raw in _messages(file):
                mail = from_bytes(raw)
                outside = envelope(mail)
                found = core.classify(mail, outside, phrases())
                said = None
                if found.mail_class is MailClass.HUMAN:
                    said = saying(mail, outside, phrases(), targets=targets or ())
                if as_json:
                    print_json(_record(file, number, found, said), indent=None)
                else:
                    say(_line(file, number, found, said))
        except (OSError, NotMail) as error:
            code = ExitCode.FAILED
            words = _reason(error)
            if as_json:
                print_json({"file": file, "error": words}, indent=None)
            else:
                complain(f"{file}: {words}")
    return code


def _messages(file: str) -> Iterator[tuple[int | None, bytes]]:
    """The messages in `file`, numbered from 1 where it may hold several.

    Raises `OSError` or `NotMail`, also after some messages.
    """
    from syncd.sandbox.mailbox_files import read_mail

    if file == "-":
        yield None, sys.stdin.buffer.read()
        return
    path = Path(file)
    if not path.is_dir():
        with path.open("rb") as opened:
            start = opened.read(5)
            if path.suffix.lower() in _SINGLE or start != b"From ":
                yield None, start + opened.read()
                return
    for number, stored in enumerate(read_mail(path), 1):
        yield number, stored.raw


def _record(
    file: str, number: int | None, found: Classification, said: Saying | None
) -> dict[str, Any]:
    return {
        "file": file,
        **({} if number is None else {"message": number}),
        "class": found.mail_class.value,
        "subclass": found.subclass,
        "confidence": found.confidence,
        "evidence": (*found.evidence, *(said.evidence if said else ())),
        "failed_recipients": found.failed_recipients,
        "status": found.status,
        "returns_on": found.returns_on,
        "original_message_id": found.original_message_id,
        "list": found.is_list,
        "says": said.kind.value if said else None,
        "says_also": [kind.value for kind in said.also] if said else [],
        "says_confidence": said.confidence if said else None,
        "until": said.until if said else None,
        "referred": [{"address": party.address, "name": party.name} for party in said.referred]
        if said
        else [],
        "urls": said.urls if said else [],
    }


def _line(file: str, number: int | None, found: Classification, said: Saying | None) -> str:
    where = file if number is None else f"{file}#{number}"
    kind = found.mail_class.value + (f"/{found.subclass}" if found.subclass else "")
    told = [f"{found.confidence:.0%}"]
    if found.failed_recipients:
        told.append("failed: " + ", ".join(found.failed_recipients))
    if found.status:
        told.append(f"status {found.status}")
    if found.returns_on:
        told.append(f"returns on {found.returns_on}")
    if found.is_list:
        told.append("through a list")
    told += found.evidence
    if said:
        kind += f", says {said.kind}"
        told += _told(said)
    return f"{where}: {kind} ({'; '.join(told)})".replace("\n", " ")


def _told(said: Saying) -> list[str]:
    told = [f"says so at {said.confidence:.0%}"]
    if said.until:
        told.append(f"until {said.until}")
    if said.referred:
        people = (f"{one.name} <{one.address}>".strip() for one in said.referred)
        told.append("referred to " + ", ".join(people))
    if said.urls:
        told.append("pages " + ", ".join(said.urls))
    return [*told, *said.evidence]


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"cannot be read: {error.strerror or error}"
    return str(error)
