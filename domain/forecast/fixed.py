"""Fixed-point arithmetic of learning: the units of shapes, and powers of two for weighing evidence."""

from collections.abc import Sequence
from typing import Final

ONE: Final = 2048
"""An hour of an average weight; sixteen bits still hold a day of 25 hours that was spent in a single one."""
DAY: Final = 24 * ONE
FINE: Final = 256
"""Levels are kept in parts of a micro, so that the tiniest budgets have hours too."""
FULL: Final = 1024
"""A coefficient of one."""

# 2 ** -(n / 16), of a million.
_ROOTS: Final = (
    1_000_000, 957_603, 917_004, 878_126, 840_896, 805_245, 771_105, 738_413,
    707_107, 677_128, 648_420, 620_929, 594_604, 569_394, 545_254, 522_137,
)  # fmt: skip


def half_to_the(sixteenths: int) -> int:
    """Return two to the power of minus so many sixteenths, in ppm."""
    whole, part = divmod(sixteenths, 16)
    return _ROOTS[part] >> whole


def to_mean_one(weights: Sequence[int]) -> list[int]:
    """Return weights of a day's 24 hours of which the average is one; of none at all, an even day."""
    whole = sum(weights)
    if whole <= 0:
        return [ONE] * 24
    return [weight * DAY // whole for weight in weights]
