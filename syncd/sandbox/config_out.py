"""A settings file that points syncd at the sandbox, with the secrets it refers to beside it."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from syncd.sandbox.example import Example
from syncd.sandbox.seed import Seeded

# Accepted by the sandbox from any client; worth nothing anywhere else.
HUBSPOT_TOKEN = "pat-sandbox"  # noqa: S105 - the sandbox's well-known token
TEAMWORK_KEY = "twp_sandbox"
_KEY_BITS = 2048
_EARLIEST = date(2000, 1, 1)  # that settings take
_CRAWLS = "  crawls: {kind: screaming_frog, folder: crawls}\n"
_LINK_BUILDING = """\
introductions:
  board: {project: Outreach, task_list: Introductions}
links:
  board: {project: Outreach, task_list: Lost links}
segments: auto  # lists in the CRM of who linked before, by niche
"""


@dataclass(frozen=True, slots=True)
class ConfigOut:
    """What the file says. `campaigns` as the example has them: with `steps` for a cadence.

    `domains` empty: whoever is not one of the mailboxes is an outside contact. `files`: what
    lies beside it, by path, as it was at `files_at`; with some, syncd builds links as well.
    """

    mailboxes: Sequence[str]
    domains: Sequence[str] = ()
    since: date = _EARLIEST
    timezone: str = "Europe/London"
    holidays: Sequence[str] = ()
    lists: str = "known"
    never: Sequence[Mapping[str, str]] = ()
    campaigns: Sequence[Mapping[str, Any]] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    files_at: datetime | None = None


def example_config(
    example: Example,
    seeded: Seeded,
    files: Mapping[str, bytes],
    files_at: datetime | None = None,
) -> ConfigOut:
    """For the example agency, its campaigns, their files and what it keeps to itself."""
    return ConfigOut(
        mailboxes=[box.address for box in example.mailboxes.values()],
        domains=[example.agency["domain"]],
        since=_day(seeded),
        timezone=example.agency["timezone"],
        never=example.never,
        campaigns=example.campaigns,
        files=files,
        files_at=files_at,
    )


def personal_config(seeded: Seeded) -> ConfigOut:
    """For somebody's own mail: nobody but the mailboxes themselves is one of us."""
    # List mail is logged too: somebody's own export is tried to see that nothing is missed.
    return ConfigOut(mailboxes=list(seeded.names), since=_day(seeded), timezone="UTC", lists="log")


def write_config(path: Path, addresses: Mapping[str, str], config: ConfigOut) -> list[Path]:
    """Write the settings file and its secrets; which files were written, the settings first.

    `addresses`: base URLs by service. Secrets are for the owner's eyes only (0600) and
    are written before the file that refers to them. Raises `OSError`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    stem = path.with_suffix("").name
    google, hubspot, teamwork = (
        path.with_name(f"{stem}.{name}")
        for name in ("google.json", "hubspot-token", "teamwork-key")
    )
    _private(google, json.dumps(service_account(addresses["gmail"]), indent=2) + "\n")
    _private(hubspot, HUBSPOT_TOKEN + "\n")
    _private(teamwork, TEAMWORK_KEY + "\n")
    text = settings_text(
        addresses, config, google=google.name, hubspot=hubspot.name, teamwork=teamwork.name
    )
    kept = [_beside(path, name, content, config.files_at) for name, content in config.files.items()]
    path.write_text(text, encoding="utf-8")
    return [path, google, hubspot, teamwork, *kept]


def settings_text(
    addresses: Mapping[str, str], config: ConfigOut, *, google: str, hubspot: str, teamwork: str
) -> str:
    """The settings file; `google`, `hubspot`, `teamwork` are the files of the secrets."""
    # A day earlier: whatever the zone, the oldest message is in.
    since = max(config.since - timedelta(days=1), _EARLIEST)
    campaigns = "".join(_campaign(each) for each in config.campaigns)
    drafts = "\n    drafts: true" if config.files else ""
    return f"""\
# Made by `syncd sandbox`: this settings file works with the sandbox at {addresses["control"]}.
team:
  domains: {_flow(config.domains)}
  timezone: {_flow(config.timezone)}
  holidays: {_flow(config.holidays)}
connectors:
  mail:
    kind: gmail
    api_url: {_flow(addresses["gmail"])}
    service_account: {{file: {_flow(google)}}}
    units_per_minute: 1000000  # the sandbox has no limits unless told to
    mailboxes: {_flow(config.mailboxes)}{drafts}
  crm:
    kind: hubspot
    api_url: {_flow(addresses["hubspot"])}
    token: {{file: {_flow(hubspot)}}}
    calls_per_10_seconds: 100000
  board:
    kind: teamwork
    url: {_flow(addresses["teamwork"])}
    api_key: {{file: {_flow(teamwork)}}}
    calls_per_minute: 100000
{_web(addresses)}{_CRAWLS if config.files else ""}log:
  since: {since.isoformat()}
  bodies: full
  unknown_contacts: create
  lists: {config.lists}
  crm_logger: "off"  # nobody else logs mail in the sandbox
  never: {_flow(config.never)}
follow_up:
  steps: [3 business days, 5 business days, 10 business days]
  then: nurture after 90 days
  board: {{project: Outreach, task_list: Follow-ups}}
campaigns:{campaigns or " []"}
{_LINK_BUILDING if config.files else ""}"""


def _web(addresses: Mapping[str, str]) -> str:
    """The sandbox's own small web instead of the real one, where there is one."""
    if "webcheck" not in addresses:
        return ""
    return f"  web: {{kind: webcheck, through: {_flow(addresses['webcheck'])}, pause_seconds: 0}}\n"


def service_account(gmail: str) -> dict[str, str]:
    """A service account's key file as Google writes it, its tokens coming from the sandbox."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=_KEY_BITS)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    email = "syncd@sandbox.iam.example"
    return {
        "type": "service_account",
        "project_id": "sandbox",
        "private_key_id": f"{key.public_key().public_numbers().n % 16**40:040x}",
        "private_key": pem.decode(),
        "client_email": email,
        "client_id": "100000000000000000000",
        "auth_uri": f"{gmail}/auth",
        "token_uri": f"{gmail}/token",
        "universe_domain": "googleapis.com",
    }


def _day(seeded: Seeded) -> date:
    return _EARLIEST if seeded.oldest is None else seeded.oldest.date()


def _beside(path: Path, name: str, content: bytes, at: datetime | None) -> Path:
    file = path.parent / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    if at is not None:
        # A crawl is as old as its file, and one just written may be written to still.
        os.utime(file, (at.timestamp(), at.timestamp()))
    return file


def _campaign(given: Mapping[str, Any]) -> str:
    if "file" in given:
        return f"\n  - file: {_flow(given['file'])}"
    lines = [f"  - id: {_flow(given['id'])}"]
    lines += [
        f"    {name}: {_flow(given[name])}"
        for name in ("name", "client", "niche", "tags", "match")
        if name in given
    ]
    if "steps" in given:
        lines.append(f"    follow_up: {{steps: {_flow(given['steps'])}}}")
    return "".join(f"\n{line}" for line in lines)


def _flow(value: object) -> str:
    """A value on one line. JSON is YAML, whatever stands in the strings."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {_flow(each)}" for name, each in value.items()) + "}"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Sequence):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return json.dumps(value)


def _private(path: Path, text: str) -> None:
    # Opened with the mode, not changed to it later: a secret must not be readable even
    # for a moment. A file that is there already keeps its mode, hence the fresh start.
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
