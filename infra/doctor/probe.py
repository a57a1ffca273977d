"""Asks a running Kafka for its brokers and its time."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from confluent_kafka import KafkaError, KafkaException, Message, Producer
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined]  # it is public, its stubs forgot

if TYPE_CHECKING:
    from collections.abc import Mapping

# What a healthy cluster answers in milliseconds; a person waits for this line.
ANSWER_TIMEOUT_SECONDS = 5
# Made and removed at once, to learn the broker's time.
TOPIC = "headgate-doctor"
# The complaint becomes a line of the report; librdkafka's own lines would stand between those.
_LOG = logging.getLogger(__name__)


class NoAnswer(Exception):  # noqa: N818 - reads as what happened, like the errors for people
    """Kafka did not answer, or refused."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """The broker's time of one record, between two looks at our clock."""

    before_ms: int
    broker_ms: int
    after_ms: int

    def off_ms(self) -> int:
        """Return how far our clock is ahead (negative: behind); 0 when the broker's time lies between."""
        if self.broker_ms < self.before_ms:
            return self.before_ms - self.broker_ms
        return min(0, self.after_ms - self.broker_ms)


def count_brokers(conf: Mapping[str, str | int]) -> int:
    """Return how many brokers the cluster has now."""
    try:
        return len(_admin(conf).list_topics(timeout=ANSWER_TIMEOUT_SECONDS).brokers)
    except KafkaException as error:
        raise NoAnswer(_words(error)) from error


def ask_time(conf: Mapping[str, str | int]) -> Stamp:
    """Return the broker's time, by a record in a topic that exists only meanwhile."""
    admin = _admin(conf)
    stamped = NewTopic(TOPIC, 1, config={"message.timestamp.type": "LogAppendTime"})
    made = admin.create_topics([stamped], operation_timeout=ANSWER_TIMEOUT_SECONDS)[TOPIC]
    if error := made.exception(ANSWER_TIMEOUT_SECONDS):
        raise NoAnswer(_words(error)) from error
    try:
        return _stamp(conf)
    finally:
        # Waited for, since the client must outlive its answer; a topic that stays is harmless.
        admin.delete_topics([TOPIC])[TOPIC].exception(ANSWER_TIMEOUT_SECONDS)


def _stamp(conf: Mapping[str, str | int]) -> Stamp:
    told: list[int] = []

    def note(error: KafkaError | None, message: Message) -> None:
        if error is None:
            told.append(message.timestamp()[1])

    limit_ms = ANSWER_TIMEOUT_SECONDS * 1000
    producer = Producer({**conf, "message.timeout.ms": limit_ms}, logger=_LOG)
    # The first record brings the connection; the second measures.
    looks_ms = []
    for _ in range(2):
        looks_ms.append(_now_ms())
        producer.produce(TOPIC, b"", on_delivery=note)
        producer.flush(ANSWER_TIMEOUT_SECONDS)
    if not told:
        raise NoAnswer("it took no record")
    return Stamp(looks_ms[-1], told[-1], _now_ms())


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _admin(conf: Mapping[str, str | int]) -> AdminClient:
    return AdminClient({**conf}, logger=_LOG)


def _words(error: BaseException) -> str:
    inner = error.args[0] if error.args else error
    return inner.str() if isinstance(inner, KafkaError) else str(error) or type(error).__name__
