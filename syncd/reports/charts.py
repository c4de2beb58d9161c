"""Charts as plain SVG: drawn by pygal, freed of its scripts and styles.

Colours stand twice: as attributes, which every reader of SVG honours (a PDF's above all), and as
classes, by which a style sheet overrides them, for the dark and for print. No chart says anything
that the table beside it does not.
"""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from syncd.reports.document import Chart, Row, Section

WIDTH = 720
_BAR, _ROOM = 22, 76  # the height of a bar with its margin, and of axis and legend
_COLUMNS = 260
_LONGEST_LABEL = 30
_SVG = "{http://www.w3.org/2000/svg}"
FONT = "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', sans-serif"
# By the order of the columns drawn: as the style sheet has them where it is light.
COLOURS = ("#2f7bd0", "#d98324", "#5d6a75")
_QUIET, _LINE, _INK = "#596069", "#dedfda", "#1c1f22"
_SERIES = re.compile(r"(?:serie|color)-\d")


def draw(section: Section) -> str:
    """The chart of a section as an SVG element; "" where there is nothing to draw."""
    chart = section.chart
    rows = [row for row in section.rows if not row.is_whole]
    if chart is None or not rows or not _any_value(section, chart, rows):
        return ""
    drawn = _chart(section, chart, rows)
    return _plain(drawn.render(is_unicode=True), section.key, chart)


def _any_value(section: Section, chart: Chart, rows: Iterable[Row]) -> bool:
    places = [section.column(key) for key in chart.columns]
    return any(row.values[at].value for row in rows for at in places)


def _chart(section: Section, chart: Chart, rows: Sequence[Row]) -> Any:
    pygal = _pygal()
    lying = chart.kind == "bars"
    kind = {"bars": pygal.HorizontalBar, "balance": pygal.StackedBar}.get(chart.kind, pygal.Bar)
    style = pygal.style.Style(
        label_font_size=13,
        major_label_font_size=13,
        legend_font_size=13,
        font_family=FONT,
        colors=COLOURS,
    )
    # pygal draws lying bars from the bottom up; people read from the top down.
    shown = list(reversed(rows)) if lying else list(rows)
    count = max(1, len(rows)) * len(chart.columns)
    drawn = kind(
        style=style,
        js=[],
        css=[],
        disable_xml_declaration=True,
        width=WIDTH,
        height=_ROOM + _BAR * max(3, count) if lying else _COLUMNS,
        show_legend=len(chart.columns) > 1,
        legend_at_bottom=True,
        legend_at_bottom_columns=len(chart.columns),
        legend_box_size=11,
        margin=8,
        spacing=8,
        truncate_label=_LONGEST_LABEL,
        truncate_legend=-1,
        no_prefix=True,
        formatter=lambda value: _tick(value, chart.unit),
        value_formatter=lambda value: _tick(value, chart.unit),
        x_label_rotation=35 if not lying and len(rows) > 8 else 0,
        order_min=0,
        show_y_guides=not lying,
        show_x_guides=lying,
        range=_range(section, chart, rows),
        max_scale=6,
        min_scale=3,
    )
    drawn.x_labels = [row.label for row in shown]
    for place, key in enumerate(chart.columns):
        at = section.column(key)
        down = chart.kind == "balance" and place > 0
        drawn.add(
            section.columns[at].label, [_point(row, at, chart.unit, down=down) for row in shown]
        )
    return drawn


@functools.cache
def _pygal() -> Any:
    """The library, late, and without the hook by which it joins in every import of the process.

    The hook serves plugins of its own that nobody here has, in a way that Python has given up:
    each later import would warn of it.
    """
    import pygal
    import pygal.style

    sys.meta_path[:] = [
        one for one in sys.meta_path if type(one).__module__.partition(".")[0] != "pygal"
    ]
    return pygal


def _point(row: Row, at: int, unit: str, *, down: bool) -> Any:
    measure = row.values[at]
    value = measure.value
    if value is None:
        return None
    scale = 100 if unit == "%" else 1
    shown = -value if down else value * scale
    if measure.interval is None:
        return shown
    low, high = measure.interval.low * scale, measure.interval.high * scale
    return {"value": shown, "ci": {"low": low, "high": high}}


def _range(section: Section, chart: Chart, rows: Sequence[Row]) -> tuple[float, float] | None:
    """From 0 to the largest end of an interval, so that none runs off the chart."""
    if chart.kind == "balance":
        return None
    scale = 100 if chart.unit == "%" else 1
    ends = [0.0]
    for row in rows:
        for key in chart.columns:
            measure = row.values[section.column(key)]
            value = measure.value or 0
            high = value if measure.interval is None else measure.interval.high
            ends.append(max(value, high) * scale)
    return 0, max(ends) or 1


def _tick(value: float, unit: str) -> str:
    words = f"{abs(value):,.0f}" if abs(value) >= 10 or value == int(value) else f"{abs(value):.1f}"
    return words + unit


def _plain(svg: str, key: str, chart: Chart) -> str:
    """The drawing without script, style and anything that only pygal's script would use."""
    from lxml import etree

    # What it draws is ours, but labels are people's: no entity and no address is ever resolved.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    root = etree.fromstring(svg.encode(), parser)
    for one in list(root.iter()):
        tag, classes = one.tag.removeprefix(_SVG), set(one.get("class", "").split())
        if tag in {"defs", "desc", "title"} or "background" in classes or "tooltip" in classes:
            one.getparent().remove(one)
    category = "y" if chart.kind == "bars" else "x"
    for one in list(root.iter(f"{_SVG}text", f"{_SVG}rect", f"{_SVG}path")):
        _dress(one, category)
    for one in root.iter():
        for name in ("class", "id", "style", "rx", "ry") if one.get("data-kept") is None else ():
            one.attrib.pop(name, None)
        one.attrib.pop("data-kept", None)
    for one in [group for group in root.iter(f"{_SVG}g") if len(group) == 0]:
        one.getparent().remove(one)
    _name(root, key, chart)
    etree.cleanup_namespaces(root)
    return str(etree.tostring(root, encoding="unicode"))


def _name(root: Any, key: str, chart: Chart) -> None:
    from lxml import etree

    root.set("class", "figure")
    root.set("role", "img")
    root.set("aria-labelledby", f"chart-{key}")
    root.set("aria-describedby", f"about-{key}")
    title = etree.Element(f"{_SVG}title", id=f"chart-{key}")
    title.text = chart.title
    about = etree.Element(f"{_SVG}desc", id=f"about-{key}")
    about.text = "The numbers stand in the table beside it."
    root.insert(0, title)
    root.insert(1, about)


def _dress(one: Any, category: str) -> None:
    """A class of our own and colours as attributes, by what an element is in pygal's drawing.

    Marked as kept: all the other classes go.
    """
    tag, classes = one.tag.removeprefix(_SVG), set(one.get("class", "").split())
    around = [set(parent.get("class", "").split()) for parent in one.iterancestors()]
    above = set().union(*around)
    series = next((name[-1] for name in above | classes if _SERIES.fullmatch(name)), "0")
    looks: dict[str, str]
    if tag == "text":
        looks = {"font-family": FONT, "font-size": "13", "fill": _QUIET, "class": "t"}
        if "axis" in above:
            lying_name = "y" in above
            looks["text-anchor"] = "end" if lying_name else "middle"
            if "rotate" in one.get("transform", ""):
                looks["text-anchor"] = "start"
    elif tag == "rect":
        looks = {"fill": COLOURS[int(series)], "class": f"s{series}"}
    elif "ci" in above:
        looks = {"fill": "none", "stroke": _INK, "stroke-width": "1.5", "class": "ci"}
    elif "axis" in above and category not in above:
        zero = "major" in classes and one.getnext() is not None and one.getnext().text == "0"
        looks = {"fill": "none", "stroke": _QUIET if zero else _LINE, "class": "guide"}
    else:
        one.getparent().remove(one)
        return
    for name, value in looks.items():
        one.set(name, value)
    one.set("data-kept", "")
    for name in ("rx", "ry", "id", "style"):
        one.attrib.pop(name, None)
