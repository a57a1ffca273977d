"""Bands: between which amounts an hour's spend lies as often as is said, by how far off it was before."""

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from domain.forecast import scores
from domain.forecast.fixed import DAY, FINE, FULL, ONE
from domain.forecast.rows import CurveRow, HistoryRow, maturity

# Below it lie so many of a million: the outer and inner bounds, low ones first, and the middle.
LOW95: Final = 25_000
LOW80: Final = 100_000
MIDDLE: Final = 500_000
HIGH80: Final = 900_000
HIGH95: Final = 975_000
# Scores of others count between a sixteenth and in full; how many there were lies in between.
_POOLED_WEIGHT: Final = scores.WEIGHT // 4
_POOLED_SCORES: Final = 48  # as many as two days of its own
# An hour's scale is what is expected, and an eighth of an average hour, since even the emptiest may cost.
_FLOOR: Final = ONE // 8
_UNIT: Final = DAY * FINE
_TOGETHER: Final = 6  # hours of a day are off together: so many of them say as much as one
_ROUGHEST: Final = 2 * FULL
_WIDENING: Final = 32  # a day moves a bound's aim by this part of how far it missed it
_ROOM: Final = 4  # an aim keeps a quarter of the distance to the end


class Bounds(Struct, frozen=True, gc=False):
    """Scores between which hours lie."""

    low95: int
    low80: int
    middle: int
    high80: int
    high95: int


def bounds(history: HistoryRow, curve: CurveRow) -> Bounds | None:
    """Return the bounds of a campaign's hours; unknown until it, or one like it, was expected anything of."""
    pooled = curve.scores[maturity(history.days)]
    counts = scores.joined(history.scores, pooled, _POOLED_SCORES)
    if not any(counts):
        return None
    own = sum(scores.OWN.counts(history.scores)) // scores.WEIGHT
    known = (own + sum(scores.POOLED.counts(pooled)) // _POOLED_WEIGHT) // _TOGETHER
    aims = [aim + wide for aim, wide in zip((LOW95, LOW80, HIGH80, HIGH95), history.widened, strict=True)]
    aims.insert(2, MIDDLE)
    low95, low80, middle, high80, high95 = scores.quantiles(counts, known, aims)
    # Each aims for itself, so the inner ones may come to lie further out.
    return Bounds(min(low95, low80), low80, middle, high80, max(high95, high80))


def off(weight: int, expected: int, rough: int) -> int:
    """Return how far an hour is from what was expected of it, as a score of a campaign so rough."""
    return (weight - expected) * FULL * FULL // ((expected + _FLOOR) * rough)


def amounts(expected: Sequence[int], day: int, rough: int, known: Sequence[int]) -> list[tuple[int, ...]]:
    """Return what hours of such weights cost with each score, of a day that costs so many 1/256 micros."""
    middle = [weight * day // _UNIT for weight in expected]
    scale = [(weight + _FLOOR) * day // _UNIT for weight in expected]
    lines = []
    for score in known:
        far = score * rough
        line = [cost + wide * far // (FULL * FULL) for cost, wide in zip(middle, scale, strict=True)]
        lines.append(tuple(line if far >= 0 else [max(0, cost) for cost in line]))
    return lines


def roughness(expected: Sequence[int], hours: Sequence[tuple[int, int]]) -> int:
    """Return how far a day's hours are typically off, as a coefficient; a single one counts twice at most."""
    offs = [min(_ROUGHEST, abs(off(weight, expected[hour], FULL))) for hour, weight in hours]
    return sum(offs) // len(offs)


def widened(before: Sequence[int], known: Bounds | None, offs: list[int]) -> tuple[int, ...]:
    """Return how much further out each bound has to aim after a day with such scores."""
    if known is None or not offs:
        return tuple(before)
    missed = (
        sum([off < known.low95 for off in offs]),
        sum([off < known.low80 for off in offs]),
        sum([off > known.high80 for off in offs]),
        sum([off > known.high95 for off in offs]),
    )
    return tuple(
        _aimed(wide, miss * 1_000_000 // len(offs), aim)
        for wide, miss, aim in zip(before, missed, (LOW95, LOW80, HIGH80, HIGH95), strict=True)
    )


def _aimed(wide: int, missed_ppm: int, aim: int) -> int:
    allowed = min(aim, 1_000_000 - aim)
    outwards = (missed_ppm - allowed) // _WIDENING
    most = allowed - allowed // _ROOM
    return max(-most, min(most, wide - outwards if aim < MIDDLE else wide + outwards))
