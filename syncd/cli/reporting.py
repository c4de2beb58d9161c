"""Reports as the daemon's pages ask for them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from syncd.core.periods import NoPeriod
from syncd.core.rules import Rules
from syncd.reports.document import Report
from syncd.reports.gather import Ask, NoCampaign
from syncd.store.view import View
from syncd.web.house import NotDone, Reports, Shown


def reports(view: View, rules: Callable[[], Rules], now: Callable[[], datetime]) -> Reports:
    """`rules`: those in use; a reload gives others, and reports made anew."""
    # Late: charts and their libraries are for those who look at them.
    from syncd.reports.shelf import Shelf

    shelf = Shelf(view.look, rules, now)

    def page(campaign: str, since: str, until: str) -> Shown | None:
        try:
            found, body = shelf.shown(Ask(campaign, since, until))
        except NoPeriod as error:
            raise NotDone(str(error)) from error
        except NoCampaign:
            return None
        return Shown(found.title, str(found.period), found.zone, found.client, found.made_at, body)

    def file(form: str, campaign: str, since: str, until: str) -> bytes | None:
        try:
            found, _ = shelf.shown(Ask(campaign, since, until))
        except NoPeriod as error:
            raise NotDone(str(error)) from error
        except NoCampaign:
            return None
        return made(found, form)

    return Reports(page, file)


def made(found: Report, form: str) -> bytes:
    """A report as a file of a format. Raises `syncd.reports.pdf.NoPdf`."""
    match form:
        case "html" | "pdf":
            from syncd.web.rendering import asset

            style = asset("style.css").decode()
            if form == "pdf":
                from syncd.reports.pdf import as_pdf

                return as_pdf(found, style)
            from syncd.reports.html import page

            return page(found, style).encode()
        case "csv":
            from syncd.reports.tables import as_csv

            return as_csv(found).encode()
        case "json":
            from syncd.reports.tables import as_json

            return (json.dumps(as_json(found), indent=2) + "\n").encode()
        case _:
            raise ValueError(form)
