"""The settings of a local broker, each with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.kafka.ports import HOST

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

# Batches of a changelog reach 4 MiB; twice that leaves room for whole transactions' largest batch.
MESSAGE_BYTES_MAX = 8 * 1024 * 1024
INT_MAX = 2**31 - 1
# Enough for embedded loads; each partition of an internal topic costs files and start-up time.
INTERNAL_PARTITIONS = 8


def broker_properties(index: int, ports: Sequence[tuple[int, int]], data: Path) -> dict[str, str | int]:
    """Return the properties of one broker among as many as there are pairs of ports."""
    client_port, controller_port = ports[index]
    voters = ",".join(f"{node + 1}@{HOST}:{controller}" for node, (_, controller) in enumerate(ports))
    return {
        "process.roles": "broker,controller",
        "node.id": index + 1,
        "controller.quorum.voters": voters,
        "listeners": f"PLAINTEXT://{HOST}:{client_port},CONTROLLER://{HOST}:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{client_port}",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.listener.names": "CONTROLLER",
        "inter.broker.listener.name": "PLAINTEXT",
        "log.dirs": str(data),
        **_replication(len(ports)),
        **_for_ever(),
        **_transactions_and_groups(),
        **_small_machine(),
    }


def write_properties(path: Path, properties: dict[str, str | int]) -> None:
    """Write a properties file; backslashes are escaped as Java reads them."""
    lines = [f"{key}={str(value).replace(chr(92), chr(92) * 2)}\n" for key, value in properties.items()]
    path.write_text("".join(lines), encoding="utf-8")


def _replication(brokers: int) -> dict[str, str | int]:
    copies = min(3, brokers)
    in_sync = max(1, copies - 1)
    return {
        # A clean hand-over waits for a controller, and when all end together there is none any more.
        "controlled.shutdown.enable": "true" if brokers == 1 else "false",
        "default.replication.factor": copies,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": copies,
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": in_sync,
        "share.coordinator.state.topic.replication.factor": copies,
        "share.coordinator.state.topic.min.isr": in_sync,
        # Time until a killed broker's partitions move; less would fence brokers of a busy machine.
        "broker.session.timeout.ms": 4_000,
        "broker.heartbeat.interval.ms": 500,
    }


def _for_ever() -> dict[str, str | int]:
    return {
        "log.retention.ms": -1,
        "log.retention.bytes": -1,
        # By default a group that was away for a week starts over; ours must not.
        "offsets.retention.minutes": INT_MAX,
        # A topic that nobody declared is a mistake, and Faust breaks on a changelog of another shape.
        "auto.create.topics.enable": "false",
        "message.max.bytes": MESSAGE_BYTES_MAX,
        "replica.fetch.max.bytes": MESSAGE_BYTES_MAX,
        "replica.fetch.response.max.bytes": MESSAGE_BYTES_MAX,
    }


def _transactions_and_groups() -> dict[str, str | int]:
    return {
        "transaction.state.log.num.partitions": INTERNAL_PARTITIONS,
        "offsets.topic.num.partitions": INTERNAL_PARTITIONS,
        "share.coordinator.state.topic.num.partitions": 1,
        # The default looks for timed-out transactions each 10 s, and readers would wait for that long.
        "transaction.abort.timed.out.transaction.cleanup.interval.ms": 1_000,
        "group.initial.rebalance.delay.ms": 0,
        "group.min.session.timeout.ms": 1_000,
    }


def _small_machine() -> dict[str, str | int]:
    return {
        "num.partitions": INTERNAL_PARTITIONS,
        "num.network.threads": 2,
        "num.io.threads": 4,
        "num.replica.fetchers": 1,
        "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
    }
