import pytest

from domain.forecast import performance
from domain.forecast.model import PastDay
from events.limits import AMOUNT_MICROS_MAX, COUNT_MAX
from tests.learning_kit import AUTUMN, CLOCK, DOLLAR, OPEN

Results = tuple[int, int, int]


def day(results: list[Results], micros: int = 100 * DOLLAR) -> PastDay:
    """Return a day of equal spend with these results."""
    return PastDay(0, CLOCK, (micros,) * 24, OPEN, tuple(results))


def learned(results: list[Results], days: int = 1, micros: int = 100 * DOLLAR) -> tuple[int, ...]:
    """Return what such days leave."""
    hours: tuple[int, ...] = ()
    for _ in range(days):
        hours = performance.folded(hours, day(results, micros))
    return hours


def best_at_noon(conversions: int, clicks: int = 1000) -> list[Results]:
    """Return a day of which noon converts twice as well as the rest."""
    return [(50_000, clicks, conversions * (1 + (hour == 12))) for hour in CLOCK]


def test_without_results_every_hour_is_an_average_one() -> None:
    """Nobody says what a click costs or brings before there was one."""
    assert performance.expected((), CLOCK) == performance.Brings((1000,) * 24)
    assert performance.folded((), day([])) == ()
    assert performance.conversions_ppm((), CLOCK) is None
    assert performance.click_micros((), CLOCK) is None


def test_an_hour_that_converts_better_is_worth_more() -> None:
    """With enough data the difference is believed nearly in full."""
    brings = performance.expected(learned(best_at_noon(100)), CLOCK)
    assert 1800 < brings.permille[12] <= 2000
    assert 900 < brings.permille[3] < 1000
    assert brings.conversions_ppm is not None
    assert 180_000 < brings.conversions_ppm[12] < 200_000
    assert brings.click_micros is not None
    assert abs(brings.click_micros[0] - DOLLAR // 10) < DOLLAR // 1000


def test_a_single_conversion_moves_little() -> None:
    """Thin data are shrunk towards the average: one conversion may be chance."""
    thin = [(100, 10, int(hour == 12)) for hour in CLOCK]
    brings = performance.expected(learned(thin), CLOCK)
    assert 1000 < brings.permille[12] < 1250
    assert all(900 < one <= 1000 for hour, one in enumerate(brings.permille) if hour != 12)


def test_dear_clicks_make_an_hour_worth_less() -> None:
    """What counts is what money brings, so rate and price go together."""
    half = [(10_000, 500 if hour == 12 else 1000, 50 if hour == 12 else 100) for hour in CLOCK]
    brings = performance.expected(learned(half), CLOCK)
    assert brings.permille[12] < 600
    assert brings.click_micros is not None
    assert brings.click_micros[12] > 190_000


def test_no_hour_counts_more_than_twice_or_less_than_half() -> None:
    """One hour of luck must not draw the whole budget."""
    wild = [(10_000, 1000, 500 if hour == 12 else 0) for hour in CLOCK]
    permille = performance.expected(learned(wild, 20), CLOCK).permille
    assert permille[12] == performance.MOST_PERMILLE
    assert permille[0] == performance.LEAST_PERMILLE


def test_old_results_fade() -> None:
    """What converted last winter gives way to what converts now."""
    hours = learned(best_at_noon(100), 30)
    for _ in range(90):
        hours = performance.folded(hours, day([(50_000, 1000, 100)] * 24))
    assert abs(performance.expected(hours, CLOCK).permille[12] - 1000) < 120


def test_a_day_without_results_does_not_fade_what_is_known() -> None:
    """A platform that tells results late says nothing by silence."""
    hours = learned(best_at_noon(100))
    assert performance.folded(hours, day([(0, 0, 0)] * 24)) == hours


@pytest.mark.parametrize("micros", [0, 1, AMOUNT_MICROS_MAX])
def test_the_largest_and_smallest_amounts_are_taken(micros: int) -> None:
    """Sums stay within 64 bits, so that the row can be kept."""
    hours = learned([(COUNT_MAX, COUNT_MAX, COUNT_MAX)] * 24, 200, micros)
    assert max(hours) < 2**63
    brings = performance.expected(hours, CLOCK)
    assert brings.permille == (1000,) * 24
    assert brings.conversions_ppm is not None
    assert all(990_000 < one <= 1_000_000 for one in brings.conversions_ppm)


def test_an_hour_that_comes_twice_is_foreseen_twice() -> None:
    """On the day on which clocks are set back."""
    permille = performance.expected(learned(best_at_noon(100)), AUTUMN).permille
    assert len(permille) == 25
    assert permille[2] == permille[3]
