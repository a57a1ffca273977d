from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from domain.local_time import HOUR_MS
from domain.pacing import periods, spans
from domain.pacing.rows import CampaignRow, DayRow, TermsRow, day_key, terms_key
from domain.pacing.spans import Span
from events.limits import AMOUNT_MICROS_MAX
from events.types import TermsSet
from tests.planning_kit import terms

KEY = b"acme/google/1\0c"
DAY_MS = 24 * HOUR_MS
AMOUNTS = st.integers(0, 1000) | st.integers(0, AMOUNT_MICROS_MAX)
WEIGHTS = st.lists(st.integers(0, 10**12), min_size=1, max_size=60)
SPENT_PERMILLE = st.lists(st.integers(0, 3000), min_size=60, max_size=60)
FIRST = date(2026, 11, 1)


def begun(day: date) -> CampaignRow:
    """Return a campaign on a day."""
    start_ms = (day - date(1970, 1, 1)).days * DAY_MS
    return CampaignRow(
        day=day.isoformat(), day_start_ms=start_ms, day_end_ms=start_ms + DAY_MS, as_of_ms=start_ms
    )


def lived(wanted: TermsSet, first: date, permille: Sequence[int]) -> list[tuple[int, int]]:
    """Live through days on which a campaign spends so much of each target; return target and spend."""
    table: dict[bytes, Any] = {terms_key(KEY): TermsRow(wanted)}
    days: list[tuple[int, int]] = []
    for number, share in enumerate(permille):
        today = first + timedelta(days=number)
        changes: dict[bytes, Any] = {}
        buried = (today - timedelta(days=36)).isoformat()
        periods.carry(table.get, changes, KEY, buried)
        table |= changes
        table.pop(day_key(KEY, buried), None)
        micros = periods.day_target(table.get, changes, KEY, wanted, begun(today), 10**8)
        assert micros is not None
        table |= changes
        spent = micros * share // 1000
        table[day_key(KEY, today.isoformat())] = DayRow(recorded_micros=spent)
        days.append((micros, spent))
    return days


@given(AMOUNTS, WEIGHTS, SPENT_PERMILLE, st.sampled_from(["keep", "drop"]))
def test_no_day_plans_more_than_what_is_left(
    amount: int, weights: list[int], permille: list[int], rollover: str
) -> None:
    """Whatever days cost, the next target and what is spent are never more than the amount."""
    spent = 0
    for at, weight in enumerate(weights):
        span = Span(amount, spent, sum(weights[:at]), weight, sum(weights[at + 1 :]), rollover == "keep")
        today = spans.target(span)
        assert 0 <= today <= max(0, amount - spent)
        spent += today * permille[at] // 1000


@given(AMOUNTS, WEIGHTS)
def test_who_spends_every_target_spends_the_amount(amount: int, weights: list[int]) -> None:
    """The last day takes the rest, to the micro; where nothing rolls over, roundings are lost."""
    kept = dropped = 0
    for at, weight in enumerate(weights):
        before, after = sum(weights[:at]), sum(weights[at + 1 :])
        kept += spans.target(Span(amount, kept, before, weight, after))
        dropped += spans.target(Span(amount, dropped, before, weight, after, is_kept=False))
    if any(weights):
        assert kept == amount
        assert amount - len(weights) < dropped <= amount


@given(AMOUNTS, WEIGHTS, st.data())
def test_what_a_day_leaves_is_lost_or_spread(amount: int, weights: list[int], data: st.DataObject) -> None:
    """With rollover a day that spends less makes the next ones more, without it changes nothing."""
    at = data.draw(st.integers(0, len(weights) - 1))
    before, after = sum(weights[:at]), sum(weights[at + 1 :])
    less, more = sorted(data.draw(st.tuples(AMOUNTS, AMOUNTS)))
    for is_kept in (True, False):
        rich, poor = (
            spans.target(Span(amount, spent, before, weights[at], after, is_kept)) for spent in (less, more)
        )
        assert rich >= poor
        own = spans.target(Span(amount, 0, before, weights[at], after, is_kept=False))
        assert is_kept or rich in {own, max(0, amount - less)}


@given(st.integers(10**6, 10**12), st.lists(st.integers(0, 2000), min_size=30, max_size=30))
def test_a_month_is_never_planned_above_its_amount(amount: int, permille: list[int]) -> None:
    """On every day of it, with days that spend less and more than they should."""
    spent = 0
    for micros, cost in lived(terms(budget="month", amount_micros=amount), FIRST, permille):
        assert micros + spent <= max(amount, spent)
        spent += cost


@given(st.integers(1, 400), st.integers(1, 10**12))
def test_a_flight_of_any_length_spends_its_amount(days: int, amount: int) -> None:
    """Also one of more days than are kept: what was buried is remembered."""
    if days > 80:
        days = 80 + days % 5  # as long as it takes to bury half of it
    last = FIRST + timedelta(days=days - 1)
    wanted = terms(
        budget="flight", amount_micros=amount, first_day=FIRST.isoformat(), last_day=last.isoformat()
    )
    lives = lived(wanted, FIRST, [1000] * days)
    assert sum(cost for _, cost in lives) == amount


@given(st.integers(1, 10**12), st.integers(1, 90))
def test_a_lifetime_without_an_end_never_runs_out_early(amount: int, days: int) -> None:
    """Each day takes a four-weeks' part of what is left, so that never more than the amount is spent."""
    lives = lived(terms(budget="lifetime", amount_micros=amount), FIRST, [1000] * days)
    assert lives[0][0] == amount // 28
    assert sum(cost for _, cost in lives) <= amount


@given(
    st.integers(0, 80),
    st.integers(-3, 80),
    st.tuples(*[st.integers(0, 2**24 - 1) | st.just(2**24 - 1)] * 7),
    st.tuples(*[st.integers(500, 2000)] * 7),
    st.none() | st.integers(-5 * 24, 90 * 24),
    st.none() | st.integers(-5 * 24, 90 * 24),
)
def test_many_days_weigh_what_they_weigh_one_by_one(
    first: int, days: int, masks: tuple[int, ...], week: tuple[int, ...], start: int | None, end: int | None
) -> None:
    """Counting weeks at once is the same as counting days, also with a start and an end within."""
    today = FIRST.toordinal()
    begin_ms = begun(FIRST).day_start_ms
    start_ms = None if start is None else begin_ms + start * HOUR_MS
    end_ms = None if end is None else begin_ms + end * HOUR_MS
    if start_ms is not None and end_ms is not None:
        start_ms, end_ms = min(start_ms, end_ms), max(start_ms, end_ms)
    calendar = spans.Calendar(
        today=today,
        start_ms=begin_ms,
        hours_ms=(HOUR_MS,) * 24,
        clock_hours=tuple(range(24)),
        terms=terms(open_hours=masks, start_ms=start_ms, end_ms=end_ms),
        week=week,
    )
    one_by_one = sum(calendar.weight(today + first + day) for day in range(days + 1))
    assert calendar.weights(today + first, today + first + days) == one_by_one
