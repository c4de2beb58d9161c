"""Mail as syncd asks for it, from Gmail.

What is a message here: everything that was sent or received. Drafts, scheduled mail not
yet sent, chats, spam and trash are not. They are kept out of listings by the query and of
changes by their labels; one that is met in a fetch all the same (it was relabelled on the
way) comes back as `Gone`. That loses nothing, in either direction: a message that becomes
one later, because it is taken out of spam or trash or because its scheduled hour comes,
appears in `changes` under `added` at that moment; and a message thrown away after it was
fetched stays as it was logged, because a message is fetched once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from connectors._kit.reading import Turning
from connectors.gmail import mapping
from connectors.gmail.client import BATCH, PAGE, GmailClient, Part
from connectors.gmail.client_login import Login
from connectors.gmail.drafts import GmailDrafts
from connectors.gmail.history import History
from connectors.gmail.labels import Labels
from connectors.gmail.settings import GmailSettings
from syncd.core.mail.addresses import normalise
from syncd.ports.mail import (
    Draft,
    DraftRemoval,
    Fetched,
    Gone,
    Listing,
    MailChanges,
    MailTraits,
    NewDraft,
    Profile,
    Relabel,
    Relabelled,
)
from syncd.ports.manifest import Toolbox
from syncd.ports.verdicts import Done, Locked, Outcome, Refused, TryLater, Verdict

# Spam and trash are left out by default; they are named so that the query says it all.
_NOT_MAIL = "-in:drafts -in:scheduled -in:chats -in:spam -in:trash"


class GmailSource:
    """Satisfies `syncd.ports.mail.MailSource` and `DraftBox`."""

    def __init__(self, settings: GmailSettings, tools: Toolbox) -> None:
        self.traits = MailTraits(list_size=PAGE, fetch_size=BATCH, drafts=settings.drafts)
        self._settings = settings
        self._client = GmailClient(settings, tools)
        self._drafts = GmailDrafts(settings, self._client)
        self._turning: dict[str, Turning] = {}
        self._labels = {box: Labels(box, self._client, tools.clock) for box in settings.mailboxes}

    def login(self, mailbox: str) -> Login:
        return self._client.login(mailbox)

    def composer(self, mailbox: str) -> Login:
        """What drafts are written with."""
        return self._client.composer(mailbox)

    def mailboxes(self) -> tuple[str, ...]:
        return self._settings.mailboxes

    def profile(self, mailbox: str) -> Profile:
        """The send-as addresses Gmail has verified; others cannot be sent from."""
        primary, aliases = mailbox, {mailbox}
        for entry in mapping.objects(self._client.send_as(mailbox).get("sendAs")):
            address = normalise(str(entry.get("sendAsEmail") or ""))
            if entry.get("isPrimary") and address:
                primary = address
            if address and (
                entry.get("isPrimary") or entry.get("verificationStatus") == "accepted"
            ):
                aliases.add(address)
        return Profile(primary, tuple(sorted(aliases - {primary})))

    def cursor(self, mailbox: str) -> str:
        return str(self._client.profile(mailbox).get("historyId") or "")

    def listing(self, mailbox: str, since: datetime, page: str | None) -> Listing:
        # Seconds, because Gmail reads dates as midnight in California; one earlier, because
        # nothing says whether "after" includes the second itself (facts/gmail.md A6).
        query = f"after:{int(since.timestamp()) - 1} {_NOT_MAIL}"
        answer = self._client.list_messages(mailbox, query, page)
        ids = tuple(str(each.get("id")) for each in mapping.objects(answer.get("messages")))
        if page is None or mailbox not in self._turning:
            self._turning[mailbox] = Turning("gmail: a listing")
        return Listing(ids, self._turning[mailbox].to(answer.get("nextPageToken")) or None)

    def changes(self, mailbox: str, cursor: str) -> MailChanges:
        history, page, latest = History(), "", cursor
        turning = Turning("gmail: a history")
        while True:
            answer = self._client.history(mailbox, cursor, page or None)
            # A page may be empty and not the last (facts/gmail.md A6).
            for record in mapping.objects(answer.get("history")):
                history.take(record)
            latest = str(answer.get("historyId") or latest)
            page = turning.to(answer.get("nextPageToken"))
            if not page:
                break
        return MailChanges(
            history.added, history.removed, self._relabelled(mailbox, history), latest
        )

    def fetch(self, mailbox: str, ids: Sequence[str]) -> list[Fetched]:
        """One HTTP call for `traits.fetch_size` ids, and more only for parts that failed."""
        fetched: list[Fetched] = []
        for start in range(0, len(ids), BATCH):
            chunk = ids[start : start + BATCH]
            parts = self._client.get_messages(mailbox, chunk)
            names = self._labels[mailbox].names(
                label
                for part in parts.values()
                if isinstance(part, dict)
                for label in mapping.label_ids(part)
            )
            fetched += [_fetched(mailbox, parts[each], names) for each in chunk]
        return fetched

    def relabel(self, batch: Sequence[Relabel]) -> list[Outcome]:
        stopped: dict[str, Verdict] = {}
        outcomes: list[Outcome] = []
        for change in batch:
            if change.mailbox in stopped:
                # Nothing was sent for this one, and nothing would be let in.
                outcomes.append(stopped[change.mailbox])
                continue
            try:
                outcomes.append(self._relabel(change))
            except Verdict as verdict:
                if isinstance(verdict, Locked | TryLater):
                    stopped[change.mailbox] = verdict
                outcomes.append(verdict)
        return outcomes

    def write_drafts(self, batch: Sequence[NewDraft]) -> list[Draft | Verdict]:
        return self._drafts.write(batch)

    def find_drafts(self, mailbox: str, message_ids: Sequence[str]) -> dict[str, Draft]:
        return self._drafts.find(mailbox, message_ids)

    def drafts(self, mailbox: str, ids: Sequence[str]) -> dict[str, Draft]:
        return self._drafts.standing(mailbox, ids)

    def delete_drafts(self, batch: Sequence[DraftRemoval]) -> list[Outcome]:
        return self._drafts.delete(batch)

    def _relabel(self, change: Relabel) -> Done:
        if self._settings.read_only:
            raise Refused(f"gmail: {change.mailbox} is read_only, so no label is changed")
        add, remove = self._label_ids(change)
        if not add and not remove:
            return Done(change.thread_id, found=True)
        try:
            self._client.modify_thread(change.mailbox, change.thread_id, add, remove)
        except Refused:
            # A label someone deleted since we listed them is refused by its old id.
            self._labels[change.mailbox].forget()
            again = self._label_ids(change)
            if again == (add, remove):
                raise
            self._client.modify_thread(change.mailbox, change.thread_id, *again)
        return Done(change.thread_id)

    def _label_ids(self, change: Relabel) -> tuple[list[str], list[str]]:
        labels = self._labels[change.mailbox]
        add = [labels.make(name) for name in change.add]
        # A label that does not exist is on no thread.
        remove = [found for name in change.remove if (found := labels.id_of(name)) is not None]
        return add, remove

    def _relabelled(self, mailbox: str, history: History) -> tuple[Relabelled, ...]:
        moved = list(history.relabelled())
        names = self._labels[mailbox].names(
            label for _, plus, minus in moved for label in plus | minus
        )
        return tuple(
            Relabelled(
                message_id,
                frozenset(names.get(each, each) for each in plus),
                frozenset(names.get(each, each) for each in minus),
            )
            for message_id, plus, minus in moved
        )


def _fetched(mailbox: str, part: Part, names: Mapping[str, str]) -> Fetched:
    if not isinstance(part, dict):
        return part
    if not mapping.is_mail(mapping.label_ids(part)):
        return Gone()
    return mapping.item(mailbox, part, names)
