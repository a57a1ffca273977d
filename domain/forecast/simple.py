"""Simple forecasts of any hourly series, each an idea that is right for some of them."""

from collections.abc import Sequence
from typing import Final

from domain.forecast.fixed import half_to_the

Series = Sequence[int]
Line = list[int]

DAY: Final = 24
WEEK: Final = 168
_WEIGHTS: Final = (4, 3, 2, 1)  # of the same hour in the last four days or weeks, the newest first
_RATIO_MOST: Final = 8
_NEAR_HOURS: Final = 3
_NEAR_FADING: Final = 4  # in sixteenths: what is left of the last hours' error halves in four hours


def forecasts(series: Series, at: int, steps: int) -> list[Line]:
    """Return what each idea says of the steps from an origin on, of which all values before it are known."""
    weekly = at >= WEEK + DAY
    by_day = _ideas(series, at, steps, DAY)
    # Before there is a week, the ideas that need one say what those of the day say.
    by_week = _ideas(series, at, steps, WEEK) if weekly else by_day
    return [[series[at - 1]] * steps, *by_day, *by_week]


def _ideas(series: Series, at: int, steps: int, season: int) -> list[Line]:
    """Return what a season says: its last one, its average, and that at the level of the last day."""
    last = _tiled([series[max(0, place - season)] for place in range(at, at + min(steps, season))], steps)
    usual = _usual(series, range(at - DAY, at + min(steps, season)), season)
    before, ahead = usual[:DAY], _tiled(usual[DAY:], steps)
    newest = series[at - DAY : at]
    off = (sum(newest) - sum(before)) // DAY
    near = (
        sum([now - was - off for now, was in zip(newest, before, strict=True)][-_NEAR_HOURS:]) // _NEAR_HOURS
    )
    return [
        last,
        ahead,
        [value + off for value in ahead],
        [value + off // 2 for value in ahead],
        _scaled(ahead, sum(newest), sum(before)),
        [
            value + off + near * half_to_the(_NEAR_FADING * step) // 1_000_000
            for step, value in enumerate(ahead)
        ],
    ]


def _usual(series: Series, places: range, season: int) -> Line:
    """Return the weighted average of the same hours in the last seasons, before each place."""
    usual = []
    for place in places:
        total = weights = 0
        before = place - season
        for weight in _WEIGHTS:
            if before < 0:
                break
            total += weight * series[before]
            weights += weight
            before -= season
        usual.append(total // weights if weights else series[max(0, place - DAY)])
    return usual


def _tiled(line: Line, steps: int) -> Line:
    return (line * (1 + (steps - 1) // len(line)))[:steps]


def _scaled(line: Line, now: int, usual: int) -> Line:
    """Return a line at the level of now, where both levels are such that one can be told from the other."""
    if now <= 0 or usual <= 0 or not usual < _RATIO_MOST * now < _RATIO_MOST * _RATIO_MOST * usual:
        return line
    return [value * now // usual for value in line]
