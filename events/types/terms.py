"""What people want of a campaign: what it may cost over which time, and how its days are to be planned."""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from events.limits import DAY_HOURS_MAX, AmountMicros, Currency, Day, Id, Reason, TimeMs, Version
from events.types.fact import Fact

Strategy = Literal["EVEN", "PERFORMANCE_WEIGHTED", "HISTORICAL_PATTERN", "PREDICTIVE_ML", "ADAPTIVE_HYBRID"]
Channel = Literal[
    "google_ads",
    "facebook_ads",
    "tiktok_ads",
    "display",
    "native",
    "video",
    "search",
    "shopping",
]
BudgetKind = Literal["platform", "day", "month", "lifetime", "flight"]
Curve = Literal["flat", "front", "back", "custom"]
HoursOfDay = Annotated[int, Meta(ge=0, le=2**24 - 1)]
"""A day's hours as bits; the lowest is the hour after midnight."""
CurveWeight = Annotated[int, Meta(ge=0, le=1_000_000)]


class ChannelStrategy(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """How campaigns of a channel are planned."""

    channel: Channel
    strategy: Strategy


class TermsSet(Fact, frozen=True):
    """A person's terms for one campaign; the highest `terms_version` is in force.

    Without terms a campaign's target is the daily budget that it has on its platform.
    """

    TYPE: ClassVar[str] = "terms.set"
    VERSION: ClassVar[int] = 1

    campaign: Id
    terms_version: Version
    currency: Currency
    channel: Channel | None = None
    budget: BudgetKind = "platform"
    amount_micros: AmountMicros | None = None
    """For the day, the calendar month, or from `first_day` to `last_day`; null with the platform's own."""
    first_day: Day | None = None
    last_day: Day | None = None
    """Both included. A lifetime without a last day is spread over the four weeks ahead of each day."""
    start_ms: TimeMs | None = None
    end_ms: TimeMs | None = None
    """Before the one and after the other nothing is planned, also within a day."""
    rollover: Literal["keep", "drop"] = "keep"
    """Whether what a day leaves is spread over the days that follow."""
    strategy: Strategy | None = None
    curve: Curve | None = None
    """A fixed shape of the day, in place of what a strategy would make of the hours."""
    curve_weights: Annotated[tuple[CurveWeight, ...], Meta(max_length=DAY_HOURS_MAX)] = ()
    open_hours: Annotated[tuple[HoursOfDay, ...], Meta(max_length=7)] = ()
    """The hours in which it may spend, Monday first; none means all of the week."""
    floor_micros: AmountMicros | None = None
    ceiling_micros: AmountMicros | None = None
    """A reallocation leaves its day at least the one and at most the other."""
    why: Reason = ""

    def __post_init__(self) -> None:
        if (self.budget == "platform") != (self.amount_micros is None):
            raise ValueError("amount_micros goes with every budget but the platform's own")
        if (self.curve == "custom") != bool(self.curve_weights):
            raise ValueError("curve_weights go with the custom curve, and with no other")
        if self.open_hours and len(self.open_hours) != 7:  # noqa: PLR2004 - a week
            raise ValueError("open_hours have seven days, or none")
        if self.budget == "flight" and (self.first_day is None or self.last_day is None):
            raise ValueError("a flight has a first_day and a last_day")
        _check_order("first_day", self.first_day, "last_day", self.last_day)
        _check_order("start_ms", self.start_ms, "end_ms", self.end_ms)
        _check_order("floor_micros", self.floor_micros, "ceiling_micros", self.ceiling_micros)


def _check_order(low_name: str, low: int | str | None, high_name: str, high: int | str | None) -> None:
    if low is not None and high is not None and str(low).zfill(20) > str(high).zfill(20):
        raise ValueError(f"{low_name} must not be after {high_name}")
