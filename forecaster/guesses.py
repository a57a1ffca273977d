"""Simple guesses of each hour ahead, made of what the same hours and the levels of days and weeks have been.

Series lie beside each other with their newest hour last, and NaN where nothing is known. Origins (the "now"
from which is looked ahead, in days before the end) and steps make a grid: all of it is worked out at once.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from forecaster.arrays import Floats, Whole

DAY: Final = 24
WEEK: Final = 168
DAYS_BACK: Final = 7
WEEKS_BACK: Final = 4
# The newest week counts as much as all before it, and the newest days weigh most.
WEEK_WEIGHTS: Final = (8, 4, 2, 1)
DAY_WEIGHTS: Final = tuple(0.7**age for age in range(DAYS_BACK))
# A level of which less than a third is known is none.
KNOWN_SHARE: Final = 3


class Past:
    """Looks back into series from each origin, once for each step."""

    def __init__(self, values: Floats, origins: Sequence[int], horizon: int) -> None:
        self._values = values
        self.steps: Whole = np.arange(1, horizon + 1)
        self.origin_at: Whole = values.shape[1] - DAY * np.asarray(origins)[:, None]
        self.goal: Whole = self.origin_at + self.steps[None, :] - 1
        self._days = -(-self.steps // DAY)
        self.weeks: Whole = -(-self.steps // WEEK)

    def at(self, source: Floats, index: Whole) -> Floats:
        """Return what a source has at each place, NaN outside of it; by series, origin and step."""
        index = np.broadcast_to(index, self.goal.shape)
        there = (index >= 0) & (index < source.shape[1])
        return np.where(there[None], source[:, np.where(there, index, 0)], np.nan).astype(np.float32)

    def target(self) -> Floats:
        """Return what came."""
        return self.at(self._values, self.goal)

    def days(self) -> Floats:
        """Return the same hour of the last days that are known at the origin, the newest first."""
        return np.stack([self.at(self._values, self.goal - DAY * (self._days + n)) for n in range(DAYS_BACK)])

    def week_hours(self) -> Floats:
        """Return the same hour of the last weeks."""
        return np.stack(
            [self.at(self._values, self.goal - WEEK * (self.weeks + n)) for n in range(WEEKS_BACK)]
        )

    def level(self, means: Floats, weeks_ago: Whole | int = 0) -> Floats:
        """Return the mean that ended at the origin, or whole weeks before it."""
        return self.at(means, self.origin_at - WEEK * np.asarray(weeks_ago))

    def levels(self, means: Floats, first: Whole) -> Floats:
        """Return the means that ended at the origin's place in each of the last weeks."""
        return np.stack([self.level(means, first + n) for n in range(WEEKS_BACK)])

    def last(self, weeks_ago: Whole | int = 0) -> Floats:
        """Return the hour just before the origin, or whole weeks before that."""
        return self.at(self._values, self.origin_at - 1 - WEEK * np.asarray(weeks_ago))


class Guesses:
    """What is guessed, by name, and the levels and spreads from which."""

    def __init__(self, values: Floats, past: Past) -> None:
        day_means, week_means = rolling_mean(values, DAY), rolling_mean(values, WEEK)
        days, weeks = past.days(), past.week_hours()
        self.day_level, self.week_level = past.level(day_means), past.level(week_means)
        day_levels = past.levels(day_means, past.weeks)
        week_levels = past.levels(week_means, past.weeks - 1)
        self.week_level_before = week_levels[1]
        self.days_spread = _quietly(np.nanstd, days)
        self.weeks_spread = _quietly(np.nanstd, weeks - week_levels)
        mean_day = mean_known(days)
        with np.errstate(invalid="ignore", divide="ignore"):
            ratios = np.where(week_levels > 0, weeks / week_levels, np.nan)
        self.by_name: dict[str, Floats] = {
            "day": days[0],
            "days": mean_day,
            "days_at_level": mean_day + self.day_level - self.week_level,
            "days_newest_most": _weighted(days, DAY_WEIGHTS),
            "week": weeks[0],
            "week_at_level": weeks[0] + self.day_level - day_levels[0],
            "weeks": _weighted(weeks - week_levels, WEEK_WEIGHTS) + self.week_level,
            "weeks_in_proportion": _weighted(ratios, WEEK_WEIGHTS) * self.week_level,
            "weeks_at_level": _weighted(weeks - day_levels, WEEK_WEIGHTS) + self.day_level,
            "from_last": past.last() + weeks[0] - past.last(past.weeks),
            "trend": weeks[0] + (weeks[0] - weeks[1]) / 2,
        }
        self.level = np.where(np.isfinite(self.week_level), self.week_level, self.day_level)
        self._fill(past.level(rolling_mean(values, values.shape[1], known_least=1)))

    def stacked(self) -> Floats:
        """Return all guesses, by name, series, origin and step."""
        return np.stack(list(self.by_name.values()))

    def _fill(self, last_resort: Floats) -> None:
        """Let the plainer guesses stand in where one has nothing to go by; without any past there is none."""
        plain = mean_known(np.stack([self.by_name["days"], self.by_name["day"], self.level]))
        plain = np.where(np.isfinite(plain), plain, last_resort)
        for name, guess in self.by_name.items():
            self.by_name[name] = np.where(np.isfinite(guess), guess, plain).astype(np.float32)


def rolling_mean(values: Floats, width: int, known_least: int | None = None) -> Floats:
    """Return for each place, and the one after the end, the mean of the hours before it."""
    least = -(-width // KNOWN_SHARE) if known_least is None else known_least
    known = np.isfinite(values)
    sums = np.cumsum(np.where(known, values, 0), axis=1, dtype=np.float64)
    counts = np.cumsum(known, axis=1)
    sums, counts = (np.pad(one, ((0, 0), (1, 0))) for one in (sums, counts))
    start = np.maximum(np.arange(sums.shape[1]) - width, 0)
    count = counts - counts[:, start]
    with np.errstate(invalid="ignore", divide="ignore"):
        means = (sums - sums[:, start]) / count
    return np.where(count >= least, means, np.nan).astype(np.float32)


def mean_known(stack: Floats, axis: int = 0) -> Floats:
    """Return the mean of what is known, NaN where nothing is."""
    return _quietly(np.nanmean, stack, axis)


def _quietly(reduce: Callable[..., Any], stack: Floats, axis: int = 0) -> Floats:
    with warnings.catch_warnings():
        # Of nothing at all the mean is NaN, as it should be, and numpy warns of it.
        warnings.simplefilter("ignore", RuntimeWarning)
        found: Floats = reduce(stack, axis=axis)
        return found


def _weighted(stack: Floats, weights: Sequence[float]) -> Floats:
    weight = np.asarray(weights, np.float32).reshape(-1, 1, 1, 1)
    known = np.isfinite(stack)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean: Floats = np.where(known, stack * weight, 0).sum(0) / (known * weight).sum(0)
    return mean
