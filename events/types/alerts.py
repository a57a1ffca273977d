"""What people have to be told of, once when it begins and once when it is over."""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from events.limits import COUNT_MAX, AmountMicros, Currency, Day, Id, Permille, TimeMs, Version
from events.types.fact import Fact

AlertKind = Literal[
    "warning_overpacing",
    "critical_overpacing",
    "emergency_stop_required",
    "circuit_breaker_open",
    "performance_degradation",
    "under_delivery",
    "stale_data",
    "stopped_campaign",
    "paused_with_budget",
    "low_ctr",
    "high_cpc",
    "low_conversion_rate",
    "budget_utilisation",
    "performance_drop",
]
Severity = Literal["info", "warning", "high", "critical"]
AlertUnit = Literal["permille", "micros", "minutes"]
ClearedFor = Literal["recovered", "new-day", "paused", "gone"]
Figure = Annotated[int, Meta(ge=0, le=1_000 * COUNT_MAX)]


class AlertRaised(Fact, frozen=True):
    """Something is not as it should be; `episode` counts how often with this campaign and kind.

    Without a campaign it is about the account.
    """

    TYPE: ClassVar[str] = "alert.raised"
    VERSION: ClassVar[int] = 1

    kind: AlertKind
    severity: Severity
    campaign: Id | None
    episode: Version
    at_ms: TimeMs
    observed: Figure
    limit: Figure
    unit: AlertUnit
    day: Day | None = None
    spent_micros: AmountMicros | None = None
    budget_micros: AmountMicros | None = None
    ratio_permille: Permille | None = None
    currency: Currency | None = None


class AlertCleared(Fact, frozen=True):
    """It is over."""

    TYPE: ClassVar[str] = "alert.cleared"
    VERSION: ClassVar[int] = 1

    kind: AlertKind
    campaign: Id | None
    episode: Version
    raised_ms: TimeMs
    at_ms: TimeMs
    reason: ClearedFor
