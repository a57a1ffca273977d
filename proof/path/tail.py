"""Follows a topic from where it ends now, to know when something is under way."""

from typing import Any

from confluent_kafka import Consumer, TopicPartition

from events.codec import Event, decode
from streams import reading


class Tail:
    """A consumer in no group; what is not committed yet is seen too."""

    def __init__(self, conf: dict[str, str], topic: str) -> None:
        self._consumer: Any = Consumer(
            {
                **conf,
                "group.id": "headgate-proof",
                "enable.auto.commit": False,
                "isolation.level": "read_uncommitted",
                "fetch.wait.max.ms": 5,
                "log_level": 0,  # that a broker is away is what we are here for
            }
        )
        ends = []
        for partition in reading.partitions_of(conf, topic):
            where = TopicPartition(topic, partition)
            end = self._consumer.get_watermark_offsets(where, timeout=reading.CALL_SECONDS)[1]
            ends.append(TopicPartition(topic, partition, end))
        self._consumer.assign(ends)

    def next(self, seconds: float) -> Event | None:
        """Return the next record, if one comes in time."""
        message = self._consumer.poll(seconds)
        if message is None or message.error() is not None:
            return None
        return decode(message.headers(), message.value())

    def skip(self) -> None:
        """Pass over what has come so far."""
        while self._consumer.consume(1_000, 0.01):
            pass

    def close(self) -> None:
        """Let go of the broker."""
        self._consumer.close()
