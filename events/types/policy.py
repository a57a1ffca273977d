"""The rules by which decisions are made, themselves facts."""

from typing import Annotated, ClassVar

from msgspec import Meta

from events.limits import DAY_HOURS_MAX, AmountMicros, Count, Minutes, Share, Version
from events.types.fact import Fact
from events.types.terms import ChannelStrategy, Strategy

Threshold = Annotated[
    int, Meta(ge=0, le=100_000)
]  # a hundred times the plan: above that nobody would be told
Hysteresis = Annotated[int, Meta(ge=0, le=1000)]


class PolicySetV1(Fact, frozen=True):
    """The thresholds of pace, before the guard came."""

    TYPE: ClassVar[str] = "policy.set"
    VERSION: ClassVar[int] = 1

    policy_version: Version
    pace_warning_permille: Threshold = 1500
    pace_critical_permille: Threshold = 2000
    pace_under_permille: Threshold = 500
    pace_hysteresis_permille: Hysteresis = 100

    def __post_init__(self) -> None:
        check_pace(self)


class PolicySetV2(Fact, frozen=True):
    """The thresholds of pace and of the guard, before plans were more than even."""

    TYPE: ClassVar[str] = "policy.set"
    VERSION: ClassVar[int] = 2

    policy_version: Version
    pace_warning_permille: Threshold = 1500
    pace_critical_permille: Threshold = 2000
    pace_under_permille: Threshold = 500
    pace_hysteresis_permille: Hysteresis = 100
    guard_pause_permille: Threshold = 1100
    """A campaign is paused when its day has cost more than this of its budget; zero never pauses."""

    def __post_init__(self) -> None:
        check_pace(self)


class PolicySet(Fact, frozen=True):
    """From here on an account is decided by these thresholds; ratios are in thousandths of plan or budget.

    What each is for, its default and where that comes from: docs/policy.md.
    """

    TYPE: ClassVar[str] = "policy.set"
    VERSION: ClassVar[int] = 3

    policy_version: Version
    pace_warning_permille: Threshold = 1500
    pace_critical_permille: Threshold = 2000
    pace_under_permille: Threshold = 500
    pace_hysteresis_permille: Hysteresis = 100
    guard_pause_permille: Threshold = 1100
    """A campaign is paused when its day has cost more than this of its budget; zero never pauses."""
    guard_likely_permille: Share = 900
    """It is paused when it is so likely to have crossed that limit; zero waits until that is seen."""
    plan_strategy: Strategy = "ADAPTIVE_HYBRID"
    plan_channels: Annotated[tuple[ChannelStrategy, ...], Meta(max_length=8)] = ()
    plan_frontload_hours: Annotated[int, Meta(ge=0, le=DAY_HOURS_MAX)] = 4
    plan_frontload_permille: Share = 500
    """The first hours get at most this of an even hour."""
    plan_hour_max_permille: Annotated[int, Meta(ge=50, le=1000)] = 150
    steer_edits_a_day_max: Annotated[int, Meta(ge=0, le=24)] = 6
    """Most budget edits of a campaign and day; zero never edits a budget."""
    steer_dead_permille: Annotated[int, Meta(ge=1, le=1000)] = 100
    """A budget is left as it is while it is this near to what it should be."""
    steer_step_permille: Annotated[int, Meta(ge=1, le=10_000)] = 500
    """One edit changes a budget by at most this."""
    steer_floor_permille: Share = 200
    steer_ceiling_permille: Annotated[int, Meta(ge=1000, le=10_000)] = 2000
    """Between these of its target a campaign's budget on the platform is stepped."""
    steer_history_days_min: Annotated[int, Meta(ge=0, le=28)] = 3
    steer_stop_permille: Threshold = 990
    """A steered campaign's day is over when it has probably cost this of its target; zero: never."""
    breaker_budget_permille: Threshold = 900
    breaker_ahead_permille: Threshold = 1100
    """The breaker opens at the one of the budget, if the pace is above the other; zero: whatever the pace."""
    breaker_rapid_count: Annotated[int, Meta(ge=0, le=100)] = 3
    breaker_rapid_minutes: Minutes = 60
    breaker_velocity_permille: Threshold = 3000
    """An hour's spend of its plan, above which spending is too fast at once."""
    breaker_performance_permille: Share = 300
    """Conversions for money, of what was usual, under which money is wasted; zero: never."""
    breaker_cooldown_minutes: Minutes = 60
    breaker_probe_minutes: Minutes = 30
    alert_budget_permille: Threshold = 900
    alert_utilisation_permille: Threshold = 850
    alert_ctr_permille: Share = 15
    alert_cpc_micros: AmountMicros | None = None
    """Null is four units where the account is kept in US dollars, and off elsewhere; zero is off."""
    alert_conversion_permille: Share = 25
    alert_drop_permille: Share = 250
    alert_impressions_min: Count = 1_000
    alert_clicks_min: Count = 100
    """Fewer tell nothing about a rate."""
    alert_hysteresis_permille: Hysteresis = 100
    """How far beyond its limit, of the limit, a figure must come back to clear an alert."""
    alert_stale_minutes: Minutes = 120
    alert_stopped_minutes: Minutes = 180

    def __post_init__(self) -> None:
        check_pace(self)
        if self.alert_utilisation_permille > self.alert_budget_permille:
            raise ValueError("alert_utilisation_permille must not be above alert_budget_permille")
        if len({one.channel for one in self.plan_channels}) != len(self.plan_channels):
            raise ValueError("a channel has one strategy in plan_channels")


def check_pace(policy: PolicySet | PolicySetV2 | PolicySetV1) -> None:
    """Refuse thresholds of which no ratio could tell where it belongs."""
    bounds = (policy.pace_under_permille, policy.pace_warning_permille, policy.pace_critical_permille)
    if not bounds[0] < bounds[1] < bounds[2]:
        raise ValueError("thresholds must rise: pace_under, pace_warning, pace_critical")
    if policy.pace_hysteresis_permille >= min(bounds[1] - bounds[0], bounds[2] - bounds[1]):
        raise ValueError("pace_hysteresis_permille must be smaller than the distance of two thresholds")
