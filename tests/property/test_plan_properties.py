from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from domain import local_time, money
from domain.draft import Draft
from domain.pacing import pace, plan
from domain.pacing.rows import CampaignRow, PlanRow, plan_key
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


KEY = b"acme/tiktok/1\0c1"


def begun(place: tuple[str, date], target: int) -> tuple[Draft, CampaignRow]:
    """Return a campaign at the beginning of a day, planned evenly."""
    start_ms, end_ms = bounds(*place)
    day = place[1].isoformat()
    row = CampaignRow(
        target_micros=target, day=day, day_start_ms=start_ms, day_end_ms=end_ms, as_of_ms=start_ms
    )
    draft = Draft({}.get)
    return draft, plan.start(draft, KEY, row)


def hours(draft: Draft) -> tuple[int, ...]:
    """Return the plan in force."""
    kept = draft.get(plan_key(KEY))
    assert isinstance(kept, PlanRow)
    return plan.hours(kept.totals)


@given(BUDGETS, st.lists(st.integers(1, HOUR_MS), min_size=1, max_size=30))
def test_parts_add_up_to_the_whole(total: int, weights: list[int]) -> None:
    """Nothing is created or lost by dividing, and no part is off by more than a micro."""
    parts = money.spread(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part * sum(weights) - total * weight) <= sum(weights)


@given(PLACES, BUDGETS)
def test_a_days_plan_is_its_target_to_the_micro(place: tuple[str, date], target: int) -> None:
    """On days of 23, 24 and 25 hours, and those that clocks make half an hour longer or shorter."""
    draft, row = begun(place, target)
    lengths = local_time.hour_lengths_ms(row.day_start_ms, row.day_end_ms)
    assert sum(lengths) == row.day_end_ms - row.day_start_ms
    assert len(hours(draft)) == len(lengths) == len(local_time.clock_hours(row.day_start_ms, row.day_end_ms))
    assert sum(hours(draft)) == target
    assert min(hours(draft)) >= 0


@given(PLACES, BUDGETS, st.lists(st.integers(0, 30 * HOUR_MS), min_size=2, max_size=8))
def test_what_is_expected_grows_from_nothing_to_the_target(
    place: tuple[str, date], target: int, moments: list[int]
) -> None:
    """At the day's start it is zero, it never shrinks, and from the day's end on it is the target."""
    _, row = begun(place, target)
    expected = [
        plan.expected_micros(replace(row, as_of_ms=row.day_start_ms + moment)) for moment in sorted(moments)
    ]
    assert expected == sorted(expected)
    assert plan.expected_micros(row) == 0
    assert plan.expected_micros(replace(row, as_of_ms=row.day_end_ms)) == target


@given(PLACES, BUDGETS, st.lists(st.tuples(st.integers(0, 30 * HOUR_MS), BUDGETS), max_size=5))
def test_a_new_target_keeps_the_hours_that_are_over(
    place: tuple[str, date], target: int, edits: list[tuple[int, int]]
) -> None:
    """However often a target changes, the plan is the newest to the micro, and the past is not rewritten."""
    draft, row = begun(place, target)
    for since_ms, micros in sorted(edits):
        before, over = hours(draft), since_ms // HOUR_MS
        row = replace(row, as_of_ms=row.day_start_ms + since_ms, target_micros=micros)
        row = plan.changed(draft, KEY, row)
        after = hours(draft)
        assert (sum(after), len(after), min(after) >= 0) == (micros, len(before), True)
        if sum(before[:over]) <= micros and over < len(before):
            assert after[:over] == before[:over]


@given(PLACES, st.integers(1, 10**6), st.integers(1, 25))
def test_an_even_spender_is_on_pace_all_day(place: tuple[str, date], hourly: int, hour: int) -> None:
    """Also where the day is an hour shorter or longer: the plan knows, so the pace does."""
    start_ms, end_ms = bounds(*place)
    if (end_ms - start_ms) % HOUR_MS:
        return  # half an hour more or less is no whole number of equal amounts
    of_day = (end_ms - start_ms) // HOUR_MS
    _, row = begun(place, hourly * 1000 * of_day)
    elapsed = min(hour, of_day)
    seen = replace(row, spent_micros=hourly * 1000 * elapsed, as_of_ms=start_ms + elapsed * HOUR_MS)
    assert pace.ratio_permille(seen) in range(999, 1002)  # a plan's shape is kept to the 65,535th


@given(PLACES, BUDGETS, BUDGETS)
def test_a_new_day_begins_with_the_last_days_shape(
    place: tuple[str, date], target: int, following: int
) -> None:
    """Until the night's work has planned it, a day of as many hours is as the last one was."""
    draft, row = begun(place, target)
    shape = hours(draft)
    plan.start(draft, KEY, replace(row, day="2028-01-01", target_micros=following))
    assert sum(hours(draft)) == following
    # An hour's part of the last plan may have been rounded by a micro, and the day's by another.
    scaled = [following * hour // target for hour in shape]
    slack = 2 + following // target
    assert all(abs(one - two) <= slack for one, two in zip(hours(draft), scaled, strict=True))


@given(PLACES)
def test_the_wall_names_every_hour(place: tuple[str, date]) -> None:
    """An hour that clocks leave out has no name, and one that is lived twice has its name twice."""
    start_ms, end_ms = bounds(*place)
    zone = ZoneInfo(place[0])
    real = [datetime.fromtimestamp(ms / 1000, zone).hour for ms in range(start_ms, end_ms, HOUR_MS)]
    told = local_time.clock_hours(start_ms, end_ms)
    # When exactly clocks move, a day's bounds do not tell: it is taken for the usual small hours.
    assert all(abs(one - two) <= 1 for one, two in zip(told, real, strict=True))
    assert real == list(told) or end_ms - start_ms != 24 * HOUR_MS


def test_the_zones_have_the_days_that_this_is_about() -> None:
    """A database without clock changes would prove nothing."""
    lengths = {(b[1] - b[0]) / HOUR_MS for place in changing_days() if (b := bounds(*place))}
    assert lengths == {23, 23.5, 24.5, 25}
    assert datetime.fromtimestamp(bounds("Asia/Tokyo", date(2026, 3, 1))[0] / 1000, UTC).hour == 15
