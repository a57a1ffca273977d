"""Sends the day at a steady rate from a thread of its own, and keeps the account of what it sent."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from confluent_kafka import KafkaError, Producer

from headgate.demo.ledger import Ledger
from headgate.demo.trouble import Trouble
from infra.errors import WaitAndRetry

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from confluent_kafka import Message

    from headgate.demo.script import Record, Script
    from streams.engine.options import KafkaConf

DELIVERY_TIMEOUT_MS = 30_000
QUEUE_FULL_SECONDS = 0.1
# Less ahead of its time than this is not worth a sleep.
AHEAD_SECONDS_MIN = 0.005


class FeedFailed(WaitAndRetry):
    """Kafka did not take the demo's input."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"Kafka did not take the demo's input: {why}.", "The machine may be too busy; run it again."
        )


class Feeder:
    """Sends a script; `ledger` and `now_ms` say what was sent so far, `ends` where it lies."""

    def __init__(self, conf: KafkaConf, topic: str, script: Script) -> None:
        self.ledger = Ledger()
        self.now_ms = 0
        """The simulated moment."""
        self.failure: Exception | None = None
        self._script, self._topic = script, topic
        # By partition: how many observations lie before each offset.
        self._before: dict[int, list[int]] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="feeder", daemon=True)
        self._producer = Producer(
            {
                **conf,
                "enable.idempotence": True,
                "partitioner": "murmur2_random",
                "compression.type": "lz4",
                "linger.ms": 5,
                "message.timeout.ms": DELIVERY_TIMEOUT_MS,
                # What matters comes out as an error; the demo's Kafka ends while this client may still live.
                "log_level": 0,
            }
        )

    def start(self) -> None:
        """Send what must be known first; then begin with the day."""
        self._send(self._script.introductions())
        # Every partition is known to the client after this, so that records leave in the order given.
        self._flush()
        self._thread.start()

    @property
    def is_done(self) -> bool:
        """Whether the whole day is in the log; an error of the sending comes out here."""
        if self.failure is not None:
            raise self.failure
        return self._thread.ident is not None and not self._thread.is_alive()

    @property
    def ends(self) -> dict[int, int]:
        """The offset after the last record in each partition."""
        return {partition: len(before) - 1 for partition, before in list(self._before.items())}

    def observations_before(self, offsets: Mapping[int, int]) -> int:
        """Return how many observations lie before these offsets."""
        return sum(
            before[min(offsets.get(partition, 0), len(before) - 1)]
            for partition, before in list(self._before.items())
        )

    def stop(self) -> None:
        """Send nothing more."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            begun, share = time.monotonic(), self._script.plan.seconds / self._script.plan.sweeps
            for number, sweep in enumerate(Trouble(self._script).sweeps()):
                self.now_ms = sweep.now_ms
                step = share / len(sweep.records)
                for index, record in enumerate(sweep.records):
                    self._wait_for(begun + number * share + index * step)
                    if self._stopping.is_set():
                        return
                    self._send((record,))
            self._flush()
        except Exception as error:  # noqa: BLE001 - raised again by `is_done`, in the main thread
            self.failure = error

    def _wait_for(self, moment: float) -> None:
        ahead = moment - time.monotonic()
        if ahead > AHEAD_SECONDS_MIN:
            self._producer.poll(0)
            self._stopping.wait(ahead)

    def _send(self, records: Iterable[Record]) -> None:
        for record in records:
            self._produce(record)
            self.ledger.take(record)

    def _produce(self, record: Record) -> None:
        def landed(error: KafkaError | None, message: Message) -> None:
            if error is not None:
                raise FeedFailed(error.str())
            before = self._before.setdefault(message.partition() or 0, [0])
            if message.offset() != len(before) - 1:
                raise FeedFailed(f"a record lies at {message.offset()}, expected at {len(before) - 1}")
            before.append(before[-1] + record.observations)

        headers: Any = record.headers
        # -1 leaves the choice to the key.
        partition = -1 if record.partition is None else record.partition
        while True:
            try:
                self._producer.produce(
                    self._topic, record.body, record.key, partition, landed, headers=headers
                )
            except BufferError:
                self._producer.poll(QUEUE_FULL_SECONDS)
            else:
                return

    def _flush(self) -> None:
        left = self._producer.flush(DELIVERY_TIMEOUT_MS / 1_000)
        if left:
            raise FeedFailed(f"{left} records are not acknowledged after {DELIVERY_TIMEOUT_MS} ms")
