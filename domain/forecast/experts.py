"""The experts: what each would say of a weekday's hours, from what the campaign and its account have seen.

Each leans on the one before it: the account's curve; that curve corrected by what this campaign does at an
hour of the day; and that again corrected by what it does on this weekday. A correction is taken apart into
what neighbouring hours share and the rest, since noise is mostly in the rest, and how much of each part comes
true again is not assumed but measured, over all of the account's campaigns with as much history.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from domain.forecast import grid
from domain.forecast.fixed import FULL, ONE
from domain.forecast.rows import MATURITIES, CurveRow, HistoryRow, maturity
from events.types.pacing import PlanSource

Line = Sequence[int]
Source = PlanSource

SOURCES: Final[tuple[PlanSource, ...]] = ("even", "account", "hour_of_day", "hour_of_week", "forecast")

# A day of the other kind says a quarter of what a day of its own kind says.
_ALIKE: Final = 4
_FLAT_DAYS: Final = 1  # how many days an even day counts as, where no other campaign is known
_KIND_DAYS: Final = 2  # how many days of a weekday its kind counts as
_WEEKDAY_GROUPS: Final = 4
_FITS: Final = 5  # sums a group: squares of the parts, their product, and their products with what came
# Before anything was measured: corrections of a tenth, on four days.
_PRIOR: Final = 4 * 24 * (ONE // 10) ** 2
_FITS_FADING: Final = 9


class View(Struct, gc=False):
    """What the experts say of a weekday, and the parts of the corrections."""

    account: Line
    smooth: Line
    rough: Line
    day: Line
    week_smooth: Line
    week_rough: Line
    week: Line
    days: int
    weekday_days: int


def account_line(curve: CurveRow, kind: int) -> list[int]:
    """Return what days of a kind are like in an account, finer than a weight."""
    pooled, one = grid.POOLED, ONE << grid.POOLED.fine
    of_kind, other = pooled.line(curve.shape, kind), pooled.line(curve.shape, 1 - kind)
    count, other_count = pooled.count(curve.seen, kind), pooled.count(curve.seen, 1 - kind)
    line = []
    for mine, many, theirs, others in zip(of_kind, count, other, other_count, strict=True):
        base = (others * theirs + _FLAT_DAYS * one) // (others + _FLAT_DAYS)
        line.append((many * mine + _FLAT_DAYS * base) // (many + _FLAT_DAYS))
    return line


def look(history: HistoryRow, curve: CurveRow, weekday: int) -> View:
    """Return what each expert says of a weekday."""
    kind, pooled = grid.kind(weekday), grid.POOLED
    mine, theirs = account_line(curve, kind), account_line(curve, 1 - kind)
    account = [
        (many * hour + _KIND_DAYS * base) // (many + _KIND_DAYS) >> pooled.fine
        for hour, many, base in zip(
            pooled.line(curve.shape, 2 + weekday), pooled.count(curve.seen, 2 + weekday), mine, strict=True
        )
    ]
    if not history.days:
        none = [0] * 24
        return View(account, none, none, account, none, none, account, 0, 0)
    smooth, rough = _parted(_off(history, kind, mine, theirs))
    day = _corrected(account, smooth, rough, _coefficients(curve, maturity(history.days), history.days))
    counts = grid.OWN.count(history.seen, 2 + weekday)
    own = grid.OWN.line(history.shape, 2 + weekday)
    weekday_days = max(counts)
    if not weekday_days:
        none = [0] * 24
        return View(account, smooth, rough, day, none, none, day, history.days, 0)
    off = [value - base if many else 0 for value, many, base in zip(own, counts, day, strict=True)]
    week_smooth, week_rough = _parted(off)
    week = _corrected(day, week_smooth, week_rough, _coefficients(curve, _group(weekday_days), weekday_days))
    return View(account, smooth, rough, day, week_smooth, week_rough, week, history.days, weekday_days)


def fitted(fits: tuple[int, ...], view: View, hours: list[tuple[int, int]]) -> tuple[int, ...]:
    """Return the measures of how much of a correction comes true, with one more day in them."""
    if not view.days:
        return fits
    sums = list(fits) or [0] * (_FITS * (MATURITIES + _WEEKDAY_GROUPS))
    _fit(sums, maturity(view.days), (view.account, view.smooth, view.rough), hours)
    if view.weekday_days:
        _fit(sums, _group(view.weekday_days), (view.day, view.week_smooth, view.week_rough), hours)
    return tuple(sums)


def losses(view: View, forecast: Line | None, hours: list[tuple[int, int]]) -> list[int | None]:
    """Return the mean squared error of each expert over the hours of a day; none of one that was silent."""
    lines = ([ONE] * 24, view.account, view.day, view.week, forecast)
    return [None if line is None else _squared(line, hours) for line in lines]


def _squared(line: Line, hours: list[tuple[int, int]]) -> int:
    return sum([(weight - line[hour]) ** 2 for hour, weight in hours]) // len(hours)


def _off(history: HistoryRow, kind: int, mine: Line, theirs: Line) -> list[int]:
    """Return how far a campaign's days of a kind lie from those of its account."""
    own, fine = grid.OWN, grid.POOLED.fine
    return [
        (
            _ALIKE * many * (value - (base >> fine)) + others * (other - (other_base >> fine))
        ) // (_ALIKE * many + others or 1)
        for value, many, base, other, others, other_base in zip(
            own.line(history.shape, kind), own.count(history.seen, kind), mine,
            own.line(history.shape, 1 - kind), own.count(history.seen, 1 - kind), theirs,
            strict=True,
        )
    ]  # fmt: skip


def _parted(line: list[int]) -> tuple[list[int], list[int]]:
    """Return what an hour shares with its neighbours, and the rest."""
    ring = [*line[-2:], *line, *line[:2]]
    smooth = [
        (first + 4 * before + 6 * here + 4 * after + last) >> 4
        for first, before, here, after, last in zip(
            ring, ring[1:], ring[2:], ring[3:], ring[4:], strict=False
        )
    ]
    return smooth, [here - shared for here, shared in zip(line, smooth, strict=True)]


def _corrected(line: Line, smooth: Line, rough: Line, by: tuple[int, int]) -> list[int]:
    much, little = by
    corrected = [
        base + (much * shared + little * rest) // FULL
        for base, shared, rest in zip(line, smooth, rough, strict=True)
    ]
    return corrected if min(corrected) >= 0 else [max(0, weight) for weight in corrected]


def _group(weekday_days: int) -> int:
    return MATURITIES + min(weekday_days, _WEEKDAY_GROUPS) - 1


def _coefficients(curve: CurveRow, group: int, days: int) -> tuple[int, int]:
    """Return how much of each part of a correction comes true: least squares, from what one would assume."""
    # A quarter of the noise is in the smooth part, and most of a difference; that between two weekdays of a
    # kind is a tenth of that between two campaigns.
    thin = 1 if group < MATURITIES else 10
    first, second = FULL * 4 * days // (4 * days + thin), FULL * days // (days + 3 * thin)
    smooth, rough, both, came, rest_came = curve.fits[_FITS * group : _FITS * (group + 1)] or (0,) * _FITS
    smooth, rough = smooth + _PRIOR, rough + _PRIOR
    came, rest_came = came * FULL + _PRIOR * first, rest_came * FULL + _PRIOR * second
    spread = smooth * rough - both * both  # positive, as both squares have the prior in them
    much = (came * rough - rest_came * both) // spread
    little = (rest_came * smooth - came * both) // spread
    return min(FULL, max(0, much)), min(FULL, max(0, little))


def _fit(sums: list[int], group: int, parts: tuple[Line, Line, Line], hours: list[tuple[int, int]]) -> None:
    line, smooth, rough = parts
    new = [0] * _FITS
    for hour, weight in hours:
        off, shared, rest = weight - line[hour], smooth[hour], rough[hour]
        new[0] += shared * shared
        new[1] += rest * rest
        new[2] += shared * rest
        new[3] += off * shared
        new[4] += off * rest
    start = _FITS * group
    for place, more in enumerate(new, start):
        sums[place] += more - (sums[place] >> _FITS_FADING)
