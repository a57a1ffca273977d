"""Forecasts series: by the always-on model, by the one over all series, or by the better of them for each."""

from __future__ import annotations

from itertools import pairwise
from statistics import NormalDist
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from domain.forecast import online
from forecaster import apart
from forecaster.guesses import DAY, WEEK
from forecaster.levels import LOG_QUANTILES
from forecaster.model import Parameters, witnessed_days

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from forecaster.arrays import Floats, Truths

Choice = Literal["online", "global", "auto"]
# Series fewer than that have too little to teach each other.
SERIES_MIN: Final = 20
# Luck of the days that are compared: the always-on model must be better by so much to be preferred.
BETTER_BY: Final = 0.8
# The always-on model counts in integers: a series' mean becomes this many, which keeps six digits.
MEAN_AS: Final = 1_000_000
HORIZON_MAX: Final = WEEK
# For how many series all the last days are looked at.
FEW: Final = 1_000


def forecast(
    values: Floats,
    horizon: int,
    quantiles: tuple[int, ...],
    choice: Choice,
    told: Callable[[str], None] = lambda _what: None,
    learn: Callable[[apart.Asked, Floats], apart.Answer] = apart.run,
) -> tuple[Floats, list[str]]:
    """Return by series, step and quantile what is expected, and which model said so of each series."""
    if choice == "online" or (choice == "auto" and not _can_learn(values, horizon).any()):
        told("Forecasting each series by itself")
        return _online(values, horizon, quantiles), ["online"] * len(values)
    told("Learning from all series")
    asked = apart.Asked(Parameters(quantiles, horizon), witness=choice == "auto")
    _, found, witnessed = learn(asked, values)
    if choice == "global":
        return found, ["global"] * len(values)
    told("Looking which model was better in the last days")
    alone = _better_alone(values, witnessed, asked.parameters)
    found[alone] = _online(values[alone], horizon, quantiles)
    return found, ["online" if one else "global" for one in alone]


def pinball(said: Floats, came: Floats, quantiles: Sequence[int]) -> Floats:
    """Return the mean pinball loss of each series over what came."""
    levels = np.asarray(quantiles) / 1000
    off = came[:, :, None] - said
    losses = np.maximum(levels * off, (levels - 1) * off)
    known = np.isfinite(losses)
    mean: Floats = np.where(known, losses, 0).sum((1, 2)) / np.maximum(known.sum((1, 2)), 1)
    return mean


def _can_learn(values: Floats, horizon: int) -> Truths:
    """Say which series have a week of history beside what is held out, if enough of them have."""
    long = np.isfinite(values).sum(1) >= WEEK + horizon
    return long if long.sum() >= SERIES_MIN else np.zeros_like(long)


def _better_alone(values: Floats, witnessed: Floats, parameters: Parameters) -> Truths:
    """Say of which series the always-on model has been the better one in the last days, or has to be."""
    horizon, quantiles = parameters.horizon, parameters.quantiles
    alone = ~_can_learn(values, horizon)
    both = np.flatnonzero(~alone)
    with_all, by_itself = np.zeros(len(both)), np.zeros(len(both))
    days = witnessed_days(horizon)
    # Every series is forecast once more for each: beyond some count the newest days must do.
    for said, back in list(zip(witnessed, days, strict=True))[: len(days) if len(both) <= FEW else 1]:
        known, ahead = (
            values[both, : -DAY * back],
            values[both][:, values.shape[1] - DAY * back :][:, :horizon],
        )
        with_all += pinball(said[both], ahead, quantiles)
        by_itself += pinball(_online(known, horizon, quantiles), ahead, quantiles)
    alone[both] = by_itself < with_all * BETTER_BY
    return alone


def _online(values: Floats, horizon: int, quantiles: tuple[int, ...]) -> Floats:
    found = [_one_online(row, horizon, quantiles) for row in values]
    return np.stack(found) if found else np.zeros((0, horizon, len(quantiles)))


def _one_online(row: Floats, horizon: int, quantiles: tuple[int, ...]) -> Floats:
    known = filled(row)
    size = float(np.abs(known).mean()) if len(known) else 0.0
    unit = MEAN_AS / size if size > 0 else 1.0
    said = np.asarray(online.predict([round(float(one) * unit) for one in known], horizon), np.float64)
    found = _other_quantiles(said, quantiles) / unit
    return np.maximum(found, 0) if (known >= 0).all() else found


def filled(row: Floats) -> Floats:
    """Return a series from its first known hour on, each missing hour as a week, a day or an hour before."""
    known = np.flatnonzero(np.isfinite(row))
    if not len(known):
        return row[:0]
    whole = np.array(row[known[0] :], np.float64)
    for place in np.flatnonzero(~np.isfinite(whole)):
        whole[place] = next(whole[place - back] for back in (WEEK, DAY, 1) if place >= back)
    return whole


def _other_quantiles(said: Floats, quantiles: tuple[int, ...]) -> Floats:
    """Return quantiles between and beyond those said, as if between two of them errors were normal."""
    if quantiles == LOG_QUANTILES:
        return said
    spots = [NormalDist().inv_cdf(one / 1000) for one in LOG_QUANTILES]
    pairs = list(pairwise(range(len(spots))))
    columns = []
    for quantile in quantiles:
        spot = NormalDist().inv_cdf(quantile / 1000)
        low, high = next((pair for pair in pairs if spot <= spots[pair[1]] + 1e-9), pairs[-1])
        share = (spot - spots[low]) / (spots[high] - spots[low])
        columns.append(said[:, low] + share * (said[:, high] - said[:, low]))
    return np.stack(columns, axis=-1)
