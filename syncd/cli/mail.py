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
    as_json: JsonOption = False,
) -> int:
    """What wrote each message: a person, a bounce, an automatic answer, and how that is known."""
    from syncd.core.mail import classify as core
    from syncd.core.mail.envelope import envelope
    from syncd.core.mail.raw import from_bytes
    from syncd.sandbox.mailbox_files import NotMail
    from syncd.settings.phrases import phrases

    code = ExitCode.OK
    for file in files:
        try:
            for number, raw in _messages(file):
                mail = from_bytes(raw)
                found = core.classify(mail, envelope(mail), phrases())
                if as_json:
                    print_json(_record(file, number, found), indent=None)
                else:
                    say(_line(file, number, found))
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


def _record(file: str, number: int | None, found: Classification) -> dict[str, Any]:
    return {
        "file": file,
        **({} if number is None else {"message": number}),
        "class": found.mail_class.value,
        "subclass": found.subclass,
        "confidence": found.confidence,
        "evidence": found.evidence,
        "failed_recipients": found.failed_recipients,
        "status": found.status,
        "returns_on": found.returns_on,
        "original_message_id": found.original_message_id,
        "list": found.is_list,
    }


def _line(file: str, number: int | None, found: Classification) -> str:
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
    return f"{where}: {kind} ({'; '.join(told)})".replace("\n", " ")


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return f"cannot be read: {error.strerror or error}"
    return str(error)
