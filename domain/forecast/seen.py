"""A day beside what was expected of it: its weights, its level, and how far off its hours were."""

from typing import Final

from msgspec import Struct

from domain.forecast import bands, experts, level, weighing
from domain.forecast.fixed import DAY, FINE, ONE, to_mean_one
from domain.forecast.model import PastDay
from domain.forecast.rows import CurveRow, HistoryRow

# Of a day of which less than an eighth was free to spend, what it would have cost as a whole is a guess.
_LEAST: Final = DAY // 8
_WEIGHT_MAX: Final = 2**16 - 1

Hours = list[tuple[int, int]]


class Seen(Struct, gc=False):
    """A day as it was expected and as it came."""

    weekday: int
    view: experts.View
    blend: list[int]
    observed: int  # what it would have cost had all of it been free to spend
    weights: Hours  # clock hour and weight; none where nothing was spent
    offs: list[int]  # scores; none where nothing was expected


def blended(view: experts.View, shares: list[int]) -> list[int]:
    """Return what the experts say together; the shares are those of the experts that need no model."""
    even, account, day, week, _ = shares
    flat = even * ONE
    return [
        (flat + account * first + day * second + week * third) // 1000
        for first, second, third in zip(view.account, view.day, view.week, strict=True)
    ]


def see(history: HistoryRow, curve: CurveRow, day: PastDay) -> Seen | None:
    """Return a day beside what was expected of it; ``None`` if too little of it says anything."""
    pairs = enumerate(zip(day.clock_hours, day.hours_micros, strict=True))
    hours = [pair for place, pair in pairs if day.open >> place & 1]
    view = experts.look(history, curve, day.weekday)
    blend = to_mean_one(blended(view, weighing.shares(history, curve, with_forecast=False)))
    weight = sum([blend[clock] for clock, _ in hours])
    if weight < _LEAST:
        return None
    spent = sum([micros for _, micros in hours])
    unit = DAY * FINE
    # As weights against the expected level; the campaign's roughness is the unit of its scores.
    expected, rough = level.of_day(history, curve, day.weekday), weighing.typical_roughness(history)
    return Seen(
        weekday=day.weekday,
        view=view,
        blend=blend,
        observed=min(level.MOST, spent * unit // weight),
        weights=[(clock, min(_WEIGHT_MAX, micros * weight // spent)) for clock, micros in hours]
        if spent
        else [],
        offs=[bands.off(micros * unit // expected, blend[clock], rough) for clock, micros in hours]
        if expected
        else [],
    )


def misplaced(seen: Seen) -> int:
    """Return which permille of a day came in other hours than expected."""
    whole = sum([weight for _, weight in seen.weights])
    off = sum([abs(weight - seen.blend[clock]) for clock, weight in seen.weights])
    return off * 1000 // (2 * whole) if whole else 0


def by_clock(clock_hours: tuple[int, ...], micros: tuple[int, ...]) -> list[int] | None:
    """Return the weights of a forecast by clock hour; ``None`` if it is of no such day, or of nothing."""
    if len(micros) != len(clock_hours) or not any(micros):
        return None
    line, count = [0] * 24, [0] * 24
    for clock, hour in zip(clock_hours, micros, strict=True):
        line[clock] += hour
        count[clock] += 1
    return to_mean_one([hour // (many or 1) for hour, many in zip(line, count, strict=True)])
