"""Byte streams that can be looked into, and that end before they fill the machine."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import IO

from syncd.core.tabular.rows import Unreadable

# A crawl of two hundred thousand links is 55 MB (facts/screaming-frog.md): this is
# thirty times that.
MOST_BYTES = 2_000_000_000
# Exports full of one site's navigation shrink to a fiftieth. Deflate's utmost, which only
# files made for the purpose reach, is a thousandth.
_STEEPEST = 200
_HARMLESS = 100_000_000
HEAD = 64 * 1024


def lookable(stream: IO[bytes]) -> io.BufferedReader:
    """The stream, with `peek` showing its first 64 KB. Closing it leaves `stream` open."""
    return io.BufferedReader(_Full(stream), HEAD)


def head(stream: io.BufferedReader) -> bytes:
    """What the stream begins with, at most 64 KB, without taking it away."""
    return stream.peek(HEAD)[:HEAD]


class _Full(io.RawIOBase):
    """Fills the buffer it is given: a gz hands out less than asked, at any point."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # as it is called
        filled = 0
        while filled < len(buffer):
            piece = self._stream.read(len(buffer) - filled)
            if not piece:
                break
            buffer[filled : filled + len(piece)] = piece
            filled += len(piece)
        return filled


class Metered(io.RawIOBase):
    """Counts what is read from a stream."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.total = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        piece = self._stream.read(size)
        self.total += len(piece)
        return piece


class Capped(io.RawIOBase):
    """What is unpacked from `packed()` bytes. Raises `Unreadable` where it grows beyond reason."""

    def __init__(self, stream: IO[bytes], name: str, packed: Callable[[], int]) -> None:
        self._stream = stream
        self._name = name
        self._packed = packed
        self._total = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        piece = self._stream.read(size if 0 <= size < HEAD else HEAD)
        self._total += len(piece)
        if self._total > MOST_BYTES:
            raise Unreadable(
                f"{self._name} unpacks to more than {MOST_BYTES // 10**9} GB; "
                "split it, or export less"
            )
        refuse_steep(self._total, self._packed(), self._name)
        return piece


def refuse_steep(unpacked: int, packed: int, name: str) -> None:
    """Raises `Unreadable` for what was made to grow."""
    if unpacked > _HARMLESS and unpacked > _STEEPEST * max(1, packed):
        raise Unreadable(
            f"{name} unpacks to over {_STEEPEST} times its size, as no export does; "
            "unpack it by hand if you trust it"
        )
