"""Which connectors there are, and how each is made: the only module that knows them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import requests
from pydantic import ValidationError

from connectors._kit.http import Session
from connectors.registry import manifests
from syncd.engine.alarms import NotTold
from syncd.engine.context import Ports, log
from syncd.ports.board import TaskBoard
from syncd.ports.clock import Clock
from syncd.ports.crawl import LinkSource
from syncd.ports.crm import Crm
from syncd.ports.hints import Hints
from syncd.ports.mail import DraftBox, MailSource
from syncd.ports.manifest import Manifest, Role, Toolbox
from syncd.ports.reading import reading
from syncd.ports.signin import SignIn
from syncd.ports.simulator import Simulator
from syncd.ports.sound import sound
from syncd.ports.web import LinkChecker
from syncd.runtime.hearing import Source
from syncd.settings.kinds import KindModel
from syncd.settings.settings import Settings

# What a port of each role keeps.
_PROTOCOLS: Mapping[Role, tuple[type, ...]] = {
    Role.MAIL: (MailSource, DraftBox),
    Role.CRM: (Crm,),
    Role.BOARD: (TaskBoard,),
    Role.WEB: (LinkChecker,),
    Role.CRAWL: (LinkSource,),
}


@functools.cache
def known() -> dict[str, Manifest]:
    """The manifests, looked for once: that asks every installed package."""
    return manifests()


def kinds() -> dict[str, KindModel]:
    """Every kind of connector that is installed, as the settings need to know it."""
    return {
        kind: KindModel(manifest.settings, frozenset(manifest.ports), manifest.title)
        for kind, manifest in known().items()
    }


def simulators(clock: Clock) -> dict[str, Simulator]:
    """A fresh simulator of every service that has one, by kind."""
    return {
        kind: manifest.simulator(clock)
        for kind, manifest in known().items()
        if manifest.simulator is not None
    }


def connect(settings: Settings, tools: Toolbox) -> Ports:
    """The ports of the configured connectors."""
    installed = known()
    tools = lent(settings, tools)
    mail: dict[str, Any] = {}
    crm = board = web = None
    for section in settings.connectors.values():
        manifest: Manifest = installed[section.kind]  # type: ignore[attr-defined]
        for role, make in manifest.ports.items():
            if role is Role.CRAWL:
                continue
            port = make(section, tools)
            if role is not Role.WEB:  # which answers for what it meets on a page by itself
                port = sound(port, partial(_stumbled, section.kind), *_PROTOCOLS[role])  # type: ignore[attr-defined]
            if settings.read_only:
                port = reading(port, *_PROTOCOLS[role])
            match role:
                case Role.MAIL:
                    mail |= dict.fromkeys(port.mailboxes(), port)
                case Role.CRM:
                    crm = port
                case Role.BOARD:
                    board = port
                case Role.WEB:
                    web = port
    assert crm is not None, "the settings demand exactly one CRM"
    crawlers = link_sources(settings, tools)
    return Ports(mail, crm, board, tools.clock, web, crawlers, read_only=settings.read_only)


def _stumbled(service: str, method: str, error: Exception) -> None:
    """Where it happened tells whose mistake it is: the service's, or ours."""
    log.error("answer_unreadable", service=service, method=method, exc_info=error)


def link_sources(settings: Settings, tools: Toolbox) -> dict[str, LinkSource]:
    """Crawlers by the name people call them by ("screaming-frog"), also those not configured.

    Exports can be read and sites be crawled without a word in the settings.
    """
    configured = {section.kind: section for section in settings.connectors.values()}  # type: ignore[attr-defined] # every section has one
    found: dict[str, LinkSource] = {}
    for kind, manifest in known().items():
        if Role.CRAWL not in manifest.ports:
            continue
        section = configured.get(kind)
        if section is None:
            try:
                section = manifest.settings.model_validate({"kind": kind})
            except ValidationError:  # one that wants to be told something first
                continue
        found[kind.replace("_", "-")] = manifest.ports[Role.CRAWL](section, tools)
    return found


def lent(settings: Settings, tools: Toolbox) -> Toolbox:
    """The toolbox as these settings let it be lent to a connector."""
    return replace(tools, read_only=tools.read_only or settings.read_only)


def hints(settings: Settings, tools: Toolbox) -> dict[str, Source]:
    """What makes syncd hear of things sooner, by the connector's name. No call is made yet.

    Where nothing may be written, nothing is asked for: only what comes by itself is heard.
    """
    tools = lent(settings, tools)
    found: dict[str, Source] = {}
    for name, section in settings.connectors.items():
        manifest: Manifest = known()[section.kind]  # type: ignore[attr-defined]
        asked: Hints | None = None if manifest.hints is None else manifest.hints(section, tools)
        if asked is not None and settings.read_only:
            asked = replace(asked, renewals={}, pull=None)
        if asked is not None:
            found[name] = Source(manifest.kind, asked)
    return found


def addresses(settings: Settings, sources: Mapping[str, Source]) -> dict[str, str]:
    """Where services are to reach the connectors that are told things, by name; "": unknown."""
    public = (settings.web.public_url or "").rstrip("/")
    told = [name for name, source in sources.items() if source.hints.receive is not None]
    return {name: f"{public}/hooks/{name}" if public else "" for name in told}


def reached(address: str, tools: Toolbox) -> int:
    """The status with which an address answers a GET. Raises `OSError`."""
    return Session("webhook", tools, timeout=(5.0, 10.0)).get(address).status_code


def sign_ins(settings: Settings, tools: Toolbox) -> dict[str, tuple[str, SignIn]]:
    """The connectors to which people sign in, by name: their kind, and how."""
    tools = lent(settings, tools)
    found: dict[str, tuple[str, SignIn]] = {}
    for name, section in settings.connectors.items():
        manifest: Manifest = known()[section.kind]  # type: ignore[attr-defined]
        way = None if manifest.sign_in is None else manifest.sign_in(section, tools)
        if way is not None:
            found[name] = (manifest.kind, way)
    return found


def poster(tools: Toolbox) -> Callable[[str, Any], None]:
    """How JSON is sent to a webhook: over the one transport. It raises `NotTold`.

    The address is a secret, and stands in no message.
    """
    session = Session("webhook", tools)

    def post(url: str, body: Any) -> None:
        try:
            answer = session.post(url, json=body)
        except (requests.RequestException, ValueError) as error:
            raise NotTold(f"the webhook cannot be reached: {type(error).__name__}") from None
        if answer.status_code // 100 != 2:  # a redirect is followed nowhere
            raise NotTold(f"the webhook answers {answer.status_code}")

    return post
