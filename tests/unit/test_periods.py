from datetime import date, timedelta
from typing import Any

import pytest

from domain.decision import Refused
from domain.local_time import HOUR_MS
from domain.pacing import cells, periods, spans
from domain.pacing.periods import PeriodRow, period_key
from domain.pacing.rows import CampaignRow, DayRow, TermsRow, day_key, terms_key
from events.types import TermsSet
from tests.planning_kit import terms

KEY = b"acme/meta/1\0c"
GOOGLE = b"acme/google/1\0c"
DAY_MS = 24 * HOUR_MS
UNIT = 1_000_000
MONDAY = date(2026, 11, 2)
FIRST = date(2026, 11, 1)


def on(day: date, day_ms: int = DAY_MS) -> CampaignRow:
    """Return a campaign on a day."""
    start_ms = (day - date(1970, 1, 1)).days * DAY_MS
    return CampaignRow(
        day=day.isoformat(), day_start_ms=start_ms, day_end_ms=start_ms + day_ms, as_of_ms=start_ms
    )


def past(*costs: tuple[date, int], key: bytes = KEY) -> dict[bytes, Any]:
    """Return a table in which these days have cost so many units."""
    return {day_key(key, day.isoformat()): DayRow(recorded_micros=units * UNIT) for day, units in costs}


def wanted(terms_set: TermsSet | None, day: date, table: dict[bytes, Any] | None = None) -> int | None:
    """Return a day's target where the platform lists a budget of 10 units."""
    return periods.day_target((table or {}).get, {}, KEY, terms_set, on(day), 10 * UNIT)


def month(units: int, **fields: object) -> TermsSet:
    """Return terms of a month's budget."""
    return terms(budget="month", amount_micros=units * UNIT, **fields)


def test_without_terms_a_day_costs_its_budget() -> None:
    """And where there is no budget either, there is no target."""
    assert wanted(None, MONDAY) == 10 * UNIT
    assert wanted(terms(channel="video"), MONDAY) == 10 * UNIT
    assert periods.day_target({}.get, {}, KEY, None, on(MONDAY), None) is None


def test_a_budget_of_the_day_is_its_own() -> None:
    """Whatever the platform lists, and with nothing from the days before."""
    daily = terms(budget="day", amount_micros=3 * UNIT)
    assert wanted(daily, MONDAY, past((FIRST, 500))) == 3 * UNIT


def test_a_month_is_spread_over_its_days() -> None:
    """Evenly while nothing is known, and what is spent is taken off what is left."""
    assert wanted(month(300), FIRST) == 10 * UNIT
    assert wanted(month(300), date(2026, 11, 11), past((FIRST, 200))) == 5 * UNIT
    assert wanted(month(300), date(2026, 11, 30), past((FIRST, 200))) == 100 * UNIT
    assert wanted(month(310), date(2026, 12, 1), past((FIRST, 200))) == 10 * UNIT


def test_a_month_that_is_spent_has_nothing_left() -> None:
    """Zero is a target: the day is not to cost anything."""
    assert wanted(month(300), date(2026, 11, 11), past((FIRST, 301))) == 0


def test_what_is_dropped_is_not_spread() -> None:
    """Without rollover each day has its own share, as far as there is anything left."""
    drop = month(300, rollover="drop")
    assert wanted(drop, date(2026, 11, 11), past((FIRST, 10))) == 10 * UNIT
    assert wanted(drop, date(2026, 11, 30), past((FIRST, 10))) == 10 * UNIT
    assert wanted(drop, date(2026, 11, 11), past((FIRST, 296))) == 4 * UNIT


def test_a_day_outside_of_its_terms_costs_nothing() -> None:
    """Before the first day and after the last one, whatever the kind of budget."""
    kept = {"first_day": "2026-11-10", "last_day": "2026-11-12"}
    for kind in (terms(**kept), terms(budget="day", amount_micros=1, **kept), month(300, **kept)):
        assert wanted(kind, date(2026, 11, 9)) == 0
        assert wanted(kind, date(2026, 11, 13)) == 0
    assert wanted(month(300, **kept), date(2026, 11, 10)) == 100 * UNIT


def test_a_day_without_an_open_hour_costs_nothing() -> None:
    """Its share of a flight goes to the days that are open."""
    weekdays = (2**24 - 1,) * 5 + (0, 0)
    flight = terms(
        budget="flight",
        amount_micros=50 * UNIT,
        first_day="2026-11-02",
        last_day="2026-11-08",
        open_hours=weekdays,
    )
    assert wanted(flight, MONDAY) == 10 * UNIT
    assert wanted(flight, date(2026, 11, 7)) == 0
    assert wanted(flight, date(2026, 11, 6)) == 50 * UNIT
    assert wanted(terms(open_hours=weekdays), date(2026, 11, 7)) == 0


def test_the_first_and_last_day_count_as_far_as_they_are_open() -> None:
    """A flight from noon to noon has two halves of days, and whole ones between."""
    noon = on(MONDAY).day_start_ms + 12 * HOUR_MS
    flight = terms(
        budget="flight",
        amount_micros=30 * UNIT,
        first_day="2026-11-02",
        last_day="2026-11-05",
        start_ms=noon,
        end_ms=noon + 3 * DAY_MS,
    )
    assert wanted(flight, MONDAY) == 5 * UNIT
    assert wanted(flight, date(2026, 11, 3), past((MONDAY, 5))) == 10 * UNIT
    assert wanted(flight, date(2026, 11, 5)) == 30 * UNIT


def test_a_longer_day_has_a_longer_share() -> None:
    """On the day on which clocks are set back, an hour more is open."""
    flight = terms(budget="flight", amount_micros=49 * UNIT, first_day="2026-11-02", last_day="2026-11-03")
    longer = on(MONDAY, DAY_MS + HOUR_MS)
    assert periods.day_target({}.get, {}, KEY, flight, longer, None) == 25 * UNIT


def test_a_lifetime_without_an_end_is_spread_over_four_weeks_ahead() -> None:
    """Each day takes a 28th of what is left."""
    life = terms(budget="lifetime", amount_micros=280 * UNIT)
    assert wanted(life, MONDAY) == 10 * UNIT
    assert wanted(life, MONDAY, past((FIRST, 140))) == 5 * UNIT
    end_ms = on(MONDAY).day_start_ms + 2 * DAY_MS
    assert wanted(terms(budget="lifetime", amount_micros=280 * UNIT, end_ms=end_ms), MONDAY) == 140 * UNIT


def test_weekdays_get_what_they_use_to_spend() -> None:
    """After three weeks in which weekends cost a third, they are planned lower, and the rest higher."""
    days = [MONDAY - timedelta(days=back) for back in range(1, 22)]
    table = past(*[(day, 10 if day.weekday() >= 5 else 30) for day in days])
    week = terms(budget="flight", amount_micros=170 * UNIT, first_day="2026-11-02", last_day="2026-11-08")
    on_monday = wanted(week, MONDAY, table)
    on_saturday = periods.day_target(
        (table | past((MONDAY, 0))).get, {}, KEY, week, on(date(2026, 11, 7)), None
    )
    assert on_monday is not None
    assert 26 * UNIT < on_monday < 29 * UNIT
    assert on_saturday is not None
    assert 84 * UNIT < on_saturday < 86 * UNIT  # two alike are left


def test_days_that_were_not_free_teach_nothing_of_weekdays() -> None:
    """A day with a pause has cost less for another reason."""
    paused = [
        (day_key(KEY, (MONDAY - timedelta(days=back)).isoformat()), DayRow(recorded_micros=1, closed_hours=1))
        for back in range(1, 22)
    ]
    week = terms(budget="flight", amount_micros=70 * UNIT, first_day="2026-11-02", last_day="2026-11-08")
    assert wanted(week, MONDAY, dict(paused)) == 10 * UNIT


@pytest.mark.parametrize(("costs", "shares"), [([], {1000}), ([(1, 0)] * 9, {1000})])
def test_too_little_past_makes_all_weekdays_alike(costs: list[tuple[int, int]], shares: set[int]) -> None:
    """Also when nothing was ever spent."""
    assert set(spans.week_of(costs, terms())) == shares


def lived(budgets: list[int], spent: list[int], first: date = date(2026, 12, 1)) -> list[int]:
    """Live through a month on Google: budgets and spend by day in units; return the targets."""
    table: dict[bytes, Any] = {}
    targets = []
    for number, (units, cost) in enumerate(zip(budgets, spent, strict=True)):
        today = first + timedelta(days=number)
        changes: dict[bytes, Any] = {}
        micros = periods.day_target(table.get, changes, GOOGLE, None, on(today), units * UNIT)
        assert micros is not None
        targets.append(micros)
        table |= changes | past((today, cost), key=GOOGLE)
    return targets


def test_google_charges_a_month_no_more_than_its_cap() -> None:
    """On the last of 31 days four tenths of a budget are left; after days of double spend, nothing."""
    assert lived([10] * 31, [10] * 31) == [10 * UNIT] * 30 + [4 * UNIT]
    doubled = lived([10] * 31, [20] * 15 + [0] * 16)
    assert doubled[14:17] == [10 * UNIT, 4 * UNIT, 4 * UNIT]


def test_a_lowered_budget_is_not_already_spent() -> None:
    """Half a month at 100 does not use up what the rest of it may cost at 10."""
    targets = lived([100] * 15 + [10] * 16, [100] * 15 + [10] * 16)
    assert targets == [100 * UNIT] * 15 + [10 * UNIT] * 16


def test_a_raised_budget_has_the_rest_of_the_month() -> None:
    """What the days before it had left over is no part of it."""
    targets = lived([10] * 15 + [100] * 16, [0] * 15 + [200] * 8 + [0] * 8)
    assert targets == [10 * UNIT] * 15 + [100 * UNIT] * 8 + [0] * 8


def test_a_month_begins_anew() -> None:
    """What was spent in the last one is no part of the next."""
    targets = lived([10] * 62, [20] * 16 + [0] * 15 + [10] * 31)
    assert targets[31:61] == [10 * UNIT] * 30


def test_other_platforms_have_no_cap() -> None:
    """A row that nobody needs is not written either."""
    changes: dict[bytes, Any] = {}
    table = past(*[(FIRST + timedelta(days=day), 100) for day in range(20)])
    assert periods.day_target(table.get, changes, KEY, None, on(date(2026, 11, 25)), UNIT) == UNIT
    assert not changes
    by_channel = terms(channel="google_ads")
    assert periods.day_target(table.get, changes, KEY, by_channel, on(date(2026, 11, 25)), UNIT) == 0


def test_until_its_day_is_known_a_campaign_has_an_average_one() -> None:
    """Terms may come before the first page of spend."""
    unseen = CampaignRow()
    flight = terms(budget="flight", amount_micros=70 * UNIT, first_day="2026-11-02", last_day="2026-11-08")
    for kind, micros in (
        (None, 10 * UNIT),
        (month(304), 10 * UNIT),
        (flight, 10 * UNIT),
        (terms(budget="lifetime", amount_micros=280 * UNIT), 10 * UNIT),
        (terms(budget="day", amount_micros=7), 7),
    ):
        assert periods.day_target({}.get, {}, KEY, kind, unseen, 10 * UNIT) == micros


def test_what_is_buried_is_still_spent() -> None:
    """Of a flight, each of its days is carried on once, and those before it are not."""
    flight = terms(budget="flight", amount_micros=100 * UNIT, first_day="2026-11-02", last_day="2027-02-01")
    packed = cells.put(b"", 0, 4 * UNIT, 0)
    assert packed is not None
    table: dict[bytes, Any] = {
        terms_key(KEY): TermsRow(flight),
        day_key(KEY, "2026-11-01"): DayRow(recorded_micros=UNIT),
        day_key(KEY, "2026-11-02"): DayRow(packed[0], 2 * UNIT),
        day_key(KEY, "2026-11-03"): DayRow(recorded_micros=UNIT),
    }
    changes: dict[bytes, Any] = {}
    for day in ("2026-11-01", "2026-11-02", "2026-11-03", "2026-11-04"):
        periods.carry(table.get, changes, KEY, day)
        changes[day_key(KEY, day)] = None
    periods.carry(table.get, changes, KEY, "2026-11-03")
    assert changes[period_key(KEY)] == PeriodRow(since="2026-11-02", buried_micros=7 * UNIT)
    assert periods.day_target(changes.get, {}, KEY, flight, on(date(2027, 2, 1)), None) == 93 * UNIT
    later = terms(budget="flight", amount_micros=100 * UNIT, first_day="2026-11-03", last_day="2027-02-01")
    assert periods.day_target(changes.get, {}, KEY, later, on(date(2027, 2, 1)), None) == 100 * UNIT


def test_a_day_that_never_had_a_row_is_carried_too() -> None:
    """When a campaign comes back after months, its last day is buried at once."""
    table = {terms_key(KEY): TermsRow(terms(budget="lifetime", amount_micros=UNIT))}
    changes: dict[bytes, Any] = {}
    periods.carry(table.get, changes, KEY, "2026-11-01", DayRow(recorded_micros=9))
    assert changes == {period_key(KEY): PeriodRow(buried_micros=9)}


def test_nothing_is_carried_for_those_who_need_it_not() -> None:
    """A month is shorter than the days that are kept."""
    table: dict[bytes, Any] = past((FIRST, 5)) | {terms_key(KEY): TermsRow(month(300))}
    changes: dict[bytes, Any] = {}
    periods.carry(table.get, changes, KEY, FIRST.isoformat())
    assert not changes


def test_terms_of_a_day_that_no_calendar_has_are_refused() -> None:
    """They are parked with this reason; nothing downstream has to expect them."""
    with pytest.raises(Refused, match="2026-02-31 is in no calendar"):
        periods.check(terms(last_day="2026-02-31"))
    periods.check(terms(first_day="2028-02-29"))


def test_the_last_days_of_the_calendar_are_counted_too() -> None:
    """Terms without end, and flights of thousands of years, cost no more time than others."""
    last = date(9999, 12, 31)
    assert wanted(terms(budget="lifetime", amount_micros=280 * UNIT), last) == 10 * UNIT
    forever = terms(budget="flight", amount_micros=10**15, first_day="0001-01-01", last_day="9999-12-31")
    assert wanted(forever, MONDAY) == 10**15 // ((last - MONDAY).days + 1)
