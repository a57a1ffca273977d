"""An executor's transactional producer: records and the group's offsets, all or nothing."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any, Final

from confluent_kafka import KafkaError, KafkaException, Producer
from msgspec import Struct

from infra.commands.errors import CommitFailed, Fenced, KafkaAway
from infra.retry import Backoff
from infra.transactional import NotTaken, insist, is_replaced, may_abort

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from confluent_kafka import TopicPartition

    from infra.commands.options import CommandOptions

_log = logging.getLogger(__name__)
_DELIVERY_SECONDS: Final = 0.05
_PAUSE: Final = Backoff(delay_ms=50, delay_ms_max=1_000)


class Outgoing(Struct, frozen=True):
    """A record on its way out; without a partition, its key chooses one."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes | None]]
    partition: int = -1


class Transactions:
    """One transaction after the other. Every call blocks, so it lives on the executor's Kafka thread."""

    def __init__(self, options: CommandOptions, make: Callable[[dict[str, Any]], Any] = Producer) -> None:
        self._options, self._make = options, make
        self._producer: Any = None

    def open(self) -> None:
        """Connect, and end whatever a killed predecessor of this slot left open."""
        self._producer = self._make(self._options.producer_conf())
        attempts, seconds = self._options.commit_attempts_max, self._options.start_timeout_seconds
        try:
            self._retrying("init_transactions", lambda: self._producer.init_transactions(seconds / attempts))
        except KafkaException as error:
            raise self._ended(error.args[0]) from error
        except CommitFailed as error:
            raise KafkaAway(self._options.who, "its transactions", seconds, error.what) from error

    def commit(
        self, records: Sequence[Outgoing], offsets: Sequence[TopicPartition], membership: object
    ) -> list[int]:
        """Commit and return each record's offset; an aborted transaction is tried again as it is."""
        for attempt in range(1, self._options.commit_attempts_max + 1):
            try:
                return self._attempt(records, offsets, membership)
            except KafkaException as error:
                why: KafkaError = error.args[0]
                if not may_abort(why):
                    raise self._ended(why) from error
                _log.warning("transaction aborted, attempt %d: %s", attempt, why.str())
                self._abort()
                _rest(attempt)
        who, times = self._options.who, self._options.commit_attempts_max
        raise CommitFailed(f"A transaction of the {who} was aborted {times} times in a row.")

    def _attempt(
        self, records: Sequence[Outgoing], offsets: Sequence[TopicPartition], membership: object
    ) -> list[int]:
        seconds = self._options.call_timeout_seconds
        landed = [-1] * len(records)
        self._producer.begin_transaction()
        for index, record in enumerate(records):
            self._produce(record, index, landed)
        self._retrying(
            "send_offsets",
            lambda: self._producer.send_offsets_to_transaction(list(offsets), membership, seconds),
            after_timeout=False,
        )
        self._retrying("commit", lambda: self._producer.commit_transaction(seconds))
        patience = time.monotonic() + seconds
        while -1 in landed:
            if time.monotonic() > patience:
                raise CommitFailed(
                    "A transaction is committed, but the broker did not say where its records are."
                )
            self._producer.poll(_DELIVERY_SECONDS)
        return landed

    def _produce(self, record: Outgoing, index: int, landed: list[int]) -> None:
        def on_delivery(error: KafkaError | None, message: Any) -> None:  # noqa: ANN401 - the client's message
            if error is None:
                landed[index] = message.offset()

        self._producer.produce(
            record.topic,
            record.value,
            record.key,
            record.partition,
            headers=list(record.headers),
            on_delivery=on_delivery,
        )

    def _abort(self) -> None:
        seconds = self._options.call_timeout_seconds
        try:
            self._retrying("abort", lambda: self._producer.abort_transaction(seconds))
        except KafkaException as error:
            raise self._ended(error.args[0]) from error

    def _retrying(self, name: str, call: Callable[[], object], *, after_timeout: bool = True) -> None:
        """Repeat a call that may be repeated."""
        attempts = self._options.commit_attempts_max
        try:
            insist(name, call, attempts_max=attempts, pause=_rest, after_timeout=after_timeout)
        except NotTaken as error:
            raise CommitFailed(
                f"Kafka did not take a transaction of the {self._options.who}: {error}."
            ) from error

    def _ended(self, why: KafkaError) -> Exception:
        if is_replaced(why):
            return Fenced(
                f"What the {self._options.who} did was refused, since another one owns its work now "
                f"({why.str()})."
            )
        return CommitFailed(f"A transaction of the {self._options.who} failed: {why.str()}.")


def _rest(attempt: int) -> None:
    time.sleep(_PAUSE.delay_after(attempt) / 1000)
