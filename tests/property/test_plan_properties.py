from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain import local_time, money
from domain.pacing import pace, plan
from domain.pacing.rows import CampaignRow
from events.limits import AMOUNT_MICROS_MAX

HOUR_MS = 3_600_000
BUDGETS = st.integers(1, AMOUNT_MICROS_MAX)
# Days of 23, 23.5, 24, 24.5 and 25 hours: where clocks move, by how much, and where they never do.
ZONES = ("America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Tokyo", "Africa/Cairo")
DAYS = st.dates(date(2025, 1, 1), date(2027, 12, 31))


def bounds(zone: str, day: date) -> tuple[int, int]:
    """Return when a day begins and ends somewhere."""

    def start(of: date) -> int:
        return round(datetime(of.year, of.month, of.day, tzinfo=ZoneInfo(zone)).timestamp()) * 1000

    return start(day), start(day + timedelta(days=1))


def changing_days() -> list[tuple[str, date]]:
    """Return the days of two years on which clocks move, of all zones."""
    first = date(2026, 1, 1)
    every = [(zone, first + timedelta(days=number)) for zone in ZONES for number in range(730)]
    return [(zone, day) for zone, day in every if (b := bounds(zone, day))[1] - b[0] != 24 * HOUR_MS]


PLACES = st.sampled_from(changing_days()) | st.tuples(st.sampled_from(ZONES), DAYS)


def begun(place: tuple[str, date], budget: int) -> CampaignRow:
    """Return a campaign at the beginning of a day, planned."""
    start_ms, end_ms = bounds(*place)
    row = CampaignRow(
        budget_micros=budget, day=place[1].isoformat(), day_start_ms=start_ms, day_end_ms=end_ms
    )
    return replace(row, plan=plan.made(row), as_of_ms=start_ms)


@given(BUDGETS, st.lists(st.integers(1, HOUR_MS), min_size=1, max_size=30))
def test_parts_add_up_to_the_whole(total: int, weights: list[int]) -> None:
    """Nothing is created or lost by dividing, and no part is off by more than a micro."""
    parts = money.spread(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * sum(weights) - total * weight) <= sum(weights)


@given(PLACES, BUDGETS)
def test_a_days_plan_is_its_budget_to_the_micro(place: tuple[str, date], budget: int) -> None:
    """On days of 23, 24 and 25 hours, and those that clocks make half an hour longer or shorter."""
    row = begun(place, budget)
    hours = plan.hours(row)
    lengths = local_time.hour_lengths_ms(row.day_start_ms, row.day_end_ms)
    assert sum(lengths) == row.day_end_ms - row.day_start_ms
    assert len(hours) == len(lengths)
    assert sum(hours) == budget
    assert min(hours) >= 0


@given(PLACES, BUDGETS, st.lists(st.integers(0, 30 * HOUR_MS), min_size=2, max_size=8))
def test_what_is_expected_grows_from_nothing_to_the_budget(
    place: tuple[str, date], budget: int, moments: list[int]
) -> None:
    """At the day's start it is zero, it never shrinks, and from the day's end on it is the budget."""
    row = begun(place, budget)
    expected = [
        plan.expected_micros(replace(row, as_of_ms=row.day_start_ms + moment)) for moment in sorted(moments)
    ]
    assert expected == sorted(expected)
    assert plan.expected_micros(row) == 0
    assert plan.expected_micros(replace(row, as_of_ms=row.day_end_ms)) == budget


@given(PLACES, BUDGETS, st.lists(st.tuples(st.integers(0, 30 * HOUR_MS), BUDGETS), max_size=5))
def test_a_new_budget_keeps_the_hours_that_are_over(
    place: tuple[str, date], budget: int, edits: list[tuple[int, int]]
) -> None:
    """However often a budget changes, the plan is the newest to the micro, and the past is not rewritten."""
    row = begun(place, budget)
    for since_ms, micros in sorted(edits):
        before, over = plan.hours(row), since_ms // HOUR_MS
        row = replace(row, as_of_ms=row.day_start_ms + since_ms, budget_micros=micros)
        row = replace(row, plan=plan.made(row, before))
        after = plan.hours(row)
        assert (sum(after), len(after), min(after) >= 0) == (micros, len(before), True)
        if sum(before[:over]) <= micros and over < len(before):
            assert after[:over] == before[:over]


@given(PLACES, st.integers(1, 10**6), st.integers(1, 25))
def test_an_even_spender_is_on_pace_all_day(place: tuple[str, date], hourly: int, hour: int) -> None:
    """Also where the day is an hour shorter or longer: the plan knows, so the pace does."""
    start_ms, end_ms = bounds(*place)
    if (end_ms - start_ms) % HOUR_MS:
        return  # half an hour more or less is no whole number of equal amounts
    hours = (end_ms - start_ms) // HOUR_MS
    row = begun(place, hourly * 1000 * hours)
    at = min(hour, hours)
    seen = replace(row, as_of_ms=start_ms + at * HOUR_MS, spent_micros=hourly * 1000 * at)
    assert pace.ratio_permille(seen) == 1000


def test_the_zones_have_the_days_that_this_is_about() -> None:
    """A database without clock changes would prove nothing."""
    lengths = {(b[1] - b[0]) / HOUR_MS for place in changing_days() if (b := bounds(*place))}
    assert lengths == {23, 23.5, 24.5, 25}
    assert datetime.fromtimestamp(bounds("Asia/Tokyo", date(2026, 3, 1))[0] / 1000, UTC).hour == 15
