"""What is known of an account, kept by the engine between runs as handles."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# The unique property that carries syncd's mark on emails and tasks.
MARK = "syncd_key"

PORTAL = "portal:id"
ZONE = "portal:time_zone"
GROUP = "group:syncd"
EMAIL_MARK = "email_mark"  # property | message_id | none
EMAIL_MESSAGE_ID = "email_message_id"  # writable | read_only
EMAIL_THREAD_ID = "email_thread_id"  # writable | read_only
TASK_MARK = "task_mark"  # property | body


def property_handle(name: str) -> str:
    return f"property:{name}"


def option_handle(name: str, value: str) -> str:
    return f"option:{name}/{value}"


@dataclass(frozen=True, slots=True)
class Handles:
    """Read by name; whatever was never found out counts as not allowed."""

    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def portal(self) -> str:
        return self.values.get(PORTAL, "")

    @property
    def zone(self) -> tzinfo | None:
        try:
            return ZoneInfo(self.values[ZONE])
        except (KeyError, ValueError, ZoneInfoNotFoundError):
            return None

    @property
    def emails_have_property(self) -> bool:
        return self.values.get(EMAIL_MARK) == "property"

    @property
    def message_id_is_writable(self) -> bool:
        return self.values.get(EMAIL_MESSAGE_ID) == "writable"

    @property
    def thread_id_is_writable(self) -> bool:
        return self.values.get(EMAIL_THREAD_ID) == "writable"

    @property
    def tasks_have_property(self) -> bool:
        return self.values.get(TASK_MARK) == "property"


def written(one: Mapping[str, Any] | None) -> str:
    """Whether values of a property may be written, as a handle's value."""
    if one is None:
        return "read_only"
    metadata = one.get("modificationMetadata")
    refused = metadata.get("readOnlyValue", True) if isinstance(metadata, dict) else True
    return "read_only" if refused else "writable"
