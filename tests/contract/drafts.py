"""What a mail connector must do that writes drafts, as `syncd.ports.mail.DraftBox` words it."""

from __future__ import annotations

from typing import Protocol

import pytest

from syncd.core.facts import Party
from syncd.ports.mail import Draft, DraftBox, DraftRemoval, MailSource, NewDraft
from syncd.ports.verdicts import Changed, Done, InDoubt, Locked, Refused, TryLater, Verdict


class DraftMail(MailSource, DraftBox, Protocol):
    """A source that writes drafts, too."""


class DraftStage(Protocol):
    """The connector, and what people and the network do around it."""

    source: DraftMail
    mailbox: str
    colleague: str

    def receive(self) -> tuple[str, str]:
        """A message arrives in `mailbox`: its thread, and its Message-ID."""
        ...

    def headers(self, draft: Draft) -> dict[str, str]:
        """The headers of a draft as it stands, by lower-case name; "body": its plain text."""
        ...

    def edit(self, draft: Draft) -> None:
        """A person changes a draft."""
        ...

    def send(self, draft: Draft) -> None:
        """A person sends a draft."""
        ...

    def discard(self, draft: Draft) -> None:
        """A person deletes a draft."""
        ...

    def lose_scope(self) -> None:
        """Drafts may not be written in `mailbox` any more."""
        ...

    def refuse(self, status: int) -> None: ...

    def cut(self, *, after: bool) -> None: ...


class DraftContract:
    def test_the_source_says_that_it_writes_drafts(self, drafting: DraftStage) -> None:
        assert drafting.source.traits.drafts
        assert drafting.source.traits.settle_seconds >= 0

    def test_a_draft_has_what_it_was_given_and_our_message_id(self, drafting: DraftStage) -> None:
        made = written(drafting, new(drafting, subject="Café for Ann"))
        headers = drafting.headers(made)
        assert headers["message-id"] == "<mark-1@brightlink.example>"
        assert headers["from"] == f"Maya Roe <{drafting.mailbox}>"
        assert headers["to"] == "Ann Lee <ann@alpine.example>"
        assert headers["subject"] == "Café for Ann"
        assert headers["body"].strip() == "Would you introduce us?"
        assert "references" not in headers

    def test_a_draft_in_a_thread_is_in_that_thread(self, drafting: DraftStage) -> None:
        thread, message_id = drafting.receive()
        made = written(
            drafting,
            new(
                drafting,
                subject="Re: Guest post?",
                thread_id=thread,
                in_reply_to=message_id,
                references=(message_id,),
            ),
        )
        assert made.thread_id == thread
        headers = drafting.headers(made)
        assert headers["in-reply-to"] == f"<{message_id}>"
        assert headers["references"] == f"<{message_id}>"

    def test_long_message_ids_stay_whole(self, drafting: DraftStage) -> None:
        long = "x" * 180 + "@mail.example"
        made = written(drafting, new(drafting, in_reply_to=long, references=(long, long)))
        assert drafting.headers(made)["references"] == f"<{long}> <{long}>"

    def test_what_a_stranger_is_called_adds_no_header(self, drafting: DraftStage) -> None:
        one = new(drafting, to=Party("ann@alpine.example", "Ann\r\nBcc: eve@evil.example"))
        (outcome,) = drafting.source.write_drafts([one])
        assert isinstance(outcome, Refused)

    def test_a_draft_is_found_by_its_message_id(self, drafting: DraftStage) -> None:
        made = written(drafting, new(drafting))
        found = drafting.source.find_drafts(
            drafting.mailbox, ["mark-1@brightlink.example", "nobody@brightlink.example"]
        )
        assert found == {"mark-1@brightlink.example": made}

    def test_an_edited_draft_has_another_version(self, drafting: DraftStage) -> None:
        made = written(drafting, new(drafting))
        drafting.edit(made)
        now = drafting.source.drafts(drafting.mailbox, [made.id])[made.id]
        assert (now.id, now.thread_id) == (made.id, made.thread_id)
        assert now.version != made.version

    def test_a_draft_that_was_sent_or_deleted_is_absent(self, drafting: DraftStage) -> None:
        sent = written(drafting, new(drafting))
        deleted = written(drafting, new(drafting, mark="mark-2"))
        kept = written(drafting, new(drafting, mark="mark-3"))
        drafting.send(sent)
        drafting.discard(deleted)
        wanted = [sent.id, deleted.id, kept.id]
        assert list(drafting.source.drafts(drafting.mailbox, wanted)) == [kept.id]

    def test_what_becomes_of_a_draft_shows_in_the_changes(self, drafting: DraftStage) -> None:
        sent = written(drafting, new(drafting))
        deleted = written(drafting, new(drafting, mark="mark-2"))
        cursor = drafting.source.cursor(drafting.mailbox)
        drafting.send(sent)
        drafting.discard(deleted)
        removed = drafting.source.changes(drafting.mailbox, cursor).removed
        assert {sent.version, deleted.version} <= set(removed)

    def test_an_untouched_draft_is_deleted_and_again(self, drafting: DraftStage) -> None:
        made = written(drafting, new(drafting))
        for found in (False, True):
            (outcome,) = drafting.source.delete_drafts([removal(drafting, made)])
            assert outcome == Done(made.id, found=found)
        assert drafting.source.drafts(drafting.mailbox, [made.id]) == {}

    def test_an_edited_draft_is_not_deleted(self, drafting: DraftStage) -> None:
        made = written(drafting, new(drafting))
        drafting.edit(made)
        (outcome,) = drafting.source.delete_drafts([removal(drafting, made)])
        assert isinstance(outcome, Changed)
        assert made.id in drafting.source.drafts(drafting.mailbox, [made.id])

    def test_a_mailbox_without_the_scope_is_locked_with_a_remedy_and_the_other_is_not(
        self, drafting: DraftStage
    ) -> None:
        drafting.lose_scope()
        outcomes = drafting.source.write_drafts(
            [
                new(drafting),
                new(drafting, mark="mark-2"),
                new(drafting, mark="mark-3", mailbox=drafting.colleague),
            ]
        )
        assert [type(each) for each in outcomes] == [Locked, Locked, Draft]
        assert isinstance(outcomes[0], Locked)
        assert "compose" in outcomes[0].remedy
        # Mail is read all the same.
        assert drafting.source.cursor(drafting.mailbox)

    @pytest.mark.parametrize(
        ("status", "verdict"),
        [
            (429, TryLater),
            (500, InDoubt),
            (503, InDoubt),
            (404, Changed),
            (403, Locked),
            (422, Refused),
        ],
    )
    def test_the_answer_to_writing_decides_its_outcome(
        self, drafting: DraftStage, status: int, verdict: type[Verdict]
    ) -> None:
        drafting.refuse(status)
        (outcome,) = drafting.source.write_drafts([new(drafting)])
        assert isinstance(outcome, verdict)

    def test_writing_without_an_answer_is_in_doubt(self, drafting: DraftStage) -> None:
        drafting.source.cursor(drafting.mailbox)
        drafting.cut(after=True)
        (outcome,) = drafting.source.write_drafts([new(drafting)])
        assert isinstance(outcome, InDoubt | TryLater)

    def test_looking_without_an_answer_is_tried_later(self, drafting: DraftStage) -> None:
        made = written(drafting, new(drafting))
        drafting.refuse(503)
        with pytest.raises(TryLater):
            drafting.source.drafts(drafting.mailbox, [made.id])
        with pytest.raises(TryLater):
            drafting.source.find_drafts(drafting.mailbox, ["mark-1@brightlink.example"])


def new(
    drafting: DraftStage,
    *,
    mark: str = "mark-1",
    subject: str = "An introduction",
    to: Party | None = None,
    mailbox: str = "",
    thread_id: str = "",
    in_reply_to: str = "",
    references: tuple[str, ...] = (),
) -> NewDraft:
    box = mailbox or drafting.mailbox
    return NewDraft(
        key=mark,
        mailbox=box,
        message_id=f"{mark}@brightlink.example",
        sender=Party(box, "Maya Roe"),
        to=to or Party("ann@alpine.example", "Ann Lee"),
        subject=subject,
        text="Would you introduce us?\n",
        html="<p>Would you introduce us?</p>",
        thread_id=thread_id,
        in_reply_to=in_reply_to,
        references=references,
    )


def written(drafting: DraftStage, one: NewDraft) -> Draft:
    (outcome,) = drafting.source.write_drafts([one])
    assert isinstance(outcome, Draft), outcome
    assert outcome.id
    assert outcome.version
    return outcome


def removal(drafting: DraftStage, draft: Draft) -> DraftRemoval:
    return DraftRemoval("take back", drafting.mailbox, draft.id, draft.version)
