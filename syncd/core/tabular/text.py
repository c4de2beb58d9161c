"""Text tables, row by row: whatever the encoding, delimiter and line ends."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator

from syncd.core.tabular.rows import Row, Unreadable
from syncd.core.tabular.streams import HEAD, head

_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: it begins with that one's mark
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS = ",\t;|"
_SNIFFED = 40
# Far longer than any row of an export; what is longer has lost a quotation mark.
_LONGEST_LINE = 1_000_000
_LONGEST_ROW = 4_000_000
_OLD = "syncd-cp1252"


def _as_cp1252(error: UnicodeError) -> tuple[str | bytes, int]:
    """Bytes that are no UTF-8, as Windows wrote them before."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    try:
        return wrong.decode("cp1252"), error.end
    except UnicodeDecodeError:
        return wrong.decode("latin-1"), error.end


# Byte by byte, since the first bytes of a file do not tell what an anchor text in the middle
# was pasted from. Text that is all cp1252 comes out right as well.
codecs.register_error(_OLD, _as_cp1252)


def read_text(stream: io.BufferedReader, name: str) -> Iterator[Row]:
    """The rows that are not blank. Raises `Unreadable`."""
    start = head(stream)
    encoding = _encoding(start, name)
    errors = _OLD if encoding.startswith("utf-8") else "replace"
    sample = _sample(start, encoding, errors)
    _refuse_markup(sample, name)
    delimiter, announced = _delimiter(sample, name)
    text = io.TextIOWrapper(stream, encoding=encoding, errors=errors, newline="")
    lines = _Lines(text, name)
    if announced:
        next(lines, None)
    reader = csv.reader(lines, delimiter=delimiter)
    begins = lines.count + 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield Row(begins, tuple(cells))
            begins = lines.count + 1
            lines.since = 0
    except csv.Error as error:
        raise Unreadable(
            f"{name}, line {begins}: {error}; a quotation mark may be missing there. "
            "Export the file again"
        ) from error


class _Lines(Iterator[str]):
    """Lines of bounded length; `since` counts the characters since it was last set to 0."""

    def __init__(self, text: io.TextIOWrapper, name: str) -> None:
        self._text = text
        self._name = name
        self.count = 0
        self.since = 0

    def __next__(self) -> str:
        line = self._text.readline(_LONGEST_LINE)
        if not line:
            raise StopIteration
        self.count += 1
        self.since += len(line)
        if len(line) == _LONGEST_LINE or self.since > _LONGEST_ROW:
            raise Unreadable(
                f"{self._name}, line {self.count}: over {_LONGEST_LINE:,} characters in one row; "
                "this is no table, or a quotation mark is missing before it"
            )
        # Some tools leave NULs in texts they scraped; the csv module refuses a file for one.
        return line.replace("\0", "")


def _encoding(start: bytes, name: str) -> str:
    for mark, encoding in _BOMS:
        if start.startswith(mark):
            return encoding
    sample = start[:4096]
    nuls = sample.count(0)
    if nuls > len(sample) // 4:
        # UTF-16 without a mark: every second byte of Western text is 0, on one side.
        even = sample[::2].count(0)
        if not even:
            return "utf-16-le"
        if even == nuls:
            return "utf-16-be"
    controls = sum(1 for byte in sample if byte < 32 and byte not in b"\t\n\r\f\x1b")
    if controls > 3 + len(sample) // 20:
        raise Unreadable(f"{name} is neither text nor a spreadsheet; export the table as CSV")
    return "utf-8"


def _sample(start: bytes, encoding: str, errors: str) -> list[str]:
    decoder = codecs.getincrementaldecoder(encoding)(errors)
    lines = decoder.decode(start).replace("\0", "").splitlines(keepends=True)
    if len(start) == HEAD and len(lines) > 1:
        lines.pop()  # cut off
    return lines[: _SNIFFED * 5]


def _refuse_markup(sample: list[str], name: str) -> None:
    begins = next((line.strip() for line in sample if line.strip()), "").lower()
    if begins.startswith(("<!doctype", "<html", "<?xml", "<table", "<head")):
        raise Unreadable(
            f"{name} is a web page, not a table; it may be an error or sign-in page saved under "
            "that name. Download the file again, or export it as CSV"
        )
    if begins.startswith(("%pdf", "{\\rtf")):
        raise Unreadable(f"{name} is a document, not a table; export the table as CSV")


def _delimiter(sample: list[str], name: str) -> tuple[str, bool]:
    """What stands between the cells, and whether the first line does nothing but say so."""
    first = sample[0].strip().lower() if sample else ""
    if len(first) == len("sep=x") and first.startswith("sep="):
        return first[-1], True
    if first == "sep=":
        return "\t", True
    names = "\t" + _DELIMITERS if name.lower().endswith((".tsv", ".tab")) else _DELIMITERS
    # max takes the first of equals, so that the order is the preference.
    return max(names, key=lambda each: _fit(sample, each)), False


def _fit(sample: list[str], delimiter: str) -> tuple[int, int]:
    """How many cells stand in rows of the commonest width; a comma in prose comes and goes."""
    widths = Counter[int]()
    try:
        for count, cells in enumerate(csv.reader(sample, delimiter=delimiter)):
            if count == _SNIFFED:
                break
            if len(cells) > 1:
                widths[len(cells)] += 1
    except csv.Error:
        return 0, 0
    if not widths:
        return 0, 0
    width, often = max(widths.items(), key=lambda it: (it[1] * (it[0] - 1), it[0]))
    return often * (width - 1), often
