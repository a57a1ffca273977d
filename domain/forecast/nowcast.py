"""What has probably been spent by now, of which the platform has reported a part."""

import struct
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from msgspec import Struct

from domain.forecast.lag import AGES_MS, PPM, LagRow, Stats
from domain.local_time import HOUR_MS
from domain.pacing import cells, plan
from domain.pacing.rows import CampaignRow

LEARNED_HOURS_MIN: Final = 24  # fewer hours of an age tell nothing of it
LEARNED_AGES_MIN: Final = 3
WHOLE_AGE_MS: Final = 2 * AGES_MS[-1]
# An hour that is so far reported tells how a campaign spends today.
TELLING_PPM: Final = 900_000
TELLING_HOURS: Final = 6
# What is not reported yet may be a half less or more: so much do a campaign's hours differ from each other.
UNSEEN_PERMILLE: Final = 500
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


class _Hour(NamedTuple):
    reported_micros: int
    share_ppm: int
    off_ppm: int
    elapsed_ms: int


class _Curve(NamedTuple):
    ages_ms: tuple[int, ...]
    shares_ppm: tuple[int, ...]
    offs_ppm: tuple[int, ...]

    def at(self, age_ms: int) -> tuple[int, int]:
        """Return which part of an hour is reported at an age, and by how much that differs."""
        after = bisect_right(self.ages_ms, age_ms)
        if after == 0:
            return self.shares_ppm[0], self.offs_ppm[0]
        if after == len(self.ages_ms):
            return self.shares_ppm[-1], self.offs_ppm[-1]
        low, high = self.ages_ms[after - 1], self.ages_ms[after]
        into, of = age_ms - low, high - low
        share, off = self.shares_ppm[after - 1], self.offs_ppm[after - 1]
        return (
            share + (self.shares_ppm[after] - share) * into // of,
            off + (self.offs_ppm[after] - off) * into // of,
        )


def nowcast(lag: LagRow | None, row: CampaignRow, expected_micros: Sequence[int] = ()) -> Nowcast:
    """Return what a campaign has probably spent when its newest total was true.

    `expected_micros` is what each hour of its day should cost; where it is not given, that is its plan. Its
    shape is taken, its level is that of the campaign's own hours.
    """
    reported = row.spent_micros + row.recorded_micros
    curve = _learned(lag.stats) if lag is not None else None
    hours = _hours(row, lag.delay_ms if lag is not None else 0, curve)
    if all(hour.share_ppm == PPM and not hour.off_ppm for hour in hours):
        return Nowcast(reported, reported, reported, reported)
    rates = _rates(hours, expected_micros or _planned(row))
    low = median = high = row.recorded_micros
    for hour, rate in zip(hours, rates, strict=True):
        least, likely, most = _delayed(hour, rate) if curve is None else _completed(hour, rate)
        low, median, high = low + least, median + likely, high + most
    return Nowcast(median, min(low, median), max(high, median), reported)


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
        (age_ms, share, off)
        for age_ms, (count, share, off) in zip(AGES_MS, stats, strict=True)
        if count >= LEARNED_HOURS_MIN
    ]
    if len(known) < LEARNED_AGES_MIN:
        return None
    ages, shares, offs = zip(*known, (WHOLE_AGE_MS, PPM, 0), strict=True)
    return _Curve(ages, shares, offs)


def _hours(row: CampaignRow, delay_ms: int, curve: _Curve | None) -> list[_Hour]:
    """Return the hours that have begun, each with the part of it that should be reported by now."""
    since_ms = row.as_of_ms - row.day_start_ms
    totals = list(cells.totals(row.cells))
    day_ms = row.day_end_ms - row.day_start_ms
    hours = []
    for hour in range(max(len(totals), -(-min(since_ms, day_ms) // HOUR_MS))):
        length_ms = max(1, min(HOUR_MS, day_ms - hour * HOUR_MS))
        age_ms = since_ms - hour * HOUR_MS - length_ms
        elapsed_ms = max(1, min(length_ms, length_ms + age_ms))
        if curve is None:
            share, off = PPM * max(0, min(elapsed_ms, length_ms + age_ms - delay_ms)) // elapsed_ms, 0
        else:
            share, off = curve.at(age_ms)
        hours.append(_Hour(totals[hour] if hour < len(totals) else 0, share, off, elapsed_ms))
    return hours


def _rates(hours: list[_Hour], expected: Sequence[int]) -> list[int | None]:
    """Return what each hour should have cost by now, by the newest hours that are nearly all reported."""
    telling = [
        at for at, hour in enumerate(hours) if hour.share_ppm >= TELLING_PPM and hour.elapsed_ms == HOUR_MS
    ]
    recent = telling[-TELLING_HOURS:]
    seen = sum(hours[at].reported_micros * PPM // hours[at].share_ppm for at in recent)
    if expected and any(expected):
        prior = sum(expected) // len(expected) + 1
        planned = sum(expected[at] for at in recent if at < len(expected)) + prior
        level = min(seen + prior, RATE_TIMES_MAX * planned)
        shape = [expected[min(at, len(expected) - 1)] * level // planned for at in range(len(hours))]
        return [micros * hour.elapsed_ms // HOUR_MS for micros, hour in zip(shape, hours, strict=True)]
    if recent:
        return [seen * hour.elapsed_ms // (HOUR_MS * len(recent)) for hour in hours]
    return [None] * len(hours)


def _planned(row: CampaignRow) -> list[int]:
    """Return what each hour of the day may cost, by the shape that the campaign carries with it."""
    ends = [end for (end,) in _SHARE.iter_unpack(row.plan)]
    target = row.target_micros or 0
    return [target * (end - before) // plan.WHOLE for before, end in zip([0, *ends], ends, strict=False)]


def _completed(hour: _Hour, rate: int | None) -> tuple[int, int, int]:
    """Return an hour's low, median and high by a learned lag.

    The less is reported the more weight has what the hour should have cost, and the more is, the more
    has what is reported, grown to the whole.
    """
    reported, share = hour.reported_micros, hour.share_ppm
    if share >= PPM or rate is None:
        likely = reported * PPM // max(share, MEASURE_PPM_MIN)
    else:
        unseen = PPM - share
        likely = reported + unseen * (reported + unseen * rate // PPM) // PPM
    off = hour.off_ppm * MEAN_OFF_TO_80_PERMILLE // 1000
    spread = reported * off // max(share, MEASURE_PPM_MIN)
    half = max(0, likely - reported) * UNSEEN_PERMILLE // 1000 + spread
    return max(likely - half, min(reported, likely)), likely, likely + half


def _delayed(hour: _Hour, rate: int | None) -> tuple[int, int, int]:
    """Return an hour's low, median and high by what the connector says of the lag.

    That is the longest usual one: much of what should be missing may well be reported, so an hour is
    filled up to what it should have cost, and not beyond.
    """
    reported, unseen = hour.reported_micros, PPM - hour.share_ppm
    expected = reported if rate is None else rate
    missing = unseen * expected // PPM
    likely = max(reported, min(reported + missing, expected))
    most = reported + unseen * max(expected, reported) // PPM
    return reported, likely, max(most, likely + (likely - reported) * UNSEEN_PERMILLE // 1000)
