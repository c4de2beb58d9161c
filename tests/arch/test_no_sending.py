"""syncd sends no mail: nothing in it can, whatever is asked of it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from connectors.gmail.client_http import GoogleHttp
from syncd.ports import mail

ROOT = Path(__file__).parents[2]
SENDS = ("messages/send", "drafts/send", "messages.send", "drafts.send", "gmail.send", "smtplib")


def modules() -> list[Path]:
    """What talks to a mail service; a simulator is the service."""
    found = sorted((ROOT / "connectors" / "gmail").glob("*.py"))
    return [path for path in found if not path.name.startswith("simulator")]


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.stem)
def test_no_module_of_the_connector_names_a_way_to_send(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            assert node.attr != "send", f"line {node.lineno}"
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            assert not any(one in node.value for one in SENDS), f"line {node.lineno}"


def test_no_port_offers_to_send() -> None:
    offered = [name for port in (mail.MailSource, mail.DraftBox) for name in vars(port)]
    assert not [name for name in offered if "send" in name]


@pytest.mark.parametrize("path", ["messages/send", "drafts/send"])
def test_a_request_to_send_never_leaves(path: str) -> None:
    line = GoogleHttp(None, None)  # type: ignore[arg-type] # refused before either is used
    with pytest.raises(AssertionError, match="sends no mail"):
        line.request(f"http://gmail.test/gmail/v1/users/me/{path}?alt=json", "POST", b"{}")


def test_nothing_else_speaks_smtp() -> None:
    for path in [*(ROOT / "syncd").rglob("*.py"), *(ROOT / "connectors").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            assert not {"smtplib", "aiosmtplib"} & set(names), path
