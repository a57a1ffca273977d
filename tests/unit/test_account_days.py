"""Odd days of an account, decided whole: budgets of nothing, clocks that jump, spend that shrinks."""

import pytest

from domain.decision import Refused
from domain.forecast.lag import LagRow, lag_key
from domain.forecast.rows import history_key
from domain.pacing.nights import CAMPAIGNS_A_ROW, ROWS_A_TICK_MAX
from domain.pacing.rows import CampaignRow, PlanRow, campaign_key, plan_key
from events.codec import Event, decode, encode
from events.envelope import Envelope
from events.errors import Unreadable
from events.limits import AMOUNT_MICROS_MAX
from events.types import (
    AlertRaised,
    CampaignForecast,
    CampaignObservation,
    CampaignPlan,
    CampaignsObserved,
    ClockTicked,
    Fact,
    ForecastMade,
    PaceDeviated,
    PlanSet,
    PolicySet,
    SpendObservation,
    SpendObserved,
    TermsSet,
)
from tests.guard_kit import CAMPAIGN, DAY_MS, HOUR_MS, MINUTE_MS, START_MS, SUBJECT, Account, day_of

KEY = campaign_key(SUBJECT, CAMPAIGN)
SHAPE = (1, 1, 1, 1, 1, 2, 4, 6, 8, 10, 11, 11, 10, 10, 9, 9, 8, 8, 9, 10, 10, 8, 5, 2)


def plans(told: list[Fact]) -> list[CampaignPlan]:
    """Return the plans that were told."""
    return [one for fact in told if isinstance(fact, PlanSet) for one in fact.plans]


def row_of(account: Account) -> CampaignRow:
    """Return the campaign's row."""
    row = account.rows[KEY]
    assert isinstance(row, CampaignRow)
    return row


def plan_of(account: Account) -> PlanRow:
    """Return the plan in force."""
    row = account.rows[plan_key(KEY)]
    assert isinstance(row, PlanRow)
    return row


def live(account: Account, days: int, daily_micros: int = 90_000_000) -> list[CampaignPlan]:
    """Live through whole days of spend along one shape; return the plans that were told."""
    told: list[CampaignPlan] = []
    for _ in range(days):
        for hour, weight in enumerate(SHAPE):
            account.now_ms += HOUR_MS
            account.tick(account.now_ms - MINUTE_MS)
            day, start_ms = day_of(account.now_ms - 1)
            seen = SpendObservation(CAMPAIGN, hour, daily_micros * weight // sum(SHAPE), 900, 20, 1)
            as_of_ms = account.now_ms - MINUTE_MS
            page = SpendObserved("USD", day, start_ms, start_ms + DAY_MS, as_of_ms, (seen,))
            told += plans(account.take(page))
            told += plans(account.tick(account.now_ms))
    return told


def begun(budget: int | None = 100_000_000) -> Account:
    """Return an account whose campaign is listed at the first midnight."""
    account = Account()
    account.tick(START_MS)
    account.listed(budget=budget)
    return account


def test_the_first_day_says_that_nothing_is_known() -> None:
    """Neither a confidence nor a band is made up; an even day within its limits is all there is."""
    told = live(begun(), 1)
    assert {(one.confidence_permille, one.low_micros, one.high_micros, one.history_days) for one in told} == {
        (None, (), (), 0)
    }
    assert all(sum(one.hours_micros) == one.budget_micros == 100_000_000 for one in told)
    assert told[-1].hours_micros[0] * 2 <= 100_000_000 // 24 + 1


def test_a_weeks_plan_follows_what_was_learned() -> None:
    """After a week the plan has the traffic's shape, a band for each hour, and says how sure it is."""
    account = begun()
    live(account, 7)
    newest = live(account, 1)[-1]
    misplaced = sum(
        abs(hour * sum(SHAPE) - newest.budget_micros * weight)
        for hour, weight in zip(newest.hours_micros, SHAPE, strict=True)
    )
    assert misplaced * 100 < 2 * newest.budget_micros * sum(SHAPE)
    assert newest.history_days == 7
    assert newest.confidence_permille is not None
    assert newest.confidence_permille > 900
    assert all(
        low <= hour <= high
        for low, hour, high in zip(newest.low_micros, newest.hours_micros, newest.high_micros, strict=True)
    )


@pytest.mark.parametrize("budget", [None, 0])
def test_a_campaign_without_money_has_no_plan(budget: int | None) -> None:
    """No budget, or one of nothing, is not divided into hours, learned from or not."""
    account = begun(budget)
    assert live(account, 3) == []
    assert row_of(account).plan == b""
    assert account.commands == []


@pytest.mark.parametrize("budget", [1, 23, AMOUNT_MICROS_MAX])
def test_a_budget_of_any_size_is_planned_to_the_micro(budget: int) -> None:
    """One micro goes to one hour, and the largest budget overflows nothing."""
    account = begun(budget)
    told = live(account, 4, budget)
    assert told
    assert all(sum(one.hours_micros) == budget and min(one.hours_micros) >= 0 for one in told)


def test_a_budget_that_no_campaign_has_is_unreadable() -> None:
    """More than a billion units is refused where it is read, so that no plan has to fear it."""
    seen = CampaignObservation(CAMPAIGN, "Summer", "enabled", AMOUNT_MICROS_MAX + 1)
    page = CampaignsObserved("USD", "UTC", START_MS, (seen,))
    event = Event(Envelope("id", page.TYPE, page.VERSION, "/test", SUBJECT), page)
    with pytest.raises(Unreadable, match="1000000000000000"):
        decode(*encode(event))


def test_a_history_of_zeros_teaches_nothing_and_breaks_nothing() -> None:
    """Days on which nothing was spent leave an even plan."""
    account = begun()
    told = live(account, 9, 0)
    assert all(sum(one.hours_micros) == 100_000_000 for one in told)
    assert max(told[-1].hours_micros[4:]) - min(told[-1].hours_micros[4:]) < 1_000


def test_spend_that_shrinks_is_counted_down() -> None:
    """A platform that takes spend back is believed, and the plan stays as it was."""
    account = begun()
    account.tick(START_MS + 3 * HOUR_MS)
    account.spend(50_000_000)
    account.tick(START_MS + 3 * HOUR_MS + MINUTE_MS)
    planned = account.rows[plan_key(KEY)]
    account.tick(START_MS + 4 * HOUR_MS)
    account.spend(10_000_000)
    assert row_of(account).spent_micros == 10_000_000
    assert account.rows[plan_key(KEY)] == planned


def test_a_clock_that_jumps_back_plans_nothing_anew() -> None:
    """The log's clock does not go back, whichever of two clocks told it."""
    account = begun()
    live(account, 2)
    before = dict(account.rows)
    assert account.take(ClockTicked(START_MS + HOUR_MS), "clock") == []
    assert account.rows == before


def test_a_clock_that_jumps_ahead_leaves_days_out() -> None:
    """Days that nobody saw teach nothing; the day that it is gets its plan."""
    account = begun()
    live(account, 3)
    account.now_ms += 6 * DAY_MS
    told = live(account, 1)
    assert told
    assert told[-1].history_days == 3
    assert sum(told[-1].hours_micros) == 100_000_000


def test_a_budget_changed_at_a_minute_to_midnight_changes_no_hour_that_is_over() -> None:
    """What is left of a raise goes to the last hour; the next day begins with all of it."""
    account = begun()
    live(account, 1)
    account.tick(START_MS + 2 * DAY_MS - MINUTE_MS)
    account.spend(1_000_000, hour=23)
    account.tick(account.now_ms)
    before = account.rows[plan_key(KEY)]
    assert isinstance(before, PlanRow)
    (raised, *_) = plans(account.listed(budget=160_000_000))
    assert sum(raised.hours_micros) == 160_000_000
    assert sum(raised.hours_micros[:23]) <= 100_000_000
    following = live(account, 1)
    assert following[-1].budget_micros == sum(following[-1].hours_micros) == 160_000_000


@pytest.mark.parametrize("hours", [23, 25, 23.5, 24.5])
def test_a_zone_that_changes_its_rules_changes_the_day(hours: float) -> None:
    """The day is as long as its page says, whatever was usual, and its plan covers it."""
    account = begun()
    live(account, 8)
    day, start_ms = day_of(account.now_ms)
    end_ms = start_ms + round(hours * HOUR_MS)
    account.take(
        SpendObserved("USD", day, start_ms, end_ms, start_ms + HOUR_MS, (SpendObservation(CAMPAIGN, 0, 5),))
    )
    (told,) = plans(account.tick(start_ms + HOUR_MS))
    assert len(told.hours_micros) == -(-(end_ms - start_ms) // HOUR_MS)
    assert sum(told.hours_micros) == 100_000_000


def test_terms_hold_at_once_and_the_newest_wins() -> None:
    """A person's budget for the day is planned as it is heard; older terms change nothing."""
    account = begun()
    live(account, 1)
    (told,) = plans(account.take(TermsSet(CAMPAIGN, 2, "USD", budget="day", amount_micros=30_000_000)))
    assert (told.budget_micros, sum(told.hours_micros)) == (30_000_000, 30_000_000)
    assert account.take(TermsSet(CAMPAIGN, 1, "USD", budget="day", amount_micros=9)) == []
    with pytest.raises(Refused, match="currency-changed"):
        account.take(TermsSet(CAMPAIGN, 3, "EUR"))


def forecast(account: Account, made_ms: int) -> ForecastMade:
    """Return a model's forecast of the day that it is: everything at noon."""
    day, start_ms = day_of(account.now_ms)
    noon = tuple(90_000_000 if hour == 12 else 1_000_000 for hour in range(24))
    one = CampaignForecast(CAMPAIGN, *[tuple(micros * part // 5 for micros in noon) for part in range(1, 6)])
    bounds = (day, start_ms, start_ms + DAY_MS)
    return ForecastMade("model-1", "2026-03-01", "2026-03-08", made_ms, "USD", *bounds, (one,))


def test_a_forecast_moves_the_plan_and_an_old_one_does_not() -> None:
    """What a model says is a fact of the log; the plan says how much of it comes from there."""
    account = begun()
    live(account, 8)
    account.take(PolicySet(policy_version=1, plan_strategy="PREDICTIVE_ML", plan_hour_max_permille=1000))
    account.tick(account.now_ms + MINUTE_MS)
    account.spend(5)
    account.take(forecast(account, account.now_ms - 40 * HOUR_MS))
    old = plans(account.tick(account.now_ms + MINUTE_MS))
    assert all("forecast" not in {part.source for part in one.made_of} for one in old)
    account.take(forecast(account, account.now_ms))
    (told,) = plans(account.tick(account.now_ms + MINUTE_MS))
    assert told.strategy == "PREDICTIVE_ML"
    assert {part.source for part in told.made_of} == {"forecast"}
    assert told.hours_micros[12] > 79_000_000


def test_a_midnight_of_many_campaigns_is_planned_over_many_ticks() -> None:
    """No tick plans more than its share, and none is forgotten."""
    account, many = Account(), 5 * CAMPAIGNS_A_ROW + 7
    account.tick(START_MS)
    names = [f"c{number}" for number in range(many)]
    seen = tuple(CampaignObservation(name, name, "enabled", 1_000_000) for name in names)
    for first in range(0, many, 500):
        account.take(CampaignsObserved("USD", "UTC", START_MS, seen[first : first + 500]))
    for first in range(0, many, 500):
        page = tuple(SpendObservation(name, 0, 1) for name in names[first : first + 500])
        day, start_ms = day_of(START_MS)
        account.take(SpendObserved("USD", day, start_ms, start_ms + DAY_MS, START_MS + MINUTE_MS, page))
    told: list[str] = []
    for minute in range(1, 10):
        planned = [one.campaign for one in plans(account.tick(START_MS + minute * MINUTE_MS))]
        assert len(planned) <= CAMPAIGNS_A_ROW * ROWS_A_TICK_MAX
        told += planned
    assert sorted(told) == sorted(names)


def restate(account: Account, day_number: int, hours_micros: list[int]) -> None:
    """Let the platform say something else of a day that is over."""
    day, start_ms = day_of(START_MS + day_number * DAY_MS)
    seen = tuple(
        SpendObservation(CAMPAIGN, hour, micros, 900, 20, 1) for hour, micros in enumerate(hours_micros)
    )
    account.take(SpendObserved("USD", day, start_ms, start_ms + DAY_MS, account.now_ms, seen))


def test_what_a_platform_says_late_is_learned_as_it_became() -> None:
    """Yesterday is learned again while it still changes; what was learned is as if it had been so at once."""
    late, other = begun(), [90_000_000 // 24] * 24
    live(late, 3)
    restate(late, 2, other)
    told_late = live(late, 2)[-1]
    prompt = begun()
    live(prompt, 2)
    account_day = prompt.now_ms + DAY_MS
    prompt.tick(account_day - MINUTE_MS)
    restate(prompt, 2, other)
    prompt.tick(account_day)
    told_prompt = live(prompt, 2)[-1]
    assert late.rows[history_key(KEY)] == prompt.rows[history_key(KEY)]
    assert told_late.hours_micros == told_prompt.hours_micros
    assert told_late.hours_micros != live(begun(), 5)[-1].hours_micros


def test_a_campaign_that_spends_evenly_is_not_too_fast_for_its_limited_first_hours() -> None:
    """The plan holds the first hours back; who spends as even as ever is neither over its pace nor ahead."""
    account = begun()
    told: list[Fact] = []
    for hour in range(8):
        account.tick(START_MS + (hour + 1) * HOUR_MS - MINUTE_MS)
        told += account.spend(100_000_000 // 24, hour)
    assert plan_of(account).held_micros > 0
    assert [one for one in told if isinstance(one, PaceDeviated | AlertRaised)] == []
    assert (row_of(account).band, account.commands) == (0, [])


def test_hours_before_a_campaigns_first_spend_teach_nothing() -> None:
    """One that begins at noon was not there in the morning, and is planned like one that was even all day."""
    late, whole = begun(), begun()
    for account, first in ((late, 12), (whole, 0)):
        for hour in range(24):
            account.tick(START_MS + (hour + 1) * HOUR_MS - MINUTE_MS)
            account.spend(4_000_000 if hour >= first else 0, hour)
        account.now_ms = START_MS + DAY_MS
    shapes = [live(account, 2)[0].hours_micros for account in (late, whole)]
    assert all(abs(one - two) < 100 for one, two in zip(*shapes, strict=True))


def test_a_read_is_noted_with_its_days_start() -> None:
    """A poll does not tell when its day began; what was spent on it does."""
    account = begun()
    account.tick(START_MS + 2 * HOUR_MS)
    account.spend(1_000_000, 1)
    account.polled()
    lag = account.rows[lag_key(SUBJECT)]
    assert isinstance(lag, LagRow)
    assert [(day, start_ms) for day, start_ms, _ in lag.noted] == [day_of(START_MS)]
