"""Seed 004's examples, each as it stands there but for its endless loop."""

import asyncio
from dataclasses import fields
from datetime import UTC, datetime
from decimal import Decimal
from inspect import iscoroutinefunction, signature

import pytest

from headgate import (
    BudgetPacer,
    ChannelType,
    HourlyAllocation,
    PacingAlert,
    PacingStrategy,
    SpendTransaction,
)
from tests.pacer_kit import CAMPAIGN, CHANNEL, Clock, seed_channels, set_up, spend, spend_evenly


def test_an_hourly_allocation_adds_up_to_the_budget() -> None:
    """The first example: a day's budget over its hours."""
    pacer = BudgetPacer()
    allocations = pacer.allocate_hourly_budget(
        campaign_id="campaign_001",
        channel=ChannelType.GOOGLE_ADS,
        daily_budget=Decimal("1000.00"),
        strategy=PacingStrategy.ADAPTIVE_HYBRID,
    )
    assert all(isinstance(one, HourlyAllocation) for one in allocations)
    assert sum(one.amount for one in allocations) == Decimal("1000.00")


def test_a_pace_far_above_the_plan_is_a_warning_with_words() -> None:
    """The second example: three quarters of the budget by noon is far more than planned."""
    clock = Clock()
    pacer = set_up(clock)
    spend_evenly(pacer, "650.00", clock)
    pace_ratio, alert = pacer.check_pace("campaign_001", ChannelType.GOOGLE_ADS)
    assert (1.2 < pace_ratio < 1.5, alert) == (True, None)
    spend_evenly(pacer, "156.00", clock)
    pace_ratio, alert = pacer.check_pace("campaign_001", ChannelType.GOOGLE_ADS)
    assert f"Warning: Spending {pace_ratio:.1f}x faster than target pace".endswith(
        "1.6x faster than target pace"
    )
    assert isinstance(alert, PacingAlert)
    assert (alert.alert_type, alert.campaign_id, alert.channel) == ("warning_overpacing", CAMPAIGN, CHANNEL)
    assert (alert.current_spend, alert.pace_ratio) == (Decimal("806.00"), pace_ratio)
    assert alert.recommended_action


def test_a_reallocation_tells_each_channels_change() -> None:
    """The third example: budget of the channel that leaves it goes to the one that does more with it."""
    clock = Clock()
    pacer = set_up(clock)
    pacer.allocate_hourly_budget(
        CAMPAIGN, ChannelType.TIKTOK_ADS, Decimal("1000.00"), PacingStrategy.EVEN_DISTRIBUTION
    )
    pacer.record_spend(spend("500.00", clock.now, conversions=100))
    pacer.record_spend(spend("100.00", clock.now, ChannelType.TIKTOK_ADS, conversions=12))
    reallocation_results = asyncio.run(pacer.reallocate_unused("campaign_001"))
    said = [
        f"{channel}: Budget {'increased' if amount > 0 else 'decreased'} by ${abs(amount):.2f}"
        for channel, amount in reallocation_results.items()
    ]
    assert len(said) == 2
    assert sum(reallocation_results.values()) == 0
    assert reallocation_results[ChannelType.GOOGLE_ADS] > 0 > reallocation_results[ChannelType.TIKTOK_ADS]


def test_the_breaker_opens_at_nine_tenths_of_the_budget() -> None:
    """The fifth example: beyond 90 % nothing more is authorised, at any hour, and the reason says so."""
    clock = Clock(datetime(2026, 3, 10, 23, 30, tzinfo=UTC))
    pacer = set_up(clock)
    pacer.record_spend(spend("901.00", clock.now))
    can_spend, reason = pacer.can_spend("campaign_001", ChannelType.GOOGLE_ADS, Decimal("10.00"))
    assert not can_spend
    assert "circuit breaker" in reason


def test_a_manual_stop_blocks_all_spending() -> None:
    """The fifth example's other half."""
    clock = Clock()
    pacer = set_up(clock)
    success = asyncio.run(pacer.emergency_stop("campaign_001", "Manual intervention required"))
    assert success
    can_spend, reason = pacer.can_spend("campaign_001", ChannelType.GOOGLE_ADS, Decimal("0.01"))
    assert not can_spend
    assert "emergency stop" in reason


def test_an_authorised_spend_is_recorded() -> None:
    """The example of the spend authorisation system; `utcnow` gives a naive time, which is taken for UTC."""
    clock = Clock()
    pacer = set_up(clock, "2000.00")
    can_spend, reason = pacer.can_spend(
        campaign_id="campaign_001", channel=ChannelType.GOOGLE_ADS, amount=Decimal("150.00")
    )
    assert can_spend, f"Spend blocked: {reason}"
    transaction = SpendTransaction(
        campaign_id="campaign_001",
        channel=ChannelType.GOOGLE_ADS,
        amount=Decimal("150.00"),
        timestamp=clock.now.replace(tzinfo=None),
        clicks=60,
        conversions=5,
    )
    pacer.record_spend(transaction)
    brought = pacer.performance("campaign_001")
    assert (brought.spend, brought.clicks, brought.conversions) == (Decimal("150.00"), 60, 5)


def test_an_alert_handler_hears_what_is_critical() -> None:
    """The example of alert handling: a coroutine that looks at the severity."""
    heard: list[tuple[str, str]] = []

    async def alert_handler(alert: PacingAlert) -> None:
        if alert.severity == "critical":
            heard.append(("emergency_response", alert.alert_type))
        elif alert.severity == "high":
            heard.append(("adjust_bids", alert.alert_type))

    clock = Clock()
    pacer = set_up(clock)
    pacer.on_alert(alert_handler)

    async def overspend() -> None:
        pacer.record_spend(spend("950.00", clock.now))
        await pacer.alerts_delivered()

    asyncio.run(overspend())
    assert ("emergency_response", "emergency_stop_required") in heard
    assert ("emergency_response", "circuit_breaker_open") in heard


def test_the_basic_integration_runs() -> None:
    """The basic integration example, at a time when its first hours' protection is over."""

    async def main() -> str:
        pacer = BudgetPacer(clock=Clock())
        pacer.allocate_hourly_budget(
            campaign_id="my_campaign",
            channel=ChannelType.GOOGLE_ADS,
            daily_budget=Decimal("1000.00"),
            strategy=PacingStrategy.ADAPTIVE_HYBRID,
        )
        can_spend, reason = pacer.can_spend("my_campaign", ChannelType.GOOGLE_ADS, Decimal("50.00"))
        return "Spend authorized - proceed with transaction" if can_spend else f"Spend blocked: {reason}"

    assert asyncio.run(main()) == "Spend authorized - proceed with transaction"


def test_the_advanced_integration_runs() -> None:
    """The example with several channels; its endless loop is cut after a day of every five minutes."""
    clock = Clock(datetime(2026, 3, 10, tzinfo=UTC))
    said: list[str] = []

    async def setup_multichannel_campaign() -> None:
        pacer = BudgetPacer(clock=clock)
        campaign_id = "multichannel_campaign"
        for channel, budget, strategy in seed_channels():
            pacer.allocate_hourly_budget(campaign_id, channel, budget, strategy)
        for _ in range(288):
            for channel, _, _ in seed_channels():
                spend_amount = Decimal("25.00")
                can_spend, _ = pacer.can_spend(campaign_id, channel, spend_amount)
                if can_spend:
                    pacer.record_spend(SpendTransaction(campaign_id, channel, spend_amount, clock.now))
                said.append(f"{'Authorized' if can_spend else 'Blocked'} on {channel.value}")
            await pacer.reallocate_unused(campaign_id)
            clock.pass_by(minutes=5)
        for channel, budget, _ in seed_channels():
            spent = pacer.performance(campaign_id, channel, 2).spend
            assert budget * Decimal("0.85") < spent <= budget

    asyncio.run(setup_multichannel_campaign())
    for channel, _, _ in seed_channels():
        assert {f"Authorized on {channel.value}", f"Blocked on {channel.value}"} <= set(said)


def test_the_pacing_parameters_can_be_set() -> None:
    """The configuration example: smaller hours, longer protection, an earlier stop and an earlier alert."""
    clock = Clock(datetime(2026, 3, 10, 12, 59, tzinfo=UTC))
    pacer = BudgetPacer(clock=clock)
    assert (pacer.max_hourly_spend_pct, pacer.frontload_protection_hours) == (0.15, 4)
    assert (pacer.emergency_stop_threshold, pacer.pace_warning_threshold) == (0.9, 1.5)
    pacer.max_hourly_spend_pct = 0.12  # Max 12% per hour (default: 15%)
    pacer.frontload_protection_hours = 6  # Protect first 6 hours (default: 4)
    pacer.emergency_stop_threshold = 0.85  # Stop at 85% of budget (default: 90%)
    pacer.pace_warning_threshold = 1.3  # Alert at 1.3x pace (default: 1.5x)
    allocations = pacer.allocate_hourly_budget(CAMPAIGN, CHANNEL, Decimal("1000.00"))
    half_of_an_hour = Decimal("20.833333")  # of an even one, to the micro
    assert all(one.amount <= half_of_an_hour for one in allocations[:6])
    assert all(one.amount <= Decimal("120.00") for one in allocations)
    spend_evenly(pacer, "715.00", clock)
    _, alert = pacer.check_pace(CAMPAIGN, CHANNEL)
    assert alert is not None
    assert alert.alert_type == "warning_overpacing"
    pacer.record_spend(spend("136.00", clock.now))
    assert "circuit breaker" in pacer.can_spend(CAMPAIGN, CHANNEL, Decimal("1.00"))[1]


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("allocate_hourly_budget", ["campaign_id", "channel", "daily_budget", "strategy"]),
        ("check_pace", ["campaign_id", "channel"]),
        ("can_spend", ["campaign_id", "channel", "amount"]),
        ("record_spend", ["transaction"]),
        ("reallocate_unused", ["campaign_id"]),
        ("emergency_stop", ["campaign_id", "reason"]),
    ],
)
def test_the_interface_is_the_seeds(method: str, parameters: list[str]) -> None:
    """Names, and the order of what is given by place, so that code written for the seed runs."""
    found = getattr(BudgetPacer, method)
    assert list(signature(found).parameters)[1 : len(parameters) + 1] == parameters
    assert iscoroutinefunction(found) == (method in {"reallocate_unused", "emergency_stop"})


def test_the_data_classes_begin_as_the_seeds_do() -> None:
    """What the seed has comes first, in its order; what we add is optional."""
    names = [one.name for one in fields(SpendTransaction)]
    assert names[:8] == [
        "campaign_id",
        "channel",
        "amount",
        "timestamp",
        "clicks",
        "conversions",
        "cost_per_click",
        "conversion_rate",
    ]
    assert [one.name for one in fields(PacingAlert)] == [
        "alert_type",
        "campaign_id",
        "channel",
        "current_spend",
        "pace_ratio",
        "recommended_action",
        "severity",
    ]
    assert len(ChannelType) == 8
    assert [one.name for one in PacingStrategy] == [
        "EVEN_DISTRIBUTION",
        "PERFORMANCE_WEIGHTED",
        "HISTORICAL_PATTERN",
        "PREDICTIVE_ML",
        "ADAPTIVE_HYBRID",
    ]
