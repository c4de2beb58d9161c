"""`syncd introductions`: who could introduce us to whom, and drafts that ask them to."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from syncd.cli.output import (
    DEFAULT_CONFIG,
    ConfigOption,
    ExitCode,
    JsonOption,
    confirmed,
    failed,
    print_json,
    say,
)

if TYPE_CHECKING:
    from syncd.core.introductions import Offer
    from syncd.engine.chains import Link, NextHop
    from syncd.engine.offers import Chosen
    from syncd.settings.settings import Settings
    from syncd.store.introductions import Introduction

Campaign = Annotated[
    str | None, typer.Option("--campaign", metavar="ID", help="Only the sites this one wants.")
]
Contact = Annotated[
    str | None, typer.Option("--contact", metavar="ADDRESS", help="Only from this person.")
]
Drafts = Annotated[
    list[str] | None,
    typer.Option(
        "--draft",
        metavar="N",
        help="Write the draft of this number (several: 1,3 or the option again), or of "
        "ADDRESS:SITE. A person sends it; syncd never does.",
    ),
]
_Pair = tuple[str, str]

_wrong = partial(failed, what="introductions")


def register(app: typer.Typer) -> None:
    app.command(name="introductions")(introductions)


def introductions(
    *,
    config: ConfigOption = DEFAULT_CONFIG,
    campaign: Campaign = None,
    contact: Contact = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also those that may not be asked for, with why not.")
    ] = False,
    draft: Drafts = None,
    chain: Annotated[
        str | None,
        typer.Option("--chain", metavar="ADDRESS", help="How somebody came to us, and on to whom."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Write the drafts without asking.")] = False,
    as_json: JsonOption = False,
) -> int:
    """Who could introduce us to the sites we want, the best first, with the reasons.

    With --draft the ask is written as a draft into the mailbox of whoever knows them best.
    """
    from syncd.cli.opening import settings_of
    from syncd.core.mail.addresses import normalise
    from syncd.runtime.logs import configure

    configure(quiet=True)
    settings = settings_of(config)
    if chain is not None:
        return _chain(settings, normalise(chain), as_json=as_json)
    known = [one.id for one in settings.campaigns]
    if campaign is not None and campaign not in known:
        named = ", ".join(known) or "none"
        return _wrong(f"there is no campaign {campaign}; there are: {named}", as_json=as_json)
    who = normalise(contact) if contact is not None else None
    offers, under_way, hops = _gathered(settings, campaign, who)
    if draft:
        try:
            pairs = _meant(draft, offers)
        except ValueError as error:
            return _wrong(str(error), as_json=as_json)
        return _drafts(settings, pairs, offers, yes=yes, as_json=as_json)
    numbered = list(enumerate(offers, start=1))
    shown = [(number, one) for number, one in numbered if everything or not one.blocks]
    if as_json:
        print_json(
            {
                "ok": True,
                "offers": [_row(number, one) for number, one in shown],
                "asked": under_way,
                "crawl_next": hops,
            }
        )
        return ExitCode.OK
    _tell(shown, blocked=sum(bool(one.blocks) for one in offers), everything=everything)
    _tell_more(under_way, hops)
    return ExitCode.OK


def _gathered(
    settings: Settings, campaign: str | None, contact: str | None
) -> tuple[list[Offer], list[Introduction], list[NextHop]]:
    """From a copy of the state: whoever looks changes nothing, and waits for nobody."""
    from syncd.app import Wish, dry_engine
    from syncd.core.introductions import LIVE
    from syncd.engine import chains, offers
    from syncd.store import introductions as askings

    with (
        dry_engine(settings, Wish("introductions")) as works,
        works.ctx.store.begin() as tx,
    ):
        found = offers.every(works.ctx, tx, campaign=campaign, contact=contact)
        under_way = [
            one
            for one in askings.live(tx)
            if campaign in {None, one.campaign} and contact in {None, one.introducer}
        ]
        assert all(one.state in LIVE for one in under_way)
        return found, under_way, chains.next_hops(tx)


def _meant(given: Sequence[str], offers: Sequence[Offer]) -> list[_Pair]:
    """The (contact, site) that are meant. Raises `ValueError` saying what would do."""
    found: list[_Pair] = []
    for word in (part.strip() for each in given for part in each.split(",")):
        if ":" in word:
            introducer, _, domain = word.partition(":")
            found.append((introducer.strip().lower(), domain.strip().lower()))
            continue
        if not word.isdigit() or not 1 <= int(word) <= len(offers):
            raise ValueError(
                f"{word} is no number of an introduction; `syncd introductions --all` shows them"
            )
        one = offers[int(word) - 1]
        found.append((one.introducer, one.domain))
    return list(dict.fromkeys(found))


def _drafts(
    settings: Settings,
    pairs: Sequence[_Pair],
    offers: Sequence[Offer],
    *,
    yes: bool,
    as_json: bool,
) -> int:
    from syncd.engine.offers import CannotAsk

    try:
        if not yes:
            foreseen = _foresee(settings, pairs)
            _tell_drafts(foreseen, done=False, as_json=as_json)
            unasked = "Nothing was written yet: --yes does it."
            if not confirmed("Write these drafts?", as_json=as_json, unasked=unasked):
                return ExitCode.CHANGES
        chosen, states = _write(settings, pairs)
    except CannotAsk as error:
        return _wrong(str(error), as_json=as_json)
    del offers
    _tell_drafts(chosen, done=True, as_json=as_json, states=states)
    if "parked" in states.values():
        return ExitCode.FAILED
    return ExitCode.OK if set(states.values()) <= {"done"} else ExitCode.CHANGES


def _foresee(settings: Settings, pairs: Sequence[_Pair]) -> list[Chosen]:
    from syncd.app import Wish, dry_engine
    from syncd.engine import offers

    with dry_engine(settings, Wish("introductions")) as works:
        return offers.ask(works.ctx, pairs)[1]


def _write(settings: Settings, pairs: Sequence[_Pair]) -> tuple[list[Chosen], dict[str, str]]:
    """Here and now; beside a daemon only planned, because one process alone may write."""
    from syncd.app import Wish, beside, engine
    from syncd.engine import offers
    from syncd.runtime.hold import HeldElsewhere

    try:
        with engine(settings, Wish("introductions")) as works:
            return offers.ask_now(works, pairs)
    except HeldElsewhere:
        with beside(settings, Wish("introductions")) as works:
            _, chosen = offers.ask(works.ctx, pairs)
            return chosen, offers.states(works.ctx, chosen)


def _chain(settings: Settings, who: str, *, as_json: bool) -> int:
    from syncd.app import state
    from syncd.engine import chains

    with state(settings) as store, store.begin() as tx:
        links = chains.chain(tx, who)
    if as_json:
        print_json({"ok": True, "chain": links})
    elif not links:
        say(f"Nobody introduced {who} to us, and they introduced nobody.")
    for link in () if as_json else links:
        say(f"{'  ' * link.depth}{_link_in_words(link)}")
    return ExitCode.OK


def _link_in_words(link: Link) -> str:
    campaign = f" for {link.campaign}" if link.campaign else ""
    who = f"{link.name} <{link.introduced}>" if link.name else link.introduced
    return f"{link.introducer} introduced {who}{campaign}, {link.at:%Y-%m-%d}"


def _tell(shown: Sequence[tuple[int, Offer]], *, blocked: int, everything: bool) -> None:
    if not shown:
        say(
            "There is nobody to ask for an introduction now. It takes a crawl of a contact's "
            "site, and targets or a niche in a campaign."
        )
    for number, one in shown:
        who = f"{one.name} <{one.introducer}>" if one.name else one.introducer
        campaign = f" for {one.campaign}" if one.campaign else ""
        asks = f", asked by {one.writer}" if one.writer else ""
        say(f"{number}. {who}: {one.domain}{campaign} (score {one.score:.2f}{asks})")
        for reason in one.reasons:
            say(f"   + {reason}")
        for block in one.blocks:
            say(f"   - {block}")
    if blocked and not everything:
        say(f"{blocked} more may not be asked for now; --all shows them, and why.")


def _tell_more(under_way: Sequence[Introduction], hops: Sequence[NextHop]) -> None:
    if under_way:
        say("Under way:")
    for one in under_way:
        when = one.asked_at or one.drafted_at or one.offered_at
        since = f" since {when:%Y-%m-%d}" if when is not None else ""
        say(f"   {one.introducer}: {one.domain}, {one.state}{since} ({one.asked_by})")
    for hop in hops:
        say(
            f"Next: crawl {hop.site}. {hop.name or hop.person}, introduced by "
            f"{hop.introduced_by}, may know others: syncd crawl {hop.site}"
        )


def _tell_drafts(
    chosen: Sequence[Chosen],
    *,
    done: bool,
    as_json: bool,
    states: dict[str, str] | None = None,
) -> None:
    rows = [
        {
            "mailbox": one.draft.mailbox,
            "to": one.draft.to,
            "site": one.offer.domain,
            "campaign": one.offer.campaign,
            "subject": one.draft.subject,
            "text": one.draft.text,
            "in_thread": bool(one.draft.thread),
            "state": (states or {}).get(one.draft.key, "foreseen"),
        }
        for one in chosen
    ]
    if as_json:
        print_json({"ok": True, "done": done, "drafts": rows})
        return
    for row in rows:
        where = "in their thread" if row["in_thread"] else "as a new thread"
        say(f"Draft in {row['mailbox']}, to {row['to']}, about {row['site']}, {where}:")
        if not done:
            say(f"   Subject: {row['subject']}")
            for line in str(row["text"]).splitlines():
                say(f"   | {line}".rstrip())
        elif row["state"] == "done":
            say("   it waits there for its person, who sends or deletes it")
        else:
            say(f"   {row['state']}: it is written by the daemon, or by `syncd once`")


def _row(number: int, one: Offer) -> dict[str, Any]:
    return {
        "number": number,
        "introducer": one.introducer,
        "name": one.name,
        "site": one.site,
        "wanted": one.domain,
        "campaign": one.campaign,
        "asked_by": one.writer,
        "score": one.score,
        "parts": one.parts,
        "reasons": one.reasons,
        "blocks": one.blocks,
        "page": one.source_url,
    }
