"""How far off expectations were, counted in bins: from these counts come the bands.

A score is the difference to what was expected, in 1/1024 of the hour's scale. The bins are narrow near zero
and an eighth of their distance further out, so that a few dozen bytes hold a distribution of any width.
"""

import struct
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate
from typing import Final

from msgspec import Struct

_STEPS: Final = 4  # an octave
_BELOW: Final = (
    44  # bins: nothing can be further below than all that was expected, of the calmest eight times
)
_ABOVE: Final = 60
BINS: Final = _BELOW + _ABOVE
SCORE_MAX: Final = 2**17 - 1
WEIGHT: Final = 16  # one score, if it counts in full; so that counts can fade


def _edges(bins: int) -> list[int]:
    linear = [2 * step for step in range(_STEPS)]
    octaves = [(_STEPS + step) << octave for octave in range(1, 16) for step in range(_STEPS)]
    return [*linear, *octaves][: bins + 1]


# The lower edge of each bin, and the upper one of the last.
EDGES: Final = tuple([-edge for edge in reversed(_edges(_BELOW))] + _edges(_ABOVE)[1:])


class Tally(Struct, frozen=True):
    """How counts are packed, and how slowly they fade."""

    packing: struct.Struct
    fading: int
    """With each day a count loses one of two to this power."""

    @property
    def nothing(self) -> bytes:
        """Return no counts."""
        return bytes(self.packing.size)

    def counts(self, packed: bytes) -> tuple[int, ...]:
        """Return the count of each bin."""
        return self.packing.unpack(packed)

    def fold(self, packed: bytes, bins: Sequence[int], weight: int = WEIGHT) -> bytes:
        """Return the counts with a day's scores, by bin."""
        counts = [count - (count >> self.fading) for count in self.packing.unpack(packed)]
        for one in bins:
            counts[one] += weight
        return self.packing.pack(*counts)


OWN: Final = Tally(struct.Struct(f"<{BINS}H"), 5)
POOLED: Final = Tally(struct.Struct(f"<{BINS}I"), 9)


def bin_of(score: int) -> int:
    """Return the bin of a score."""
    size = score if score >= 0 else -score - 1
    size = min(size, SCORE_MAX)
    if size < 2 * _STEPS:
        step = size >> 1
    else:
        octave = size.bit_length() - 3
        step = _STEPS * octave + (size >> octave) - _STEPS
    return min(_BELOW + step, BINS - 1) if score >= 0 else max(_BELOW - 1 - step, 0)


def joined(own: bytes, pooled: bytes, pooled_scores: int) -> list[int]:
    """Return a campaign's counts and those of campaigns like it, which count as so many scores."""
    mine, others = OWN.counts(own), POOLED.counts(pooled)
    whole = sum(others)
    if not whole:
        return list(mine)
    worth = pooled_scores * WEIGHT
    return [one * whole + other * worth for one, other in zip(mine, others, strict=True)]


def quantiles(counts: Sequence[int], scores: int, wanted_ppm: Sequence[int]) -> list[int]:
    """Return the scores below which such parts of all lie, allowing for how few of them there are."""
    running = list(accumulate(counts))
    found = []
    for part in wanted_ppm:
        # Of n scores the next one is as likely to fall into each of n + 1 gaps.
        ahead = (part - 500_000) * (scores + 1) // max(1, scores) + 500_000
        found.append(_at(counts, running, min(max(ahead, 0), 1_000_000)))
    return found


def _at(counts: Sequence[int], running: list[int], part_ppm: int) -> int:
    rank = running[-1] * part_ppm
    low = bisect_left(running, max(1, -(-rank // 1_000_000)))
    into = rank - (running[low] - counts[low]) * 1_000_000
    width = EDGES[low + 1] - EDGES[low]
    return EDGES[low] + width * into // max(1, counts[low] * 1_000_000)
