"""What the documents name exists, and what exists is documented."""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import Any

import pytest
from typer.main import get_command

from connectors.registry import BUILT_IN
from syncd.cli.main import make_app
from syncd.cli.output import ExitCode
from syncd.core.actions import KINDS
from syncd.settings.overrides import Overrides
from syncd.settings.settings import settings_model
from syncd.wiring import kinds
from tests.arch.checkout import DOCUMENTS, ROOT, blocks, spans, text

_COMMAND = re.compile(r"(?:^|[$] |&& |/)syncd ([a-z]+)((?: [^&|#]+)?)")
_EVENT = re.compile(r"[a-z]+(?:_[a-z]+)+")


@cache
def commands() -> dict[str, set[str]]:
    """Every command of `syncd` with its options."""
    group = get_command(make_app())
    return {name: _options(command) for name, command in group.commands.items()}  # type: ignore[attr-defined]


def _options(command: Any) -> set[str]:
    """Those of a command, and of the commands under it where it is a family of them."""
    own = {option for param in command.params for option in (*param.opts, *param.secondary_opts)}
    return own.union(*map(_options, getattr(command, "commands", {}).values()))


@cache
def events() -> dict[str, str]:
    """Every event that syncd logs, with its level."""
    found: dict[str, str] = {}
    for path in (ROOT / "syncd").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(
                        value=ast.Name(id="log" | "events"),
                        attr="debug"
                        | "info"
                        | "warning"
                        | "error"
                        | "exception"
                        | "critical" as level,
                    ),
                    args=[ast.Constant(value=str() as name), *_],
                ):
                    found[name] = level
    return found


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_command_a_document_names_exists_with_its_options(document: str):
    for span in spans(document):
        for name, rest in _COMMAND.findall(span):
            assert name in commands(), f"{document}: `{span}`"
            unknown = set(re.findall(r"(?<=\s)--?[a-z][a-z-]*", rest)) - commands()[name]
            assert not unknown, f"{document}: `{span}`"


def test_every_command_is_in_the_readme():
    named = {name for span in spans("README.md") for name, _ in _COMMAND.findall(span)}
    assert commands().keys() - named == set()


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_word_of_make_a_document_names_exists(document: str):
    words = set(re.findall(r"^([a-z-]+):", text("Makefile"), re.MULTILINE))
    named = {
        word for span in spans(document) for word in re.findall(r"(?:^|[$] )make ([a-z-]+)", span)
    }
    assert named <= words
    if document == "README.md":
        assert {"demo", "test", "setup"} <= named


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_between_documents_leads_somewhere(document: str):
    folder = (ROOT / document).parent
    for target in re.findall(r"\]\(([^)#]+)", text(document)):
        assert "://" in target or (folder / target).exists(), f"{document}: {target}"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_file_a_document_names_exists(document: str):
    for span in spans(document):
        if re.fullmatch(r"(syncd|connectors|tests|config|deploy)/[\w./*]+", span):
            assert list(ROOT.glob(span)), f"{document}: `{span}`"


def test_the_runbook_knows_every_trouble_that_is_logged():
    named = set(spans("deploy/RUNBOOK.md"))
    quiet = {"debug", "info"}
    troubles = {name for name, level in events().items() if level not in quiet}
    assert troubles - named == set()


def test_every_event_in_the_runbook_is_logged():
    known = events().keys() | {kind.kind for kind in KINDS} | setting_names()
    named = {span for span in spans("deploy/RUNBOOK.md") if _EVENT.fullmatch(span)}
    assert "service_locked" in named
    assert named - known == set()


def setting_names() -> set[str]:
    return set(re.findall(r'"(\w+)": \{', text("config/schema.json")))


def test_the_readme_knows_every_exit_code():
    [paragraph] = re.findall(r"\*\*Exit codes\.\*\*(.*?)\n- \*\*", text("README.md"), re.DOTALL)
    assert {int(code) for code in re.findall(r"\b\d+\b", paragraph)} == set(ExitCode)


def test_every_variable_the_readme_names_is_a_setting():
    shown = re.findall(r'`(SYNCD_\w+__\w+)="?([^`"]+)"?`', text("README.md"))
    assert shown
    overrides = Overrides(settings_model(kinds()), dict(shown))
    assert not overrides.problems
    assert overrides.values


@pytest.mark.parametrize("kind", BUILT_IN)
def test_every_connector_is_documented(kind: str):
    notes = text(f"connectors/{kind}/NOTES.md")
    for section in ("Quality checklist", "Not simulated"):
        assert re.search(rf"^## {section}\n\n[-|]", notes, re.MULTILINE), section
    assert f"**{kind}**" in text("README.md")
    assert f"connectors/{kind}/NOTES.md" in text("README.md")


def test_the_connector_in_contributing_is_the_one_the_tests_run():
    files = [
        *(ROOT / "tests/contract/example").rglob("*.py"),
        ROOT / "tests/contract/test_example.py",
    ]
    sources = [file.read_text(encoding="utf-8") for file in files]
    quoted = blocks("CONTRIBUTING.md", "python")
    assert len(quoted) > 3
    for block in quoted:
        assert any(block in source for source in sources), block
