"""What people outside write, by what it says."""

from __future__ import annotations

from datetime import date

AWAY = "I am out of the office with no access to mail.\n"
BACK_ON = "I am out of the office and back on {day}.\n"
SAYINGS = {
    "other": "Thanks, happy to.\n",
    "price": "We charge 150 EUR for a link. How much can you pay?\n",
    "decline": "No thanks, we are not interested.\n",
    "not_now": "Not now, sorry. Please write to me again on {day}.\n",
    "unsubscribe": "Please remove me from your list and do not contact me again.\n",
}


def day_in_words(day: date | None) -> str:
    return "" if day is None else f"{day.day} {day:%B %Y}"
