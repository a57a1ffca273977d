"""Histories: weeks drawn from a region's one week, with noise, and a slow drift that ends at that week."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final

from proof.pacing.data import DAY_HOURS, Week

WEEKDAYS: Final = 7


@dataclass(frozen=True)
class Noise:
    """How much a drawn day strays from the region's true week; each the deviation of a logarithm."""

    hourly: float = 0.15
    daily: float = 0.10
    drift: float = 0.03
    """Each hour of a week's shape, from that of the week after it."""

    @property
    def told(self) -> str:
        """What it is, for whoever reads the figures."""
        return (
            f"lognormal noise of {self.hourly:.0%} an hour and {self.daily:.0%} a day, "
            f"and a shape that drifts by {self.drift:.0%} a week"
        )


@dataclass(frozen=True)
class Drawn:
    """A day as it came out: its weekday (0 is Monday) and its traffic by the hour."""

    weekday: int
    hours: tuple[float, ...]


def day_of(week: Sequence[float], weekday: int) -> Sequence[float]:
    """Return one day of a week."""
    return week[weekday * DAY_HOURS : (weekday + 1) * DAY_HOURS]


def draw(week: Week, seed: str, days: int, last_weekday: int, noise: Noise) -> list[Drawn]:
    """Return a region's past days, the newest last; the week that follows has the region's true shape."""
    return list(reversed(list(_backwards(week, seed, days, last_weekday, noise))))


def _backwards(week: Week, seed: str, days: int, last_weekday: int, noise: Noise) -> Iterator[Drawn]:
    dice = Random(seed)  # noqa: S311 - to be repeatable
    shape = list(week)
    for back in range(days):
        if back % WEEKDAYS == 0:
            shape = [hour * stray(dice, noise.drift) for hour in shape]
        weekday = (last_weekday - back) % WEEKDAYS
        yield Drawn(weekday, came_out(day_of(shape, weekday), dice, noise))


def came_out(day: Sequence[float], dice: Random, noise: Noise) -> tuple[float, ...]:
    """Return a day of this shape as it may come out."""
    level = stray(dice, noise.daily)
    return tuple(hour * level * stray(dice, noise.hourly) for hour in day)


def stray(dice: Random, deviation: float) -> float:
    """Return a factor around one whose logarithm has this deviation, and whose mean is one."""
    return math.exp(dice.gauss(0, deviation) - deviation * deviation / 2)
