"""One round, one Kafka transaction: outputs, the tables' changes and the source offsets, all or nothing."""

import logging
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer, TopicPartition

from infra.transactional import NotTaken, insist, is_replaced, may_abort
from streams.engine.errors import CommitFailed, Fenced, KafkaAway
from streams.engine.options import EngineOptions
from streams.engine.restore import ChangelogPartition
from streams.engine.values import VERSION_HEADER, prefix

log = logging.getLogger(__name__)

RETRY_SECONDS_MIN, RETRY_SECONDS_MAX = 0.05, 1.0
QUEUE_FULL_SECONDS = 0.05


@dataclass(frozen=True)
class Send:
    """A record on its way out; without a partition, its key chooses one."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]] | list[tuple[str, bytes]] | None = None
    partition: int = -1
    timestamp_ms: int = 0


@dataclass(frozen=True)
class ChangelogWrite:
    """The changed rows of one partition of a table."""

    topic: str
    partition: int
    rows: dict[bytes, bytes | None]
    version: int


@dataclass(frozen=True)
class Staged:
    """All that one transaction takes."""

    sends: Sequence[Send]
    changes: Sequence[ChangelogWrite]
    offsets: Sequence[TopicPartition]


Ends = dict[ChangelogPartition, int]


class Transactions:
    """The transactional producer of one worker. A commit blocks, so it lives on the engine's thread.

    ``early`` sends what is decided while other batches still are, so that the brokers' work and the deciders'
    overlap; it only queues. What is sent early is in the same transaction, and sent again if that is aborted.
    """

    def __init__(self, options: EngineOptions, make: Callable[[dict[str, Any]], Any] = Producer) -> None:
        self.options = options
        self._make = make
        self.producer: Any = None
        self._reset()

    def _reset(self) -> None:
        self._begun, self._sent, self._written = False, 0, 0
        self._ends: Ends = {}
        self._refused: KafkaException | None = None

    def open(self) -> None:
        """Connect, and end whatever a killed predecessor of this slot left open."""
        self.producer = self._make(self.options.producer_conf())
        seconds = self.options.start_timeout_seconds
        each = seconds / self.options.commit_attempts_max  # they share the time that a start may take
        try:
            self._retrying("init_transactions", lambda: self.producer.init_transactions(each))
        except KafkaException as error:
            raise _ended(error.args[0]) from error
        except CommitFailed as error:
            raise KafkaAway(str(self.options.kafka.get("bootstrap.servers")), seconds, error.what) from error

    def early(self, sends: Sequence[Send], changes: Sequence[ChangelogWrite]) -> None:
        """Send the next part of what the commit will be given whole; a refusal is met by the commit."""
        if self._refused is not None:
            return
        try:
            self._send_all(sends, changes)
        except KafkaException as error:
            self._refused = error

    def commit(self, staged: Staged, membership: bytes) -> Ends:
        """Commit a round and return where each changelog ends; an aborted one is tried again as it is."""
        for attempt in range(1, self.options.commit_attempts_max + 1):
            try:
                return self._attempt(staged, membership)
            except KafkaException as error:
                why: KafkaError = error.args[0]
                if not may_abort(why):
                    raise _ended(why) from error
                log.warning("transaction aborted, attempt %d: %s", attempt, why.str())
                self._abort()
                _pause(attempt)
        raise CommitFailed(f"a round was aborted {self.options.commit_attempts_max} times in a row")

    def _attempt(self, staged: Staged, membership: bytes) -> Ends:
        if self._refused is not None:
            raise self._refused
        self._send_all(staged.sends[self._sent :], staged.changes[self._written :])
        if staged.offsets:
            timeout = self.options.call_timeout_seconds
            offsets = list(staged.offsets)
            self._retrying(
                "send_offsets",
                lambda: self.producer.send_offsets_to_transaction(offsets, membership, timeout),
                after_timeout=False,
            )
        self._retrying("commit", lambda: self.producer.commit_transaction(self.options.call_timeout_seconds))
        self._wait_for_ends(staged)
        ends = self._ends
        self._reset()
        return ends

    def _send_all(self, sends: Sequence[Send], changes: Sequence[ChangelogWrite]) -> None:
        if not self._begun:
            self.producer.begin_transaction()
            self._begun = True
        for send in sends:
            self._send(send)
        self._sent += len(sends)
        for change in changes:
            self._write(change, self._ends)
        self._written += len(changes)

    def _send(self, send: Send) -> None:
        self._queueing(
            lambda: self.producer.produce(
                send.topic,
                send.value,
                send.key,
                send.partition,
                headers=send.headers,
                timestamp=send.timestamp_ms,
            )
        )

    def _write(self, change: ChangelogWrite, ends: Ends) -> None:
        """Write changed rows; only the last one reports where it landed, since they land in order."""

        def landed(error: KafkaError | None, message: Any) -> None:  # noqa: ANN401 - the client's message
            if error is None:
                ends[message.topic(), message.partition()] = message.offset()

        topic, partition, produce = change.topic, change.partition, self.producer.produce
        rows = list(change.rows.items())
        last = rows.pop()
        for key, value in rows:
            if value is None:
                self._delete(change, key)
                continue
            try:
                produce(topic, value, key, partition)
            except BufferError:
                self._queueing(lambda key=key, value=value: produce(topic, value, key, partition))  # type: ignore[misc]
        key, value = last
        headers = {VERSION_HEADER: prefix(change.version)} if value is None else None
        self._queueing(lambda: produce(topic, value, key, partition, on_delivery=landed, headers=headers))

    def _delete(self, change: ChangelogWrite, key: bytes) -> None:
        version = {VERSION_HEADER: prefix(change.version)}
        self._queueing(
            lambda: self.producer.produce(change.topic, None, key, change.partition, headers=version)
        )

    def _queueing(self, produce: Callable[[], None]) -> None:
        """Queue a record; a full queue is waited for, which is what holds back the rounds."""
        patience = time.monotonic() + self.options.call_timeout_seconds
        while True:
            try:
                produce()
            except BufferError as error:
                if time.monotonic() > patience:
                    raise CommitFailed(
                        "the producer's queue stayed full: no broker takes its records"
                    ) from error
                self.producer.poll(QUEUE_FULL_SECONDS)
            else:
                return

    def _wait_for_ends(self, staged: Staged) -> None:
        patience = time.monotonic() + self.options.call_timeout_seconds
        while len(self._ends) < len(staged.changes):
            if time.monotonic() > patience:
                raise CommitFailed("committed, but the broker did not say where the changelogs end")
            self.producer.poll(QUEUE_FULL_SECONDS)

    def _abort(self) -> None:
        seconds = self.options.call_timeout_seconds
        try:
            self._retrying("abort_transaction", lambda: self.producer.abort_transaction(seconds))
        except KafkaException as error:
            raise _ended(error.args[0]) from error
        self._reset()

    def _retrying(self, name: str, call: Callable[[], object], *, after_timeout: bool = True) -> None:
        """Repeat a call that may be repeated."""
        attempts = self.options.commit_attempts_max
        try:
            insist(name, call, attempts_max=attempts, pause=_pause, after_timeout=after_timeout)
        except NotTaken as error:
            raise CommitFailed(str(error)) from error


def _ended(why: KafkaError) -> Exception:
    if is_replaced(why):
        return Fenced(f"this worker's round was refused, since another one owns its work now ({why.str()})")
    return CommitFailed(f"a round's transaction failed: {why.str()}")


def _pause(attempt: int) -> None:
    longest = min(RETRY_SECONDS_MAX, RETRY_SECONDS_MIN * 2**attempt)
    time.sleep(random.uniform(RETRY_SECONDS_MIN, longest))  # noqa: S311 - jitter is no secret
