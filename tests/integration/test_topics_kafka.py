import socket
import uuid
from collections.abc import Iterator

import msgspec
import pytest
from confluent_kafka.admin import AdminClient

from events import topics as catalogue_file
from events.topics import ByEnvironment, Catalogue
from infra.errors import HeadgateError
from infra.kafka import LocalKafka
from streams import topics
from streams.kafka_admin import KafkaAway


def _renamed(suffix: str) -> Catalogue:
    """Give our own catalogue under names that no other test has."""
    ours = catalogue_file.load()
    renamed = tuple(
        msgspec.structs.replace(topic, name=f"{topic.name}-{suffix}", partitions=ByEnvironment(2, 2, 2))
        for topic in ours.topics
    )
    return Catalogue(ours.compression, renamed)


@pytest.fixture
def catalogue(kafka: str) -> Iterator[Catalogue]:
    """Give a catalogue of this test alone, whose topics are deleted afterwards."""
    own = _renamed(uuid.uuid4().hex[:8])
    yield own
    admin = AdminClient({"bootstrap.servers": kafka})
    there = admin.list_topics(timeout=10).topics
    if names := [topic.name for topic in own.topics if topic.name in there]:
        for deleted in admin.delete_topics(names).values():
            deleted.result(timeout=10)


def _with(catalogue: Catalogue, index: int, **changes: object) -> Catalogue:
    changed = list(catalogue.topics)
    changed[index] = msgspec.structs.replace(changed[index], **changes)
    return Catalogue(catalogue.compression, tuple(changed))


def test_all_topics_are_created_once_and_then_fit(kafka: str, catalogue: Catalogue) -> None:
    """An empty Kafka misses everything; one apply creates it, the changelog too; a second changes nothing."""
    conf = {"bootstrap.servers": kafka}
    missing = topics.check(conf, catalogue, "embedded")
    assert {problem.kind for problem in missing} == {"missing"}
    changes = topics.apply(conf, catalogue, "embedded")
    assert [change.topic for change in changes] == [topic.name for topic in catalogue.topics]
    assert {change.kind for change in changes} == {"created"}
    assert topics.check(conf, catalogue, "embedded") == []
    assert topics.apply(conf, catalogue, "embedded") == []


def test_a_setting_that_somebody_changed_is_told_and_put_right(kafka: str, catalogue: Catalogue) -> None:
    """Retention is for ever again after an apply, and the change says what it was."""
    conf = {"bootstrap.servers": kafka}
    forgetful = _with(catalogue, 0, settings={**catalogue.topics[0].settings, "retention.ms": "1000000"})
    topics.apply(conf, forgetful, "embedded")
    problems = topics.check(conf, catalogue, "embedded")
    assert [(problem.kind, problem.detail) for problem in problems] == [
        ("setting", "has retention.ms=1000000, not -1")
    ]
    changes = topics.apply(conf, catalogue, "embedded")
    assert [(change.kind, change.detail) for change in changes] == [
        ("configured", "retention.ms 1000000 -> -1")
    ]
    assert topics.check(conf, catalogue, "embedded") == []


def test_other_partition_counts_are_refused_before_anything_changes(kafka: str, catalogue: Catalogue) -> None:
    """A topic with another count stops the start with its name, both counts and what to do."""
    conf = {"bootstrap.servers": kafka}
    first = Catalogue(catalogue.compression, catalogue.topics[:1])
    topics.apply(conf, first, "embedded")
    other = _with(catalogue, 0, partitions=ByEnvironment(3, 3, 3))
    with pytest.raises(topics.TopicsUnfit, match=r"account-facts-\w+ has 2 partitions, not 3") as caught:
        topics.apply(conf, other, "embedded")
    assert "replay" in caught.value.next_step
    kinds = {problem.topic: problem.kind for problem in topics.check(conf, other, "embedded")}
    assert list(kinds.values()) == ["partitions", *["missing"] * (len(catalogue.topics) - 1)]


def test_more_copies_than_brokers_are_refused_in_words(kafka: str, catalogue: Catalogue) -> None:
    """A cluster's settings on a single broker end in a sentence, not in a traceback."""
    with pytest.raises(HeadgateError, match="create topic account-facts"):
        topics.apply({"bootstrap.servers": kafka}, catalogue, "cluster")


def test_a_wrong_number_of_copies_is_told(kafka: str, catalogue: Catalogue) -> None:
    """Copies are moved by Kafka's own tools, so a check tells and an apply leaves them."""
    conf = {"bootstrap.servers": kafka}
    topics.apply(conf, catalogue, "embedded")
    lean = _with(catalogue, 0, replication=ByEnvironment(2, 2, 2))
    assert [problem.kind for problem in topics.check(conf, lean, "embedded")] == ["replication"]
    assert topics.apply(conf, lean, "embedded") == []


def test_three_brokers_get_three_copies(three_brokers: LocalKafka) -> None:
    """Where there are three brokers each partition has three copies, two of which must have a write."""
    conf = {"bootstrap.servers": three_brokers.bootstrap}
    catalogue = _renamed("three")
    assert len(topics.apply(conf, catalogue, "three-brokers")) == len(catalogue.topics)
    assert topics.check(conf, catalogue, "three-brokers") == []
    found = AdminClient(conf).list_topics(timeout=10).topics["account-facts-three"]
    assert all(len(partition.replicas) == 3 for partition in found.partitions.values())


def test_kafka_away_is_told_in_words() -> None:
    """Nobody listening there is a matter of waiting or of the address, and says so."""
    # Bound but not listening: refused for sure, and taken by nobody else meanwhile.
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{reserved.getsockname()[1]}"
        with pytest.raises(KafkaAway, match=address) as caught:
            topics.check(
                {"bootstrap.servers": address, "socket.timeout.ms": 300}, catalogue_file.load(), "embedded"
            )
    assert caught.value.next_step
