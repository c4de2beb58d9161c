"""A report as HTML: the part that pages and files share, and the file that needs nothing else."""

from __future__ import annotations

import functools
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from syncd.reports.charts import draw
from syncd.reports.document import Report

_FOLDER = Path(__file__).with_name("templates")


def body(report: Report) -> Markup:
    """Sections with charts and tables. Every text in it is escaped; charts are our own SVG."""
    charts = {section.key: Markup(draw(section)) for section in report.sections}  # noqa: S704 - drawn by us, labels escaped by the XML writer
    # Which series a column is in the chart, where there is more than one.
    keys = {
        section.key: {key: at for at, key in enumerate(section.chart.columns)}
        if section.chart is not None and len(section.chart.columns) > 1 and charts[section.key]
        else {}
        for section in report.sections
    }
    words = _environment().get_template("body.html").render(report=report, charts=charts, keys=keys)
    return Markup(words)  # noqa: S704 - rendered with everything escaped


def page(report: Report, style: str) -> str:
    """One file that asks nobody for anything. `style`: the style sheet of the pages."""
    made = report.made_at.astimezone(ZoneInfo(report.zone))
    return (
        _environment()
        .get_template("file.html")
        .render(
            report=report,
            body=body(report),
            style=Markup(style),  # noqa: S704 - our own file
            made=f"{made:%-d %B %Y at %H:%M}",
        )
    )


@functools.cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
