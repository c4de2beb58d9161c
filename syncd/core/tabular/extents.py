"""How large a spreadsheet's grid is, told before it is laid out in memory.

The reader lays out every cell between the first and the last, empty ones too. One forgotten
cell in the last corner of a sheet, as people leave them there, would take 500 GB and end the
process, which no `except` stops.
"""

from __future__ import annotations

import zipfile

from lxml import etree

from syncd.core.tabular.rows import Unreadable
from syncd.core.tabular.streams import refuse_steep

_MOST_CELLS = 8_000_000
_PIECE = 256 * 1024
_MOST_UNPACKED = 800_000_000


def check_archive(archive: zipfile.ZipFile, name: str, packed: int) -> None:
    """Raises `Unreadable` where a sheet would not fit; `zipfile.BadZipFile` for a broken one.

    `packed`: how large the file itself is.
    """
    unpacked = sum(each.file_size for each in archive.infolist())
    if unpacked > _MOST_UNPACKED:
        raise Unreadable(f"{name} is too large for a spreadsheet; export it as CSV")
    refuse_steep(unpacked, packed, name)
    # Reads every part: one that unpacks to more than it declares fails here.
    if archive.testzip() is not None:
        raise zipfile.BadZipFile
    for part in archive.namelist():
        if part.startswith("xl/worksheets/") and part.endswith(".xml"):
            _measure(archive, part, _Xlsx(name))
        elif part == "content.xml":
            _measure(archive, part, _Ods(name))


def _measure(archive: zipfile.ZipFile, part: str, grid: _Xlsx | _Ods) -> None:
    parser = etree.XMLParser(target=grid, resolve_entities=False, no_network=True, huge_tree=True)
    try:
        with archive.open(part) as file:
            while piece := file.read(_PIECE):
                parser.feed(piece)
        parser.close()
    except etree.XMLSyntaxError:
        # What the reader makes of it is the reader's to say; what was measured, fitted.
        return


class _Grid:
    def __init__(self, name: str) -> None:
        self._name = name
        self.rows = self.columns = 0

    def reach(self, row: int, column: int) -> None:
        if row > self.rows or column > self.columns:
            self.rows = max(self.rows, row)
            self.columns = max(self.columns, column)
            if self.rows * self.columns > _MOST_CELLS:
                raise Unreadable(
                    f"{self._name} has a sheet of {self.rows:,} rows and {self.columns:,} "
                    "columns, too many to read; delete what stands far from the table, or "
                    "save it as CSV"
                )

    def close(self) -> None:
        return None


class _Xlsx(_Grid):
    """Rows and cells may say where they are, and otherwise follow the one before."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._row = self._column = 0

    def start(self, tag: str, given: dict[str, str]) -> None:
        kind = tag.rpartition("}")[2]
        if kind == "row":
            self._row = _number(given.get("r")) or self._row + 1
            self._column = 0
        elif kind == "c":
            letters = given.get("r", "").rstrip("0123456789")
            row = _number(given.get("r", "")[len(letters) :])
            self._column = _column(letters) or self._column + 1
            self.reach(row or self._row, self._column)


class _Ods(_Grid):
    """Repeated cells and rows count as often as they are repeated, empty ones before others too."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._row = self._column = 0
        self._repeated = 1

    def start(self, tag: str, given: dict[str, str]) -> None:
        kind = tag.rpartition("}")[2]
        said = {key.rpartition("}")[2]: value for key, value in given.items()}
        if kind == "table":
            self._row = 0
        elif kind == "table-row":
            self._repeated = _number(said.get("number-rows-repeated")) or 1
            self._row += self._repeated
            self._column = 0
        elif kind in {"table-cell", "covered-table-cell"}:
            self._column += _number(said.get("number-columns-repeated")) or 1
            if "value-type" in said or "formula" in said:
                self.reach(self._row, self._column)
        elif kind == "p":
            self.reach(self._row, self._column)


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def _column(letters: str) -> int:
    """The number of a column called by letters, from 1; 0 for none."""
    number = 0
    for letter in letters.upper()[:4]:
        if not "A" <= letter <= "Z":
            return 0
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
