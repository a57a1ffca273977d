"""Turns what an executor does into metrics, health and log lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from connectors.executor.decision import Applied, GaveUp, Superseded
from connectors.executor.troubles import needs_a_person
from infra import logs, metrics
from infra.commands.watch import LoopWatch

if TYPE_CHECKING:
    from connectors.errors import PlatformError
    from connectors.executor.entry import Entry
    from connectors.executor.records import Outcome
    from infra.health import Health
    from infra.world_time import WorldTime

_log = logs.get(__name__)


class ExecutorWatch(LoopWatch):
    """Reports commands too."""

    def __init__(self, health: Health, time: WorldTime) -> None:
        super().__init__(health)
        self._time = time

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
