from domain.forecast import outlook
from domain.forecast.model import Evidence
from domain.forecast.outlook import Burn, Exhaustion, Outlook
from tests.learning_kit import DOLLAR, Account, Campaign

EVEN = (DOLLAR,) * 24


def known(expected: tuple[int, ...] | None = EVEN, off: int = DOLLAR // 4) -> Evidence:
    """Return evidence that expects these hours, each within so much."""
    if expected is None:
        return Evidence(0, ())
    low, high = tuple(max(0, hour - off) for hour in expected), tuple(hour + off for hour in expected)
    return Evidence(9, (), expected, low, high, low, high)


def test_a_day_that_goes_as_expected_ends_as_expected() -> None:
    """Half of it spent at noon makes the whole of it at midnight."""
    end = outlook.day_end(12 * DOLLAR, 12, 0, known())
    assert end is not None
    assert end.expected_micros == 24 * DOLLAR
    assert end.low_micros is not None
    assert end.high_micros is not None
    assert 12 * DOLLAR < end.low_micros < 24 * DOLLAR < end.high_micros < 28 * DOLLAR


def test_a_day_that_began_high_goes_on_so_in_part() -> None:
    """The more of the day is over, the more it is believed."""
    ends = [outlook.day_end(2 * hours * DOLLAR, hours, 0, known()) for hours in (1, 12, 23)]
    rates = [
        (end.expected_micros - 2 * hours * DOLLAR) * 1000 // ((24 - hours) * DOLLAR)
        for end, hours in zip(ends, (1, 12, 23), strict=True)
        if end is not None
    ]
    assert 1000 < rates[0] < rates[1] < rates[2] < 2000


def test_the_band_narrows_as_the_day_goes_and_is_nothing_at_its_end() -> None:
    """What is spent is certain."""
    widths = []
    for hours in (0, 8, 16, 24):
        end = outlook.day_end(hours * DOLLAR, hours, 0, known())
        assert end is not None
        widths.append((end.high_micros or 0) - (end.low_micros or 0))
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] == 0


def test_the_running_hour_counts_with_what_is_left_of_it() -> None:
    """At half past, half of the hour is to come."""
    end = outlook.day_end(23 * DOLLAR + DOLLAR // 2, 23, 500, known())
    assert end is not None
    assert abs(end.expected_micros - 24 * DOLLAR) < 10


def test_nothing_is_said_of_a_day_without_history() -> None:
    """Unknown, and no number."""
    assert outlook.day_end(5 * DOLLAR, 4, 0, known(None)) is None


def test_without_bands_an_end_has_none() -> None:
    """After a first day there is an expectation, and nobody knows how good it is."""
    end = outlook.day_end(0, 0, 0, Evidence(1, (), EVEN))
    assert end == Outlook(24 * DOLLAR)
    assert outlook.period_end(DOLLAR, Outlook(24 * DOLLAR), [outlook.whole_day(DOLLAR, None)]) == Outlook(
        26 * DOLLAR
    )


def test_a_day_that_nothing_was_expected_of_ends_with_what_was_spent() -> None:
    """A history of zeros divides by nothing."""
    end = outlook.day_end(DOLLAR, 3, 0, known((0,) * 24, 0))
    assert end is not None
    assert end.expected_micros == DOLLAR


def test_a_months_errors_partly_cancel_out() -> None:
    """Its band is narrower than all days' bands together, and wider than if days had nothing in common."""
    day = outlook.whole_day(100 * DOLLAR, 100)
    end = outlook.period_end(500 * DOLLAR, day, [day] * 24)
    assert end.expected_micros == 3000 * DOLLAR
    assert end.high_micros is not None
    off = end.high_micros - end.expected_micros
    assert 5 * 16 * DOLLAR < off < 25 * 16 * DOLLAR


def test_a_months_end_is_never_below_what_is_spent() -> None:
    """However uncertain its days are."""
    end = outlook.period_end(500 * DOLLAR, Outlook(0, 0, 0), [outlook.whole_day(DOLLAR, 5000)])
    assert end.low_micros == 500 * DOLLAR


def test_a_budget_is_exhausted_in_the_hour_that_takes_the_rest() -> None:
    """Counted from today's zero, over as many days as are looked at."""
    today = (0,) * 20 + (DOLLAR,) * 4
    assert outlook.exhaustion(3 * DOLLAR, [today, EVEN]) == Exhaustion(0, 22)
    assert outlook.exhaustion(5 * DOLLAR, [today, EVEN]) == Exhaustion(1, 0)
    assert outlook.exhaustion(29 * DOLLAR, [today, EVEN]) is None
    assert outlook.exhaustion(0, [today]) == Exhaustion(0, 20)


def test_speed_is_told_by_hour_day_and_week() -> None:
    """Hours of yesterday complete the last 24; what nobody told yet is unknown."""
    yesterday, before = (2 * DOLLAR,) * 24, (4 * DOLLAR,) * 24
    assert outlook.burn([DOLLAR, 3 * DOLLAR], [yesterday, before]) == Burn(
        hour_micros=3 * DOLLAR, day_micros=4 * DOLLAR + 22 * 2 * DOLLAR, week_micros=72 * DOLLAR
    )
    assert outlook.burn([], []) == Burn(None, None, None)
    assert outlook.burn([DOLLAR], []) == Burn(DOLLAR, None, None)
    assert outlook.burn([], [yesterday]).hour_micros == 2 * DOLLAR


def test_ends_of_days_hold_as_often_as_they_say() -> None:
    """Four times of five, over seeded campaigns, from noon."""
    account, held, asked = Account(), 0, 0
    campaigns = [Campaign(seed=seed) for seed in range(20)]
    account.live(campaigns, 14)
    for _ in range(7):
        for campaign in campaigns:
            day = campaign.day(account.number % 7)
            end = outlook.day_end(sum(day[:12]), 12, 0, account.known(campaign))
            assert end is not None
            held += (end.low_micros or 0) <= sum(day) <= (end.high_micros or 0)
            asked += 1
        account.live(campaigns, 1)
    assert 78 <= held * 100 // asked <= 99, held
