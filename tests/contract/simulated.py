"""What every stage on a simulator says of its mailbox: it is the test's alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import TypeVar

Asked = TypeVar("Asked")


class AloneHere:
    """A part of `tests.contract.mail.Stage`."""

    no_mail = ("SPAM", "TRASH", "CHAT", "SCHEDULED")
    grain = timedelta(0)

    def label(self, word: str) -> str:
        return word

    def own(self, ids: Iterable[str]) -> list[str]:
        return list(ids)

    def eventually(self, ask: Callable[[], Asked], good: Callable[[Asked], object]) -> Asked:
        answer = ask()
        assert good(answer), answer
        return answer
