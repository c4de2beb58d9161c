"""From bytes to rows: what a file is, is told by its first bytes before its name."""

from __future__ import annotations

import csv
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO

from syncd.core.tabular import packed
from syncd.core.tabular.extents import check_archive
from syncd.core.tabular.rows import Row, Unreadable
from syncd.core.tabular.sheets import read_sheet
from syncd.core.tabular.streams import lookable
from syncd.core.tabular.text import read_text

# A gz inside a zip happens; what is packed more often is packed to deceive.
_DEEPEST = 2
_DAMAGED = (
    OSError,
    EOFError,
    ValueError,
    KeyError,
    IndexError,
    OverflowError,
    NotImplementedError,
    RuntimeError,
    MemoryError,
    struct.error,
    zlib.error,
    zipfile.BadZipFile,
    csv.Error,
)


def read(stream: IO[bytes], name: str, part: str = "") -> Iterator[Row]:
    """The rows of a table that are not blank, the header among them as any other.

    `name` is the file's, for messages and where the bytes do not tell. `part` picks one of
    several files in a zip, or sheets in a workbook. Text is streamed in bounded memory, gz and
    zip too; spreadsheets are held whole and therefore limited. Lazy: nothing is read, and
    nothing raised, before the first row is asked for.

    Raises `Unreadable`, and for no bytes whatever anything else.
    """
    try:
        yield from _rows(lookable(stream), name, part)
    except _DAMAGED as error:
        why = str(error)[:200] or type(error).__name__
        raise Unreadable(f"{name} is damaged ({why}); copy or export it again") from error


def _rows(stream: io.BufferedReader, name: str, part: str) -> Iterator[Row]:
    for _ in range(_DEEPEST + 1):
        start = packed.first_bytes(stream)
        if not start:
            raise Unreadable(f"{name} is empty; export it again")
        packed.refuse_packing(start, name)
        if start.startswith(packed.GZ):
            stream, name = packed.gunzipped(stream, name)
        elif start.startswith(packed.ZIP):
            content = packed.held(stream, name)
            archive = zipfile.ZipFile(io.BytesIO(content))
            if _is_spreadsheet(archive, name):
                check_archive(archive, name, len(content))
                yield from read_sheet(content, name, part)
                return
            stream, name = packed.member(archive, name, part)
            part = ""
        elif start.startswith(packed.OLE):
            yield from read_sheet(packed.held(stream, name), name, part)
            return
        else:
            yield from read_text(stream, name)
            return
    raise Unreadable(f"{name} is packed more than {_DEEPEST} times; unpack it first")


def _is_spreadsheet(archive: zipfile.ZipFile, name: str) -> bool:
    names = set(archive.namelist())
    if "xl/workbook.xml" in names:
        return True
    if "mimetype" in names and "content.xml" in names:
        with archive.open("mimetype") as file:
            if b"opendocument.spreadsheet" in file.read(200):
                return True
        raise Unreadable(f"{name} is a document, not a table; save the table as CSV")
    if "[Content_Types].xml" in names:
        raise Unreadable(f"{name} is no workbook we read; save it as xlsx or CSV")
    return False
