"""What platforms showed of their campaigns, and how reading them went."""

from typing import Any

from events.codec import Event
from events.types import PollCompleted
from projections.projection import Projection, Rows


def campaigns(event: Event) -> Rows:
    """Return one row a campaign of a page."""
    page: Any = event.data
    rest = (page.currency, page.time_zone, page.as_of_ms)
    return [(one.campaign, one.name, one.status, one.daily_budget_micros, *rest) for one in page.campaigns]


def polls(event: Event) -> Rows:
    """Return the row of a poll, however it ended."""
    fact: Any = event.data
    if isinstance(fact, PollCompleted):
        whole = (fact.as_of_ms, fact.complete_until_ms, fact.pages, fact.rows)
        return [(fact.kind, fact.day, "completed", *whole, "", "", None, None)]
    why = (fact.reason, fact.detail, fact.retry_at_ms, fact.last_good_ms)
    return [(fact.kind, fact.day, "failed", fact.at_ms, None, 0, 0, *why)]


CAMPAIGNS = Projection(
    "campaign_observations",
    ("campaign", "name", "status", "daily_budget_micros", "currency", "time_zone", "as_of_ms"),
    campaigns,
)
POLLS = Projection(
    "polls",
    (
        "kind",
        "day",
        "outcome",
        "at_ms",
        "complete_until_ms",
        "pages",
        "rows",
        "reason",
        "detail",
        "retry_at_ms",
        "last_good_ms",
    ),
    polls,
)
