"""Spreadsheets (xlsx, ods, xls), with numbers and dates as a person reads them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from syncd.core.tabular.rows import Row, Unreadable


def read_sheet(content: bytes, name: str, part: str) -> Iterator[Row]:
    """The rows of the one sheet that holds any, or of the one called `part`.

    Raises `Unreadable`.
    """
    import python_calamine as calamine

    try:
        book = calamine.load_workbook(io.BytesIO(content))
        sheet = _chosen(book, name, part)
        for number, cells in enumerate(sheet.iter_rows(), start=1):
            written = tuple(_written(cell) for cell in cells)
            if any(cell.strip() for cell in written):
                yield Row(number, written)
    except calamine.PasswordError as error:
        raise Unreadable(f"{name} asks for a password; save it without one") from error
    except Unreadable:
        raise
    except BaseException as error:
        # The reader's own panics are no Exceptions, and have no class to import.
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            words = str(error)[:200] or type(error).__name__
            raise Unreadable(
                f"{name} is damaged or no spreadsheet ({words}); save it again, or as CSV"
            ) from error
        raise


def _chosen(book: Any, name: str, part: str) -> Any:
    import python_calamine as calamine

    visible = [
        each.name
        for each in book.sheets_metadata
        if each.typ == calamine.SheetTypeEnum.WorkSheet
        and each.visible == calamine.SheetVisibleEnum.Visible
    ]
    if part:
        if part not in book.sheet_names:
            raise Unreadable(f"{name} has no sheet {part}; it has {', '.join(book.sheet_names)}")
        return book.get_sheet_by_name(part)
    sheets = [book.get_sheet_by_name(each) for each in visible]
    filled = [each for each in sheets if each.height]
    if len(filled) > 1:
        names = ", ".join(each.name for each in filled)
        raise Unreadable(
            f"{name} has {len(filled)} sheets with something on them: {names}; say which one, "
            "or save that one as a file of its own"
        )
    if not filled:
        raise Unreadable(f"{name} is empty; save the sheet that holds the table")
    return filled[0]


def _written(cell: object) -> str:
    """A cell as text. Whole numbers without the ".0" that spreadsheets keep inside."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 10**15 else repr(cell)
    if isinstance(cell, datetime):
        midnight = cell.timetz() == time(0)
        return cell.date().isoformat() if midnight else cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return str(cell) if isinstance(cell, int | timedelta) else ""
