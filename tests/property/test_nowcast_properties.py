from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain.forecast.lag import AGES_MS, LagRow
from domain.forecast.nowcast import Nowcast, likely_permille, nowcast
from domain.local_time import HOUR_MS
from tests.lag_kit import campaign

PPM = 1_000_000
STATS = st.tuples(st.integers(0, 14), st.integers(0, 2 * PPM), st.integers(0, PPM))
LAGS = st.builds(
    LagRow,
    delay_ms=st.integers(0, 30 * HOUR_MS),
    stats=st.just(((0, 0, 0),) * len(AGES_MS)) | st.tuples(*[STATS] * len(AGES_MS)),
)
HOURS = st.lists(st.integers(0, 10**15) | st.just(0), max_size=25)
MINUTES = st.integers(0, 2 * 1440)
PLANS = st.just(()) | st.tuples(*[st.integers(0, 10**12)] * 24)


@given(LAGS, HOURS, MINUTES, PLANS)
def test_a_nowcast_is_never_below_zero_and_in_order(
    lag: LagRow, hours: list[int], minute: int, planned: tuple[int, ...]
) -> None:
    """Whatever was learned, and whatever is reported when."""
    now = nowcast(lag, campaign(hours, minute, sum(planned), planned))
    assert now.reported_micros == sum(hours)
    assert 0 <= now.low_micros <= now.median_micros <= now.high_micros


@given(st.integers(0, 30 * HOUR_MS), HOURS, MINUTES, PLANS)
def test_a_delay_never_takes_anything_back(
    delay_ms: int, hours: list[int], minute: int, planned: tuple[int, ...]
) -> None:
    """What a connector says of its lag can only mean that more was spent than is reported."""
    now = nowcast(LagRow(delay_ms=delay_ms), campaign(hours, minute, sum(planned), planned))
    assert now.reported_micros <= now.low_micros


@given(LAGS, HOURS, MINUTES)
def test_who_never_takes_back_has_spent_what_is_reported(lag: LagRow, hours: list[int], minute: int) -> None:
    """However much days differ, less than what is there only a platform can mean that strikes off."""
    stats = tuple((count, min(share, PPM), off) for count, share, off in lag.stats)
    now = nowcast(replace(lag, stats=stats), campaign(hours, minute))
    assert now.low_micros >= now.reported_micros


@given(LAGS, st.lists(st.integers(0, 10**9), max_size=24), st.integers(0, 1440), st.integers(1, 1000))
def test_a_nowcast_scales_with_what_is_reported(
    lag: LagRow, hours: list[int], minute: int, times: int
) -> None:
    """In another currency it is the same, to some micros an hour."""
    small = nowcast(lag, campaign(hours, minute))
    large = nowcast(lag, campaign([micros * times for micros in hours], minute))
    assert abs(small.median_micros * times - large.median_micros) <= 100 * times
    assert abs(small.high_micros * times - large.high_micros) <= 200 * times


@given(LAGS, HOURS, MINUTES, st.integers(0, 10**15))
def test_what_was_recorded_is_added_as_it_is(
    lag: LagRow, hours: list[int], minute: int, recorded: int
) -> None:
    """Increments that others push have no lag."""
    row = campaign(hours, minute)
    without, with_it = nowcast(lag, row), nowcast(lag, replace(row, recorded_micros=recorded))
    assert with_it.median_micros - without.median_micros == recorded
    assert with_it.high_micros - without.high_micros == recorded


@given(st.tuples(*[st.integers(0, 10**12)] * 3), st.lists(st.integers(0, 2 * 10**12), min_size=2))
def test_a_higher_limit_is_less_likely_crossed(figures: tuple[int, ...], limits: list[int]) -> None:
    """Between certainty and impossibility the odds only fall."""
    low, median, high = sorted(figures)
    odds = [likely_permille(Nowcast(median, low, high, low), limit) for limit in sorted(limits)]
    assert odds == sorted(odds, reverse=True)
    assert all(0 <= likely <= 1000 for likely in odds)
