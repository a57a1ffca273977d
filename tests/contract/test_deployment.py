import importlib.util
import json
import re
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import typer
import yaml
from typer.main import get_command

from headgate.app import app
from infra import metrics
from infra.deploy import ready
from infra.health import Health
from infra.health_server import HealthServer
from infra.kafka.jars import KAFKA_VERSION
from infra.kafka.properties import broker_properties
from infra.settings import Settings
from infra.settings.sources import ENV_PREFIX, names
from simulator.pointing import environment

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "infra/deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yaml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ROLES = {name: one for name, one in SERVICES.items() if one["image"].startswith("headgate:")}
BUILT = {name: one for name, one in ROLES.items() if "build" in one}
DOCKERFILE = (DEPLOY / "Dockerfile").read_text()
# What a broker's properties say of its place: that is another one in a container.
PLACES = {"listeners", "advertised.listeners", "controller.quorum.voters", "log.dirs", "node.id"}
SUFFIXES = re.compile("_(bucket|sum|count)$")
MEASURED = re.compile(r"headgate_[a-z_]+")
UNITS = {"s": 1_000, "m": 60_000}


def test_compose_is_what_the_compose_specification_allows() -> None:
    """A misspelt key is found here and not on somebody's machine."""
    found = importlib.util.find_spec("check_jsonschema")
    assert found is not None
    assert found.submodule_search_locations is not None
    # Read as a file: of the tool itself nothing is needed.
    vendored = Path(found.submodule_search_locations[0]) / "builtin_schemas/vendor/compose-spec.json"
    jsonschema.validate(COMPOSE, json.loads(vendored.read_text()))


@pytest.mark.parametrize("service", ROLES)
def test_a_role_is_started_by_a_command_that_exists(service: str) -> None:
    """The real command line takes what the service says, with its options."""
    words = ROLES[service]["command"]
    with get_command(app).make_context("headgate", list(words), resilient_parsing=False) as frame:
        group: Any = frame.command
        name, command, rest = group.resolve_command(frame, [*frame._protected_args, *frame.args])  # noqa: SLF001 - as click itself hands them on
        while isinstance(command, typer.core.TyperGroup) and not command.invoke_without_command:
            inner = command.make_context(name, rest, parent=frame)
            name, command, rest = command.resolve_command(inner, [*inner._protected_args, *inner.args])  # noqa: SLF001 - likewise
        command.make_context(name, rest, parent=frame)


@pytest.mark.parametrize("service", ROLES)
def test_a_role_is_given_settings_that_exist(service: str) -> None:
    """Another name would be refused at the start; a value that cannot be, too."""
    known = names()
    for variable, value in ROLES[service]["environment"].items():
        assert variable.startswith(ENV_PREFIX)
        name = variable.removeprefix(ENV_PREFIX).lower().replace("__", ".")
        assert name in known
        if value is not None:
            *groups, last = name.split(".")
            given: dict[str, Any] = {last: value}
            for group in reversed(groups):
                given = {group: given}
            Settings(**given)


def test_settings_of_the_image_and_of_the_example_exist() -> None:
    """What the Dockerfile sets and what .env.example proposes are settings, too."""
    texts = DOCKERFILE + (ROOT / ".env.example").read_text()
    for variable in re.findall(rf"\b{ENV_PREFIX}[A-Z_]+", texts):
        assert variable.removeprefix(ENV_PREFIX).lower().replace("__", ".") in names()


def test_all_that_compose_asks_for_is_in_the_example() -> None:
    """Whoever fills the example in has filled all in."""
    example = (ROOT / ".env.example").read_text()
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yaml").read_text()))
    assert {name for name in asked if not re.search(rf"^#?{name}=", example, re.MULTILINE)} == set()


def test_the_example_points_at_the_simulator_of_its_profile() -> None:
    """Its lines are what the simulator itself says of where it is, with the port that compose gives it."""
    simulator = SERVICES["simulator"]["environment"]
    pointing = environment(Settings(), f"http://simulator:{simulator['HEADGATE_SIMULATOR__PORT']}")
    lines = (ROOT / ".env.example").read_text().splitlines()
    assert {f"#{name}={value}" for name, value in pointing.items()} - set(lines) == set()
    assert pointing.keys() <= SERVICES["poller"]["environment"].keys()


def test_no_secret_is_written_down() -> None:
    """Passwords and tokens come from .env, which is not in the repository."""
    for service in SERVICES.values():
        for variable, value in service.get("environment", {}).items():
            if re.search("PASSWORD|TOKEN|SECRET", variable):
                assert value is None or value.startswith("${")
    assert ".env\n" in (ROOT / ".gitignore").read_text()


def test_only_who_needs_a_secret_is_given_it() -> None:
    """Tokens are with the poller and the executor, keys with who signs, passwords with who logs in."""
    holders = {
        part: {
            name for name, one in ROLES.items() if any(part in variable for variable in one["environment"])
        }
        for part in ("ACCESS_TOKEN", "CLICKHOUSE__PASSWORD", "NOTIFIER", "KEYPAIR")
    }
    assert holders == {
        "ACCESS_TOKEN": {"poller", "executor"},
        "CLICKHOUSE__PASSWORD": {"projector"},
        "NOTIFIER": {"notifier"},
        "KEYPAIR": {"chain-executor"},
    }


@pytest.mark.parametrize("service", SERVICES)
def test_an_image_is_pinned_to_one_version(service: str) -> None:
    """What runs tomorrow is what runs today."""
    name, _, version = SERVICES[service]["image"].partition(":")
    if name == "headgate":
        assert version in {one["image"].partition(":")[2] for one in BUILT.values()}
    else:
        assert re.fullmatch(r"v?\d+(\.\d+){2,3}", version)


def test_the_base_image_is_pinned_and_a_python_that_we_support() -> None:
    """The image has one Python, of a version that the project says it runs on."""
    found = re.findall(r"^ARG PYTHON=python:(\d+)\.(\d+)\.(\d+)-slim-\w+$", DOCKERFILE, re.MULTILINE)
    assert len(found) == 1
    assert (3, 11) <= (int(found[0][0]), int(found[0][1])) < (3, 14)
    assert set(re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)) == {"${PYTHON}"}


def test_kafka_is_the_version_that_is_embedded_with_its_settings() -> None:
    """What was measured and tested on the embedded Kafka holds for the one in the container."""
    kafka = SERVICES["kafka"]
    assert kafka["image"].endswith(f":{KAFKA_VERSION}")
    for name, value in broker_properties(0, [(9092, 9093)], Path("/data")).items():
        if name not in PLACES:
            assert kafka["environment"]["KAFKA_" + name.upper().replace(".", "_")] == str(value), name


def test_clickhouse_is_of_the_line_that_is_embedded() -> None:
    """The embedded engine and the server speak the same SQL."""
    lock = tomllib.loads((ROOT / "uv.lock").read_text())
    embedded = next(one["version"] for one in lock["package"] if one["name"] == "chdb-core")
    assert SERVICES["clickhouse"]["image"].partition(":")[2].split(".")[:2] == embedded.split(".")[:2]


def test_images_are_built_with_extras_that_exist_from_folders_that_exist() -> None:
    """An image has what its roles import, and every package of the project is copied."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for service in BUILT.values():
        assert (ROOT / service["build"]["dockerfile"]).is_file()
        assert (
            set(service["build"]["args"]["EXTRAS"].split())
            <= project["project"]["optional-dependencies"].keys()
        )
    copied = set(re.findall(r"^COPY (\w+) \1$", DOCKERFILE, re.MULTILINE))
    assert copied == set(project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"])
    kept = {
        line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line[0] == "!"
    }
    assert {*copied, "pyproject.toml", "uv.lock", "README.md", "LICENSE"} == kept


@pytest.mark.parametrize("service", ROLES)
def test_a_role_runs_with_no_more_rights_than_it_needs(service: str) -> None:
    """Not as root, nothing writable but its data, bounded, and ended only after its drain."""
    role = ROLES[service]
    assert "\nUSER 10001:10001\n" in DOCKERFILE
    assert role["read_only"]
    assert role["cap_drop"] == ["ALL"]
    assert role["security_opt"] == ["no-new-privileges:true"]
    assert role["init"]
    assert set(role["deploy"]["resources"]["limits"]) == {"cpus", "memory", "pids"}
    assert _ms(role["stop_grace_period"]) > Settings().worker.drain_timeout_ms


def test_services_hang_together() -> None:
    """Volumes, networks, mounted files and those who are waited for exist."""
    for service in SERVICES.values():
        assert set(service["networks"]) <= COMPOSE["networks"].keys()
        assert set(service.get("depends_on", ())) <= SERVICES.keys()
        for volume in service.get("volumes", ()):
            source = volume.partition(":")[0]
            assert (ROOT / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]


def test_nothing_is_open_to_the_outside() -> None:
    """Dashboards are on loopback; Kafka, ClickHouse and the roles on no port of the machine."""
    published = {name: one["ports"] for name, one in SERVICES.items() if "ports" in one}
    assert set(published) == {"prometheus", "grafana"}
    assert all(port.startswith("127.0.0.1:") for ports in published.values() for port in ports)
    assert COMPOSE["networks"]["inside"] == {"internal": True}


def test_prometheus_asks_every_role_where_it_answers() -> None:
    """Each long-running role is scraped on the port that its settings name."""
    config = yaml.safe_load((DEPLOY / "prometheus/prometheus.yml").read_text())
    job = next(one for one in config["scrape_configs"] if one["job_name"] == "headgate")
    asked = {target for group in job["static_configs"] for target in group["targets"]}
    lasting = {
        name: one
        for name, one in ROLES.items()
        if one["restart"] == "unless-stopped" and "profiles" not in one
    }
    ports = {name: one["environment"]["HEADGATE_TELEMETRY__HTTP_PORT"] for name, one in lasting.items()}
    assert asked == {f"{name}:{port}" for name, port in ports.items()}
    assert all("inside" in one["networks"] for one in lasting.values())
    assert f"EXPOSE {next(iter(ports.values()))}" in DOCKERFILE


def test_dashboards_and_alerts_show_metrics_that_exist() -> None:
    """A panel without data, and an alert that can never fire, are worse than none."""
    dashboard = (DEPLOY / "grafana/dashboards/headgate.json").read_text()
    alerts = (DEPLOY / "prometheus/alerts.yml").read_text()
    expressions = [expr for panel in json.loads(dashboard)["panels"] for expr in _expressions(panel)]
    expressions += [rule["expr"] for rule in yaml.safe_load(alerts)["groups"][0]["rules"]]
    shown = {SUFFIXES.sub("", name) for expr in expressions for name in MEASURED.findall(expr)}
    assert shown - metrics.every().keys() == set()


def test_every_metric_of_a_role_is_on_the_dashboard() -> None:
    """What is worth measuring is worth seeing; those of `headgate up` have no place in containers."""
    dashboard = (DEPLOY / "grafana/dashboards/headgate.json").read_text()
    shown = {SUFFIXES.sub("", name) for name in MEASURED.findall(dashboard)}
    of_up = {"headgate_role_restarts_total", "headgate_role_up", "headgate_broker_restarts_total"}
    assert metrics.every().keys() - shown - of_up == set()


def test_alerts_say_what_to_do() -> None:
    """Whoever is woken reads what happened and the next step."""
    for rule in yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text())["groups"][0]["rules"]:
        assert set(rule["annotations"]) == {"summary", "next_step"}
        assert rule["labels"]["severity"] in {"page", "ticket"}


def test_the_health_check_follows_what_the_role_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A container is healthy when its role is ready, and otherwise tells why."""
    health = Health("clock")
    with HealthServer(health) as server:
        monkeypatch.setattr("sys.argv", ["ready", server.url])
        assert ready.main() == 0
        health.condition("delivery", "no tick was delivered yet")
        assert ready.main() == 1
    assert ready.main() == 1
    assert "no tick was delivered yet" in capsys.readouterr().out


def _expressions(panel: dict[str, Any]) -> list[str]:
    return [target["expr"] for target in panel.get("targets", ())]


def _ms(duration: str) -> int:
    return int(duration[:-1]) * UNITS[duration[-1]]
