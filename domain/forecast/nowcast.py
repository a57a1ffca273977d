"""What has probably been spent by now, of which the platform has reported a part."""

import struct
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from math import isqrt
from typing import Final, NamedTuple

from msgspec import Struct

from domain.forecast.lag import AGES_MS, PPM, LagRow, Stats
from domain.local_time import HOUR_MS
from domain.pacing import cells, plan
from domain.pacing.rows import CampaignRow

LEARNED_AGES_MIN: Final = 3
WHOLE_AGE_MS: Final = 2 * AGES_MS[-1]
# What is so far reported is taken as it is: the rest is less than what a campaign's hours differ by chance.
WHOLE_PPM: Final = 995_000
# An hour that is so far reported tells how a campaign spends today.
TELLING_PPM: Final = 900_000
TELLING_HOURS: Final = 6
# Eight times of ten an hour of a campaign is this near to what was expected of it, beside all the other
# hours, and the day's level, as its newest hours tell it, is this near to what it is.
HOUR_OFF_PERMILLE: Final = 400
LEVEL_OFF_PERMILLE: Final = 200
RATE_TIMES_MAX: Final = 4
# With a share below this, what is reported is no measure of the whole.
MEASURE_PPM_MIN: Final = 250_000
# From a mean deviation to the bounds of eight tenths, where errors are normal: 1.2816 / 0.7979.
MEAN_OFF_TO_80_PERMILLE: Final = 1606
Z80_THOUSANDTHS: Final = 1282
# How much of a normal distribution lies below 0.0, 0.1, 0.2, ... of its standard deviations.
NORMAL_PERMILLE: Final = (
    *(500, 540, 579, 618, 655, 691, 726, 758, 788, 816, 841, 864, 885, 903, 919, 933),
    *(945, 955, 964, 971, 977, 982, 986, 989, 992, 994, 995, 997, 997, 998, 999),
)
SURE_PERMILLE: Final = 999  # no more than this can be said of what nobody has seen
CURVES_REMEMBERED: Final = 1024
_SHARE: Final = struct.Struct("<H")  # as a campaign's row carries its plan


class Nowcast(Struct, frozen=True):
    """The true spend of a campaign's day so far; eight times of ten it is between low and high."""

    median_micros: int
    low_micros: int
    high_micros: int
    reported_micros: int = 0


class _Curve(NamedTuple):
    ages_ms: tuple[int, ...]
    shares_ppm: tuple[int, ...]
    offs_ppm: tuple[int, ...]
    whole_ms: int
    """From this age on all of an hour is there."""


class _Hours(NamedTuple):
    """The hours that have begun: what is reported, which part that should be, and how long each has run."""

    reported: list[int]
    shares_ppm: list[int]
    offs_ppm: list[int]
    elapsed_ms: list[int]


def nowcast(lag: LagRow | None, row: CampaignRow, expected_micros: Sequence[int] = ()) -> Nowcast:
    """Return what a campaign has probably spent when its newest total was true.

    `expected_micros` is what each hour of its day should cost; where it is not given, that is its plan. Its
    shape is taken, its level is that of the campaign's own hours.
    """
    reported = row.spent_micros + row.recorded_micros
    if lag is None:
        return Nowcast(reported, reported, reported, reported)
    curve = _learned(lag.stats)
    hours = _hours(row, lag.delay_ms, curve)
    late = [at for at, share in enumerate(hours.shares_ppm) if not WHOLE_PPM <= share <= PPM]
    if not late:
        return Nowcast(reported, reported, reported, reported)
    rates = _rates(hours, expected_micros or _planned(row))
    low, median, high = (_delayed if curve is None else _completed)(hours, late, rates)
    return Nowcast(reported + median, max(0, reported + low), reported + high, reported)


def likely_permille(now: Nowcast, limit_micros: int) -> int:
    """Return how likely it is that more than a limit has been spent."""
    if now.reported_micros > limit_micros and now.low_micros >= now.reported_micros:
        return 1000
    beyond = now.median_micros - limit_micros
    width = (now.median_micros - now.low_micros) if beyond > 0 else (now.high_micros - now.median_micros)
    if not width:
        return SURE_PERMILLE + 1 if beyond > 0 else 0
    below = _normal_permille(abs(beyond) * Z80_THOUSANDTHS // width)
    return below if beyond > 0 else 1000 - below


def _normal_permille(z_thousandths: int) -> int:
    step, into = divmod(z_thousandths, 100)
    if step + 1 >= len(NORMAL_PERMILLE):
        return SURE_PERMILLE
    low, high = NORMAL_PERMILLE[step : step + 2]
    return low + (high - low) * into // 100


@lru_cache(CURVES_REMEMBERED)
def _learned(stats: tuple[Stats, ...]) -> _Curve | None:
    """Return how a platform's figures grow with age, or ``None`` while too little was compared."""
    known = [
        (age_ms, share, off) for age_ms, (count, share, off) in zip(AGES_MS, stats, strict=True) if count
    ]
    if len(known) < LEARNED_AGES_MIN:
        return None
    ages, shares, offs = zip(*known, (WHOLE_AGE_MS, PPM, 0), strict=True)
    late = [at for at, share in enumerate(shares) if not WHOLE_PPM <= share <= PPM]
    return _Curve(ages, shares, offs, ages[late[-1] + 1 if late else 0])


def _hours(row: CampaignRow, delay_ms: int, curve: _Curve | None) -> _Hours:
    """Return the hours that have begun, each with the part of it that should be reported by now."""
    since_ms, day_ms = row.as_of_ms - row.day_start_ms, row.day_end_ms - row.day_start_ms
    reported = list(cells.totals(row.cells))
    begun = max(len(reported), -(-min(since_ms, day_ms) // HOUR_MS))
    reported += [0] * (begun - len(reported))
    lengths = [HOUR_MS] * begun
    if begun * HOUR_MS > day_ms > (begun - 1) * HOUR_MS:
        lengths[-1] = day_ms - (begun - 1) * HOUR_MS
    whole = min(begun, max(0, (since_ms - (delay_ms if curve is None else curve.whole_ms)) // HOUR_MS))
    shares, offs, elapsed = [PPM] * begun, [0] * begun, lengths.copy()
    for at in range(whole, begun):
        age_ms = since_ms - at * HOUR_MS - lengths[at]
        elapsed[at] = ran = max(1, lengths[at] + min(0, age_ms))
        if curve is None:
            shares[at] = PPM * max(0, min(ran, lengths[at] + age_ms - delay_ms)) // ran
        else:
            shares[at], offs[at] = _at(curve, age_ms)
    return _Hours(reported, shares, offs, elapsed)


def _at(curve: _Curve, age_ms: int) -> tuple[int, int]:
    """Return which part of an hour is reported at an age, and by how much that differs."""
    ages, shares, offs, _ = curve
    after = bisect_right(ages, age_ms)
    if after == 0:
        return shares[0], offs[0]
    share, off = shares[after - 1], offs[after - 1]
    if after == len(ages):
        return share, off
    into, of = age_ms - ages[after - 1], ages[after] - ages[after - 1]
    return share + (shares[after] - share) * into // of, off + (offs[after] - off) * into // of


def _rates(hours: _Hours, expected: Sequence[int]) -> list[int]:
    """Return what each hour should have cost by now, by the newest hours that are nearly all reported.

    Nothing where there is neither such an hour nor anything expected.
    """
    shares, elapsed = hours.shares_ppm, hours.elapsed_ms
    recent = [at for at, share in enumerate(shares) if share >= TELLING_PPM and elapsed[at] == HOUR_MS]
    recent = recent[-TELLING_HOURS:]
    seen = sum(hours.reported[at] * PPM // shares[at] for at in recent)
    if any(expected):
        prior = sum(expected) // len(expected) + 1
        planned = sum(expected[at] for at in recent if at < len(expected)) + prior
        level = min(seen + prior, RATE_TIMES_MAX * planned)
        last, over = len(expected) - 1, planned * HOUR_MS
        return [expected[min(at, last)] * level * ran // over for at, ran in enumerate(elapsed)]
    if recent:
        return [seen * ran // (HOUR_MS * len(recent)) for ran in elapsed]
    return []


def _planned(row: CampaignRow) -> list[int]:
    """Return what each hour of the day may cost, by the shape that the campaign carries with it."""
    ends = [end for (end,) in _SHARE.iter_unpack(row.plan)]
    target = row.target_micros or 0
    return [target * (end - before) // plan.WHOLE for before, end in zip([0, *ends], ends, strict=False)]


def _completed(hours: _Hours, late: list[int], rates: list[int]) -> tuple[int, int, int]:
    """Return low, median and high of what is to be added, by a learned lag.

    The less of an hour is reported the more weight has what it should have cost, and the more is, the more
    has what is reported, grown to the whole.
    """
    added = unseen = by_chance = by_lag = 0
    for at in late:
        reported, share = hours.reported[at], hours.shares_ppm[at]
        measure = max(share, MEASURE_PPM_MIN)
        if share >= PPM or not rates:
            grown = reported * PPM // measure
            guessed = 0 if share >= PPM else reported
        else:
            missing = PPM - share
            guessed = missing * missing * rates[at] // PPM**2
            grown = reported + missing * reported // PPM + guessed
        added += grown - reported
        unseen += guessed
        by_chance += (guessed * HOUR_OFF_PERMILLE) ** 2
        by_lag += grown * hours.offs_ppm[at] * (2 * PPM - min(share, PPM)) // PPM
    by_lag = by_lag * MEAN_OFF_TO_80_PERMILLE // PPM
    half = isqrt(by_chance + (unseen * LEVEL_OFF_PERMILLE) ** 2 + by_lag**2) // 1000
    # Only where a platform takes back can less have been spent than it reports.
    return max(added - half, 0) if added >= 0 else added - half, added, added + half


def _delayed(hours: _Hours, late: list[int], rates: list[int]) -> tuple[int, int, int]:
    """Return low, median and high of what is to be added, by what the connector says of the lag.

    That is the longest usual one: much of what should be missing may well be reported, so an hour is
    filled up to what it should have cost, and not beyond.
    """
    added = most = 0
    for at in late:
        reported, missing = hours.reported[at], PPM - hours.shares_ppm[at]
        expected = rates[at] if rates else reported
        likely = max(0, min(missing * expected // PPM, expected - reported))
        added += likely
        most += max(missing * max(expected, reported) // PPM, likely * (1000 + LEVEL_OFF_PERMILLE) // 1000)
    return 0, added, most
