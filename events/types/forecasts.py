"""What a model expects: facts too, so that deciders stay pure and a replay needs no model."""

from typing import Annotated, ClassVar

from msgspec import Meta, Struct

from events.limits import PAGE_CAMPAIGNS_MAX, Currency, Day, Id, TimeMs
from events.types.fact import Fact
from events.types.pacing import HoursMicros

ModelName = Annotated[str, Meta(min_length=1, max_length=128)]


class CampaignForecast(Struct, frozen=True, gc=False, forbid_unknown_fields=True):
    """Quantiles of what each hour of a day will have cost, were nothing done about it."""

    campaign: Id
    q025_micros: HoursMicros
    q100_micros: HoursMicros
    q500_micros: HoursMicros
    q900_micros: HoursMicros
    q975_micros: HoursMicros

    def __post_init__(self) -> None:
        arrays = (self.q025_micros, self.q100_micros, self.q500_micros, self.q900_micros, self.q975_micros)
        if len({len(one) for one in arrays}) != 1:
            raise ValueError("every quantile has the same hours")
        if any(list(hour) != sorted(hour) for hour in zip(*arrays, strict=True)):
            raise ValueError("a higher quantile must not be below a lower one")


class ForecastMade(Fact, frozen=True):
    """A model's forecast of an account's day; of two for the same day the later `made_ms` counts."""

    TYPE: ClassVar[str] = "forecast.made"
    VERSION: ClassVar[int] = 1

    model: ModelName
    trained_from: Day
    trained_until: Day
    made_ms: TimeMs
    currency: Currency
    day: Day
    day_start_ms: TimeMs
    day_end_ms: TimeMs
    campaigns: Annotated[tuple[CampaignForecast, ...], Meta(min_length=1, max_length=PAGE_CAMPAIGNS_MAX)]
