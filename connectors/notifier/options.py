"""What a notifier is told, its limits, and the Kafka settings that follow."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, Final, Literal

from infra.logs import LIBRDKAFKA
from infra.retry import Backoff

GROUP: Final = "headgate-notifier"

_CLIENT_LOG: Final = logging.getLogger(LIBRDKAFKA)
_HEARTBEATS_A_SESSION: Final = 6
_RETRY: Final = Backoff(delay_ms=1_000, delay_ms_max=300_000)


@dataclass(frozen=True, slots=True)
class Topics:
    """Where the notifier reads, and parks what is refused; tests have topics of their own."""

    decisions: str = "account-decisions"
    dead_letters: str = "dead-letters"
    more: tuple[str, ...] = ()
    """Decisions of other agents, which are read in the same group."""

    @property
    def read(self) -> tuple[str, ...]:
        """Every topic on which there may be something to tell."""
        return (self.decisions, *self.more)


_TOPICS: Final = Topics(more=("client-decisions",))


@dataclass(frozen=True, slots=True)
class NotifierOptions:
    """Settings of one notifier."""

    kafka: dict[str, Any]
    slot: str
    group: str = GROUP
    topics: Topics = _TOPICS
    begin: Literal["now", "beginning"] = "now"
    session_timeout_ms: int = 6_000
    call_timeout_seconds: int = 10
    commit_attempts_max: int = 5
    records_at_once_max: int = 500
    wait_ms: int = 200
    """How long records are waited for; also how soon a notifier sees that it should end."""
    retry: Backoff = _RETRY
    """How a destination that is away is tried again, for as long as it takes."""

    def group_of(self, destination: str) -> str:
        """Name a destination's own group, so that none of them holds up another."""
        return f"{self.group}-{destination}"

    def consumer_conf(self, destination: str) -> dict[str, Any]:
        """Return the settings of a destination's consumer."""
        group = self.group_of(destination)
        return {
            **self.kafka,
            "logger": _CLIENT_LOG,
            "group.id": group,
            "group.instance.id": f"{group}-{self.slot}",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            # Where a new destination begins is committed before it is read, so nothing is ever skipped.
            "auto.offset.reset": "error",
            "isolation.level": "read_committed",
            "partition.assignment.strategy": "range",
            "session.timeout.ms": self.session_timeout_ms,
            "heartbeat.interval.ms": self.session_timeout_ms // _HEARTBEATS_A_SESSION,
            "fetch.queue.backoff.ms": 5,
            "fetch.wait.max.ms": 100,
            "queued.max.messages.kbytes": 2_048,
        }

    def reader_conf(self) -> dict[str, Any]:
        """Return the settings of a reader of single dead letters, which is in no group."""
        return {
            **self.kafka,
            "logger": _CLIENT_LOG,
            "group.id": f"{self.group}-letters",  # the client wants one; nothing is committed with it
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "error",
            "isolation.level": "read_committed",
        }

    def producer_conf(self) -> dict[str, Any]:
        """Return the settings of the producer of dead letters."""
        return {
            **self.kafka,
            "logger": _CLIENT_LOG,
            "enable.idempotence": True,
            "delivery.timeout.ms": self.call_timeout_seconds * 1_000,
            "compression.type": "zstd",  # what topics.yaml says of facts
            "partitioner": "murmur2_random",
            "linger.ms": 0,
            "message.max.bytes": 8 << 20,  # a dead letter is its source's record with its origin behind it
        }
