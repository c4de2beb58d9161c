"""Would this work? A look into each mailbox, with the remedy where it would not."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.gmail.adapter import GmailSource
from connectors.gmail.client_login import COMPOSE, MODIFY, READ_ONLY, scopes_of
from connectors.gmail.settings import GmailSettings
from syncd.ports.manifest import Finding, State, Toolbox, Wants
from syncd.ports.verdicts import Locked, Verdict

# Full access holds every narrower scope.
_FULL = "https://mail.google.com/"
_NETWORK = "check the network and api_url, then try again"


def probe(settings: GmailSettings, tools: Toolbox, _wants: Wants) -> list[Finding]:
    """For each mailbox: let in, with which scopes, history and own addresses readable."""
    source = GmailSource(settings, tools)
    return [each for box in settings.mailboxes for each in _look(source, settings, box)]


def _look(source: GmailSource, settings: GmailSettings, mailbox: str) -> Iterator[Finding]:
    delegated = settings.service_account is not None
    name = "gmail.delegation" if delegated else "gmail.token"
    try:
        source.login(mailbox).token()
    except Verdict as verdict:
        yield _failed(name, mailbox, verdict)
        return
    words = "the service account may act for it" if delegated else "its token is accepted"
    yield Finding(name, State.OK, words, mailbox)
    yield _scopes(source, settings, mailbox)
    yield _access(source, mailbox)
    if settings.drafts:
        yield _drafts(source, settings, mailbox)


def _scopes(source: GmailSource, settings: GmailSettings, mailbox: str) -> Finding:
    name = "gmail.scopes"
    granted = source.login(mailbox).scopes
    wanted = READ_ONLY if settings.read_only else MODIFY
    enough = {wanted, MODIFY, _FULL}
    said = ", ".join(scope.rpartition("/")[2] or scope for scope in granted)
    if not granted:
        words = "Google does not say; asked for was " + wanted.rpartition("/")[2]
        return Finding(name, State.SKIPPED, words, mailbox)
    if enough.isdisjoint(granted):
        remedy = f"grant {wanted}: `syncd auth gmail`, or the delegation in the admin console"
        return Finding(name, State.FAIL, f"granted: {said}", mailbox, remedy)
    # What drafts need beside reading is asked for in the same consent.
    needed = {wanted, *scopes_of(settings)}
    if broader := sorted({_FULL, MODIFY}.intersection(granted) - needed):
        more = ", ".join(scope.rpartition("/")[2] or scope for scope in broader)
        words = f"granted: {said}; more than is needed: {more}"
        remedy = "take the consent back and give it anew: `syncd auth revoke`, `syncd auth gmail`"
        return Finding(name, State.WARN, words, mailbox, remedy)
    return Finding(name, State.OK, f"granted: {said}", mailbox)


def _drafts(source: GmailSource, settings: GmailSettings, mailbox: str) -> Finding:
    """Whether drafts may be written there: asked for apart, because reading goes on without."""
    name = "gmail.drafts"
    if not settings.read_only:
        return Finding(name, State.OK, "drafts may be written: gmail.modify holds it", mailbox)
    login = source.composer(mailbox)
    try:
        login.token()
    except Verdict as verdict:
        remedy = (
            "authorise the scope gmail.compose: `syncd auth gmail`, or the delegation in the admin "
            "console; until then introductions of this mailbox wait"
        )
        return Finding(name, State.FAIL, str(verdict), mailbox, remedy)
    granted = login.scopes
    if granted and {COMPOSE, MODIFY, _FULL}.isdisjoint(granted):
        said = ", ".join(scope.rpartition("/")[2] for scope in granted)
        remedy = f"grant {COMPOSE}: `syncd auth gmail`, or the delegation in the admin console"
        return Finding(name, State.FAIL, f"granted: {said}", mailbox, remedy)
    return Finding(name, State.OK, "drafts may be written: gmail.compose", mailbox)


def _access(source: GmailSource, mailbox: str) -> Finding:
    name = "gmail.access"
    try:
        cursor = source.cursor(mailbox)
        profile = source.profile(mailbox)
    except Verdict as verdict:
        return _failed(name, mailbox, verdict)
    if profile.address != mailbox:
        words = f"this is an alias of {profile.address}"
        remedy = f"name the mailbox by its primary address, {profile.address}"
        return Finding(name, State.FAIL, words, mailbox, remedy)
    aliases = ", ".join(profile.aliases) or "none"
    return Finding(name, State.OK, f"history at {cursor}; sends also as: {aliases}", mailbox)


def _failed(name: str, mailbox: str, verdict: Verdict) -> Finding:
    remedy = verdict.remedy if isinstance(verdict, Locked) and verdict.remedy else _NETWORK
    return Finding(name, State.FAIL, str(verdict), mailbox, remedy)
