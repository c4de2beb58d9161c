"""What changed in the rules since the last start, and what must be decided again for it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from syncd.engine.context import Context, log
from syncd.store import copies, dirty, exchanges, letters, mailboxes, notes, people


def adopt(ctx: Context) -> None:
    """Compare the rules with those of the last start, in one commit with what follows.

    Each promise holds for what was seen before a rule was written, too: a new campaign
    tags old conversations, and mail skipped by a rule that is gone is logged.
    """
    rules = ctx.rules
    now = ctx.now()
    talk = _fingerprint([rules.campaigns, rules.cadence, rules.answers, rules.team])
    keep = _fingerprint([dataclasses.replace(rules.log, grace=None), sorted(rules.team.domains)])
    with ctx.store.begin() as tx:
        if notes.read(tx, "rules:talk") not in {None, talk}:
            log.info("rules_changed", what="campaigns, follow-ups or team")
            dirty.mark(tx, "conversation", exchanges.every(tx))
            people.forget_undone(tx)
        if notes.read(tx, "rules:log") not in {None, keep}:
            log.info("rules_changed", what="log")
            letters.reconsider_all(tx)
            copies.reconsider_never(tx)
        since = notes.read(tx, "rules:since")
        if since is not None and rules.log.since < datetime.fromisoformat(since):
            log.info("rules_changed", what="log.since")
            mailboxes.list_further_back(tx, rules.log.since)
        notes.write(tx, "rules:talk", talk, now)
        notes.write(tx, "rules:log", keep, now)
        notes.write(tx, "rules:since", rules.log.since.isoformat(), now)


def _fingerprint(rules: Any) -> str:
    words = json.dumps(rules, default=_plain, sort_keys=True)
    return hashlib.blake2b(words.encode(), digest_size=8).hexdigest()


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [getattr(value, field.name) for field in dataclasses.fields(value)]
    if isinstance(value, frozenset):
        return sorted(map(str, value))
    if isinstance(value, Mapping):
        return dict(value)
    return str(value)
