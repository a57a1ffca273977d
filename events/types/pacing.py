"""What pacing decided about a campaign's day."""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from events.limits import (
    DAY_HOURS_MAX,
    PAGE_CAMPAIGNS_MAX,
    AmountMicros,
    Day,
    Id,
    Permille,
    Share,
    TimeMs,
)
from events.types.fact import Fact
from events.types.terms import Strategy

Band = Literal["under", "on_track", "over", "critical"]
PlanSource = Literal["even", "account", "hour_of_day", "hour_of_week", "forecast", "performance", "curve"]
PLAN_HOURS_MAX = DAY_HOURS_MAX + 1  # the longest day that a page may bring
PLAN_PARTS_MAX = 8
HISTORY_DAYS_MAX = 1_000
HoursMicros = Annotated[tuple[AmountMicros, ...], Meta(max_length=PLAN_HOURS_MAX)]


class CampaignPlanV1(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """How a campaign's budget is meant to be spent over the hours of a day; they add up to the micro."""

    campaign: Id
    budget_micros: AmountMicros
    strategy: Literal["EVEN"]
    hours_micros: HoursMicros
    confidence_permille: Share | None = None
    """How sure the plan is; unknown where there is no history to measure it by."""


class PlanSetV1(Fact, frozen=True):
    """The plans of a day, when all of them were even."""

    TYPE: ClassVar[str] = "plan.set"
    VERSION: ClassVar[int] = 1

    day: Day
    day_start_ms: TimeMs
    day_end_ms: TimeMs
    from_ms: TimeMs
    plans: Annotated[tuple[CampaignPlanV1, ...], Meta(min_length=1, max_length=PAGE_CAMPAIGNS_MAX)]


class PlanPart(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """How much of a plan's shape comes from where."""

    source: PlanSource
    share_permille: Share


class CampaignPlan(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """How a campaign's budget is meant to be spent over the hours of a day; they add up to the micro."""

    campaign: Id
    budget_micros: AmountMicros
    strategy: Strategy
    """What was asked for; `made_of` says what it came to."""
    hours_micros: HoursMicros
    low_micros: HoursMicros = ()
    high_micros: HoursMicros = ()
    """Between these an hour's spend is expected four times of five; unknown on the first day."""
    confidence_permille: Share | None = None
    """How sure the plan is; unknown where there is no history to measure it by."""
    history_days: Annotated[int, Meta(ge=0, le=HISTORY_DAYS_MAX)] = 0
    held_back_micros: AmountMicros = 0
    """What the limits of single hours moved to other hours."""
    made_of: Annotated[tuple[PlanPart, ...], Meta(max_length=PLAN_PARTS_MAX)] = ()


class PlanSet(Fact, frozen=True):
    """From `from_ms` on the campaigns of an account are held to these plans of a day."""

    TYPE: ClassVar[str] = "plan.set"
    VERSION: ClassVar[int] = 2

    day: Day
    day_start_ms: TimeMs
    day_end_ms: TimeMs
    from_ms: TimeMs
    plans: Annotated[tuple[CampaignPlan, ...], Meta(min_length=1, max_length=PAGE_CAMPAIGNS_MAX)]


class PaceDeviated(Fact, frozen=True):
    """A campaign's spend against its plan has moved into another band."""

    TYPE: ClassVar[str] = "pace.deviated"
    VERSION: ClassVar[int] = 1

    campaign: Id
    day: Day
    as_of_ms: TimeMs
    spent_micros: AmountMicros
    budget_micros: AmountMicros
    expected_micros: AmountMicros
    ratio_permille: Permille
    band: Band
    previous_band: Band
