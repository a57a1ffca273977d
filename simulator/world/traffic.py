"""How fast a campaign spends: its budget over the traffic of the hour, with noise that is always the same."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator.world.model import Traits

DAY_WEIGHT = 24_000
NOISE_MIN_PERMILLE, NOISE_MAX_PERMILLE = 850, 1_150
RUNAWAY_HOURS = range(2, 18)
RUNAWAY_TIMES = range(4, 12)


def chance(limit: int, *about: object) -> int:
    """Return a number below `limit` that depends on what it is about, and on nothing else."""
    text = "/".join(map(str, about)).encode()
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big") % limit


def weight(traits: Traits, clock_hour: int) -> int:
    """Return an hour's traffic in thousandths of an even hour; those of a day of 24 hours sum to 24,000."""
    apart = abs(clock_hour - traits.peak_hour) % 24
    # Distances on the clock's face are 0 to 12 and 6 on average, so that the swing cancels out.
    return 1_000 + traits.swing * (6 - min(apart, 24 - apart))


def noise_permille(seed: int, campaign: str, day: str, hour: int) -> int:
    """Return by how much an hour differs from its ordinary traffic."""
    span = NOISE_MAX_PERMILLE - NOISE_MIN_PERMILLE + 1
    return NOISE_MIN_PERMILLE + chance(span, seed, campaign, day, hour)


def runaway_times(seed: int, campaign: str, day: str, hour: int, *, permille: int) -> int:
    """Return how many times as fast a campaign spends that lost its measure on this day; 1 for the others."""
    if chance(1_000, seed, campaign, day, "runaway") >= permille:
        return 1
    first = RUNAWAY_HOURS[chance(len(RUNAWAY_HOURS), seed, campaign, day, "from")]
    return RUNAWAY_TIMES[chance(len(RUNAWAY_TIMES), seed, campaign, day, "times")] if hour >= first else 1
