"""As many examples as `make fuzz` tries where nothing guides it.

Here, because a profile must be known before the tests are read.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

settings.register_profile(
    "long", max_examples=5000, deadline=None, suppress_health_check=list(HealthCheck)
)
