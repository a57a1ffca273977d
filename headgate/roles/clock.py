"""The clock role: writes the time into every partition that a decider reads, once a tick."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Protocol

from confluent_kafka import KafkaError, KafkaException, Producer

from events import codec, topics
from events.envelope import Envelope, moment
from events.types import ClockTicked
from infra import logs, metrics
from infra.errors import FixSetup, WaitAndRetry
from infra.retry import Backoff, retry
from infra.world_time import WorldTime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from confluent_kafka import Message

    from infra.health import Health

SOURCE = "headgate/clock"
SUBJECT = "clock"
LOOP = "clock"

# How long the loop may rest in librdkafka; also how soon it sees that it should stop.
POLL_SECONDS = 0.2
METADATA_TIMEOUT_SECONDS = 5
METADATA_ATTEMPTS_MAX = 5
# Ticks are small and rare; a broker that restarts is waited for within this, by librdkafka's own retries.
DELIVERY_TIMEOUT_MS_MIN = 10_000
STUCK_AFTER_MS = 30_000
# This many ticks without a delivery make the clock not ready, but never less than so many of our seconds.
TICKS_LATE_MAX = 2
LATE_SECONDS_MIN = 5

_log = logs.get(__name__)


def aligned(now_ms: int, tick_ms: int) -> int:
    """Return the newest full tick at `now_ms`, so that all clocks name the same moments."""
    return now_ms - now_ms % tick_ms


def tick(partition: int, now_ms: int) -> codec.Event:
    """Make the tick of a partition; the same moment always has the same id."""
    envelope = Envelope(
        id=f"clock.{partition}.{now_ms}",
        type=ClockTicked.TYPE,
        version=ClockTicked.VERSION,
        source=SOURCE,
        subject=SUBJECT,
        time=moment(now_ms),
    )
    return codec.Event(envelope, ClockTicked(now_ms=now_ms))


def ticked_topics(catalogue: topics.Catalogue) -> list[str]:
    """Return the topics whose deciders want to know the time."""
    return [topic.name for topic in catalogue.topics if ClockTicked.TYPE in topic.carries]


class Time(Protocol):
    """What the clock asks which time it is."""

    def now_ms(self) -> int:
        """Return which time it is."""
        ...

    def our_seconds(self, duration_ms: int) -> float:
        """Return how long a stretch of this time lasts in ours."""
        ...


class _Stopped(Exception):  # noqa: N818 - no error: the clock was asked to stop while it waited for Kafka
    pass


class Clock:
    """Writes ticks until it is stopped; several at once are harmless, since their ids are the same."""

    def __init__(
        self,
        conf: Mapping[str, str | int],
        *,
        tick_ms: int,
        health: Health,
        topic_names: Iterable[str],
        time: Time | None = None,
    ) -> None:
        self._time = WorldTime() if time is None else time
        self._tick_ms = tick_ms
        # A time that runs faster has more ticks in one of our seconds.
        self._rest_seconds = min(POLL_SECONDS, self._time.our_seconds(tick_ms) / 2)
        self._late_ms = max(TICKS_LATE_MAX, int(LATE_SECONDS_MIN / self._time.our_seconds(tick_ms))) * tick_ms
        self._health = health
        self._topics = list(topic_names)
        # A plain flag: setting an Event in a signal handler can block on the very wait it interrupts.
        self._stopping = False
        self._partitions: list[tuple[str, int]] = []
        self._delivered_ms: dict[tuple[str, int], int] = {}
        self._producer = Producer(
            {
                **conf,
                "enable.idempotence": True,
                "delivery.timeout.ms": max(
                    DELIVERY_TIMEOUT_MS_MIN, int(self._time.our_seconds(tick_ms) * 1000)
                ),
                "linger.ms": 0,
            },
            logger=logging.getLogger(logs.LIBRDKAFKA),
        )

    def stop(self) -> None:
        """Make `run` return; may be called from a signal handler or another thread."""
        self._stopping = True

    def run(self, on_ready: Callable[[], None]) -> None:
        """Write a tick at once, then each full tick, until `stop` is called."""
        self._health.condition("delivery", "no tick was delivered yet")
        self._health.watch(LOOP, stuck_after_ms=STUCK_AFTER_MS + METADATA_TIMEOUT_SECONDS * 1000)
        try:
            self._partitions = self._find_partitions()
        except _Stopped:
            return
        announced = False
        sent_ms = 0
        while not self._stopping:
            self._health.beat(LOOP)
            due_ms = aligned(self._time.now_ms(), self._tick_ms)
            if due_ms > sent_ms:
                self._send(due_ms)
                sent_ms = due_ms
            self._producer.poll(self._rest_seconds)
            self._judge()
            if not announced and len(self._delivered_ms) == len(self._partitions):
                on_ready()
                announced = True
        self._flush()

    def _find_partitions(self) -> list[tuple[str, int]]:
        """Ask once: the number of partitions of a topic is chosen at its creation."""
        return [
            (topic, partition) for topic in self._topics for partition in range(self._partition_count(topic))
        ]

    def _partition_count(self, topic: str) -> int:
        def ask() -> int:
            self._health.beat(LOOP)
            metadata = self._producer.list_topics(topic, timeout=METADATA_TIMEOUT_SECONDS).topics[topic]
            if metadata.error is not None:
                raise KafkaException(metadata.error)
            return len(metadata.partitions)

        try:
            return retry(
                ask, on=KafkaException, backoff=Backoff(attempts_max=METADATA_ATTEMPTS_MAX), pause=self._rest
            )
        except KafkaException as error:
            raise _unreachable(topic, error.args[0]) from error

    def _rest(self, delay_ms: int) -> None:
        self._producer.poll(delay_ms / 1000)
        if self._stopping:
            raise _Stopped

    def _send(self, now_ms: int) -> None:
        for topic, partition in self._partitions:
            headers, body = codec.encode(tick(partition, now_ms))
            self._producer.produce(
                topic,
                body,
                SUBJECT.encode(),
                partition,
                on_delivery=partial(self._on_delivery, now_ms),
                timestamp=now_ms,
                headers=list(headers),
            )

    def _on_delivery(self, now_ms: int, error: KafkaError | None, message: Message) -> None:
        topic, partition = str(message.topic()), message.partition() or 0
        if error is None:
            self._delivered_ms[topic, partition] = max(now_ms, self._delivered_ms.get((topic, partition), 0))
            metrics.CLOCK_TICKS.labels(topic).inc()
            metrics.CLOCK_LAST_TICK.set(now_ms // 1000)
            return
        # Not sent again: librdkafka has retried for as long as a tick, and the next one says it better.
        metrics.CLOCK_FAILURES.labels(topic).inc()
        _log.warning("clock.tick_lost", topic=topic, partition=partition, now_ms=now_ms, error=error.str())
        if error.fatal():
            raise WaitAndRetry(
                what=f"The clock's producer cannot go on: {error.str()}.",
                next_step="The supervisor restarts it; if this repeats, look at the broker's log.",
            )

    def _judge(self) -> None:
        oldest_ms = self._time.now_ms() - self._late_ms
        late = sum(self._delivered_ms.get(key, 0) < oldest_ms for key in self._partitions)
        self._health.condition("delivery", f"{late} partitions got no tick lately" if late else None)

    def _flush(self) -> None:
        left = self._producer.flush(METADATA_TIMEOUT_SECONDS)
        if left:
            _log.warning("clock.ticks_left", ticks=left)


def _unreachable(topic: str, error: KafkaError) -> Exception:
    if error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
        return FixSetup(
            what=f"The topic {topic} does not exist.",
            next_step="Create the topics with `headgate topics apply`, then start the clock again.",
        )
    return WaitAndRetry(
        what=f"Kafka does not answer the clock: {error.str()}.",
        next_step="Start Kafka (`headgate up` does), or correct kafka.bootstrap; then try again.",
    )
