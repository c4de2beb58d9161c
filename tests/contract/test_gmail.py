"""Gmail, against its simulator, keeps the contract of a mail connector."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract.drafts import DraftContract
from tests.contract.mail import MailContract
from tests.unit.gmail.drafting import GmailDrafting
from tests.unit.gmail.scene import GmailStage, scene


class TestGmail(MailContract):
    @pytest.fixture
    def stage(self, tmp_path: Path) -> GmailStage:
        return GmailStage(scene(tmp_path))


class TestGmailDrafts(DraftContract):
    """Also with gmail.readonly, where writing drafts has a scope of its own."""

    @pytest.fixture(params=[False, True], ids=["modify", "readonly"])
    def drafting(self, tmp_path: Path, request: pytest.FixtureRequest) -> GmailDrafting:
        return GmailDrafting(scene(tmp_path, drafts=True, read_only=request.param))
