"""What the guard notices and does beside its commands: people's edits, breakers, stops, authorised spends."""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from events.limits import AmountMicros, Currency, Id, Name, Reason, TimeMs
from events.types.campaigns import CampaignStatus
from events.types.fact import Fact

BreakerState = Literal["closed", "open", "half_open"]
BreakerReason = Literal[
    "budget",
    "rapid",
    "velocity",
    "performance",
    "cooldown-over",
    "probe-failed",
    "recovered",
    "new-day",
]
StopScope = Literal["campaign", "account", "client", "everything"]
AuthorisedFor = Literal[
    "within-plan",
    "over-budget",
    "over-hour",
    "overpacing",
    "circuit-breaker",
    "stopped",
    "paused",
    "no-budget",
    "unknown-campaign",
]
HOLD_MS_MAX = 86_400_000
HoldMs = Annotated[int, Meta(ge=0, le=HOLD_MS_MAX)]


class EditObservedV1(Fact, frozen=True):
    """A person has undone a pause, when statuses were all that we set."""

    TYPE: ClassVar[str] = "edit.observed"
    VERSION: ClassVar[int] = 1

    campaign: Id
    ours: CampaignStatus
    theirs: CampaignStatus
    as_of_ms: TimeMs
    keeps_off_until_ms: TimeMs


class EditObserved(Fact, frozen=True):
    """A person has decided otherwise than we did about a campaign; the guard keeps off it for the day.

    Either the statuses are there or the budgets, by what was edited.
    """

    TYPE: ClassVar[str] = "edit.observed"
    VERSION: ClassVar[int] = 2

    campaign: Id
    what: Literal["status", "budget"]
    ours: CampaignStatus | None
    theirs: CampaignStatus | None
    ours_micros: AmountMicros | None
    theirs_micros: AmountMicros | None
    as_of_ms: TimeMs
    keeps_off_until_ms: TimeMs


class BreakerMoved(Fact, frozen=True):
    """A campaign's circuit breaker: closed lets it spend, open does not, half open tries whether it may."""

    TYPE: ClassVar[str] = "breaker.moved"
    VERSION: ClassVar[int] = 1

    campaign: Id
    state: BreakerState
    previous: BreakerState
    reason: BreakerReason
    at_ms: TimeMs
    until_ms: TimeMs | None
    """When it is looked at again."""


class StopOrdered(Fact, frozen=True):
    """A person stops a campaign, or all campaigns of the account that this is about, until it is lifted."""

    TYPE: ClassVar[str] = "stop.ordered"
    VERSION: ClassVar[int] = 1

    stop_id: Id
    scope: StopScope
    """What the person meant; an order for more than an account is one fact for each of its accounts."""
    campaign: Id | None
    at_ms: TimeMs
    reason: Reason
    by: Name


class StopLifted(Fact, frozen=True):
    """A person ends a stop; what it had paused runs again."""

    TYPE: ClassVar[str] = "stop.lifted"
    VERSION: ClassVar[int] = 1

    stop_id: Id
    at_ms: TimeMs
    reason: Reason
    by: Name


class SpendRequested(Fact, frozen=True):
    """Somebody asks whether a campaign may spend an amount, and to hold it for a while if `hold_ms` says so.

    A `spend.recorded` whose transaction id is the request's takes the held amount's place.
    """

    TYPE: ClassVar[str] = "spend.requested"
    VERSION: ClassVar[int] = 1

    request_id: Id
    campaign: Id
    amount_micros: AmountMicros
    currency: Currency
    hold_ms: HoldMs = 0


class SpendAnswered(Fact, frozen=True):
    """Whether it may, and why."""

    TYPE: ClassVar[str] = "spend.answered"
    VERSION: ClassVar[int] = 1

    request_id: Id
    campaign: Id
    verdict: Literal["allowed", "refused"]
    reason: AuthorisedFor
    amount_micros: AmountMicros
    remaining_micros: AmountMicros
    """What the campaign could still spend today, held amounts taken off."""
    held_until_ms: TimeMs | None
