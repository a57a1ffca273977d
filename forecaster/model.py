"""One quantile model over all series: learned from sampled origins, and made honest on the days held out.

What is held out are the last days that are known. A first model, which has not seen them, tells how far each
of its quantiles must be moved so that it is right as often as it says (conformalised quantile regression);
what forecasts is a second one, taught with those days as well.
"""

from __future__ import annotations

import hashlib
from statistics import NormalDist
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec
import numpy as np

from forecaster.features import BUCKET, grid
from forecaster.guesses import DAY, WEEK
from forecaster.levels import MEDIAN
from forecaster.openmp import lightgbm

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from forecaster.arrays import Floats
    from forecaster.features import Grid

HELD_OUT_DAYS: Final = 7
TAUGHT_DAYS: Final = 18
# Enough to tell some thirty features apart; more rows change the third digit and cost memory.
ROWS_MAX: Final = 250_000
# A series is scaled by what it has been in so many weeks.
SCALE_HOURS: Final = 4 * WEEK
# Beyond so many times the usual error lies an event that nobody learns from.
MISSED_MAX: Final = 30
# Series of which features are worked out at once.
AT_ONCE: Final = 500
LEAST_ROWS: Final = 500
SEED: Final = 7


class Parameters(msgspec.Struct, frozen=True):
    """What a training depends on beside its data."""

    quantiles: tuple[int, ...]
    horizon: int
    rounds: int = 120
    leaves: int = 31
    learning_rate: float = 0.05
    rows_max: int = ROWS_MAX
    threads: int = 2


class Model(msgspec.Struct, frozen=True):
    """What was learned, as plain data."""

    parameters: Parameters
    boosters: tuple[str, ...]
    """One for each quantile, in LightGBM's own text; none when there was too little to learn from."""
    moved: tuple[tuple[float, ...], ...]
    """By quantile and bucket of steps: what is added to it, in units of the usual error."""

    @property
    def name(self) -> str:
        """Return a name that the same data and parameters give again, and no others."""
        return f"global-{hashlib.blake2b(msgspec.json.encode(self), digest_size=8).hexdigest()}"


class Trained(NamedTuple):
    """What a training brings."""

    model: Model
    witness: Model
    """The same without the last days, so that it can be held against them."""


def train(values: Floats, parameters: Parameters) -> Trained:
    """Learn from series, each with its newest hour last and NaN where nothing is known."""
    ahead = -(-parameters.horizon // DAY)
    known = grid(
        _scaled(_sample(values, parameters))[0],
        origins=HELD_OUT_DAYS + 2 * ahead + TAUGHT_DAYS,
        horizon=parameters.horizon,
    )
    # An origin is held out, or taught, only once all that it looks ahead to is apart from the other part.
    held_out = slice(ahead, ahead + HELD_OUT_DAYS)
    before = slice(2 * ahead + HELD_OUT_DAYS - 1, None)
    first = _learn(known, before, parameters)
    if not first:
        moved = _moved(_ask(first, known.told, parameters), known, slice(None), parameters)
        return Trained(Model(parameters, (), moved), Model(parameters, (), moved))
    moved = _moved(_ask(first, known.told[:, held_out], parameters), known, held_out, parameters)
    everything = _learn(known, slice(1, None), parameters)
    return Trained(Model(parameters, everything, moved), Model(parameters, first, moved))


def witnessed_days(horizon: int) -> range:
    """Return how many days before the end a witness may stand, so that it has not seen what comes then."""
    ahead = -(-horizon // DAY)
    return range(ahead, ahead + HELD_OUT_DAYS, ahead)


def predict(model: Model, values: Floats) -> Floats:
    """Return the quantiles of each series' hours ahead: by series, step and quantile, never crossing."""
    parts = [_predict(model, values[begin : begin + AT_ONCE]) for begin in range(0, len(values), AT_ONCE)]
    return np.concatenate(parts)


def _predict(model: Model, values: Floats) -> Floats:
    scaled, sizes = _scaled(values)
    known = grid(scaled, origins=1, horizon=model.parameters.horizon)
    moved = np.repeat(np.asarray(model.moved), BUCKET, axis=1).T[: model.parameters.horizon]
    off = _ask(model.boosters, known.told, model.parameters)[:, 0] + moved
    found = (known.base[:, 0, :, None] + np.sort(off, axis=-1) * known.scale[:, 0, :, None]) * sizes[
        :, :, None
    ]
    # What was never below zero will not be, as spend is not.
    positive = np.nanmin(values, axis=1, initial=0) >= 0
    return np.where(positive[:, None, None], np.maximum(found, 0), found)


def _scaled(values: Floats) -> tuple[Floats, Floats]:
    sizes = np.nan_to_num(np.abs(values[:, -SCALE_HOURS:])).sum(1, keepdims=True)
    counts = np.isfinite(values[:, -SCALE_HOURS:]).sum(1, keepdims=True)
    sizes = np.where(sizes > 0, sizes / np.maximum(counts, 1), 1)
    return (values / sizes).astype(np.float32), sizes


def _sample(values: Floats, parameters: Parameters) -> Floats:
    """Take as many series as rows are wanted from, three times over, so that many are mixed."""
    wanted = max(1, 3 * parameters.rows_max // (TAUGHT_DAYS * parameters.horizon))
    if len(values) <= wanted:
        return values
    chosen = np.random.default_rng(SEED).choice(len(values), wanted, replace=False)
    return values[np.sort(chosen)]


def _learn(known: Grid, origins: slice, parameters: Parameters) -> tuple[str, ...]:
    missed = known.missed()[:, origins]
    rows = np.flatnonzero(np.isfinite(missed))
    if len(rows) < LEAST_ROWS:
        return ()
    if len(rows) > parameters.rows_max:
        rows = np.sort(np.random.default_rng(SEED).choice(rows, parameters.rows_max, replace=False))
    told = known.told[:, origins].reshape(-1, known.told.shape[-1])[rows]
    aim = np.clip(missed.reshape(-1)[rows], -MISSED_MAX, MISSED_MAX)
    return tuple(_boosters(told, aim, parameters))


def _boosters(told: Floats, aim: Floats, parameters: Parameters) -> Iterator[str]:
    library = lightgbm()
    fixed = {
        "max_bin": 127,
        "verbose": -1,
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": parameters.threads,
    }
    taught = library.Dataset(told, aim, params=fixed, free_raw_data=False)
    for quantile in parameters.quantiles:
        settings = {
            **fixed,
            "objective": "quantile",
            "alpha": quantile / 1000,
            "num_leaves": parameters.leaves,
            "learning_rate": parameters.learning_rate,
            "min_data_in_leaf": max(20, min(200, len(aim) // 1000)),
            "feature_fraction": 0.7,
            "bagging_fraction": 0.7,
            "bagging_freq": 1,
            "lambda_l2": 1.0,
            "seed": SEED,
        }
        yield library.train(settings, taught, parameters.rounds).model_to_string()


def _ask(boosters: Sequence[str], told: Floats, parameters: Parameters) -> Floats:
    """Return what each booster says, by series, origin, step and quantile; zeros where none has learned."""
    if not boosters:
        return np.zeros((*told.shape[:-1], len(parameters.quantiles)))
    flat = told.reshape(-1, told.shape[-1])
    library = lightgbm()
    said = [library.Booster(model_str=one).predict(flat, num_threads=parameters.threads) for one in boosters]
    return np.sort(np.stack(said, axis=-1).reshape(*told.shape[:-1], -1), axis=-1)


def _moved(
    said: Floats, known: Grid, held_out: slice, parameters: Parameters
) -> tuple[tuple[float, ...], ...]:
    missed = known.missed()[:, held_out]
    return tuple(
        tuple(
            0.0 if quantile == MEDIAN else _shift(missed, said[..., number], bucket, quantile)
            for bucket in range(-(-parameters.horizon // BUCKET))
        )
        for number, quantile in enumerate(parameters.quantiles)
    )


def _shift(missed: Floats, said: Floats, bucket: int, quantile: int) -> float:
    steps = slice(bucket * BUCKET, (bucket + 1) * BUCKET)
    beyond = (missed - said)[..., steps]
    beyond = beyond[np.isfinite(beyond)]
    if not len(beyond):
        # Nothing was held out: as if errors were normal, of which the mean is four fifths of the spread.
        return NormalDist().inv_cdf(quantile / 1000) * 5 / 4
    return float(np.quantile(beyond, quantile / 1000))
