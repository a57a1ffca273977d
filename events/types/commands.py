"""What an executor is asked to bring about on a platform, and how that went."""

from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from events.limits import AmountMicros, Currency, Day, Id, Reason, TimeMs, Version
from events.types.campaigns import CampaignStatus
from events.types.fact import Fact

Action = Literal["pause", "resume", "set-budget"]
FailedFor = Literal["forbidden", "not-found", "invalid-request", "not-configured", "gave-up"]
SupersededFor = Literal["already-so", "foreign-edit", "newer-command", "expired", "removed"]
PausedFor = Literal[
    "over-budget",
    "likely-over-budget",
    "day-spent",
    "breaker-open",
    "emergency-stop",
    "closed-hours",
]
ResumedFor = Literal["new-day", "plan-allows", "breaker-probe", "stop-lifted", "open-hours"]
BudgetSetFor = Literal["steering", "terms", "new-day"]
Attempt = Annotated[int, Meta(ge=1, le=1000)]
AttemptCount = Annotated[int, Meta(ge=0, le=1000)]


class PauseCampaignV1(Fact, frozen=True):
    """Bring a campaign to a stand, when too much spend was the only reason."""

    TYPE: ClassVar[str] = "pause.campaign"
    VERSION: ClassVar[int] = 1

    campaign: Id
    order: Version
    decided_ms: TimeMs
    not_after_ms: TimeMs
    """Whoever comes to it later leaves it: what it would have saved is spent, or a new day has begun."""
    reason: Literal["over-budget"]
    day: Day
    spent_micros: AmountMicros
    budget_micros: AmountMicros
    limit_micros: AmountMicros
    currency: Currency


class PauseCampaign(Fact, frozen=True):
    """Bring a campaign to a stand; `order` counts a campaign's commands, so that outcomes find theirs."""

    TYPE: ClassVar[str] = "pause.campaign"
    VERSION: ClassVar[int] = 2

    campaign: Id
    order: Version
    decided_ms: TimeMs
    not_after_ms: TimeMs
    """Whoever comes to it later leaves it: what it would have saved is spent, or a new day has begun."""
    reason: PausedFor
    day: Day | None
    spent_micros: AmountMicros
    budget_micros: AmountMicros | None
    """The platform's daily budget that it was decided from; null where it holds whatever the budget is."""
    limit_micros: AmountMicros | None
    currency: Currency
    stop_id: Id | None = None


class ResumeCampaignV1(Fact, frozen=True):
    """Let a campaign run again that we paused, when a new day was the only reason."""

    TYPE: ClassVar[str] = "resume.campaign"
    VERSION: ClassVar[int] = 1

    campaign: Id
    order: Version
    decided_ms: TimeMs
    not_after_ms: TimeMs
    reason: Literal["new-day"]


class ResumeCampaign(Fact, frozen=True):
    """Let a campaign run again that we paused."""

    TYPE: ClassVar[str] = "resume.campaign"
    VERSION: ClassVar[int] = 2

    campaign: Id
    order: Version
    decided_ms: TimeMs
    not_after_ms: TimeMs
    reason: ResumedFor


class SetBudgetV1(Fact, frozen=True):
    """Give a campaign another daily budget, before it was said what for."""

    TYPE: ClassVar[str] = "set.budget"
    VERSION: ClassVar[int] = 1

    campaign: Id
    order: Version
    decided_ms: TimeMs
    not_after_ms: TimeMs
    from_micros: AmountMicros
    to_micros: AmountMicros
    currency: Currency


class SetBudget(Fact, frozen=True):
    """Give a campaign another daily budget, if it still has the one that this was decided from."""

    TYPE: ClassVar[str] = "set.budget"
    VERSION: ClassVar[int] = 2

    campaign: Id
    order: Version
    decided_ms: TimeMs
    not_after_ms: TimeMs
    from_micros: AmountMicros
    to_micros: AmountMicros
    currency: Currency
    reason: BudgetSetFor
    target_micros: AmountMicros
    """What the campaign's day is meant to cost in the end."""


class CommandAttempted(Fact, frozen=True):
    """An executor is about to write to the platform; what it found there tells later who changed what."""

    TYPE: ClassVar[str] = "command.attempted"
    VERSION: ClassVar[int] = 1

    command_id: Id
    campaign: Id
    action: Action
    order: Version
    attempt: Attempt
    at_ms: TimeMs
    found_status: CampaignStatus
    found_budget_micros: AmountMicros | None
    found_mark: Annotated[str, Meta(max_length=128)]
    """The platform's own mark of the campaign's last change, such as its time; empty where it has none."""


class CommandApplied(Fact, frozen=True):
    """The platform is as the command wanted it, by our doing, and was read back."""

    TYPE: ClassVar[str] = "command.applied"
    VERSION: ClassVar[int] = 1

    command_id: Id
    campaign: Id
    action: Action
    order: Version
    attempts: Attempt
    at_ms: TimeMs


class CommandFailed(Fact, frozen=True):
    """The platform refuses the command, or could not be reached until its time was over."""

    TYPE: ClassVar[str] = "command.failed"
    VERSION: ClassVar[int] = 1

    command_id: Id
    campaign: Id
    action: Action
    order: Version
    attempts: AttemptCount
    at_ms: TimeMs
    reason: FailedFor
    detail: Reason


class CommandSuperseded(Fact, frozen=True):
    """The world has moved on since the command was decided, and it is left undone."""

    TYPE: ClassVar[str] = "command.superseded"
    VERSION: ClassVar[int] = 1

    command_id: Id
    campaign: Id
    action: Action
    order: Version
    attempts: AttemptCount
    at_ms: TimeMs
    reason: SupersededFor
    found_status: CampaignStatus | None
    found_budget_micros: AmountMicros | None
