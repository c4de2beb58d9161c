"""Each page: what it reads of the state, and the template that shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from syncd.engine import campaign_stands
from syncd.engine.story import conversation_in_words
from syncd.store import alarms, browse, exchanges, gauges, overview, tally
from syncd.store.database import Tx
from syncd.web import chart, contacts_page, introductions_page, links_page
from syncd.web.access import Person
from syncd.web.house import House, NotDone
from syncd.web.rendering import render
from syncd.web.timeline import timeline

DAYS = 14
SIZE = 50
MESSAGES = 200
STATUSES = ("new", "waiting", "answered", "bounced", "quiet")


@dataclass(frozen=True, slots=True)
class Visit:
    """Who looks, with what query, the token for the page's forms, and what to tell them."""

    person: Person
    query: Mapping[str, str]
    form_token: str
    told: str = ""
    path: str = "/"

    @property
    def start(self) -> int:
        given = self.query.get("from", "0")
        return int(given) if given.isascii() and given.isdecimal() and len(given) < 9 else 0


class Pages:
    def __init__(self, house: House) -> None:
        self._house = house

    def overview(self, visit: Visit) -> str:
        house, now = self._house, self._house.now()
        since = now - timedelta(days=DAYS)
        with house.view.look() as tx:
            boxes = overview.standing(tx)
            behind = gauges.behind(tx)
            unread = gauges.unread(tx)
            states = tally.states(tx)
            days = overview.coverage(tx, by_day=True, since=since)
            promises = _promises(tx)
            ringing = alarms.ringing(tx)
            due = exchanges.next_due(tx)
            waiting = gauges.queue(tx)
        sums: Counter[str] = Counter()
        for (_, state), number in states.items():
            sums[state] += number
        return self._page(
            "overview.html",
            visit,
            title="Overview",
            boxes=boxes,
            behind=behind,
            unread=unread,
            sums=sums,
            promises=promises,
            ringing=ringing,
            due=due,
            waiting=waiting,
            days=chart.coverage_chart(days, now.date(), DAYS),
            layers=chart.LAYERS,
            size=(chart.WIDTH, chart.HEIGHT),
            budgets=house.budgets(),
            calls=house.calls(),
            modes=house.understood().modes,
        )

    def conversations(self, visit: Visit) -> str:
        words = visit.query.get("q", "")[:200]
        status = visit.query.get("status", "")
        campaign = visit.query.get("campaign", "")
        with self._house.view.look() as tx:
            page = browse.talks(
                tx,
                words,
                status=status if status in STATUSES else "",
                campaign="" if campaign == "-" else campaign or None,
                start=visit.start,
                size=SIZE,
            )
        kept = {"q": words, "status": status, "campaign": campaign}
        return self._page(
            "conversations.html",
            visit,
            title="Conversations",
            page=page,
            statuses=STATUSES,
            kept=kept,
            names=self._house.understood().campaigns,
        )

    def conversation(self, visit: Visit, number: int) -> str | None:
        understood = self._house.understood()
        with self._house.view.look() as tx:
            found = overview.find_conversations(tx, [number])
            messages = browse.messages_of(tx, number, MESSAGES)
            if not found and not messages:
                return None
            names = [f"conversation:{number}", *(f"message:{one['key']}" for one in messages)]
            effects = overview.effects_on(tx, names)
            tasks = [task for one in found for task in one["tasks"]]
            history = browse.task_history(tx, [task["mark"] for task in tasks])
        why = [
            words
            for one in found
            for words in conversation_in_words(one, understood.waits(one["campaign"]))
        ]
        return self._page(
            "conversation.html",
            visit,
            title=(messages[0]["subject"] or "(no subject)") if messages else "Conversation",
            number=number,
            talk=found[0] if found else None,
            names=understood.campaigns,
            why=why,
            entries=timeline(messages, effects, tasks, history),
            shortened=len(messages) == MESSAGES,
        )

    def campaigns(self, visit: Visit) -> str:
        names = self._house.understood().campaigns
        with self._house.view.look() as tx:
            funnels = browse.funnels(tx)
            stands = campaign_stands.every(tx, self._house.rules(), self._house.now())
        return self._page(
            "campaigns.html",
            visit,
            title="Campaigns",
            # Those in the settings, in their order, then what is left of others.
            ids=[*names, *(one for one in funnels if one and one not in names), ""],
            funnels=funnels,
            names=names,
            stands={one.id: one for one in stands if one.span},
            waits=self._house.understood().waits,
            share=chart.share,
        )

    def campaign(self, visit: Visit, name: str) -> str | None:
        """A campaign's goal, its plan thing by thing, and where the board has drifted."""
        with self._house.view.look() as tx:
            found = campaign_stands.one(tx, self._house.rules(), name, self._house.now())
        if found is None:
            return None
        only = visit.query.get("show", "")
        return self._page(
            "campaign.html",
            visit,
            title=found.stands.name,
            stands=found.stands,
            items=[one for one in found.items if only != "drift" or one.drift],
            only=only,
            funnel=found.funnel,
            share=chart.share,
        )

    def links(self, visit: Visit) -> str:
        with self._house.view.look() as tx:
            shown = links_page.overview(tx, visit.query, visit.start, SIZE)
        return self._page("links.html", visit, title="Links", **shown)

    def link(self, visit: Visit, number: int) -> str | None:
        with self._house.view.look() as tx:
            shown = links_page.one(tx, number)
        if shown is None:
            return None
        names = self._house.understood().campaigns
        return self._page("link.html", visit, title="Link", names=names, **shown)

    def contacts(self, visit: Visit) -> str:
        about = self._house.understood().about
        with self._house.view.look() as tx:
            shown = contacts_page.overview_of(tx, about, visit.query, visit.start, SIZE)
        return self._page("contacts.html", visit, title="Contacts", **shown)

    def contact(self, visit: Visit, address: str) -> str | None:
        understood = self._house.understood()
        with self._house.view.look() as tx:
            shown = contacts_page.one(tx, understood.about, address)
        if shown is None:
            return None
        title = shown["contact"].name or shown["contact"].address
        return self._page("contact.html", visit, title=title, names=understood.campaigns, **shown)

    def introductions(self, visit: Visit) -> str:
        house = self._house
        with house.view.look() as tx:
            shown = introductions_page.under_way(tx)
            offers = [] if house.offers is None else list(house.offers(tx))
        return self._page(
            "introductions.html",
            visit,
            title="Introductions",
            names=house.understood().campaigns,
            offers=[one for one in offers if not one.blocks][: introductions_page.SHOWN],
            blocked=[one for one in offers if one.blocks][: introductions_page.SHOWN],
            writes=house.deeds.introduce is not None,
            **shown,
        )

    def reports(self, visit: Visit, campaign: str = "") -> str | None:
        kept = {name: visit.query.get(name, "")[:40].strip() for name in ("since", "until")}
        shown, trouble = None, ""
        try:
            shown = self._house.reports.page(campaign, kept["since"], kept["until"])
        except NotDone as error:
            trouble = str(error)
        if shown is None and not trouble:
            return None
        return self._page(
            "reports.html",
            visit,
            title="Reports" if shown is None or not campaign else f"Report: {shown.title}",
            shown=shown,
            trouble=trouble,
            kept=kept,
            campaign=campaign,
            names=self._house.understood().campaigns,
        )

    def runs(self, visit: Visit) -> str:
        with self._house.view.look() as tx:
            page = browse.runs_page(tx, visit.start, SIZE)
        return self._page("runs.html", visit, title="Runs", page=page)

    def run(self, visit: Visit, number: int) -> str | None:
        with self._house.view.look() as tx:
            found = browse.run(tx, number)
            if found is None:
                return None
            page = browse.effects_page(tx, visit.start, SIZE, run=number, latest_first=False)
        return self._page(
            "run.html",
            visit,
            title=f"Run {number}",
            run=found,
            page=page,
            undo=self._house.deeds.undo is not None,
        )

    def parked(self, visit: Visit) -> str:
        with self._house.view.look() as tx:
            page = browse.effects_page(tx, visit.start, SIZE, state="parked")
        return self._page("parked.html", visit, title="Parked", page=page)

    def held(self, visit: Visit) -> str:
        with self._house.view.look() as tx:
            reasons = tally.release_reasons(tx)
            page = browse.effects_page(tx, visit.start, SIZE, state="held", latest_first=False)
        return self._page("held.html", visit, title="Held", reasons=reasons, page=page)

    def settings(self, visit: Visit) -> str:
        return self._page(
            "settings.html", visit, title="Settings", understood=self._house.understood()
        )

    def missing(self, visit: Visit, words: str) -> str:
        return self._page("missing.html", visit, title="Not found", words=words)

    def _page(self, template: str, visit: Visit, *, title: str, **values: Any) -> str:
        return render(
            template,
            title=title,
            visit=visit,
            now=self._house.now(),
            version=self._house.version,
            reloaded=self._house.reloaded(),
            paused=self._house.ready().told.get("notes", ()),
            doors_open=self._house.access.doors.open,
            **values,
        )


def _promises(tx: Tx) -> list[tuple[str, Counter[str]]]:
    """Each promise with its effects by state."""
    found: dict[str, Counter[str]] = {}
    for promise, state, number in overview.promises(tx):
        found.setdefault(promise, Counter())[state] += number
    for name in ("log", "tag", "follow_up"):
        found.setdefault(name, Counter())
    order = {"log": 0, "tag": 1, "follow_up": 2}
    return sorted(found.items(), key=lambda one: (order.get(one[0], 9), one[0]))
