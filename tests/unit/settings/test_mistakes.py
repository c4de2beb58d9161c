"""What people get wrong, and the one line they are told for it."""
# ruff: noqa: E501 - a table is read by rows

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.settings.loading import load
from syncd.settings.problems import InvalidSettings
from tests.unit.settings.kinds import KINDS
from tests.unit.settings.sample import GOOD, complaints, good, spoilt

KEYS = "should be keys with values, each on a line of its own"
LIST = "should be a list; write [a, b] or one item a line, each after '- '"

# What is replaced, by what, and the whole complaint after the file's name.
MISTAKES = [
    ("bodies: full", "bodys: full", '11:3: log.bodys: is not known here; did you mean "bodies"?'),
    ("bodies: full", "colour: red", "11:3: log.colour: is not known here; known are since, bodies"),
    ("log:\n", "lists: log\nlog:\n", "9:1: lists: is not known here; it belongs under log"),
    ("bodies: full", "bodies: ful", "11:11: log.bodies: should be full, snippet or none; did you"),
    ("bodies: full", "bodies: [full]", "11:3: log.bodies: should be full, snippet or none"),
    ("2026-09-01", "2026-13-01", "10:10: log.since: should be a date, e.g. 2026-09-01"),
    ("2026-09-01", "2026-09-01 10:00:00", "10:10: log.since: should be a date, e.g. 2026-09-01"),
    ("2026-09-01", "0026-09-01", "10:10: log.since: should be a date from 2000-01-01 on"),
    ("since: 2026-09-01", "since:", "10:3: log.since: is missing: mail from this day on is logged"),
    ("  since: 2026-09-01\n", "", "9:1: log.since: is missing: mail from this day on is logged"),
    ("bodies: full", "crm_logger: soon", '11:15: log.crm_logger: should be "off" or e.g. "wait'),
    ("bodies: full", "crm_logger: wait 3 days", "11:15: log.crm_logger: should be at most a day"),
    ("Europe/London", "Europe/Londn", '3:13: team.timezone: "Europe/Londn" is not a known time zone; did you mean "Europe/London"?'),
    ("Europe/London", "../../etc/passwd", '3:13: team.timezone: "../../etc/passwd" is not a known time'),
    ("Europe/London", "1", "3:13: team.timezone: should be the name of a time zone"),
    ("[GB]", "[Britain]", '4:14: team.holidays[0]: no holidays are known for "Britain"; write a code, e.g. GB'),
    ("[GB]", "[GB-XXX]", '4:14: team.holidays[0]: GB has no part "XXX"; it has ENG, NIR, SCT, WLS'),
    ("[GB]", "GB", f"4:13: team.holidays: {LIST}"),
    ("[brightlink.example]", "['']", "2:13: team.domains[0]: should not be empty"),
    ("[brightlink.example]", "[Gmail.com]", "2:13: team.domains[0]: anyone can have an address at gmail.com; leave it out"),
    ("[brightlink.example]", "[https://brightlink.example/]", '2:13: team.domains[0]: "https://brightlink.example/" is not a domain; did you mean "brightlink.example"?'),
    ("[brightlink.example]", "[2026]", "2:13: team.domains[0]: should be text; put it in quotes"),
    ("[brightlink.example]", "[[a]]", "2:13: team.domains[0]: should be text, not a list or mapping"),
    ("kind: gmail", "kind: gmial", '6:16: connectors.mail.kind: no connector has the kind "gmial"; did you mean "gmail"?'),
    ("kind: gmail, ", "", "6:3: connectors.mail: `kind` is missing; say which service this is"),
    ("token: {env: HUBSPOT_TOKEN}", "tokn: {env: X}", '7:24: connectors.crm.tokn: is not known here; did you mean "token"?'),
    ("{env: HUBSPOT_TOKEN}", "{env: X, file: y}", "7:24: connectors.crm.token: give exactly one of env, file and credential"),
    ("{env: HUBSPOT_TOKEN}", "abc", "7:31: connectors.crm.token: write a reference, {env: NAME} or {file: PATH}"),
    ("  crm:", "  CRM!:", "7:3: connectors.CRM!: a connector's name is lower-case letters, digits"),
    ("  crm: {kind: hubspot, token: {env: HUBSPOT_TOKEN}}\n", "", "5:1: connectors: no connector is a crm; add one, kind: hubspot"),
    ("  board: {kind: teamwork, url: https://brightlink.teamwork.com, api_key: {env: TEAMWORK_KEY}}\n", "", "5:1: connectors: no connector is a board; add one, kind: teamwork, or leave follow_up and plan out"),
    ("log:\n", "  crm2: {kind: hubspot, token: {env: X}}\nlog:\n", "9:3: connectors.crm2: a second crm beside crm; keep one of them"),
    ("{domain: lawyer.example}", "{domain: info@lawyer.example}", '12:20: log.never[0].domain: "info@lawyer.example" is not a domain; did you mean "lawyer.example"?'),
    ("{domain: lawyer.example}", "{address: lawyer.example}", '12:21: log.never[0].address: "lawyer.example" is not an address; for everyone at a domain write {domain: lawyer.example}'),
    ("{domain: lawyer.example}", "{domain: a.example, label: B}", "12:11: log.never[0]: has domain and label; write each as an item of its own"),
    ("{domain: lawyer.example}", "{}", "12:11: log.never[0]: is empty; give one of address, domain, label, subject, mailbox"),
    ("{domain: lawyer.example}", "salary", "12:11: log.never[0]: should say what to look at; write e.g. {subject: …}"),
    ("{domain: lawyer.example}", "{list: x.csv}", "12:12: log.never[0].list: is not known here; known are address"),
    ("3 business days,", "3 bussiness days,", '14:11: follow_up.steps[0]: "3 bussiness days" is not a span; write a whole number and'),
    ("3 business days,", "3,", '14:11: follow_up.steps[0]: write a number and its unit, e.g. "3 business days"'),
    ("3 business days,", "0 days,", "14:11: follow_up.steps[0]: a wait of nothing; write at least 1"),
    ("3 business days,", "200 weeks,", '14:11: follow_up.steps[0]: "200 weeks" is longer than two years'),
    ("nurture after 90 days", "90 days", '15:9: follow_up.then: should be "none" or e.g. "nurture after 90 days"'),
    (", task_list: Follow-ups", "", "16:3: follow_up.board.task_list: is missing: the name of a task list"),
    ("  board: {project: Outreach, task_list: Follow-ups}\n", "", "13:1: follow_up.board: is missing: where the tasks go"),
    ("campaigns:\n", "  inbox_label: 5\ncampaigns:\n", '17:16: follow_up.inbox_label: should be the name of a label, or "none"'),
    ("id: acme", "id: ACME Corp", "18:9: campaigns[0].id: should be lower-case letters, digits, '-' and '_', e.g. acme-corp"),
    ("    client: acme.example\n", "", "18:5: campaigns[0].client: is missing: the client it is for"),
    ("[home-builders]", "[home;builders]", '20:12: campaigns[0].tags[0]: a tag cannot hold ";"; write two tags'),
    ('{any: [{label: Campaigns/ACME}, {subject: "*builder guide*"}]}', "{}", "21:5: campaigns[0].match: has no condition; add one"),
    ("{label: Campaigns/ACME}", "{list: nowhere.csv}", "21:26: campaigns[0].match.any[0].list: the list nowhere.csv is not there"),
    ("campaigns:\n", "campaigns:\n  - {id: acme, client: x, match: {any: [{label: b}]}}\n", "19:9: campaigns[1].id: is also the id of campaigns[0]; choose another"),
    ("campaigns:\n", "store: mysql://me@db/x\ncampaigns:\n", "17:8: store: should be the path of a file, e.g. syncd.db, or an address such as postgresql://user@host/name"),
    ("campaigns:\n", "store: postgresql://me:secret@db/x\ncampaigns:\n", "17:8: store: holds a password; leave it out and write password: {env: NAME} or {file: PATH} beside url"),
    ("campaigns:\n", "store: {url: postgresql://me@db/x, password: secret}\ncampaigns:\n", "17:1: store: should have as its password a reference, {env: NAME} or {file: PATH}"),
    ("campaigns:\n", "store: {url: postgresql://me@db/x, shema: s}\ncampaigns:\n", "17:1: store: has no key 'shema'; did you mean \"schema\"?"),
    ("campaigns:\n", "runtime: cluster\ncampaigns:\n", "17:10: runtime: is cluster, which needs a state that several machines can reach; write store: postgresql://user@host/name"),
    ("campaigns:\n", "keep: {facts: 3 weeks}\ncampaigns:\n", "17:15: keep.facts: should be at least 90 days, e.g. 400 days, or for ever"),
    ("[GB]", "[GB]\n  office_hours: 9 to 5", "5:17: team.office_hours: should be two times of day, e.g. 09:00-17:30"),
    ("[GB]", "[GB]\n  office_hours: 09:00-25:00", "5:17: team.office_hours: should be two times of day, e.g. 09:00-17:30"),
    ("[GB]", "[GB]\n  office_hours: 22:00-06:00", "5:17: team.office_hours: ends before it begins; write when we begin first"),
    ("[GB]", "[GB]\n  half_days: [12-24]", "5:15: team.half_days[0]: needs office_hours beside it, which it shortens, e.g. 09:00-17:30"),
    ("[GB]", "[GB]\n  office_hours: 09:00-17:30\n  half_days: [Xmas]", '6:15: team.half_days[0]: should be a day, e.g. 12-24, 2026-12-24 or "12-24 until 14:00"'),
    ("[GB]", "[GB]\n  office_hours: 09:00-17:30\n  half_days: [02-30]", "6:15: team.half_days[0]: should be a day, e.g. 12-24, 2026-12-24"),
    ("[GB]", "[GB]\n  office_hours: 13:00-17:30\n  half_days: [12-24]", "6:15: team.half_days[0]: would end before we begin at 13:00; put it in days_off"),
    ("[GB]", "[GB]\n  office_hours: 09:00-17:30\n  half_days: [12-24 until 18:00]", "6:15: team.half_days[0]: would not end before 17:30; write an earlier time"),
    ("[GB]", "[GB]\n  hand_over: {tom: maya@brightlink.example}", '5:15: team.hand_over.tom: "tom" is not an address, e.g. maya@brightlink.example'),
    ("[GB]", "[GB]\n  hand_over: {'*': maya}", '5:20: team.hand_over.*: "maya" is not an address'),
    ("[GB]", "[GB]\n  hand_over: {a@b.example: A@b.example}", "5:3: team.hand_over: a@b.example cannot take over from themselves; name somebody else"),
    ("3 business days,", "{task: {priority: high}},", "14:11: follow_up.steps[0].after: is missing: how long to wait for an answer"),
    ("3 business days,", "{after: 3 bananas},", '14:19: follow_up.steps[0].after: "3 bananas" is not a span; write a whole number and'),
    ("3 business days,", "{after: 3 days, tsak: {}},", '14:27: follow_up.steps[0].tsak: is not known here; did you mean "task"?'),
    ("nurture after 90 days", "nurture after 3 bananas", '15:9: follow_up.then: "3 bananas" is not a span'),
    ("nurture after 90 days", "{after: 0 days}", "15:17: follow_up.then.after: a wait of nothing; write at least 1"),
    ("  then: nurture", '  task: {title: "Chase {{ preson.name }}"}\n  then: nurture', '15:17: follow_up.task.title: line 1 of the template: "preson" is not known; did you mean "person"? Known are person.name, person.first_name, person.address, site, campaign.id'),
    ("  then: nurture", "  task:\n    body: |\n      Hello\n      {{ person.nmae }}\n  then: nurture", '16:11: follow_up.task.body: line 2 of the template: "person" has no "nmae"; did you mean "name"? It has name, first_name, address'),
    ("  then: nurture", '  task: {title: "{{ site"}\n  then: nurture', "15:17: follow_up.task.title: line 1 of the template: unexpected end of template"),
    ("  then: nurture", '  task: {title: ""}\n  then: nurture', "15:10: follow_up.task.title: says nothing; write some words"),
    ("  then: nurture", "  task: {title: 5}\n  then: nurture", '15:17: follow_up.task.title: should be text, e.g. "Follow up with {{ person.name }}"'),
    ("  then: nurture", "  task: {owner: sendr}\n  then: nurture", '15:17: follow_up.task.owner: should be sender, contact owner or an address, not "sendr"; did you mean "sender"?'),
    ("  then: nurture", "  task: {priority: hihg}\n  then: nurture", '15:20: follow_up.task.priority: should be none, low, medium or high; did you mean "high"?'),
    ("  then: nurture", f"  task: {{tags: [{'x' * 50}]}}\n  then: nurture", "15:17: follow_up.task.tags[0]: is longer than 49 characters; shorten it"),
    ("  then: nurture", "  stages: {answered: {steps: [1 day]}}\n  then: nurture", "15:12: follow_up.stages.answered: is not known here; known are contacted, replied"),
    ("  then: nurture", "  stages: {replied: {steps: []}}\n  then: nurture", "15:22: follow_up.stages.replied.steps: should not be empty; give at least 1"),
    ("  then: nurture", "  clock: theirs\n  then: nurture", "15:10: follow_up.clock: should be team or contact"),
    ("  then: nurture", "  stop: {on: [declined]}\n  then: nurture", '15:15: follow_up.stop.on[0]: should be decline, linked, do_not_contact or bounce; did you mean "decline"?'),
    ("  then: nurture", "  at_most: {per_person: two per week}\n  then: nurture", '15:25: follow_up.at_most.per_person: should be a number and a span, e.g. "2 per week" or "3 per 10 days", or none'),
    ("  then: nurture", "  at_most: {per_person: 2 per 5 business days}\n  then: nurture", '15:25: follow_up.at_most.per_person: cannot be counted in business days; write e.g. "2 per week"'),
    ("  then: nurture", "  at_most: {per_person: 2 per wekk}\n  then: nurture", '15:25: follow_up.at_most.per_person: "1 wekk" is not a span'),
    ("  then: nurture", "  collision: off\n  then: nurture", '15:14: follow_up.collision: "off" is not a span'),
    ("  then: nurture", "  absence: none\n  then: nurture", '15:12: follow_up.absence: "none" is not a span'),
    ("  then: nurture", "  backlog: {a_day: 0}\n  then: nurture", "15:20: follow_up.backlog.a_day: should be at least 1"),
    ("  then: nurture", "  backlog: 20\n  then: nurture", f"15:12: follow_up.backlog: {KEYS}"),
    ("campaigns:\n", "answers: {pirce: nothing}\ncampaigns:\n", '17:11: answers.pirce: is not known here; did you mean "price"?'),
    ("campaigns:\n", "answers: {price: taks}\ncampaigns:\n", "17:18: answers.price: should be nothing, task, review task"),
    ("campaigns:\n", "answers: {price: [task]}\ncampaigns:\n", "17:11: answers.price: should be nothing, task, review task"),
    ("campaigns:\n", "answers: {decline: nurture after a while}\ncampaigns:\n", '17:20: answers.decline: "a while" is not a span'),
    ("campaigns:\n", "answers: {price: check link}\ncampaigns:\n", "17:18: answers.price: there is no link to check; that is for live"),
    ("campaigns:\n", 'answers: {price: "nothing, high priority"}\ncampaigns:\n', '17:18: answers.price: only "task" and "review task" take more words, e.g. "task, high priority"'),
    ("campaigns:\n", "answers: {unsubscribe: {task: {priority: low}}}\ncampaigns:\n", '17:11: answers.unsubscribe: "do not contact" makes no task; leave the task out, or write do: task'),
    ("campaigns:\n", "answers: {price: {do: task, task: {title: '{{ prize }}'}}}\ncampaigns:\n", '17:43: answers.price.task.title: line 1 of the template: "prize" is not known'),
    ("campaigns:\n", "run: {poll: 2 days}\ncampaigns:\n", "17:13: run.poll: should be at most a day: seconds, minutes or hours"),
    ("campaigns:\n", "run: {poll: 1 business day}\ncampaigns:\n", "17:13: run.poll: should be at most a day"),
    ("campaigns:\n", 'run: {nightly: "24:00"}\ncampaigns:\n', '17:16: run.nightly: should be a time of day, e.g. "03:00"'),
    ("campaigns:\n", "run: {workers: 0}\ncampaigns:\n", "17:16: run.workers: should be at least 1"),
    ("campaigns:\n", "run: {workers: many}\ncampaigns:\n", "17:16: run.workers: should be a whole number"),
    ("campaigns:\n", "guard: {max_close_share: 30}\ncampaigns:\n", "17:26: guard.max_close_share: should be at most 1"),
    ("campaigns:\n", "guard: {max_close_share: .nan}\ncampaigns:\n", "17:26: guard.max_close_share: should be a finite number"),
    ("campaigns:\n", "guard: 5\ncampaigns:\n", f"17:8: guard: {KEYS}"),
    ("team:\n", "1: x\nteam:\n", "1:1: [1]: a key should be text; put it in quotes"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "complaint"), MISTAKES, ids=[row[2] for row in MISTAKES])
def test_a_mistake_is_told_with_its_place_and_remedy(old, new, complaint):
    told = complaints(spoilt(old, new))
    assert any(line.startswith(f"syncd.yaml:{complaint}") for line in told), "\n".join(told)


def test_nothing_is_wrong_with_the_unspoilt_file():
    assert good().team.domains == ("brightlink.example",)


def test_every_mistake_is_told_at_once_in_the_order_of_the_file():
    text = (
        spoilt("Europe/London", "Mars")
        .replace("kind: gmail", "kind: pigeon")
        .replace("bodies: full", "bodies: 1")
        .replace("  board: {project: Outreach, task_list: Follow-ups}\n", "")
        .replace("id: acme", "id: A")
        .replace("{label: Campaigns/ACME}", "{list: nowhere.csv}")
    )
    told = complaints(text)
    assert [line.split(": ")[1] for line in told] == [
        "team.timezone",
        "connectors.mail.kind",
        "log.bodies",
        "follow_up.board",
        "campaigns[0].id",
        "campaigns[0].match.any[0].list",
    ]
    assert [line.split(":")[1] for line in told] == ["3", "6", "11", "13", "17", "20"]


def test_one_mistake_is_told_once():
    assert len(complaints(spoilt("kind: gmail", "kind: gmial"))) == 1
    no_steps = GOOD.replace("  steps: [3 business days, 5 business days]\n", "").replace(
        ", steps: [2 business days]", ""
    )
    assert len(complaints(no_steps)) == 1


def test_the_place_of_a_merged_value_is_where_it_was_written():
    text = spoilt("nurture after 90 days", "some day")
    assert [line.rpartition(": ")[0] for line in complaints(text)] == [
        "syncd.yaml:15:9: campaigns[0].follow_up.then",
        "syncd.yaml:15:9: follow_up.then",
    ]


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "---\n", "~"])
def test_an_empty_file_is_told_how_to_begin(text):
    assert complaints(text) == ["syncd.yaml:1:1: the file is empty; `syncd init` writes a starter"]


@pytest.mark.parametrize("text", ["[]", "hello", "12"])
def test_a_file_that_is_no_mapping_is_told_what_it_should_be(text):
    assert complaints(text) == [
        "syncd.yaml:1:1: should be keys with values (team:, connectors:, log: …)"
    ]


def test_an_absent_section_is_told_with_its_purpose():
    told = complaints("log: {since: 2026-09-01}")
    assert told == [
        "syncd.yaml:1:1: connectors: is missing: the services, each under a name of your choice",
        "syncd.yaml:1:1: team: is missing: who we are and when we work",
    ]


def test_a_file_that_is_not_there_is_told_how_to_make_it(tmp_path):
    with pytest.raises(InvalidSettings, match="there is no such file; `syncd init`"):
        load(tmp_path / "syncd.yaml", KINDS, {})


def test_a_folder_in_place_of_the_file_is_told(tmp_path):
    with pytest.raises(InvalidSettings, match="cannot be read: Is a directory; check the path"):
        load(tmp_path, KINDS, {})


def test_a_missing_secret_is_an_error_only_when_asked_for(tmp_path, monkeypatch):
    monkeypatch.delenv("HUBSPOT_TOKEN", raising=False)
    monkeypatch.setenv("TEAMWORK_KEY", "present")
    (tmp_path / "google.json").write_text("present")
    file = tmp_path / "syncd.yaml"
    file.write_text(GOOD)
    assert load(file, KINDS, {}).store == tmp_path / "syncd.db"
    with pytest.raises(InvalidSettings) as caught:
        load(file, KINDS, {}, secrets=True)
    [problem] = caught.value.problems
    assert (problem.line, problem.path) == (7, "connectors.crm.token")
    assert "HUBSPOT_TOKEN is not set; export it" in problem.message
    monkeypatch.setenv("HUBSPOT_TOKEN", "present")
    assert load(file, KINDS, {}, secrets=True)


def test_what_stands_in_the_file_is_named_relative_to_it():
    settings = good(file=Path("/etc/syncd/syncd.yaml"))
    mail = settings.connectors["mail"]
    assert mail.service_account.file == Path("/etc/syncd/google.json")  # type: ignore[attr-defined]
    assert settings.store == Path("/etc/syncd/syncd.db")
