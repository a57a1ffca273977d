import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

import headgate
from headgate import BudgetPacer, ChannelType, PacingAlert, PacingStrategy, Unusable
from infra.errors import FixInput
from tests.pacer_kit import CAMPAIGN, CHANNEL, NOON, Clock, set_up, spend, spend_evenly

DAY = timedelta(days=1)


@pytest.mark.parametrize(("day", "hours"), [((2026, 3, 29), 23), ((2026, 10, 25), 25), ((2026, 6, 1), 24)])
def test_days_have_as_many_hours_as_their_zone_gives_them(day: tuple[int, int, int], hours: int) -> None:
    """The allocations of a day on which clocks move add up too, and each hour says when it begins."""
    clock = Clock(datetime(*day, 12, tzinfo=ZoneInfo("Europe/Berlin")))
    pacer = BudgetPacer(clock=clock, time_zone="Europe/Berlin", currency="EUR")
    allocations = pacer.allocate_hourly_budget(CAMPAIGN, CHANNEL, Decimal("99.999999"))
    assert len(allocations) == hours
    assert sum(one.amount for one in allocations) == Decimal("99.999999")
    assert allocations[0].starts_at == datetime(*day, tzinfo=ZoneInfo("Europe/Berlin"))
    gaps = {
        after.starts_at.astimezone(UTC) - before.starts_at.astimezone(UTC)
        for before, after in pairwise(allocations)
    }
    assert gaps == {timedelta(hours=1)}


@pytest.mark.parametrize("budget", ["0", "0.000001", "1000000000"])
def test_any_budget_adds_up(budget: str) -> None:
    """Nothing, one micro, and the largest amount that the log can tell."""
    for strategy in PacingStrategy:
        allocations = BudgetPacer(clock=Clock()).allocate_hourly_budget(
            CAMPAIGN, CHANNEL, Decimal(budget), strategy
        )
        assert sum(one.amount for one in allocations) == Decimal(budget)
        assert all(one.amount >= 0 for one in allocations)


def test_without_history_a_plan_does_not_pretend() -> None:
    """Confidence and bands are unknown on the first day, not made up."""
    allocations = BudgetPacer(clock=Clock()).allocate_hourly_budget(CAMPAIGN, CHANNEL, Decimal(1000))
    assert {(one.low, one.high, one.confidence) for one in allocations} == {(None, None, None)}


@pytest.mark.parametrize("amount", [Decimal("0.0000001"), Decimal(-1), Decimal("NaN"), Decimal("1e10"), 1.5])
def test_an_amount_that_is_none_is_refused(amount: Decimal) -> None:
    """Nothing is rounded, and a float has been already; then nothing has counted."""
    pacer = set_up(Clock())
    with pytest.raises(Unusable) as refused:
        pacer.can_spend(CAMPAIGN, CHANNEL, amount)
    assert isinstance(refused.value, ValueError)
    assert isinstance(refused.value, FixInput)
    with pytest.raises(Unusable):
        pacer.allocate_hourly_budget(CAMPAIGN, CHANNEL, amount)


@pytest.mark.parametrize(
    "change",
    [
        {"clicks": -1},
        {"conversions": True},
        {"impressions": 10**13},
        {"value": Decimal(-1)},
        {"transaction_id": ""},
        {"transaction_id": "a\0b"},
    ],
)
def test_a_transaction_that_cannot_be_counts_nothing(change: dict[str, Any]) -> None:
    """Its error says so, and the next one finds everything as it was."""
    clock = Clock()
    pacer = set_up(clock)
    with pytest.raises(Unusable):
        pacer.record_spend(spend("10.00", clock.now, **change))
    assert pacer.performance(CAMPAIGN).spend == 0


def test_a_transaction_id_counts_once() -> None:
    """However often it is recorded, and also with another amount; without an id each call counts."""
    clock = Clock()
    pacer = set_up(clock)
    assert pacer.record_spend(spend("10.00", clock.now, transaction_id="t1"))
    assert not pacer.record_spend(spend("10.00", clock.now, transaction_id="t1"))
    assert not pacer.record_spend(spend("11.00", clock.now, transaction_id="t1"))
    assert pacer.record_spend(spend("1.00", clock.now))
    assert pacer.record_spend(spend("1.00", clock.now))
    assert pacer.performance(CAMPAIGN).spend == Decimal("12.00")


def test_an_id_that_counted_does_not_count_again_for_being_held_again() -> None:
    """To free what is held is no sign that a transaction is new."""
    clock = Clock()
    pacer = set_up(clock)
    assert pacer.record_spend(spend("10.00", clock.now, transaction_id="t1"))
    hold = timedelta(minutes=5)
    assert pacer.can_spend(CAMPAIGN, CHANNEL, Decimal(1), hold=hold, transaction_id="t1")[0]
    assert not pacer.record_spend(spend("10.00", clock.now, transaction_id="t1"))
    assert pacer.performance(CAMPAIGN).spend == Decimal("10.00")


def test_an_id_of_a_spend_that_could_not_count_is_free_again() -> None:
    """What cannot count leaves no trace, so the corrected transaction may come with its id."""
    clock = Clock()
    pacer = set_up(clock)
    assert pacer.record_spend(spend("1000000000", clock.now))
    with pytest.raises(Unusable, match="Check the amounts"):
        pacer.record_spend(spend("1.00", clock.now, transaction_id="t1"))
    clock.pass_by(hours=1)
    assert pacer.record_spend(spend("1.00", clock.now, transaction_id="t1"))


def test_spend_counts_in_the_hour_of_its_timestamp() -> None:
    """Late news of the morning does not make this hour dear; a naive time is taken for UTC."""
    clock = Clock()
    pacer = set_up(clock)
    pacer.record_spend(spend("60.00", datetime(2026, 3, 10, 9, 30)))  # noqa: DTZ001 - naive, as the seed's are
    pacer.record_spend(spend("5.00", clock.now - DAY))
    assert pacer.performance(CAMPAIGN, days=1).spend == Decimal("60.00")
    assert pacer.performance(CAMPAIGN, days=2).spend == Decimal("65.00")
    assert pacer.check_pace(CAMPAIGN, CHANNEL)[0] == pytest.approx(60 / 437.5, abs=0.02)


@pytest.mark.parametrize("at", [NOON + timedelta(minutes=6), NOON - 40 * DAY])
def test_a_spend_of_the_future_or_of_long_ago_is_refused(at: datetime) -> None:
    """It would win over what is right until then, or change days that nobody keeps."""
    with pytest.raises(Unusable):
        set_up(Clock()).record_spend(spend("1.00", at))


def test_a_machine_whose_clock_is_a_little_ahead_may_record() -> None:
    """A spend of the next minutes is one of now."""
    pacer = set_up(Clock())
    assert pacer.record_spend(spend("1.00", NOON + timedelta(minutes=4)))


def test_a_clock_that_goes_back_changes_nothing() -> None:
    """Time stands still until the clock has caught up; spend is not lost meanwhile."""
    clock = Clock()
    pacer = set_up(clock)
    pacer.record_spend(spend("10.00", clock.now))
    clock.pass_by(hours=-3)
    pacer.record_spend(spend("10.00", NOON))
    assert pacer.performance(CAMPAIGN, days=1).spend == Decimal("20.00")
    assert pacer.can_spend(CAMPAIGN, CHANNEL, Decimal("1.00"))[0]


def test_a_new_day_begins_with_the_whole_budget() -> None:
    """Yesterday is put away, and the plan of today is there with the first call."""
    clock = Clock()
    pacer = set_up(clock)
    spend_evenly(pacer, "520.00", clock)
    clock.pass_by(days=1)
    assert sum(one.amount for one in pacer.hourly_allocations(CAMPAIGN, CHANNEL)) == Decimal(1000)
    assert pacer.check_pace(CAMPAIGN, CHANNEL)[0] == 0
    assert pacer.can_spend(CAMPAIGN, CHANNEL, Decimal("50.00"))[0]


def test_what_nobody_set_up_may_not_spend() -> None:
    """It is refused in words; asking for its pace is a mistake of the caller's."""
    pacer = BudgetPacer(clock=Clock())
    allowed, reason = pacer.can_spend("other", CHANNEL, Decimal(1))
    assert not allowed
    assert "unknown campaign" in reason
    with pytest.raises(Unusable, match="allocate_hourly_budget"):
        pacer.check_pace("other", CHANNEL)
    assert not asyncio.run(pacer.emergency_stop("other", "why not"))
    assert asyncio.run(pacer.reallocate_unused("other")) == {}


def test_spend_of_a_campaign_without_a_budget_is_not_lost() -> None:
    """What was spent is spent; the budget that comes later finds it."""
    clock = Clock()
    pacer = BudgetPacer(clock=clock)
    pacer.record_spend(spend("100.00", clock.now))
    assert not pacer.can_spend(CAMPAIGN, CHANNEL, Decimal(1))[0]
    pacer.allocate_hourly_budget(CAMPAIGN, CHANNEL, Decimal("1000.00"))
    assert pacer.check_pace(CAMPAIGN, CHANNEL)[0] > 0


def test_a_hold_keeps_the_rest_of_the_budget_for_one() -> None:
    """Two who ask at once are not both promised the same money; a recorded spend takes its hold's place."""
    clock = Clock(datetime(2026, 3, 10, 20, 30, tzinfo=UTC))
    pacer = set_up(clock)
    pacer.record_spend(spend("700.00", clock.now - timedelta(hours=3)))
    ask = {"hold": timedelta(minutes=5)}
    assert pacer.can_spend(CAMPAIGN, CHANNEL, Decimal("100.00"), transaction_id="a", **ask)[0]
    assert not pacer.can_spend(CAMPAIGN, CHANNEL, Decimal("100.00"), transaction_id="b", **ask)[0]
    pacer.record_spend(spend("20.00", clock.now, transaction_id="a"))
    assert pacer.can_spend(CAMPAIGN, CHANNEL, Decimal("100.00"), transaction_id="b", **ask)[0]
    clock.pass_by(minutes=6)
    assert pacer.can_spend(CAMPAIGN, CHANNEL, Decimal("100.00"))[0]


def test_a_hold_needs_an_id_and_an_end() -> None:
    """Nothing could free it otherwise."""
    pacer = set_up(Clock())
    with pytest.raises(Unusable, match="transaction_id"):
        pacer.can_spend(CAMPAIGN, CHANNEL, Decimal(1), hold=timedelta(minutes=1))
    with pytest.raises(Unusable, match="a day at most"):
        pacer.can_spend(CAMPAIGN, CHANNEL, Decimal(1), hold=timedelta(days=2), transaction_id="a")


def test_a_stop_holds_over_midnight_and_until_it_is_lifted() -> None:
    """On every channel of the campaign, and on no other campaign."""
    clock = Clock()
    pacer = set_up(clock)
    pacer.allocate_hourly_budget(CAMPAIGN, ChannelType.VIDEO, Decimal(1000))
    pacer.allocate_hourly_budget("other", CHANNEL, Decimal(1000))
    assert asyncio.run(pacer.emergency_stop(CAMPAIGN, "runaway"))
    clock.pass_by(days=1)
    for channel in (CHANNEL, ChannelType.VIDEO):
        assert not pacer.can_spend(CAMPAIGN, channel, Decimal(1))[0]
    assert pacer.can_spend("other", CHANNEL, Decimal(1))[0]
    assert asyncio.run(pacer.lift_stop(CAMPAIGN, "found it"))
    assert pacer.can_spend(CAMPAIGN, CHANNEL, Decimal(1))[0]
    assert not asyncio.run(pacer.lift_stop(CAMPAIGN))


def test_a_channel_that_is_stopped_takes_no_budget() -> None:
    """However well it did: it could not spend it."""
    clock = Clock()
    pacer = set_up(clock)
    pacer.allocate_hourly_budget(CAMPAIGN, ChannelType.VIDEO, Decimal(1000), PacingStrategy.EVEN_DISTRIBUTION)
    pacer.record_spend(spend("450.00", clock.now - timedelta(hours=1), conversions=90))
    pacer.record_spend(spend("90.00", clock.now, ChannelType.VIDEO, conversions=12))
    (move,) = pacer.proposed_moves(CAMPAIGN)
    assert (move.giver, move.taker) == ("video", "google_ads")
    asyncio.run(pacer.emergency_stop(CAMPAIGN, "no more", CHANNEL))
    assert not pacer.proposed_moves(CAMPAIGN)


def test_several_threads_lose_and_double_nothing() -> None:
    """Each id counts once, whoever of four brings it first."""
    clock = Clock()
    pacer = set_up(clock)

    def record(_worker: int) -> int:
        return sum(pacer.record_spend(spend("0.01", NOON, transaction_id=f"t{one}")) for one in range(100))

    with ThreadPoolExecutor(4) as workers:
        assert sum(workers.map(record, range(4))) == 100
    assert pacer.performance(CAMPAIGN).spend == Decimal("1.00")


def test_channels_have_breakers_of_their_own() -> None:
    """What runs away on one does not stop the others."""
    clock = Clock()
    pacer = set_up(clock)
    pacer.allocate_hourly_budget(CAMPAIGN, ChannelType.VIDEO, Decimal(1000))
    pacer.record_spend(spend("950.00", clock.now))
    assert not pacer.can_spend(CAMPAIGN, CHANNEL, Decimal(1))[0]
    assert pacer.can_spend(CAMPAIGN, ChannelType.VIDEO, Decimal(1))[0]


def test_performance_has_the_rates_that_its_counts_make() -> None:
    """CTR, conversion rate, CPC, CPA and ROAS; unknown where there is nothing to divide by."""
    clock = Clock()
    pacer = set_up(clock)
    nothing = pacer.performance(CAMPAIGN)
    assert (nothing.cost_per_click, nothing.conversion_rate, nothing.return_on_ad_spend) == (None, None, None)
    told: dict[str, Any] = {"impressions": 2_000, "clicks": 40, "conversions": 4, "value": Decimal("300.00")}
    pacer.record_spend(spend("100.00", clock.now, **told))
    pacer.record_spend(spend("50.00", clock.now, ChannelType.VIDEO, clicks=10))
    both, one = pacer.performance(CAMPAIGN), pacer.performance(CAMPAIGN, CHANNEL)
    assert (both.spend, both.clicks, both.conversions) == (Decimal("150.00"), 50, 4)
    assert (one.click_through_rate, one.conversion_rate) == (0.02, 0.1)
    assert (one.cost_per_click, one.cost_per_acquisition) == (Decimal("2.50"), Decimal("25.00"))
    assert (one.return_on_ad_spend, both.return_on_ad_spend) == (3.0, 2.0)


def test_an_alert_is_heard_once_an_episode_and_a_failing_handler_loses_nothing() -> None:
    """Every handler is called, what was recorded has counted, and then the caller learns of the failure."""
    clock, heard = Clock(), list[PacingAlert]()
    pacer = set_up(clock)

    @pacer.on_alert
    def fail(alert: PacingAlert) -> None:
        raise RuntimeError(alert.alert_type)

    pacer.on_alert(heard.append)
    with pytest.raises(ExceptionGroup, match="has counted"):
        pacer.record_spend(spend("800.00", clock.now))
    assert [one.alert_type for one in heard].count("warning_overpacing") == 1
    assert pacer.performance(CAMPAIGN).spend == Decimal(800)
    pacer.check_pace(CAMPAIGN, CHANNEL)
    pacer.record_spend(spend("1.00", clock.now))
    assert [one.alert_type for one in heard].count("warning_overpacing") == 1


def test_a_handler_may_stop_the_campaign() -> None:
    """It is called when the rows are as they will stay, so it may call the pacer itself."""
    clock = Clock()
    pacer = set_up(clock)

    async def stop(alert: PacingAlert) -> None:
        if alert.alert_type == "warning_overpacing":
            await pacer.emergency_stop(alert.campaign_id, "too fast")

    pacer.on_alert(stop)
    pacer.record_spend(spend("800.00", clock.now))  # no loop runs, so the coroutine is run at once
    assert "emergency stop" in pacer.can_spend(CAMPAIGN, CHANNEL, Decimal(1))[1]


def test_thresholds_that_cannot_be_are_refused_when_they_are_set() -> None:
    """Out of bounds at once; those that contradict each other with the call that would need them."""
    pacer = BudgetPacer(clock=Clock())
    for name, wrong in [
        ("max_hourly_spend_pct", 0.01),
        ("max_hourly_spend_pct", float("nan")),
        ("frontload_protection_hours", 2.5),
        ("emergency_stop_threshold", -1),
        ("pace_warning_threshold", 1.23456),
        ("max_cost_per_click", Decimal(-1)),
    ]:
        with pytest.raises(Unusable):
            setattr(pacer, name, wrong)
    pacer.max_cost_per_click = 5.00
    assert pacer.max_cost_per_click == Decimal("5.00")
    pacer.pace_warning_threshold = 2.5
    with pytest.raises(Unusable, match="Let them rise"):
        pacer.allocate_hourly_budget(CAMPAIGN, CHANNEL, Decimal(1))
    pacer.pace_critical_threshold = 3.0
    assert pacer.allocate_hourly_budget(CAMPAIGN, CHANNEL, Decimal(1))


def test_history_makes_a_plan_that_knows_its_hours() -> None:
    """Two weeks of evenings: the plan follows them, says how sure it is, and predicts what hours bring."""
    clock = Clock()
    pacer = BudgetPacer(clock=clock)
    midnight = NOON.replace(hour=0)
    past = [
        spend(
            "60.00" if hour >= 18 else "10.00",
            midnight - back * DAY + timedelta(hours=hour),
            impressions=5_000,
            clicks=60,
            conversions=12 if hour >= 18 else 1,
        )
        for back in range(1, 15)
        for hour in range(24)
    ]
    assert pacer.load_history(past) == 14
    allocations = pacer.allocate_hourly_budget(CAMPAIGN, CHANNEL, Decimal(540))
    assert sum(one.amount for one in allocations) == Decimal(540)
    assert min(one.amount for one in allocations[18:]) > 2 * max(one.amount for one in allocations[:18])
    assert allocations[0].confidence is not None
    assert allocations[20].low is not None
    assert allocations[20].high is not None
    assert allocations[20].low <= allocations[20].amount <= allocations[20].high
    predicted = pacer.predictions(CAMPAIGN, CHANNEL)
    assert len(predicted) == 24
    evening, morning = predicted[20], predicted[6]
    assert evening.conversion_rate is not None
    assert morning.conversion_rate is not None
    assert evening.conversion_rate > morning.conversion_rate
    assert evening.cost_per_click is not None
    assert pacer.predictions(CAMPAIGN, CHANNEL, date(2026, 3, 12))[0].starts_at.day == 12


def test_history_is_of_days_before_today() -> None:
    """What is of today belongs to record_spend, and then none of it is learned."""
    pacer = BudgetPacer(clock=Clock())
    with pytest.raises(Unusable, match="before today"):
        pacer.load_history([spend("1.00", NOON - DAY), spend("1.00", NOON)])
    assert pacer.load_history([]) == 0
    assert pacer.load_history([spend("1.00", NOON - 300 * DAY)]) == 0


def test_a_zone_that_is_none_is_refused() -> None:
    """At the beginning, not at the first midnight."""
    with pytest.raises(Unusable, match="no time zone"):
        BudgetPacer(time_zone="Middle/Earth")


def test_the_package_offers_the_library_and_nothing_else() -> None:
    """Names are imported when they are asked for."""
    for name in headgate.__all__:
        assert getattr(headgate, name)
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = headgate.Nothing
