"""How much of a correction comes true, measured: of what hours share with their neighbours, and of the rest.

Least squares over all of an account's campaigns with as much history, and over the campaign's own days. One
that lies much further from its account than the others do is believed sooner: noise alone would not take it
there.
"""

from collections.abc import Sequence
from typing import Final

from domain.forecast.fixed import FULL, ONE
from domain.forecast.rows import MATURITIES

Line = Sequence[int]
Sums = tuple[int, ...]
Parts = tuple[Line, Line]

WEEKDAY_GROUPS: Final = 4  # weekdays seen once, twice, three times, and more often
SUMS: Final = 6  # squares of both parts, their product, their products with what came; and how many hours
_NOTHING: Final = (0,) * SUMS
# Before anything was measured: corrections of a tenth, on four days.
_PRIOR: Final = 4 * 24 * (ONE // 10) ** 2
_POOLED_FADING: Final = 9
_OWN_FADING: Final = 4
_POOLED_HOURS: Final = 8 * 24  # what others' hours count as, beside those of a campaign's last sixteen days
# A smoothed hour keeps a quarter of the noise, and three quarters are in the rest: a third, or a little more.
_NOISE_NUMERATOR: Final = 3
_NOISE_DENOMINATOR: Final = 8


def weekday_group(days: int) -> int:
    """Return the group of a weekday that was seen so often; those of campaigns are their maturities."""
    return MATURITIES + min(days, WEEKDAY_GROUPS) - 1


def parted(line: Sequence[int]) -> tuple[list[int], list[int]]:
    """Return what an hour shares with its neighbours, and the rest."""
    ring = [*line[-2:], *line, *line[:2]]
    smooth = [
        (first + 4 * before + 6 * here + 4 * after + last) >> 4
        for first, before, here, after, last in zip(
            ring, ring[1:], ring[2:], ring[3:], ring[4:], strict=False
        )
    ]
    return smooth, [here - shared for here, shared in zip(line, smooth, strict=True)]


def coefficients(pooled: Sums, own: Sums, group: int, days: int, parts: Parts) -> tuple[int, int]:
    """Return how much of each part of a correction is to be believed, of 1024."""
    # A quarter of the noise is in the smooth part, and most of a difference; that between two weekdays of a
    # kind is a tenth of that between two campaigns.
    thin = 1 if group < MATURITIES else 10
    first, second = FULL * 4 * days // (4 * days + thin), FULL * days // (days + 3 * thin)
    others = pooled[SUMS * group : SUMS * (group + 1)] or _NOTHING
    square, rest_square, both, came, rest_came, _ = _joined(others, own or _NOTHING)
    square, rest_square = square + _PRIOR, rest_square + _PRIOR
    came, rest_came = came * FULL + _PRIOR * first, rest_came * FULL + _PRIOR * second
    spread = square * rest_square - both * both  # positive, as both squares have the prior in them
    much = (came * rest_square - rest_came * both) // spread
    little = (rest_came * square - came * both) // spread
    believed = min(FULL, max(0, much))
    if group < MATURITIES:
        believed = max(believed, _unlike(others, believed, parts))
    return believed, min(FULL, max(0, little))


def pooled_with(sums: Sums, group: int, line: Line, parts: Parts, hours: list[tuple[int, int]]) -> Sums:
    """Return an account's sums with a day in those of a group."""
    kept = sums or (0,) * (SUMS * (MATURITIES + WEEKDAY_GROUPS))
    start = SUMS * group
    new = _faded(kept[start : start + SUMS], _sums(line, parts, hours), _POOLED_FADING)
    return (*kept[:start], *new, *kept[start + SUMS :])


def own_with(sums: Sums, line: Line, parts: Parts, hours: list[tuple[int, int]]) -> Sums:
    """Return a campaign's sums with a day in them."""
    return tuple(_faded(sums or _NOTHING, _sums(line, parts, hours), _OWN_FADING))


def _joined(others: Sums, own: Sums) -> Sums:
    """Return both together; many others count as some of its own."""
    hours = max(_POOLED_HOURS, others[-1])
    return tuple([other * _POOLED_HOURS // hours + mine for other, mine in zip(others, own, strict=True)])


def _unlike(others: Sums, believed: int, parts: Parts) -> int:
    """Return how much of the smooth part is no noise, by how much larger it is than that of others."""
    if not others[-1]:
        return 0
    smooth, rough = parts
    square = sum([hour * hour for hour in smooth])
    usual = others[0] * len(smooth) // others[-1] * (FULL - believed) // FULL
    own = sum([hour * hour for hour in rough]) * _NOISE_NUMERATOR // _NOISE_DENOMINATOR
    return max(0, FULL - max(usual, own) * FULL // max(1, square))


def _sums(line: Line, parts: Parts, hours: list[tuple[int, int]]) -> Sums:
    smooth, rough = parts
    square = rest_square = both = came = rest_came = 0
    for hour, weight in hours:
        off, shared, rest = weight - line[hour], smooth[hour], rough[hour]
        square += shared * shared
        rest_square += rest * rest
        both += shared * rest
        came += off * shared
        rest_came += off * rest
    return square, rest_square, both, came, rest_came, len(hours)


def _faded(sums: Sums, new: Sums, fading: int) -> list[int]:
    return [old - (old >> fading) + more for old, more in zip(sums, new, strict=True)]
