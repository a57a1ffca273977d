"""Reads topics from where they end now, for whoever waits for the answer to something about to be written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Self

from confluent_kafka import Consumer, KafkaException, TopicPartition

from events.codec import decode
from events.envelope import header_bytes
from events.errors import Unreadable
from infra.errors import WaitAndRetry
from infra.retry import retry
from streams import reading
from streams.engine.options import CLIENT_LOG

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from events.codec import Event
    from streams.engine.options import KafkaConf

CALL_SECONDS: Final = 10.0
POLL_SECONDS: Final = 0.2
GROUP: Final = "headgate-tail"  # the client wants one; nothing is committed with it


class Tail:
    """Events of a client that come from now on; use as a context."""

    def __init__(self, conf: KafkaConf, topics: Sequence[str], subject: str) -> None:
        self._conf, self._topics, self._subject = conf, topics, subject
        self._consumer: Any = None

    def __enter__(self) -> Self:
        """Find where the topics end, before anything is asked."""
        places = [(topic, one) for topic in self._topics for one in reading.partitions_of(self._conf, topic)]
        self._consumer = Consumer(
            {
                **self._conf,
                "logger": CLIENT_LOG,
                "group.id": GROUP,
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "fetch.wait.max.ms": 20,
            }
        )
        try:
            # By number, not as "end": a position that is only looked up with the first poll may be too late.
            self._consumer.assign(
                [TopicPartition(*place, self._end(TopicPartition(*place))) for place in places]
            )
        except KafkaException as error:
            self._consumer.close()
            raise _away(error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._consumer.close()

    def next(self) -> Event | None:
        """Return what comes within a moment and is about this client; None when nothing does."""
        message = self._consumer.poll(POLL_SECONDS)
        if message is None:
            return None
        trouble = message.error()
        if trouble is not None:
            if trouble.retriable():
                return None
            raise _away(KafkaException(trouble))
        if header_bytes(message.headers()).get("ce_subject") != self._subject.encode():
            return None
        try:
            return decode(message.headers(), message.value())
        except Unreadable:
            # Whoever owns the topic sees to what cannot be read; it cannot be what is waited for.
            return None

    def _end(self, place: TopicPartition) -> int:
        """Return where a partition ends; while it moves to another broker, it is asked for again."""
        ends: tuple[int, int] = retry(
            lambda: self._consumer.get_watermark_offsets(place, timeout=CALL_SECONDS), on=KafkaException
        )
        return ends[1]


def _away(error: KafkaException) -> WaitAndRetry:
    return WaitAndRetry(f"Kafka did not answer: {error.args[0].str()}.", "Try again in a moment.")
