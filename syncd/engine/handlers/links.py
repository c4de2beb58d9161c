"""Looking at the pages that people sent us."""

from __future__ import annotations

from collections.abc import Sequence

from syncd.core.actions import CheckLink
from syncd.core.links import Judgement, LinkState, judge
from syncd.engine.context import Context
from syncd.engine.handlers.handler import Handler
from syncd.ports.verdicts import Done, Outcome, TryLater
from syncd.store import dirty, links, people
from syncd.store.database import Tx
from syncd.store.ledger import Effect


class CheckLinks(Handler):
    """Each page once. What could not be judged is looked at again when its time comes."""

    role = "web"

    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._seen: dict[str, Judgement] = {}

    @property
    def size(self) -> int:
        # Sites answer as slowly as they like: what is seen is kept one by one.
        return 1

    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for effect in batch:
            found = self._look(_checking(effect))
            self._seen[effect.key] = found
            outcomes.append(Done(found.state, note=found.words))
        return outcomes

    def done(self, tx: Tx, effect: Effect, outcome: Done) -> None:
        one = _checking(effect)
        told = links.Told(one.told_by, one.url, one.person, one.client)
        conversation = links.looked(tx, told, self._seen.pop(effect.key), self.ctx.now())
        if conversation is not None:
            dirty.mark(tx, "conversation", [conversation])
        if outcome.id != LinkState.ERROR:
            dirty.mark(tx, "contact", people.contact_ids(tx, [one.person]).values())

    def _look(self, one: CheckLink) -> Judgement:
        if self.ctx.ports.web is None:
            return Judgement(LinkState.ERROR, "nothing looks at pages any more")
        try:
            return judge(self.ctx.ports.web.check(one.url, [one.client]))
        except TryLater as verdict:
            # The site asks for more patience than a turn has.
            return Judgement(LinkState.ERROR, str(verdict))


def _checking(effect: Effect) -> CheckLink:
    assert isinstance(effect.action, CheckLink)
    return effect.action


def handlers(ctx: Context) -> dict[str, Handler]:
    return {CheckLink.kind: CheckLinks(ctx)}
