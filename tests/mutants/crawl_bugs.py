"""Bugs of crawls."""

from __future__ import annotations

from tests.mutants.bug import Bug

_IMPORT = "connectors/screaming_frog/importing.py"
_NETWORK = "connectors/crawler/network.py"
_CRAWLS = "syncd/engine/crawls.py"
_OUTBOUND = "syncd/core/outbound.py"
_FOLDER = "connectors/screaming_frog/folder.py"
_TEXT = "syncd/core/tabular/text.py"
FROG = ("tests/unit/screaming_frog",)
ENGINE = ("tests/unit/engine/test_crawls.py",)

CRAWL_BUGS = (
    Bug(
        "an export without rows is a site without links",
        _IMPORT,
        "    if not count.rows:\n        raise HeaderOnly(header_only(name))\n    if not kept:",
        "    if count.rows and not kept:",
        FROG,
    ),
    Bug(
        "one address of several that is public lets all of them through",
        "connectors/_kit/addresses.py",
        "        if not fit(address, allowed):\n            raise",
        "        if not any(fit(each, allowed) for each in addresses):\n            raise",
        ("tests/unit/crawler/test_network.py",),
    ),
    Bug(
        "a part of a site takes the place of the whole of it",
        _CRAWLS,
        "            if why:\n                return Taken(known, kept=False",
        "            if why and harvest.whole:\n                return Taken(known, kept=False",
        ENGINE,
    ),
    Bug(
        "a file that is still written to is taken in",
        _FOLDER,
        "if size and (now - before.since >= _BETWEEN or now - at >= _LONG):",
        "if size:",
        FROG,
    ),
    Bug(
        "a page that carries two links to a domain counts twice",
        _OUTBOUND,
        "        pages = len(set(it.pages))\n",
        "        pages = len(it.pages)\n",
        ("tests/unit/core/test_outbound.py",),
    ),
    Bug(
        "bytes of an older encoding are lost",
        _TEXT,
        'errors = _OLD if encoding.startswith("utf-8") else "replace"',
        'errors = "replace"',
        ("tests/unit/core/tabular",),
    ),
)
