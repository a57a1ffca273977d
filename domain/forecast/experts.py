"""The experts: what each would say of a weekday's hours, from what the campaign and its account have seen.

Each leans on the one before it: the account's curve; that curve corrected by what this campaign does at an
hour of the day; and that again corrected by what it does on this weekday. A correction is taken apart into
what neighbouring hours share and the rest, since noise is mostly in the rest, and how much of each part comes
true again is not assumed but measured, over all of the account's campaigns with as much history.
"""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from domain.forecast import fits, grid
from domain.forecast.fixed import FULL, ONE
from domain.forecast.rows import CurveRow, HistoryRow, maturity
from events.types.pacing import PlanSource

Line = Sequence[int]
Source = PlanSource

SOURCES: Final[tuple[PlanSource, ...]] = ("even", "account", "hour_of_day", "hour_of_week", "forecast")

# A day of the other kind says a quarter of what a day of its own kind says.
_ALIKE: Final = 4
_FLAT_DAYS: Final = 1  # how many days an even day counts as, where no other campaign is known
_KIND_DAYS: Final = 2  # how many days of a weekday its kind counts as


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
    smooth, rough = fits.parted(_off(history, kind, mine, theirs))
    believed = fits.coefficients(
        curve.fits, history.fits[: fits.SUMS], maturity(history.days), history.days, (smooth, rough)
    )
    day = _corrected(account, smooth, rough, believed)
    counts = grid.OWN.count(history.seen, 2 + weekday)
    own = grid.OWN.line(history.shape, 2 + weekday)
    weekday_days = max(counts)
    if not weekday_days:
        none = [0] * 24
        return View(account, smooth, rough, day, none, none, day, history.days, 0)
    off = [value - base if many else 0 for value, many, base in zip(own, counts, day, strict=True)]
    week_smooth, week_rough = fits.parted(off)
    group = fits.weekday_group(weekday_days)
    believed = fits.coefficients(
        curve.fits, history.fits[fits.SUMS :], group, weekday_days, (week_smooth, week_rough)
    )
    week = _corrected(day, week_smooth, week_rough, believed)
    return View(account, smooth, rough, day, week_smooth, week_rough, week, history.days, weekday_days)


def fitted(
    pooled: fits.Sums, own: fits.Sums, view: View, hours: list[tuple[int, int]]
) -> tuple[fits.Sums, fits.Sums]:
    """Return the account's and the campaign's measures of what comes true, with one more day in them."""
    if not view.days:
        return pooled, own
    day, week = own[: fits.SUMS], own[fits.SUMS :]
    parts = view.smooth, view.rough
    pooled = fits.pooled_with(pooled, maturity(view.days), view.account, parts, hours)
    day = fits.own_with(day, view.account, parts, hours)
    if view.weekday_days:
        parts = view.week_smooth, view.week_rough
        pooled = fits.pooled_with(pooled, fits.weekday_group(view.weekday_days), view.day, parts, hours)
        week = fits.own_with(week, view.day, parts, hours)
    return pooled, (*day, *week)


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


def _corrected(line: Line, smooth: Line, rough: Line, by: tuple[int, int]) -> list[int]:
    much, little = by
    corrected = [
        base + (much * shared + little * rest) // FULL
        for base, shared, rest in zip(line, smooth, rough, strict=True)
    ]
    return corrected if min(corrected) >= 0 else [max(0, weight) for weight in corrected]
