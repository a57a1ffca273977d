"""What earlier executors were about to write: read at an assignment, before anything is done."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Final

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from msgspec import Struct, field

from connectors.executor.errors import KafkaAway
from events.codec import decode
from events.envelope import parse_output_id
from events.errors import Unreadable
from events.types import CommandAttempted
from infra import logs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from connectors.executor.options import ExecutorOptions

_log = logs.get(__name__)
_POLL_SECONDS: Final = 0.2
_OPEN_TRANSACTION_SECONDS: Final = 0.02
_READ_AT_ONCE_MAX: Final = 1_000


class Attempts(Struct):
    """One partition's attempts by their command's offset: the last of each, and where its first stands."""

    end: int = 0
    last: dict[int, CommandAttempted] = field(default_factory=dict)
    first_offsets: dict[int, int] = field(default_factory=dict)

    def take(self, command_offset: int, attempt: CommandAttempted, offset: int) -> None:
        """Note an attempt; they come in order."""
        self.last[command_offset] = attempt
        self.first_offsets.setdefault(command_offset, offset)

    def forget_before(self, position: int, done: set[int]) -> None:
        """Drop what belongs to commands that have their outcome."""
        for offset in list(self.last):
            if offset < position or offset in done:
                del self.last[offset], self.first_offsets[offset]


def read_attempts(
    options: ExecutorOptions,
    starts: Mapping[int, int],
    make: Any = Consumer,  # noqa: ANN401 - a client or its stand-in
) -> dict[int, Attempts]:
    """Read partitions from an offset to their end; a transaction that is still open is waited for."""
    committed, uncommitted = (
        make(options.reader_conf(level)) for level in ("read_committed", "read_uncommitted")
    )
    try:
        found = {
            partition: Attempts(_end(options, committed, uncommitted, partition)) for partition in starts
        }
        _read(options, committed, starts, found)
    except KafkaException as error:
        raise KafkaAway(
            f"topic {options.topics.attempts}", options.call_timeout_seconds, error.args[0].str()
        ) from error
    finally:
        committed.close()
        uncommitted.close()
    return found


def _end(options: ExecutorOptions, committed: Any, uncommitted: Any, partition: int) -> int:  # noqa: ANN401 - clients
    """Return where a partition ends, once nothing below is undecided."""
    place, timeout = TopicPartition(options.topics.attempts, partition), options.call_timeout_seconds
    patience = time.monotonic() + options.start_timeout_seconds
    _, high = uncommitted.get_watermark_offsets(place, timeout=timeout)
    while True:
        _, stable = committed.get_watermark_offsets(place, timeout=timeout)
        if stable >= high:
            return int(stable)
        if time.monotonic() > patience:
            raise KafkaAway(
                f"topic {options.topics.attempts}",
                options.start_timeout_seconds,
                "a transaction stays open there",
            )
        time.sleep(_OPEN_TRANSACTION_SECONDS)


def _read(
    options: ExecutorOptions,
    consumer: Any,  # noqa: ANN401 - the client
    starts: Mapping[int, int],
    found: Mapping[int, Attempts],
) -> None:
    todo = {partition for partition, start in starts.items() if found[partition].end > start}
    if not todo:
        return
    consumer.assign(
        [TopicPartition(options.topics.attempts, partition, starts[partition]) for partition in todo]
    )
    heard = time.monotonic()
    while todo:
        for message in consumer.consume(_READ_AT_ONCE_MAX, _POLL_SECONDS):
            heard = time.monotonic()
            error = message.error()
            if error is None:
                _take(options, found[message.partition()], message)
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - the client's public name for it
                todo.discard(message.partition())
            elif not error.retriable():
                raise KafkaException(error)
        if time.monotonic() - heard > options.start_timeout_seconds:
            raise KafkaAway(
                f"topic {options.topics.attempts}", options.start_timeout_seconds, "it stopped answering"
            )


def _take(options: ExecutorOptions, attempts: Attempts, message: Any) -> None:  # noqa: ANN401 - the client's message
    """Keep an attempt; what is none was not written by an executor, and says nothing about commands."""
    try:
        event = decode(message.headers(), message.value())
    except Unreadable as error:
        _log.error("executor.attempt_unreadable", offset=message.offset(), reason=str(error))
        return
    origin = parse_output_id(event.envelope.id)
    if origin is None or origin[:2] != (options.topics.commands, message.partition()):
        _log.error("executor.attempt_of_nobody", offset=message.offset(), id=event.envelope.id)
    elif isinstance(event.data, CommandAttempted):
        attempts.take(origin[2], event.data, message.offset())
