"""The Helm chart. Helm itself is asked where it is installed; what can be told without, is."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from syncd import __version__
from syncd.ports.secrets import SecretRef
from syncd.settings.loading import read as read_settings
from syncd.store.server import Server
from syncd.wiring import kinds
from tests.unit.deploy.files import DEPLOY, parsed, read, run, tool
from tests.unit.deploy.gotemplate import Fails, Templates
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
        {"cluster": {"workers": -1}},
        {"cluster": {"workers": 2, "database": "postgresql://syncd:secret@db/syncd"}},
        {"cluster": {"workers": 2, "database": "mysql://syncd@db/syncd"}},
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


_SPLIT = {"image", "persistence", "cluster", "service", "networkPolicy"}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_block_of_a_template_ends_and_its_rest_is_yaml(template: Path):
    source = template.read_text()
    assert source.count("{{") == source.count("}}")
    opened = len(re.findall(r"\{\{-? *(?:if|with|range|define)\b", source))
    assert opened == len(re.findall(r"\{\{-? *end\b", source))
    names = set(re.findall(r'include "([\w.]+)"', source))
    helpers = "".join(one.read_text() for one in TEMPLATES if one.suffix == ".tpl")
    assert names <= set(re.findall(r'define "([\w.]+)"', helpers))
    if template.suffix == ".yaml":
        # With each line of the template language taken out, and each value in a line named.
        plain = re.sub(r"^ *\{\{.*\}\}\n", "", source, flags=re.MULTILINE)
        plain = re.sub(r"\{\{.*?\}\}", "value", plain)
        document = YAML(typ="safe").load(plain)
        assert {"apiVersion", "kind", "metadata"} <= document.keys()


def test_there_is_one_pod_locked_down_and_never_two():
    one = rendered({})["Deployment"]
    assert (one["spec"]["replicas"], one["spec"]["strategy"]) == (1, {"type": "Recreate"})
    source = (CHART / "templates" / "_pod.tpl").read_text()
    for line in (
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


def rendered(changed: dict[str, Any]) -> dict[str, Any]:
    """What the chart makes of its values, by kind."""
    given = {**values(), **changed}
    assert judge().complaints(given) == []
    chart = parsed("helm/syncd/Chart.yaml")
    named = {
        "Name": chart["name"],
        "Version": chart["version"],
        "AppVersion": chart["appVersion"],
    }
    root = {
        "Values": given,
        "Chart": named,
        "Release": {"Name": "links", "Namespace": "outreach", "Service": "Helm"},
    }
    templates = Templates({one.name: one.read_text() for one in TEMPLATES})
    made = [templates.render(one.name, root) for one in TEMPLATES if one.suffix == ".yaml"]
    found = [one for text in made for one in YAML(typ="safe").load_all(text) if one]
    return {one["kind"]: one for one in found}


DATABASE = "postgresql://syncd@db.example/syncd"
WORKERS: dict[str, Any] = {
    "cluster": {
        "workers": 4,
        "database": DATABASE,
        "passwordKey": "postgres-password",
    }
}


def test_workers_share_a_database_and_have_no_disk():
    found = rendered(WORKERS)
    assert "PersistentVolumeClaim" not in found
    spec = found["Deployment"]["spec"]
    assert spec["replicas"] == 4
    # A newer version works beside the older one while they are replaced.
    assert spec["strategy"]["type"] == "RollingUpdate"
    pod = spec["template"]["spec"]
    [container] = pod["containers"]
    assert container["args"] == ["worker", "--json"]
    told = {one["name"]: one["value"] for one in container["env"]}
    assert told["SYNCD_RUNTIME"] == "cluster"
    settings = values()["settings"]
    read = read_settings(settings, Path("syncd.yaml"), kinds(), told)
    assert read.store == Server(
        DATABASE,
        password=SecretRef(credential="postgres-password"),
    )
    assert read.runtime == "cluster"
    volumes = {one["name"]: one for one in pod["volumes"]}
    assert "emptyDir" in volumes["state"]
    assert volumes["secrets"]["secret"]["secretName"] == "syncd"
    for probe in ("livenessProbe", "startupProbe", "readinessProbe"):
        assert container[probe]["httpGet"]["port"] == "web"
    labels = spec["template"]["metadata"]["labels"]
    assert spec["selector"]["matchLabels"] == labels
    assert found["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"] == labels
    assert found["Service"]["spec"]["selector"] == labels
    assert found["PodDisruptionBudget"]["spec"]["maxUnavailable"] == 1


def test_workers_are_the_pod_of_the_daemon_but_for_their_work_and_their_state():
    daemon, workers = (rendered(one)["Deployment"] for one in ({}, WORKERS))
    pods = [one["spec"]["template"]["spec"] for one in (daemon, workers)]
    for pod in pods:
        pod.pop("topologySpreadConstraints", None)
        pod["volumes"] = [one for one in pod["volumes"] if one["name"] != "state"]
        for name in ("args", "env"):
            pod["containers"][0].pop(name, None)
    assert pods[0] == pods[1]


def test_workers_without_a_database_are_refused_with_a_word():
    with pytest.raises(Fails, match=r"cluster\.database"):
        rendered({"cluster": {"workers": 2, "database": "", "passwordKey": ""}})


def test_the_daemon_keeps_its_claim_and_its_file():
    found = rendered({})
    wanted = {"ConfigMap", "Deployment", "NetworkPolicy", "PersistentVolumeClaim", "Service"}
    assert found.keys() == wanted
    [container] = found["Deployment"]["spec"]["template"]["spec"]["containers"]
    assert "env" not in container
    assert found["PersistentVolumeClaim"]["metadata"]["annotations"] == {
        "helm.sh/resource-policy": "keep"
    }


def test_the_settings_it_comes_with_are_valid():
    read_settings(values()["settings"], Path("syncd.yaml"), kinds(), {})


def test_it_installs_the_version_it_lies_beside():
    assert parsed("helm/syncd/Chart.yaml")["appVersion"] == __version__


def test_helm_takes_it():
    helm = tool("helm", "neither Debian nor the Python index has it; checked without it above")
    assert run(helm, "lint", "--strict", str(CHART)).returncode == 0
    many = ("--set", "cluster.workers=4", "--set", f"cluster.database={DATABASE}")
    for changed, options in (({}, ()), (WORKERS, many)):
        made = run(helm, "template", "links", str(CHART), "--namespace", "outreach", *options)
        assert made.returncode == 0, made.stderr
        found = {one["kind"]: one for one in YAML(typ="safe").load_all(made.stdout) if one}
        assert found == rendered(changed)
