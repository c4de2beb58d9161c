"""How long to wait before trying again, when the service does not say."""

from __future__ import annotations

FIRST_SECONDS = 5.0
LONGEST_SECONDS = 3600.0


def delay(attempts: int) -> float:
    """Seconds before the next try, after `attempts` tries (1, 2, …): doubling, up to an hour."""
    return float(min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** max(0, min(attempts, 20) - 1)))
