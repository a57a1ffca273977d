"""Forecasts of the day ahead by the forecaster's own model, which has not seen the regions it is asked of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from domain.forecast.rows import ForecastRow
from forecaster.model import Model, Parameters, predict, train
from proof.pacing.campaigns import WEEK_MICROS
from proof.pacing.data import DAY_HOURS, WEEK_HOURS, Data
from proof.pacing.histories import WEEKDAYS, Drawn, Noise, draw

FOLDS: Final = 2
TAUGHT_DAYS: Final = 35
QUANTILES: Final = (25, 100, 500, 900, 975)
PARAMETERS: Final = Parameters(quantiles=QUANTILES, horizon=2 * DAY_HOURS)
FORECAST_FROM_DAYS: Final = 7
HOURS_MAX: Final = 4 * WEEK_HOURS


@dataclass(frozen=True)
class Fold:
    """A model and the regions that it knows nothing of."""

    regions: frozenset[str]
    model: Model


def folds(data: Data, regions: Sequence[str]) -> list[Fold]:
    """Return models, each taught by all regions but some; every region asked about is left out once."""
    return [fold(data, regions[number::FOLDS]) for number in range(FOLDS)]


def fold(data: Data, left_out: Sequence[str]) -> Fold:
    """Return a model that is taught by all regions but some."""
    taught = [
        _hours(draw(week, f"taught {region}", TAUGHT_DAYS, number % WEEKDAYS, Noise()))
        for number, (region, week) in enumerate(data.weeks.items())
        if region not in left_out
    ]
    return Fold(frozenset(left_out), train(np.array(taught), PARAMETERS).model)


def _hours(days: Sequence[Drawn]) -> list[float]:
    return [hour * WEEK_MICROS for day in days for hour in day.hours]


def days_ahead(model: Model, histories: Sequence[Sequence[Drawn]]) -> list[ForecastRow]:
    """Return a forecast of the day after each history; those of a week at least."""
    if not histories:
        return []
    values = np.full((len(histories), HOURS_MAX), np.nan)
    for row, days in enumerate(histories):
        hours = _hours(days)[-HOURS_MAX:]
        values[row, HOURS_MAX - len(hours) :] = hours
    found = np.rint(np.maximum(predict(model, values)[:, :DAY_HOURS], 0)).astype(int)
    return [
        ForecastRow("", 0, model.name, *(tuple(quantile) for quantile in one.T.tolist())) for one in found
    ]
