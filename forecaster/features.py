"""How well each guess has done lately, the guess that follows from that, and what a model is told about both.

A model learns how far off the combined guess will be, in units of how far off such guesses have been in the
same series: so that series of ten and of a million teach each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from forecaster.guesses import DAY, Guesses, Past, mean_known

if TYPE_CHECKING:
    from forecaster.arrays import Floats, Truths

# How many days of guessing are remembered, and how much less each earlier one counts.
JUDGED_DAYS: Final = 10
FADING: Final = 0.85
# Of days that came whole, counted by their weight: a record of less than two is none.
JUDGED_LEAST: Final = 1.3
# Steps that are judged together.
BUCKET: Final = 12
# How strongly the better guess is preferred: about as if errors of guesses were independent.
SHARPNESS: Final = 4
# In a series without any history of guessing: how far off one is taken to be, in parts of the level.
UNJUDGED_ERROR: Final = 0.3
# A series that was never off gets bands of this part of its level, and one of zeros bands of this width.
LEAST_ERROR: Final = 1e-4
NO_ERROR: Final = 1e-9
# Of the mean error: keeps a guess that was never off from counting infinitely more than one that hardly was.
WEIGHT_FLOOR: Final = 1e-2


@dataclass(frozen=True, slots=True)
class Grid:
    """What is known of each series (first axis), origin in days before the end (second) and step (third)."""

    base: Floats
    scale: Floats
    told: Floats
    """What the model is told, by series, origin, step and feature."""
    target: Floats
    judged: Truths
    """Where guesses have a record at all, so that the scale means something."""

    def missed(self) -> Floats:
        """Return how far off the base was, in units of the scale; NaN where that is not known."""
        return np.where(self.judged, (self.target - self.base) / self.scale, np.nan)


def grid(values: Floats, *, origins: int, horizon: int) -> Grid:
    """Work out the last so many origins; the first is the end of the series, where nothing ahead is known."""
    judging = JUDGED_DAYS - 1 + -(-horizon // DAY)
    past = Past(values, range(origins + judging), horizon)
    guesses, target = Guesses(values, past), past.target()
    stacked = guesses.stacked()
    off, leaning = _records(stacked - target[None], origins, judging)
    weights = _weights(off)
    each = stacked[:, :, :origins]
    base = np.nan_to_num((_by_step(weights, horizon) * each).sum(0))
    level = guesses.level[:, :origins]
    scale = _scale(_by_step(off, horizon), level)
    told = [
        *((each - base) / scale),
        *(_by_step(leaning, horizon) / scale),
        _by_step((weights * np.nan_to_num(leaning)).sum(0), horizon) / scale,
        _by_step((weights * np.nan_to_num(off)).sum(0), horizon) / scale,
        each.std(0) / scale,
        *_of_levels(guesses, base, scale, origins),
        np.broadcast_to(past.steps, base.shape),
    ]
    judged: Truths = np.asarray(np.isfinite(_by_step(off, horizon)).any(axis=0))
    return Grid(base, scale, np.stack(told, axis=-1).astype(np.float32), target[:, :origins], judged)


def _of_levels(guesses: Guesses, base: Floats, scale: Floats, origins: int) -> list[Floats]:
    day, week, before = (
        one[:, :origins] for one in (guesses.day_level, guesses.week_level, guesses.week_level_before)
    )
    level = guesses.level[:, :origins]
    return [
        guesses.days_spread[:, :origins] / scale,
        guesses.weeks_spread[:, :origins] / scale,
        (day - week) / scale,
        (week - before) / scale,
        (base - level) / scale,
        scale / (np.abs(level) + NO_ERROR),
    ]


def _records(missed: Floats, origins: int, judging: int) -> tuple[Floats, Floats]:
    """Return each guess' mean error and mean lean at each origin, by bucket of steps, as known there."""
    count, series, _, horizon = missed.shape
    shape = (count, series, origins, -(-horizon // BUCKET))
    off, leaning, heard = (np.zeros(shape, np.float32) for _ in range(3))
    for bucket in range(shape[-1]):
        begin, end = bucket * BUCKET, min((bucket + 1) * BUCKET, horizon)
        for age in range(1, judging + 1):
            # What was guessed some days ago has come by now for as many days' steps, and no further.
            seen = missed[:, :, age : age + origins, begin : min(end, DAY * age)]
            weight = np.float32(FADING**age)
            known = np.isfinite(seen)
            seen = np.where(known, seen, 0)
            off[..., bucket] += weight * np.abs(seen).sum(-1)
            leaning[..., bucket] += weight * seen.sum(-1)
            heard[..., bucket] += weight * known.sum(-1)
        heard[..., bucket][heard[..., bucket] < JUDGED_LEAST * (end - begin)] = np.nan
    return off / heard, leaning / heard


def _weights(off: Floats) -> Floats:
    floor = np.nan_to_num(mean_known(off)) * WEIGHT_FLOOR + NO_ERROR
    with np.errstate(invalid="ignore"):
        # Relative to the best one, so that no power leaves the range of its numbers.
        best = np.nan_to_num(np.where(np.isfinite(off), off, np.inf).min(0), posinf=0) + floor
        weights = np.where(np.isfinite(off), (best / (off + floor)) ** SHARPNESS, 0)
    total = weights.sum(0)
    unjudged = np.zeros_like(weights)
    unjudged[0] = 1  # as the day before
    return np.where(total > 0, weights / np.where(total > 0, total, 1), unjudged).astype(np.float32)


def _scale(off: Floats, level: Floats) -> Floats:
    best = np.where(np.isfinite(off), off, np.inf).min(0)
    size = np.abs(np.nan_to_num(level))
    scale = np.where(np.isfinite(best), best, size * UNJUDGED_ERROR)
    return np.maximum(scale, size * LEAST_ERROR + NO_ERROR).astype(np.float32)


def _by_step(of_buckets: Floats, horizon: int) -> Floats:
    return np.repeat(of_buckets, BUCKET, axis=-1)[..., :horizon]
