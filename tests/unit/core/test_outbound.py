from __future__ import annotations

import tracemalloc
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.facts import PageLink
from syncd.core.outbound import HostRules, OutDomain, Picture, Reduction, Unclear, host_of

RULES = HostRules(
    ignored=frozenset({"facebook.com", "google.com", "cdn.example"}),
    wanted=frozenset({"scholar.google.com"}),
    credits=("powered by",),
)


def picture(links: Iterable[PageLink], *, site: str = "", clients: Iterable[str] = ()) -> Picture:
    reduction = Reduction(RULES, clients, site)
    for link in links:
        reduction.take(link)
    return reduction.picture()


def pages(count: int, home: str = "https://blog.example") -> list[PageLink]:
    return [PageLink(f"{home}/{number}") for number in range(count)]


def on(page: int, target: str, **more: object) -> PageLink:
    return replace(PageLink(f"https://blog.example/{page}", target), **more)  # type: ignore[arg-type] # a table of fields


def one(found: Picture, domain: str) -> OutDomain:
    return next(it for it in found.domains if it.domain == domain)


def test_hosts_become_what_someone_registered():
    found = picture(
        [
            on(1, "https://www.acme.co.uk/a"),
            on(1, "https://shop.acme.co.uk/b"),
            on(1, "http://jane.blogspot.com/"),
            on(1, "https://bücher.example/"),
            on(1, "https://192.0.2.7:8080/x"),
        ]
    )
    assert [it.domain for it in found.domains] == [
        "192.0.2.7",
        "acme.co.uk",
        "jane.blogspot.com",
        "xn--bcher-kva.example",
    ]
    assert one(found, "acme.co.uk").pages == 1
    assert found.links == 5


def test_what_no_database_could_keep_is_cut_or_left_out():
    long = on(1, f"https://{'a' * 300}.example/")
    odd = on(1, f"https://a.example/{'x' * 5_000}\0", anchor=f"a\0b {'y' * 900}", rel="z" * 900)
    found = picture([long, odd], clients=["a.example"])
    (kept,) = found.domains
    assert len(kept.target_url) == 2_000
    assert kept.anchor.startswith("a b y")
    assert len(kept.anchor) == 300
    assert "\0" not in kept.anchor + kept.target_url
    assert len(found.to_clients[0][1].rel) == 300


def test_a_sites_own_hosts_are_no_links_out():
    found = picture([on(1, "https://shop.blog.example/"), on(1, "https://WWW.BLOG.example")])
    assert (found.site, found.links, found.domains) == ("blog.example", 0, ())


@pytest.mark.parametrize(
    "target", ["mailto:ann@acme.example", "tel:+123", "javascript:void(0)", "", "http://[", "//x"]
)
def test_what_is_no_web_address_is_no_link_out(target: str):
    assert picture([on(1, target)]).links == 0


def test_ignored_hosts_are_left_out_and_counted_but_for_the_wanted_ones_below():
    found = picture(
        [
            on(1, "https://de-de.facebook.com/acme"),
            on(1, "https://img.cdn.example/1.png"),
            on(1, "https://docs.google.com/x"),
            on(1, "https://scholar.google.com/x"),
            on(1, "https://notfacebook.com/"),
        ]
    )
    assert [it.domain for it in found.domains] == ["google.com", "notfacebook.com"]
    assert one(found, "google.com").target_url == "https://scholar.google.com/x"
    assert (found.links, found.ignored) == (5, 2)


def test_the_best_link_stands_for_its_domain_whatever_the_order():
    links = [
        on(1, "https://a.example/footer", position="footer", anchor="A"),
        on(2, "https://a.example/nofollow", position="content", anchor="A", follow=False),
        on(3, "https://a.example/bare", position="content"),
        on(4, "https://a.example/best", position="content", anchor="  the   best\n one "),
        on(5, "https://a.example/credit", position="content", anchor="Powered by A"),
        on(6, "https://a.example/odd", position="Somewhere", anchor="A"),
    ]
    for order in (links, links[::-1]):
        best = one(picture(order), "a.example")
        assert best.target_url == "https://a.example/best"
        assert best.source_url == "https://blog.example/4"
        assert (best.anchor, best.position, best.follow) == ("the best one", "content", True)
        assert best.pages == 6


@pytest.mark.parametrize(
    ("total", "carrying", "sitewide"),
    [
        (2, 2, False),  # a site of two pages has nothing to compare with
        (3, 3, True),
        (4, 3, False),
        (5, 2, False),
        (5, 3, True),
        (100, 49, False),
        (100, 50, True),
    ],
)
def test_sitewide_is_what_most_pages_carry_and_on_small_sites_all(
    *, total: int, carrying: int, sitewide: bool
):
    links = [on(page, "https://a.example/", position="content") for page in range(carrying)]
    found = one(picture([*pages(total), *links]), "a.example")
    assert (found.pages, found.sitewide) == (carrying, sitewide)
    assert not found.boilerplate


@pytest.mark.parametrize(
    ("carrying", "position", "anchor", "boilerplate"),
    [
        (20, "footer", "A", True),
        (19, "footer", "A", False),  # a page's own last paragraph
        (1, "navigation", "A", False),
        (90, "", "A", False),  # where it stands is not known
        (90, "content", "A", False),
        (1, "content", "powered by A", True),
        (1, "content", " Powered By A", True),
    ],
)
def test_frames_and_credits_are_marked(
    *, carrying: int, position: str, anchor: str, boilerplate: bool
):
    links = [
        on(page, "https://a.example/", position=position, anchor=anchor) for page in range(carrying)
    ]
    assert one(picture([*pages(100), *links]), "a.example").boilerplate is boilerplate


def test_links_to_clients_are_kept_page_by_page_even_where_their_host_is_ignored():
    found = picture(
        [
            on(1, "https://www.facebook.com/a", anchor="one", rel="ugc"),
            on(1, "https://www.facebook.com/a", anchor="again"),
            on(2, "https://www.facebook.com/a"),
            on(2, "https://other.example/"),
        ],
        clients=["facebook.com"],
    )
    assert [(client, link.page, link.anchor) for client, link in found.to_clients] == [
        ("facebook.com", "https://blog.example/1", "one"),
        ("facebook.com", "https://blog.example/2", ""),
    ]
    assert one(found, "facebook.com").pages == 2


def test_the_site_is_the_one_most_pages_are_of_and_others_are_no_part_of_it():
    other = PageLink("https://elsewhere.example/1", "https://b.example/")
    found = picture([*pages(3), on(1, "https://a.example/"), other])
    assert found.site == "blog.example"
    assert [it.domain for it in found.domains] == ["a.example"]
    assert found.others == (("elsewhere.example", 1),)
    assert picture([*pages(3), other], site="elsewhere.example").domains[0].domain == "b.example"


def test_a_crawl_of_no_one_site_is_refused_with_the_sites_in_it():
    with pytest.raises(Unclear, match=r"several sites, blog.example \(2 pages\), x.example \(2"):
        picture([*pages(2), *pages(2, "https://x.example")])
    with pytest.raises(Unclear, match=r"no page of wrong.example, but of blog.example"):
        picture(pages(1), site="wrong.example")
    with pytest.raises(Unclear, match="no page at all"):
        picture([])


@given(
    st.lists(st.tuples(st.integers(0, 300), st.sampled_from("abc")), max_size=700),
    st.randoms(use_true_random=False),
)
def test_pages_are_counted_exactly_in_any_order(pairs: list[tuple[int, str]], dice):
    links = [on(page, f"https://{name}.example/") for page, name in pairs]
    dice.shuffle(links)
    found = picture([PageLink("https://blog.example/x"), *links])
    for domain in found.domains:
        assert domain.pages == len({page for page, name in pairs if name == domain.domain[0]})
    assert found.pages == len({page for page, _ in pairs}) + 1


def test_memory_follows_pages_and_domains_and_not_links():
    def links(repeat: int) -> Iterable[PageLink]:
        for page in range(400):
            for number in range(20 * repeat):
                yield on(page, f"https://site{number % 20}.example/{number}", position="content")

    peaks = []
    for repeat in (1, 5):
        tracemalloc.start()
        found = picture(links(repeat))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert (found.pages, len(found.domains), found.links) == (400, 20, 8_000 * repeat)
    assert peaks[1] < 1.2 * peaks[0]


@given(st.text(max_size=60))
def test_no_text_is_too_odd_for_a_host(text: str):
    host_of(text)
    host_of(f"http://{text}")
