"""The simulated world's time: that of the loop, which a leap may carry hours further."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from proof.virtual_time import LoopTime

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
MINUTE_MS = 60_000
ORIGIN_MS = int(datetime(2026, 11, 21, 9, tzinfo=UTC).timestamp()) * 1000


@dataclass
class _Leaps:
    ms: int = 0


@dataclass(frozen=True)
class SimulatedTime(LoopTime):
    """Begins on a morning, and leaps now and then."""

    leaps: _Leaps = field(default_factory=_Leaps)

    def now_ms(self) -> int:
        """Return which time it is."""
        return ORIGIN_MS + self.leaps.ms + super().now_ms()

    def leap(self, ms: int) -> None:
        """Let time pass that nobody waits for."""
        self.leaps.ms += ms


def day_of(now_ms: int) -> str:
    """Return a moment's day in UTC."""
    return datetime.fromtimestamp(now_ms // 1000, UTC).date().isoformat()


def start_of(day: str) -> int:
    """Return when a day begins in UTC."""
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) * 1000


def next_day(day: str) -> str:
    """Return the day after."""
    return (datetime.fromisoformat(day) + timedelta(days=1)).date().isoformat()
