"""Pages that people told us of: taken in, to be looked at beside the turn.

Sites answer as slowly as they like. Waiting for them here would hold up the mail of everybody:
`syncd.engine.links` goes and looks.
"""

from __future__ import annotations

from collections.abc import Sequence

from syncd.core.actions import CheckLink
from syncd.core.links import Judgement, LinkState
from syncd.engine.context import Context
from syncd.engine.handlers.handler import Handler
from syncd.ports.verdicts import Done, Outcome
from syncd.store import link_looks
from syncd.store.database import Tx
from syncd.store.effect import Effect


class CheckLinks(Handler):
    role = "web"

    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        return [Done("") for _ in batch]

    def done(self, tx: Tx, effect: Effect, outcome: Done) -> None:
        del outcome
        one = effect.action
        assert isinstance(one, CheckLink)
        told = link_looks.Told(one.told_by, one.url, one.person, one.client)
        link = link_looks.tell(tx, told, self.ctx.now())
        if link is not None and self.ctx.ports.web is None:
            # Between the decision and now it was taken out of the settings.
            unseen = Judgement(LinkState.ERROR, "nothing looks at pages any more")
            link_looks.looked(tx, link, unseen, self.ctx.now(), self.ctx.rules.links)


def handlers(ctx: Context) -> dict[str, Handler]:
    return {CheckLink.kind: CheckLinks(ctx)}
