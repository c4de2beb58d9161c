"""What every link checker must do on any web, of which it suffices to know one page."""

from __future__ import annotations

from typing import Protocol

import pytest

from syncd.core.facts import Page, Trouble


class Web(Protocol):
    """`page` carries a link to the domain `links_to` that search engines may follow."""

    page: str
    links_to: str

    def check(self, url: str, targets: tuple[str, ...]) -> Page: ...

    def asked(self) -> list[str]:
        """The paths of the calls so far."""
        ...


class AnyWebContract:
    @pytest.fixture
    def web(self) -> Web:
        raise AssertionError("a connector's test provides the web")

    def test_a_page_with_the_link_is_judged_and_shows_it(self, web: Web) -> None:
        page = web.check(web.page, (web.links_to,))
        assert (page.trouble, page.judged) == (Trouble.NONE, True), page.detail
        assert any(web.links_to in one.url for one in page.links)
        refusing = {"nofollow", "sponsored", "ugc"}
        assert any(not refusing & set(one.rel) for one in page.links)

    def test_a_page_without_the_link_is_judged_all_the_same(self, web: Web) -> None:
        page = web.check(web.page, ("nobody-links-there.example",))
        assert page.judged, page.detail
        assert page.links == ()

    def test_robots_rules_are_asked_at_most_once(self, web: Web) -> None:
        for _ in range(2):
            web.check(web.page, (web.links_to,))
        assert sum(path.endswith("/robots.txt") for path in web.asked()) <= 1

    def test_a_host_that_does_not_exist_is_trouble(self, web: Web) -> None:
        page = web.check("https://nobody.invalid/", (web.links_to,))
        assert (page.trouble, page.status, page.judged) == (Trouble.UNREACHABLE, 0, False)

    @pytest.mark.parametrize(
        "url", ["mailto:ann@reedhomes.example", "javascript:alert(1)", "https://a:b@c.example/"]
    )
    def test_what_is_no_plain_web_address_is_not_asked_for(self, web: Web, url: str) -> None:
        before = len(web.asked())
        page = web.check(url, (web.links_to,))
        assert (page.trouble, page.judged) == (Trouble.FORBIDDEN, False)
        assert len(web.asked()) == before
