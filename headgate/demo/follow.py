"""Follows the log from the outside, as any reader may, and hands each committed record on once."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from events import codec
from events.dead_letters import from_headers
from events.errors import Unreadable
from streams import reading
from streams.engine.options import CLIENT_LOG
from streams.shell import DEAD_LETTERS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from confluent_kafka import Message

    from events.codec import Event
    from events.dead_letters import Origin
    from events.envelope import Headers
    from streams.engine.options import KafkaConf

READ_AT_ONCE_MAX = 2_000
POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Told:
    """A record of the log: an event, or a dead letter's origin."""

    topic: str
    partition: int
    offset: int
    wall_ms: int
    event: Event | None
    parked: Origin | None = None


class Follow:
    """Reads topics in a thread of its own; whatever ends that comes out of `check`."""

    def __init__(self, conf: KafkaConf, topics: Sequence[str], take: Callable[[Told], None]) -> None:
        self._take, self._conf, self._topics = take, conf, topics
        self._failure: Exception | None = None
        self._stopping = threading.Event()
        self._consumer = Consumer(
            {
                **conf,
                "group.id": "headgate-demo",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "auto.offset.reset": "earliest",
                "fetch.wait.max.ms": 50,
                "logger": CLIENT_LOG,
            }
        )
        self._thread = threading.Thread(target=self._run, name="follow", daemon=True)

    def start(self) -> None:
        """Begin to read, each topic from its beginning."""
        self._consumer.assign(
            [
                TopicPartition(topic, partition, 0)
                for topic in self._topics
                for partition in reading.partitions_of(self._conf, topic)
            ]
        )
        self._thread.start()

    def check(self) -> None:
        """Raise what ended the reading, if anything did."""
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """Read no more."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._consumer.close()

    def _run(self) -> None:
        try:
            while not self._stopping.is_set():
                for message in self._consumer.consume(READ_AT_ONCE_MAX, POLL_SECONDS):
                    if not _is_passing(message):
                        self._take(told(message))
        except Exception as error:  # noqa: BLE001 - raised again by `check`, in the main thread
            self._failure = error


def told(message: Message) -> Told:
    """Read a record."""
    topic, headers = message.topic() or "", message.headers()
    value: Any = message.value()
    pairs: Any = headers or ()
    parked = from_headers(pairs) if topic == DEAD_LETTERS else None
    event = None if topic == DEAD_LETTERS else _event(pairs, value)
    place = (topic, message.partition() or 0, message.offset() or 0, message.timestamp()[1])
    return Told(*place, event, parked)


def _event(headers: Headers, value: bytes | None) -> Event | None:
    """Return what a record says; one that cannot be read comes again, among the dead letters."""
    try:
        return codec.decode(headers, value)
    except Unreadable:
        return None


def _is_passing(message: Message) -> bool:
    """Say whether this is one of the client's own messages, after which it goes on by itself."""
    error = message.error()
    if error is None:
        return False
    if error.fatal() or error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
        raise KafkaException(error)
    return True
