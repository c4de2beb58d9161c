"""From figures to a document: which tables there are, and what stands in them."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping

from syncd.core.figures import Source, StepTally, Tally
from syncd.core.figures_kept import Kept
from syncd.core.figures_sums import Group
from syncd.reports.document import Chart, Column, Report, Row, Section
from syncd.reports.gather import Asked, Figures
from syncd.reports.measures import Measure, Number, Per100, Share, Time, Times
from syncd.reports.words import DEFINITIONS

OUTSIDE = "outside all campaigns"
WHOLE = "all"
_SOURCES = (Source.COLD, Source.EXISTING, Source.INTRODUCED)
# A template is worth a row while there are rows to read.
_MOST_TEMPLATES = 15
_DAYS = (
    (1, "within a day"),
    (2, "in 2 days"),
    (3, "in 3 days"),
    (5, "in 5 days"),
    (10, "in 10 days"),
)

_GROUPED = (
    Column("written_to", "Written to", "pitches that reached somebody"),
    Column("response", "Response", "answered, of those written to"),
    Column("placement", "Placement", "placed a link, of those written to"),
    Column("time", "Time to answer", "working time, median"),
    Column("bounced", "Bounced", "left out of the rates"),
)


def compose(figures: Figures, asked: Asked) -> Report:
    """The report on what was gathered."""
    day = asked.calendar.day_length.total_seconds() / 3600
    sums = figures.sums
    sections = [
        _funnel(figures),
        _warmth(figures),
        _grouped(("sources", "Source"), _sources(sums.sources), sums.total, day),
        _grouped(
            ("teammates", "Person"),
            _plain(sums.teammates, largest=True),
            sums.total,
            day,
        ),
        _steps(sums.steps, sums.total.tally),
        _grouped(("templates", "Template"), _templates(figures.templates), sums.total, day),
        _times(figures, day),
        _follow_ups(figures),
        _months(figures),
    ]
    if asked.campaign is None:
        named = _campaigns(sums.campaigns, asked.names)
        sections.insert(2, _grouped(("campaigns", "Campaign"), named, sums.total, day))
    return Report(
        title="Report" if asked.campaign is None else _name(asked.campaign, asked.names),
        period=asked.period,
        made_at=asked.now,
        zone=asked.calendar.zone.key,
        campaign=asked.campaign or "",
        client=asked.client,
        sections=tuple(sections),
        definitions=DEFINITIONS,
        summary=tuple(_summary(figures)),
    )


def _name(campaign: str, names: Mapping[str, str]) -> str:
    return names.get(campaign) or campaign or OUTSIDE


def _summary(figures: Figures) -> Iterable[str]:
    tally = figures.sums.total.tally
    if not tally.pitches:
        return
    response, placed = (
        Share(tally.answered, tally.contacted),
        Share(tally.linked, tally.contacted),
    )
    yield (
        f"{tally.contacted:,} pitch{'' if tally.contacted == 1 else 'es'} reached somebody; "
        f"{response} of them were answered "
        f"({response.range}) and {placed} placed a link ({placed.range})."
    )
    rates = _rates(figures)
    for source in (Source.INTRODUCED, Source.EXISTING):
        one, cold = rates[source], rates[Source.COLD]
        against = Times(one, cold)
        if one.value is None or cold.value is None:
            continue
        words = f"100 messages to people {_WARM[source]} brought {one} links, 100 cold ones {cold}"
        if against.value is not None:
            words += f": {against} as many ({against.range})"
        if against.is_small:
            words += "; these are too few to go by"
        elif (found := against.interval) is not None and found.low <= 1 <= found.high:
            words += "; the difference may be chance"
        yield f"{words}."


_WARM = {
    Source.INTRODUCED: "who were introduced to us",
    Source.EXISTING: "who knew us",
}


def _funnel(figures: Figures) -> Section:
    tally = figures.sums.total.tally
    steps = (
        ("contacted", "Written to", tally.contacted),
        ("answered", "Answered", tally.answered),
        ("agreed", "Agreed", tally.agreed),
        ("linked", "Placed a link", tally.linked),
        ("lost", "Lost it again", tally.lost),
        ("declined", "Declined", tally.declined),
    )
    note = (
        f"Left out: {tally.bounced:,} bounced. {tally.absent:,} had an absence note and no "
        f"answer; in {figures.sums.theirs.pitches:,} further conversations they wrote first."
    )
    return Section(
        "funnel",
        "From pitch to link",
        "Stage",
        (Column("pitches", "Pitches"), Column("share", "Of those written to")),
        tuple(
            Row(key, label, (Number(count), Share(count, tally.contacted)))
            for key, label, count in steps
        )
        if tally.pitches
        else (),
        Chart("bars", ("pitches",), "How far pitches came"),
        (note,) if tally.pitches else (),
        "Nobody was written to in this time.",
    )


def _rates(figures: Figures) -> dict[Source, Per100]:
    """Links per 100 messages of ours, by source."""
    tallies = {one: figures.sums.sources.get(one, Group()).tally for one in _SOURCES}
    tallies[Source.THEIRS] = figures.sums.theirs
    return {one: Per100(tally.links, tally.messages) for one, tally in tallies.items()}


def _cold(source: Source, rates: Mapping[Source, Per100]) -> Per100 | None:
    return None if source is Source.COLD else rates[Source.COLD]


def _warmth(figures: Figures) -> Section:
    rates = _rates(figures)
    rows = [
        Row(
            _key(source),
            source.value.capitalize(),
            (Number(rate.among), Number(rate.count), rate, Times(rate, _cold(source, rates))),
        )
        for source, rate in rates.items()
        if rate.among
    ]
    whole = Per100(sum(r.count for r in rates.values()), figures.messages)
    if rows:
        row = (Number(whole.among), Number(whole.count), whole, Times(whole, None))
        rows.append(Row(WHOLE, "All", row, is_whole=True))
    notes = ["All messages of ours in these conversations, and the links that these brought."]
    if figures.unbrought:
        notes.append(
            f"{figures.unbrought:,} links won in this time are not here: no conversation of ours "
            "is known to have brought them."
        )
    return Section(
        "warmth",
        "Links per 100 messages: warm against cold",
        "Source",
        (
            Column("messages", "Messages"),
            Column("links", "Links"),
            Column("per_100", "Links per 100", "links per 100 messages of ours"),
            Column("against_cold", "Against cold", "how many times as many"),
        ),
        tuple(rows),
        Chart("bars", ("per_100",), "Links per 100 messages, by source"),
        tuple(notes),
        "No message was written in this time.",
    )


def _grouped(
    what: tuple[str, str], groups: Iterable[tuple[str, str, Group]], total: Group, day: float
) -> Section:
    """`what`: the section's key, and what its rows are."""
    key, head = what
    title = f"By {head.lower()}"
    rows = [Row(name, label, _values(group, day)) for name, label, group in groups]
    if rows:
        rows.append(Row(WHOLE, "All", _values(total, day), is_whole=True))
    return Section(
        key,
        title,
        head,
        _GROUPED,
        tuple(rows),
        Chart("bars", ("response", "placement"), f"Response and placement {title.lower()}", "%"),
        (),
        "Nobody was written to in this time.",
    )


def _values(group: Group, day: float) -> tuple[Measure, ...]:
    tally = group.tally
    return (
        Number(tally.contacted),
        Share(tally.answered, tally.contacted),
        Share(tally.linked, tally.contacted),
        Time(group.time, day),
        Number(tally.bounced),
    )


def _plain(groups: Mapping[str, Group], *, largest: bool = False) -> list[tuple[str, str, Group]]:
    """Groups by name or, `largest`, by how many pitches they have."""
    order = sorted(groups, key=lambda one: (-groups[one].tally.pitches * largest, one))
    return [(one, one, groups[one]) for one in order]


def _sources(groups: Mapping[Source, Group]) -> list[tuple[str, str, Group]]:
    return [(_key(one), one.value.capitalize(), groups[one]) for one in _SOURCES if one in groups]


def _key(source: Source) -> str:
    return source.name.lower()


def _campaigns(
    groups: Mapping[str, Group], names: Mapping[str, str]
) -> list[tuple[str, str, Group]]:
    """Those of the settings in their order, then others, then what is outside all."""
    order = [*(one for one in names if one in groups), *sorted(groups.keys() - names.keys() - {""})]
    if "" in groups:
        order.append("")
    return [(one, _name(one, names), groups[one]) for one in order]


def _templates(groups: Mapping[str, Group]) -> list[tuple[str, str, Group]]:
    """The largest, and all the others together."""
    names = list(groups)
    shown = [(name, name, groups[name]) for name in names[:_MOST_TEMPLATES]]
    if rest := names[_MOST_TEMPLATES:]:
        others = Group()
        for name in rest:
            others.join(groups[name])
        shown.append(("others", f"{len(rest)} others", others))
    return shown


def _steps(steps: Mapping[int, StepTally], total: Tally) -> Section:
    rows = [
        Row(
            str(number),
            "First message" if number == 1 else f"Follow-up {number - 1}",
            (
                Number(one.sent),
                Number(one.answered),
                Share(one.answered, one.sent),
                Share(one.answered, total.answered),
            ),
        )
        for number, one in sorted(steps.items())
    ]
    return Section(
        "steps",
        "By step",
        "Message",
        (
            Column("sent", "Sent", "pitches that came to this message"),
            Column("answered", "Answered", "after this message, before the next"),
            Column("response", "Response", "answered, of those sent"),
            Column("share_of_answers", "Share of answers", "of all answers"),
        ),
        tuple(rows),
        Chart("columns", ("response",), "Response by step", "%"),
        (),
        "Nobody was written to in this time.",
    )


def _times(figures: Figures, day: float) -> Section:
    hours = figures.hours
    bounds = [days * day for days, _ in _DAYS]
    counts = Counter(bisect_left(bounds, one) for one in hours)
    rows = [
        Row(key, label, (Number(counts[at]), Share(counts[at], len(hours))))
        for at, (key, label) in enumerate([*((str(d), w) for d, w in _DAYS), ("later", "later")])
    ]
    time = Time(figures.sums.total.time, day)
    return Section(
        "times",
        "Time to answer",
        "Answered",
        (Column("answers", "Answers"), Column("share", "Of all answers")),
        tuple(rows) if hours else (),
        Chart("columns", ("answers",), "Answers by working days"),
        (f"Half of all answers came within {time}; the middle half took {time.range}.",)
        if hours
        else (),
        "Nobody has answered yet.",
    )


def _follow_ups(figures: Figures) -> Section:
    shown = (Kept.ON_TIME, Kept.LATE, Kept.NOT_NEEDED, Kept.SNOOZED, Kept.DROPPED, Kept.OPEN)
    rows = []
    whole = dict.fromkeys(shown, 0)
    for teammate, counts in sorted(figures.follow_ups.items()):
        rows.append(Row(teammate, teammate, _kept_values(counts)))
        for one in shown:
            whole[one] += counts[one]
    if rows:
        rows.append(Row(WHOLE, "All", _kept_values(whole), is_whole=True))
    columns = [Column("share", "On time", "of those on time and late")]
    columns += [Column(_kept_key(one), one.value.capitalize()) for one in shown]
    columns[1] = Column("on_time", "Kept", "on time")
    return Section(
        "follow_ups",
        "Follow-ups kept on time",
        "Person",
        tuple(columns),
        tuple(rows),
        Chart("bars", ("share",), "Follow-ups kept on time", "%"),
        ("By the day the task was due, and by who wrote the message it waits on.",),
        "No follow-up was due in this time.",
    )


def _kept_key(one: Kept) -> str:
    return one.name.lower()


def _kept_values(counts: Mapping[Kept, int]) -> tuple[Measure, ...]:
    on_time, late = counts[Kept.ON_TIME], counts[Kept.LATE]
    return (
        Share(on_time, on_time + late),
        *(Number(counts[one]) for one in Kept),
    )


def _months(figures: Figures) -> Section:
    rows = [
        Row(
            f"{month.first:%Y-%m}",
            f"{month.first:%b %Y}",
            (Number(month.won), Number(month.lost), Number(month.won - month.lost)),
        )
        for month in figures.months
    ]
    if rows:
        won, lost = (sum(getattr(m, n) for m in figures.months) for n in ("won", "lost"))
        row = (Number(won), Number(lost), Number(won - lost))
        rows.append(Row(WHOLE, "All", row, is_whole=True))
    return Section(
        "months",
        "Links won and lost by month",
        "Month",
        (Column("won", "Won"), Column("lost", "Lost"), Column("net", "Net")),
        tuple(rows),
        Chart("balance", ("won", "lost"), "Links won and lost"),
        ("By the day syncd first saw the link stand, and the day it saw it gone.",),
        "No link was won or lost in this time.",
    )
