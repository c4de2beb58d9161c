"""Would this work? One look into each mailbox, with the remedy where it would not."""

from __future__ import annotations

from connectors.gmail.adapter import GmailSource
from connectors.gmail.settings import GmailSettings
from syncd.ports.manifest import Finding, Toolbox
from syncd.ports.verdicts import Locked, Verdict


def probe(settings: GmailSettings, tools: Toolbox) -> list[Finding]:
    """Two calls per mailbox: its history can be followed, its own addresses be read."""
    source = GmailSource(settings, tools)
    return [_look(source, mailbox) for mailbox in settings.mailboxes]


def _look(source: GmailSource, mailbox: str) -> Finding:
    check = f"gmail {mailbox}"
    try:
        cursor = source.cursor(mailbox)
        profile = source.profile(mailbox)
    except Locked as verdict:
        return Finding(check, ok=False, detail=str(verdict), remedy=verdict.remedy)
    except Verdict as verdict:
        remedy = "check the network and api_url, then try again"
        return Finding(check, ok=False, detail=str(verdict), remedy=remedy)
    if profile.address != mailbox:
        return Finding(
            check,
            ok=False,
            detail=f"this is an alias of {profile.address}",
            remedy=f"name the mailbox by its primary address, {profile.address}",
        )
    aliases = ", ".join(profile.aliases) or "none"
    return Finding(check, ok=True, detail=f"history at {cursor}; sends also as: {aliases}")
