"""What was spent: observed by platform page, recorded by transaction, restated afterwards."""

from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from events.limits import (
    DAY_MS_MAX,
    PAGE_CAMPAIGNS_MAX,
    PAGE_OBSERVATIONS_MAX,
    AmountMicros,
    Count,
    Currency,
    Day,
    Hour,
    Id,
    TimeMs,
)
from events.types.fact import Fact


class SpendObservation(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """Totals so far of one campaign in one hour, counted from the start of the account's day."""

    campaign: Id
    hour: Hour
    spend_micros: AmountMicros
    impressions: Count = 0
    clicks: Count = 0
    conversions: Count = 0


class SpendObserved(Fact, frozen=True):
    """A page of cumulative totals of one account and day; the newest `as_of_ms` wins a cell.

    The day's bounds come with it, so that no decider needs a time-zone database.
    """

    TYPE: ClassVar[str] = "spend.observed"
    VERSION: ClassVar[int] = 1

    currency: Currency
    day: Day
    day_start_ms: TimeMs
    day_end_ms: TimeMs
    as_of_ms: TimeMs
    observations: Annotated[tuple[SpendObservation, ...], Meta(max_length=PAGE_OBSERVATIONS_MAX)]

    def __post_init__(self) -> None:
        if not 0 < self.day_end_ms - self.day_start_ms <= DAY_MS_MAX:
            raise ValueError("day_end_ms must be after day_start_ms, by 26 hours at most")
        # Counting costs time, and fewer observations than campaigns allowed cannot hold too many.
        if len(self.observations) > PAGE_CAMPAIGNS_MAX:
            campaigns = len({observation.campaign for observation in self.observations})
            if campaigns > PAGE_CAMPAIGNS_MAX:
                raise ValueError(f"{campaigns} campaigns in a page, {PAGE_CAMPAIGNS_MAX} at most")


class SpendRecordedV1(Fact, frozen=True):
    """An increment as it was pushed before accounts in other currencies than US dollars came."""

    TYPE: ClassVar[str] = "spend.recorded"
    VERSION: ClassVar[int] = 1

    transaction_id: Id
    campaign: Id
    day: Day
    amount_micros: AmountMicros


class SpendRecorded(Fact, frozen=True):
    """An increment pushed by others; its transaction id counts once."""

    TYPE: ClassVar[str] = "spend.recorded"
    VERSION: ClassVar[int] = 2

    transaction_id: Id
    campaign: Id
    day: Day
    amount_micros: AmountMicros
    currency: Currency


class SpendRestated(Fact, frozen=True):
    """The platform has said something else than before about an hour."""

    TYPE: ClassVar[str] = "spend.restated"
    VERSION: ClassVar[int] = 1

    campaign: Id
    day: Day
    hour: Hour
    from_micros: AmountMicros
    to_micros: AmountMicros
    as_of_ms: TimeMs
