"""Whether Screaming Frog would work here, without a crawl."""

from __future__ import annotations

import os
import shutil

from connectors.screaming_frog.settings import ScreamingFrogSettings
from syncd.ports.manifest import Finding, State


def probe(settings: ScreamingFrogSettings) -> list[Finding]:
    return [*_folder(settings), *_program(settings)]


def _folder(settings: ScreamingFrogSettings) -> list[Finding]:
    name = "screaming_frog.folder"
    if settings.folder is None:
        return []
    if not settings.folder.is_dir():
        words = f"the watched folder {settings.folder} is not there"
        return [Finding(name, State.FAIL, words, remedy="make it, or correct its name")]
    if not os.access(settings.folder, os.R_OK | os.X_OK):
        words = f"the watched folder {settings.folder} cannot be read"
        remedy = "let the user syncd runs as read it"
        return [Finding(name, State.FAIL, words, remedy=remedy)]
    return [Finding(name, State.OK, f"exports are taken from {settings.folder}")]


def _program(settings: ScreamingFrogSettings) -> list[Finding]:
    name = "screaming_frog.program"
    found = shutil.which(settings.command)
    if found is None:
        words = f"{settings.command} is not installed here: exports alone can be taken in"
        if settings.folder is not None:
            return [Finding(name, State.SKIPPED, words)]
        remedy = "install it, name it in `command`, or name a `folder` to watch for exports"
        return [Finding(name, State.WARN, words, remedy=remedy)]
    findings = [Finding(name, State.OK, f"crawls can be made with {found}")]
    if settings.config is not None and not settings.config.is_file():
        words = f"its configuration {settings.config} is not there"
        remedy = "save it in the program (File > Configuration > Save As), or leave `config` out"
        findings.append(Finding("screaming_frog.config", State.FAIL, words, remedy=remedy))
    if not settings.licence.expanduser().is_file():
        words = f"no licence in {settings.licence}: crawls end at 500 URLs, and are refused then"
        remedy = "enter the licence in the program, as the user that syncd runs as"
        findings.append(Finding("screaming_frog.licence", State.WARN, words, remedy=remedy))
    return findings
