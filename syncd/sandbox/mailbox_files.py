"""Mail from files: an mbox (Google Takeout's as well), a Maildir, a folder of .eml files.

Read as a stream: one message at a time, of which only the bytes and what the container
says about it are kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from syncd.sandbox.gmail_labels import gmail_labels, header_labels


class NotMail(Exception):
    """The path holds no mail in a form we read. The message says what was expected."""


@dataclass(frozen=True, slots=True)
class StoredMail:
    """One message as its container holds it.

    `labels` are Gmail's names. `placed`: they say where it lies (a Takeout label, a
    Maildir folder), so that having none means archived. `exact`: they are all of its
    labels (Takeout), SENT as well. `thread` is Takeout's thread id. `envelope_at` is the
    time on the `From ` line. `written_at` is the message's own Date, None where it has
    none that can be read.
    """

    raw: bytes
    labels: tuple[str, ...] = ()
    placed: bool = False
    exact: bool = False
    thread: str | None = None
    envelope_at: datetime | None = None

    @property
    def written_at(self) -> datetime | None:
        return read_date(header(self.raw, b"date"))


def read_mail(path: Path) -> Iterator[StoredMail]:
    """Every message under `path`. Raises `NotMail` before the first one is asked for."""
    if path.is_dir():
        if any((path / name).is_dir() for name in ("cur", "new")):
            return _maildir(path)
        if next(path.rglob("*.eml"), None) is not None:
            return _eml_folder(path)
        raise NotMail(f"{path} is neither a Maildir (cur, new) nor a folder of .eml files")
    try:
        with path.open("rb") as file:
            start = file.read(5)
    except OSError as error:
        raise NotMail(f"cannot read {path}: {error.strerror}") from error
    if path.suffix.lower() == ".eml":
        return iter([_single(path)])
    if start == b"From ":
        return _mbox(path)
    raise NotMail(
        f'{path} is not an mbox: it does not begin with a "From " line. '
        "Give Takeout's .mbox file (unpacked), a Maildir, or a folder of .eml files."
    )


# A "From " line in a message text that its writer failed to quote has no such time in it.
_SEPARATOR = re.compile(
    rb"From .*?(?P<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\s+(?P<day>\d{1,2})\s+"
    rb"(?P<time>\d{1,2}:\d{2}(?::\d{2})?)(?P<rest>.*?)(?P<year>\d{4})\s*(?P<late>[+-]\d{4})?\s*$"
)
_ZONE = re.compile(rb"[+-]\d{4}")
_QUOTED_FROM = re.compile(rb">+From ")


def _mbox(path: Path) -> Iterator[StoredMail]:
    lines: list[bytes] = []
    envelope: re.Match[bytes] | None = None
    blank = True
    started = False
    with path.open("rb") as file:
        for line in file:
            if blank and line.startswith(b"From "):
                # The first line of the file counts whatever it looks like.
                found = _SEPARATOR.match(line)
                if found is not None or not started:
                    if started:
                        yield _from_mbox(lines, envelope)
                    lines, envelope, started, blank = [], found, True, False
                    continue
            blank = line in {b"\n", b"\r\n"}
            # mboxrd, as Takeout writes it: one ">" was put before each such line.
            lines.append(line[1:] if _QUOTED_FROM.match(line) else line)
    if started:
        yield _from_mbox(lines, envelope)


def _from_mbox(lines: list[bytes], envelope: re.Match[bytes] | None) -> StoredMail:
    # The blank line before the next separator belongs to the mbox, not to the message.
    if lines and lines[-1] in {b"\n", b"\r\n"}:
        lines.pop()
    return _stored(b"".join(lines), envelope_at=_envelope_time(envelope))


def _envelope_time(envelope: re.Match[bytes] | None) -> datetime | None:
    if envelope is None:
        return None
    zone = _ZONE.search(envelope["rest"]) or _ZONE.search(envelope["late"] or b"")
    offset = zone.group().decode() if zone else "+0000"
    parts = (envelope[name].decode() for name in ("day", "month", "year", "time"))
    return read_date(f"{' '.join(parts)} {offset}")


def _stored(raw: bytes, *, envelope_at: datetime | None = None) -> StoredMail:
    given = header(raw, b"x-gmail-labels")
    thread = header(raw, b"x-gm-thrid")
    return StoredMail(
        raw,
        labels=() if given is None else tuple(gmail_labels(header_labels(given))),
        placed=given is not None,
        exact=given is not None,
        thread=thread.strip() if thread and thread.strip() else None,
        envelope_at=envelope_at,
    )


_FOLDERS = {
    "sent": "SENT",
    "sent items": "SENT",
    "sent mail": "SENT",
    "drafts": "DRAFT",
    "trash": "TRASH",
    "deleted items": "TRASH",
    "junk": "SPAM",
    "spam": "SPAM",
}
_FLAGS = {"D": "DRAFT", "T": "TRASH", "F": "STARRED"}
_ARCHIVES = frozenset({"archive", "archives", "all mail"})


def _maildir(root: Path) -> Iterator[StoredMail]:
    """Maildir++: folders are siblings named `.Folder.Below`; the flags are in file names."""
    folders = [root, *sorted(each for each in root.iterdir() if (each / "cur").is_dir())]
    for folder in folders:
        label = None if folder == root else _folder_label(folder.name)
        for sub in ("cur", "new"):
            if not (folder / sub).is_dir():
                continue
            for file in sorted((folder / sub).iterdir()):
                if file.is_file() and not file.name.startswith("."):
                    flags = file.name.rpartition(":2,")[2] if ":2," in file.name else ""
                    yield _flagged(file, label, flags, is_new=sub == "new")


def _flagged(file: Path, label: str | None, flags: str, *, is_new: bool) -> StoredMail:
    stored = _stored(file.read_bytes())
    if stored.exact:
        return stored
    labels = [label] if label else []
    labels += [name for flag, name in _FLAGS.items() if flag in flags and name not in labels]
    if (is_new or "S" not in flags) and not {"SENT", "DRAFT"} & set(labels):
        labels.append("UNREAD")
    placed = label is not None or bool({"DRAFT", "TRASH"} & set(labels))
    return StoredMail(stored.raw, tuple(labels), placed=placed, thread=stored.thread)


def _folder_label(name: str) -> str:
    parts = [part for part in name.strip(".").split(".") if part]
    if len(parts) > 1 and parts[0].upper() == "INBOX":
        parts = parts[1:]
    plain = parts[-1].lower() if len(parts) == 1 else ""
    if plain == "inbox":
        return "INBOX"
    if plain in _ARCHIVES:
        return ""
    return _FOLDERS.get(plain, "/".join(parts))


def _eml_folder(root: Path) -> Iterator[StoredMail]:
    for file in sorted(root.rglob("*.eml")):
        yield _single(file)


def _single(file: Path) -> StoredMail:
    return _stored(file.read_bytes())


_FIELD = re.compile(
    rb"^([!-9;-~]{1,200})[ \t]*:[ \t]*(.*?)(?=\r?\n(?![ \t])|\Z)", re.MULTILINE | re.DOTALL
)
_HEAD_END = re.compile(rb"\r?\n\r?\n")


def head(raw: bytes) -> bytes:
    """The header block, without the blank line that ends it."""
    found = _HEAD_END.search(raw)
    return raw if found is None else raw[: found.start()]


def fields(raw: bytes) -> Iterator[re.Match[bytes]]:
    """The header fields of a message: group 1 the name, group 2 the value with its folds."""
    return _FIELD.finditer(head(raw))


def header(raw: bytes, name: bytes) -> str | None:
    """The first value of a header (name in lower case), unfolded; None where it is absent."""
    for found in fields(raw):
        if found[1].lower() == name:
            return re.sub(r"\r?\n[ \t]*", " ", found[2].decode("utf-8", "replace"))
    return None


def headers(raw: bytes, *names: bytes) -> list[str]:
    """Every value of the headers so named, in the order they stand."""
    return [
        re.sub(r"\r?\n[ \t]*", " ", found[2].decode("utf-8", "replace"))
        for found in fields(raw)
        if found[1].lower() in names
    ]


def read_date(value: str | None) -> datetime | None:
    """A header's date in UTC, None for what is none. Without a zone it is taken as UTC."""
    if not value:
        return None
    try:
        at = parsedate_to_datetime(value)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
