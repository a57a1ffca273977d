import pytest

from domain.forecast.rows import HistoryRow, history_key
from domain.pacing.rows import campaign_key
from events.types import AlertRaised, PolicySet
from tests.guard_kit import (
    BUDGET,
    CAMPAIGN,
    DAY_MS,
    HOUR_MS,
    MINUTE_MS,
    START_MS,
    SUBJECT,
    Account,
    learn,
    running,
)

QUIET = PolicySet(
    1,
    guard_pause_permille=0,
    alert_cpc_micros=200_000,
    breaker_budget_permille=0,
    breaker_velocity_permille=0,
    breaker_rapid_count=0,
)


def watched() -> Account:
    """Return an account at noon whose campaign nobody pauses."""
    account = running()
    account.take(QUIET)
    return account


def newest(account: Account) -> AlertRaised:
    """Return the alert that was raised last."""
    return [one for one in account.alerts if isinstance(one, AlertRaised)][-1]


def test_a_pace_above_plan_is_told_by_how_bad_it_is_and_once() -> None:
    """A warning from half as much again, critical from twice; it is over when the pace is well below."""
    account = watched()
    account.spend(80_000_000)
    account.spend(81_000_000)
    assert account.raised("warning_overpacing") == ["raised"]
    account.tick(START_MS + 18 * HOUR_MS)
    account.spend(81_500_000, 0)
    assert account.raised("warning_overpacing") == ["raised", "recovered"]
    account.tick(START_MS + 18 * HOUR_MS + MINUTE_MS)
    account.spend(160_000_000, 0)
    assert account.raised("critical_overpacing") == ["raised"]


def test_a_budget_nearly_gone_is_an_emergency_only_ahead_of_plan() -> None:
    """At noon it is; when the evening has come up to it, it no longer is."""
    account = watched()
    account.spend(95_000_000)
    assert account.raised("emergency_stop_required") == ["raised"]
    emergency = next(one for one in account.alerts if one.kind == "emergency_stop_required")
    assert isinstance(emergency, AlertRaised)
    assert (emergency.severity, emergency.observed, emergency.limit) == ("critical", 950, 900)
    assert (emergency.spent_micros, emergency.budget_micros) == (95_000_000, BUDGET)
    account.tick(START_MS + 23 * HOUR_MS + 30 * MINUTE_MS)
    account.spend(95_100_000)
    assert account.raised("emergency_stop_required") == ["raised", "recovered"]


def test_a_new_day_ends_the_alerts_of_the_last_one() -> None:
    """They are not carried on, and the new day has episodes of its own."""
    account = watched()
    account.spend(95_000_000)
    account.tick(START_MS + DAY_MS + HOUR_MS + MINUTE_MS)
    account.spend(1_000_000, 1)
    assert account.raised("emergency_stop_required") == ["raised", "new-day"]
    account.tick(START_MS + DAY_MS + 12 * HOUR_MS)
    account.spend(95_000_000, 1)
    assert newest(account).episode == 2


def test_a_campaign_that_will_not_get_its_money_spent_is_told_and_taken_back() -> None:
    """Below half of its plan by noon; once it has caught up it is no news any more."""
    account = watched()
    account.spend(10_000_000, 0)
    learn(account)
    account.tick(START_MS + 13 * HOUR_MS)
    account.spend(12_000_000, 0)
    account.tick(START_MS + 16 * HOUR_MS)
    assert account.raised("under_delivery") == ["raised"]
    account.spend(60_000_000, 0)
    account.tick(START_MS + 19 * HOUR_MS)
    account.spend(60_000_001, 0)
    assert account.raised("under_delivery") == ["raised", "recovered"]


def test_a_first_day_delivers_what_it_delivers() -> None:
    """Nobody knows how the day of a campaign goes that was never seen before, so nobody is told."""
    account = watched()
    account.spend(10_000_000, 0)
    account.tick(START_MS + 16 * HOUR_MS)
    account.spend(12_000_000, 0)
    account.tick(START_MS + 20 * HOUR_MS)
    assert account.raised("under_delivery") == []


def test_a_slow_start_is_no_news() -> None:
    """Before a quarter of the plan nobody is told."""
    account = Account()
    account.tick(START_MS + HOUR_MS)
    account.listed()
    account.spend(0)
    account.tick(START_MS + 3 * HOUR_MS)
    account.spend(100, 1)
    assert account.raised("under_delivery") == []


@pytest.mark.parametrize(
    ("kind", "bad", "good"),
    [
        ("low_ctr", (100_000, 1_000, 50), (100_000, 2_000, 100)),
        ("high_cpc", (5_000, 100, 5), (100_000, 20_000, 1_000)),
        ("low_conversion_rate", (100_000, 20_000, 100), (100_000, 20_000, 1_000)),
    ],
)
def test_rates_below_their_limits_are_told_with_enough_evidence(
    kind: str, bad: tuple[int, int, int], good: tuple[int, int, int]
) -> None:
    """Click-through, price of a click and conversions, of today; once an hour."""
    account = watched()
    account.spend(40_000_000, 0, *bad)
    account.tick(START_MS + 13 * HOUR_MS)
    account.spend(40_000_000, 0, *bad)
    account.tick(START_MS + 16 * HOUR_MS)
    assert kind in {one.kind for one in account.alerts}
    account.spend(41_000_000, 0, *good)
    account.tick(START_MS + 19 * HOUR_MS)
    assert account.raised(kind) == ["raised", "recovered"]


def test_rates_of_a_few_clicks_tell_nothing() -> None:
    """Ninety-nine clicks without a conversion are chance."""
    account = watched()
    account.spend(40_000_000, 0, 900, 9, 0)
    account.tick(START_MS + 13 * HOUR_MS)
    account.spend(41_000_000, 0, 999, 9, 0)
    account.tick(START_MS + 16 * HOUR_MS)
    assert not {"low_ctr", "high_cpc", "low_conversion_rate"} & {one.kind for one in account.alerts}


def with_past(account: Account) -> Account:
    """Give the campaign a past of some five conversions of a hundred clicks, each for 24,000 micros."""
    hours = (192_000, 32 * 1_000, 32 * 8, 12) * 24
    account.rows[history_key(campaign_key(SUBJECT, CAMPAIGN))] = HistoryRow(days=14, hours=hours)
    return account


def test_conversions_that_fell_against_the_campaigns_own_past_are_told() -> None:
    """By clicks it is the page behind them, by money it is worth less; hours just gone are not counted."""
    account = with_past(watched())
    account.spend(48_000_000, 6, 20_000, 2_000, 60)
    account.tick(START_MS + 13 * HOUR_MS)
    account.spend(48_100_000, 6, 20_000, 2_000, 60)
    account.tick(START_MS + 16 * HOUR_MS)
    assert account.raised("performance_degradation") == ["raised"]
    assert account.raised("performance_drop") == ["raised"]
    recent = with_past(watched())
    recent.spend(48_000_000, 11, 20_000, 2_000, 60)
    recent.tick(START_MS + 13 * HOUR_MS)
    recent.spend(48_100_000, 11, 20_000, 2_000, 60)
    recent.tick(START_MS + 16 * HOUR_MS)
    assert recent.raised("performance_degradation") == []


def test_money_that_brings_next_to_nothing_opens_the_breaker() -> None:
    """A third of what was usual is the floor; here it is a tenth."""
    account = with_past(running())
    account.spend(40_000_000, 6, 20_000, 2_000, 6)
    account.tick(START_MS + 13 * HOUR_MS)
    account.tick(START_MS + 16 * HOUR_MS)
    account.spend(40_100_000, 6, 20_000, 2_000, 6)
    assert (account.moves[0].state, account.moves[0].reason) == ("open", "performance")


def test_a_campaign_that_stands_still_with_money_left_is_told() -> None:
    """Reads go on, and for three hours nothing was spent that should have been."""
    account = watched()
    account.spend(40_000_000, 10)
    account.tick(START_MS + 13 * HOUR_MS)
    account.spend(40_100_000, 10)
    for half in range(1, 12):
        account.tick(START_MS + 13 * HOUR_MS + half * HOUR_MS // 2)
        account.polled()
    assert account.raised("stopped_campaign") == ["raised"]
    account.spend(41_000_000, 18)
    assert account.raised("stopped_campaign") == ["raised", "recovered"]


def test_a_campaign_that_nobody_has_read_of_does_not_stand_still() -> None:
    """Without reads nobody knows; that is another alert, about the account."""
    account = watched()
    account.spend(40_000_000, 10)
    account.polled()
    account.tick(START_MS + 13 * HOUR_MS)
    account.spend(40_100_000, 10)
    account.tick(START_MS + 19 * HOUR_MS)
    assert account.raised("stopped_campaign") == []
    assert account.raised("stale_data") == ["raised"]


def test_an_account_that_is_not_read_is_told_once_and_taken_back_with_the_next_read() -> None:
    """Two hours by default; it says for how long, and about no single campaign."""
    account = watched()
    account.polled()
    for minutes in range(10, 400, 10):
        account.tick(START_MS + 12 * HOUR_MS + minutes * MINUTE_MS)
    assert account.raised("stale_data") == ["raised"]
    told = newest(account)
    assert (told.campaign, told.unit, told.limit) == (None, "minutes", 120)
    assert 120 < told.observed <= 131
    account.polled()
    assert account.raised("stale_data") == ["raised", "recovered"]
    account.tick(account.now_ms + 3 * HOUR_MS)
    assert newest(account).episode == 2


def test_an_account_that_is_read_is_never_told() -> None:
    """Each read moves the moment on."""
    account = watched()
    for minutes in range(0, 600, 30):
        account.tick(START_MS + 12 * HOUR_MS + minutes * MINUTE_MS)
        account.polled()
    assert account.alerts == []


def test_a_campaign_that_somebody_paused_in_the_middle_of_its_day_is_told() -> None:
    """With money left; ours are no news, and it is over when it runs again."""
    account = watched()
    account.spend(40_000_000)
    account.tick(account.now_ms + 5 * MINUTE_MS)
    account.listed("paused")
    account.tick(account.now_ms + 5 * MINUTE_MS)
    account.listed("paused")
    assert account.raised("paused_with_budget") == ["raised"]
    account.tick(account.now_ms + 5 * MINUTE_MS)
    account.listed("enabled")
    assert account.raised("paused_with_budget") == ["raised", "recovered"]
