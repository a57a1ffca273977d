"""How reading a platform went: up to when its data can be trusted, or why there is none."""

from typing import ClassVar, Literal

from events.limits import Count, Day, Reason, TimeMs
from events.types.fact import Fact

PollKind = Literal["campaigns", "spend"]
PollTrouble = Literal[
    "rate-limited",
    "auth-expired",
    "auth-revoked",
    "version-sunset",
    "transient",
    "invalid-request",
    "forbidden",
    "not-found",
    "conflict",
    "partial",
    "not-configured",
]


class PollCompleted(Fact, frozen=True):
    """Everything that the platform had to say was read; its pages are before this in the log."""

    TYPE: ClassVar[str] = "poll.completed"
    VERSION: ClassVar[int] = 1

    kind: PollKind
    day: Day | None
    as_of_ms: TimeMs
    complete_until_ms: TimeMs
    """Up to when the platform's figures are whole, by what is known of its lag."""
    pages: Count
    rows: Count


class PollFailed(Fact, frozen=True):
    """A read did not come to its end, and nothing of it was published; what was known before stands."""

    TYPE: ClassVar[str] = "poll.failed"
    VERSION: ClassVar[int] = 1

    kind: PollKind
    day: Day | None
    at_ms: TimeMs
    reason: PollTrouble
    detail: Reason
    retry_at_ms: TimeMs
    last_good_ms: TimeMs | None
