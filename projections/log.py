"""Reads the log from given positions on, all partitions of all topics that carry facts, as they come."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from events.topics import STATE, Catalogue
from infra import logs
from infra.errors import FixSetup, WaitAndRetry
from infra.retry import Backoff, retry
from projections.batch import Record
from projections.errors import OtherLog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from confluent_kafka import Message

CALL_SECONDS: Final = 10
BACKOFF: Final = Backoff(attempts_max=5, delay_ms=200)
# Few enough that the largest pages of one call fit in memory beside what the client has fetched ahead.
AT_ONCE_MAX: Final = 200
FETCHED_AHEAD_KIB: Final = 32_768
# A client that lost its broker while it asked was seen to take the log's end for its beginning too, once.
LOOKS: Final = 3
_LOST: Final = frozenset({KafkaError._AUTO_OFFSET_RESET, KafkaError.OFFSET_OUT_OF_RANGE})  # noqa: SLF001 - the client's public names
_GONE: Final = frozenset(
    {
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError._UNKNOWN_PARTITION,  # noqa: SLF001 - the client's public name
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
    }
)
_log = logs.get(__name__)

Place = tuple[str, int]
Result = TypeVar("Result")


class Log:
    """The log, read once from where the tables stand; positions are kept there, not in Kafka."""

    def __init__(self, conf: Mapping[str, Any], catalogue: Catalogue) -> None:
        self.topics = [topic.name for topic in catalogue.topics if STATE not in topic.carries]
        self._consumer = Consumer(
            {
                **conf,
                "logger": logging.getLogger(logs.LIBRDKAFKA),
                "group.id": "headgate-projector",  # the client wants one; nothing is committed with it
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                # Positions that the log does not have are an error in words, not another beginning.
                "auto.offset.reset": "error",
                "isolation.level": "read_committed",
                "fetch.wait.max.ms": 100,
                "fetch.queue.backoff.ms": 5,
                "queued.max.messages.kbytes": FETCHED_AHEAD_KIB,
            }
        )
        self.cluster = ""
        self.next_offsets: dict[Place, int] = {}
        self._at_end: set[Place] = set()

    def find_cluster(self) -> str:
        """Return the name of the Kafka whose log this is."""
        self._partitions(self.topics[0])
        return self.cluster

    def start(self, positions: Mapping[Place, int]) -> None:
        """Go to where the tables stand; a log that does not have these places is another log."""
        for topic in self.topics:
            for partition in self._partitions(topic):
                position = positions.get((topic, partition), 0)
                self.next_offsets[topic, partition] = self._checked(topic, partition, position)
        self._consumer.assign([TopicPartition(*place, at) for place, at in self.next_offsets.items()])

    def read(self, wait_ms: int, records_max: int) -> Iterator[Record]:
        """Yield what comes within a time, at most so many at once."""
        at_most = min(records_max, AT_ONCE_MAX)
        for message in self._consumer.consume(at_most, timeout=wait_ms / 1000):  # money-ok: a stretch of time
            place = (message.topic() or "", message.partition() or 0)
            error = message.error()
            if error is not None:
                self._hear(place, error, message)
                continue
            self._at_end.discard(place)
            self.next_offsets[place] = (message.offset() or 0) + 1
            yield _record(message)

    def lag(self) -> dict[Place, int]:
        """Return how many records of each partition wait, as far as is known."""
        return {place: 0 if place in self._at_end else self._behind(place) for place in self.next_offsets}

    @property
    def at_end(self) -> bool:
        """Whether all that was there has been read."""
        return len(self._at_end) == len(self.next_offsets)

    def close(self) -> None:
        """Let go of Kafka."""
        self._consumer.close()

    def _hear(self, place: Place, error: KafkaError, message: Message) -> None:
        code = error.code()
        if code == KafkaError._PARTITION_EOF:  # noqa: SLF001 - the client's public name
            self._at_end.add(place)
            # Behind the last record there may be markers of transactions, which are no records.
            self.next_offsets[place] = max(self.next_offsets[place], message.offset() or 0)
        elif code in _LOST:
            raise OtherLog(f"Kafka no longer has what follows in {place[0]}/{place[1]}: {error.str()}.")
        elif error.fatal() or code in _GONE:
            raise FixSetup(
                f"Kafka does not let {place[0]} be read: {error.str()}.",
                "Check the topics with `headgate topics check`, and this client's rights.",
            )
        else:
            _log.warning("projector.kafka_trouble", topic=place[0], error=error.str())

    def _partitions(self, topic: str) -> list[int]:
        def ask() -> list[int]:
            metadata = self._consumer.list_topics(topic, timeout=CALL_SECONDS)
            self.cluster = metadata.cluster_id or ""
            if metadata.topics[topic].error is not None:
                raise KafkaException(metadata.topics[topic].error)
            return sorted(metadata.topics[topic].partitions)

        return _patiently(ask, topic)

    def _bounds(self, topic: str, partition: int) -> tuple[int, int]:
        def ask() -> tuple[int, int]:
            return self._consumer.get_watermark_offsets(
                TopicPartition(topic, partition), timeout=CALL_SECONDS
            )

        return _patiently(ask, topic)

    def _checked(self, topic: str, partition: int, position: int) -> int:
        """Return where to read on; a log that does not have that place, asked again too, is another."""
        low = high = 0
        for _ in range(LOOKS):
            low, high = self._bounds(topic, partition)
            if low <= position <= high or not position:
                return max(position, low)
        raise OtherLog(
            f"The tables stand at record {position} of {topic}/{partition}, and Kafka has {low} to {high}."
        )

    def _behind(self, place: Place) -> int:
        _, high = self._consumer.get_watermark_offsets(TopicPartition(*place), cached=True)
        return max(0, high - self.next_offsets[place])


def _patiently(ask: Callable[[], Result], topic: str) -> Result:
    try:
        return retry(ask, on=KafkaException, backoff=BACKOFF)
    except KafkaException as error:
        if error.args[0].code() in _GONE:
            raise FixSetup(
                f"The topic {topic} does not exist, or may not be read: {error.args[0].str()}.",
                "Create the topics with `headgate topics apply`, then start the projector again.",
            ) from error
        raise WaitAndRetry(
            f"Kafka does not answer the projector: {error.args[0].str()}.",
            "Start Kafka (`headgate up` does), or correct kafka.bootstrap; then try again.",
        ) from error


def _record(message: Message) -> Record:
    pairs: Any = message.headers() or ()  # a list of pairs, though the client's stub allows for a mapping
    headers = [(name, value.encode() if isinstance(value, str) else value) for name, value in pairs]
    key: Any = message.key()
    value: Any = message.value()
    return Record(
        message.topic() or "",
        message.partition() or 0,
        message.offset() or 0,
        message.timestamp()[1],
        key,
        headers,
        value,
    )
