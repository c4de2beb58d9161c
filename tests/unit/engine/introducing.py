"""An office that knows Ann at Alpine, whose site links to one we want a link from."""

from __future__ import annotations

import base64
import email
import email.policy
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, Boolean, Integer, String, Table, insert

from syncd.core.introductions import Offer
from syncd.engine import offers
from syncd.ports.simulator import Request
from syncd.store import crawls, introductions
from syncd.store.crawls import Crawl, Outbound
from syncd.store.database import Store
from syncd.store.introductions import Introduction
from tests.support.prepared import go_to, moment
from tests.unit.engine.office import MAYA, TOM, Office

__all__ = ["ANN", "BEN", "MAYA", "SITE", "TOM", "WANTED", "Salon"]

ANN = "ann@alpine-journal.example"
BEN = "ben@buildblog.example"
SITE = "alpine-journal.example"
WANTED = "buildblog.example"


class Salon(Office):
    """Maya has had two answers of Ann's in her mailbox, and the crawl of Ann's site is read."""

    def __init__(
        self,
        folder: Path,
        *,
        mailboxes: tuple[str, ...] = (MAYA, TOM),
        introductions: str = "",
        drafts: bool = True,
        dialogue: bool = True,
        **more: Any,
    ) -> None:
        super().__init__(folder, mailboxes=mailboxes, **more)
        self.text = self.text.replace(
            "client: acme.example\n", f"client: acme.example\n    targets: [{WANTED}]\n"
        )
        if drafts:
            self.text = self.text.replace(
                'api_url: "http://gmail.test"', 'api_url: "http://gmail.test", drafts: true'
            )
        if introductions:
            self.text += f"introductions: {introductions}\n"
        if dialogue:
            self.talked()
        self.turn()
        self.crawled((SITE, WANTED))

    @classmethod
    def like(cls, other: Salon, folder: Path) -> Salon:
        """Another one that has seen the same."""
        made = cls.__new__(cls)
        Office.__init__(made, folder, mailboxes=other.mailboxes, ready=False)
        go_to(made, moment(other))
        return made

    def talked(
        self, who: str = ANN, mailbox: str = MAYA, *, times: int = 2, name: str = "Ann Lee"
    ) -> None:
        """They wrote to and fro, the last time twelve days ago."""
        last = ""
        for number in range(times):
            days = 11 + 4 * (times - number)
            ours, theirs = f"us{number}.{who}", f"they{number}.{who}"
            self.wrote(f"{name} <{who}>", days, ours, mailbox=mailbox, answers=last, subject="Huts")
            self.got(
                f"{name} <{who}>",
                days - 3,
                theirs,
                mailbox=mailbox,
                answers=ours,
                subject="Re: Huts",
                text="Thank you, that is a lovely picture of the hut.\n",
            )
            last = theirs

    def crawled(self, *ties: tuple[str, str], **more: Any) -> None:
        store = Store(self.settings.store)
        now = self.clock.now()
        try:
            with store.begin() as tx:
                for site in dict.fromkeys(site for site, _ in ties):
                    found = [
                        replace(
                            Outbound(
                                site=site,
                                domain=domain,
                                pages=2,
                                position="content",
                                follow=True,
                                anchor="a good guide",
                                source_url=f"https://{site}/huts",
                                target_url=f"https://{domain}/guide",
                                sitewide=False,
                                seen_at=now,
                            ),
                            **more,
                        )
                        for one, domain in ties
                        if one == site
                    ]
                    crawl = Crawl(
                        site,
                        now,
                        "crawler",
                        "",
                        whole=True,
                        pages=9,
                        links=9,
                        domains=len(found),
                        ignored=0,
                        tried_at=now,
                    )
                    crawls.replace(tx, crawl, found, [])
        finally:
            store.close()

    def keep(self, table: Table, **values: Any) -> None:
        """A row that other commands would have written; what is not given is empty."""
        blank = {String: "", Integer: 0, Boolean: False, JSON: []}
        row = {
            column.name: next(
                (empty for kind, empty in blank.items() if isinstance(column.type, kind)),
                self.clock.now(),
            )
            for column in table.columns
            if not column.nullable and not column.primary_key
        }
        store = Store(self.settings.store)
        try:
            with store.begin() as tx:
                tx.execute(insert(table).values(**row | values))
        finally:
            store.close()

    # who could introduce us

    def offers(self, **asked: Any) -> list[Offer]:
        with self.works() as engine, engine.ctx.store.begin() as tx:
            return offers.every(engine.ctx, tx, **asked)

    def open_offers(self, **asked: Any) -> list[tuple[str, str]]:
        return [(one.introducer, one.domain) for one in self.offers(**asked) if not one.blocks]

    def why_not(self, introducer: str = ANN, domain: str = WANTED) -> tuple[str, ...]:
        [one] = [
            one for one in self.offers() if (one.introducer, one.domain) == (introducer, domain)
        ]
        return one.blocks

    def ask(self, *wanted: tuple[str, str], turn: bool = True) -> int:
        """Choose these and let the daemon go on; the run."""
        with self.works() as engine:
            with engine.ctx.store.begin() as tx:
                offers.choose(engine.ctx, tx, wanted or [(ANN, WANTED)])
            run = engine.ctx.run.id
            if turn:
                engine.turn()
            engine.finish()
        assert run is not None
        return run

    def asking(self) -> Introduction:
        [one] = self.askings()
        return one

    def askings(self) -> list[Introduction]:
        with self.state() as tx:
            return introductions.every(tx)

    # what people do with drafts

    def drafts(self, mailbox: str = MAYA) -> list[dict[str, str]]:
        found = self._gmail(mailbox, "drafts")
        return [self._draft(one, mailbox) for one in found.get("drafts", [])]

    def _gmail(self, mailbox: str, path: str, **query: str) -> Any:
        answer = self.simulators["gmail"].handle(
            Request(
                "GET",
                f"/gmail/v1/users/me/{path}",
                tuple(query.items()),
                {"authorization": f"Bearer sandbox:{mailbox}"},
            )
        )
        return json.loads(answer.body)

    def _draft(self, one: dict[str, Any], mailbox: str) -> dict[str, str]:
        said = self._gmail(mailbox, f"drafts/{one['id']}", format="raw")
        raw = base64.urlsafe_b64decode(said["message"]["raw"] + "==")
        message = email.message_from_bytes(raw, policy=email.policy.default)
        body, html = message.get_body(("plain",)), message.get_body(("html",))
        return {
            **{name.lower(): str(value) for name, value in message.items()},
            "body": "" if body is None else body.get_content(),
            "html": "" if html is None else html.get_content(),
            "id": one["id"],
            "message": said["message"]["id"],
            "thread": said["message"]["threadId"],
        }

    def draft(self, mailbox: str = MAYA) -> dict[str, str]:
        [one] = self.drafts(mailbox)
        return one

    def edits(self, words: str = "Hi Ann, in my own words.", mailbox: str = MAYA) -> None:
        one = self.draft(mailbox)
        lines = [
            f"From: Maya <{mailbox}>",
            f"To: Ann Lee <{ANN}>",
            f"Subject: {one['subject']}",
            "Message-ID: <own-words@mail.gmail.com>",
        ]
        raw = "\r\n".join([*lines, "", words]).encode()
        self.tell(
            "gmail",
            "save_draft",
            mailbox=mailbox,
            raw=base64.b64encode(raw).decode(),
            draft=one["id"],
            thread=one["thread"],
        )

    def sends(self, mailbox: str = MAYA) -> None:
        self.tell("gmail", "send_draft", mailbox=mailbox, draft=self.draft(mailbox)["id"])

    def discards(self, mailbox: str = MAYA) -> None:
        self.tell("gmail", "delete", mailbox=mailbox, id=self.draft(mailbox)["message"])

    def titles(self, *, done: bool = False) -> list[str]:
        """Of the tasks for introductions."""
        return [
            name
            for name, status in self.board()
            if name.startswith(("Ask ", "Thank "))
            and status in ({"completed"} if done else {"new", "reopened"})
        ]

    def introduces(self, **more: Any) -> str:
        """Ann puts Ben in copy."""
        given: dict[str, Any] = {
            "subject": "Re: Huts",
            "answers": "they1." + ANN,
            "cc": f"Ben Ray <{BEN}>",
            "text": "Happy to! Ben, meet Maya. Maya, Ben runs the blog.\n",
        }
        return self.got(f"Ann Lee <{ANN}>", 0, "intro@alpine", **(given | more))

    def later(self, days: float) -> None:
        self.clock.advance(days=days)
