"""What an executor is told, its limits, and the Kafka settings that follow."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, Final

from infra.logs import LIBRDKAFKA
from infra.retry import Backoff

GROUP: Final = "headgate-executor"

_CLIENT_LOG: Final = logging.getLogger(LIBRDKAFKA)
_HEARTBEATS_A_SESSION: Final = 6
_COMPRESSION: Final = "zstd"  # what topics.yaml says of facts
_RETRY: Final = Backoff(delay_ms=500, delay_ms_max=60_000)
_LOOK: Final = Backoff(delay_ms=200, delay_ms_max=2_000)


@dataclass(frozen=True, slots=True)
class Topics:
    """Where the executor reads and writes; tests have topics of their own."""

    commands: str = "platform-commands"
    attempts: str = "platform-attempts"
    outcomes: str = "account-facts"
    dead_letters: str = "dead-letters"


_TOPICS: Final = Topics()


@dataclass(frozen=True, slots=True)
class ExecutorOptions:
    """Settings of one executor; times of the product are in world time, those of Kafka in ours."""

    kafka: dict[str, Any]
    slot: str
    group: str = GROUP
    topics: Topics = _TOPICS
    session_timeout_ms: int = 6_000
    transaction_timeout_ms: int = 3_000
    call_timeout_seconds: int = 5
    start_timeout_seconds: int = 30
    drain_timeout_ms: int = 10_000
    commit_attempts_max: int = 5
    give_up_after_ms: int = 3_600_000
    accounts_at_once_max: int = 16
    campaigns_at_once_max: int = 100
    retry: Backoff = _RETRY
    look: Backoff = _LOOK
    settle_ms: int = 5_000
    """How long a write may take until it is seen."""
    person_ms: int = 60_000
    """How often it is tried where first a person has to give access."""

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
            **self.kafka,
            "logger": _CLIENT_LOG,
            "group.id": self.group,
            "group.instance.id": f"{self.group}-{self.slot}",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
            # Eager on purpose: with cooperative-sticky the generation changes while commands are under way.
            "partition.assignment.strategy": "range",
            "session.timeout.ms": self.session_timeout_ms,
            "heartbeat.interval.ms": self.session_timeout_ms // _HEARTBEATS_A_SESSION,
            "fetch.queue.backoff.ms": 2,
            "fetch.wait.max.ms": 20,
            "queued.max.messages.kbytes": 8_192,
        }

    def reader_conf(self, isolation_level: str) -> dict[str, Any]:
        """Return the settings of a reader of attempts, which is in no group."""
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
