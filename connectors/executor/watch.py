"""Turns what an executor does into metrics, health and log lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from connectors.executor.decision import Applied, GaveUp, Superseded
from connectors.executor.troubles import needs_a_person
from infra import logs, metrics

if TYPE_CHECKING:
    from connectors.errors import PlatformError
    from connectors.executor.entry import Entry
    from connectors.executor.records import Outcome
    from infra.health import Health
    from infra.world_time import WorldTime

LOOP: Final = "commands"
STUCK_AFTER_MS: Final = 120_000  # a start that waits for a broker, and for an open transaction
_log = logs.get(__name__)


class ExecutorWatch:
    """Reports commands, ownership and lag of one executor."""

    def __init__(self, health: Health, time: WorldTime) -> None:
        self._health, self._time = health, time
        health.watch(LOOP, stuck_after_ms=STUCK_AFTER_MS)
        health.condition("group", "no partitions assigned yet")

    def beat(self) -> None:
        """Note that the loop came round."""
        self._health.beat(LOOP)

    def assigned(self, partitions: int) -> None:
        """Note what is ours."""
        metrics.REBALANCES.inc()
        metrics.PARTITIONS_ASSIGNED.set(partitions)
        self._health.condition("group", None)
        self._health.partitions(assigned=partitions, restored=partitions)

    def revoked(self) -> None:
        """Note that nothing is ours until the next assignment."""
        metrics.PARTITIONS_ASSIGNED.set(0)
        metrics.COMMANDS_OPEN.set(0)
        self._health.partitions(assigned=0, restored=0)

    def lag(self, topic: str, records: dict[int, int], resting: set[int]) -> None:
        """Note how far behind we are; a partition whose window is full waits for platforms, not for us."""
        for partition, count in records.items():
            metrics.LAG.labels(topic, str(partition)).set(count)
        self._health.lag(sum(count for partition, count in records.items() if partition not in resting))

    def committed(self) -> None:
        """Note a commit."""
        self._health.committed()

    def open_commands(self, count: int) -> None:
        """Note how many commands have no outcome yet."""
        metrics.COMMANDS_OPEN.set(count)

    def parked(self, topic: str, reason: str, detail: str, offset: int) -> None:
        """Note a record that nobody can read."""
        metrics.PARKED.labels(topic, reason).inc()
        _log.error("executor.parked", topic=topic, offset=offset, reason=reason, detail=detail)

    def reached(self, platform: str) -> None:
        """Note that a platform answered."""
        self._health.condition(platform, None)

    def trouble(self, platform: str, error: PlatformError) -> None:
        """Note what a platform refused, and whether somebody has to do something about it."""
        _log.warning("executor.trouble", platform=platform, reason=error.reason, detail=error.detail)
        if needs_a_person(error):
            self._health.condition(platform, f"{error.reason}: {error.detail}")

    def retried(self, platform: str, reason: str) -> None:
        """Count a command that has to wait."""
        metrics.COMMAND_RETRIES.labels(platform, reason).inc()

    def ended(self, entry: Entry, outcome: Outcome, at_ms: int) -> None:
        """Note an outcome that is durable."""
        command, kind, why = entry.command, *_told(outcome)
        metrics.COMMANDS.labels(command.platform, command.action, kind).inc()
        took_seconds = self._time.our_seconds(max(0, at_ms - command.wish.decided_ms))
        if kind == "applied":
            metrics.COMMAND_SECONDS.labels(command.action).observe(took_seconds)
        _log.info(
            f"executor.{kind}",
            command=command.id,
            subject=command.envelope.subject,
            campaign=command.wish.campaign,
            action=command.action,
            attempts=entry.attempts,
            ms=round(took_seconds * 1000),
            why=why,
        )


def _told(outcome: Outcome) -> tuple[str, str]:
    match outcome:
        case Applied():
            return "applied", ""
        case Superseded(reason):
            return "superseded", reason
        case GaveUp(detail):
            return "failed", f"gave-up: {detail}"
        case _:
            return "failed", f"{outcome.reason}: {outcome.detail}"
