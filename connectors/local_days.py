"""The calendar days of an account: when they begin and end, and which of their hours a label names.

A day is what lies between its first midnight and that of the next day: 23, 24 or 25 hours, or half an hour
off, where clocks change; where midnight itself is skipped it begins with the first moment after.

Platforms label an hour with its wall time, so on a day of 25 hours one label stands for two hours. What such
a label brings belongs to the first of them, and the second stays empty: the day's total is right.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from connectors.errors import InvalidRequest
from connectors.ports import LocalDay

HOUR_MS: Final = 3_600_000
LABEL: Final = "%Y-%m-%d %H:%M:%S"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MS: Final = timedelta(milliseconds=1)
# Accounts times the days that are read again, many times over.
_REMEMBERED: Final = 4_096


def zone_of(name: str) -> ZoneInfo:
    """Return a time zone by its IANA name; ``InvalidRequest`` when it is not known here."""
    try:
        return ZoneInfo(name)
    except (LookupError, ValueError, OSError) as error:
        detail = f"its time zone {name!r:.80} is not known here; a newer `tzdata` may know it"
        raise InvalidRequest("account", detail) from error


def local_day(zone: str, now_ms: int) -> LocalDay:
    """Return the day that it is in a time zone at a moment."""
    there = (_EPOCH + now_ms * _MS).astimezone(zone_of(zone)).date()
    day = local_day_of(zone, there.isoformat())
    # Where clocks go back over midnight, the date returns for a while to a day that is over.
    if now_ms >= day.end_ms:
        return local_day_of(zone, (there + timedelta(days=1)).isoformat())
    return day


@lru_cache(_REMEMBERED)
def local_day_of(zone: str, day: str) -> LocalDay:
    """Return a day by its date, as ``2026-10-25``; ``InvalidRequest`` when there is none there."""
    try:
        there = date.fromisoformat(day)
        start_ms = _midnight_ms(zone_of(zone), there)
        end_ms = _midnight_ms(zone_of(zone), there + timedelta(days=1))
    except (ValueError, OverflowError) as error:
        raise InvalidRequest("account", f"{day!r:.40} is not a day") from error
    if day != there.isoformat():
        raise InvalidRequest("account", f"{day!r:.40} is not written as {there.isoformat()}")
    if start_ms >= end_ms:
        raise InvalidRequest("account", f"{day} was left out in {zone}")
    return LocalDay(day, start_ms, end_ms)


@lru_cache(_REMEMBERED * 25)
def hour_of(zone: str, day: LocalDay, label: str) -> int:
    """Return which hour of a day a label such as ``2026-10-25 02:00:00`` names; ``ValueError`` when none.

    Where clocks move by a part of an hour, labels begin in the midst of hours; such a one is that of the next
    hour, and may share it.
    """
    wall = datetime.strptime(label, LABEL)  # noqa: DTZ007 - a wall time; its zone is applied next
    start_ms = _first_ms(zone_of(zone), wall)
    shown = (_EPOCH + start_ms * _MS).astimezone(zone_of(zone))
    is_whole = wall.minute == wall.second == 0
    if not is_whole or (shown.date(), shown.hour) != (wall.date(), wall.hour):
        raise ValueError(f"{label} is not the beginning of an hour in {zone}")
    if not day.start_ms <= start_ms < day.end_ms:
        raise ValueError(f"{label} is not in {day.day}")
    return -(-(start_ms - day.start_ms) // HOUR_MS)


def _midnight_ms(zone: ZoneInfo, day: date) -> int:
    return _first_ms(zone, datetime(day.year, day.month, day.day))  # noqa: DTZ001 - likewise


def _first_ms(zone: ZoneInfo, wall: datetime) -> int:
    """Return the first moment at which clocks show a wall time, or one past it where they skip it."""
    late, early = (_moment_ms(wall.replace(tzinfo=zone, fold=fold)) for fold in (0, 1))
    if early >= late:
        return late  # the ordinary case, and of two such moments the first
    # Skipped: the clocks jump somewhere between the two readings.
    while early + 1 < late:
        middle = (early + late) // 2
        shown = (_EPOCH + middle * _MS).astimezone(zone).replace(tzinfo=None)
        early, late = (early, middle) if shown >= wall else (middle, late)
    return late


def _moment_ms(moment: datetime) -> int:
    return (moment - _EPOCH) // _MS
