"""The open web of a scenario: pages that people publish, and what becomes of them by and by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from typing import Any

from syncd.sandbox.people.agenda import Agenda
from syncd.sandbox.people.cast import dice
from syncd.sandbox.people.journal import Stood, Talk
from syncd.sandbox.people.scenario import PageDay, Reaction, WebPage
from syncd.sandbox.people.stage import Stage

# Before anybody is at work, so that a day's pages stand when the first mail comes.
_OVERNIGHT = time(2)
_TOPICS = ("planning", "permits", "roofs", "insulation", "kitchens", "gardens", "financing")


class OpenWeb:
    """What stands on which page, and who changes it when. `clients`: by campaign."""

    def __init__(
        self, stage: Stage, agenda: Agenda, clients: Mapping[str, str], *, seed: int
    ) -> None:
        self._stage = stage
        self._agenda = agenda
        self._clients = clients
        self._seed = seed

    def schedule(self, pages: Sequence[WebPage], starts: date) -> None:
        """Have each page become what the scenario says, on its days."""
        for page in pages:
            for entry in page.days:
                at = self._agenda.moment(starts + timedelta(days=entry.day - 1), _OVERNIGHT)
                self._agenda.at(at, lambda page=page, entry=entry: self._becomes(page, entry))  # type: ignore[misc] # mypy cannot infer a lambda's defaults

    def publish(self, talk: Talk, reaction: Reaction) -> str:
        """A contact puts a link to the client on a page of their own. Returns its address.

        Some time later they may take it off again, as the reaction says.
        """
        rng = dice(self._seed, "publishes", talk.key)
        topic = rng.choice(_TOPICS)
        url = f"https://{talk.contact.site}/{topic}-{rng.randint(2, 99)}"
        client = self._clients.get(talk.campaign, "")
        page = WebPage(url=url, title=f"On {topic}", days=())
        first = PageDay(day=1, link=f"https://{client}/guide", anchor=f"the {topic} guide")
        self._published(page, first, talk)
        if reaction.keeps is not None:
            days = rng.uniform(*reaction.keeps)
            ends: Mapping[str, dict[str, Any]] = {
                "takes it off": {"link": "", "anchor": ""},
                "nofollow": {"rel": "nofollow"},
                "page gone": {"status": 404},
                "moves": {"moves_to": f"{url}-revised"},
            }
            later = first.model_copy(update=ends[reaction.then])
            at = self._stage.clock.now() + timedelta(days=days)
            self._agenda.at(at, lambda: self._published(page, later, talk))
        return url

    def _published(self, page: WebPage, entry: PageDay, talk: Talk) -> None:
        self._becomes(page, entry)
        stood = Stood(
            self._stage.clock.now(), bool(entry.link) and entry.status == 200, talk.contact.site
        )
        self._stage.journal.pages.setdefault(page.url, []).append(stood)

    def _becomes(self, page: WebPage, entry: PageDay) -> None:
        if entry.moves_to:
            self._stage.web("redirect", {"url": page.url, "to": entry.moves_to})
            self._put(page, entry, entry.moves_to)
        elif entry.status == 200:
            self._put(page, entry, page.url)
        elif entry.status in {404, 410}:
            self._stage.web("remove_page", {"url": page.url, "status": entry.status})
        else:
            body = {"url": page.url, "title": page.title, "status": entry.status}
            self._stage.web("put_page", body)

    def _put(self, page: WebPage, entry: PageDay, url: str) -> None:
        link = {"url": entry.link, "text": entry.anchor or entry.link, "rel": entry.rel}
        headers = {"X-Robots-Tag": "noindex"} if entry.noindex else {}
        body = {"title": page.title, "links": [link] if entry.link else [], "headers": headers}
        self._stage.web("put_page", {"url": url, **body})
