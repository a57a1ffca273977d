"""Measures one training and forecast of ten thousand campaigns with four weeks each: time, memory, quality.

Campaigns are generated: a shape of the week that is each one's own, a slow drift, noise of 10 to 40 % an
hour, one in ten mostly silent. `python -m proof.forecasting.training` prints the figures.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from typing import TYPE_CHECKING, Final

import numpy as np

from forecaster import apart
from forecaster.levels import LOG_QUANTILES
from forecaster.model import Parameters
from forecaster.panel import HORIZON

if TYPE_CHECKING:
    from forecaster.arrays import Floats

CAMPAIGNS: Final = 10_000
HOURS: Final = 28 * 24
WEEK: Final = 168
SEED: Final = 5
# Linux tells it in KiB, macOS in bytes.
RSS_UNIT: Final = 1 if sys.platform == "darwin" else 1024


def campaigns(count: int, hours: int, seed: int = SEED) -> Floats:
    """Return what so many campaigns spend, in micros."""
    chance = np.random.default_rng(seed)
    clock = np.arange(WEEK)
    phase, depth = chance.uniform(0, 24, (count, 1)), chance.uniform(0.2, 0.9, (count, 1))
    day = 1 + depth * np.sin(2 * np.pi * (clock + phase) / 24)
    week = np.repeat(np.exp(chance.normal(0, 0.2, (count, 7))), 24, axis=1)
    shape = np.tile(day * week, -(-hours // WEEK))[:, :hours]
    noise = chance.uniform(0.1, 0.4, (count, 1)) * chance.standard_normal((count, hours))
    drift = np.cumsum(chance.normal(0, 0.01, (count, hours)), axis=1)
    silent = (np.arange(count) % 10 == 0)[:, None] & (chance.random((count, hours)) < 0.7)  # noqa: PLR2004 - one in ten
    level = 10 ** chance.uniform(5, 9, (count, 1))
    values: Floats = np.where(silent, 0, np.rint(level * shape * np.exp(noise + drift)))
    return values


def measure_training(count: int = CAMPAIGNS, hours: int = HOURS) -> dict[str, float]:
    """Train on and forecast campaigns in a process apart, and hold that against what came."""
    everything = campaigns(count, hours + HORIZON)
    known, came = everything[:, :hours], everything[:, hours:]
    begun = time.monotonic()
    answer = apart.run(apart.Asked(Parameters(LOG_QUANTILES, HORIZON)), known)
    seconds = time.monotonic() - begun
    said, used = answer.forecast, resource.getrusage(resource.RUSAGE_CHILDREN)
    naive = np.abs(np.tile(known[:, -WEEK:], 1)[:, :HORIZON] - came).sum()
    return {
        "campaigns": count,
        "hours": hours,
        "seconds": round(seconds, 1),
        # Where others use the cores as well, these are the figure that can be compared.
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "peak_mib": used.ru_maxrss * RSS_UNIT // 2**20,
        "coverage_80": round(float(((came >= said[..., 1]) & (came <= said[..., 3])).mean()), 3),
        "coverage_95": round(float(((came >= said[..., 0]) & (came <= said[..., 4])).mean()), 3),
        "error_to_last_week": round(float(np.abs(said[..., 2] - came).sum() / naive), 3),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measure_training()) + "\n")
