"""What the driver is told: its group, its slot, its limits, and the Kafka settings that follow."""

import logging
from dataclasses import dataclass, field
from typing import Any

KafkaConf = dict[str, Any]

# What the client library says goes through Python's logging, not to stderr.
CLIENT_LOG = logging.getLogger("librdkafka")

# A broker that restarts is back in seconds; the client's own ten would make every restart a long silence.
RECONNECT_MS_MAX = 1_000


@dataclass(frozen=True)
class EngineOptions:
    """Settings of one worker's driver; every limit has a unit in its name."""

    group: str
    slot: str
    kafka: KafkaConf
    session_timeout_ms: int = 6_000
    heartbeat_ms: int = 1_000
    transaction_timeout_ms: int = 3_000
    call_timeout_seconds: float = 10.0
    start_timeout_seconds: float = 30.0
    drain_timeout_seconds: float = 10.0
    round_records_max: int = 8_000
    round_bytes_max: int = 1 << 21
    round_wait_seconds: float = 0.1
    commit_attempts_max: int = 5
    compression: str = "lz4"
    folder: str = ".headgate/state"
    delete_retention_ms: int = 86_400_000
    static_member: bool = True
    consumer: KafkaConf = field(default_factory=dict)
    producer: KafkaConf = field(default_factory=dict)

    def consumer_conf(self) -> KafkaConf:
        """Return the settings of the one consumer."""
        membership: KafkaConf = (
            {"group.instance.id": f"{self.group}-{self.slot}"} if self.static_member else {}
        )
        return {
            **self.kafka,
            "logger": CLIENT_LOG,
            "reconnect.backoff.max.ms": RECONNECT_MS_MAX,
            "group.id": self.group,
            **membership,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
            # Eager on purpose: with cooperative-sticky the generation changes in the middle of a round.
            "partition.assignment.strategy": "range",
            "session.timeout.ms": self.session_timeout_ms,
            "heartbeat.interval.ms": self.heartbeat_ms,
            "fetch.queue.backoff.ms": 2,  # librdkafka's second would put a pause into every full queue
            "fetch.wait.max.ms": 20,
            "queued.min.messages": 20_000,
            # The queue is one line for all topics: a longer one starves the agent downstream.
            "queued.max.messages.kbytes": 8_192,
            "fetch.message.max.bytes": 1 << 20,
            **self.consumer,
        }

    def producer_conf(self) -> KafkaConf:
        """Return the settings of the one transactional producer."""
        return {
            **self.kafka,
            "logger": CLIENT_LOG,
            "reconnect.backoff.max.ms": RECONNECT_MS_MAX,
            "transactional.id": f"{self.group}-{self.slot}",
            "transaction.timeout.ms": self.transaction_timeout_ms,
            "message.timeout.ms": self.transaction_timeout_ms,
            "compression.type": self.compression,
            "partitioner": "murmur2_random",  # the partition that Java's clients choose for a key
            "linger.ms": 0,
            "message.max.bytes": 8 << 20,  # a dead letter is its source's record with its origin behind it
            "batch.size": 4 << 20,
            "batch.num.messages": 100_000,
            "queue.buffering.max.messages": 1_000_000,
            "queue.buffering.max.kbytes": 1 << 19,
            "retry.backoff.ms": 10,
            "retry.backoff.max.ms": 250,
            **self.producer,
        }
