"""Which campaigns an account has, as the platform shows them."""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta, Struct

from events.limits import PAGE_CAMPAIGNS_MAX, AmountMicros, Currency, Id, Name, TimeMs, TimeZone
from events.types.fact import Fact

CampaignStatus = Literal["enabled", "paused", "removed"]


class CampaignObservation(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """One campaign as it stood; without a daily budget of its own, that is null."""

    campaign: Id
    name: Name
    status: CampaignStatus
    daily_budget_micros: AmountMicros | None


class CampaignsObserved(Fact, frozen=True):
    """A page of an account's campaigns; the newest `as_of_ms` wins a campaign."""

    TYPE: ClassVar[str] = "campaigns.observed"
    VERSION: ClassVar[int] = 1

    currency: Currency
    time_zone: TimeZone
    as_of_ms: TimeMs
    campaigns: Annotated[tuple[CampaignObservation, ...], Meta(max_length=PAGE_CAMPAIGNS_MAX)]
