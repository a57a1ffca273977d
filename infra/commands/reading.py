"""Reads partitions of a topic to their end, for who has to know all of it before anything is done."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from infra.commands.errors import PASSING, KafkaAway, KafkaRefuses

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from infra.commands.options import CommandOptions

_POLL_SECONDS: Final = 0.2
_OPEN_TRANSACTION_SECONDS: Final = 0.02
_READ_AT_ONCE_MAX: Final = 1_000


def read_to_end(
    options: CommandOptions,
    topic: str,
    starts: Mapping[int, int],
    take: Callable[[Any], object],
    make: Any = Consumer,  # noqa: ANN401 - a client or its stand-in
) -> dict[int, int]:
    """Read partitions from an offset to their end, and return that; an open transaction is waited for."""
    committed, uncommitted = (
        make(options.reader_conf(level)) for level in ("read_committed", "read_uncommitted")
    )
    try:
        ends = {
            partition: _end(options, committed, uncommitted, TopicPartition(topic, partition))
            for partition in starts
        }
        behind = {partition: start for partition, start in starts.items() if ends[partition] > start}
        _read(options, committed, topic, behind, take)
    except KafkaException as error:
        seconds = options.call_timeout_seconds
        raise KafkaAway(options.who, f"topic {topic}", seconds, error.args[0].str()) from error
    finally:
        committed.close()
        uncommitted.close()
    return ends


def _end(options: CommandOptions, committed: Any, uncommitted: Any, place: TopicPartition) -> int:  # noqa: ANN401 - clients
    """Return where a partition ends, once nothing below is undecided."""
    timeout = options.call_timeout_seconds
    patience = time.monotonic() + options.start_timeout_seconds
    _, high = uncommitted.get_watermark_offsets(place, timeout=timeout)
    while True:
        _, stable = committed.get_watermark_offsets(place, timeout=timeout)
        if stable >= high:
            return int(stable)
        if time.monotonic() > patience:
            why, seconds = "a transaction stays open there", options.start_timeout_seconds
            raise KafkaAway(options.who, f"topic {place.topic}", seconds, why)
        time.sleep(_OPEN_TRANSACTION_SECONDS)


def _read(
    options: CommandOptions,
    consumer: Any,  # noqa: ANN401 - the client
    topic: str,
    starts: Mapping[int, int],
    take: Callable[[Any], object],
) -> None:
    todo, seconds = set(starts), options.start_timeout_seconds
    if todo:
        consumer.assign([TopicPartition(topic, partition, start) for partition, start in starts.items()])
    heard = time.monotonic()
    while todo:
        for message in consumer.consume(_READ_AT_ONCE_MAX, _POLL_SECONDS):
            heard = time.monotonic()
            error = message.error()
            if error is None:
                take(message)
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - the client's public name for it
                todo.discard(message.partition())
            elif not error.retriable():
                raise KafkaException(error)
        if time.monotonic() - heard > seconds:
            raise KafkaAway(options.who, f"topic {topic}", seconds, "it stopped answering")


class Tail:
    """What is written behind the ends of partitions, as it comes; nothing here waits for the broker."""

    def __init__(
        self,
        options: CommandOptions,
        topic: str,
        ends: Mapping[int, int],
        make: Any = Consumer,  # noqa: ANN401 - a client or its stand-in
    ) -> None:
        self._options = options
        self._consumer = make(options.reader_conf("read_committed"))
        self._consumer.assign([TopicPartition(topic, partition, end) for partition, end in ends.items()])

    def read(self) -> list[Any]:
        """Return the records that have come since."""
        found = []
        for message in self._consumer.consume(_READ_AT_ONCE_MAX, 0):
            error = message.error()
            if error is None:
                found.append(message)
            elif error.code() not in PASSING and error.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001 - the client's public name for it
                raise KafkaRefuses(self._options.who, error.str())
        return found

    async def close(self) -> None:
        """End; it may take a moment, in which everything else goes on."""
        await asyncio.to_thread(self._consumer.close)
