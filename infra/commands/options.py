"""What an executor is told of Kafka, its limits there, and the settings of its clients that follow."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, Final

from infra.logs import LIBRDKAFKA

_CLIENT_LOG: Final = logging.getLogger(LIBRDKAFKA)
_HEARTBEATS_A_SESSION: Final = 6
_COMPRESSION: Final = "zstd"  # what topics.yaml says of facts


@dataclass(frozen=True, slots=True)
class CommandTopics:
    """Where an executor reads and writes."""

    commands: str
    attempts: str
    outcomes: str
    dead_letters: str


@dataclass(frozen=True, slots=True)
class CommandOptions:
    """Settings of one executor that have to do with Kafka, all in our own time."""

    kafka: dict[str, Any]
    slot: str
    group: str
    topics: CommandTopics
    who: str
    """What people call it."""
    session_timeout_ms: int = 6_000
    transaction_timeout_ms: int = 3_000
    call_timeout_seconds: int = 5
    start_timeout_seconds: int = 30
    drain_timeout_ms: int = 10_000
    commit_attempts_max: int = 5
    look_back_commands: int = 0
    """So many commands that are done are read again at an assignment."""

    @property
    def commit_seconds_max(self) -> int:
        """How long a transaction may take, whose two calls may each take their time."""
        return 2 * self.call_timeout_seconds

    @property
    def lease_ms(self) -> int:
        """How long after a proof of membership a write may leave: well before another could take over."""
        return self.session_timeout_ms // 2

    def consumer_conf(self) -> dict[str, Any]:
        """Return the settings of the group's consumer."""
        return {
            **self.reader_conf("read_committed"),
            "group.id": self.group,
            "group.instance.id": f"{self.group}-{self.slot}",
            # Eager on purpose: with cooperative-sticky the generation changes while commands are under way.
            "partition.assignment.strategy": "range",
            "session.timeout.ms": self.session_timeout_ms,
            "heartbeat.interval.ms": self.session_timeout_ms // _HEARTBEATS_A_SESSION,
            "queued.max.messages.kbytes": 8_192,
        }

    def reader_conf(self, isolation_level: str) -> dict[str, Any]:
        """Return the settings of a reader that is in no group."""
        return {
            **self.kafka,
            "logger": _CLIENT_LOG,
            "group.id": f"{self.group}-attempts",  # the client wants one; nothing is committed with it
            "isolation.level": isolation_level,
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
            "fetch.queue.backoff.ms": 2,
            "fetch.wait.max.ms": 20,
        }

    def producer_conf(self) -> dict[str, Any]:
        """Return the settings of the one transactional producer."""
        return {
            **self.kafka,
            "logger": _CLIENT_LOG,
            "transactional.id": f"{self.group}-{self.slot}",
            "transaction.timeout.ms": self.transaction_timeout_ms,
            "message.timeout.ms": self.transaction_timeout_ms,
            "compression.type": _COMPRESSION,
            "partitioner": "murmur2_random",  # the partition that Java's clients choose for a key
            "linger.ms": 0,
            "message.max.bytes": 8 << 20,  # a dead letter is its source's record with its origin behind it
            "retry.backoff.ms": 10,
            "retry.backoff.max.ms": 250,
        }
