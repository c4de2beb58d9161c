"""The matrix: each row's name, what is done to the world, and how long it may take."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from tests.faults import rows_machine, rows_mail, rows_state, rows_time
from tests.faults.dying import Moment
from tests.faults.playing import Play, killed, undisturbed, weather
from tests.faults.script import TEAM


@dataclass(frozen=True, slots=True)
class Row:
    """`limit`: seconds until it hangs, on a busy machine. `boxes`: whose mail it is.

    `calm`: the row's world without its trouble, by whose calls its own are measured.
    `on_server`: with the state on PostgreSQL.
    """

    name: str
    play: Play
    limit: float = 300.0
    boxes: tuple[str, ...] = TEAM
    calm: Play = undisturbed
    on_server: bool = False


def _kills(moment: Moment) -> Play:
    return lambda place, script: killed(place, script, moment)


def _weather(*rules: Any, patience: float | None = None) -> Play:
    return lambda place, script: weather(place, script, *rules, patience=patience)


def _every(kind: str, rate: float, **rule: Any) -> dict[str, Any]:
    return {"kind": kind, "rate": rate, **rule}


@cache
def _calm(play: Any) -> Play:
    """The same world, in which nothing goes wrong."""
    return partial(play, calm=True)


# An answer that does not come costs all the patience: a part of a second, where a daemon has
# thirty.
IMPATIENT = 0.6

ROWS = (
    Row("killed before every effect", _kills(Moment.BEFORE), 900),
    Row("killed after every effect", _kills(Moment.AFTER), 900),
    Row("killed between answer and commit", _kills(Moment.ANSWERED), 900),
    Row("5 % of answers lost", _weather(_every("lose_answer", 0.05), patience=IMPATIENT), 400),
    Row("30 % of answers lost", _weather(_every("lose_answer", 0.3), patience=IMPATIENT), 600),
    Row("5xx at 30 % before the effect", _weather(_every("status", 0.3, status=503))),
    Row("502 at 10 % after the effect", _weather(_every("status", 0.1, status=502, effect=True))),
    Row(
        "429 storms",
        _weather(
            _every("status", 0.8, service="hubspot", status=429, variant="TEN_SECONDLY_ROLLING"),
            _every("status", 0.8, service="teamwork", status=429),
            _every("status", 0.5, service="gmail", status=429, retry_after=30),
        ),
    ),
    Row(
        "resets and half answers at 10 %",
        _weather(
            _every("reset_before", 0.035),
            _every("reset_after", 0.035),
            _every("half_answer", 0.035),
        ),
    ),
    Row("a black hole of 120 s", rows_machine.black_hole, 600),
    Row("429 in 30 % of a batch's parts", rows_mail.refused_parts),
    Row("207 with 1, 10 and 100 bad of 100", rows_mail.bad_items, calm=_calm(rows_mail.bad_items)),
    Row(
        "history gone with 5,000 waiting",
        rows_mail.history_gone,
        900,
        calm=_calm(rows_mail.history_gone),
    ),
    Row(
        "one of 50 mailboxes revoked and restored",
        rows_mail.revoked,
        boxes=tuple(f"mate{number}@agency.example" for number in range(50)),
        calm=_calm(rows_mail.revoked),
    ),
    Row("one message in 5 mailboxes", rows_mail.in_five, calm=_calm(rows_mail.in_five)),
    Row(
        "10 MB, 500 recipients, 25 kinds of malformed MIME",
        rows_mail.hostile,
        calm=_calm(rows_mail.hostile),
    ),
    Row("the clock 5 days ahead, and back", rows_time.five_days_ahead),
    Row("the clock a day behind, and right again", rows_time.a_day_behind),
    Row("the clock 10 years ahead, and back", rows_time.ten_years_ahead),
    Row(
        "daylight saving ends and begins",
        rows_time.daylight_saving,
        calm=_calm(rows_time.daylight_saving),
    ),
    Row(
        "an answer within a second of the due time",
        rows_time.at_the_due_time,
        calm=_calm(rows_time.at_the_due_time),
    ),
    Row("disk full, and freed", rows_state.disk_full),
    Row("read-only disk, and writable again", rows_state.read_only_disk),
    Row(
        "state corrupted, truncated, deleted; rebuilt",
        rows_state.damaged,
        calm=rows_state.read_anew,
    ),
    Row("notifications doubled and out of order", rows_machine.hooks),
    Row("two daemons on one state", rows_machine.two_daemons),
    Row("SIGTERM at any time", rows_machine.ended_any_time, 600),
    Row("on PostgreSQL: killed before every effect", _kills(Moment.BEFORE), 900, on_server=True),
    Row("on PostgreSQL: killed after every effect", _kills(Moment.AFTER), 900, on_server=True),
    Row(
        "on PostgreSQL: killed between answer and commit",
        _kills(Moment.ANSWERED),
        900,
        on_server=True,
    ),
    Row(
        "on PostgreSQL: 30 % of answers lost",
        _weather(_every("lose_answer", 0.3), patience=IMPATIENT),
        600,
        on_server=True,
    ),
    Row("on PostgreSQL: two daemons on one state", rows_machine.two_daemons, on_server=True),
    Row(
        "on PostgreSQL: the database dropped; rebuilt",
        rows_state.dropped,
        calm=rows_state.read_anew,
        on_server=True,
    ),
)
