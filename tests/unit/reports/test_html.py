"""Reports as HTML: well formed, of themselves, and nobody's words run in them."""

from __future__ import annotations

import re
import sys
from collections import Counter
from typing import Any

import pytest
from lxml import etree, html

from syncd.reports.charts import COLOURS, draw
from syncd.reports.html import body, page
from syncd.web.rendering import asset
from tests.unit.reports.sample import HOSTILE, report

STYLE = asset("style.css").decode()
SVG = "{http://www.w3.org/2000/svg}"


def drawings() -> list[tuple[str, Any]]:
    drawn = [(one.key, draw(one)) for one in report().sections]
    return [(key, etree.fromstring(words)) for key, words in drawn if words]


def test_a_file_asks_nobody_for_anything_and_runs_nothing():
    words = page(report(), STYLE)
    tree = html.document_fromstring(words)
    assert not tree.xpath("//script | //link | //img | //iframe | //object | //use | //image")
    for one in tree.iter():
        if isinstance(one.tag, str):
            assert not {"src", "href", "style"} & set(one.attrib)
            assert not any(name.startswith("on") for name in one.attrib)
    assert set(re.findall(r"\w+://[^\s\"'<]*", words)) == {"http://www.w3.org/2000/svg"}
    assert "url(" not in STYLE
    assert "@import" not in STYLE
    assert "default-src 'none'" in words


def test_what_people_called_things_is_shown_as_text():
    words = page(report(), STYLE)
    assert "<script" not in words
    assert "&lt;script&gt;alert(" in words
    tree = html.document_fromstring(words)
    assert f"ACME {HOSTILE}" in tree.text_content()


def test_every_tag_is_closed_and_every_name_is_given_once():
    words = page(report(), STYLE)
    inner = words[words.index("<body>") : words.index("</body>") + len("</body>")]
    tree = etree.fromstring(re.sub(r"<(meta|br)([^>]*)>", r"<\1\2/>", inner))
    ids = Counter(tree.xpath("//@id"))
    assert ids.most_common(1)[0][1] == 1
    wanted = " ".join(tree.xpath("//@aria-labelledby | //@aria-describedby")).split()
    assert set(wanted) <= set(ids)


@pytest.mark.parametrize("number", [0, 1, 240])
def test_each_chart_has_its_numbers_in_a_table_beside_it(number: int):
    tree = html.fragment_fromstring(str(body(report(number))))
    for section in tree.xpath("//section[.//figure]"):
        [table] = section.xpath(".//table")
        assert len(table.xpath("./tbody/tr")) >= 1
    if not number:
        assert not tree.xpath("//figure | //table")


def test_a_chart_is_named_and_told_of():
    for _, root in drawings():
        assert root.get("role") == "img"
        title, about = root[0], root[1]
        assert (title.tag, about.tag) == (f"{SVG}title", f"{SVG}desc")
        assert title.text
        assert root.get("aria-labelledby") == title.get("id")
        assert root.get("aria-describedby") == about.get("id")


def test_a_chart_keeps_nothing_of_its_librarys_scripts_and_styles():
    for _, root in drawings():
        tags = {one.tag.removeprefix(SVG) for one in root.iter()}
        assert tags <= {"svg", "title", "desc", "g", "text", "rect", "path"}
        for one in root.iter():
            assert "style" not in one.attrib
            assert one.get("class") in {None, "figure", "t", "guide", "ci", "s0", "s1"}
            assert not one.get("id") or one.tag in {f"{SVG}title", f"{SVG}desc"}
        assert "pygal" not in etree.tostring(root, encoding="unicode").lower()


def test_the_library_leaves_no_hook_in_the_imports_of_the_process():
    assert drawings()
    assert not [one for one in sys.meta_path if "pygal" in type(one).__module__]


def test_colours_stand_in_the_drawing_for_those_who_read_no_style():
    for key, root in drawings():
        for one in root.iter(f"{SVG}rect"):
            assert one.get("fill") == COLOURS[int(one.get("class")[1])], key
        for one in root.iter(f"{SVG}text", f"{SVG}path"):
            assert one.get("fill"), key


def test_bars_are_as_long_as_their_values():
    [(_, root)] = [one for one in drawings() if one[0] == "funnel"]
    section = next(one for one in report().sections if one.key == "funnel")
    values = [row.values[0].value or 0 for row in section.rows]
    # From the top down, as they are read.
    bars = sorted(root.iter(f"{SVG}rect"), key=lambda one: float(one.get("y")))
    widths = [float(one.get("width", 0)) for one in bars]  # pygal leaves a zero out
    scale = widths[0] / values[0]
    assert widths == pytest.approx([value * scale for value in values], abs=0.01)


def test_no_interval_runs_off_the_chart():
    for key, root in drawings():
        _, _, width, height = (float(one) for one in root.get("viewBox").split())
        for one in root.iter(f"{SVG}path"):
            if one.get("class") != "ci":
                continue
            left, top = _moved(one)
            points = re.findall(r"[ML](-?[\d.]+) (-?[\d.]+)", one.get("d"))
            assert points
            for x, y in points:
                assert -0.5 <= float(x) + left <= width + 0.5, key
                assert -0.5 <= float(y) + top <= height + 0.5, key


def _moved(one: Any) -> tuple[float, float]:
    left = top = 0.0
    for parent in one.iterancestors():
        found = re.fullmatch(r"translate\(([-\d.]+), ([-\d.]+)\)", parent.get("transform", ""))
        if found:
            left, top = left + float(found[1]), top + float(found[2])
    return left, top


def test_a_rate_that_rests_on_few_is_marked():
    words = str(body(report(12)))
    assert '<span class="chip warm">few</span>' in words
    assert "How this is counted" in words


def test_the_sheet_knows_the_dark_and_the_print():
    for one in ("prefers-color-scheme: dark", "@media print", "@page", ".figure .t", ".figure .ci"):
        assert one in STYLE
