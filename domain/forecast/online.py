"""The online model for any hourly series: simple forecasts, trusted by how well they did, and honest bands.

The past is replayed from origins a day apart, each at the same hour as now. What every simple forecast would
have said then is held against what came: that gives each its weight for each step ahead, and the errors of
the mixture give the bands. Nothing is assumed of a series but that a day has 24 hours and a week seven days.
"""

from collections.abc import Sequence
from itertools import accumulate, chain, pairwise, repeat, zip_longest
from math import isqrt
from operator import mul
from typing import Final

from domain.forecast import simple
from domain.forecast.simple import DAY, WEEK, Line

Quantiles = tuple[int, int, int, int, int]

KEPT: Final = 8 * WEEK  # older values change nothing
ORIGINS_MAX: Final = 42
ORIGINS_MIN: Final = 7
HORIZON_MAX: Final = 31 * DAY
_PARTS_PPM: Final = (25_000, 100_000, 500_000, 900_000, 975_000)
_MIDDLE_PPM: Final = 500_000
_MILLION: Final = 1_000_000
_NEAR: Final = 2  # a step's errors are told together with those of so many steps before and after it
_POWER: Final = 4  # twice the error, a sixteenth of the weight
_APART: Final = 4  # hours of a day are off together: six of them say as much as one
_FULL: Final = 1024


def predict(series: Sequence[int], horizon: int) -> list[Quantiles]:
    """Return the quantiles 2.5, 10, 50, 90 and 97.5 % of the hours that follow a series."""
    steps = max(0, min(horizon, HORIZON_MAX))
    known = series[-KEPT:]
    if not known or not steps:
        return [(0, 0, 0, 0, 0)] * steps
    quantiles = _foreseen(known, steps) if len(known) >= 2 * DAY else _guessed(known, steps)
    if min(known) < 0:
        return quantiles
    # What was never below zero is taken for something that cannot be.
    return [
        (max(0, low95), max(0, low80), max(0, middle), max(0, high80), max(0, high95))
        for low95, low80, middle, high80, high95 in quantiles
    ]


def _foreseen(known: Sequence[int], steps: int) -> list[Quantiles]:
    """Return the quantiles of what follows a series of at least two days."""
    wrong, errors = _replayed(known, steps)
    lines = simple.forecasts(known, len(known), steps)
    return _banded(_mixed(lines, _weights(wrong, sum(map(bool, errors)))), errors)


def _replayed(known: Sequence[int], steps: int) -> tuple[list[Line], list[Line]]:
    """Return how wrong each simple forecast was at each step, and by how much their mixture was off.

    At each origin the mixture is what it would have been then: weighed by what had come until there.
    """
    origins = _origins(len(known))
    # The first half has to be learned before errors say what they will be.
    first = min(sum(at < len(known) // 2 for at in origins), max(0, len(origins) - ORIGINS_MIN))
    days = -(-steps // DAY)
    wrong: list[Line] = []
    errors: list[Line] = [[] for _ in range(steps)]
    waiting: list[list[Line]] = []
    for number, at in enumerate(origins):
        came = known[at : at + steps]
        lines = simple.forecasts(known, at, len(came))
        if number >= days:
            wrong = _summed(wrong, waiting.pop(0), steps)
        if number >= first:
            for one, said, value in zip(errors, _mixed(lines, _weights(wrong, steps)), came, strict=False):
                one.append(value - said)
        waiting.append(
            [[abs(value - said) for value, said in zip(came, line, strict=True)] for line in lines]
        )
    for left in waiting:
        wrong = _summed(wrong, left, steps)
    return wrong, errors


def _origins(length: int) -> range:
    """Return where the past is replayed from, oldest first: where a week was known, if that leaves enough."""
    every = range(length - DAY, DAY - 1, -DAY)[:ORIGINS_MAX]
    weekly = sum(at >= WEEK + DAY for at in every)
    return every[: max(weekly, ORIGINS_MIN)][::-1]


def _summed(sums: list[Line], new: list[Line], steps: int) -> list[Line]:
    """Return sums of errors with those of one more origin, of which the last steps may not have come yet."""
    nothing = [0] * steps
    return [
        [old + more for old, more in zip_longest(before, line, fillvalue=0)]
        for before, line in zip(sums or [nothing] * len(new), new, strict=True)
    ]


def _weights(wrong: list[Line], told: int) -> list[list[int]]:
    """Return how much each forecast counts at each step, by how wrong it was there."""
    sums = [_around(line, told) for line in wrong]
    weights = []
    for errors in zip(*sums, strict=True):
        best = 1 + min(errors)
        weights.append([(best * _FULL // (1 + error)) ** _POWER for error in errors])
    return weights


def _around(line: Line, told: int) -> Line:
    """Return the sum of each step and those near it."""
    running = [0, *accumulate(line[:told])]
    return [running[min(told, step + _NEAR + 1)] - running[max(0, step - _NEAR)] for step in range(told)]


def _mixed(lines: list[Line], weights: list[list[int]]) -> Line:
    """Return the weighted mean of forecasts by step; steps never seen are as the last ones."""
    alike = weights[-1] if weights else [1] * len(lines)
    return [
        sum(map(mul, said, shares)) // sum(shares)
        for said, shares in zip(zip(*lines, strict=True), chain(weights, repeat(alike)), strict=False)
    ]


def _banded(middle: Line, errors: list[Line]) -> list[Quantiles]:
    """Return the quantiles about a forecast; a later day's are no nearer to it than an earlier one's."""
    told = sum(map(bool, errors))
    scales = _scales(errors[:told])
    quantiles: list[Quantiles] = []
    spreads: list[Line] = []
    scores: Line = []
    for step, said in enumerate(middle):
        if step < told:
            if step % DAY == 0:
                scores = _day_scores(errors[:told], scales, step)
            spread = [score * scales[step] // _FULL for score in scores]
        else:
            spread = _grown(spreads[step - DAY], step // DAY)
        if step >= DAY:
            spread = _no_nearer(spread, spreads[step - DAY])
        spreads.append(spread)
        low95, low80, off, high80, high95 = (said + one for one in spread)
        quantiles.append((low95, low80, off, high80, high95))
    return quantiles


def _scales(errors: list[Line]) -> Line:
    """Return how large the errors of each step and those near it typically are."""
    sums = [sum(map(abs, one)) for one in errors]
    counts = list(map(len, errors))
    told = len(errors)
    return [
        1 + total // count for total, count in zip(_around(sums, told), _around(counts, told), strict=True)
    ]


def _day_scores(errors: list[Line], scales: Line, first: int) -> Line:
    """Return the quantiles of a day's errors, of their hours' scales."""
    day = range(first, min(first + DAY, len(errors)))
    scores = sorted([error * _FULL // scales[step] for step in day for error in errors[step]])
    return [_at(scores, part, len(errors[first]) * _APART) for part in _PARTS_PPM]


def _at(scores: Line, part_ppm: int, known: int) -> int:
    """Return the score below which such a part of all lies, allowing for how few there were."""
    aim = (part_ppm - _MIDDLE_PPM) * (known + 1) // known + _MIDDLE_PPM
    # Each score stands for a part of its own, and lies in the middle of that.
    place = min(max(2 * aim * len(scores) - _MILLION, 0), 2 * _MILLION * (len(scores) - 1))
    whole, part = divmod(place, 2 * _MILLION)
    above = scores[min(whole + 1, len(scores) - 1)]
    return scores[whole] + (above - scores[whole]) * part // (2 * _MILLION)


def _no_nearer(spread: Line, earlier: Line) -> Line:
    low95, low80, middle, high80, high95 = spread
    low80, high80 = min(low80, earlier[1], middle), max(high80, earlier[3], middle)
    return [min(low95, earlier[0], low80), low80, middle, high80, max(high95, earlier[4], high80)]


def _grown(earlier: Line, days: int) -> Line:
    """Return a spread a day further on, growing like the root of the days."""
    return [one * isqrt((days + 1) * _MILLION // days) // isqrt(_MILLION) for one in earlier]


def _guessed(known: Sequence[int], steps: int) -> list[Quantiles]:
    """Return what can be said of a series too short to have been foreseen: its last day, and how it moves."""
    middle = (list(known[-DAY:]) * (1 + steps // min(DAY, len(known))))[:steps]
    moves = [abs(after - before) for before, after in pairwise(known)] or [abs(known[0])]
    usual, most = sum(moves) // len(moves), max(moves)
    wide = [isqrt((1 + step // DAY) * _MILLION) for step in range(steps)]
    return [
        (
            said - (usual + most) * root // 1000,
            said - most * root // 1000,
            said,
            said + most * root // 1000,
            said + (usual + most) * root // 1000,
        )
        for said, root in zip(middle, wide, strict=True)
    ]
