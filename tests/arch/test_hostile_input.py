"""What comes from outside has few ways in and out, and each is known by name here.

A new one is no mistake by itself; whoever adds it says here why it is safe.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.arch.checkout import ROOT

# Who opens connections, and to where.
CONNECTS = {
    "connectors/_kit/http.py": "every SDK's session, to the addresses in the settings",
    "connectors/_kit/addresses.py": "looks names up, and judges what it finds",
    "connectors/webcheck/network.py": "to addresses judged a moment before",
    "connectors/crawler/network.py": "gives Twisted addresses judged a moment before",
    "syncd/web/server.py": "listens",
    "syncd/runtime/notify.py": "to the service manager, over a socket of this machine",
    "syncd/sandbox": "services on loopback, for people who try syncd",
}
_OPENS = {
    *("urlopen", "create_connection", "getaddrinfo", "HTTPConnection", "HTTPSConnection"),
    *("PoolManager", "ClientSession", "AsyncClient", "HTTPAdapter", "socket"),
}
_OF_REQUESTS = {"get", "post", "put", "patch", "delete", "head", "request", "Session"}

# Whose expressions are put together at run time, and of what.
PATTERNS = {
    "connectors/hubspot/answers.py": "a property's name, escaped",
    "syncd/core/identity.py": "an address, escaped",
    "syncd/core/mail/absences.py": "phrases of ours, escaped",
    "syncd/core/mail/dates.py": "names of months, escaped",
    "syncd/core/mail/phrases.py": "phrases of ours, escaped but for *",
    "syncd/core/mail/saying_data.py": "pieces of this very file",
    "syncd/core/mail/saying_people.py": "pieces of this very file",
    "syncd/core/promises/matching.py": "a glob of the settings, as fnmatch translates it: "
    "each star takes the first that fits, and never goes back",
    "syncd/core/template_language.py": "pieces of this very file",
    "syncd/settings/shipped.py": "pieces of this very file",
    "syncd/settings/source.py": "pieces of this very file",
    "syncd/store/traces.py": "a person's name, escaped",
}

# Who says that something is HTML already.
MARKS_UP = {
    "syncd/reports/html.py": "charts whose labels the XML writer escapes; our own style sheet; "
    "a template that escapes everything",
    "syncd/sandbox/index.py": "a break after the @ of an address, whose halves are escaped",
}


@cache
def modules() -> tuple[tuple[str, ast.Module], ...]:
    """Every module that is shipped, but for the simulators, which are the services."""
    found = [*(ROOT / "syncd").rglob("*.py"), *(ROOT / "connectors").rglob("*.py")]
    return tuple(
        (str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8")))
        for path in sorted(found)
        if not path.name.startswith("simulator")
    )


def calls() -> Iterator[tuple[str, ast.Call, str, str]]:
    """Each call with its module, what it is called on, and its name."""
    for path, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                match node.func:
                    case ast.Attribute(value=ast.Name(id=whose), attr=name):
                        yield path, node, whose, name
                    case ast.Attribute(attr=name):
                        yield path, node, "?", name
                    case ast.Name(id=name):
                        yield path, node, "", name


def known(path: str, names: dict[str, str]) -> bool:
    return any(path == one or path.startswith(f"{one}/") for one in names)


def test_nobody_reaches_out_but_through_the_doors_that_look_at_addresses():
    reaching = {
        path
        for path, _, whose, name in calls()
        if name in _OPENS or (whose == "requests" and name in _OF_REQUESTS)
    }
    # A transport that looks nothing up is for the sandbox alone (`through`).
    reaching.discard("connectors/webcheck/visiting.py")
    assert {path for path in reaching if not known(path, CONNECTS)} == set()
    assert all(any(known(path, {one: ""}) for path in reaching) for one in CONNECTS)


def test_no_expression_is_made_of_what_a_stranger_or_a_user_wrote():
    methods = {"compile", "match", "search", "fullmatch", "findall", "finditer", "sub", "split"}
    made = {
        path
        for path, call, whose, name in calls()
        if whose == "re" and name in methods and not isinstance(call.args[0], ast.Constant)
    }
    assert made == PATTERNS.keys()


def test_nothing_is_run_or_rebuilt_from_text():
    for path, call, whose, name in calls():
        assert (whose, name) not in {("", "eval"), ("", "exec"), ("os", "system"), ("os", "popen")}
        assert whose not in {"pickle", "marshal", "shelve", "dill"}, f"{path}:{call.lineno}"
        shell = [one for one in call.keywords if one.arg == "shell"]
        assert not shell, f"{path}:{call.lineno}"
    for path, tree in modules():
        if any(isinstance(node, ast.Attribute) and node.attr == "YAML" for node in ast.walk(tree)):
            raise AssertionError(path)
    reads_yaml = [(path, call) for path, call, _, name in calls() if name == "YAML"]
    assert {path for path, _ in reads_yaml} == {"syncd/settings/source.py"}
    for _, call in reads_yaml:
        assert {one.arg: ast.literal_eval(one.value) for one in call.keywords} == {
            "typ": "safe",
            "pure": True,
        }


def test_what_is_said_to_be_html_is_ours():
    assert {path for path, _, _, name in calls() if name == "Markup"} <= MARKS_UP.keys() | {
        "syncd/sandbox/index.py"
    }
    environments = [
        (path, {one.arg: one.value for one in call.keywords})
        for path, call, _, name in calls()
        if name == "Environment"
    ]
    assert len(environments) >= 3
    for path, given in environments:
        escapes = given["autoescape"]
        assert isinstance(escapes, ast.Constant), path
        assert escapes.value is True, path


@pytest.mark.parametrize(
    "template", sorted((ROOT / "syncd").rglob("*.html")), ids=lambda path: path.name
)
def test_no_template_takes_the_escaping_off_or_runs_a_script(template: Path):
    words = template.read_text(encoding="utf-8")
    assert not re.search(r"\|\s*safe\b|autoescape|Markup", words)
    assert not re.search(r"<script|\son\w+=[\"']|javascript:", words, re.IGNORECASE)
