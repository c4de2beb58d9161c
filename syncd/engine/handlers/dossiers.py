"""Campaigns' notebooks on the board."""

from __future__ import annotations

from collections.abc import Sequence

from syncd.core.actions import AddDossier, WriteDossier
from syncd.core.campaign_layout import PROJECT
from syncd.core.campaign_plan import What
from syncd.core.dossier import mark_of, merged
from syncd.core.promises import plan
from syncd.engine.context import Context
from syncd.engine.handlers.handler import Handler, Trace
from syncd.engine.handlers.tasks import OnBoard
from syncd.ports.records import NewRecord, RecordChange
from syncd.ports.verdicts import Changed, Done, Outcome, Refused, TryLater, Verdict
from syncd.store import dossiers, plan_items
from syncd.store.database import Tx
from syncd.store.dossiers import Notebook
from syncd.store.effect import Effect

# Somebody who writes in a notebook is left alone for so long.
_WHILE_THEY_WRITE = 300.0


class _OnNotebooks(OnBoard):
    def __init__(self, ctx: Context) -> None:
        super().__init__(ctx)
        self._written: dict[str, str] = {}

    @property
    def size(self) -> int:
        return 1

    def notebook(self, campaign: str) -> Notebook:
        with self.ctx.store.begin() as tx:
            found = dossiers.of_campaigns(tx, [campaign])
        return found.get(campaign, Notebook(campaign, mark_of(campaign)))

    def project(self, campaign: str) -> str:
        mark = plan.mark_of(campaign, PROJECT)
        with self.ctx.store.begin() as tx:
            found = plan_items.places(tx, [mark]).get(mark)
        return found.remote_id if found is not None else ""

    def changed(self, tx: Tx, effect: Effect) -> None:
        """A person has deleted it, or the project it was to stand in."""
        assert isinstance(effect.action, AddDossier | WriteDossier)
        dossiers.vanished(tx, effect.action.campaign)


class AddDossiers(_OnNotebooks):
    repeatable = False

    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        [effect] = batch
        one = effect.doing(AddDossier)
        project, text = self.project(one.campaign), self.notebook(one.campaign).wanted
        if not project:
            return [Refused("the campaign's project does not stand")]
        self._written[one.key] = text
        return self.board.create_records(
            [NewRecord(one.key, What.NOTEBOOK, one.name, project=project, text=text)]
        )

    def find(self, batch: Sequence[Effect]) -> dict[str, Done]:
        [effect] = batch
        one = effect.doing(AddDossier)
        project = self.project(one.campaign)
        found = self.board.find_records(What.NOTEBOOK, project, [one.key]) if project else {}
        # While this is in doubt nothing else is wanted of it: it was made with what is.
        self._written |= dict.fromkeys(found, self.notebook(one.campaign).wanted)
        return {key: Done(record.id) for key, record in found.items()}

    def trace(self, tx: Tx, effect: Effect, outcome: Done) -> Trace:
        del tx
        one = effect.doing(AddDossier)
        return {"after": {"id": outcome.id, "title": one.name}}

    def done(self, tx: Tx, effect: Effect, outcome: Done) -> None:
        one, now = effect.doing(AddDossier), self.ctx.now()
        text = self._written.pop(one.key, "")
        dossiers.wrote(tx, one.campaign, outcome.id, text, now)
        if not text:
            # What was sent before the answer was lost is not known: written once more.
            dossiers.look_at(tx, one.campaign, one.key, now)


class WriteDossiers(_OnNotebooks):
    """Read, merged, and written only if nobody has written in between."""

    def send(self, batch: Sequence[Effect]) -> list[Outcome]:
        [effect] = batch
        one = effect.doing(WriteDossier)
        known = self.notebook(one.campaign)
        standing = self.board.record(What.NOTEBOOK, known.remote_id) if known.remote_id else None
        if standing is None or standing.deleted:
            return [Changed("a person has deleted the notebook")]
        text = merged(standing.text, known.text, known.wanted, known.mark)
        self._written[one.key] = known.wanted
        change = RecordChange(
            one.key, What.NOTEBOOK, standing.id, {"text": text}, {"text": standing.text}
        )
        try:
            [outcome] = self.board.change_records([change])
        except Verdict as verdict:
            return [verdict]
        if isinstance(outcome, Done) and outcome.left:
            words = "somebody is writing in the notebook"
            return [TryLater(words, after=_WHILE_THEY_WRITE)]
        return [outcome]

    def done(self, tx: Tx, effect: Effect, outcome: Done) -> None:
        one = effect.doing(WriteDossier)
        text = self._written.pop(one.key, "")
        dossiers.wrote(tx, one.campaign, outcome.id, text, self.ctx.now())


def handlers(ctx: Context) -> dict[str, Handler]:
    return {AddDossier.kind: AddDossiers(ctx), WriteDossier.kind: WriteDossiers(ctx)}
