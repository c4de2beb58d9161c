"""What only HubSpot words so: its own properties, and which of its calls change something."""

from __future__ import annotations

import re

WORDS = {
    "New York": {"hs_timezone": "america_slash_new_york", "country": "U.S.A."},
    "Germany": {"hs_country_region_code": "DE"},
    "opted out": {"hs_email_optout": "true"},
}


def writes(method: str, path: str) -> bool:
    return method != "GET" and re.search(r"/batch/read$|/search$", path) is None
