"""What a page without the link is: a page, or something in its place that says nothing of it. Pure.

Each sign is one that people can see in the page, listed in NOTES.md. Where none is found the
page is taken at its word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from syncd.core.facts import Trouble

_LONGEST_TITLE = 300
# As much text as is looked at, and as little as a page in a page's place has.
_MOST_TEXT = 4_000
_SHORT = 1_500
_NEXT_TO_NOTHING = 250
_LONGEST_DELAY = 10.0
_TEXTS = "//text()[not({})]".format(
    " or ".join(f"ancestor::{tag}" for tag in ("head", "script", "style", "noscript", "template"))
)

_CHALLENGE_TITLES = re.compile(
    r"^\s*(just a moment|attention required|checking your browser|one more step|security check|"
    r"are you (a )?(human|robot)|verify(ing)? (that )?you are( a)? human|ddos-guard|"
    r"pardon our interruption|access (to this page has been )?denied|bot verification|"
    r"human verification|please verify)",
    re.IGNORECASE,
)
# Only of pages in a page's place: ordinary ones carry scripts of the same makers.
_CHALLENGE_MARKS = (
    "_cf_chl_opt",
    'id="challenge-form"',
    "cf-browser-verification",
    'id="px-captcha"',
    "captcha-delivery.com",
    "_incapsula_resource",
    "/.well-known/sgcaptcha",
)
_LOGIN_PATH = re.compile(
    r"/(log-?in|sign-?in|wp-login\.php|sso|auth|account/login|user/login)(/|\?|$)", re.IGNORECASE
)
_NOT_THERE = re.compile(
    r"^\W*((error|fehler|erreur)?\s*404\b(\W|\s*$|\s+(error|not found|page))|"
    r"(sorry\W+|oops\W+)?((that|this|the) )?page (you [\w ]{1,40} )?"
    r"(not found|(could not|couldn.t|cannot|can not|can.t) be found|(doesn.t|does not) exist|"
    r"no longer exists|is gone)|"
    r"this (post|page|article) (has been|was) (removed|deleted)|nothing (was )?found|"
    r"(die )?seite (wurde )?nicht gefunden|page (introuvable|non trouv\S+)|"
    r"p\S+gina no encontrada|pagina (non trovata|niet gevonden)|"
    r"p\S+gina n\S+o encontrada|nie znaleziono strony|sidan hittades inte)",
    re.IGNORECASE,
)
_SHELLS = frozenset({"root", "app", "__next", "__nuxt", "___gatsby", "svelte", "main-app"})
_REFRESH = re.compile(
    r"^\s*(\d+(?:\.\d*)?)\s*[;,]\s*(?:url\s*=\s*)?['\"]?\s*([^'\"]+)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Instead:
    """`trouble`: why the page cannot be judged, NONE where it can; `detail` in words."""

    trouble: Trouble = Trouble.NONE
    detail: str = ""
    says_gone: bool = False


PLAIN = Instead()


def title_of(root: Any) -> str:
    for element in root.iter("title"):
        return " ".join((element.text_content() or "").split())[:_LONGEST_TITLE]
    return ""


def refresh_of(root: Any) -> str:
    """Where the page sends its reader on by itself before long, "" for nowhere."""
    for element in root.iter("meta"):
        # One for browsers without scripts leads nobody anywhere.
        scripted = any(True for _ in element.iterancestors("noscript"))
        if (element.get("http-equiv") or "").strip().lower() == "refresh" and not scripted:
            found = _REFRESH.match((element.get("content") or "")[:2_000])
            if found and float(found[1]) <= _LONGEST_DELAY:
                return found[2].strip()
    return ""


def canonical_of(root: Any) -> str:
    for element in root.iter("link"):
        if "canonical" in (element.get("rel") or "").lower().split():
            return (element.get("href") or "").strip()
    return ""


def instead(root: Any, markup: str, title: str, asked: str, url: str) -> Instead:
    """What a page that shows no link is, as far as it says so. `asked`, `url`: before and after
    redirects.
    """
    text = " ".join(_seen(root))
    short = len(text) < _SHORT
    if _CHALLENGE_TITLES.match(title) and short:
        return Instead(Trouble.CHALLENGE, f'"{title}"')
    lower = markup[:200_000].lower()
    if short and any(mark in lower for mark in _CHALLENGE_MARKS):
        return Instead(Trouble.CHALLENGE, "it asks whether we are a person")
    if _is_login(root, asked, url, short=short):
        return Instead(Trouble.LOGIN, "it asks who we are")
    if _NOT_THERE.match(title) and (short or _NOT_THERE.match(_heading(root))):
        return Instead(says_gone=True)
    if len(text) < _NEXT_TO_NOTHING and _is_shell(root):
        return Instead(Trouble.SCRIPTS, "what people see there is written by scripts")
    return Instead()


def _is_login(root: Any, asked: str, url: str, *, short: bool) -> bool:
    password = any(one.get("type", "").lower() == "password" for one in root.iter("input"))
    sent = _LOGIN_PATH.search(urlsplit(url).path) and not _LOGIN_PATH.search(urlsplit(asked).path)
    return bool(password and (short or sent)) or bool(sent)


def _heading(root: Any) -> str:
    for element in root.iter("h1"):
        return " ".join((element.text_content() or "").split())[:_LONGEST_TITLE]
    return ""


def _is_shell(root: Any) -> bool:
    """Whether it holds scripts and a place for what they write, or says that it needs them."""
    if not any(True for _ in root.iter("script")):
        return False
    places = (one.get("id") or "" for one in root.iter("div", "main", "body"))
    if any(place.lower() in _SHELLS for place in places):
        return True
    words = " ".join((one.text_content() or "")[:500] for one in root.iter("noscript"))
    return "javascript" in words.lower()


def _seen(root: Any) -> Iterator[str]:
    """What people can read of it, up to a bound."""
    size = 0
    for words in root.xpath(_TEXTS):
        kept = " ".join(words.split())
        if kept:
            size += len(kept)
            yield kept
        if size > _MOST_TEXT:
            return
