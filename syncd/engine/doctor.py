"""Would this work? Every question asked, whatever became of the others, each with its remedy.

What only a connector can know, its probe tells. What every connector of a role must have,
is asked through the port, here. Nothing is written anywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from syncd.core.rules import Rules
from syncd.engine import soundness
from syncd.engine.prepare import cadences, needs, places
from syncd.ports.board import TaskBoard
from syncd.ports.clock import Clock
from syncd.ports.crm import Crm
from syncd.ports.manifest import Call, Finding, State, Wants
from syncd.ports.needs import Readiness
from syncd.ports.secrets import MissingSecret
from syncd.ports.signin import SignIn
from syncd.ports.verdicts import Locked, Verdict
from syncd.store import notes
from syncd.store.database import Store, UnusableState, Where

# Google refuses a token request, and HubSpot's signed notifications are refused here, when
# the two clocks are five minutes apart.
SKEW_WARN, SKEW_FAIL = 30.0, 240.0
# A Date header is cut to the second and as old as its way to us.
_SKEW_KNOWN = 2.0
# How long before a token's end people are told, so that somebody has time to sign in.
_ENDS_SOON = timedelta(days=3)
# Google forgets a consent that was not used for six months (facts/gmail.md A3).
_UNUSED = timedelta(days=150)
_LATER = "check the network and the address in the settings, then try again"
_SETUP = "`syncd setup` shows what is missing and makes it"


@dataclass(frozen=True, slots=True)
class Connection:
    """One connector of the settings. What it does not bring is None."""

    kind: str
    probe: Callable[[Wants], list[Finding]] | None = None
    sign_in: Callable[[], SignIn | None] | None = None


class Skews:
    """How far apart our clock and each service's are, told by every call."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.seconds: dict[str, float] = {}

    def observe(self, call: Call) -> None:
        if call.at is None:
            return
        seconds = (self._clock.now() - call.at).total_seconds()
        # The smallest difference is the truest: the others were longer on their way.
        if abs(seconds) < abs(self.seconds.get(call.service, float("inf"))):
            self.seconds[call.service] = seconds


@dataclass(frozen=True, slots=True)
class Patient:
    """What is looked at. Ports are made only here, so that one that cannot be made is a finding.

    `absent`: secrets that are not there, by the settings' path to them, with what to do.
    `webhooks`: for each address at which services are to reach us, a look that gives the
    HTTP status it answered a GET with, or raises `OSError`; None where the address outside is
    not known. `listens`: whether a daemon would answer at all. `subscriptions`: what services
    say of those by which they tell us things, by connector. `skews` is told of every call.
    """

    state: Where
    clock: Clock
    rules: Rules
    connections: Mapping[str, Connection]
    mailboxes: Sequence[str]
    skews: Skews
    crm: Callable[[], Crm]
    board: Callable[[], TaskBoard] | None = None
    absent: Mapping[str, str] = field(default_factory=dict)
    webhooks: Mapping[str, Callable[[], int] | None] = field(default_factory=dict)
    listens: bool = True
    subscriptions: Mapping[str, Callable[[], Sequence[Finding]]] = field(default_factory=dict)


def examine(patient: Patient, *, online: bool = True) -> Iterator[Finding]:
    """Every finding as soon as it is known, the quickest first."""
    for path, words in patient.absent.items():
        yield Finding("settings.secrets", State.FAIL, words, path, "put the secret there")
    yield from soundness.of(patient.state)
    yield from _each(_consents, patient)
    if not online:
        words = "the services were not asked: --offline"
        yield Finding("services", State.SKIPPED, words)
        return
    for name, connection in patient.connections.items():
        yield from _probed(name, connection, _wants(patient.rules))
    handles = _handles(patient)
    yield from _port("crm.ready", lambda: _crm(patient, handles))
    if patient.board is not None:
        yield from _port("board.ready", lambda: _board(patient, handles))
    yield from _skews(patient)
    yield from _webhooks(patient)


def _handles(patient: Patient) -> dict[str, dict[str, str]]:
    """What was learnt of the services before; without it readiness asks for it again."""
    try:
        store = Store.reading(patient.state)
    except UnusableState:
        return {}
    try:
        with store.begin() as tx:
            return {role: notes.read(tx, f"handles:{role}") or {} for role in ("crm", "board")}
    except UnusableState:
        return {}
    finally:
        store.close()


# consents


def _consents(patient: Patient) -> Iterator[Finding]:
    for connection in patient.connections.values():
        signs = None if connection.sign_in is None else connection.sign_in()
        if signs is None:
            continue
        for subject in signs.subjects():
            yield _consent(connection.kind, signs, subject, patient.clock.now())


def _consent(kind: str, signs: SignIn, subject: str, now: datetime) -> Finding:
    name, remedy = "token.age", f"`syncd auth {kind}`"
    try:
        grant = signs.grant(subject)
    except Locked as verdict:
        return Finding(name, State.FAIL, str(verdict), subject, verdict.remedy or remedy)
    if grant is None:
        return Finding(name, State.FAIL, "nobody has signed in yet", subject, remedy)
    said = [f"kept in {grant.kept}"]
    said += [f"given {_ago(now - grant.given_at)} ago"] if grant.given_at else []
    said += [f"renewed {_ago(now - grant.renewed_at)} ago"] if grant.renewed_at else []
    said += [f"ends {grant.ends_at:%Y-%m-%d %H:%M} UTC"] if grant.ends_at else []
    words = ", ".join(said)
    if grant.ends_at is not None and grant.ends_at <= now:
        return Finding(name, State.FAIL, words, subject, remedy)
    ends_soon = grant.ends_at is not None and grant.ends_at - now < _ENDS_SOON
    unused = grant.renewed_at is not None and now - grant.renewed_at > _UNUSED
    if ends_soon or unused:
        return Finding(name, State.WARN, words, subject, remedy)
    return Finding(name, State.OK, words, subject)


# the services


def _probed(name: str, connection: Connection, wants: Wants) -> Iterator[Finding]:
    probe = connection.probe
    if probe is None:
        words = f"the connector {connection.kind} brings no probe"
        yield Finding(f"{connection.kind}.probe", State.SKIPPED, words, name)
        return
    try:
        yield from probe(wants)
    except Exception as error:  # noqa: BLE001 - code of other packages may raise anything
        # Only its kind: what it says may quote what the service answered.
        words = f"the probe of {name} broke: {type(error).__name__}"
        remedy = "this is a bug in the connector; tell those who make it"
        yield Finding(f"{connection.kind}.probe", State.FAIL, words, name, remedy)


def _port(name: str, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """The findings of a look that may end early. What ends it is the last of them."""
    try:
        yield from look()
    except MissingSecret as error:
        yield Finding(name, State.FAIL, str(error), "", "provide the secret")
    except Locked as verdict:
        yield Finding(name, State.FAIL, str(verdict), "", verdict.remedy or _LATER)
    except Verdict as verdict:
        yield Finding(name, State.FAIL, str(verdict), "", _LATER)


def _crm(patient: Patient, handles: Mapping[str, dict[str, str]]) -> Iterator[Finding]:
    crm = patient.crm()
    crm.use(handles.get("crm", {}))
    wanted = needs(patient.rules)
    yield from _port("crm.ready", lambda: _ready("crm.ready", crm.readiness(wanted)))

    def people() -> Iterator[Finding]:
        known = {person.address for person in crm.owners() if person.active}
        words = "no active owner has this address: its mail is logged without one"
        remedy = "give that person a user with this address in the CRM"
        return _known("crm.owners", patient.mailboxes, known, words, remedy)

    yield from _port("crm.owners", people)


def _board(patient: Patient, handles: Mapping[str, dict[str, str]]) -> Iterator[Finding]:
    assert patient.board is not None
    board = patient.board()
    board.use(handles.get("board", {}))
    wanted = places(patient.rules)
    yield from _port("board.ready", lambda: _ready("board.ready", board.readiness(wanted, ())))

    def people() -> Iterator[Finding]:
        found = board.people(list(patient.mailboxes))
        known = {address for address, person in found.items() if person.active}
        words = "no active user has this address: its tasks are nobody's"
        remedy = "give that person a user with this address on the task board"
        return _known("board.people", patient.mailboxes, known, words, remedy)

    yield from _port("board.people", people)


def _known(
    name: str, mailboxes: Sequence[str], known: Collection[str], words: str, remedy: str
) -> Iterator[Finding]:
    for mailbox in mailboxes:
        if mailbox in known:
            yield Finding(name, State.OK, "is known there", mailbox)
        else:
            yield Finding(name, State.WARN, words, mailbox, remedy)


def _ready(name: str, found: Readiness) -> Iterator[Finding]:
    for one in found.missing:
        yield Finding(name, State.FAIL, f"missing: {one.summary}", one.handle, _SETUP)
    for number, note in enumerate(found.notes, 1):
        remedy = "nothing, where this is meant; else change it there and ask again"
        yield Finding(name, State.WARN, note, f"note {number}", remedy)
    if not found.missing:
        yield Finding(name, State.OK, f"everything stands ({len(found.handles)} things)")


def _skews(patient: Patient) -> Iterator[Finding]:
    name = "clock.skew"
    if not patient.skews.seconds:
        yield Finding(name, State.SKIPPED, "no service told its time")
    for service, seconds in sorted(patient.skews.seconds.items()):
        apart = abs(seconds)
        side = "ahead of" if seconds > 0 else "behind"
        words = f"this machine is {apart:.0f} seconds {side} the service"
        remedy = "let the machine take its time from the network (timedatectl set-ntp true)"
        if apart >= SKEW_FAIL:
            yield Finding(name, State.FAIL, words, service, remedy)
        elif apart >= SKEW_WARN:
            yield Finding(name, State.WARN, words, service, remedy)
        else:
            near = "agrees with the service's" if apart <= _SKEW_KNOWN else words
            yield Finding(name, State.OK, near, service)


def _webhooks(patient: Patient) -> Iterator[Finding]:
    name = "webhooks.reachable"
    if not patient.webhooks:
        words = "no service is to call us; polling, and pulling where configured, does without"
        yield Finding(name, State.SKIPPED, words)
    for address, look in patient.webhooks.items():
        yield _reached(name, address, look, listens=patient.listens)
    for connector, check in patient.subscriptions.items():
        try:
            yield from check()
        except Exception as error:  # noqa: BLE001 - code of other packages may raise anything
            words = f"the check of {connector} broke: {type(error).__name__}"
            remedy = "this is a bug in the connector; tell those who make it"
            yield Finding("webhooks.subscriptions", State.FAIL, words, connector, remedy)


def _reached(name: str, address: str, look: Callable[[], int] | None, *, listens: bool) -> Finding:
    if not listens:
        remedy = "give web.listen an address"
        return Finding(name, State.FAIL, "web.listen is off", address, remedy)
    if look is None:
        remedy = "set web.public_url to the address under which the services reach this machine"
        words = "configured; from where the services reach it is not said"
        return Finding(name, State.WARN, words, address, remedy)
    remedy = "let the services reach it: DNS, the proxy in front, its certificate; syncd run"
    try:
        status = look()
    except OSError as error:
        return Finding(name, State.FAIL, f"no answer ({type(error).__name__})", address, remedy)
    # What a hook of ours says to a GET. Any other site at the address says something else.
    if status == 405:
        return Finding(name, State.OK, "configured and reached", address)
    return Finding(name, State.FAIL, f"answers {status}, as syncd would not", address, remedy)


def _each(look: Callable[[Patient], Iterator[Finding]], patient: Patient) -> Iterator[Finding]:
    try:
        yield from look(patient)
    except Verdict as verdict:
        remedy = getattr(verdict, "remedy", "") or _LATER
        yield Finding("token.age", State.FAIL, str(verdict), "", remedy)


def _wants(rules: Rules) -> Wants:
    grace = rules.log.grace
    return Wants(
        crm_logger_seconds=None if grace is None else grace.delta.total_seconds(),
        crm_tasks=any(cadence.crm_task for cadence in cadences(rules)),
        segments=bool(rules.segments),
    )


def _ago(passed: timedelta) -> str:
    if passed < timedelta(hours=2):
        return f"{max(0, int(passed.total_seconds() // 60))} minutes"
    if passed < timedelta(days=2):
        return f"{int(passed.total_seconds() // 3600)} hours"
    return f"{passed.days} days"
