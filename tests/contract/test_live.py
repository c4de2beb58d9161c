"""The contracts, kept on the accounts that --live names (CONTRIBUTING.md, Live accounts)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from syncd.ports.manifest import Role
from tests.contract.board import BoardContract
from tests.contract.crm import CrmContract
from tests.contract.live.account import Account, account
from tests.contract.live.gmail import GmailBox, GmailStage
from tests.contract.live.hubspot import HubSpotAccount, HubSpotWorld
from tests.contract.live.teamwork import TeamworkSite, TeamworkWorld
from tests.contract.live.web import RealWeb
from tests.contract.mail import MailContract
from tests.contract.web import WebContract
from tests.contract.web_anywhere import AnyWebContract

# Who acts in the accounts of a kind: what stands there for all tests, and one test's part.
Makers = Mapping[str, tuple[Callable[[Account, Any, Any], Any], Callable[[Any], Any]]]
MAIL: Makers = {
    "gmail": (
        lambda account, section, use: (account, GmailBox(account, section, use.mailbox)),
        lambda both: GmailStage(*both),
    )
}
CRM: Makers = {"hubspot": (HubSpotAccount, HubSpotWorld)}
BOARD: Makers = {"teamwork": (TeamworkSite, TeamworkWorld)}


@pytest.fixture(scope="session")
def accounts(request: pytest.FixtureRequest) -> Account:
    return account(request.config.getoption("--live"))


def standing(accounts: Account, role: Role, makers: Makers) -> Iterator[Callable[[], Any]]:
    """Makes a test's part of the account that fills `role`; all is cleaned up at the end."""
    use = getattr(accounts.use, role.value)
    if use is None:
        pytest.skip(f"nothing says what of the {role.value} tests may use")
    if role not in accounts.sections:
        pytest.skip(f"the settings name no connector for the {role.value}")
    manifest, section = accounts.sections[role]
    if manifest.kind not in makers:
        pytest.skip(f"nobody acts in {manifest.title} yet: see tests/contract/live")
    whole, part = makers[manifest.kind]
    there = whole(accounts, section, use)
    yield lambda: part(there)
    ground = there[-1] if isinstance(there, tuple) else there
    ground.clean()


@pytest.fixture(scope="session")
def mailbox(accounts: Account) -> Iterator[Callable[[], Any]]:
    yield from standing(accounts, Role.MAIL, MAIL)


@pytest.fixture(scope="session")
def crm(accounts: Account) -> Iterator[Callable[[], Any]]:
    yield from standing(accounts, Role.CRM, CRM)


@pytest.fixture(scope="session")
def board(accounts: Account) -> Iterator[Callable[[], Any]]:
    yield from standing(accounts, Role.BOARD, BOARD)


@pytest.fixture(scope="session")
def known_page(accounts: Account) -> RealWeb:
    if accounts.use.web is None:
        pytest.skip("nothing says which page of the web tests may look at")
    if Role.WEB not in accounts.sections:
        pytest.skip("the settings name no connector for the web")
    return RealWeb(accounts, accounts.use.web)


def cleaned(part: Any) -> Iterator[Any]:
    """A test's part, and nothing left of it afterwards, however the test ended."""
    try:
        yield part
    finally:
        part.clean()


class TestMail(MailContract):
    @pytest.fixture
    def stage(self, mailbox):
        yield from cleaned(mailbox())


class TestCrm(CrmContract):
    @pytest.fixture
    def world(self, crm):
        yield from cleaned(crm())


class TestBoard(BoardContract):
    @pytest.fixture
    def world(self, board):
        yield from cleaned(board())


@pytest.mark.simulated("pages are made, and answer as they are told to")
class TestPages(WebContract):
    pass


class TestWeb(AnyWebContract):
    @pytest.fixture
    def web(self, known_page):
        return known_page
