"""Reports as PDF, where the machine can make one."""

from __future__ import annotations

import builtins
import importlib.util
import sys
from typing import Any

import pytest

from syncd.reports.pdf import NoPdf, as_pdf
from syncd.web.rendering import asset
from tests.unit.reports.sample import report

STYLE = asset("style.css").decode()


def _can() -> bool:
    try:
        return importlib.util.find_spec("weasyprint") is not None and bool(
            importlib.import_module("weasyprint")
        )
    except (ImportError, OSError):
        return False


@pytest.mark.skipif(not _can(), reason="neither WeasyPrint nor pango (Debian: libpango-1.0-0)")
def test_a_pdf_has_pages_and_the_words(caplog: pytest.LogCaptureFixture):
    made = as_pdf(report(3), STYLE)
    assert made.startswith(b"%PDF-")
    assert made.rstrip().endswith(b"%%EOF")
    assert made.count(b"/Type /Page") > 1 or b"/ObjStm" in made
    assert caplog.messages == []


def test_without_weasyprint_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    with pytest.raises(NoPdf, match=r"pip install 'syncd\[pdf\]'"):
        as_pdf(report(0), STYLE)


def test_without_pango_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch):
    kept = builtins.__import__

    def broken(name: str, *rest: Any, **more: Any) -> Any:
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return kept(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", broken)
    with pytest.raises(NoPdf, match="libpango"):
        as_pdf(report(0), STYLE)
