"""Two hundred thousand rows, the size of a real crawl (facts/screaming-frog.md)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from io import RawIOBase

import pytest

from connectors.screaming_frog.importing import take_export
from syncd.core.outbound import Picture, Reduction
from syncd.settings.hosts import ignored_hosts
from tests.unit.screaming_frog.exports import export, link

# Of each page: how many links to where.
PAGES_OF = 40
SITEWIDE = [f"partner{n}.example" for n in range(10)]


class Rows(RawIOBase):
    """An export of `count` rows that is made while it is read, and never there as a whole."""

    def __init__(self, count: int) -> None:
        self._pieces = self._made(count)
        self._left = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while len(self._left) < size:
            piece = next(self._pieces, b"")
            if not piece:
                break
            self._left += piece
        given, self._left = self._left[:size], self._left[size:]
        return given

    @staticmethod
    def _made(count: int) -> Iterator[bytes]:
        for page in range(count // PAGES_OF):
            home = f"https://blog.example/posts/{page}/a-rather-long-name-of-a-post"
            rows = [
                link(home, f"https://blog.example/posts/{page + n}", Link_Position="Navigation")
                for n in range(PAGES_OF - len(SITEWIDE) - 2)
            ]
            rows += [link(home, f"https://{to}/", Link_Position="Footer") for to in SITEWIDE]
            rows.append(link(home, f"https://friend{page % 500}.example/{page}", Anchor='a "b", c'))
            rows.append(link(home, "https://www.facebook.com/blog"))
            content = export(rows).removeprefix(b"\xef\xbb\xbf")
            yield content if page == 0 else content.split(b"\r\n", 1)[1]


def picture(count: int) -> tuple[Picture, int]:
    reduction = Reduction(ignored_hosts())
    harvest = take_export(Rows(count), "all_outlinks.csv", reduction.take)  # type: ignore[arg-type] # a stream
    return reduction.picture(), harvest.rows


def main() -> None:
    import resource

    picture(4_000)  # everything is imported, and every cache warm
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found, rows = picture(int(sys.argv[1]))
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    told = {domain.domain: (domain.pages, domain.boilerplate) for domain in found.domains}
    print(json.dumps([rows, found.pages, found.links, len(told), told, after - before]))  # noqa: T201 - to the test


@pytest.mark.parametrize("rows", [200_000])
def test_two_hundred_thousand_rows_are_counted_exactly_in_little_memory(rows: int):
    program = [sys.executable, "-m", "tests.unit.screaming_frog.test_large", str(rows)]
    said = subprocess.run(program, check=True, capture_output=True, timeout=120)
    read, pages, out, domains, told, grown = json.loads(said.stdout)
    assert (read, pages, out) == (rows, rows // PAGES_OF, 12 * rows // PAGES_OF)
    assert domains == len(SITEWIDE) + 500
    assert told["partner3.example"] == [pages, True]
    assert told["friend7.example"] == [pages // 500, False]
    assert "facebook.com" not in told
    # The file is 40 MB; what is kept of it is a number for each page and domain.
    assert grown < 12_000


if __name__ == "__main__":
    main()
