"""Plan quality: how near plans come to the traffic of a region that was left out, by days of history."""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from random import Random
from statistics import mean
from typing import Final

from domain.forecast.rows import CurveRow
from events.types import Strategy
from proof.bench.report import OURS, Figure, figure
from proof.pacing.campaigns import (
    POLICY,
    UNPROTECTED,
    WEEK_MICROS,
    Learner,
    account_of_others,
    planned_week,
    rmse,
)
from proof.pacing.data import WEEK_HOURS, Data, Week, mean_of_others
from proof.pacing.histories import WEEKDAYS, Noise, came_out, day_of, draw

DAYS: Final = (0, 1, 3, 7, 28)
STRATEGIES: Final[tuple[Strategy, ...]] = (
    "ADAPTIVE_HYBRID",
    "HISTORICAL_PATTERN",
    "PREDICTIVE_ML",
    "PERFORMANCE_WEIGHTED",
)
EVEN_WEEK: Final = (1 / WEEK_HOURS,) * WEEK_HOURS
DRAWS: Final = 6

WHAT: Final = "plan quality: RMSE to plan of a week"


@dataclass
class Region:
    """What was measured in one region, by who and what, each a list that figures are made of."""

    errors: dict[tuple[str, str], float]
    inside: dict[tuple[int, int], list[int]]
    """By days of history and band: of each hour whether it was inside."""


def measure(data: Data, *, is_quick: bool) -> list[Region]:
    """Measure every region, left out of what its account has learned."""
    regions = list(data.weeks)[:: 8 if is_quick else 1]
    jobs = [(data, region, number) for number, region in enumerate(regions)]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(_region, jobs))


def _region(job: tuple[Data, str, int]) -> Region:
    data, region, number = job
    week, noise = data.weeks[region], Noise()
    curve = account_of_others(data, region, noise)
    found = Region(_references(data, region, noise), {})
    for draw_number in range(DRAWS):
        _campaign(found, week, curve, (region, draw_number, (number + draw_number) % WEEKDAYS))
    return found


def _references(data: Data, region: str, noise: Noise) -> dict[tuple[str, str], float]:
    week, dice = data.weeks[region], Random(f"floor {region}")  # noqa: S311 - to be repeatable
    hours = [hour for day in range(WEEKDAYS) for hour in came_out(day_of(week, day), dice, noise)]
    whole = sum(hours)
    return {
        ("", "EVEN"): rmse(week, EVEN_WEEK),
        ("", "mean of the other regions"): rmse(week, mean_of_others(data.weeks, region)),
        ("", "the true shape, against a week as it came"): rmse([hour / whole for hour in hours], week),
    }


def _campaign(found: Region, week: Week, curve: CurveRow | None, about: tuple[str, int, int]) -> None:
    region, number, last_weekday = about
    noise, last = Noise(), max(DAYS)
    days = draw(week, f"own {region} {number}", last, last_weekday, noise)
    dice = Random(f"next {region} {number}")  # noqa: S311 - to be repeatable
    for count in DAYS:
        learner = Learner(curve)
        for day in days[last - count :]:
            learner.learn(day)
        if not number:
            _plans(found, week, learner, count)
        if count:
            weekday = (last_weekday + 1) % WEEKDAYS
            _bands(found, learner, count, (weekday, came_out(day_of(week, weekday), dice, noise)))


def _plans(found: Region, week: Week, learner: Learner, count: int) -> None:
    for strategy in STRATEGIES:
        for policy, told in ((POLICY, ""), (UNPROTECTED, ", without protection")):
            planned = planned_week(learner, strategy, policy)
            found.errors[(f", {count} days of history", strategy + told)] = rmse(week, planned)


def _bands(found: Region, learner: Learner, count: int, ahead: tuple[int, tuple[float, ...]]) -> None:
    weekday, hours = ahead
    known = learner.evidence(weekday)
    bands = {80: (known.low80_micros, known.high80_micros), 95: (known.low95_micros, known.high95_micros)}
    for nominal, (low, high) in bands.items():
        if low is not None and high is not None:
            spent = [hour * WEEK_MICROS for hour in hours]
            inside = [
                int(one <= micros <= other) for one, micros, other in zip(low, spent, high, strict=True)
            ]
            found.inside.setdefault((count, nominal), []).extend(inside)


def figures(regions: list[Region]) -> Iterator[Figure]:
    """Yield the mean over regions of each error, and of each band how often it held."""
    for when, who in regions[0].errors:
        values = [one.errors[(when, who)] for one in regions]
        name = OURS if who == "ADAPTIVE_HYBRID" else who
        yield figure(WHAT + when, name, "of an even hour", [mean(values)])
    for count, nominal in regions[0].inside:
        inside = [hour for one in regions for hour in one.inside[(count, nominal)]]
        what = f"bands: hours inside the nominal {nominal} %, {count} days of history"
        yield figure(what, OURS, "%", [100 * mean(inside)])
