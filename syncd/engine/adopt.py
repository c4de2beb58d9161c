"""What changed in the rules since the last start, and what must be decided again for it."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from syncd.core import guard
from syncd.engine import hide, plans
from syncd.engine.context import Context, log
from syncd.store import copies, dirty, exchanges, ledger, letters, mailboxes, notes, people
from syncd.store.database import Tx


def adopt(ctx: Context) -> None:
    """Compare the rules with those of the last start, in one commit with what follows.

    Each promise holds for what was seen before a rule was written, too: a new campaign
    tags old conversations, and mail skipped by a rule that is gone is logged.
    """
    rules = ctx.rules
    now = ctx.now()
    # A plan says nothing about mail: it is kept in step by its own promise.
    campaigns = [
        dataclasses.replace(one, niche="", goal="", targets=(), plan=None)
        for one in rules.campaigns
    ]
    talk = _fingerprint([campaigns, rules.cadence, rules.answers, rules.team])
    keep = _fingerprint([dataclasses.replace(rules.log, grace=None), sorted(rules.team.domains)])
    with ctx.store.begin() as tx:
        if notes.read(tx, "rules:talk") not in {None, talk}:
            log.info("rules_changed", what="campaigns, follow-ups or team")
            dirty.mark(tx, "conversation", exchanges.every(tx))
            dirty.mark(tx, "contact", people.every(tx))
            people.forget_undone(tx)
        if notes.read(tx, "rules:log") not in {None, keep}:
            log.info("rules_changed", what="log")
            letters.reconsider_all(tx)
            copies.reconsider_never(tx)
            if number := len(hide.look(tx, rules.log).reasons):
                # Somebody has read them by now; whether they go is for a person to say.
                log.warning("hidden_by_new_rules", messages=number, remedy="syncd hide")
        since = notes.read(tx, "rules:since")
        if since is not None and rules.log.since < datetime.fromisoformat(since):
            log.info("rules_changed", what="log.since")
            mailboxes.list_further_back(tx, rules.log.since)
        plans.adopt(ctx, tx)
        _follow_modes(ctx, tx)
        notes.write(tx, "rules:talk", talk, now)
        notes.write(tx, "rules:log", keep, now)
        notes.write(tx, "rules:since", rules.log.since.isoformat(), now)


def _follow_modes(ctx: Context, tx: Tx) -> None:
    """Set aside what a promise's mode does not allow any more, and let go what it does."""
    modes = ctx.rules.modes
    mark = sorted((promise, mode.value) for promise, mode in modes.items())
    before = notes.read(tx, "rules:modes")
    if [list(one) for one in mark] == (before or []):
        return
    log.info("rules_changed", what="modes")
    let_go = ledger.follow_modes(
        tx, lambda effect: guard.kept_back(effect.action, effect.promise, modes)
    )
    # Long observed, it may be wanted no more: decided again before it is sent.
    for kind in ("conversation", "contact", "campaign", "losses"):
        ids = [name.partition(":")[2] for name in let_go if name.startswith(f"{kind}:")]
        dirty.mark(tx, kind, ids)
    notes.write(tx, "rules:modes", [list(one) for one in mark], ctx.now())


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
