"""The Helm chart. Helm itself is asked where it is installed; what can be told without, is."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from syncd import __version__
from syncd.settings.loading import read as read_settings
from syncd.wiring import kinds
from tests.unit.deploy.files import DEPLOY, parsed, read, run, tool
from tests.unit.settings.json_schema import Judge

CHART = DEPLOY / "helm" / "syncd"
TEMPLATES = sorted((CHART / "templates").iterdir())


def values() -> Any:
    return parsed("helm/syncd/values.yaml")


def judge() -> Judge:
    return Judge(json.loads(read("helm/syncd/values.schema.json")))


def test_the_values_it_comes_with_fit_its_schema():
    assert judge().complaints(values()) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"replicas": 2},
        {"existingSecret": ""},
        {"persistence": {"size": "5 gigs"}},
        {"image": {"tag": "1"}},
        {"service": {"port": 0}},
        {"networkPolicy": {"enabled": "yes"}},
    ],
)
def test_values_that_do_not_fit_are_refused_by_the_schema(changed: dict[str, Any]):
    assert judge().complaints({**values(), **changed})


def test_every_value_that_is_used_is_given_and_every_one_given_is_used():
    given = {
        f"{key}.{inner}" if isinstance(value, dict) and key in _SPLIT else key
        for key, value in values().items()
        for inner in (value if isinstance(value, dict) and key in _SPLIT else [""])
    }
    used = {
        found
        for template in TEMPLATES
        for found in re.findall(r"\.Values\.([A-Za-z.]+)", template.read_text())
    }
    assert used == given


_SPLIT = {"image", "persistence", "service", "networkPolicy"}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_block_of_a_template_ends_and_its_rest_is_yaml(template: Path):
    source = template.read_text()
    assert source.count("{{") == source.count("}}")
    opened = len(re.findall(r"\{\{-? *(?:if|with|range|define)\b", source))
    assert opened == len(re.findall(r"\{\{-? *end\b", source))
    names = set(re.findall(r'include "([\w.]+)"', source))
    helpers = (CHART / "templates" / "_helpers.tpl").read_text()
    assert names <= set(re.findall(r'define "([\w.]+)"', helpers))
    if template.suffix == ".yaml":
        # With each line of the template language taken out, and each value in a line named.
        plain = re.sub(r"^ *\{\{.*\}\}\n", "", source, flags=re.MULTILINE)
        plain = re.sub(r"\{\{.*?\}\}", "value", plain)
        document = YAML(typ="safe").load(plain)
        assert {"apiVersion", "kind", "metadata"} <= document.keys()


def test_there_is_one_pod_locked_down_and_never_two():
    source = (CHART / "templates" / "deployment.yaml").read_text()
    for line in (
        "replicas: 1",
        "type: Recreate",
        "runAsNonRoot: true",
        "runAsUser: 10001",
        "readOnlyRootFilesystem: true",
        "allowPrivilegeEscalation: false",
        "drop: [ALL]",
        "automountServiceAccountToken: false",
        "type: RuntimeDefault",
        "mountPath: /run/secrets",
        "{path: /healthz, port: web}",
        "{path: /readyz, port: web}",
    ):
        assert line in source


def test_the_settings_it_comes_with_are_valid():
    read_settings(values()["settings"], Path("syncd.yaml"), kinds(), {})


def test_it_installs_the_version_it_lies_beside():
    assert parsed("helm/syncd/Chart.yaml")["appVersion"] == __version__


def test_helm_takes_it():
    helm = tool("helm", "neither Debian nor the Python index has it; checked without it above")
    assert run(helm, "lint", "--strict", str(CHART)).returncode == 0
    rendered = run(helm, "template", "syncd", str(CHART))
    assert rendered.returncode == 0, rendered.stderr
    found = {one["kind"] for one in YAML(typ="safe").load_all(rendered.stdout) if one}
    wanted = {"ConfigMap", "Deployment", "NetworkPolicy", "PersistentVolumeClaim", "Service"}
    assert found == wanted
