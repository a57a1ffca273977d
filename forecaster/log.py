"""Reads account-facts from some weeks ago on, and writes forecasts into it; both with nothing committed.

A forecaster's memory is its own: each start reads the weeks again that a model looks back on.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

from infra import logs
from infra.errors import FixSetup, HeadgateError, WaitAndRetry
from infra.retry import Backoff, retry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from confluent_kafka import Message

    from forecaster.pages import Record

CALL_SECONDS: Final = 10
BACKOFF: Final = Backoff(attempts_max=5, delay_ms=200)
AT_ONCE_MAX: Final = 200
FETCHED_AHEAD_KIB: Final = 32_768
# A broker that restarts is waited for within this; then the process ends, and its successor forecasts anew.
DELIVERY_TIMEOUT_MS: Final = 60_000
# Records on their way at once, of up to a quarter of a MiB.
QUEUE_RECORDS_MAX: Final = 200
POLL_SECONDS: Final = 0.2
_log = logs.get(__name__)
Result = TypeVar("Result")


class Found(NamedTuple):
    """A record as the codec reads it."""

    headers: Any
    value: bytes | None


class Log:
    """One topic, read by this process alone and whole."""

    def __init__(self, conf: Mapping[str, Any], topic: str) -> None:
        self._topic = topic
        self._consumer = Consumer(
            {
                **conf,
                "logger": logging.getLogger(logs.LIBRDKAFKA),
                "group.id": "headgate-forecaster",  # the client wants one; nothing is committed with it
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                # What was kept for a shorter time is not missed: a model needs no beginning.
                "auto.offset.reset": "earliest",
                "isolation.level": "read_committed",
                "fetch.wait.max.ms": 100,
                "queued.max.messages.kbytes": FETCHED_AHEAD_KIB,
            }
        )
        self._partitions: set[int] = set()
        self._at_end: set[int] = set()

    def start(self, since_ms: int) -> None:
        """Go to the first records that are as old as a moment, or younger."""
        partitions = _patiently(self._find_partitions, self._topic)
        asked = [TopicPartition(self._topic, one, since_ms) for one in partitions]
        found = _patiently(
            partial(self._consumer.offsets_for_times, asked, timeout=CALL_SECONDS), self._topic
        )
        self._partitions = set(partitions)
        self._consumer.assign(found)

    def read(self, wait_seconds: float) -> Iterator[Found]:
        """Yield what comes within a time."""
        for message in self._consumer.consume(AT_ONCE_MAX, timeout=wait_seconds):
            partition, error = message.partition() or 0, message.error()
            if error is None:
                self._at_end.discard(partition)
                yield Found(message.headers(), message.value())
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - the client's public name
                self._at_end.add(partition)
            elif error.fatal():
                raise _away(self._topic, error)
            else:
                _log.warning("forecaster.kafka_trouble", topic=self._topic, error=error.str())

    @property
    def at_end(self) -> bool:
        """Whether all that was there has been read."""
        return self._at_end >= self._partitions

    def close(self) -> None:
        """Let go of Kafka."""
        self._consumer.close()

    def _find_partitions(self) -> list[int]:
        topic = self._consumer.list_topics(self._topic, timeout=CALL_SECONDS).topics[self._topic]
        if topic.error is not None:
            raise KafkaException(topic.error)
        return sorted(topic.partitions)


class Writer:
    """Brings forecasts to the log, each once, and returns when the broker has them."""

    def __init__(self, conf: Mapping[str, Any], topic: str) -> None:
        self._topic = topic
        self._lost: list[str] = []
        self._producer = Producer(
            {
                **conf,
                "enable.idempotence": True,
                "acks": "all",
                "compression.type": "zstd",
                # The one that every other writer of the topic uses: an account has one partition.
                "partitioner": "murmur2_random",
                "delivery.timeout.ms": DELIVERY_TIMEOUT_MS,
            },
            logger=logging.getLogger(logs.LIBRDKAFKA),
        )

    def write(self, records: Iterable[Record]) -> int:
        """Send records in this order and return how many; `WaitAndRetry` when Kafka did not take them."""
        count = 0
        self._lost.clear()
        for record in records:
            while len(self._producer) >= QUEUE_RECORDS_MAX and not self._lost:
                self._producer.poll(POLL_SECONDS)
            self._producer.produce(
                self._topic,
                record.value,
                record.key,
                headers=list(record.headers),
                on_delivery=self._delivered,
            )
            count += 1
        left = self._producer.flush(DELIVERY_TIMEOUT_MS / 1000)
        if self._lost or left:
            raise _not_taken(self._lost[0] if self._lost else f"{left} of them are still on their way")
        return count

    def _delivered(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            self._lost.append(error.str())


def _patiently(ask: Callable[[], Result], topic: str) -> Result:
    try:
        return retry(ask, on=KafkaException, backoff=BACKOFF)
    except KafkaException as error:
        raise _away(topic, error.args[0]) from error


def _not_taken(why: str) -> HeadgateError:
    return WaitAndRetry(
        f"Kafka did not take the forecasts: {why}.",
        "Nothing is lost: the next start makes them again. If this repeats, look at the broker's log.",
    )


def _away(topic: str, error: KafkaError) -> HeadgateError:
    if error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
        return FixSetup(
            f"The topic {topic} does not exist.",
            "Create the topics with `headgate topics apply`, then start the forecaster again.",
        )
    return WaitAndRetry(
        f"Kafka does not answer the forecaster: {error.str()}.",
        "Start Kafka (`headgate up` does), or correct kafka.bootstrap; then try again.",
    )
