"""The doctor: a check that fails says how to mend it, and hides no other."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from syncd import app, wiring
from syncd.app import Wish
from syncd.engine import doctor
from syncd.engine.doctor import Connection, examine
from syncd.ports.manifest import Finding, State, Wants
from syncd.ports.signin import Grant
from syncd.ports.simulator import Answer, Request
from syncd.ports.verdicts import Locked
from syncd.settings.loading import read
from tests.support.prepared import set_up
from tests.support.world import MAYA, TOM, World

Found = Mapping[tuple[str, str], Finding]


class Ward(World):
    """A world that was set up, looked at by the doctor."""

    def __init__(self, folder: Path, *, crm_logger: str = "off", ready: bool = True) -> None:
        super().__init__(folder, crm_logger=crm_logger)
        if ready:
            set_up(self)

    def patient(self, **changed: Any) -> doctor.Patient:
        # Read without the secrets: one that is missing is for the doctor to find.
        settings = read(self.text, self.folder / "syncd.yaml", wiring.kinds(), {})
        made = app.patient(settings, Wish("doctor", self.clock, transport=self.transport))
        for name, value in changed.items():
            object.__setattr__(made, name, value)
        return made

    def look(self, *, online: bool = True, **changed: Any) -> Found:
        found = list(examine(self.patient(**changed), online=online))
        for one in found:
            assert one.words, one.name
            assert bool(one.remedy) == (one.state in {State.WARN, State.FAIL}), one
        keyed = {(one.name, one.subject): one for one in found}
        assert len(keyed) == len(found)
        return keyed


@pytest.fixture
def ward(tmp_path: Path) -> Ward:
    return Ward(tmp_path)


def only(found: Found, name: str) -> Finding:
    [one] = [finding for (its, _), finding in found.items() if its == name]
    return one


def bad(found: Found) -> list[str]:
    return [f"{one.name} {one.subject}".strip() for one in found.values() if one.remedy]


def test_a_world_that_was_set_up_is_well_and_nothing_is_changed_by_looking(ward: Ward):
    before = {name: it.snapshot() for name, it in ward.simulators.items()}
    state = (ward.folder / "syncd.db").read_bytes()
    found = ward.look()
    # The wire of this test is http to a name that is not this machine's.
    assert bad(found) == ["teamwork.url"]
    names = {name for name, _ in found}
    assert {
        "state.disk", "state.version", "state.integrity", "gmail.delegation", "gmail.scopes",
        "gmail.access", "hubspot.access", "hubspot.scopes", "hubspot.daily_calls",
        "hubspot.own_logger", "teamwork.access", "teamwork.limits", "crm.ready", "crm.owners",
        "board.ready", "board.people", "clock.skew", "webhooks.reachable",
    } <= names  # fmt: skip
    assert {name: it.snapshot() for name, it in ward.simulators.items()} == before
    assert (ward.folder / "syncd.db").read_bytes() == state


def test_what_setup_would_make_is_named_with_that_remedy(tmp_path: Path):
    found = Ward(tmp_path, ready=False).look()
    for subject in ("property:syncd_stage", "property:syncd_campaigns"):
        assert found["crm.ready", subject].state is State.FAIL
    for subject in ("project:Outreach", "list:Outreach/Follow-ups", "field:syncd key"):
        assert "syncd setup" in found["board.ready", subject].remedy
    assert only(found, "state.version").state is State.SKIPPED


def test_an_option_that_somebody_removed_is_missed(ward: Ward):
    ward.text = ward.text.replace("tags: [builders]", "tags: [builders, gardens]")
    finding = ward.look()["crm.ready", "option:syncd_tags/gardens"]
    assert finding.state is State.FAIL
    assert "gardens" in finding.words


def test_a_note_of_a_service_is_a_warning(ward: Ward):
    ward.tell("teamwork", "custom_fields", value=402)
    found = ward.look()
    assert "custom fields" in found["board.ready", "note 1"].words


@pytest.mark.parametrize("service", ["gmail", "hubspot", "teamwork"])
def test_one_service_down_hides_none_of_the_others(ward: Ward, service: str):
    well = ward.look()

    def down(_request: Request) -> Answer | None:
        return Answer(503)

    class Down:
        name = service
        handle = staticmethod(down)

    ward.transport._simulators = {**ward.simulators, service: Down()}  # type: ignore[dict-item]
    found = ward.look()
    roles = {"gmail": (), "hubspot": ("crm",), "teamwork": ("board",)}[service]
    assert any(
        name.startswith(f"{service}.") for name in (words.split()[0] for words in bad(found))
    )
    others = {
        key: one.state
        for key, one in well.items()
        if not key[0].startswith((service, *roles, "clock"))
    }
    assert {key: found[key].state for key in others} == others


def test_a_missing_secret_is_a_finding_and_hides_nothing(ward: Ward):
    (ward.folder / "key").unlink()
    (ward.folder / "token").unlink()
    found = ward.look()
    for path in ("connectors.crm.token", "connectors.board.api_key"):
        assert "cannot read" in found["settings.secrets", path].words
    assert "cannot read" in found["teamwork.access", ""].words
    assert found["board.ready", ""].state is State.FAIL
    assert found["hubspot.access", ""].state is State.FAIL
    assert found["crm.ready", ""].state is State.FAIL
    assert found["gmail.access", MAYA].state is State.OK


def test_a_probe_that_breaks_is_a_finding_without_what_it_read(ward: Ward):
    def broken(_wants: Wants) -> list[Finding]:
        raise RuntimeError("a body of a private message")

    found = ward.look(connections={"mail": Connection("gmail", broken)})
    finding = found["gmail.probe", "mail"]
    assert finding.state is State.FAIL
    assert "private" not in finding.words
    assert found["crm.ready", ""].state is State.OK


def test_a_connector_without_a_probe_is_said_to_have_none(ward: Ward):
    found = ward.look(connections={"mail": Connection("postbox")})
    assert found["postbox.probe", "mail"].state is State.SKIPPED


def test_a_mailbox_that_refuses_is_told_from_one_that_does_not(ward: Ward):
    ward.tell("gmail", "revoke", mailbox=MAYA)
    found = ward.look()
    assert found["gmail.delegation", MAYA].state is State.FAIL
    assert found["gmail.access", TOM].state is State.OK


def test_people_whom_a_service_does_not_know_are_named(ward: Ward):
    ward.tell("hubspot", "remove_owner", email=TOM)
    found = ward.look()
    assert found["crm.owners", TOM].state is State.WARN
    assert found["crm.owners", MAYA].state is State.OK
    ward.text = ward.text.replace(f"{TOM}]", f"{TOM}, new@brightlink.example]")
    found = ward.look()
    assert found["board.people", "new@brightlink.example"].state is State.WARN
    assert found["board.people", TOM].state is State.OK


def test_owners_that_cannot_be_read_are_a_finding_beside_what_stands(ward: Ward):
    ward.tell("hubspot", "portal", scopes=["crm.objects.contacts.read", "oauth"])
    found = ward.look()
    assert found["hubspot.scopes", "find owners"].state is State.FAIL
    assert found["crm.ready", ""].state is State.FAIL


@pytest.mark.parametrize(
    ("seconds", "state"), [(2, State.OK), (45, State.WARN), (-45, State.WARN), (600, State.FAIL)]
)
def test_clocks_apart_are_told_by_the_services_own(ward: Ward, seconds: float, state: State):
    def dated(_request: Request, answer: Answer) -> Answer:
        at = format_datetime(ward.clock.now() - timedelta(seconds=seconds), usegmt=True)
        return Answer(answer.status, answer.body, {**answer.headers, "date": at})

    ward.transport.after = dated
    found = ward.look()
    assert {found["clock.skew", name].state for name in ("gmail", "hubspot", "teamwork")} == {state}
    if state is not State.OK:
        side = "ahead of" if seconds > 0 else "behind"
        assert f"{abs(seconds)} seconds {side}" in found["clock.skew", "hubspot"].words
        assert "timedatectl" in found["clock.skew", "gmail"].remedy


def test_slow_answers_do_not_make_a_clock_wrong(ward: Ward):
    heard: set[str] = set()

    def dated(request: Request, answer: Answer) -> Answer:
        # The first of each service is quick, and those after it were long on their way.
        service = request.path.split("/")[1]
        late = timedelta(seconds=300 if service in heard else 0)
        heard.add(service)
        at = format_datetime(ward.clock.now() - late, usegmt=True)
        return Answer(answer.status, answer.body, {**answer.headers, "date": at})

    ward.transport.after = dated
    assert {one.state for key, one in ward.look().items() if key[0] == "clock.skew"} == {State.OK}


def test_what_a_service_was_found_not_to_allow_is_not_missed_for_ever(tmp_path: Path):
    ward = Ward(tmp_path, ready=False)
    ward.tell("hubspot", "portal", email_properties="refused")
    ward.tell("teamwork", "custom_fields", value=402)
    with ward.process() as engine:
        assert engine.set_up()
        engine.finish()
    ward.tell("teamwork", "custom_fields")
    found = ward.look()
    assert [key for key, one in found.items() if one.words.startswith("missing")] == []


def test_the_crms_own_logger_is_held_against_the_settings(tmp_path: Path):
    off, waits = tmp_path / "off", tmp_path / "waits"
    for folder in (off, waits):
        folder.mkdir()
    for folder, setting, state in ((off, "off", State.WARN), (waits, "wait 9 minutes", State.OK)):
        ward = Ward(folder, crm_logger=setting, ready=False)
        ward.tell("hubspot", "add_contact", email="ada@site.example")
        ward.tell("hubspot", "lag", seconds=0)
        ward.tell(
            "hubspot",
            "native_log",
            contacts=["ada@site.example"],
            subject="Hello",
            at=ward.clock.now().isoformat(),
            direction="received",
            message_id="m@x",
        )
        assert ward.look()["hubspot.own_logger", ""].state is state


class TestState:
    @pytest.mark.parametrize(
        ("free", "state"),
        [(50 << 20, State.FAIL), (500 << 20, State.WARN), (50 << 30, State.OK)],
    )
    def test_a_disk_that_fills_up_is_told_in_time(
        self, ward: Ward, monkeypatch: pytest.MonkeyPatch, free: int, state: State
    ):
        monkeypatch.setattr(
            shutil, "disk_usage", lambda _path: shutil._ntuple_diskusage(1, 1, free)
        )
        finding = only(ward.look(online=False), "state.disk")
        assert finding.state is state

    def test_a_damaged_state_is_found(self, ward: Ward):
        path = ward.folder / "syncd.db"
        body = bytearray(path.read_bytes())
        # The second page and what follows; the first has the name of the format.
        body[5000:9000] = bytes(4000)
        path.write_bytes(body)
        finding = only(ward.look(online=False), "state.integrity")
        assert finding.state is State.FAIL
        assert "State lost" in finding.remedy

    def test_a_file_that_is_no_state_is_found_and_the_rest_goes_on(self, ward: Ward):
        (ward.folder / "syncd.db").write_bytes(b"not a database" * 500)
        found = ward.look()
        assert only(found, "state.version").state is State.FAIL
        assert only(found, "state.integrity").state is State.FAIL
        assert found["gmail.access", MAYA].state is State.OK

    @pytest.mark.parametrize(("version", "state"), [("0001", State.WARN), ("9999", State.FAIL)])
    def test_a_schema_that_is_not_ours_is_told(
        self, ward: Ward, monkeypatch: pytest.MonkeyPatch, version: str, state: State
    ):
        monkeypatch.setattr("syncd.store.database.Store.version", lambda _self: version)
        monkeypatch.setattr("syncd.store.database._oldest", lambda _connection: version)
        finding = only(ward.look(online=False), "state.version")
        assert (finding.state, finding.words[:11]) == (state, f"schema {version}")


class Signs:
    """A way to sign in as the tests want it."""

    def __init__(self, given: Grant | Locked | None) -> None:
        self._given = given

    def subjects(self) -> tuple[str, ...]:
        return (MAYA,)

    def grant(self, _subject: str) -> Grant | None:
        if isinstance(self._given, Locked):
            raise self._given
        return self._given


@pytest.mark.parametrize(
    ("ages", "state"),
    [
        ({"given_at": 100}, State.OK),
        ({"given_at": 6, "ends_at": -1}, State.WARN),
        ({"given_at": 8, "ends_at": 1}, State.FAIL),
        ({"given_at": 300, "renewed_at": 1}, State.OK),
        ({"given_at": 300, "renewed_at": 200}, State.WARN),
        (None, State.FAIL),
    ],
)
def test_consents_are_told_before_they_die(ward: Ward, ages: dict[str, int] | None, state: State):
    now = ward.clock.now()
    grant = None
    if ages is not None:
        times = {name: now - timedelta(days=days) for name, days in ages.items()}
        grant = replace(Grant(MAYA, "somewhere"), **times)  # type: ignore[arg-type]
    connections = {"mail": Connection("gmail", None, lambda: Signs(grant))}  # type: ignore[arg-type,return-value]
    finding = ward.look(online=False, connections=connections)["token.age", MAYA]
    assert finding.state is state
    if finding.remedy:
        assert finding.remedy == "`syncd auth gmail`"


def test_a_consent_that_cannot_be_read_is_a_finding(ward: Ward):
    locked = Locked("it does not open", remedy="chmod 600 it")
    connections = {"mail": Connection("gmail", None, lambda: Signs(locked))}  # type: ignore[arg-type,return-value]
    finding = ward.look(online=False, connections=connections)["token.age", MAYA]
    assert (finding.state, finding.remedy) == (State.FAIL, "chmod 600 it")


def test_offline_asks_no_service(ward: Ward):
    found = ward.look(online=False)
    assert ward.transport.calls == []
    assert found["services", ""].state is State.SKIPPED
    assert only(found, "state.integrity").state is State.OK


def test_webhooks_that_nobody_can_reach_are_told(ward: Ward):
    def away() -> int:
        raise ConnectionRefusedError

    looks = {"https://a.example/": lambda: 405, "https://b.example/": lambda: 502,
             "https://c.example/": away, "https://d.example/": lambda: 200,
             "/hooks/crm": None}  # fmt: skip
    found = ward.look(webhooks=looks)
    states = {key[1]: one.state for key, one in found.items() if key[0] == "webhooks.reachable"}
    assert states == {
        "https://a.example/": State.OK,
        "https://b.example/": State.FAIL,
        "https://c.example/": State.FAIL,
        "https://d.example/": State.FAIL,
        "/hooks/crm": State.WARN,
    }
    found = ward.look(webhooks=looks, listens=False)
    assert all(
        "web.listen" in it.remedy for key, it in found.items() if key[0] == "webhooks.reachable"
    )


def listening(ward: Ward, web: str) -> None:
    """Both services are to call us, and Google is asked by ourselves."""
    (ward.folder / "secret").write_text("s3cret")
    hooks = "webhooks: {secret: {file: secret}}"
    pull = "{topic: projects/p/topics/t, subscription: projects/p/subscriptions/s, "
    pull += 'pubsub_url: "http://gmail.test"}'
    ward.text = (
        ward.text.replace("units_per_minute", f"push: {pull}, units_per_minute")
        .replace("calls_per_10_seconds", f"{hooks}, calls_per_10_seconds")
        .replace("calls_per_minute", f"{hooks}, calls_per_minute")
    )
    ward.text += f"web: {web}\n"


def test_webhooks_that_are_configured_are_asked_for_at_their_public_address(ward: Ward):
    listening(ward, '{public_url: "http://syncd.test/team"}')
    asked: list[str] = []

    def answer(request: Request) -> Answer | None:
        if not request.path.startswith("/team/hooks/"):
            return None
        asked.append(f"{request.method} {request.path}")
        return Answer(405)

    ward.transport.before = answer
    found = ward.look()
    assert asked == ["GET /team/hooks/crm", "GET /team/hooks/board"]
    for name in ("crm", "board"):
        reached = found["webhooks.reachable", f"http://syncd.test/team/hooks/{name}"]
        assert reached.state is State.OK
    assert "http://syncd.test/team/hooks/crm" in only(found, "hubspot.webhooks").words
    assert "http://syncd.test/team/hooks/board" in only(found, "teamwork.webhooks").remedy
    # Nobody has made it there: the subscription is told, and where to look for it.
    assert only(found, "gmail.subscription").state is State.FAIL


def test_webhooks_whose_address_is_not_told_are_a_warning(ward: Ward):
    listening(ward, "{listen: 127.0.0.1:0}")
    found = ward.look()
    for name in ("crm", "board"):
        assert found["webhooks.reachable", f"/hooks/{name}"].state is State.WARN
    assert "web.public_url" in only(found, "teamwork.webhooks").remedy


def test_a_check_of_subscriptions_that_breaks_is_told_and_ends_nothing(ward: Ward):
    def breaks() -> list[Finding]:
        raise ZeroDivisionError

    found = ward.look(subscriptions={"crm": breaks})
    assert found["webhooks.subscriptions", "crm"].state is State.FAIL
