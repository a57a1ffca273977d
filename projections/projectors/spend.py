"""Spend as it was observed, recorded, restated, and asked for."""

from typing import Any, Final

from events.codec import Event
from projections.projection import Projection, Rows

ANSWER: Final = (
    "request_id",
    "campaign",
    "verdict",
    "reason",
    "amount_micros",
    "remaining_micros",
    "held_until_ms",
)


def observed(event: Event) -> Rows:
    """Return one row an observation of a page."""
    page: Any = event.data
    rest = (page.currency, page.as_of_ms, page.day_start_ms, page.day_end_ms)
    day = page.day
    return [
        (one.campaign, day, one.hour, one.spend_micros, one.impressions, one.clicks, one.conversions, *rest)
        for one in page.observations
    ]


def recorded(event: Event) -> Rows:
    """Return the row of an increment."""
    fact: Any = event.data
    return [(fact.transaction_id, fact.campaign, fact.day, fact.amount_micros, fact.currency)]


def restated(event: Event) -> Rows:
    """Return the row of a restatement."""
    fact: Any = event.data
    return [(fact.campaign, fact.day, fact.hour, fact.from_micros, fact.to_micros, fact.as_of_ms)]


def requested(event: Event) -> Rows:
    """Return the row of a question whether something may be spent."""
    fact: Any = event.data
    return [(fact.request_id, fact.campaign, fact.amount_micros, fact.currency, fact.hold_ms)]


def answered(event: Event) -> Rows:
    """Return the row of its answer."""
    fact: Any = event.data
    return [tuple(getattr(fact, name) for name in ANSWER)]


OBSERVED = Projection(
    "spend_observations",
    (
        "campaign",
        "day",
        "hour",
        "spend_micros",
        "impressions",
        "clicks",
        "conversions",
        "currency",
        "as_of_ms",
        "day_start_ms",
        "day_end_ms",
    ),
    observed,
)
RECORDED = Projection(
    "spend_increments", ("transaction_id", "campaign", "day", "amount_micros", "currency"), recorded
)
RESTATED = Projection(
    "restatements", ("campaign", "day", "hour", "from_micros", "to_micros", "as_of_ms"), restated
)
REQUESTED = Projection(
    "spend_requests", ("request_id", "campaign", "amount_micros", "currency", "hold_ms"), requested
)
ANSWERED = Projection("spend_answers", ANSWER, answered)
