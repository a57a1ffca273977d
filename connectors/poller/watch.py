"""What the poller tells about its reads: metrics, health and log lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from connectors.poller import trouble
from infra import logs, metrics

if TYPE_CHECKING:
    from connectors.errors import PlatformError
    from connectors.poller.schedule import Kind
    from infra.health import Health

# A series for each account would flood whoever scrapes; the others are told of in the log and in health.
ACCOUNTS_SHOWN_MAX: Final = 200
TOLD_MAX: Final = 3
DETAIL_CHARACTERS_MAX: Final = 160

_log = logs.get(__name__)


class Watch:
    """Hears of every read of every account."""

    def __init__(self, health: Health, accounts: int) -> None:
        self._health, self._accounts = health, accounts
        self._troubles: dict[tuple[str, Kind], str] = {}
        self._shown: set[str] = set()
        if not accounts:
            _log.warning("poller.not_configured", next_step="List the ad accounts to watch in `accounts`.")
            health.condition("accounts", "not configured: there are no ad accounts to watch")

    def good(self, subject: str, kind: Kind, *, rows: int, as_of_ms: int, seconds: float) -> None:
        """Note a read that was whole and is in the log."""
        platform = subject.split("/")[1]
        metrics.POLLS.labels(platform, kind, "completed").inc()
        metrics.POLL_SECONDS.labels(platform, kind).observe(seconds)
        metrics.POLL_ROWS.labels(platform, kind).inc(rows)
        if subject in self._shown or len(self._shown) < ACCOUNTS_SHOWN_MAX:
            self._shown.add(subject)
            metrics.POLL_LAST_GOOD.labels(subject, kind).set(as_of_ms // 1000)
        if self._troubles.pop((subject, kind), None) is not None:
            _log.info("poller.recovered", subject=subject, kind=kind)
            self._judge()
        _log.debug("poller.read", subject=subject, kind=kind, rows=rows)

    def failed(self, subject: str, kind: Kind, error: PlatformError, *, attempt: int, retry_ms: int) -> None:
        """Note a read that came to nothing."""
        platform = subject.split("/")[1]
        metrics.POLLS.labels(platform, kind, error.reason).inc()
        _log.warning(
            "poller.failed",
            subject=subject,
            kind=kind,
            reason=error.reason,
            detail=error.detail,
            attempt=attempt,
            retry_ms=retry_ms,
        )
        if trouble.needs_a_person(error, attempt):
            told = f"{subject} {kind}: {error.reason}, {error.detail[:DETAIL_CHARACTERS_MAX]}"
            self._troubles[subject, kind] = told
            self._judge()

    def changed(self, subject: str, what: str, before: str, now: str) -> None:
        """Note that an account is not what it was; its pages go out as they are, for deciders to judge."""
        _log.warning("poller.account_changed", subject=subject, what=what, before=before, now=now)

    def _judge(self) -> None:
        failing = len({subject for subject, _ in self._troubles})
        metrics.POLL_ACCOUNTS_FAILING.set(failing)
        told = "; ".join(list(self._troubles.values())[:TOLD_MAX])
        problem = f"{failing} of {self._accounts} accounts cannot be read: {told}" if failing else None
        self._health.condition("polls", problem)
