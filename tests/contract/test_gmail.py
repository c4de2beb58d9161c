"""Gmail, against its simulator, keeps the contract of a mail connector."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.contract.mail import MailContract
from tests.unit.gmail.scene import GmailStage, scene


class TestGmail(MailContract):
    @pytest.fixture
    def stage(self, tmp_path: Path) -> GmailStage:
        return GmailStage(scene(tmp_path))
