"""Exports as facts/screaming-frog.md describes them, written by hand."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

COLUMNS = (
    "Type", "Source", "Destination", "Size (Bytes)", "Alt Text", "Anchor", "Status Code", "Status",
    "Follow", "Target", "Rel", "Path Type", "Link Path", "Link Position", "Link Origin",
)  # fmt: skip
OLD = ("Type", "Source", "Destination", "Alt Text", "Anchor", "Status Code", "Status", "Follow")


def link(source: str, destination: str, **more: str) -> dict[str, str]:
    """A row by English column name; underscores stand for spaces."""
    row = {
        "Type": "Hyperlink",
        "Source": source,
        "Destination": destination,
        "Size (Bytes)": "0",
        "Status Code": "200",
        "Status": "OK",
        "Follow": "true",
        "Path Type": "Absolute",
        "Link Path": "//body/main/p/a",
        "Link Position": "Content",
        "Link Origin": "HTML",
    }
    return row | {name.replace("_", " "): value for name, value in more.items()}


def export(
    rows: Iterable[Mapping[str, str]],
    columns: Sequence[str] = COLUMNS,
    *,
    renamed: Mapping[str, str] | None = None,
    title: str = "",
) -> bytes:
    """With a BOM and everything in quotes, as the program writes it."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    if title:
        writer.writerow([title])
    writer.writerow([(renamed or {}).get(column, column) for column in columns])
    writer.writerows([row.get(column, "") for column in columns] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def some(count: int) -> list[dict[str, str]]:
    return [link(f"https://blog.example/{n}", f"https://a{n}.example/") for n in range(count)]
