from pathlib import Path

import pytest
import yaml

from events import registry, topics
from events.topics import ANY, STATE, Environment, Topic, changelog_name

CATALOGUE = topics.load()
ENVIRONMENTS: tuple[Environment, ...] = ("embedded", "three-brokers", "cluster")
SCHEMAS = Path(__file__).parent.parent.parent / "events" / "schemas"


@pytest.fixture(params=CATALOGUE.topics, ids=lambda topic: topic.name)
def topic(request: pytest.FixtureRequest) -> Topic:
    """Each topic in turn."""
    found: Topic = request.param
    return found


def test_every_topic_has_an_owner_a_producer_a_consumer_and_a_type(topic: Topic) -> None:
    """Nobody's topic is nobody's duty."""
    assert topic.owner
    assert topic.producers
    assert topic.consumers
    assert topic.carries


def test_a_topic_carries_only_known_types(topic: Topic) -> None:
    """What topics.yaml names is in the registry."""
    assert set(topic.carries) <= registry.NEWEST_VERSIONS.keys() | {ANY, STATE}


def test_every_type_travels_on_some_topic() -> None:
    """A type that no topic carries would be dead."""
    carried = {type_ for topic in CATALOGUE.topics for type_ in topic.carries}
    assert registry.NEWEST_VERSIONS.keys() <= carried


def test_everything_is_kept_for_ever(topic: Topic) -> None:
    """The log is the truth, so neither time nor size deletes from it."""
    assert topic.settings["retention.ms"] == "-1"
    assert topic.settings["retention.bytes"] == "-1"
    assert topic.settings["cleanup.policy"] == ("compact" if STATE in topic.carries else "delete")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_broker_may_die_wherever_there_are_three(topic: Topic, environment: Environment) -> None:
    """With three copies two must have a write, so that neither one death stops us nor loses it."""
    copies, needed = topic.replication.of(environment), topic.min_insync.of(environment)
    assert (copies, needed) == ((1, 1) if environment == "embedded" else (3, 2))
    assert topic.settings_in(environment)["min.insync.replicas"] == str(needed)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_account_agents_changelog_has_its_topics_partitions(environment: Environment) -> None:
    """Faust breaks on a changelog with other partitions than its agent's topic."""
    changelog = CATALOGUE.topic(changelog_name("headgate-account", "account-state"))
    assert changelog.partitions.of(environment) == CATALOGUE.topic("account-facts").partitions.of(environment)


def test_a_dead_letter_has_room_for_what_any_topic_takes() -> None:
    """A record that was accepted at its source is never too large to be parked."""
    room = int(CATALOGUE.topic("dead-letters").settings["max.message.bytes"])
    others = [
        topic for topic in CATALOGUE.topics if STATE not in topic.carries and topic.name != "dead-letters"
    ]
    assert all(int(topic.settings["max.message.bytes"]) + 65536 < room for topic in others)


def test_asyncapi_tells_the_same_topics_and_types() -> None:
    """The committed document has each topic, and each of its messages in each version."""
    document = yaml.safe_load((SCHEMAS / "asyncapi.yaml").read_text("utf-8"))
    assert list(document["channels"]) == [topic.name for topic in CATALOGUE.topics]
    for found in CATALOGUE.topics:
        expected = {
            f"{fact.TYPE}.v{fact.VERSION}" for fact in registry.ALL.values() if fact.TYPE in found.carries
        }
        assert set(document["channels"][found.name]["messages"]) == expected
    for message in document["components"]["messages"].values():
        assert (SCHEMAS / message["payload"]["schema"]["$ref"]).is_file()
