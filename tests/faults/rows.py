"""The matrix: each row's name, what is done to the world, and how long it may take."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from tests.faults import rows_machine, rows_mail, rows_state, rows_time
from tests.faults.judge import Trial
from tests.faults.place import Place
from tests.faults.playing import COMMIT, killed, weather
from tests.faults.script import TEAM, Script

Play = Callable[[Place, Script], Trial]


@dataclass(frozen=True, slots=True)
class Row:
    """`limit`: seconds until it hangs, on a busy machine. `boxes`: whose mail it is.

    `floored`: whether its calls are compared with those of the script undisturbed; not where
    the row's world is another one.
    """

    name: str
    play: Play
    limit: float = 300.0
    boxes: tuple[str, ...] = TEAM
    floored: bool = True


def _kills(rule: Any) -> Play:
    return partial(_killed, rule)


def _killed(rule: Any, place: Place, script: Script) -> Trial:
    return killed(place, script, rule)


def _weather(*rules: Any, patience: float | None = None) -> Play:
    return lambda place, script: weather(place, script, *rules, patience=patience)


def _every(kind: str, rate: float, **rule: Any) -> dict[str, Any]:
    return {"kind": kind, "rate": rate, **rule}


# An answer that does not come costs all the patience: a part of a second, where a daemon has
# thirty.
IMPATIENT = 0.6

ROWS = (
    Row("killed before every effect", _kills({"kind": "black_hole"}), 900),
    Row("killed after every effect", _kills({"kind": "lose_answer"}), 900),
    Row("killed between answer and commit", _kills(COMMIT), 900),
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
    Row("207 with 1, 10 and 100 bad of 100", rows_mail.bad_items, floored=False),
    Row("history gone with 5,000 waiting", rows_mail.history_gone, 900, floored=False),
    Row(
        "one of 50 mailboxes revoked and restored",
        rows_mail.revoked,
        boxes=tuple(f"mate{number}@agency.example" for number in range(50)),
        floored=False,
    ),
    Row("one message in 5 mailboxes", rows_mail.in_five, floored=False),
    Row("10 MB, 500 recipients, 25 kinds of malformed MIME", rows_mail.hostile, floored=False),
    Row("the clock 5 days ahead, and back", rows_time.five_days_ahead, floored=False),
    Row("the clock a day behind, and right again", rows_time.a_day_behind),
    Row("the clock 10 years ahead, and back", rows_time.ten_years_ahead, floored=False),
    Row("daylight saving ends and begins", rows_time.daylight_saving, floored=False),
    Row("an answer within a second of the due time", rows_time.at_the_due_time, floored=False),
    Row("disk full, and freed", rows_state.disk_full),
    Row("read-only disk, and writable again", rows_state.read_only_disk),
    Row("state corrupted, truncated, deleted; rebuilt", rows_state.damaged, floored=False),
    Row("notifications doubled and out of order", rows_machine.hooks, floored=False),
    Row("two daemons on one state", rows_machine.two_daemons, floored=False),
    Row("SIGTERM at any time", rows_machine.ended_any_time, 600, floored=False),
)
