"""How a notice reads where it is told: JSON that Slack's incoming webhooks take."""

from __future__ import annotations

from typing import Any

from syncd.engine.alarms import Notice

_COLOURS = {True: "#17693f", False: "#b02318"}
# Slack's own control characters (api.slack.com/reference/surfaces/formatting, "Escaping text").
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def slack(notice: Notice, address: str) -> dict[str, Any]:
    """A message of one attachment; `text` alone for what shows no attachments.

    `address`: where the pages are, "" where they are not served.
    """
    kind, _, subject = notice.name.partition("/")
    heading = f"syncd: {kind} {subject} is over" if notice.over else f"syncd: {kind} {subject}"
    words = heading.translate(_ESCAPES)
    return {
        "text": f"{words}: {notice.words.translate(_ESCAPES)}" if not notice.over else words,
        "attachments": [
            {
                "color": _COLOURS[notice.over],
                "title": words,
                **({"title_link": address} if address else {}),
                "text": notice.words.translate(_ESCAPES),
                "footer": f"since {notice.since:%Y-%m-%d %H:%M} UTC",
            }
        ],
    }
