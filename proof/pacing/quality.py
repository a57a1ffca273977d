"""Plan quality: how near plans come to the traffic of a region that was left out, by days of history."""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from random import Random
from statistics import mean
from typing import Final

from domain.forecast.model import Evidence
from domain.forecast.rows import ForecastRow
from events.types import Strategy
from forecaster.model import Model
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
from proof.pacing.forecasts import FORECAST_FROM_DAYS, days_ahead, folds
from proof.pacing.histories import WEEKDAYS, Drawn, Noise, came_out, day_of, draw

DAYS: Final = (0, 1, 3, 7, 28)
STRATEGIES: Final[tuple[Strategy, ...]] = (
    "ADAPTIVE_HYBRID",
    "HISTORICAL_PATTERN",
    "PREDICTIVE_ML",
    "PERFORMANCE_WEIGHTED",
)
EVEN_WEEK: Final = (1 / WEEK_HOURS,) * WEEK_HOURS
DRAWS: Final = 2
WEEK_FROM: Final = max(DAYS)
QUICK_STEP: Final = 8  # every so many-th region is enough to see that all works
HUNDRED: Final = 100
SPAWN: Final = get_context("spawn")  # a model's threads do not survive a fork

Forecasts = dict[tuple[int, int], ForecastRow]
WHAT: Final = "plan quality: RMSE to plan of a week"


@dataclass
class Region:
    """What was measured in one region, by who and what, each a list that figures are made of."""

    errors: dict[tuple[str, str], float]
    inside: dict[tuple[int, int], list[int]]
    """By days of history and band: of each hour whether it was inside."""


def measure(data: Data, *, is_quick: bool) -> list[Region]:
    """Measure every region, left out of what its account and the model have learned."""
    regions = list(data.weeks)[:: QUICK_STEP if is_quick else 1]
    models = {region: fold.model for fold in folds(data, regions) for region in fold.regions}
    jobs = [(data, region, forecast_days(data, region, models[region])) for region in regions]
    with ProcessPoolExecutor(os.cpu_count(), SPAWN) as pool:
        return list(pool.map(_region, jobs))


def drawn(data: Data, region: str, number: int) -> list[Drawn]:
    """Return four weeks and one more, which comes out as it may."""
    return draw(data.weeks[region], f"own {region} {number}", WEEK_FROM + WEEKDAYS, WEEKDAYS - 1, Noise())


def forecast_days(data: Data, region: str, model: Model) -> Forecasts:
    """Return a forecast of each day that has enough days before it, by how many and which day."""
    days = drawn(data, region, 0)
    asked = [
        (count, day)
        for count in DAYS
        for day in range(FORECAST_FROM_DAYS, len(days))
        if count >= FORECAST_FROM_DAYS and (count == max(DAYS) or day >= WEEK_FROM)
    ]
    found = days_ahead(model, [days[max(0, day - count) : day] for count, day in asked])
    return dict(zip(asked, found, strict=True))


def _region(job: tuple[Data, str, Forecasts]) -> Region:
    data, region, forecasts = job
    noise = Noise()
    curve = account_of_others(data, region, noise)
    found = Region(_references(data, region, noise), {})
    for number in range(DRAWS):
        days = drawn(data, region, number)
        for count in DAYS:
            known, weights = [], [1] * WEEKDAYS
            for day in range(WEEK_FROM, WEEK_FROM + WEEKDAYS):
                learner = Learner(curve)
                for past in range(day - count, day):
                    learner.learn(days[past], forecasts.get((count, past)) if not number else None)
                if day == WEEK_FROM:
                    weights = learner.weights()
                forecast = forecasts.get((count, day)) if not number else None
                known.append(learner.evidence(day - WEEK_FROM, forecast))
                _bands(found, count, learner.evidence(day - WEEK_FROM), days[day])
            if not number:
                _plans(found, data.weeks[region], count, (known, weights))
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


def _plans(found: Region, week: Week, count: int, ahead: tuple[list[Evidence], list[int]]) -> None:
    when = f", {count} days of history"
    for strategy in STRATEGIES:
        for policy, told in ((POLICY, ""), (UNPROTECTED, ", without protection")):
            planned = planned_week(*ahead, strategy, policy)
            found.errors[(when, strategy + told)] = rmse(week, planned)


def _bands(found: Region, count: int, known: Evidence, day: Drawn) -> None:
    bands = {80: (known.low80_micros, known.high80_micros), 95: (known.low95_micros, known.high95_micros)}
    for nominal, (low, high) in bands.items():
        if low is not None and high is not None:
            spent = [hour * WEEK_MICROS for hour in day.hours]
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
    yield from _coverage(regions)


def _coverage(regions: list[Region]) -> Iterator[Figure]:
    off: dict[int, list[float]] = {}
    for count, nominal in sorted(regions[0].inside):
        inside = [hour for one in regions for hour in one.inside[(count, nominal)]]
        found = HUNDRED * mean(inside)
        off.setdefault(nominal, []).append(abs(found - nominal))
        what = f"bands: hours inside the nominal {nominal} %, {count} days of history"
        yield figure(what, OURS, "%", [found])
    for nominal, points in off.items():
        yield figure(f"bands: furthest from the nominal {nominal} %", OURS, "points", [max(points)])
