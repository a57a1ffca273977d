from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import InvalidRequest
from connectors.local_days import HOUR_MS, hour_of, local_day, local_day_of
from connectors.ports import LocalDay
from events.limits import DAY_HOURS_MAX, DAY_MS_MAX

# Europe and America, clocks that move at midnight, by half an hour, the other way round; odd offsets; none.
ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "America/Los_Angeles",
    "America/St_Johns",
    "America/Havana",
    "America/Santiago",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Asia/Beirut",
    "Asia/Tokyo",
    "Asia/Kathmandu",
    "Atlantic/Azores",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Apia",
    "Etc/GMT+5",
    "UTC",
)
FIRST, LAST = date(2024, 1, 1), date(2036, 12, 31)


def clock_changes() -> list[tuple[str, date]]:
    """Return the days of those years that do not have 24 hours."""
    found = []
    for zone in ZONES:
        for ahead in range((date(2027, 1, 1) - date(2025, 1, 1)).days):
            day = date(2025, 1, 1) + timedelta(days=ahead)
            bounds = local_day_of(zone, day.isoformat())
            if bounds.end_ms - bounds.start_ms != 24 * HOUR_MS:
                found.append((zone, day))
    return found


CHANGES = clock_changes()
PLACES = st.sampled_from(CHANGES) | st.tuples(st.sampled_from(ZONES), st.dates(FIRST, LAST))


def wall(zone: str, at_ms: int) -> datetime:
    """Return what clocks show."""
    return datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(ZoneInfo(zone))


def label_at(zone: str, at_ms: int) -> str:
    """Return how a platform labels the hour of a moment."""
    return wall(zone, at_ms).strftime("%Y-%m-%d %H:00:00")


def shown_on(zone: str, day: LocalDay) -> dict[str, int]:
    """Return the labels of a day, each with the first moment at which clocks show it."""
    firsts: dict[str, int] = {}
    for at_ms in range(day.start_ms, day.end_ms, HOUR_MS // 4):
        firsts.setdefault(label_at(zone, at_ms), at_ms)
    return firsts


def test_the_zones_that_are_looked_at_change_their_clocks_in_every_way() -> None:
    """The properties below are about days of 23, 23.5, 24.5 and 25 hours, and days that begin at one."""
    days = [local_day_of(zone, day.isoformat()) for zone, day in CHANGES]
    assert {(day.end_ms - day.start_ms) * 2 // HOUR_MS for day in days} == {46, 47, 49, 50}
    starts = {wall(zone, local_day_of(zone, day.isoformat()).start_ms).hour for zone, day in CHANGES}
    assert starts == {0, 1}


@given(PLACES)
def test_days_follow_each_other_without_a_gap(place: tuple[str, date]) -> None:
    """Each moment belongs to one day."""
    zone, day = place
    this, following = (local_day_of(zone, (day + timedelta(days=n)).isoformat()) for n in (0, 1))
    assert this.end_ms == following.start_ms
    assert 0 < this.end_ms - this.start_ms <= DAY_MS_MAX


@given(PLACES, st.integers(0, 10**9))
def test_the_day_of_a_moment_holds_it_and_has_its_date(place: tuple[str, date], chance: int) -> None:
    """Asked by moment or by date, a day is the same."""
    zone, day = place
    bounds = local_day_of(zone, day.isoformat())
    at_ms = bounds.start_ms + chance % (bounds.end_ms - bounds.start_ms)
    assert local_day(zone, at_ms) == bounds
    assert wall(zone, at_ms).date() == day


@given(PLACES)
def test_the_hours_of_a_day_tile_it(place: tuple[str, date]) -> None:
    """Each hour that clocks show has its place in the day; what they show twice has one, the first."""
    zone, day = place
    bounds = local_day_of(zone, day.isoformat())
    length_ms = bounds.end_ms - bounds.start_ms
    firsts = shown_on(zone, bounds)
    hours = {label: hour_of(zone, bounds, label) for label in firsts}
    assert hours == {label: -(-(ms - bounds.start_ms) // HOUR_MS) for label, ms in firsts.items()}
    assert all(0 <= hour < DAY_HOURS_MAX and hour * HOUR_MS < length_ms for hour in hours.values())
    if length_ms % HOUR_MS == 0 and zone != "Pacific/Chatham":
        # Where clocks move by whole hours, none is shared, and none is left over but the one shown twice.
        assert len(set(hours.values())) == len(hours)
        assert len(hours) == min(length_ms // HOUR_MS, 24)


@given(PLACES)
def test_a_label_that_clocks_do_not_show_on_that_day_is_refused(place: tuple[str, date]) -> None:
    """What lies in a skipped hour, or on another day, is not put somewhere by guess."""
    zone, day = place
    bounds = local_day_of(zone, day.isoformat())
    shown = shown_on(zone, bounds)
    for hour in range(24):
        label = f"{day.isoformat()} {hour:02}:00:00"
        if label not in shown:
            with pytest.raises(ValueError, match="not the beginning of an hour"):
                hour_of(zone, bounds, label)
    before = label_at(zone, bounds.start_ms - HOUR_MS)
    with pytest.raises(ValueError, match="not in"):
        hour_of(zone, bounds, before)


def test_the_days_on_which_berlin_changes_its_clocks_are_as_everybody_knows_them() -> None:
    """Examples that do not follow from the code."""
    autumn = local_day_of("Europe/Berlin", "2026-10-25")
    assert autumn.end_ms - autumn.start_ms == 25 * HOUR_MS
    assert [hour_of("Europe/Berlin", autumn, f"2026-10-25 {hour:02}:00:00") for hour in (0, 2, 3, 23)] == [
        0,
        2,
        4,
        24,
    ]
    spring = local_day_of("Europe/Berlin", "2026-03-29")
    assert spring == LocalDay("2026-03-29", 1_774_738_800_000, 1_774_821_600_000)
    assert hour_of("Europe/Berlin", spring, "2026-03-29 03:00:00") == 2


def test_where_clocks_go_back_over_midnight_a_moment_still_belongs_to_one_day() -> None:
    """In Newfoundland it was a minute past midnight, and then a minute past eleven of the day before."""
    zone, day = "America/St_Johns", local_day_of("America/St_Johns", "2008-11-02")
    for minute in range(70):
        at_ms = day.start_ms + minute * 60_000
        assert local_day(zone, at_ms) == day
    assert wall(zone, day.start_ms + 30 * 60_000).date() == date(2008, 11, 1)
    assert local_day(zone, day.start_ms - 1).day == "2008-11-01"


def test_a_day_may_begin_at_one_o_clock() -> None:
    """In Cairo clocks jump at midnight."""
    day = local_day_of("Africa/Cairo", "2026-04-24")
    assert hour_of("Africa/Cairo", day, "2026-04-24 01:00:00") == 0
    with pytest.raises(ValueError, match="beginning"):
        hour_of("Africa/Cairo", day, "2026-04-24 00:00:00")


@pytest.mark.parametrize("zone", ["", "Nowhere/City", "../etc/passwd", "America", "a\0b", "z" * 5_000])
def test_an_unknown_zone_is_our_mistake_in_words(zone: str) -> None:
    """Nobody reads a time-zone file of somebody's choice."""
    with pytest.raises(InvalidRequest, match="time zone"):
        local_day(zone, 0)


@pytest.mark.parametrize("day", ["", "2026-02-30", "20261025", "2026-W01-1", "9999-12-31", "2026-10-25 "])
def test_what_is_no_day_is_refused(day: str) -> None:
    """A date is written in one way."""
    with pytest.raises(InvalidRequest):
        local_day_of("UTC", day)


def test_a_day_that_a_place_left_out_is_refused() -> None:
    """Samoa went over the date line from the 29th to the 31st."""
    with pytest.raises(InvalidRequest, match="left out"):
        local_day_of("Pacific/Apia", "2011-12-30")


@pytest.mark.parametrize("label", ["", "2026-10-25", "2026-10-25 02:30:00", "2026-10-25 24:00:00", "x" * 99])
def test_a_label_that_is_none_is_refused(label: str) -> None:
    """It is the caller's answer that makes no sense, so it is told as a value."""
    with pytest.raises(ValueError, match=r"."):
        hour_of("UTC", local_day_of("UTC", "2026-10-25"), label)
