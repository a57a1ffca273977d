"""Turns what becomes of notices into metrics, health and log lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from events.envelope import moment
from infra import logs, metrics
from infra.world_time import WorldTime, wall_ms

if TYPE_CHECKING:
    from connectors.notifier.destination import Destination
    from connectors.notifier.notices import Notice
    from infra.health import Health

# A call to Kafka or a mail server that answers slowly; a destination that is away does not stop the loop.
STUCK_AFTER_MS: Final = 600_000
_log = logs.get(__name__)


class Watch:
    """Reports what becomes of one destination's notices."""

    def __init__(self, destination: Destination, health: Health, time: WorldTime) -> None:
        self._name, self._where = destination.name, destination.where
        self._health, self._time = health, time
        self._away_since_ms: int | None = None
        self._loop = f"to {self._name}"
        health.watch(self._loop, stuck_after_ms=STUCK_AFTER_MS)

    def beat(self) -> None:
        """Note that the loop came round."""
        self._health.beat(self._loop)

    def lag(self, records: int) -> None:
        """Note how much is still to be looked at."""
        metrics.NOTIFIER_LAG.labels(self._name).set(records)

    def taken(self, notice: Notice, detail: str, attempts: int) -> None:
        """Note that a destination has a notice."""
        self._back()
        waited_ms = max(0, self._time.now_ms() - notice.at_ms)
        metrics.NOTICES.labels(self._name, "taken").inc()
        metrics.NOTICE_SECONDS.labels(self._name).observe(self._time.our_seconds(waited_ms))
        _log.info("notifier.taken", **self._about(notice), attempts=attempts, answer=detail)

    def refused(self, notice: Notice, detail: str) -> None:
        """Note that a destination never takes a notice, which is parked whole."""
        self._back()
        metrics.NOTICES.labels(self._name, "parked").inc()
        _log.error("notifier.parked", **self._about(notice), answer=detail)

    def unreadable(self, place: str, reason: str, detail: str) -> None:
        """Note a record that nobody can read."""
        metrics.NOTICES.labels(self._name, "parked").inc()
        _log.error("notifier.parked", destination=self._name, place=place, reason=reason, answer=detail)

    def waits(self, notice: Notice, detail: str, attempt: int, delay_ms: int) -> None:
        """Note that a destination could not be told now."""
        if self._away_since_ms is None:
            self._away_since_ms = wall_ms()
        metrics.NOTICE_RETRIES.labels(self._name).inc()
        since = moment(self._away_since_ms // 1000 * 1000)
        self._health.condition(f"destination {self._name}", f"{self._where} is away since {since}: {detail}")
        _log.warning(
            "notifier.waits", **self._about(notice), answer=detail, attempt=attempt, again_in_ms=delay_ms
        )

    def _back(self) -> None:
        self._away_since_ms = None
        self._health.condition(f"destination {self._name}", None)

    def _about(self, notice: Notice) -> dict[str, str]:
        return {
            "destination": self._name,
            "where": self._where,
            "type": notice.type,
            "id": notice.id,
            "subject": notice.subject,
        }
