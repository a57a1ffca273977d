"""What the library says to people: why a spend may be or not, and what to do about an alert."""

from typing import Final

from events.types import AlertKind, AuthorisedFor, BreakerReason, SpendAnswered
from headgate.pacer.amounts import to_amount

ANSWERS: Final[dict[AuthorisedFor, str]] = {
    "within-plan": "within plan",
    "over-budget": "over budget: the day's budget does not reach for it",
    "over-hour": "hourly limit: this hour has had what an hour may cost",
    "overpacing": "overpacing: it is too far ahead of its plan",
    "circuit-breaker": "circuit breaker open: spending is blocked until it recovers",
    "stopped": "emergency stop: spending is blocked until the stop is lifted",
    "paused": "paused: its day has cost more than its limit, or a person paused it",
    "no-budget": "no budget: allocate_hourly_budget gives it one",
    "unknown-campaign": "unknown campaign: allocate_hourly_budget makes it known on this channel",
}
# Why a breaker would open, were the amount spent.
OPENING: Final[dict[BreakerReason, str]] = {
    "budget": "emergency threshold: with it too much of the day's budget would be gone",
    "velocity": "velocity limit: with it this hour would cost many times its plan",
    "rapid": "velocity limit: with it too much would be spent in a short while, too often",
    "performance": "performance floor: its money brings far too little",
    "probe-failed": "on trial: it may spend no more than planned until its circuit breaker closes",
}
ACTIONS: Final[dict[AlertKind, str]] = {
    "warning_overpacing": "Lower bids or narrow the audience until it is back on its plan.",
    "critical_overpacing": "Lower bids at once, or stop it with emergency_stop.",
    "emergency_stop_required": "Stop it with emergency_stop, or raise its budget; its day is nearly spent.",
    "circuit_breaker_open": "Look for the cause; it is tried again by itself after the cooldown.",
    "performance_degradation": "Check landing page and conversion tracking, then creatives and audience.",
    "under_delivery": "Look for rejected ads, low bids or a narrow audience, or reallocate_unused.",
    "stale_data": "Record its spend again: nothing was heard of it for too long.",
    "stopped_campaign": "Look for rejected ads, a billing problem or an ended schedule.",
    "paused_with_budget": "Resume it if the pause was not meant for the whole day.",
    "low_ctr": "Refresh its creatives, or narrow its audience.",
    "high_cpc": "Lower its bids, or look for new competition.",
    "low_conversion_rate": "Check landing page and conversion tracking, then whom it reaches.",
    "budget_utilisation": "Nothing, if the day is nearly over; otherwise consider a higher budget.",
    "performance_drop": "Compare with last week, and reallocate_unused to what performs.",
}


def left(said: str, answer: SpendAnswered) -> str:
    """Say why an amount may be spent, or not, and what is left."""
    return f"{said} ({to_amount(answer.remaining_micros)} left today)"
