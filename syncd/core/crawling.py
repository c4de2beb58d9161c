"""Which sites are crawled tonight, and which of two crawls of a site is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from syncd.core.outbound import HostRules

# A site that could not be crawled is left alone for so long, times the tries that failed.
_REST = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class CrawlRules:
    """`sites`: those named; `of_contacts`: also those of people we have a real dialogue with.

    `by`: the name of the crawler. `contact`: where site owners turn to.
    """

    hosts: HostRules = field(default_factory=HostRules)
    sites: tuple[str, ...] = ()
    of_contacts: bool = False
    every: timedelta = timedelta(days=90)
    by: str = "crawler"
    a_night: int = 3
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """How the tries at a site went. `at`: when its picture is from, None without one."""

    at: datetime | None
    tried_at: datetime
    failures: int = 0


def due(
    rules: CrawlRules, liked: Mapping[str, float], known: Mapping[str, Tried], now: datetime
) -> list[str]:
    """The sites to crawl tonight: those named first, then the best liked; at most `a_night`."""
    ranked = sorted(liked, key=lambda site: (-liked[site], site))
    wanted = dict.fromkeys((*rules.sites, *ranked))
    return [site for site in wanted if _is_due(known.get(site), rules, now)][: rules.a_night]


def _is_due(tried: Tried | None, rules: CrawlRules, now: datetime) -> bool:
    if tried is None:
        return True
    if tried.failures and now - tried.tried_at < min(rules.every, _REST * tried.failures):
        return False
    return tried.at is None or now - tried.at >= rules.every


def holds_against(at: datetime, known_at: datetime, *, whole: bool, known_whole: bool) -> str:
    """Why a crawl does not take the place of the one that is known; "" where it does."""
    if known_whole and not whole:
        return (
            f"it shows a part of the site, and the crawl of {known_at:%Y-%m-%d} all of it: "
            "that one stays"
        )
    if at < known_at:
        return f"the crawl of {known_at:%Y-%m-%d %H:%M} UTC is newer: that one stays"
    return ""


def sites_of(
    people: Iterable[tuple[Iterable[str], float]], *, not_these: Iterable[str]
) -> dict[str, float]:
    """People's sites by how well we know the best known of them; `people`: sites, score."""
    left_out = frozenset(not_these)
    found: dict[str, float] = {}
    for sites, score in people:
        for site in sites:
            if site not in left_out:
                found[site] = max(score, found.get(site, 0.0))
    return found
