import asyncio
from dataclasses import dataclass
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from infra.commands.errors import KafkaAway, KafkaRefuses
from infra.commands.options import CommandOptions, CommandTopics
from infra.commands.reading import Tail, read_to_end
from proof.simulation.news import Event

TOPICS = CommandTopics("commands", "attempts", "outcomes", "dead")
OPTIONS = CommandOptions({}, "0", "group", TOPICS, "test executor", start_timeout_seconds=1)


@dataclass
class Record:
    """A record of partition 0."""

    at: int

    def error(self) -> None:
        """Say that it is one."""

    def partition(self) -> int:
        """Return its partition."""
        return 0


class News(Event):
    """Something that the client says of partition 0."""

    def partition(self) -> int:
        """Return the partition."""
        return 0


class Client:
    """A reader whose topic has some records, and an end that may come late."""

    def __init__(self, *script: Any, ends: tuple[int, ...] = (2,)) -> None:  # noqa: ANN401 - records and news
        self.script, self.ends, self.level = list(script), list(ends), ""
        self.assigned: list[tuple[int, int]] = []
        self.is_closed = False

    def __call__(self, conf: dict[str, Any]) -> "Client":
        """Be made; both readers are the same one."""
        self.level = str(conf["isolation.level"])
        return self

    def get_watermark_offsets(self, _place: TopicPartition, timeout: float) -> tuple[int, int]:  # noqa: ARG002 - the client's signature
        """Return where the topic ends: first for those who read everything, then for us."""
        return 0, self.ends.pop(0) if len(self.ends) > 1 else self.ends[0]

    def assign(self, places: list[TopicPartition]) -> None:
        """Keep from where it is read."""
        self.assigned = [(one.partition, one.offset) for one in places]

    def consume(self, _count: int, _seconds: float) -> list[Any]:
        """Return the next of the script."""
        if not self.script:
            return []
        step = self.script.pop(0)
        if isinstance(step, KafkaException):
            raise step
        return [step]

    def close(self) -> None:
        """End."""
        self.is_closed = True


END = KafkaError._PARTITION_EOF  # noqa: SLF001 - the client's public name for it


def test_a_topic_is_read_from_where_it_is_asked_to_its_end() -> None:
    """What is there is taken in its order; who reads is closed."""
    client, taken = Client(Record(1), Record(2), News(END), ends=(9,)), list[Any]()
    assert read_to_end(OPTIONS, "topic", {0: 4}, taken.append, client) == {0: 9}
    assert [one.at for one in taken] == [1, 2]
    assert (client.assigned, client.is_closed) == ([(0, 4)], True)


def test_where_nothing_is_behind_the_start_nothing_is_read() -> None:
    """A partition that ends there already."""
    client, taken = Client(ends=(4,)), list[Any]()
    assert read_to_end(OPTIONS, "topic", {0: 4}, taken.append, client) == {0: 4}
    assert client.assigned == []


def test_an_open_transaction_is_waited_for_and_not_for_ever() -> None:
    """What it holds may be an intent of whoever was here before."""
    client = Client(News(END), ends=(9, 7, 7, 9))
    assert read_to_end(OPTIONS, "topic", {0: 4}, list[Any]().append, client) == {0: 9}
    with pytest.raises(KafkaAway, match=r"the test executor about topic topic .* transaction stays open"):
        read_to_end(OPTIONS, "topic", {0: 4}, list[Any]().append, Client(ends=(9, 7)))


def test_brokers_that_are_away_end_the_start_in_words() -> None:
    """Whoever reads them knows who asked for what."""
    broken = Client(KafkaException(KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED)), ends=(9,))
    with pytest.raises(KafkaAway, match="did not answer the test executor"):
        read_to_end(OPTIONS, "topic", {0: 4}, list[Any]().append, broken)
    assert broken.is_closed


def test_the_tail_gives_what_comes_and_gets_over_what_passes() -> None:
    """What does not pass ends the process."""
    client = Client(Record(9), News(END), News(KafkaError._TRANSPORT), News(KafkaError.UNKNOWN_TOPIC_OR_PART))  # noqa: SLF001 - the client's public name
    tail = Tail(OPTIONS, "topic", {0: 9}, client)
    assert (client.assigned, client.level) == ([(0, 9)], "read_committed")
    assert [[one.at for one in tail.read()] for _ in range(3)] == [[9], [], []]
    with pytest.raises(KafkaRefuses, match="test executor"):
        tail.read()
    asyncio.run(tail.close())
    assert client.is_closed
