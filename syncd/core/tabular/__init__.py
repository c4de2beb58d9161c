"""Tables as people export and mail them: CSV of any make, spreadsheets, packed or not."""

from __future__ import annotations

from syncd.core.tabular.headers import Header, header, table
from syncd.core.tabular.reading import read
from syncd.core.tabular.rows import Row, Unreadable

__all__ = ["Header", "Row", "Unreadable", "header", "read", "table"]
