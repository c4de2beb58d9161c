"""What is inside a gz or zip: one table, found without asking where it can be."""

from __future__ import annotations

import gzip
import io
import zipfile
from typing import IO, cast

from syncd.core.tabular.rows import Unreadable
from syncd.core.tabular.streams import Capped, Metered, head, lookable

GZ = b"\x1f\x8b"
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OTHER = {
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"Rar!": "rar",
    b"BZh": "bz2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zst",
}
# What is not streamed is held in memory.
_MOST_HELD = 100_000_000
_TABLES = (".csv", ".tsv", ".tab", ".txt", ".gz", ".zip", ".xlsx", ".xlsm", ".ods", ".xls")
_NAMED = 10


def gunzipped(stream: io.BufferedReader, name: str) -> tuple[io.BufferedReader, str]:
    packed = Metered(cast("IO[bytes]", stream))
    inner = gzip.GzipFile(fileobj=cast("IO[bytes]", packed), mode="rb")
    capped = Capped(cast("IO[bytes]", inner), name, lambda: packed.total)
    shorter = name[:-3] if name.lower().endswith(".gz") else name
    return lookable(cast("IO[bytes]", capped)), shorter


def opened_zip(stream: io.BufferedReader, name: str) -> zipfile.ZipFile:
    return zipfile.ZipFile(io.BytesIO(held(stream, name)))


def member(archive: zipfile.ZipFile, name: str, part: str) -> tuple[io.BufferedReader, str]:
    """The one table of an archive, or the one called `part`. Raises `Unreadable`."""
    files = [
        each
        for each in archive.infolist()
        if not each.is_dir()
        and not each.filename.startswith("__MACOSX/")
        and not each.filename.rpartition("/")[2].startswith(".")
    ]
    tables = [each for each in files if each.filename.lower().endswith(_TABLES)]
    if part:
        tables = [each for each in files if part in {each.filename, _last(each)}]
        if not tables:
            raise Unreadable(f"{name} holds no {part}; it holds {_listed(files)}")
    elif not tables:
        raise Unreadable(f"{name} holds no table, but {_listed(files)}; pack the CSV export")
    if len(tables) > 1:
        raise Unreadable(
            f"{name} holds {len(tables)} tables: {_listed(tables)}; "
            "say which one, or unpack it and take that file alone"
        )
    info = tables[0]
    if info.flag_bits & 1:
        raise Unreadable(f"{name} asks for a password; pack it without one")
    inner = Capped(archive.open(info), f"{name}/{info.filename}", lambda: info.compress_size)
    return lookable(cast("IO[bytes]", inner)), info.filename


def refuse_packing(start: bytes, name: str) -> None:
    for magic, kind in _OTHER.items():
        if start.startswith(magic):
            raise Unreadable(f"{name} is packed as {kind}; unpack it, or pack it as zip or gz")


def held(stream: io.BufferedReader, name: str) -> bytes:
    """All of it, for the formats that are read from their end."""
    content = stream.read(_MOST_HELD + 1)
    if len(content) > _MOST_HELD:
        raise Unreadable(
            f"{name} is over {_MOST_HELD // 10**6} MB; export it as CSV (which may be as gz), "
            "or split it"
        )
    return content


def first_bytes(stream: io.BufferedReader) -> bytes:
    return head(stream)[:8]


def _last(info: zipfile.ZipInfo) -> str:
    return info.filename.rpartition("/")[2]


def _listed(files: list[zipfile.ZipInfo]) -> str:
    names = [each.filename for each in files[:_NAMED]]
    more = f" and {len(files) - _NAMED} more" if len(files) > _NAMED else ""
    return (", ".join(names) or "nothing") + more
