"""The rules that decisions are made by, what people want of campaigns, and the time."""

from typing import Any, Final

import msgspec

from events.codec import Event
from events.types import StopOrdered
from projections.projection import Projection, Rows

WISHES: Final = (
    "currency",
    "channel",
    "budget",
    "amount_micros",
    "first_day",
    "last_day",
    "start_ms",
    "end_ms",
    "rollover",
    "strategy",
    "curve",
)


def policies(event: Event) -> Rows:
    """Return the row of a policy."""
    fact: Any = event.data
    pace = (fact.pace_warning_permille, fact.pace_critical_permille, fact.pace_under_permille)
    more = msgspec.json.encode(fact, order="deterministic").decode()
    return [(fact.policy_version, *pace, fact.pace_hysteresis_permille, fact.guard_pause_permille, more)]


def terms(event: Event) -> Rows:
    """Return the row of a campaign's terms."""
    fact: Any = event.data
    weights = (list(fact.curve_weights), list(fact.open_hours))
    return [
        (
            fact.campaign,
            fact.terms_version,
            *(getattr(fact, name) for name in WISHES),
            *weights,
            fact.floor_micros,
            fact.ceiling_micros,
            fact.why,
        )
    ]


def stops(event: Event) -> Rows:
    """Return the row of a stop that was ordered or lifted."""
    fact: Any = event.data
    about = ("lifted", "", "")
    if isinstance(fact, StopOrdered):
        about = ("ordered", str(fact.scope), fact.campaign or "")
    return [(fact.stop_id, *about, fact.at_ms, fact.reason, fact.by)]


def ticks(event: Event) -> Rows:
    """Return the row of a tick."""
    fact: Any = event.data
    return [(fact.now_ms,)]


POLICIES = Projection(
    "policies",
    (
        "version",
        "pace_warning_permille",
        "pace_critical_permille",
        "pace_under_permille",
        "pace_hysteresis_permille",
        "guard_pause_permille",
        "thresholds",
    ),
    policies,
)
TERMS = Projection(
    "terms",
    (
        "campaign",
        "version",
        *WISHES,
        "curve_weights",
        "open_hours",
        "floor_micros",
        "ceiling_micros",
        "why",
    ),
    terms,
)
STOPS = Projection("stops", ("stop_id", "state", "scope", "campaign", "at_ms", "reason", "by"), stops)
TICKS = Projection("ticks", ("now_ms",), ticks)
