"""The container image: what is in it, who it runs as, and how one sees that it lives."""

from __future__ import annotations

import re

import pytest

from syncd.settings.overrides import Overrides
from syncd.settings.settings import settings_model
from syncd.wiring import kinds
from tests.arch.checkout import ROOT, text
from tests.unit.deploy.files import DEPLOY, read, run, tool


def instructions() -> list[tuple[str, str]]:
    joined = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", read("Dockerfile"), flags=re.MULTILINE))
    lines = [line.split(None, 1) for line in joined.splitlines() if line.strip()]
    return [(word, rest) for word, rest in lines]


def final() -> list[tuple[str, str]]:
    """The instructions of the stage that is shipped."""
    every = instructions()
    last = max(at for at, (word, _) in enumerate(every) if word == "FROM")
    return every[last:]


def of(word: str) -> list[str]:
    return [rest for its, rest in final() if its == word]


def pins(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.\[\]-]+)==(\S+)", lock, re.MULTILINE))


def test_hadolint_finds_nothing():
    hadolint = tool("hadolint", ".ci/tools installs it")
    ended = run(hadolint, str(DEPLOY / "Dockerfile"))
    assert (ended.returncode, ended.stdout) == (0, "")


def test_what_is_shipped_was_built_elsewhere_and_runs_as_nobody_in_particular():
    stages = [rest for word, rest in instructions() if word == "FROM"]
    assert len(stages) == 2
    assert all(re.search(r":3\.11-slim", stage) for stage in stages), "what the tests run on"
    [user] = of("USER")
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", user), "by number, and not root's"
    assert not [rest for rest in of("RUN") if "pip" in rest]


def test_its_health_is_asked_without_a_shell():
    [check] = of("HEALTHCHECK")
    assert re.search(r'CMD \["python", "-c", ".*8385.*/healthz', check)
    program = re.findall(r'"-c", "(.*)"\]', check)[0]
    compile(program, "healthcheck", "exec")
    [entry] = of("ENTRYPOINT")
    assert entry == '["syncd"]'


def test_every_variable_it_sets_is_a_setting():
    given = dict(re.findall(r"(SYNCD_\w+)=(\S+)", " ".join(of("ENV"))))
    assert given.pop("SYNCD_CONFIG") == "/etc/syncd/syncd.yaml"
    overrides = Overrides(settings_model(kinds()), given)
    assert not overrides.problems
    assert overrides.values == {"store": "/var/lib/syncd/syncd.db"}
    [folder] = of("VOLUME")
    assert given["SYNCD_STORE"].startswith(folder)


@pytest.mark.parametrize("name", ["image.lock", "build.lock"])
def test_it_is_made_of_what_the_tests_ran_with(name: str):
    shipped, tested = pins(read(name)), pins(text("requirements.lock"))
    assert len(shipped) > 5
    assert {key: tested.get(key) for key in shipped} == shipped
    for line in re.split(r"^(?=\w)", read(name), flags=re.MULTILINE)[1:]:
        assert "--hash=sha256:" in line
    assert "pytest" not in shipped


def test_every_dependency_is_in_the_image():
    named = re.findall(r'^    "([A-Za-z][\w.-]*)[^"]*",', text("pyproject.toml"), re.MULTILINE)
    wanted = {
        name.lower().replace(".", "-").replace("_", "-")
        for name in named[: named.index("uvicorn") + 1]
    }
    shipped = {name.partition("[")[0].replace(".", "-") for name in pins(read("image.lock"))}
    assert wanted - shipped == set()


def test_what_it_copies_is_let_into_the_build_and_nothing_else_is():
    let = {line[1:] for line in text(".dockerignore").splitlines() if line.startswith("!")}
    copied = {
        each
        for word, rest in instructions()
        if word == "COPY" and "--from" not in rest
        for each in rest.split()[:-1]
    }
    assert copied == let
    assert all((ROOT / each).exists() for each in copied)


def test_the_descriptions_of_googles_other_services_are_left_out_but_not_ours():
    [line] = [rest for word, rest in instructions() if word == "RUN" and "discovery_cache" in rest]
    assert "! -name gmail.v1.json" in line
