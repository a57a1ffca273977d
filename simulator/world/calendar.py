"""The days of an account in its own time zone: when they begin and end, and what their hours are called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

HOUR_MS = 3_600_000
# A year of days in a dozen zones; what is older is computed again.
_DAYS_KEPT = 4_096


@dataclass(frozen=True, slots=True)
class Day:
    """A calendar day of a zone; its hours are counted from its start, 23 to 25 of them."""

    name: str
    start_ms: int
    end_ms: int
    clock_hours: tuple[int, ...]
    """What each hour is called on the wall; an hour that is lived twice has its name twice."""

    def hour_end_ms(self, hour: int) -> int:
        """Return when an hour ends."""
        return min(self.start_ms + (hour + 1) * HOUR_MS, self.end_ms)


def day_at(zone: str, at_ms: int) -> Day:
    """Return the day that it is in a zone at a moment."""
    there = datetime.fromtimestamp(at_ms // 1000, ZoneInfo(zone)).date()
    day = day_named(zone, there.isoformat())
    if at_ms >= day.end_ms:
        # Where clocks go back over midnight, the date returns for a while to a day that is over.
        return day_named(zone, (there + timedelta(days=1)).isoformat())
    return day


@lru_cache(maxsize=_DAYS_KEPT)
def day_named(zone: str, name: str) -> Day:
    """Return a day by its name, `2026-11-21`."""
    first = date.fromisoformat(name)
    start_ms, end_ms = (_midnight_ms(zone, day) for day in (first, first + timedelta(days=1)))
    starts = range(start_ms, end_ms, HOUR_MS)
    clock_hours = tuple(datetime.fromtimestamp(ms // 1000, ZoneInfo(zone)).hour for ms in starts)
    return Day(name, start_ms, end_ms, clock_hours)


def _midnight_ms(zone: str, day: date) -> int:
    local = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    return int(local.astimezone(UTC).timestamp()) * 1000
