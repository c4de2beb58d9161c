"""A small world of web sites, as strangers keep them: pages, redirects, robots.txt, bad days.

Asked as /SCHEME/HOST/PATH. Pages are kept by address; a host exists once it has a page.
"""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from syncd.ports.clock import Clock
from syncd.ports.simulator import Answer, Request

_HTML = "text/html; charset=utf-8"
_EVERYWHERE = "<!doctype html><title>{title}</title><h1>{title}</h1><p>{body}</p>"


class WebSimulator:
    """Satisfies `syncd.ports.simulator.Simulator`. NOTES.md lists the commands."""

    name = "webcheck"

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pages: dict[str, dict[str, Any]] = {}
        self._faults: list[dict[str, Any]] = []
        self._visits: Counter[str] = Counter()
        self._agents: Counter[str] = Counter()
        self._commands: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "put_page": self._put_page,
            "remove_page": self._remove_page,
            "redirect": self._redirect,
            "robots": self._robots,
            "fault": self._fault,
            "clear_faults": self._clear_faults,
            "pages": lambda _body: {"pages": sorted(self._pages)},
            "stats": self._stats,
            "reset_stats": self._reset_stats,
        }

    @property
    def commands(self) -> tuple[str, ...]:
        return tuple(self._commands)

    def handle(self, request: Request) -> Answer:
        scheme, _, rest = request.path.removeprefix("/").partition("/")
        host, _, path = rest.partition("/")
        if scheme not in {"http", "https"} or not host:
            return self._index()
        query = "&".join(f"{key}={value}" for key, value in request.query)
        url = _address(f"{scheme}://{host}/{path}" + (f"?{query}" if query else ""))
        self._visits[url] += 1
        self._agents[request.headers.get("user-agent", "")] += 1
        if request.method not in {"GET", "HEAD"}:
            return _page(405, "Method not allowed")
        fault = self._falls(host, url)
        if fault is not None:
            return fault
        known = self._pages.get(url)
        if known is not None:
            return Answer(known["status"], known["body"].encode(), dict(known["headers"]))
        if not any(urlsplit(one).netloc == host.lower() for one in self._pages):
            return Answer(0)  # nobody there
        return _page(404, "Not found")

    def snapshot(self) -> dict[str, Any]:
        return {"pages": {url: dict(page) for url, page in self._pages.items()}}

    def restore(self, state: Mapping[str, Any]) -> None:
        self._pages = {url: dict(page) for url, page in state["pages"].items()}

    def control(self, command: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return self._commands[command](body)

    # commands

    def _put_page(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """`url`; `html`, or `links` (`url`, `text`, `rel`) and `title`; `status`, `headers`."""
        url = _address(body["url"])
        headers = {"Content-Type": _HTML, **body.get("headers", {})}
        text = body["html"] if "html" in body else _written(body)
        self._pages[url] = {"status": int(body.get("status", 200)), "body": text,
                            "headers": headers}  # fmt: skip
        return {"url": url}

    def _remove_page(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """`url`; `status` 404 or 410."""
        return self._put_page({**body, "html": "gone", "status": body.get("status", 404)})

    def _redirect(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """`url`, `to`; `status` 301 and the like."""
        headers = {"Location": body["to"]} if body.get("to") else {}
        status = body.get("status", 301)
        return self._put_page({"url": body["url"], "html": "", "status": status,
                               "headers": headers})  # fmt: skip

    def _robots(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """`site` (https://HOST); `text`, `status`."""
        headers = {"Content-Type": "text/plain"}
        page = {"html": body.get("text", ""), "status": body.get("status", 200)}
        return self._put_page({"url": f"{body['site']}/robots.txt", "headers": headers, **page})

    def _fault(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """`host` or `url`; `status` (0: no answer), `headers`, `n` times (null: always)."""
        self._faults.append({"status": 0, "headers": {}, "n": 1, **body})
        return {"faults": len(self._faults)}

    def _clear_faults(self, _body: Mapping[str, Any]) -> dict[str, Any]:
        self._faults.clear()
        return {}

    def _stats(self, _body: Mapping[str, Any]) -> dict[str, Any]:
        return {"visits": dict(self._visits), "agents": dict(self._agents)}

    def _reset_stats(self, _body: Mapping[str, Any]) -> dict[str, Any]:
        self._visits.clear()
        self._agents.clear()
        return {}

    # underneath

    def _falls(self, host: str, url: str) -> Answer | None:
        for fault in self._faults:
            meant = _address(fault["url"]) == url if "url" in fault else fault["host"] == host
            if meant and fault["n"] != 0:
                if fault["n"] is not None:
                    fault["n"] -= 1
                status = int(fault["status"])
                return Answer(status, b"a bad day" if status else b"", dict(fault["headers"]))
        return None

    def _index(self) -> Answer:
        shown = "".join(
            f'<li><a href="/{html.escape(url.replace("://", "/", 1))}">{html.escape(url)}</a></li>'
            for url in sorted(self._pages)
        )
        return _page(200, "The web of the sandbox", f"<ul>{shown}</ul>")


def _address(url: str) -> str:
    """The address pages are kept by: lower-case host, "/" where there is no path."""
    parts = urlsplit(url)
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path or '/'}{query}"


def _written(body: Mapping[str, Any]) -> str:
    links = "".join(
        f'<p><a href="{html.escape(one["url"])}" rel="{html.escape(one.get("rel", ""))}">'
        f"{html.escape(one.get('text', one['url']))}</a></p>"
        for one in body.get("links", ())
    )
    title = html.escape(body.get("title", "A page"))
    return _EVERYWHERE.format(title=title, body=links)


def _page(status: int, title: str, body: str = "") -> Answer:
    text = _EVERYWHERE.format(title=title, body=body)
    return Answer(status, text.encode(), {"Content-Type": _HTML})
