from hypothesis import given, settings
from hypothesis import strategies as st

from domain.pacing.rows import PlanRow, campaign_key, plan_key
from events.types import SpendObservation, SpendObserved
from tests.guard_kit import CAMPAIGN, DAY_MS, HOUR_MS, MINUTE_MS, START_MS, SUBJECT, Account, day_of

KEY = campaign_key(SUBJECT, CAMPAIGN)
DAYS = 2
PAGES = [(day, hour, told) for day in range(DAYS) for hour in range(24) for told in range(2)]


def planned(pages: list[tuple[int, int, int]], spend: list[int]) -> PlanRow:
    """Return the plan that follows when pages come in an order; each hour is told twice, at last whole."""
    account = Account()
    account.tick(START_MS + DAYS * DAY_MS - MINUTE_MS)
    account.listed()
    for number, hour, told in pages:
        day, start_ms = day_of(START_MS + number * DAY_MS)
        seen = SpendObservation(CAMPAIGN, hour, spend[number * 24 + hour] // (2 - told))
        as_of_ms = start_ms + (hour + told) * HOUR_MS
        account.take(SpendObserved("USD", day, start_ms, start_ms + DAY_MS, as_of_ms, (seen,)))
    account.tick(START_MS + DAYS * DAY_MS + MINUTE_MS)
    day, start_ms = day_of(account.now_ms)
    first = SpendObserved(
        "USD", day, start_ms, start_ms + DAY_MS, account.now_ms, (SpendObservation(CAMPAIGN, 0, 5),)
    )
    account.take(first)
    account.tick(account.now_ms + MINUTE_MS)
    row = account.rows[plan_key(KEY)]
    assert isinstance(row, PlanRow)
    assert row.history_days == DAYS
    return row


@settings(max_examples=40)
@given(st.permutations(PAGES), st.lists(st.integers(2, 9_000_000), min_size=DAYS * 24, max_size=DAYS * 24))
def test_a_plan_is_the_same_in_whatever_order_its_history_came(
    pages: list[tuple[int, int, int]], spend: list[int]
) -> None:
    """Days and hours may come mixed, late and twice: what was learned, and so the plan, is the same."""
    assert planned(pages, spend) == planned(PAGES, spend)
