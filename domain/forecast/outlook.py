"""The outlook: how a day or a month will end, when a budget will be used up, and how fast money goes."""

from collections.abc import Iterable, Sequence
from itertools import accumulate
from math import isqrt
from typing import Final

from msgspec import Struct

from domain.forecast.model import Evidence

DAY_HOURS: Final = 24
# Four times of five a normal error stays within 1.6 times its mean.
_TO_80: Final = 1600
# Of two errors of one campaign a quarter is common: hours share their day, days share the market.
_COMMON: Final = 4
# What today has shown of its level counts against half a day of what was expected.
_PRIOR: Final = 2


class Outlook(Struct, frozen=True):
    """What something will have come to; between low and high four times of five."""

    expected_micros: int
    low_micros: int | None = None
    high_micros: int | None = None


class Burn(Struct, frozen=True):
    """How fast money goes; of what nobody told yet, ``None``."""

    hour_micros: int | None
    """In the last whole hour."""
    day_micros: int | None
    """In the last 24 hours."""
    week_micros: int | None
    """On an average day of the last seven."""


class Exhaustion(Struct, frozen=True):
    """When a budget is used up: the hour of a day, counted from today's zero."""

    days_ahead: int
    hour: int


def day_end(spent_micros: int, hours_over: int, into_permille: int, evidence: Evidence) -> Outlook | None:
    """Return how a day ends of which so many hours, and such a part of the next, are over.

    Unknown without any history of the campaign. A day that began above what was expected is taken to go on
    so, the more surely the more of it there was.
    """
    expected = evidence.expected_micros
    if expected is None:
        return None
    whole = sum(expected)
    rest = _rest(expected, hours_over, into_permille)
    over = whole - rest
    likely = rest if not whole else rest * (_PRIOR * spent_micros + whole) // (_PRIOR * over + whole)
    if evidence.low80_micros is None or evidence.high80_micros is None:
        return Outlook(spent_micros + likely)
    down = [middle - low for middle, low in zip(expected, evidence.low80_micros, strict=True)]
    up = [high - middle for middle, high in zip(expected, evidence.high80_micros, strict=True)]
    return Outlook(
        spent_micros + likely,
        spent_micros + max(0, likely - _joint(_tail(down, hours_over, into_permille))),
        spent_micros + likely + _joint(_tail(up, hours_over, into_permille)),
    )


def period_end(spent_micros: int, today: Outlook, days: Sequence[Outlook]) -> Outlook:
    """Return how a month or a flight ends: what was spent before today, today, and the days after it."""
    every = (today, *days)
    expected = spent_micros + sum(day.expected_micros for day in every)
    if any(day.low_micros is None or day.high_micros is None for day in every):
        return Outlook(expected)
    down = _joint([max(0, day.expected_micros - (day.low_micros or 0)) for day in every])
    up = _joint([max(0, (day.high_micros or 0) - day.expected_micros) for day in every])
    return Outlook(expected, max(spent_micros, expected - down), expected + up)


def whole_day(day_micros: int, error_permille: int | None) -> Outlook:
    """Return how a day not begun ends, by what such a day costs and how wrong that typically is."""
    if error_permille is None:
        return Outlook(day_micros)
    off = day_micros * error_permille * _TO_80 // 1_000_000
    return Outlook(day_micros, max(0, day_micros - off), day_micros + off)


def exhaustion(left_micros: int, days: Iterable[Sequence[int]]) -> Exhaustion | None:
    """Return in which hour what is left is used up by days of such hours; ``None`` if not in these days.

    Of today only what is still to come may be in its hours: zeros stand for those that are over.
    """
    before = 0
    for number, hours in enumerate(days):
        for hour, total in enumerate(accumulate(hours)):
            if before + total >= left_micros and hours[hour]:
                return Exhaustion(number, hour)
        before += sum(hours)
    return None


def burn(today: Sequence[int], past_days: Sequence[Sequence[int]]) -> Burn:
    """Return the speed at which money goes, by today's whole hours and earlier days, the newest first."""
    hours = list(today)
    for day in past_days:
        if len(hours) >= DAY_HOURS:
            break
        hours = [*day, *hours]
    week = past_days[:7]
    return Burn(
        hour_micros=hours[-1] if hours else None,
        day_micros=sum(hours[-DAY_HOURS:]) if len(hours) >= DAY_HOURS else None,
        week_micros=sum(map(sum, week)) // len(week) if week else None,
    )


def _rest(hours: Sequence[int], over: int, into_permille: int) -> int:
    return sum(_tail(hours, over, into_permille))


def _tail(hours: Sequence[int], over: int, into_permille: int) -> list[int]:
    """Return what is left of a day's hours, of the running one its part."""
    tail = list(hours[over:])
    if tail:
        tail[0] = tail[0] * (1000 - into_permille) // 1000
    return tail


def _joint(offs: Sequence[int]) -> int:
    """Return how far a sum is off whose parts are off so far, and of which a part is common to all."""
    whole = sum(offs)
    return isqrt((whole * whole + (_COMMON - 1) * sum([off * off for off in offs])) // _COMMON)
