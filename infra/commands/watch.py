"""Turns what becomes of an executor's partitions and records into metrics, health and log lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from infra import logs, metrics

if TYPE_CHECKING:
    from infra.health import Health

LOOP: Final = "commands"
STUCK_AFTER_MS: Final = 120_000  # a start that waits for a broker, and for an open transaction
_log = logs.get(__name__)


class LoopWatch:
    """Reports ownership and lag of one executor."""

    def __init__(self, health: Health) -> None:
        self._health = health
        health.watch(LOOP, stuck_after_ms=STUCK_AFTER_MS)
        health.condition("group", "no partitions assigned yet")

    def beat(self) -> None:
        """Note that the loop came round."""
        self._health.beat(LOOP)

    def assigned(self, partitions: list[int]) -> None:
        """Note what is ours."""
        metrics.REBALANCES.inc()
        metrics.PARTITIONS_ASSIGNED.set(len(partitions))
        self._health.condition("group", None)
        self._health.partitions(assigned=len(partitions), restored=len(partitions))
        _log.info("executor.assigned", partitions=partitions)

    def revoked(self) -> None:
        """Note that nothing is ours until the next assignment."""
        metrics.PARTITIONS_ASSIGNED.set(0)
        metrics.COMMANDS_OPEN.set(0)
        self._health.partitions(assigned=0, restored=0)

    def lag(self, topic: str, records: dict[int, int], resting: set[int]) -> None:
        """Note how far behind we are; a partition whose window is full waits for the outside, not for us."""
        for partition, count in records.items():
            metrics.LAG.labels(topic, str(partition)).set(count)
        self._health.lag(sum(count for partition, count in records.items() if partition not in resting))

    def committed(self, seconds: float) -> None:
        """Note a commit."""
        metrics.COMMIT_SECONDS.observe(seconds)
        self._health.committed()

    def open_commands(self, count: int) -> None:
        """Note how many commands have no outcome yet."""
        metrics.COMMANDS_OPEN.set(count)

    def parked(self, topic: str, reason: str, detail: str, offset: int) -> None:
        """Note a record that nobody can read."""
        metrics.PARKED.labels(topic, reason).inc()
        _log.error("executor.parked", topic=topic, offset=offset, reason=reason, detail=detail)

    def draining(self, open_commands: int) -> None:
        """Note that nothing more is taken."""
        _log.info("executor.draining", open=open_commands)
