"""The web as it is, of which one page is known. Nothing is made there."""

from __future__ import annotations

from syncd.core.facts import Page
from syncd.ports.manifest import Role
from syncd.ports.web import LinkChecker
from tests.contract.live.account import Account, WebUse, wire


class RealWeb:
    """Satisfies `tests.contract.web_anywhere.Web`."""

    def __init__(self, account: Account, use: WebUse) -> None:
        self.page, self.links_to = use.page, use.links_to
        # The checker's own way out, which refuses private addresses, is a part of the proof.
        self._wire = wire(direct=False)
        section = account.sections[Role.WEB][1]
        self._web: LinkChecker = account.connector(Role.WEB, section, self._wire)()

    def check(self, url: str, targets: tuple[str, ...]) -> Page:
        return self._web.check(url, targets)

    def asked(self) -> list[str]:
        return [path for _, _, path in self._wire.calls]
