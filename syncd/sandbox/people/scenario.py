"""What a scenario file may say. `config/scenarios/small.yaml` is a commented example.

Everything random is decided from the seed and the name of what is decided, so that the same
file and seed give the same people doing the same, and a change in one place leaves the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, time
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from syncd.sandbox.faults import BadRule, FaultRule

Loc = tuple[str | int, ...]
Words = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
Domain = Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")]
Address = Annotated[str, StringConstraints(pattern=r"^[a-z0-9._+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+$")]
Chance = Annotated[float, Field(ge=0, le=1)]
Days = Annotated[float, Field(ge=0, le=365)]
Language = Literal["en", "de", "fr", "es", "it", "nl", "pt"]
Does = Literal["answer", "decline", "price", "refer", "unsubscribe", "away", "bounce", "publish"]
How = Literal["thread", "new thread", "other address", "colleague"]
Then = Literal["takes it off", "nofollow", "page gone", "moves"]
Touch = Literal["complete", "delete", "postpone", "reassign", "rename", "move", "comment"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Team(_Part):
    """Who the agency is and when it works."""

    domain: Domain = Field(description="The agency's mail domain.")
    timezone: str = Field(default="Europe/London", description="Where it works.")
    holidays: tuple[str, ...] = Field(default=(), description="Countries, as in a settings file.")


class Teammate(_Part):
    """One of us, with a mailbox."""

    name: Words = Field(description="Their name.")
    address: Address = Field(description="Their mailbox.")
    pitches: float = Field(default=0, ge=0, le=50, description="New people written to a day.")
    begins: time = Field(default=time(9), description="When their working day begins.")
    ends: time = Field(default=time(17, 30), description="When it ends.")
    follows_up: Literal["tasks", "by hand", "never"] = Field(
        default="tasks", description="What makes them write again."
    )
    after: int = Field(
        default=3, ge=1, le=60, description="Working days of silence until they write by hand."
    )
    diligence: Chance = Field(
        default=0.7, description="The chance that they write again, each time they could."
    )
    touches: Mapping[Touch, Chance] = Field(
        default={}, description="What else they do to a task in view, with the chance a day."
    )
    sets_stage: Chance = Field(
        default=0, description="The chance that they set the stage in HubSpot after a yes."
    )
    leaves: int | None = Field(default=None, ge=2, description="The day on which they leave.")
    successor: Address | None = Field(default=None, description="Who takes over then.")


class Reaction(_Part):
    """What a contact may do on a message of ours."""

    does: Does = Field(description="What they do.")
    chance: Chance = Field(description="How likely it is, on each message of ours.")
    days: tuple[Days, Days] = Field(default=(0.1, 3), description="After how many days, from, to.")
    how: How = Field(default="thread", description="The way an answer takes.")
    back: tuple[int, int] = Field(default=(3, 14), description="Away: back after so many days.")
    keeps: tuple[Days, Days] | None = Field(
        default=None,
        description="Publish: how many days the page keeps the link; for good if left out.",
    )
    then: Then = Field(default="takes it off", description="What becomes of it after that.")


class Site(_Part):
    """A site with the person who writes for it."""

    domain: Domain = Field(description="The site.")
    contact: Words = Field(description="The person's name.")
    address: Address | None = Field(default=None, description="Theirs; made up if left out.")
    other_address: Address | None = Field(default=None, description="Where they write from too.")
    colleague: Words | None = Field(default=None, description="Who answers in their place.")
    character: str = Field(description="Which of the characters they are.")
    language: Language = Field(default="en", description="What they write in.")


class Crowd(_Part):
    """Further sites, made up."""

    number: int = Field(ge=0, le=20_000, description="How many.")
    words: tuple[tuple[Domain | Words, ...], ...] = Field(
        min_length=1, description="Lists of words; one of each makes a site's name."
    )
    characters: Mapping[str, float] = Field(min_length=1, description="Characters by weight.")
    languages: Mapping[Language, float] = Field(
        default={"en": 1.0}, description="Languages by weight."
    )


class Campaign(_Part):
    """For whom the team writes, to whom, and what."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")] = Field(
        description="As in a settings file."
    )
    name: Words = Field(description="Its name for people.")
    client: Words = Field(description="The client, usually their domain.")
    tags: tuple[Words, ...] = Field(default=(), description="Tags for its contacts.")
    label: Words = Field(description="The Gmail label the team gives its threads.")
    by: tuple[Address, ...] = Field(min_length=1, description="The teammates who write for it.")
    steps: tuple[Words, ...] = Field(default=(), description="Its cadence, if not the usual one.")
    niche: str = Field(default="", max_length=100, description="As in a settings file.")
    targets: tuple[Domain, ...] = Field(default=(), description="Sites its plan is about.")
    plan: Mapping[str, Any] | None = Field(
        default=None, description="Its work on the board, as in a settings file."
    )
    subjects: tuple[Words, ...] = Field(
        min_length=1, description="Subjects; {site}, {first} and {client} are filled in."
    )
    pitch: Words = Field(description="The first message; filled in likewise.")
    sites: tuple[Site, ...] = Field(default=(), description="Written to first, in this order.")
    more_sites: Crowd | None = Field(default=None, description="Then these.")

    @property
    def project(self) -> str:
        """Where its plan stands on the board; "" where it has none."""
        return str(self.plan.get("project", self.name)) if self.plan is not None else ""


class FollowUp(_Part):
    """The usual cadence, as in a settings file."""

    steps: tuple[Words, ...] = Field(min_length=1, description="Spans.")
    then: Words = Field(default="none", description="Nurture after a span, or none.")


class Everyday(_Part):
    """Mail that is nobody's campaign, so many a week."""

    newsletters: float = Field(default=0, ge=0, le=100, description="To each mailbox.")
    internal: float = Field(default=0, ge=0, le=100, description="Among the team.")


class PageDay(_Part):
    """What a page is from a day on, until the next entry."""

    day: Annotated[int, Field(ge=1)] = Field(description="From which day; the first is 1.")
    link: str = Field(default="", max_length=500, description="What it links to; nothing if empty.")
    anchor: str = Field(default="", max_length=300, description="What the link says.")
    rel: str = Field(default="", max_length=100, description="Of the link, e.g. nofollow.")
    noindex: bool = Field(default=False, description="Search engines are kept away.")
    status: Annotated[int, Field(ge=200, le=599)] = Field(
        default=200, description="What it answers: 404 gone, 403 a wall, 503 a bad day."
    )
    moves_to: str = Field(default="", max_length=500, description="The address it moves to.")


class WebPage(_Part):
    """A page of the open web, and what becomes of it."""

    url: Annotated[str, StringConstraints(pattern=r"^https?://[^/\s]+\S*$")] = Field(
        description="Its address."
    )
    title: Words = Field(default="A page", description="Its title.")
    days: tuple[PageDay, ...] = Field(description="What it is, from which day on.")


class Trouble(_Part):
    """What goes wrong on some days, in the words of a fault file (`syncd sandbox --faults`)."""

    days: tuple[Annotated[int, Field(ge=1)], Annotated[int, Field(ge=1)]] = Field(
        description="From which day to which; the first day is 1."
    )
    seed: int | None = Field(
        default=None, description="The same calls fail under the same seed; the run's if left out."
    )
    rules: tuple[Mapping[str, Any], ...] = Field(
        default=(), description="Of the wire; the first rule that picks a call decides its fate."
    )
    skew: Mapping[str, float] = Field(
        default={}, description="By how many seconds a service's clock is ahead."
    )
    commands: tuple[Mapping[str, Any], ...] = Field(
        default=(), description="Switches of one service, used on the first of the days."
    )
    afterwards: tuple[Mapping[str, Any], ...] = Field(
        default=(), description="Switches that put it right, used when the days are over."
    )


class Scenario(_Part):
    """A scenario file."""

    title: Words = Field(description="One line on what happens.")
    seed: int = Field(default=1, ge=0, description="What --seed replaces.")
    starts: date = Field(description="The first day.")
    team: Team = Field(description="Who the agency is and when it works.")
    teammates: tuple[Teammate, ...] = Field(min_length=1, description="Who works there.")
    characters: Mapping[str, tuple[Reaction, ...]] = Field(
        description="What contacts do on a message of ours; else they stay silent."
    )
    chatty: Chance = Field(
        default=0.5, description="The chance that one who said yes answers the next message too."
    )
    campaigns: tuple[Campaign, ...] = Field(min_length=1, description="What the mail is about.")
    follow_up: FollowUp = Field(description="The usual cadence.")
    everyday: Everyday = Field(default=Everyday(), description="Mail that is no campaign's.")
    pages: tuple[WebPage, ...] = Field(default=(), description="Pages of the open web, by day.")
    faults: tuple[Trouble, ...] = Field(default=(), description="What goes wrong, and when.")


def crosscheck(given: Any) -> Iterator[tuple[Loc, str]]:
    """What is wrong between the parts of a scenario's plain data, of whatever shape it is."""
    if not isinstance(given, Mapping):
        return
    mates = [_get(mate, "address") for _, mate in _items(given, "teammates")]
    characters = given.get("characters")
    characters = characters if isinstance(characters, Mapping) else {}
    yield from _twice(("teammates",), "address", mates)
    for number, mate in _items(given, "teammates"):
        domain = str(_get(given.get("team"), "domain"))
        if isinstance(_get(mate, "address"), str) and not mate["address"].endswith("@" + domain):
            yield ("teammates", number, "address"), f"is not at the team's domain, {domain}"
        if "leaves" in mate and "successor" not in mate:
            yield ("teammates", number, "leaves"), "needs a successor: who takes over?"
        heir = mate.get("successor")
        if heir is not None and (heir not in mates or heir == mate.get("address")):
            yield ("teammates", number, "successor"), _unknown(heir, mates, "other teammate")
    yield from _characters(characters)
    for number, trouble in _items(given, "faults"):
        yield from _trouble(("faults", number), trouble)
    campaigns = list(_items(given, "campaigns"))
    yield from _twice(("campaigns",), "id", [_get(one, "id") for _, one in campaigns])
    for number, campaign in campaigns:
        yield from _campaign(("campaigns", number), campaign, mates, characters)


def _characters(characters: Mapping[str, Any]) -> Iterator[tuple[Loc, str]]:
    for name, reactions in characters.items():
        chances = [_get(one, "chance") for one in reactions] if isinstance(reactions, list) else []
        total = sum(one for one in chances if isinstance(one, int | float))
        if total > 1:
            yield ("characters", name), f"the chances add up to {total:g}; at most 1"
        for number, one in enumerate(reactions if isinstance(reactions, list) else ()):
            yield from _backwards(("characters", name, number), one)


def _trouble(loc: Loc, trouble: Mapping[str, Any]) -> Iterator[tuple[Loc, str]]:
    yield from _backwards(loc, trouble)
    for place, rule in _items(trouble, "rules"):
        try:
            FaultRule.read(rule)
        except BadRule as bad:
            yield (*loc, "rules", place), str(bad)
    if not any(trouble.get(key) for key in ("rules", "skew", "commands")):
        yield loc, "nothing goes wrong; give it rules, skew or commands"


def _campaign(
    loc: Loc, campaign: Mapping[str, Any], mates: list[Any], characters: Mapping[str, Any]
) -> Iterator[tuple[Loc, str]]:
    by = campaign.get("by")
    for place, address in enumerate(by if isinstance(by, list) else ()):
        if address not in mates:
            yield (*loc, "by", place), _unknown(address, mates, "teammate")
    for place, site in _items(campaign, "sites"):
        if site.get("character", next(iter(characters), None)) not in characters:
            words = _unknown(site["character"], characters, "character")
            yield (*loc, "sites", place, "character"), words
    weights = _get(campaign.get("more_sites"), "characters")
    for name in weights if isinstance(weights, Mapping) else ():
        if name not in characters:
            words = _unknown(name, characters, "character")
            yield (*loc, "more_sites", "characters", name), words
    if not campaign.get("sites") and not campaign.get("more_sites"):
        yield loc, "writes to nobody; give it sites or more_sites"


def _backwards(loc: Loc, reaction: Any) -> Iterator[tuple[Loc, str]]:
    for name in ("days", "back", "keeps"):
        pair = _get(reaction, name)
        numbers = isinstance(pair, list) and all(isinstance(one, int | float) for one in pair)
        if numbers and len(pair) == 2 and pair[0] > pair[1]:
            yield (*loc, name), f"runs backwards; write [{pair[1]:g}, {pair[0]:g}]"


def _twice(loc: Loc, key: str, values: list[Any]) -> Iterator[tuple[Loc, str]]:
    for number, value in enumerate(values):
        if value is not None and value in values[:number]:
            yield (*loc, number, key), f"{value} is here twice"


def _unknown(word: Any, known: Iterable[Any], what: str) -> str:
    return f"there is no {what} {word}; there are {', '.join(str(one) for one in known)}"


def _items(given: Mapping[str, Any], key: str) -> list[tuple[int, Mapping[str, Any]]]:
    found = given.get(key)
    listed = found if isinstance(found, list) else []
    return [(number, one) for number, one in enumerate(listed) if isinstance(one, Mapping)]


def _get(given: Any, key: str) -> Any:
    return given.get(key) if isinstance(given, Mapping) else None
