"""Reads what the workers commit as they commit it: rows, facts, offsets, and when each partition moved."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Any

import msgspec
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from events.dead_letters import from_headers
from events.types import PaceDeviated
from headgate.demo.durable import DurableSpend
from streams.engine.errors import KafkaAway
from streams.shell import DEAD_LETTERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from confluent_kafka import Message

    from streams.engine.options import KafkaConf

READ_AT_ONCE_MAX = 5_000
POLL_SECONDS = 0.05
COMMITTED_EACH_SECONDS = 0.2
CALL_SECONDS = 10.0
FACTS_KEPT = 50

_decode_fact = msgspec.json.Decoder(PaceDeviated).decode


class Watch:
    """Follows the log from the outside, as any reader may."""

    def __init__(self, conf: KafkaConf, *, group: str, source: str, changelog: str, decisions: str) -> None:
        self.spend = DurableSpend()
        self.facts: deque[tuple[str, PaceDeviated]] = deque(maxlen=FACTS_KEPT)
        """The newest paces that changed, with the account of each."""
        self.parked: list[str] = []
        """Where each dead letter came from, and why it is one."""
        self.commits: dict[int, list[int]] = {}
        """By partition: when it was written to, in milliseconds of the wall clock."""
        self.offsets: dict[int, int] = {}
        """By partition: up to where the group has committed."""
        self._source, self._changelog, self._decisions = source, changelog, decisions
        self._failure: Exception | None = None
        self._stopping = threading.Event()
        quiet: dict[str, Any] = {**conf, "enable.auto.commit": False, "log_level": 0}
        self._reader = Consumer(
            {
                **quiet,
                "group.id": "headgate-demo",
                "isolation.level": "read_committed",
                "auto.offset.reset": "earliest",
                "fetch.wait.max.ms": 50,
            }
        )
        # Asks for the group's offsets and never joins it. With read_committed the broker would let it wait
        # while a transaction is under way, which is always; what it answers is committed all the same.
        self._asker = Consumer({**quiet, "group.id": group, "isolation.level": "read_uncommitted"})
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def start(self, partitions: Sequence[int]) -> None:
        """Begin to read."""
        self.offsets = dict.fromkeys(partitions, 0)
        self.commits = {partition: [] for partition in partitions}
        topics = (self._changelog, self._decisions, DEAD_LETTERS)
        self._reader.assign([TopicPartition(topic, one, 0) for topic in topics for one in partitions])
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
        self._reader.close()
        self._asker.close()

    def _run(self) -> None:
        try:
            asked = 0.0
            while not self._stopping.is_set():
                for message in self._reader.consume(READ_AT_ONCE_MAX, POLL_SECONDS):
                    self._take(message)
                if time.monotonic() - asked >= COMMITTED_EACH_SECONDS:
                    self._ask()
                    asked = time.monotonic()
        except Exception as error:  # noqa: BLE001 - raised again by `check`, in the main thread
            self._failure = error

    def _ask(self) -> None:
        wanted = [TopicPartition(self._source, partition) for partition in self.offsets]
        try:
            found = self._asker.committed(wanted, timeout=CALL_SECONDS)
        except KafkaException as error:
            raise KafkaAway("the demo's Kafka", CALL_SECONDS, error.args[0].str()) from error
        self.offsets = {one.partition: max(one.offset, 0) for one in found}

    def _take(self, message: Message) -> None:
        error = message.error()
        if error is not None:
            if error.fatal() or error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART:
                raise KafkaException(error)
            return  # the client goes on by itself after any other
        key: Any = message.key()
        value: Any = message.value()
        if message.topic() == self._changelog:
            moments, (_, now_ms) = self.commits[message.partition() or 0], message.timestamp()
            if not moments or now_ms > moments[-1]:
                moments.append(now_ms)
            self.spend.take(key, value)
            return
        pairs: Any = message.headers() or ()
        said = dict(pairs)
        if message.topic() == DEAD_LETTERS:
            origin = from_headers(pairs)
            self.parked.append(f"{origin.topic} {origin.partition}/{origin.offset}: {origin.reason}")
        elif said.get("ce_type") == PaceDeviated.TYPE.encode():
            self.facts.append((said["ce_subject"].decode(), _decode_fact(value)))
