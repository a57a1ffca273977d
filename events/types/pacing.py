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

Band = Literal["under", "on_track", "over", "critical"]
Strategy = Literal["EVEN"]
PLAN_HOURS_MAX = DAY_HOURS_MAX + 1  # the longest day that a page may bring


class CampaignPlan(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """How a campaign's budget is meant to be spent over the hours of a day; they add up to the micro."""

    campaign: Id
    budget_micros: AmountMicros
    strategy: Strategy
    hours_micros: Annotated[tuple[AmountMicros, ...], Meta(max_length=PLAN_HOURS_MAX)]
    confidence_permille: Share | None = None
    """How sure the plan is; unknown where there is no history to measure it by."""


class PlanSet(Fact, frozen=True):
    """From `from_ms` on the campaigns of an account are held to these plans of a day."""

    TYPE: ClassVar[str] = "plan.set"
    VERSION: ClassVar[int] = 1

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
