"""What people have to know of: alerts while they last, and circuit breakers as they move."""

from typing import Any, Final

from events.codec import Event
from events.types import AlertRaised
from projections.projection import Projection, Rows

FIGURES: Final = ("day", "spent_micros", "budget_micros", "ratio_permille")


def alerts(event: Event) -> Rows:
    """Return the row of an alert that was raised or cleared."""
    fact: Any = event.data
    about = (fact.campaign or "", fact.kind, fact.episode)
    if isinstance(fact, AlertRaised):
        figures = tuple(getattr(fact, name) for name in FIGURES)
        limit = (fact.observed, fact.limit, fact.unit)
        return [
            (
                *about,
                "raised",
                fact.severity,
                fact.at_ms,
                fact.at_ms,
                *limit,
                *figures,
                fact.currency or "",
                "",
            )
        ]
    nothing = (None,) * len(FIGURES)
    return [(*about, "cleared", "", fact.at_ms, fact.raised_ms, None, None, "", *nothing, "", fact.reason)]


def breakers(event: Event) -> Rows:
    """Return the row of a breaker that moved."""
    fact: Any = event.data
    return [(fact.campaign, fact.state, fact.previous, fact.reason, fact.at_ms, fact.until_ms)]


ALERTS = Projection(
    "alerts",
    (
        "campaign",
        "kind",
        "episode",
        "state",
        "severity",
        "at_ms",
        "raised_ms",
        "observed",
        "bound",
        "unit",
        *FIGURES,
        "currency",
        "reason",
    ),
    alerts,
)
BREAKERS = Projection("breakers", ("campaign", "state", "previous", "reason", "at_ms", "until_ms"), breakers)
