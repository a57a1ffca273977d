"""What the library takes and gives: channels, strategies, and the data that goes in and out."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum, unique


@unique
class ChannelType(Enum):
    """Where a campaign's money is spent."""

    GOOGLE_ADS = "google_ads"
    FACEBOOK_ADS = "facebook_ads"
    TIKTOK_ADS = "tiktok_ads"
    DISPLAY = "display"
    NATIVE = "native"
    VIDEO = "video"
    SEARCH = "search"
    SHOPPING = "shopping"


@unique
class PacingStrategy(Enum):
    """How a day's budget is laid over its hours."""

    EVEN_DISTRIBUTION = "EVEN"
    PERFORMANCE_WEIGHTED = "PERFORMANCE_WEIGHTED"
    HISTORICAL_PATTERN = "HISTORICAL_PATTERN"
    PREDICTIVE_ML = "PREDICTIVE_ML"
    ADAPTIVE_HYBRID = "ADAPTIVE_HYBRID"


@dataclass(frozen=True, slots=True)
class HourlyAllocation:
    """What one hour of a campaign's day is meant to cost; the hours add up to the budget exactly."""

    hour: int
    """Counted from the day's first moment: 0 to 22, 23 or 24 where clocks move."""
    starts_at: datetime
    amount: Decimal
    share: float
    low: Decimal | None
    high: Decimal | None
    """Between these the hour is expected four times of five; unknown without history."""
    confidence: float | None
    """How sure the whole day's plan is, from 0 to 1; unknown without history."""


@dataclass
class SpendTransaction:
    """Money that was spent, and what came of it.

    A `transaction_id` counts once in a day, however often it is recorded; without one each call counts.
    `cost_per_click` and `conversion_rate` are the caller's own: they are computed anew from the counts.
    """

    campaign_id: str
    channel: ChannelType
    amount: Decimal
    timestamp: datetime
    clicks: int = 0
    conversions: int = 0
    cost_per_click: float = 0.0
    conversion_rate: float = 0.0
    impressions: int = 0
    value: Decimal | None = None
    transaction_id: str | None = None


@dataclass
class PacingAlert:
    """Something that somebody has to be told of."""

    alert_type: str
    campaign_id: str
    channel: ChannelType | None
    current_spend: Decimal
    pace_ratio: float
    recommended_action: str
    severity: str


@dataclass(frozen=True, slots=True)
class Performance:
    """What a campaign's money brought; a rate is ``None`` where there is nothing to divide by."""

    spend: Decimal
    impressions: int
    clicks: int
    conversions: int
    value: Decimal | None
    """What the conversions were worth, where anybody told."""
    click_through_rate: float | None
    conversion_rate: float | None
    cost_per_click: Decimal | None
    cost_per_acquisition: Decimal | None
    return_on_ad_spend: float | None


@dataclass(frozen=True, slots=True)
class HourPrediction:
    """What an hour of a day is expected to bring; ``None`` where too little was seen to say."""

    hour: int
    starts_at: datetime
    spend: Decimal | None
    conversion_rate: float | None
    cost_per_click: Decimal | None
    performance_multiplier: float
    """By how much a performance-weighted plan raises or lowers the hour; 1 is the average."""
    confidence: float | None
