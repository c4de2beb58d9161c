"""A report as PDF, by WeasyPrint: an extra, and built on a library of the system's."""

from __future__ import annotations

import logging

from syncd.reports.document import Report
from syncd.reports.html import page

_EXTRA = "install syncd with its extra `pdf`: pip install 'syncd[pdf]'"
_PANGO = (
    "WeasyPrint is here, and the library pango is not: install it (Debian: libpango-1.0-0 "
    "libpangoft2-1.0-0 libharfbuzz-subset0; macOS: brew install pango)"
)


class NoPdf(Exception):
    """This machine cannot make a PDF. The message says what to install."""


def as_pdf(report: Report, style: str) -> bytes:
    """The file that `html.page` makes, as printed on A4. Raises `NoPdf`."""
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetchingError
    except ImportError as error:
        raise NoPdf(_EXTRA) from error
    except OSError as error:
        # It looks for pango when it is imported.
        raise NoPdf(_PANGO) from error

    def nothing(url: str) -> None:
        raise URLFetchingError(f"a report asks nobody for anything: {url}")

    # It tells of every line that is for screens only, on a log that is not ours to fill.
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    found = HTML(string=page(report, style), url_fetcher=nothing).write_pdf(pdf_tags=True)
    assert isinstance(found, bytes)
    return found
