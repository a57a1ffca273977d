"""Which pot pays what of a day: a campaign that moves to another pot is paid there from then on."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import Final

from domain.treasury.rows import Stint

STINTS_MAX: Final = 8


def begin(stints: Sequence[Stint], stint: Stint) -> tuple[Stint, ...]:
    """Let a pot pay from now on; the oldest stints are forgotten, their days are long settled."""
    return (*stints[1 - STINTS_MAX :], stint)


def shares(stints: Sequence[Stint], day: str, spent: int, likely: int) -> dict[str, tuple[int, int]]:
    """Return what each pot pays of a day that has cost so much: as reported, and as is likely."""
    paid: dict[str, tuple[int, int]] = {}
    for stint, following in zip_longest(stints, stints[1:]):
        if stint.day > day or (following is not None and following.day < day):
            continue
        low = (stint.spent_micros, stint.likely_micros) if stint.day == day else (0, 0)
        high: tuple[int | None, int | None] = (None, None)
        if following is not None and following.day == day:
            high = following.spent_micros, following.likely_micros
        known = paid.get(stint.pot, (0, 0))
        paid[stint.pot] = (
            known[0] + between(spent, low[0], high[0]),
            known[1] + between(likely, low[1], high[1]),
        )
    return paid


def between(total: int, low: int, high: int | None) -> int:
    """Return how much of a total lies between two marks."""
    return max(0, (total if high is None else min(total, high)) - low)
