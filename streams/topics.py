"""Bring Kafka's topics to what the catalogue says; other partition counts are refused."""

from dataclasses import dataclass
from typing import Final, Literal

from events.topics import Catalogue, Environment, Topic
from infra.errors import FixSetup
from streams.kafka_admin import Admin, Conf, Found

MISMATCH_STEP: Final = (
    "Partition counts are fixed when a topic is created, since keys and state are spread by them. Correct "
    "the environment in the settings, or replay the log into new topics (headgate replay)."
)


class TopicsUnfit(FixSetup):
    """Topics stand there with other partition counts than the catalogue's."""


@dataclass(frozen=True)
class Change:
    """Something that `apply` has done to a topic."""

    topic: str
    kind: Literal["created", "configured"]
    detail: str


@dataclass(frozen=True)
class Problem:
    """Something about a topic that is not as the catalogue says."""

    topic: str
    kind: Literal["missing", "partitions", "replication", "setting"]
    detail: str
    next_step: str


def apply(conf: Conf, catalogue: Catalogue, environment: Environment) -> list[Change]:
    """Create missing topics and correct settings; `TopicsUnfit` before any change if a count differs."""
    admin = Admin(conf)
    found = admin.find(catalogue)
    unfit = [p for p in _problems(catalogue, environment, found) if p.kind == "partitions"]
    if unfit:
        told = "; ".join(f"topic {problem.topic} {problem.detail}" for problem in unfit)
        raise TopicsUnfit(f"Kafka at {admin.where} does not fit the catalogue: {told}.", MISMATCH_STEP)
    changes = []
    for topic in catalogue.topics:
        if topic.name not in found:
            admin.create(topic, environment)
            detail = (
                f"{topic.partitions.of(environment)} partitions, {topic.replication.of(environment)} copies"
            )
            changes.append(Change(topic.name, "created", detail))
        elif wrong := _wrong_settings(topic, environment, found[topic.name]):
            admin.configure(topic.name, {name: wanted for name, (_, wanted) in wrong.items()})
            detail = ", ".join(f"{name} {was} -> {wanted}" for name, (was, wanted) in wrong.items())
            changes.append(Change(topic.name, "configured", detail))
    if any(change.kind == "created" for change in changes):
        admin.wait_until_ready(catalogue, environment)
    return changes


def check(conf: Conf, catalogue: Catalogue, environment: Environment) -> list[Problem]:
    """Say what is not as the catalogue says, and change nothing."""
    return _problems(catalogue, environment, Admin(conf).find(catalogue))


def _problems(catalogue: Catalogue, environment: Environment, found: dict[str, Found]) -> list[Problem]:
    problems = []
    for topic in catalogue.topics:
        there = found.get(topic.name)
        if there is None:
            problems.append(Problem(topic.name, "missing", "does not exist", "Run: headgate topics apply"))
            continue
        wanted = topic.partitions.of(environment)
        if there.partitions != wanted:
            detail = f"has {there.partitions} partitions, not {wanted}"
            problems.append(Problem(topic.name, "partitions", detail, MISMATCH_STEP))
        copies = topic.replication.of(environment)
        if there.replication != copies:
            detail = f"has {there.replication} copies of each partition, not {copies}"
            step = (
                "Move its partitions with Kafka's own kafka-reassign-partitions, or correct the environment."
            )
            problems.append(Problem(topic.name, "replication", detail, step))
        for name, (was, should) in _wrong_settings(topic, environment, there).items():
            detail = f"has {name}={was}, not {should}"
            problems.append(Problem(topic.name, "setting", detail, "Run: headgate topics apply"))
    return problems


def _wrong_settings(topic: Topic, environment: Environment, there: Found) -> dict[str, tuple[str, str]]:
    return {
        name: (there.settings.get(name, "nothing"), wanted)
        for name, wanted in topic.settings_in(environment).items()
        if there.settings.get(name) != wanted
    }
