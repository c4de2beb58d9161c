"""Threads brought back to the inbox under a label."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from syncd.core.actions import LabelThread
from syncd.engine.context import Context
from syncd.engine.handlers.handler import Handler, Trace
from syncd.ports.mail import MailSource, Relabel
from syncd.ports.verdicts import Done, Outcome, Refused
from syncd.store import copies
from syncd.store.database import Tx
from syncd.store.effect import Effect


class LabelThreads(Handler):
    role = "mail"

    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        outcomes: dict[str, Outcome] = {}
        by_source: dict[int, tuple[MailSource, list[Relabel]]] = {}
        waiting: dict[int, list[str]] = defaultdict(list)
        for effect in batch:
            one = effect.action
            assert isinstance(one, LabelThread)
            source = self.ctx.ports.mail.get(one.mailbox)
            if source is None:
                outcomes[one.key] = Refused(f"{one.mailbox} is not in the settings any more")
                continue
            by_source.setdefault(id(source), (source, []))[1].append(
                Relabel(one.key, one.mailbox, one.thread, one.add, one.remove)
            )
            waiting[id(source)].append(one.key)
        for number, (source, changes) in by_source.items():
            outcomes |= dict(zip(waiting[number], source.relabel(changes), strict=True))
        return [outcomes[effect.key] for effect in batch]

    def trace(self, tx: Tx, effect: Effect, outcome: Done) -> Trace:
        one = effect.action
        assert isinstance(one, LabelThread)
        before = copies.labels_of(tx, one.mailbox, one.thread)
        after = (before | set(one.add)) - set(one.remove)
        return {"before": {"labels": sorted(before)}, "after": {"labels": sorted(after)}}


def handlers(ctx: Context) -> dict[str, Handler]:
    return {LabelThread.kind: LabelThreads(ctx)}
