"""Mail from files: an mbox (Google Takeout's as well), a Maildir, a folder of .eml files.

Read as a stream: one message at a time, of which only the bytes and what the container
says about it are kept.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from syncd.sandbox.gmail_labels import labels_in

# A "From " line in a message text that its writer failed to quote has no such time in it.
_SEPARATOR = re.compile(
    rb"From .*?(?P<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\s+(?P<day>\d{1,2})\s+"
    rb"(?P<time>\d{1,2}:\d{2}(?::\d{2})?)(?P<rest>.*?)(?P<year>\d{4})\s*(?P<late>[+-]\d{4})?\s*$"
)
_ZONE = re.compile(rb"[+-]\d{4}")


class NotMail(Exception):
    """The path holds no mail in a form we read. The message says what was expected."""


@dataclass(frozen=True, slots=True)
class StoredMail:
    """One message as its container holds it; `head` is what `read_head` finds in it.

    `labels` are Gmail's names. `placed`: they say where it lies (a Takeout label, a
    Maildir folder), so that having none means archived. `exact`: they are all of its
    labels (Takeout), SENT as well. `thread` is Takeout's thread id. `envelope` is the `From ` line.
    """

    raw: bytes
    head: Mapping[bytes, list[str]]
    labels: tuple[str, ...] = ()
    placed: bool = False
    exact: bool = False
    thread: str | None = None
    envelope: re.Match[bytes] | None = None

    @property
    def envelope_at(self) -> datetime | None:
        """The time on the `From ` line."""
        if self.envelope is None:
            return None
        rest, late = self.envelope["rest"], self.envelope["late"] or b""
        zone = _ZONE.search(rest) or _ZONE.search(late)
        parts = (self.envelope[name].decode() for name in ("day", "month", "year", "time"))
        return read_date(f"{' '.join(parts)} {zone.group().decode() if zone else '+0000'}")

    @property
    def written_at(self) -> datetime | None:
        """The message's own Date, None where it has none that can be read."""
        return read_date(self.head.get(b"date", [""])[0])

    def values(self, *names: bytes) -> list[str]:
        """The values of the headers so named (lower case)."""
        return [value for name in names for value in self.head.get(name, ())]


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


_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)
_LONGEST_SEPARATOR = 400


def _mbox(path: Path) -> Iterator[StoredMail]:
    """Mapped, not read: the pages of a 50 GB export come and go as it is walked through."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        # The first line counts whatever it looks like.
        separator, envelope = 0, _separator(data, 0)
        while separator < len(data):
            begin = data.find(b"\n", separator) + 1 or len(data)
            following, found = _next_separator(data, begin)
            raw = data[begin:following]
            # The blank line before a separator belongs to the mbox, not to the message.
            raw = raw.removesuffix(b"\n").removesuffix(b"\r") if _blank_at_end(raw) else raw
            if b">From " in raw:
                raw = _QUOTED_FROM.sub(rb"\1", raw)  # mboxrd, as Takeout writes it
            yield _stored(raw, envelope)
            separator, envelope = following, found


def _next_separator(data: mmap.mmap, begin: int) -> tuple[int, re.Match[bytes] | None]:
    """Where the next message's separator stands, at or after `begin`; else the end."""
    at = begin - 1
    while (at := data.find(b"\nFrom ", at)) >= 0:
        # Its line comes after an empty one, or after a separator: an empty message.
        before = data[max(0, at - 2) : at + 1]
        if at == begin - 1 or before.endswith((b"\n\n", b"\n\r\n")) or before in _EMPTY_LINES:
            found = _separator(data, at + 1)
            if found is not None:
                return at + 1, found
        at += 1
    return len(data), None


def _separator(data: mmap.mmap, at: int) -> re.Match[bytes] | None:
    line, _, _ = data[at : at + _LONGEST_SEPARATOR].partition(b"\n")
    return _SEPARATOR.match(line)


def _blank_at_end(raw: bytes) -> bool:
    return raw in _EMPTY_LINES or raw.endswith((b"\n\n", b"\n\r\n"))


_EMPTY_LINES = frozenset({b"\n", b"\r\n"})


def _stored(raw: bytes, envelope: re.Match[bytes] | None = None) -> StoredMail:
    head = read_head(raw)
    given = head.get(b"x-gmail-labels")
    thread = head.get(b"x-gm-thrid", [""])[0].strip()
    return StoredMail(
        raw,
        head,
        labels=() if given is None else labels_in(given[0]),
        placed=given is not None,
        exact=given is not None,
        thread=thread or None,
        envelope=envelope,
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
    return replace(stored, labels=tuple(labels), placed=placed)


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
    rb"^([!-9;-~]{1,200})[ \t]*:[ \t]*([^\r\n]*(?:\r?\n[ \t]+[^\r\n]*)*)", re.MULTILINE
)
_HEAD_END = re.compile(rb"\r?\n\r?\n")
# Others are slips and spam, and would send whatever is counted from them astray.
_YEARS_OF_MAIL = range(1970, 2100)
_FOLD = re.compile(r"\r?\n[ \t]*")


def fields(raw: bytes) -> Iterator[re.Match[bytes]]:
    """The header fields of a message: group 1 the name, group 2 the value with its folds."""
    end = _HEAD_END.search(raw)
    return _FIELD.finditer(raw, 0, len(raw) if end is None else end.start())


def read_head(raw: bytes) -> dict[bytes, list[str]]:
    """Every header's values, unfolded, in the order they stand, by lower-case name."""
    head: dict[bytes, list[str]] = {}
    for found in fields(raw):
        value = found[2].decode("utf-8", "replace")
        value = _FOLD.sub(" ", value) if "\n" in value else value
        head.setdefault(found[1].lower(), []).append(value)
    return head


def read_date(value: str | None) -> datetime | None:
    """A header's date in UTC, None for what is none. Without a zone it is taken as UTC."""
    if not value:
        return None
    try:
        at = parsedate_to_datetime(value)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return at if at.year in _YEARS_OF_MAIL else None
