"""Reads changelog partitions up to the last stable offset, refusing values older than those before them."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from streams.engine.errors import KafkaAway
from streams.engine.options import CLIENT_LOG, EngineOptions, KafkaConf
from streams.engine.values import VERSION_BYTES, deletion_version

ChangelogPartition = tuple[str, int]
POLL_SECONDS = 0.2
OPEN_TRANSACTION_CHECK_SECONDS = 0.02
READ_AT_ONCE_MAX = 20_000


@dataclass
class Restored:
    """The newest value of each key of one changelog partition."""

    start: int
    end: int = 0
    rows: dict[bytes, bytes | None] = field(default_factory=dict)
    versions: dict[bytes, bytes] = field(default_factory=dict)
    records: int = 0
    refused: int = 0

    def take(self, key: bytes, value: bytes | None, headers: list[tuple[str, bytes]] | None) -> None:
        """Keep a value unless the one before it is newer: a zombie's late write has a lower version."""
        version = value[:VERSION_BYTES] if value is not None else deletion_version(headers)
        self.records += 1
        if version is not None:
            known = self.versions.get(key)
            if known is not None and version < known:
                self.refused += 1
                return
            self.versions[key] = version
        self.rows[key] = value


def restore(
    options: EngineOptions,
    starts: Mapping[ChangelogPartition, int],
    make: Any = Consumer,  # noqa: ANN401 - a client or its stand-in
) -> dict[ChangelogPartition, Restored]:
    """Read each changelog partition from an offset to its end; an open transaction is waited for.

    A start beyond the end, or before the beginning, means that the local state belongs to another changelog:
    it is read from the beginning then, which the result's ``start`` tells.
    """
    committed, uncommitted = (make(_conf(options, level)) for level in ("read_committed", "read_uncommitted"))
    try:
        found = {
            where: _bounds(options, committed, uncommitted, where, start) for where, start in starts.items()
        }
        _read(options, committed, found)
    finally:
        committed.close()
        uncommitted.close()
    return found


def _conf(options: EngineOptions, isolation_level: str) -> KafkaConf:
    return {
        **options.kafka,
        "logger": CLIENT_LOG,
        "group.id": f"{options.group}-restore",  # the client wants one; nothing is committed with it
        "isolation.level": isolation_level,
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "auto.offset.reset": "error",
        "fetch.queue.backoff.ms": 2,
        "fetch.wait.max.ms": 20,
        "queued.min.messages": 1_000_000,
        "fetch.message.max.bytes": 8 << 20,
    }


def _bounds(
    options: EngineOptions, committed: Consumer, uncommitted: Consumer, where: ChangelogPartition, start: int
) -> Restored:
    """Return where to read, once no transaction is open below what is written now."""
    partition, timeout = TopicPartition(*where), options.call_timeout_seconds
    patience = time.monotonic() + options.start_timeout_seconds
    try:
        _, high = uncommitted.get_watermark_offsets(partition, timeout=timeout)
        low, stable = committed.get_watermark_offsets(partition, timeout=timeout)
        while stable < high:
            if time.monotonic() > patience:
                raise KafkaAway(str(where), options.start_timeout_seconds, "a transaction stays open")
            time.sleep(OPEN_TRANSACTION_CHECK_SECONDS)
            low, stable = committed.get_watermark_offsets(partition, timeout=timeout)
    except KafkaException as error:
        raise KafkaAway(str(where), timeout, error.args[0].str()) from error
    return Restored(start=start if low <= start <= stable else low, end=stable)


def _read(
    options: EngineOptions,
    consumer: Any,  # noqa: ANN401 - the client's stubs call a record's topic optional
    found: dict[ChangelogPartition, Restored],
) -> None:
    todo = {where for where, part in found.items() if part.end > part.start}
    if not todo:
        return
    consumer.assign([TopicPartition(*where, found[where].start) for where in todo])
    heard = time.monotonic()
    while todo:
        for message in consumer.consume(READ_AT_ONCE_MAX, POLL_SECONDS):
            heard = time.monotonic()
            where, error = (message.topic(), message.partition()), message.error()
            if error is None:
                found[where].take(
                    message.key(), message.value(), message.headers() if message.value() is None else None
                )
            elif error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - the client's public name for it
                todo.discard(where)
            elif not error.retriable() and error.code() not in _PASSING:
                raise KafkaException(error)
        if time.monotonic() - heard > options.start_timeout_seconds:
            raise KafkaAway(
                str(sorted(todo)), options.start_timeout_seconds, "the changelog stopped answering"
            )


# The client goes on by itself after these, which it also reports.
_PASSING = frozenset({KafkaError._TRANSPORT, KafkaError._ALL_BROKERS_DOWN, KafkaError._TIMED_OUT})  # noqa: SLF001
