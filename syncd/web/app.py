"""The application: which path shows or does what. Handlers run on threads of their own."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from syncd.store.database import UnusableState
from syncd.web.access import Person, TooManyGuesses
from syncd.web.gate import Gate, cookie_line
from syncd.web.hooks import Hooks
from syncd.web.house import Checked, House, NotDone
from syncd.web.pages import Pages, Visit
from syncd.web.rendering import asset, query, render

_FILES = {
    "html": "text/html; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}
PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
Show = Callable[[Visit], str]
Done = Callable[[Request, dict[str, str]], tuple[str, str]]


def make_app(house: House) -> Starlette:
    """Everything a daemon serves over HTTP."""
    site = _Site(house)
    pages = site.pages
    hooks = [] if house.desk is None else [Middleware(Hooks, desk=house.desk)]
    return Starlette(
        routes=[
            Route("/", site.page(pages.overview)),
            Route("/conversations", site.page(pages.conversations)),
            Route("/conversations/{number:int}", site.numbered(pages.conversation)),
            Route("/campaigns", site.page(pages.campaigns)),
            Route("/campaigns/{name}", site.named(pages.campaign)),
            Route("/links", site.page(pages.links)),
            Route("/links/{number:int}", site.numbered(pages.link)),
            Route("/contacts", site.page(pages.contacts)),
            Route("/contacts/{name}", site.named(pages.contact)),
            Route("/introductions", site.page(pages.introductions)),
            Route("/introductions/draft", site.deed(site.introduce), methods=["POST"]),
            Route("/reports", site.reports),
            Route("/reports/campaign/{name}", site.named(pages.reports)),
            Route("/reports/file.{form}", site.report_file),
            Route("/runs", site.page(pages.runs)),
            Route("/runs/{number:int}", site.numbered(pages.run)),
            Route("/runs/{number:int}/undo", site.deed(site.undo), methods=["POST"]),
            Route("/parked", site.page(pages.parked)),
            Route("/parked/{number:int}/{what}", site.deed(site.settle), methods=["POST"]),
            Route("/held", site.page(pages.held)),
            Route("/held/approve", site.deed(site.approve), methods=["POST"]),
            Route("/settings", site.page(pages.settings)),
            Route("/settings/reload", site.deed(site.reload_from_page), methods=["POST"]),
            Route("/-/reload", site.reload, methods=["POST"]),
            Route("/login", site.login, methods=["GET", "POST"]),
            Route("/logout", site.logout, methods=["POST"]),
            Route("/metrics", site.metrics),
            Route("/healthz", site.health(house.alive)),
            Route("/readyz", site.health(house.ready)),
            Route("/style.css", site.kept("style.css", "text/css")),
            Route("/icon.svg", site.kept("icon.svg", "image/svg+xml")),
        ],
        middleware=[*hooks, Middleware(Gate, access=house.access)],
        exception_handlers={404: site.no_page, UnusableState: site.no_state},
    )


class _Site:
    def __init__(self, house: House) -> None:
        self._house = house
        self.pages = Pages(house)

    def page(self, show: Show) -> Callable[[Request], Response]:
        def endpoint(request: Request) -> Response:
            return HTMLResponse(show(self._visit(request)))

        return endpoint

    def numbered(self, show: Callable[[Visit, int], str | None]) -> Callable[[Request], Response]:
        def endpoint(request: Request) -> Response:
            visit, number = self._visit(request), request.path_params["number"]
            # Larger than any number of ours, and than the database's.
            found = show(visit, number) if number < 2**53 else None
            if found is None:
                words = "There is nothing of this number."
                return HTMLResponse(self.pages.missing(visit, words), 404)
            return HTMLResponse(found)

        return endpoint

    def named(self, show: Callable[[Visit, str], str | None]) -> Callable[[Request], Response]:
        def endpoint(request: Request) -> Response:
            visit = self._visit(request)
            found = show(visit, request.path_params["name"][:320])
            if found is None:
                words = "Nothing of this name is known."
                return HTMLResponse(self.pages.missing(visit, words), 404)
            return HTMLResponse(found)

        return endpoint

    def reports(self, request: Request) -> Response:
        visit = self._visit(request)
        if campaign := visit.query.get("campaign", ""):
            # The form's choice has a page of its own, whose address can be passed on.
            kept = {name: visit.query.get(name, "") for name in ("since", "until")}
            return RedirectResponse(f"/reports/campaign/{quote(campaign, safe='')}{query(**kept)}")
        return HTMLResponse(self.pages.reports(visit) or "")

    def report_file(self, request: Request) -> Response:
        form, asked = request.path_params["form"], request.query_params
        if form not in _FILES:
            return self.no_page(request, LookupError(form))
        since, until = asked.get("since", "")[:40], asked.get("until", "")[:40]
        try:
            made = self._house.reports.file(form, asked.get("campaign", "")[:200], since, until)
        except NotDone as error:
            return self._refused(request, str(error), 400)
        if made is None:
            return self.no_page(request, LookupError(form))
        name = f'attachment; filename="syncd-report.{form}"'
        return Response(made, media_type=_FILES[form], headers={"content-disposition": name})

    def deed(self, does: Done) -> Callable[[Request], Awaitable[Response]]:
        """A form's target: checked, done, and back to a page that tells what was done."""

        async def endpoint(request: Request) -> Response:
            fields = await _fields(request)
            person: Person = request.state.person
            proof = fields.get("form_token", "")
            if not person.program and not self._house.access.is_form_token(
                request.state.cookie, proof
            ):
                return self._refused(request, "This form is out of date. Go back and reload it.")
            if not person.may_act:
                return self._refused(request, "You may look, and an operator may do this.")
            try:
                back, told = await run_in_threadpool(does, request, fields)
            except NotDone as error:
                return self._refused(request, str(error), 409)
            if person.program:
                return JSONResponse({"ok": True, "told": told})
            return _told(RedirectResponse(back, 303), told)

        return endpoint

    def approve(self, _request: Request, fields: dict[str, str]) -> tuple[str, str]:
        kind = fields.get("kind", "")
        return "/held", self._house.deeds.approve([kind] if kind else [])

    def settle(self, request: Request, _fields: dict[str, str]) -> tuple[str, str]:
        number, what = request.path_params["number"], request.path_params["what"]
        deeds = {"retry": self._house.deeds.retry, "drop": self._house.deeds.drop}
        if what not in deeds:
            raise NotDone("There is no such thing to do.")
        return "/parked", deeds[what](number)

    def introduce(self, _request: Request, fields: dict[str, str]) -> tuple[str, str]:
        does = self._house.deeds.introduce
        if does is None:
            raise NotDone("Run `syncd introductions --draft` on the machine.")
        introducer, site = fields.get("introducer", "")[:320], fields.get("site", "")[:320]
        return "/introductions", does(introducer, site)

    def undo(self, request: Request, _fields: dict[str, str]) -> tuple[str, str]:
        number = request.path_params["number"]
        if self._house.deeds.undo is None:
            raise NotDone(f"Run `syncd undo {number}` on the machine.")
        return f"/runs/{number}", self._house.deeds.undo(number)

    def reload_from_page(self, _request: Request, _fields: dict[str, str]) -> tuple[str, str]:
        found = self._house.deeds.reload()
        if found.problems:
            return "/settings", "The file is wrong; the settings stay as they were."
        return "/settings", "Reloaded."

    async def reload(self, request: Request) -> Response:
        """For programs. A browser's request must prove, as any form, where it came from."""
        person: Person = request.state.person
        headers = request.headers
        is_browser = "origin" in headers or "sec-fetch-site" in headers or "cookie" in headers
        if is_browser and not person.program:
            fields = await _fields(request)
            given = fields.get("form_token", "")
            if not self._house.access.is_form_token(request.state.cookie, given):
                return JSONResponse({"ok": False, "error": "no form token"}, 403)
        if not person.may_act:
            return JSONResponse({"ok": False, "error": "operators only"}, 403)
        found = await run_in_threadpool(self._house.deeds.reload)
        told = {
            "ok": not found.problems,
            "problems": list(found.problems),
            "restart": list(found.restart),
        }
        # Prometheus' own code for it.
        return JSONResponse(told, 500 if found.problems else 200)

    async def login(self, request: Request) -> Response:
        access = self._house.access
        if not access.doors.tokens:
            return RedirectResponse("/", 303)
        wanted = _inside(request.query_params.get("next", "/"))
        words, status = "", 200
        if request.method == "POST":
            fields = await _fields(request)
            if not access.is_form_token(request.state.cookie, fields.get("form_token", "")):
                words, status = "The form was out of date. Try again.", 403
            else:
                try:
                    cookie = access.log_in(request.state.peer, fields.get("token", "").strip())
                except TooManyGuesses as error:
                    wait = {"retry-after": f"{error.after:.0f}"}
                    return self._login(request, f"There were {error}.", 429, wait)
                if cookie is not None:
                    answer = RedirectResponse(wanted, 303)
                    line = cookie_line(cookie, secure=request.state.secure)
                    answer.headers["set-cookie"] = line
                    return answer
                words, status = "No one has this token.", 401
        return self._login(request, words, status)

    async def logout(self, request: Request) -> Response:
        fields = await _fields(request)
        proof = fields.get("form_token", "")
        if not self._house.access.is_form_token(request.state.cookie, proof):
            return self._refused(request, "This form is out of date. Go back and reload it.")
        self._house.access.log_out(request.state.cookie)
        answer = RedirectResponse("/", 303)
        answer.headers["set-cookie"] = cookie_line("", secure=request.state.secure) + "; Max-Age=0"
        return answer

    def metrics(self, _request: Request) -> Response:
        return Response(self._house.metrics(), headers={"content-type": PROMETHEUS})

    def health(self, ask: Callable[[], Checked]) -> Callable[[Request], Response]:
        def endpoint(request: Request) -> Response:
            found = ask()
            # In words only for those who may look: they name mailboxes and services.
            told = dict(found.told) if request.state.person is not None else {}
            return JSONResponse({"ok": found.well, **told}, 200 if found.well else 503)

        return endpoint

    def kept(self, name: str, kind: str) -> Callable[[Request], Response]:
        """A file of ours, which browsers keep: its address changes when it does."""

        def endpoint(_request: Request) -> Response:
            kept = {"cache-control": "public, max-age=31536000, immutable"}
            return Response(asset(name), media_type=kind, headers=kept)

        return endpoint

    def no_page(self, request: Request, _error: Exception) -> Response:
        if request.state.person is None:
            return JSONResponse({"ok": False, "error": "no such page"}, 404)
        words = "There is no such page here."
        return HTMLResponse(self.pages.missing(self._visit(request), words), 404)

    def no_state(self, _request: Request, error: Exception) -> Response:
        page = render("trouble.html", title="The state cannot be read", words=str(error))
        return HTMLResponse(page, 503)

    def _visit(self, request: Request) -> Visit:
        return Visit(
            person=request.state.person,
            query=dict(request.query_params),
            form_token=self._house.access.form_token(request.state.cookie),
            told=_read_told(request),
            path=request.url.path,
        )

    def _refused(self, request: Request, words: str, status: int = 403) -> Response:
        if request.state.person.program:
            return JSONResponse({"ok": False, "error": words}, status)
        page = render("trouble.html", title="Not done", words=words)
        return HTMLResponse(page, status)

    def _login(
        self, request: Request, words: str, status: int, headers: dict[str, str] | None = None
    ) -> Response:
        page = render(
            "login.html",
            title="Log in",
            words=words,
            form_token=self._house.access.form_token(request.state.cookie),
        )
        return HTMLResponse(page, status, headers)


async def _fields(request: Request) -> dict[str, str]:
    body = await request.body()
    try:
        return dict(parse_qsl(body.decode("utf-8", "replace"), max_num_fields=20))
    except ValueError:  # more fields than any form of ours has: one without a proof
        return {}


def _inside(wanted: str) -> str:
    """Where to go after logging in: a path of ours, never another site."""
    parts = urlsplit(wanted)
    plain = not parts.scheme and not parts.netloc and wanted.startswith("/")
    return wanted if plain and not wanted.startswith(("//", "/\\")) else "/"


_TOLD = "syncd_told"


def _told(answer: Response, words: str) -> Response:
    """What to tell goes along in a cookie: in the address anybody could make us say anything."""
    value = json.dumps(words).encode().hex()
    line = f"{_TOLD}={value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=15"
    answer.headers.append("set-cookie", line)
    return answer


def _read_told(request: Request) -> str:
    try:
        found: Any = json.loads(bytes.fromhex(request.cookies.get(_TOLD, "")).decode())
    except (ValueError, RecursionError):
        return ""
    return str(found)[:500]
