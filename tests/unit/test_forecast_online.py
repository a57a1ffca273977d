from itertools import pairwise
from random import Random

import pytest

from domain.forecast.online import HORIZON_MAX, predict
from tests.learning_kit import CLOCK, usual

HORIZON = 48
FAR_BELOW = 10**12  # where no band ends at zero


def series(days: int, noise_percent: int, seed: int = 1) -> list[int]:
    """Return an hourly series that begins on a Monday."""
    random = Random(seed)  # noqa: S311 - noise of a test
    return [
        round(usual(day % 7, hour) * random.lognormvariate(0, noise_percent / 100))
        for day in range(days)
        for hour in CLOCK
    ]


def widths(known: list[int]) -> list[int]:
    """Return how wide the outer band of each step is."""
    return [high - low for low, _, _, _, high in predict(known, 3 * HORIZON)]


def test_a_week_that_repeats_itself_is_foreseen_exactly() -> None:
    """With no error in the past there is nothing to allow for."""
    known = series(28, 0)
    ahead = [usual(day % 7, hour) for day in range(28, 30) for hour in CLOCK]
    assert [middle for _, _, middle, _, _ in predict(known, HORIZON)] == ahead


def test_bands_hold_as_often_as_they_say() -> None:
    """Over seeded series, at both levels, two days ahead."""
    held80 = held95 = asked = 0
    for seed in range(25):
        whole = series(30, 20, seed)
        for came, (low95, low80, _, high80, high95) in zip(
            whole[-HORIZON:], predict(whole[:-HORIZON], HORIZON), strict=True
        ):
            held80 += low80 <= came <= high80
            held95 += low95 <= came <= high95
            asked += 1
    # With each week it knows its series better than when its errors were made: it may hold a little oftener.
    assert 780 <= held80 * 1000 // asked <= 870
    assert 940 <= held95 * 1000 // asked <= 985


def test_it_beats_yesterday_where_days_differ_by_chance() -> None:
    """An average over weeks has less noise than any one day."""
    off = naive = 0
    for seed in range(10):
        whole = series(30, 30, seed)
        known, ahead = whole[:-HORIZON], whole[-HORIZON:]
        off += sum(abs(came - one[2]) for came, one in zip(ahead, predict(known, HORIZON), strict=True))
        naive += sum(abs(came - yesterday) for came, yesterday in zip(ahead, known[-24:] * 2, strict=True))
    assert off < naive * 7 // 10


def test_a_new_level_is_taken_on_within_days() -> None:
    """A campaign whose budget was doubled three days ago is expected to stay there."""
    calm = series(28, 2)
    known = [*calm[: 25 * 24], *(2 * hour for hour in calm[25 * 24 :])]
    whole = sum(middle for _, _, middle, _, _ in predict(known, 24))
    assert whole > 17 * sum(calm[:24]) // 10


def test_values_below_zero_are_foreseen() -> None:
    """A foreign series may be of temperatures."""
    known = [hour - 12_000_000 for hour in series(28, 0)]
    assert min(middle for _, _, middle, _, _ in predict(known, 24)) < -10_000_000


@pytest.mark.parametrize("values", [series(20, 90), [0, 0, 0, 9] * 90, [3, 0, 1]])
def test_nothing_is_foreseen_below_zero_of_what_never_was(values: list[int]) -> None:
    """Money is not unspent."""
    assert min(low for low, _, _, _, _ in predict(values, HORIZON)) >= 0


@pytest.mark.parametrize(
    "values", [series(60, 20), series(9, 20), series(3, 40), [5, 7, 2] * 9, [5], [0] * 400]
)
def test_quantiles_are_in_order_and_no_later_day_is_surer(values: list[int]) -> None:
    """Of long and short series, of a single value, and of nothing but zeros."""
    ahead = predict([value - FAR_BELOW for value in values], 100)
    assert len(ahead) == 100
    assert all(list(one) == sorted(one) for one in ahead)
    outer = [high - low for low, _, _, _, high in ahead]
    assert all(later >= earlier for earlier, later in zip(outer, outer[24:], strict=False))


def test_nothing_is_foreseen_of_nothing() -> None:
    """An empty series, or no hours asked for."""
    assert predict([], 2) == [(0, 0, 0, 0, 0)] * 2
    assert predict([1, 2], 0) == []
    assert len(predict([1, 2], 10**9)) == HORIZON_MAX


def test_the_same_series_gives_the_same_forecast_at_any_scale() -> None:
    """In other units all is the same but for the unit."""
    known = series(20, 25)
    for one, large in zip(predict(known, 30), predict([hour * 1000 for hour in known], 30), strict=True):
        assert all(
            abs(small * 1000 - big) <= 10_000 + abs(big) // 100 for small, big in zip(one, large, strict=True)
        )


def test_noise_widens_the_bands() -> None:
    """Bands are made of the series' own errors."""
    assert all(calm < wild for calm, wild in zip(widths(series(28, 5)), widths(series(28, 40)), strict=True))
    assert all(a <= b for a, b in pairwise(widths(series(28, 5))[::24]))
