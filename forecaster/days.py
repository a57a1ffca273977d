"""An account's days: when they begin and end, and what each of their hours is called on the wall."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

HOUR_MS: Final = 3_600_000
DAY_MS: Final = 24 * HOUR_MS
# Accounts times days: each is asked for again at every forecast.
_REMEMBERED: Final = 8_192


class Day(NamedTuple):
    """A day as pages tell it."""

    name: str
    start_ms: int
    end_ms: int

    @property
    def hours(self) -> int:
        """Return how many hours it has."""
        return -(-(self.end_ms - self.start_ms) // HOUR_MS)


def zone_of(name: str | None) -> ZoneInfo | None:
    """Return a time zone, None when it is not known, or not known here."""
    if name is None:
        return None
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return None


@lru_cache(_REMEMBERED)
def clock_hours(day: Day, zone: str | None) -> tuple[int, ...]:
    """Return what each hour of a day is called; without a zone they are counted."""
    place = zone_of(zone)
    if place is None or day.hours == 24:  # noqa: PLR2004 - no clock was moved
        return tuple(hour % 24 for hour in range(day.hours))
    starts = (day.start_ms + hour * HOUR_MS for hour in range(day.hours))
    return tuple(datetime.fromtimestamp(start // 1_000, UTC).astimezone(place).hour for start in starts)


@lru_cache(_REMEMBERED)
def day_after(day: Day, zone: str | None) -> Day:
    """Return the next day; one of 24 hours where the zone is not known."""
    following = date.fromisoformat(day.name) + timedelta(days=1)
    return Day(following.isoformat(), day.end_ms, _end_ms(following, day.end_ms, zone_of(zone)))


def _end_ms(day: date, start_ms: int, zone: ZoneInfo | None) -> int:
    if zone is None:
        return start_ms + DAY_MS
    after = day + timedelta(days=1)
    midnight = datetime(after.year, after.month, after.day, tzinfo=zone)
    end_ms = round(midnight.timestamp()) * 1_000
    # A zone that is not the one of the pages, or a date line that was moved.
    return end_ms if abs(end_ms - start_ms - DAY_MS) <= 2 * HOUR_MS else start_ms + DAY_MS
